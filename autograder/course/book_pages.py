"""The pages of the book that students find beside a notebook, and where its links lead.

Where the book is published, links lead there. Otherwise a release brings a page for each place that its notebooks link
to or name: as `make book` has made it from the built book, as a private course carries it, or else, where neither is
at hand, a short one with the equations alone, of which the book's sources know enough.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import escape
from nbformat import NotebookNode

from autograder.course.book import Contents, anchor
from autograder.course.course import Course
from autograder.offline.links import EQUATION, FOLDER, Target, rewritten, targets
from autograder.offline.page import html_page, link, only_to, way_to

LABEL = re.compile(r"\beq:[A-Za-z][\w-]*")
INDEX = "index.html"
SHORT = "This is the short form of the chapter, its equations alone. Your instructor can give you the whole."


def made_folder(course: Course) -> Path:
    """Return where `make book` lays the pages that releases take from."""
    return course.root / "_build" / "offline"


def leads(course: Course) -> Callable[[Target], str]:
    """Return what says where a link of a release leads; to nowhere, where nobody knows the page.

    Raises
    ------
    UsageError
        If the configuration names no sensible address of the book.
    """
    url, shelf = course.book_url, Shelf.of(course)
    if url:
        return lambda target: f"{url}/{target.address}"
    return lambda target: f"{FOLDER}/{target.file}" if shelf.knows(target.page) else ""


def link_release(notebook: NotebookNode, lead: Callable[[Target], str]) -> None:
    """Let the links of a notebook lead to where students have the book."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = rewritten(cell.source, lead)


def bring_pages(course: Course, name: str, folder: Path) -> None:
    """Lay the pages that an assignment needs beside its released notebooks; earlier pages are removed."""
    if not (course.source / name / FOLDER).exists():
        shutil.rmtree(folder / FOLDER, ignore_errors=True)
    for path, text in pages_for(course, name).items():
        (folder / FOLDER).mkdir(exist_ok=True)
        (folder / FOLDER / path).write_text(text, encoding="utf-8")


def pages_for(course: Course, name: str, shelf: Shelf | None = None) -> dict[str, str]:
    """Return the pages that an assignment needs, by the names of their files; none where the book is published.

    What the assignment itself has under such a name stays as it is.
    """
    if course.book_url:
        return {}
    shelf = shelf or Shelf.of(course)
    wanted = {target for target in linked(course.read_sources(name).values()) if shelf.knows(target.page)}
    if not wanted:
        return {}
    wanted |= {Target(target.page) for target in wanted} | set(shelf.named(_labels(course, name)))
    found = {target.file: shelf.page(target) for target in sorted(wanted, key=lambda target: target.file)}
    found.setdefault(INDEX, shelf.index(name, wanted))
    own = course.source / name / FOLDER
    return {path: only_to(text, found.keys()) for path, text in found.items() if not (own / path).exists()}


def carry_book(course: Course, private: Course) -> None:
    """Lay what a course knows of its book, and the pages made of it, into a course folder without the book.

    A book of that course's own stays as it is.
    """
    contents, made, target = Contents.of(course), made_folder(course), private.root / FOLDER
    if any(target.glob("*.md")) or not contents.equations:
        return
    contents.keep(private.root)
    if any(made.glob("*.html")):
        fresh = target.with_name(f".{FOLDER}.fresh")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(made, fresh)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)


def is_short(course: Course, name: str) -> bool:
    """Return whether a release brings pages, and only short ones, since the book has not been built."""
    return Shelf.of(course).folder is None and bool(pages_for(course, name))


def linked(notebooks: Iterable[NotebookNode]) -> set[Target]:
    """Return the places in the book that source notebooks link to."""
    cells = (cell for notebook in notebooks for cell in notebook.cells if cell.cell_type == "markdown")
    return {target for cell in cells for target in targets(cell.source)}


def _labels(course: Course, name: str) -> set[str]:
    cells = (cell for notebook in course.read_sources(name).values() for cell in notebook.cells)
    return {label for cell in cells for label in LABEL.findall(cell.source)}


@dataclass(frozen=True)
class Shelf:
    """The pages that a course has: those in `folder`, if there is one, and those that `contents` is enough for."""

    folder: Path | None
    contents: Contents

    @classmethod
    def of(cls, course: Course) -> Shelf:
        """Return what a course has: as it was built, or as a private course carries it."""
        places = made_folder(course), course.root / FOLDER
        return cls(next((place for place in places if any(place.glob("*.html"))), None), Contents.of(course))

    def knows(self, page: str) -> bool:
        """Return whether there is such a page."""
        return page in self.contents.titles or self._kept(f"{page}.html") is not None

    def named(self, labels: Iterable[str]) -> Iterator[Target]:
        """Yield where the equations with these labels are, as far as that is known."""
        for label in labels:
            if found := self.contents.equations.get(anchor(label)):
                yield Target(found.page, EQUATION + anchor(label))
                yield Target(found.page)

    def page(self, target: Target) -> str:
        """Return the page that shows a place: its own page if it has one, otherwise its chapter."""
        kept = self._kept(target.file)
        if kept is None and self._equation(target):
            return self._short_equation(target)
        kept = self._kept(f"{target.page}.html") if kept is None else kept
        return self._short_chapter(target.page) if kept is None else kept

    def index(self, name: str, wanted: set[Target]) -> str:
        """Return the page that lists the others."""
        pages = sorted({target.page for target in wanted}, key=lambda page: (self._chapter(page) or 99, page))
        parts = [f"<h1>The book, as far as {escape(name)} needs it</h1>"]
        for page in pages:
            parts.append(f"<h2>{link(f'{page}.html', escape(self._title(page)))}</h2>\n<ul>")
            here = [target for target in wanted if target.page == page and self._equation(target)]
            for target in sorted(here, key=lambda target: self._equation(target).number):
                one = self._equation(target)
                words = f"{self._number(one)} <code>{escape(one.label)}</code>".strip()
                parts.append(f"<li>{link(target.file, words)}</li>")
            parts.append("</ul>")
        return html_page(f"The book for {name}", "\n".join(parts))

    def _kept(self, file: str) -> str | None:
        try:
            return (self.folder / file).read_text(encoding="utf-8") if self.folder else None
        except (OSError, UnicodeError):
            return None

    def _short_chapter(self, page: str) -> str:
        here = [(key, one) for key, one in self.contents.equations.items() if one.page == page and one.tex]
        formulas = (f"{self._drawn(one, key)}\n<p><code>{escape(one.label)}</code></p>" for key, one in here)
        title = self._title(page)
        return html_page(title, f"<h1>{escape(title)}</h1>\n<p>{SHORT}</p>\n" + "\n".join(formulas))

    def _short_equation(self, target: Target) -> str:
        one = self._equation(target)
        words, title = f"Equation {self._number(one)}".strip(), self._title(target.page)
        body = f'<h1>{words}, <code>{escape(one.label)}</code></h1>\n<div class="first">{self._drawn(one)}</div>'
        return html_page(f"{words}, {one.label}", f"{body}\n{way_to(target, title)}")

    def _drawn(self, one: Any, key: str = "") -> str:
        from autograder.shown.formulas import is_wide, mathml

        drawn = mathml(one.tex, display=True) or f"<pre>{escape(one.tex)}</pre>"
        number, wide = self._number(one), ' tabindex="0"' if is_wide(drawn) else ""
        return (
            f'<div class="equation"{f" id={EQUATION}{key}" if key else ""}><div class="formula"{wide}>{drawn}</div>'
            f'<span class="eqno">{number}</span></div>'
        )

    def _equation(self, target: Target) -> Any:
        return self.contents.equations.get(target.anchor.removeprefix(EQUATION)) if EQUATION in target.anchor else None

    def _number(self, one: Any) -> str:
        chapter = self._chapter(one.page)
        return f"({chapter}.{one.number})" if chapter and one.number else ""

    def _chapter(self, page: str) -> int:
        return self.contents.chapters.get(page, 0)

    def _title(self, page: str) -> str:
        chapter = self._chapter(page)
        return f"{chapter}. {self.contents.titles.get(page, page)}" if chapter else self.contents.titles.get(page, page)
