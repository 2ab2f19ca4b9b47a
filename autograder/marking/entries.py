"""What people ask of the marking: how it is to go, and what the page sends to be written of one answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograder.errors import UsageError
from autograder.marking.limits import LONGEST_COMMENT, MOST_ITEMS
from autograder.marking.order import Part
from autograder.marking.rubric import typed_item
from autograder.records.said import Said
from autograder.shown.terminal import plain


@dataclass(frozen=True)
class Wanted:
    """How the marking is to go: see the options of `autograder mark`."""

    who: str
    part: Part = field(default_factory=Part)
    is_anonymous: bool = False
    beyond: bool = False


@dataclass(frozen=True)
class Entry:
    """What a page sends to be written of one answer; `seen` is the version that the person has looked at.

    Points are text, as they were typed; an item is its points and its words.
    """

    exercise: int
    answer: str
    seen: str
    points: str
    items: tuple[tuple[str, str], ...] = ()
    comment: str = ""

    def said(self) -> Said:
        """Return the items and the comment.

        Raises
        ------
        UsageError
            If it is too long, or something in the list is not an item.
        """
        if len(self.comment) > LONGEST_COMMENT:
            raise UsageError(f"The comment has {len(self.comment)} characters: at most {LONGEST_COMMENT} are kept.")
        if len(self.items) > MOST_ITEMS:
            raise UsageError(f"An answer has at most {MOST_ITEMS} items.")
        items = tuple(typed_item(points, text) for points, text in self.items)
        return Said(items, plain(self.comment.replace("\r\n", "\n")))
