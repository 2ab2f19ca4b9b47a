"""The HTML page of feedback: nbgrader's own, in which what a person has yet to grade does not look like 0 points."""

from __future__ import annotations

import re
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode

WAITING = "waiting"  # among the resources: the names of the cells that a person has yet to grade
TITLE = re.compile(r"(<h4>[^<]*\(Score: [\d.]+ / [\d.]+)(\)</h4>)")
IN_LIST = r'(<a href="#{}">[^<]*</a>) \(Score: [\d.]+ / ([\d.]+)\)'
IN_HEADING = r'(<a name="(?:comment-)?{}"></a>(?:(?!Score:).){{0,600}}?)Score: [\d.]+ / ([\d.]+)'


class FeedbackPage(HTMLExporter):
    """Writes one notebook as the page that its student reads."""

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **more: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page, and the resources."""
        page, resources = super().from_notebook_node(nb, resources, **more)
        names = resources.get(WAITING, ())
        if names:
            page = TITLE.sub(r"\1, not all of it graded yet\2", page, count=1)
        for name in map(re.escape, names):
            page = re.sub(IN_LIST.format(name), r"\1 (waiting for a person: \2 points)", page, count=1)
            page = re.sub(IN_HEADING.format(name), r"\1Waiting for a person: \2 points", page, count=1, flags=re.DOTALL)
        return page, resources
