"""The book as one PDF, and the workflow that puts pages and PDF on the web."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from book_pages import BOOK, CHAPTERS, ROOT, pages, soup
from pypdf import PdfReader

sys.path.append(str(BOOK))
import pdf

SMALL = frozenset({"index", "glossary", "references"})


def printed(html: Path, folder: Path, only: frozenset[str] = frozenset()) -> PdfReader:
    """Print a copy of the built book, or some chapters of it."""
    copy = folder / "html"
    shutil.copytree(html, copy)
    pdf.make(ROOT, copy, folder / pdf.NAME, only)
    assert not list(copy.rglob("whole-book*")), "What was only made for the printer is published."
    return PdfReader(folder / pdf.NAME)


def titles(outline: list[Any]) -> list[str]:
    return [title for item in outline for title in (titles(item) if isinstance(item, list) else [item["/Title"]])]


@pytest.mark.browser
def test_some_chapters_are_printed(html: Path, tmp_path: Path):
    book = printed(html, tmp_path, SMALL)
    assert book.metadata is not None
    assert book.metadata.title == "Backprop by Hand"
    assert book.trailer["/Root"]["/Lang"] == "en-GB"
    assert "Backprop by Hand" in book.pages[0].extract_text()
    names = pdf.pages_of(tmp_path / pdf.NAME)
    contents = book.pages[1].extract_text()
    for name, title in (("glossary", "Glossary"), ("references", "All references")):
        number = names[name]
        assert re.search(rf"{title}\s+{number}\b", contents), contents
        assert title in book.pages[number - 1].extract_text()
        assert title in titles(book.outline)
    assert book.pages[0].mediabox.width == pytest.approx(595, abs=1), "It is A4."


@pytest.mark.long
@pytest.mark.browser
def test_the_whole_book_is_printed(html: Path, tmp_path: Path):
    book = printed(html, tmp_path)
    assert len(book.pages) > 100
    names = pdf.pages_of(tmp_path / pdf.NAME)
    for chapter in CHAPTERS:
        heading = soup(html / "book" / f"{chapter}.html").h1.get_text().removesuffix("#")
        assert " ".join(heading.split()[1:4]) in " ".join(book.pages[names[chapter] - 1].extract_text().split())
    texts = [page.extract_text() for page in book.pages]
    assert not [number for number, text in enumerate(texts, 1) if not text.strip()], "A page is empty."
    assert not [text for text in texts if "\\frac" in text or "\\text{" in text], "A formula is not set."


def test_links_between_chapters_stay_in_the_pdf(html: Path):
    parts = pdf.parts_of(ROOT, html / "book")
    text = pdf.whole(parts, {"title": "T", "author": "A", "copyright": "C"}, {})
    targets = set(re.findall(r'href="#([^"]+)"', text))
    assert len(targets) > 100
    assert targets <= set(re.findall(r'\sid="([^"]+)"', text))
    printed = {chapter.name for part in parts for chapter in part.chapters}
    assert printed == {page.stem for page in pages(html)} - pdf.ONLINE
    assert "A field guide to bugs (online)" in text


@pytest.mark.parametrize("words", ["", '<p>Or take <span class="whole-book">all of it</span>.</p>'])
def test_the_first_page_links_to_a_pdf_that_is_there(tmp_path: Path, words: str):
    page = tmp_path / "index.html"
    page.write_text(f"<article>{words}</article>", encoding="utf-8")
    for _ in range(2):
        pdf.link_from(page)
    assert page.read_text(encoding="utf-8").count(f'href="../{pdf.NAME}"') == 1
    assert "<span" not in page.read_text(encoding="utf-8")
    assert pdf.NAME not in pdf.chapter(page).text


def test_the_workflow_builds_what_it_publishes():
    workflow = yaml.safe_load((ROOT / ".github/workflows/pages.yml").read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]) for step in steps if "uses" in step)
    typed = "\n".join(step.get("run", "") for step in steps)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    made = " ".join(re.findall(r"^make ([a-z ]+)$", typed, re.M)).split()
    assert made == ["book", "pdf", "lite"]
    assert set(made) <= set(targets)
    upload = next(step for step in steps if "upload" in step.get("uses", ""))
    assert upload["with"]["path"] == "_build/html"
    assert workflow["permissions"] == {"contents": "read"}, "Only the job that deploys may write."
    assert workflow["jobs"]["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
