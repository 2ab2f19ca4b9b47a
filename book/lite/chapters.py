"""Writes into the built chapters, behind the download of an assignment, a link that opens it in the browser.

The links come last, when the notebooks are there: no page of a book without them has one. Writing them twice changes
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from autograder.offline.links import FOLDER

DOWNLOAD = re.compile(r'(<a [^>]*href="\.\./assignments/(\w+)\.zip"[^>]*>[^<]*</a>)(?!<span class="in-browser")')


def link_chapters(html: Path, names: Collection[str]) -> None:
    """Add the links to every page of the built book."""

    def with_link(found: re.Match[str]) -> str:
        if found[2] not in names:
            return found[0]
        address = f"../lite/notebooks/index.html?path={found[2]}.ipynb"
        return f'{found[0]}<span class="in-browser">, <a href="{address}">open it in the browser</a></span>'

    for page in sorted((html / FOLDER).glob("*.html")):
        text = page.read_text(encoding="utf-8")
        if (linked := DOWNLOAD.sub(with_link, text)) != text:
            page.write_text(linked, encoding="utf-8")
