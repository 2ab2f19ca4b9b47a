"""Mends the pages that Sphinx and its themes have written, before anybody reads them.

The theme's templates leave faults that its settings cannot change: names that say nothing, markup that is not valid,
scripts of a megabyte. Each is mended by a small function with its reason, in the modules `folds`, `mends` and
`figures`; `lighter` makes the files beside the pages smaller. Written for pydata-sphinx-theme 0.17,
sphinx-book-theme 1.3, myst-nb 1.4 and Sphinx 7.4; the tests of the built pages tell when a newer one needs other mends.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import excerpts
import figures
import folds
import lighter
import mends
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.config import Config

FIRST_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{title}</title><meta http-equiv="Refresh" content="0; url={page}"></head>
<body><p><a href="{page}">{title}</a></p></body>
</html>
"""


def use_parts_of_mathjax(app: Sphinx, config: Config) -> None:
    """Load the parts of MathJax that `_config.yml` lists; sphinx-mathjax-offline insists on a bundle with its menu."""
    config.mathjax_path = "mathjax/startup.js"


def note(app: Sphinx, name: str, *_: object) -> None:
    """Remember that this build writes a page: the others have been mended when they were written."""
    written: set[str] = app.__dict__.setdefault("pages_to_finish", set())
    written.add(name)


def finish(app: Sphinx, error: Exception | None) -> None:
    """Mend every page of this build and lighten what they load."""
    if error or app.builder.name != "html":
        return
    html = Path(app.outdir)
    for name in sorted(app.__dict__.get("pages_to_finish", ())):
        page = html / f"{name}.html"
        page.write_text(finished(page.read_text(encoding="utf-8"), page.parent), encoding="utf-8")
    name_first_page(html, app.config.language, app.config.html_title or app.config.project)
    excerpts.write(html)
    lighter.lighten(html)


def finished(text: str, folder: Path) -> str:
    """Return a page's text, mended; `folder` is where it lies."""
    page = BeautifulSoup(text, "html.parser")
    for mend in (*mends.MENDS, *folds.MENDS):
        mend(page)
    drawings = figures.take_out(page, folder)
    return figures.put_in(str(page), drawings)


def name_first_page(html: Path, language: str, title: str) -> None:
    """Give the page that leads to the book a doctype, a language and a title; sphinx-external-toc writes a bare tag."""
    first = html / "index.html"
    if first.is_file() and (link := BeautifulSoup(first.read_text(encoding="utf-8"), "html.parser").meta):
        target = str(link.get("content", "")).rpartition("url=")[2]
        if target:
            first.write_text(
                FIRST_PAGE.format(language=language.replace("_", "-"), title=title, page=target), encoding="utf-8"
            )


def setup(app: Sphinx) -> dict[str, Any]:
    """Ask Sphinx to call us for each page, and when all files are there."""
    app.connect("config-inited", use_parts_of_mathjax, priority=900)
    app.connect("html-page-context", note)
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
