"""What a person has said of an answer, as the comment in the gradebook holds it: chosen items, then words of their own.

The comment is the one place where the choice of items is kept. So the formgrader shows it and may change it, a backup
of the gradebook has it, and there is nothing beside it that could say something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from autograder.course.mark_scheme import NUMBER, Item, one_line, points_of

LINE = re.compile(rf"\[({NUMBER})\] (\S.*)")


@dataclass(frozen=True)
class Said:
    """The items that a person has chosen, and a comment."""

    items: tuple[Item, ...] = ()
    text: str = ""

    @property
    def total(self) -> float:
        """The points of all items."""
        return sum(item.points for item in self.items)

    @property
    def comment(self) -> str:
        """The comment for the gradebook: a line for each item, an empty line, the words."""
        text = _tidy(self.text)
        lines = [Item(item.points, one_line(item.text)).line for item in self.items]
        if not lines:
            return f"\n{text}" if LINE.match(text) else text  # the empty line says that no item precedes it
        return "\n".join([*lines, "", text]) if text else "\n".join(lines)


def said(comment: str | None) -> Said:
    """Return what a comment says; one that was written elsewhere has no items, unless it has lines that look so."""
    lines = (comment or "").replace("\r\n", "\n").split("\n")
    items = []
    while lines and (found := LINE.fullmatch(lines[0].rstrip())):
        items.append(Item(points_of(found[1]), one_line(found[2])))
        lines.pop(0)
    return Said(tuple(items), _tidy("\n".join(lines)))


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip("\n")
