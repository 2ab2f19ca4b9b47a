"""Where the course's book explains an equation: its page, chapter and number, and the link if the book is on the web.

The book's own sources say it where the course folder has them. A private course has a copy of what they say, and
without that the links in the assignment's notebooks say as much as they know. It reads text only and builds nothing.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import yaml

from autograder.course.course import Course

LABEL = re.compile(r"^ *(?:\$\$ \(|:label: )([\w:-]+)\)?\s*$", re.MULTILINE)  # that of a live figure has blanks
FORMULA = re.compile(
    r"^ *\$\$\s*\n(?P<tex>(?:(?!\s*\$\$).*\n)+) *\$\$ \((?P<label>[\w:-]+)\)"
    r"|^ *(?P<fence>`{3,}|:{3,})\{math\}\s*\n(?P<options>(?: *:\w+:.*\n)+)(?P<body>(?:.*\n)*?) *(?P=fence)",
    re.MULTILINE,
)
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\([^)\s]*?([\w-]+)\.html(?:#equation-([\w-]+))?\)")
FOLDER = "book"
CONTENTS = "book.json"  # what a course without the book knows of it


@dataclass(frozen=True)
class Place:
    """A place in the book, in words, and the equation there, as TeX.

    `href` leads there, or is empty where nobody has said where the book is.
    """

    words: str
    href: str = ""
    tex: str = ""


@dataclass(frozen=True)
class Equation:
    """A labelled equation: the page that it is on; if they are known, its number there, its formula, its label."""

    page: str
    number: int = 0
    tex: str = ""
    label: str = ""


@dataclass(frozen=True)
class Contents:
    """What a book says of itself: headings of pages, numbers of those that are numbered, equations by their anchors."""

    titles: dict[str, str] = field(default_factory=dict)
    chapters: dict[str, int] = field(default_factory=dict)
    equations: dict[str, Equation] = field(default_factory=dict)

    @classmethod
    def of(cls, course: Course) -> Contents:
        """Return what the book's sources say; what a copy says, where there are none."""
        pages = sorted((course.root / FOLDER).glob("*.md"))
        if not pages:
            with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
                kept = json.loads((course.root / CONTENTS).read_text(encoding="utf-8"))
                equations = {str(key): _kept(at) for key, at in kept["equations"].items()}
                chapters = {str(page): int(number) for page, number in kept["chapters"].items()}
                return cls({str(page): str(title) for page, title in kept["titles"].items()}, chapters, equations)
        found = cls({}, _numbered(course), {})
        for path in pages:
            text = FRONT_MATTER.sub("", path.read_text(encoding="utf-8", errors="replace"))
            if heading := TITLE.search(text):
                found.titles[path.stem] = heading[1].strip()
            formulas = _formulas(text)
            for number, label in enumerate(LABEL.findall(text), start=1):
                found.equations[anchor(label)] = Equation(path.stem, number, formulas.get(label, ""), label)
        return found

    def keep(self, folder: Path) -> None:
        """Write it into the folder of a course that does not have the book."""
        (folder / CONTENTS).write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


class Book:
    """The book of a course, as far as one assignment has to know it.

    Parameters
    ----------
    url
        Where the built book is, or an empty string.
    contents
        Its pages and equations.
    called
        What the assignment calls an equation, by its anchor.
    """

    def __init__(self, url: str = "", contents: Contents | None = None, called: dict[str, str] | None = None) -> None:
        self.url = url
        contents = contents or Contents()
        self.titles, self.chapters, self.equations = contents.titles, contents.chapters, contents.equations
        self.called = called or {}

    @classmethod
    def of(cls, course: Course, name: str) -> Book:
        """Return the book of a course as the assignment `name` needs it."""
        titles: dict[str, str] = {}
        called: dict[str, str] = {}
        equations: dict[str, Equation] = {}
        for words, page, equation in _links(course, name):
            if equation:
                called.setdefault(equation, words)
                equations.setdefault(equation, Equation(page))
            else:
                titles.setdefault(page, words)
        known = Contents.of(course)
        contents = Contents(titles | known.titles, known.chapters, equations | known.equations)
        return cls(course.book_url, contents, called)

    def place(self, label: str) -> Place | None:
        """Return where the equation with a label is; None if nobody knows."""
        key = anchor(label)
        found = self.equations.get(key)
        if found is None:
            return None
        chapter, title = self.chapters.get(found.page), self.titles.get(found.page, found.page)
        where = f"chapter {chapter}, {title}" if chapter else f"the chapter {title}"
        number = f"equation ({chapter}.{found.number})" if chapter and found.number else ""
        words = " in ".join(filter(None, (number, where)))
        called = self.called.get(key, "")
        href = f"{self.url.rstrip('/')}/{FOLDER}/{found.page}.html#equation-{key}" if self.url else ""
        return Place(f"{called}, {words if number else f'in {words}'}" if called else words, href, found.tex)


def anchor(label: str) -> str:
    """Return a label as Sphinx writes it into an address."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


def _kept(equation: dict[str, object]) -> Equation:
    """Return an equation as a copy has it; an older copy has no formulas."""
    tex, label = str(equation.get("tex", "")), str(equation.get("label", ""))
    return Equation(str(equation["page"]), int(str(equation["number"])), tex, label)


def _formulas(text: str) -> dict[str, str]:
    """Return the labelled formulas of a chapter's source, as TeX."""
    found = {}
    for one in FORMULA.finditer(text):
        label = one["label"] or next(iter(re.findall(r"^ *:label: (\S+)", one["options"] or "", re.MULTILINE)), "")
        found[label] = (one["tex"] or one["body"] or "").strip()
    return found


def _links(course: Course, name: str) -> Iterator[tuple[str, str, str]]:
    """Yield the links of an assignment into pages: their words, the page, the equation's anchor or an empty string."""
    for notebook in course.read_sources(name).values():
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                for words, page, equation in LINK.findall(cell.source):
                    yield re.sub(r"[$`*]", "", words), page, equation


def _numbered(course: Course) -> dict[str, int]:
    """Return the numbers of the chapters, as the table of contents makes them."""
    try:
        contents = yaml.safe_load((course.root / "_toc.yml").read_text(encoding="utf-8"))
        parts = [part for part in contents["parts"] if part.get("numbered")]
        pages = [chapter["file"].rpartition("/")[2] for part in parts for chapter in part["chapters"]]
    except (OSError, UnicodeError, yaml.YAMLError, LookupError, TypeError, AttributeError):
        return {}
    return {page: number for number, page in enumerate(pages, start=1)}
