"""The mark scheme of an answer that a person reads: items with points, and free text for everything else.

An item is one line of a list, ``- [2] names the chain rule``; indented lines below it belong to it. Points below 0 take
something off. A scheme without such lines is text, and a person adds up the points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.course.cells import SCHEME_BEGIN, SCHEME_END, is_task

NUMBER = r"[+-]?[0-9]{1,4}(?:[.,][0-9]{1,3})?"
ITEM = re.compile(rf"^\s*[-*+]\s+\[\s*({NUMBER})\s*\]\s+(\S.*)$")
REGION = re.compile(
    rf"^[^\n]*{SCHEME_BEGIN}[^\n]*\n?(.*?)(?:^[^\n]*{SCHEME_END}[^\n]*\n?|\Z)", re.DOTALL | re.MULTILINE
)
MARKER = re.compile(r"^[^\n]*(?:BEGIN|END) (?:SOLUTION|MARK SCHEME)[^\n]*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Item:
    """One thing that an answer may have, and the points for it."""

    points: float
    text: str

    @property
    def line(self) -> str:
        """The item as it stands in a comment."""
        return f"[{number(self.points)}] {self.text}"


@dataclass(frozen=True)
class MarkScheme:
    """What a person goes by: items, and the rest as Markdown."""

    items: tuple[Item, ...] = ()
    notes: str = ""

    @property
    def total(self) -> float:
        """What an answer gets that has everything."""
        return sum(item.points for item in self.items if item.points > 0)


def mark_scheme(cell: NotebookNode) -> MarkScheme:
    """Return the mark scheme of a source cell; of an answer cell, that is all that its author has written into it."""
    text = "\n".join(REGION.findall(cell.source)) if is_task(cell) else MARKER.sub("", cell.source)
    items: list[Item] = []
    notes: list[str] = []
    is_open = False
    for line in text.splitlines():
        found = ITEM.match(line)
        if found:
            items.append(Item(points_of(found[1]), one_line(found[2])))
            is_open = True
        elif is_open and line.strip() and line[:1].isspace():
            items[-1] = Item(items[-1].points, one_line(f"{items[-1].text} {line}"))
        else:
            is_open = False
            notes.append(line)
    distinct = {item.text: item for item in items}
    return MarkScheme(tuple(distinct.values()), "\n".join(notes).strip())


def without_scheme(text: str) -> str:
    """Return the text of a task as students have it."""
    return REGION.sub("", text).rstrip()


def points_of(text: str) -> float:
    """Return the points that a number of an item says; a comma is a decimal point."""
    return float(text.replace(",", "."))


def number(points: float) -> str:
    """Return points as people write them: 2, 0.5."""
    return f"{points:.3f}".rstrip("0").rstrip(".")


def one_line(text: str) -> str:
    """Return text without ends of lines and without blanks that stand beside others."""
    return " ".join(text.split())
