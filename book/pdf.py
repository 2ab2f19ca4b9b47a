"""Prints the built book as one PDF: `make pdf`.

All pages are put into one, so that links between chapters work and page numbers run through. Chromium prints it
twice: the first time to learn on which page each heading stands, the second time with a table of contents.
"""

from __future__ import annotations

import html
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject

ROOT = Path(__file__).resolve().parent.parent
NAME = "backprop-by-hand.pdf"
ONLINE = {"field-guide"}  # pages that are for the screen: hundreds of entries, to be filtered
PATIENCE = 600_000  # milliseconds


@dataclass
class Chapter:
    """A page of the book on its way to the printer."""

    name: str
    title: str
    text: str
    sections: list[tuple[str, str]] = field(default_factory=list)  # anchor and title


@dataclass
class Part:
    """A part of the book."""

    title: str
    chapters: list[Chapter]


def parts_of(root: Path, pages: Path, only: frozenset[str] = frozenset()) -> list[Part]:
    """Return the parts of the book in their order, with the chapters that are built in `pages`."""
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    listed = [("", [contents["root"]])]
    listed += [(part["caption"], [entry["file"] for entry in part["chapters"]]) for part in contents["parts"]]
    found = []
    for title, files in listed:
        names = [Path(file).name for file in files if Path(file).parent.name]  # the index has no page numbers to give
        names = [name for name in names if name not in ONLINE]
        chapters = [chapter(pages / f"{name}.html") for name in names if not only or name in only]
        found += [Part(title, chapters)] if chapters else []
    return found


def chapter(page: Path) -> Chapter:
    """Return a page with anchors that are unique in the book, its folds open."""
    name = page.stem
    text = page.read_text(encoding="utf-8")
    inner = text[text.index(">", text.index("<article")) + 1 : text.rindex("</article>")]
    inner = re.sub(r'<a class="headerlink".*?</a>|<noscript>.*?</noscript>|<script.*?</script>', "", inner, flags=re.S)
    inner = re.sub(r'<(a|span) class="(?:whole-book|in-browser)".*?</\1>', "", inner, flags=re.S)
    inner = inner.replace("<details", "<details open")
    inner = re.sub(r'(\sid|\sfor)="([^"]*)"', rf'\1="{name}--\2"', inner)
    inner = re.sub(r'href="#([^"]*)"', rf'href="#{name}--\1"', inner)
    inner = re.sub(r"url\(#", f"url(#{name}--", inner)
    inner = re.sub(r'<a [^>]*href="\.\./genindex\.html".*?</a>', "index of the online book", inner, flags=re.S)
    inner = re.sub(rf'<a [^>]*href="(?:{"|".join(ONLINE)})\.html[^"]*".*?</a>', _unlinked, inner, flags=re.S)
    inner = re.sub(r'href="([\w-]+)\.html#([^"]*)"', r'href="#\1--\2"', inner)
    inner = re.sub(r'href="([\w-]+)\.html"', r'href="#\1"', inner)
    soup = BeautifulSoup(inner, "html.parser")
    heading = soup.h1
    sections = [
        (str(place.parent["id"]), place.get_text(" ", strip=True))
        for place in soup.find_all("h2")
        if place.parent is not None and place.parent.get("id")
    ]
    return Chapter(name, heading.get_text(" ", strip=True) if heading else name, inner, sections)


def _unlinked(link: re.Match[str]) -> str:
    """Return the words of a link to a page that is not printed."""
    return f"{re.sub('<[^>]*>', '', link[0])} (online)"


def whole(parts: list[Part], settings: dict[str, str], numbers: dict[str, int]) -> str:
    """Return all chapters as one page, with the given page numbers in its contents."""
    chapters = [chapter for part in parts for chapter in part.chapters]
    heads = "\n".join(map(_running_head, chapters))
    body = "\n".join(
        f'<article class="bd-article {_page(one)}" id="{one.name}">{one.text}</article>' for one in chapters
    )
    title, author, rights = (html.escape(settings[key]) for key in ("title", "author", "copyright"))
    return f"""<!DOCTYPE html>
<html lang="en-GB" data-theme="light"><head><meta charset="utf-8"><title>{title}</title>
{_head()}
<style>{heads}</style></head><body><div class="bd-content">
<section class="cover"><img src="../_static/logo.svg" alt=""><h1 class="book">{title}</h1>
<p>{author}</p><p>{rights}</p></section>
<nav class="book-contents" aria-label="Contents"><h1>Contents</h1>{_contents(parts, numbers)}</nav>
{body}</div></body></html>"""


def _running_head(one: Chapter) -> str:
    page = _page(one)
    return f'@page {page} {{ @top-left {{ content: "{_css(one.title)}"; }} }} .{page} {{ page: {page}; }}'


def _head() -> str:
    sheets = ("styles/theme", "styles/pydata-sphinx-theme", "pygments", "styles/sphinx-book-theme", "book", "pdf")
    links = "".join(f'<link rel="stylesheet" href="../_static/{name}.css">' for name in sheets)
    load = "['core', 'input/tex', 'output/chtml', 'a11y/assistive-mml']"
    options = f"{{loader: {{load: {load}}}, options: {{processHtmlClass: 'math', ignoreHtmlClass: 'bd-content'}}}}"
    return f'{links}<script>MathJax = {options}</script><script defer src="../_static/mathjax/startup.js"></script>'


def _page(one: Chapter) -> str:
    return f"page-{one.name}"


def plain(title: str) -> str:
    """Return a title without the marks of TeX."""
    return re.sub(r"\\\((.*?)\\\)", lambda at: at[1].replace("\\", ""), title)


def _css(text: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", plain(text))


def _contents(parts: list[Part], numbers: dict[str, int]) -> str:
    said = []
    for part in parts:
        said.append(f'<p class="part">{html.escape(part.title)}</p>' if part.title else "")
        for one in part.chapters:
            said.append(_line("chapter", one.name, one.title, numbers))
            if re.match(r"\d", one.title):
                said += [_line("section", anchor, title, numbers) for anchor, title in one.sections]
    return "".join(said)


def _line(kind: str, anchor: str, title: str, numbers: dict[str, int]) -> str:
    number = numbers.get(anchor, "")
    words = re.sub(r"\\\(.*?\\\)", lambda at: f'<span class="math">{at[0]}</span>', html.escape(title))
    return f'<p class="{kind}"><a href="#{anchor}"><span>{words}</span><span>{number}</span></a></p>'


def pages_of(file: Path) -> dict[str, int]:
    """Return on which page of a PDF each anchor stands, the first being 1."""
    reader = PdfReader(file)
    where = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages, 1)}
    return {
        name.lstrip("/"): where[found.page.idnum]
        for name, found in reader.named_destinations.items()
        if found.page is not None and getattr(found.page, "idnum", None) in where
    }


def print_page(page: Page, source: Path, target: Path) -> None:
    """Let Chromium print a page."""
    page.goto(source.as_uri())
    page.evaluate("MathJax.startup.promise.then(() => document.fonts.ready).then(() => true)")
    page.pdf(path=target, prefer_css_page_size=True, print_background=True, tagged=True)


def finish(file: Path, target: Path, settings: dict[str, str], parts: list[Part], numbers: dict[str, int]) -> None:
    """Write the PDF with what a reader's program shows beside the pages: outline, title, author, language."""
    writer = PdfWriter(clone_from=file)
    for part in parts:
        above = None
        for one in part.chapters:
            at = numbers[one.name] - 1
            if part.title and above is None:
                above = writer.add_outline_item(title=part.title, page_number=at, bold=True, is_open=True)
            place = writer.add_outline_item(title=plain(one.title), page_number=at, parent=above, is_open=False)
            for anchor, section in one.sections:
                section_at = numbers.get(anchor, at + 1) - 1
                writer.add_outline_item(title=plain(section), page_number=section_at, parent=place)
    writer.add_metadata({"/Title": settings["title"], "/Author": settings["author"]})
    writer.root_object[NameObject("/Lang")] = TextStringObject("en-GB")
    writer.page_mode = "/UseOutlines"
    writer.write(target)


def link_from(page: Path) -> None:
    """Link the PDF from a page of the book: where it has a `span.whole-book` with the words, or at its end."""
    text = page.read_text(encoding="utf-8")
    if f'href="../{NAME}"' in text:
        return
    place = re.search(r'<span class="whole-book">(.*?)</span>', text, re.S)
    words = place[1] if place else "The whole book as one PDF"
    link = f'<a class="whole-book" href="../{NAME}">{words}</a>'
    old, new = (place[0], link) if place else ("</article>", f"<p>{link}</p>\n</article>")
    page.write_text(text.replace(old, new, 1), encoding="utf-8")


def make(root: Path, built: Path, target: Path, only: frozenset[str] = frozenset()) -> None:
    """Print the book that is built in `built` (its HTML) to `target`."""
    settings = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    parts = parts_of(root, built / "book", only)
    source, draft = built / "book" / "whole-book.html", target.with_suffix(".draft.pdf")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise SystemExit("The book is printed by Chromium: install the package chromium, then run make pdf again.")
    shutil.copy(Path(__file__).with_name("pdf.css"), built / "_static" / "pdf.css")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            page.set_default_timeout(PATIENCE)
            numbers: dict[str, int] = {}
            for _ in range(2):
                source.write_text(whole(parts, settings, numbers), encoding="utf-8")
                print_page(page, source, draft)
                numbers = pages_of(draft)
            browser.close()
        finish(draft, target, settings, parts, numbers)
    finally:
        for path in (source, draft):
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    html_folder = ROOT / "_build" / "html"
    make(ROOT, html_folder, ROOT / "_build" / NAME, frozenset(sys.argv[1:]))
    shutil.copy(ROOT / "_build" / NAME, html_folder / NAME)
    link_from(html_folder / "book" / "index.html")
    print(f"The book is printed: _build/{NAME}")
