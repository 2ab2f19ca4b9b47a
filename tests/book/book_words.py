"""Takes the sources of the book's pages apart into prose, for the tests of its words, headings and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from book_pages import BOOK, ROOT

FENCE = re.compile(r"^(?P<mark>`{3,}|:{3,}|~{3,})(?P<rest>.*)$")
# What stands between these is no prose; of any other directive, the inside is read.
SKIPPED = re.compile(
    r"^\{?(code-cell|code-block|math|list-table|bibliography|literalinclude|glossary|python|console)\b"
)
HEADING = re.compile(r"^(#{1,4}) (.+)$")


@dataclass(frozen=True)
class Line:
    """A line of a page's source, with what is no prose taken out of it."""

    path: Path
    number: int
    text: str
    raw: str

    def __str__(self) -> str:
        return f"{self.path.name}:{self.number}: {self.raw.strip()[:110]}"


@cache
def pages_in_order() -> tuple[Path, ...]:
    """Return the sources of all pages in the order of reading."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [contents["root"], *(page["file"] for part in contents["parts"] for page in part["chapters"])]
    return tuple(path for path in (ROOT / f"{file}.md" for file in files) if path.parent == BOOK)


def plain(text: str) -> str:
    """Return a line without its formulas, code, targets of links and roles; what a role shows stays."""
    text = re.sub(r"\{(?:glue|eq|cite|ref|doc|numref)[^}]*\}`[^`]*`", " ", text)
    text = re.sub(r"\{[\w:-]+\}`([^`]*)`", r"\1", text)
    text = re.sub(r"``?[^`]*``?", " ", text)
    text = re.sub(r"\$[^$]*\$", " ", text)
    return re.sub(r"\]\([^)]*\)", "]", text)


@cache
def lines(path: Path) -> tuple[Line, ...]:
    """Return the lines of prose of a page: no code, formulas, tables of symbols, or head of the chapter."""
    return tuple(_prose(path))


def _prose(path: Path) -> Iterator[Line]:
    open_fences: list[tuple[str, bool]] = []
    header = formula = False
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if raw.strip() == "---" and (number == 1 or header):
            header = not header
            continue
        if raw.strip().startswith("$$"):
            formula = formula != (raw.count("$$") == 1)
            continue
        if fence := FENCE.match(raw.strip()):
            _turn(open_fences, fence["mark"], fence["rest"].strip())
            if fence["rest"] and not any(skipped for _, skipped in open_fences):
                yield Line(path, number, plain(re.sub(r"^\{[\w-]+\}", "", fence["rest"].strip())), raw)
            continue
        if re.match(r"\s*:class: .*chapter-head", raw) and open_fences:
            open_fences[-1] = (open_fences[-1][0], True)
        hidden = header or formula or any(skipped for _, skipped in open_fences)
        if not hidden and not re.match(r"\s*(:[\w-]+:|\([\w-]+\)=)", raw):
            yield Line(path, number, plain(raw), raw)


def _turn(fences: list[tuple[str, bool]], mark: str, rest: str) -> None:
    """Note that a fence opens or closes."""
    if not rest and fences and fences[-1][0] == mark:
        fences.pop()
    else:
        fences.append((mark, bool(SKIPPED.match(rest))))


def captions(path: Path, kinds: str = "alt|caption") -> Iterator[Line]:
    """Yield captions and alternative texts, which stand in the options of code cells."""
    inside = False
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if option := re.match(r"\s+(alt|caption):", raw):
            inside = option[1] in kinds
        elif raw.strip() in ("---", "figure:") or re.match(r"\s+name:", raw):
            inside = False
        if inside:
            yield Line(path, number, plain(re.sub(r"^\s*(alt|caption): ?\|?", "", raw)), raw)


def headings(path: Path) -> Iterator[tuple[Line, str]]:
    """Yield the headings of a page."""
    for line in lines(path):
        if found := HEADING.match(line.raw):
            yield line, found[2].strip()


def before_the_exercises(path: Path) -> Iterator[Line]:
    """Yield the lines of prose of a chapter, down to its exercises."""
    for line in lines(path):
        if line.raw.startswith("## Exercises"):
            return
        yield line


def formulas(path: Path) -> list[str]:
    """Return the displayed formulas of a page, then those inside its sentences."""
    text = path.read_text(encoding="utf-8")
    shown = re.findall(r"^```\{math\}\n(.*?)^```|^\$\$\n(.*?)^\$\$", text, re.S | re.M)
    return ["".join(pair) for pair in shown] + re.findall(r"(?<!\$)\$([^$\n]+)\$(?!\$)", text)


def code(path: Path) -> str:
    """Return all code of a page: its cells without their options, and what stands between backticks."""
    text = path.read_text(encoding="utf-8")
    cells = re.findall(r"^```\{code-cell\}[^\n]*\n(?:---\n.*?^---\n)?(.*?)^```", text, re.S | re.M)
    return "\n".join(cells + re.findall(r"(?<![`}])`([^`\n]+)`", text))


def questions(path: Path) -> str:
    """Return what the questions of a page ask and offer: their first lines and choices, without the explanations."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(r"^:::+\{question\}(.*?)^:::+$", text, re.S | re.M)
    return "\n".join(line for one in found for line in one.splitlines() if not line.startswith((":", "  ")))
