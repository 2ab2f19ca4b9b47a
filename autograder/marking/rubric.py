"""The items of an exercise: those of the author's mark scheme, and those that were added while marking.

Added items are kept in `reports/NAME/items.json`, for everybody who marks this assignment. Which items an answer has is
not written there but in its comment (`records.said`).
"""

from __future__ import annotations

import json

from autograder.course.course import Course
from autograder.course.mark_scheme import Item, one_line, points_of
from autograder.errors import EnvironmentProblem, UsageError
from autograder.files.durable import write_atomically
from autograder.files.lock import held
from autograder.marking.limits import LONGEST_ITEM, MOST_ITEMS
from autograder.marking.points import PLAIN
from autograder.marking.written import Written
from autograder.shown.terminal import plain


class Rubric:
    """The items of one assignment."""

    def __init__(self, course: Course, name: str) -> None:
        self.path = course.reports / name / "items.json"
        self._lock = course.root / "_build" / "locks" / "items" / f"{name}.lock"

    def items(self, exercise: Written) -> list[Item]:
        """Return the items of an exercise: the author's, then the added ones."""
        return [*exercise.scheme.items, *self.added(exercise)]

    def added(self, exercise: Written) -> list[Item]:
        """Return the items that were added while marking."""
        theirs = {item.text for item in exercise.scheme.items}
        return [item for item in self._read().get(_key(exercise), []) if item.text not in theirs]

    def add(self, exercise: Written, points: str, text: str) -> Item:
        """Keep a new item; one with the same words gets these points.

        Raises
        ------
        UsageError
            If it has no words or no points, or there are too many.
        """
        item = typed_item(points, text)
        if item.text in {known.text for known in exercise.scheme.items}:
            raise UsageError("The mark scheme has an item with these words: change it in the source notebook.")
        self._change(exercise, item, [item])
        return item

    def forget(self, exercise: Written, text: str) -> None:
        """Offer an added item no longer; answers that have it keep it."""
        self._change(exercise, Item(0, text), [])

    def _change(self, exercise: Written, item: Item, instead: list[Item]) -> None:
        with held(self._lock, "is changing the items"):
            found = self._read()
            before = found.get(_key(exercise), [])
            place = next((n for n, known in enumerate(before) if known.text == item.text), len(before))
            found[_key(exercise)] = [*before[:place], *instead, *before[place + 1 :]]
            if len(found[_key(exercise)]) + len(exercise.scheme.items) > MOST_ITEMS:
                raise UsageError(f"An exercise has at most {MOST_ITEMS} items: forget one that nobody needs.")
            content = {
                key: [{"points": item.points, "text": item.text} for item in items] for key, items in found.items()
            }
            write_atomically(self.path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")

    def _read(self) -> dict[str, list[Item]]:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            return {
                str(key): [Item(float(item["points"]), one_line(str(item["text"]))) for item in items]
                for key, items in content.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise EnvironmentProblem(
                f"The items in {self.path} cannot be read ({error}): mend the file or delete it; answers keep the "
                "items that they have."
            ) from error


def typed_item(points: str, text: str) -> Item:
    """Return the item that a person has typed.

    Raises
    ------
    UsageError
        If it is not one.
    """
    words = one_line(plain(text))
    if not words or len(words) > LONGEST_ITEM:
        raise UsageError(f"An item needs words, at most {LONGEST_ITEM} characters.")
    if not PLAIN.fullmatch(points.strip()):
        raise UsageError(f"{points[:20]!r} is not a number of points for an item: type a number like 2, 0.5 or -1.")
    return Item(points_of(points.strip()), words)


def _key(exercise: Written) -> str:
    return f"{exercise.notebook}/{exercise.cell}"
