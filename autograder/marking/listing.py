"""What the page is shown of exercises, answers and items: text, numbers and harmless HTML.

Where names are not to be shown, it holds neither a name nor an id of a student.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from autograder.course.course import Course
from autograder.course.mark_scheme import Item, number
from autograder.engine.limits import OutputLimits
from autograder.errors import UsageError
from autograder.marking.entries import Wanted
from autograder.marking.limits import MOST_COMMENTS, MOST_ITEMS
from autograder.marking.looks import Looks
from autograder.marking.order import Order, course_key
from autograder.marking.rubric import Rubric
from autograder.marking.store import Answer, MarkBook
from autograder.marking.written import Written
from autograder.pages.short_text import short_text
from autograder.records.said import said
from autograder.shown.terminal import plain

Json = dict[str, Any]


class Listing:
    """The exercises of one assignment that a person marks, and the answers of a part of the class."""

    def __init__(self, course: Course, name: str, wanted: Wanted, book: MarkBook, exercises: Iterable[Written]) -> None:
        self.name = name
        self.wanted = wanted
        self.book = book
        self.exercises = {exercise.number: exercise for exercise in exercises}
        self.rubric = Rubric(course, name)
        self.looks = Looks(course, name)
        self.order = Order(course_key(course), name, wanted.is_anonymous)

    def exercise(self, number: int) -> Written:
        """Return an exercise.

        Raises
        ------
        UsageError
            If there is no such exercise.
        """
        if number not in self.exercises:
            raise UsageError(f"There is no exercise {number} to mark: load the page again.")
        return self.exercises[number]

    def answers(self, exercise: Written) -> list[Answer]:
        """Return the answers to an exercise in their order."""
        part = self.wanted.part
        found = [answer for answer in self.book.answers(exercise) if part.has(self.name, answer.student)]
        key = f"{exercise.notebook}/{exercise.cell}"
        return sorted(found, key=lambda answer: self.order.place(answer.student, key))

    def find(self, exercise: Written, handle: str) -> tuple[int, Answer]:
        """Return an answer and its place in the order.

        Raises
        ------
        UsageError
            If there is no such answer.
        """
        for place, answer in enumerate(self.answers(exercise), start=1):
            if self.order.handle(answer.student) == handle:
                return place, answer
        raise UsageError("There is no such answer: load the page again.")

    def shown_exercise(self, exercise: Written) -> Json:
        """Return what does not change of an exercise."""
        scheme = exercise.scheme
        differs = bool(scheme.items) and scheme.total != exercise.most
        return {
            "number": exercise.number,
            "name": exercise.name,
            "title": plain(exercise.title) or exercise.name,
            "most": exercise.most,
            "asked": str(self.looks.asked(exercise)),
            "notes": str(self.looks.notes(exercise)),
            "differs": f"The items of the mark scheme come to {number(scheme.total)} points." if differs else "",
        }

    def shown_items(self, exercise: Written) -> list[Json]:
        """Return the items that an answer may be given."""
        theirs = [_shown_item(item, is_added=False) for item in exercise.scheme.items]
        return theirs + [_shown_item(item, is_added=True) for item in self.rubric.added(exercise)]

    def line(self, answer: Answer, place: int) -> Json:
        """Return what the list of answers says of one."""
        return {
            "id": self.order.handle(answer.student),
            "label": self._label(answer, place),
            "state": _state(answer),
            "points": None if answer.points is None else number(answer.points),
            "version": answer.version,
        }

    def shown(self, exercise: Written, answer: Answer, place: int) -> Json:
        """Return what was said of an answer."""
        words = said(answer.mark.comment)
        items = [_shown_item(item, is_added=False) for item in words.items]
        return self.line(answer, place) | {"exercise": exercise.number, "items": items, "comment": words.text}

    def _label(self, answer: Answer, place: int) -> str:
        if self.wanted.is_anonymous:
            return f"Answer {place}"
        return plain(answer.name if answer.name == answer.student else f"{answer.name} ({answer.student})")


def marked(answers: Iterable[Answer]) -> int:
    """Return how many answers are marked."""
    return sum(not answer.mark.is_waiting for answer in answers)


def earlier_comments(answers: Iterable[Answer]) -> list[Json]:
    """Return the comments on these answers, the most frequent first."""
    times = Counter(text for answer in answers if (text := said(answer.mark.comment).text))
    return [{"text": text, "times": count} for text, count in times.most_common(MOST_COMMENTS)]


def _state(answer: Answer) -> str:
    """Return whether an answer is marked, waits, or was marked before it was graded again."""
    if not answer.mark.is_waiting:
        return "marked"
    return "waiting" if answer.mark.points is None else "again"


def _shown_item(item: Item, *, is_added: bool) -> Json:
    return {"points": number(item.points), "text": item.text, "html": _html(item.text), "added": is_added}


@lru_cache(maxsize=4 * MOST_ITEMS)
def _html(text: str) -> str:
    return str(short_text(text, OutputLimits().for_page()))
