"""All that the page can ask for: how things stand, one answer, to write a mark, to take it back, to keep an item.

It knows nothing of the network.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from dataclasses import dataclass

from autograder.course.course import Course
from autograder.course.gradebook import has_gradebook, require_gradebook
from autograder.errors import UsageError
from autograder.marking.entries import Entry, Wanted
from autograder.marking.limits import ATTEMPTS, MOST_PAGES, MOST_UNDONE
from autograder.marking.listing import Json, Listing, earlier_comments, marked
from autograder.marking.order import marking_folder
from autograder.marking.points import typed_points
from autograder.marking.presence import Place, Presence, marker
from autograder.marking.store import Answer, Changed, Gone, Mark, MarkBook
from autograder.marking.works import Work
from autograder.marking.written import Written, written_exercises

NOTHING = "There is no answer of {0} to mark: grade first with `autograder grade {0}`."
EMPTY_PART = "There is no answer of {0} to mark in this part of the class: leave out --part, or grade first."


@dataclass(frozen=True)
class _Step:
    """Marks to be written, by student, where they are still as they were seen; `answers` says of how many answers."""

    exercise: int
    marks: dict[str, tuple[str, Mark]]
    answers: int = 1


class Conflict(Exception):
    """Somebody else has changed the answer meanwhile; `theirs` is the answer as it is now, as the page shows it."""

    def __init__(self, theirs: Json) -> None:
        super().__init__()
        self.theirs = theirs


class Desk:
    """The marking of one assignment; close it when nobody marks any more.

    Raises
    ------
    UsageError
        If there is nothing to mark.
    EnvironmentProblem
        If the gradebook cannot be used.
    """

    def __init__(self, course: Course, name: str, wanted: Wanted) -> None:
        self.wanted = wanted
        exercises = written_exercises(course, name)
        self.book = _opened(course, name)
        self.listing = Listing(course, name, wanted, self.book, exercises)
        self.presence = Presence(marking_folder(course) / name)
        self._steps: dict[str, deque[_Step]] = {}

    def close(self) -> None:
        """Close the gradebook."""
        self.book.close()

    def require_answers(self) -> None:
        """Check that there is something to mark.

        Raises
        ------
        UsageError
            If there is not.
        """
        if not self.counts()[1]:
            raise UsageError((NOTHING if self.wanted.part.of == 1 else EMPTY_PART).format(self.listing.name))

    def counts(self) -> tuple[int, int]:
        """Return how many answers are marked, and how many there are."""
        answers = [one for exercise in self.listing.exercises.values() for one in self.listing.answers(exercise)]
        return marked(answers), len(answers)

    def begin(self) -> Json:
        """Return what does not change while people mark."""
        part = self.wanted.part
        return {
            "assignment": self.listing.name,
            "who": self.wanted.who,
            "anonymous": self.wanted.is_anonymous,
            "part": f"{part.number}/{part.of}" if part.of > 1 else "",
            "beyond": self.wanted.beyond,
            "exercises": [self.listing.shown_exercise(one) for one in self.listing.exercises.values()],
        }

    def watch(self, page: str, who: str, exercise: int, handle: str, seen: str) -> Json:
        """Note where a page is, and return how things stand in its exercise; nothing that it has `seen` already."""
        chosen = self.listing.exercise(exercise)
        self.presence.come(page, Place(marker(who), exercise, handle))
        others = [
            {"who": place.who, "exercise": place.exercise, "answer": place.answer}
            for place in self.presence.others(page)
        ]
        progress: list[Json] = []
        here: list[Work] = []
        for one in self.listing.exercises.values():
            answers = self.listing.answers(one)
            progress.append({"number": one.number, "marked": marked(answers), "total": len(answers)})
            here = answers if one is chosen else here
        listed = {
            "answers": [self.listing.line(chosen, one, place) for place, one in enumerate(here, start=1)],
            "items": self.listing.shown_items(chosen),
            "comments": earlier_comments(here),
        }
        state = hashlib.sha256(json.dumps([exercise, listed]).encode()).hexdigest()
        return {"progress": progress, "others": others, "seen": state, **({} if state == seen else listed)}

    def leave(self, page: str) -> Json:
        """Forget where a page was."""
        self.presence.leave(page)
        return {}

    def answer(self, exercise: int, handle: str) -> Json:
        """Return one answer, what it looks like and what was said of it."""
        chosen = self.listing.exercise(exercise)
        place, one = self.listing.find(chosen, handle)
        html = str(self.listing.looks.answer(chosen, one.student))
        return self.listing.shown(chosen, one, place) | {"html": html}

    def save(self, page: str, entry: Entry) -> Json:
        """Write points, items and comment of one answer, for all who have handed it in; return it as it is then.

        Raises
        ------
        UsageError
            If they are not what may be written.
        Conflict
            If somebody has changed the answer since.
        """
        chosen = self.listing.exercise(entry.exercise)
        place, one = self.listing.find(chosen, entry.answer)
        points = typed_points(entry.points, chosen.most, beyond=self.wanted.beyond)
        mark = Mark(points, entry.said().comment or None, is_waiting=False)
        if one.version != entry.seen:
            raise Conflict(self.listing.shown(chosen, one, place))
        try:
            self._write(page, chosen, [one], mark)
        except Changed as error:
            raise self._conflict(chosen, one.student) from error
        return self._shown(chosen, one.student)

    def zero_empty(self, page: str, exercise: int) -> Json:
        """Give 0 points for each answer without a mark in which nothing is written; say whose they are.

        Raises
        ------
        UsageError
            If there is none.
        """
        chosen = self.listing.exercise(exercise)
        for _ in range(ATTEMPTS):
            found = list(enumerate(self.listing.answers(chosen), start=1))
            empty = [(place, one) for place, one in found if self.listing.is_empty(chosen, one)]
            if not empty:
                break
            try:
                self._write(page, chosen, [one for _, one in empty], Mark(0.0, None, is_waiting=False))
            except Changed:  # somebody has marked one of them at this moment
                continue
            return {"labels": [self.listing.label(one, place) for place, one in empty]}
        raise UsageError("No answer to this exercise waits that is empty or as it was handed out.")

    def undo(self, page: str) -> Json:
        """Take back what this page has written last; return the first answer as it is then, and how many there are.

        What somebody has changed since stays as it is; `left` says of how many students that is true.

        Raises
        ------
        UsageError
            If there is nothing to take back.
        Conflict
            If somebody has changed all of it since.
        """
        steps = self._steps.get(page)
        if not steps:
            raise UsageError("There is nothing to take back: this page has not saved anything yet.")
        step = steps[-1]
        chosen = self.listing.exercise(step.exercise)
        student = next(iter(step.marks))
        self.listing.find(chosen, self.listing.order.handle(student))
        try:
            _, after = self._change(chosen, step.marks, pass_by=True)
        except Changed as error:
            steps.pop()  # it will not be possible later, either
            raise self._conflict(chosen, student) from error
        steps.pop()
        left = len(step.marks) - len(after)
        return self._shown(chosen, next(iter(after))) | {"taken": step.answers, "left": left}

    def add_item(self, exercise: int, points: str, text: str) -> Json:
        """Keep a new item for everybody; return the items."""
        chosen = self.listing.exercise(exercise)
        self.listing.rubric.add(chosen, points, text)
        return {"items": self.listing.shown_items(chosen)}

    def forget_item(self, exercise: int, text: str) -> Json:
        """Offer an added item no longer; return the items."""
        chosen = self.listing.exercise(exercise)
        self.listing.rubric.forget(chosen, text)
        return {"items": self.listing.shown_items(chosen)}

    def _write(self, page: str, chosen: Written, answers: list[Work], mark: Mark) -> None:
        """Give answers one mark, and remember how to take that back."""
        each = [answer for one in answers for answer in one.answers]
        before, after = self._change(chosen, {answer.student: (answer.version, mark) for answer in each})
        undo = {student: (after[student].version, before[student].mark) for student in before}
        steps = self._steps.setdefault(page, deque(maxlen=MOST_UNDONE))
        steps.append(_Step(chosen.number, undo, len(answers)))
        for older in list(self._steps)[:-MOST_PAGES]:
            del self._steps[older]

    def _change(
        self, chosen: Written, marks: dict[str, tuple[str, Mark]], *, pass_by: bool = False
    ) -> tuple[dict[str, Answer], dict[str, Answer]]:
        try:
            return self.book.write_all(chosen, marks, pass_by=pass_by)
        except Gone as error:
            raise UsageError(
                "The gradebook does not have this answer any more: the student or the submission was removed."
            ) from error

    def _shown(self, chosen: Written, student: str) -> Json:
        place, one = self.listing.find(chosen, self.listing.order.handle(student))
        return self.listing.shown(chosen, one, place)

    def _conflict(self, chosen: Written, student: str) -> Conflict:
        return Conflict(self._shown(chosen, student))


def _opened(course: Course, name: str) -> MarkBook:
    url = course.nbgrader().coursedir.db_url
    if not has_gradebook(url):
        raise UsageError(NOTHING.format(name))
    require_gradebook(url)
    return MarkBook(url, name)
