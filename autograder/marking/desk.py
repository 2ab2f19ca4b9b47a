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
from autograder.marking.limits import MOST_PAGES, MOST_UNDONE
from autograder.marking.listing import Json, Listing, earlier_comments, marked
from autograder.marking.order import marking_folder
from autograder.marking.points import typed_points
from autograder.marking.presence import Place, Presence, marker
from autograder.marking.store import Answer, Changed, Gone, Mark, MarkBook
from autograder.marking.written import written_exercises

NOTHING = "There is no answer of {0} to mark: grade first with `autograder grade {0}`."
EMPTY_PART = "There is no answer of {0} to mark in this part of the class: leave out --part, or grade first."


@dataclass(frozen=True)
class _Step:
    """A mark to be written; of an answer that is still as it was `seen`."""

    exercise: int
    student: str
    seen: str
    mark: Mark


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
        here: list[Answer] = []
        for one in self.listing.exercises.values():
            answers = self.listing.answers(one)
            progress.append({"number": one.number, "marked": marked(answers), "total": len(answers)})
            here = answers if one is chosen else here
        listed = {
            "answers": [self.listing.line(answer, place) for place, answer in enumerate(here, start=1)],
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
        place, answer = self.listing.find(chosen, handle)
        html = str(self.listing.looks.answer(chosen, answer.student))
        return self.listing.shown(chosen, answer, place) | {"html": html}

    def save(self, page: str, entry: Entry) -> Json:
        """Write points, items and comment of one answer; return it as it is then.

        Raises
        ------
        UsageError
            If they are not what may be written.
        Conflict
            If somebody has changed the answer since.
        """
        chosen = self.listing.exercise(entry.exercise)
        place, answer = self.listing.find(chosen, entry.answer)
        points = typed_points(entry.points, chosen.most, beyond=self.wanted.beyond)
        mark = Mark(points, entry.said().comment or None, is_waiting=False)
        step = _Step(chosen.number, answer.student, entry.seen, mark)
        before, after = self._write(step, place)
        undo = _Step(chosen.number, answer.student, after.version, before.mark)
        self._steps.setdefault(page, deque(maxlen=MOST_UNDONE)).append(undo)
        for older in list(self._steps)[:-MOST_PAGES]:
            del self._steps[older]
        return self.listing.shown(chosen, after, place)

    def undo(self, page: str) -> Json:
        """Take back what this page has written last; return the answer as it is then.

        Raises
        ------
        UsageError
            If there is nothing to take back.
        Conflict
            If somebody has changed the answer since.
        """
        steps = self._steps.get(page)
        if not steps:
            raise UsageError("There is nothing to take back: this page has not saved anything yet.")
        step = steps[-1]
        chosen = self.listing.exercise(step.exercise)
        place, _ = self.listing.find(chosen, self.listing.order.handle(step.student))
        try:
            _, after = self._write(step, place)
        except Conflict:
            steps.pop()  # it will not be possible later, either
            raise
        steps.pop()
        return self.listing.shown(chosen, after, place)

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

    def _write(self, step: _Step, place: int) -> tuple[Answer, Answer]:
        chosen = self.listing.exercises[step.exercise]
        try:
            return self.book.write(chosen, step.student, step.seen, step.mark)
        except Changed as error:
            raise Conflict(self.listing.shown(chosen, error.now, place)) from error
        except Gone as error:
            raise UsageError(
                "The gradebook does not have this answer any more: the student or the submission was removed."
            ) from error


def _opened(course: Course, name: str) -> MarkBook:
    url = course.nbgrader().coursedir.db_url
    if not has_gradebook(url):
        raise UsageError(NOTHING.format(name))
    require_gradebook(url)
    return MarkBook(url, name)
