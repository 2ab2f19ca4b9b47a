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
from autograder.marking.works import UNTOUCHED, Groups, Work, works
from autograder.marking.written import Written
from autograder.pages.short_text import short_text
from autograder.records.answers import Changed
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
        self.groups = Groups(course, name)
        self.changed = Changed(course, name)
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

    def answers(self, exercise: Written) -> list[Work]:
        """Return the answers to an exercise in their order, each once, whoever has handed it in."""
        groups, part = self.groups.read(), self.wanted.part
        found = [
            one for one in self.book.answers(exercise) if part.has(self.name, groups.get(one.student, one.student))
        ]
        key = f"{exercise.notebook}/{exercise.cell}"
        each = works(found, groups, lambda student: self._digest(exercise, student))
        return sorted(each, key=lambda one: self.order.place(one.student, key))

    def find(self, exercise: Written, handle: str) -> tuple[int, Work]:
        """Return an answer and its place in the order.

        Raises
        ------
        UsageError
            If there is no such answer.
        """
        for place, one in enumerate(self.answers(exercise), start=1):
            if any(self.order.handle(answer.student) == handle for answer in one.answers):
                return place, one
        raise UsageError("There is no such answer: load the page again.")

    def is_empty(self, exercise: Written, one: Work) -> bool:
        """Return whether nothing is written there, or what was handed out, and nobody has marked it yet."""
        if not one.is_waiting or one.first.mark != UNTOUCHED:
            return False
        written = self.looks.written(exercise, one.student)
        return written is not None and written.is_empty

    def _digest(self, exercise: Written, student: str) -> str | None:
        written = self.looks.written(exercise, student)
        return written.digest if written else None

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

    def line(self, exercise: Written, one: Work, place: int) -> Json:
        """Return what the list of answers says of one."""
        return {
            "id": self.order.handle(one.student),
            "label": self.label(one, place),
            "state": self._state(exercise, one),
            "points": None if one.first.points is None else number(one.first.points),
            "empty": self.is_empty(exercise, one),
            "version": one.version,
        }

    def shown(self, exercise: Written, one: Work, place: int) -> Json:
        """Return what was said of an answer."""
        words = said(one.first.mark.comment)
        items = [_shown_item(item, is_added=False) for item in words.items]
        more = {"exercise": exercise.number, "items": items, "comment": words.text, "group": self._group(exercise, one)}
        return self.line(exercise, one, place) | more

    def label(self, one: Work, place: int) -> str:
        """Return whose answer it is, or its number where nobody is to know."""
        if self.wanted.is_anonymous:
            return f"Answer {place}"
        return ", ".join(map(_called, one.answers))

    def _group(self, exercise: Written, one: Work) -> str:
        """Return what there is to know of a group's work, in a sentence or two."""
        if not one.group:
            return ""
        if self.wanted.is_anonymous:
            said = ["This is a group's work: your mark reaches each of its members."] if len(one.answers) > 1 else []
            if one.apart:
                said.append("Somebody of the same group has another mark, which stays as it is.")
            return " ".join(said)
        many = len(one.answers)
        said = [f"This is the work of {plain(one.group)}: your mark reaches all {many}."] if many > 1 else []
        for other in one.apart:
            points = "no mark yet" if other.points is None else f"{number(other.points)} of {number(exercise.most)}"
            said.append(f"{_called(other)}, of the same group, has {points}, which stays as it is.")
        return " ".join(said)

    def _state(self, exercise: Written, one: Work) -> str:
        """Return how an answer stands: marked, waiting, partly (for some of a group), changed or graded again since."""
        if not one.is_waiting:
            return "marked"
        if one.is_partly_marked:
            return "partly"
        if one.first.mark.points is None:
            return "waiting"
        cell = exercise.notebook, exercise.cell
        return "changed" if cell in self.changed.of(one.first.student) else "again"


def _called(answer: Answer) -> str:
    return plain(answer.name if answer.name == answer.student else f"{answer.name} ({answer.student})")


def marked(answers: Iterable[Work]) -> int:
    """Return how many answers are marked."""
    return sum(not one.is_waiting for one in answers)


def earlier_comments(answers: Iterable[Work]) -> list[Json]:
    """Return the comments on these answers, the most frequent first."""
    times = Counter(text for one in answers if (text := said(one.first.mark.comment).text))
    return [{"text": text, "times": count} for text, count in times.most_common(MOST_COMMENTS)]


def _shown_item(item: Item, *, is_added: bool) -> Json:
    return {"points": number(item.points), "text": item.text, "html": _html(item.text), "added": is_added}


@lru_cache(maxsize=4 * MOST_ITEMS)
def _html(text: str) -> str:
    return str(short_text(text, OutputLimits().for_page()))
