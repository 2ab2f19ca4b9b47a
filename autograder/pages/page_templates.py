"""nbgrader's page templates made safe to open: no page asks another host, and names are text."""

from __future__ import annotations

from html import escape
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import nbgrader
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

TEMPLATES = Path(__file__).parent / "templates"


MATHJAX = "tex-svg-full.js"  # all of MathJax in one file


def page_templates() -> list[str]:
    """Return the folders of templates for `HTMLExporter.extra_template_basedirs`: ours come before nbgrader's."""
    stock = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
    return [str(TEMPLATES), str(stock)]


class EscapeNames(Preprocessor):
    """Makes text of a student's names, which the formgrader puts into its page as they are; a roster may hold any."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it is, with the names as HTML."""
        for key in ("student", "first_name", "last_name"):
            if resources.get(key):
                resources[key] = escape(str(resources[key]))
        return nb, resources


def mathjax() -> Path | None:
    """Return the folder of MathJax that the book comes with, or None if the book's packages are not installed."""
    try:
        found = Path(str(distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static/mathjax")))
    except PackageNotFoundError:
        return None
    return found if (found / MATHJAX).is_file() else None
