"""Lets the search show excerpts without a server: a browser reads no other page of a book that lies on a disk.

Sphinx's search fetches every page that it has found. The texts of all pages come with the search page instead.
"""

from __future__ import annotations

import html
import json
from pathlib import Path

from bs4 import BeautifulSoup, NavigableString, SoupStrainer, Tag

NAME = "_static/excerpts.js"
SCRIPT = """// The text of every page, for the excerpts of the search: it answers what searchtools.js asks for.
const pageTexts = {texts};
window.fetch = (address) => {{
  const name = new URL(address, location.href).pathname.split("/").slice(-2).join("/");
  return Promise.resolve(new Response(pageTexts[name] ?? ""));
}};
"""
UNREAD = ("script", "style", "svg", "noscript")


def write(folder: Path) -> None:
    """Write the texts beside the other scripts, and load them on the search page."""
    search = folder / "search.html"
    if not search.is_file():
        return
    pages = sorted(folder.glob("book/*.html"))
    texts = {f"book/{page.name}": text_of(page.read_text(encoding="utf-8")) for page in pages}
    said = json.dumps(texts, ensure_ascii=False).replace("</", "<\\/")
    (folder / NAME).write_text(SCRIPT.format(texts=said), encoding="utf-8")
    shown = search.read_text(encoding="utf-8")
    if NAME not in shown:
        search.write_text(shown.replace("</head>", f'<script src="{NAME}"></script>\n</head>', 1), encoding="utf-8")


def text_of(page: str) -> str:
    """Return what can be read on a page, with no markup but its sections, by which the search finds its place."""
    article = BeautifulSoup(page, "html.parser", parse_only=SoupStrainer("article"))
    for tag in article.select(", ".join((*UNREAD, "a.headerlink"))):
        tag.decompose()
    return f'<div role="main">{_inside(article)}</div>'


def _inside(tag: Tag) -> str:
    parts = []
    for child in tag.children:
        if isinstance(child, Tag):
            inner = _inside(child)
            name = child.get("id")
            parts.append(f'<section id="{name}">{inner}</section>' if child.name == "section" and name else inner)
        elif type(child) is NavigableString:
            parts.append(html.escape(str(child), quote=False))
    return "".join(parts)
