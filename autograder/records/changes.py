"""What a verdict depends on, which exercises have to be graded again, and whose score has changed and why.

It compares digests and points, and grades nothing. What it lists goes to `reports/NAME/changes.csv`, which only grows.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.course.course import Course
from autograder.course.draws import PUBLIC
from autograder.files.durable import append_rows, csv_text
from autograder.grading.verdict import Basis, Verdict

FILE = "changes.csv"
HEAD = ("time", "student", "exercise", "before", "after", "why")
TEST_EDITED = "test edited"
WHY = {  # the shared parts of a basis, in the order in which they are named
    "submission": "submission changed",
    "assignment": "assignment changed",
    "misconceptions": "misconceptions changed",
    "draw": "other inputs drawn",
    "data set": "data set changed",
    "engine": "engine changed",
    "environment": "versions changed",
    "settings": "settings changed",
}


@dataclass(frozen=True)
class Recorded:
    """What is recorded of a student.

    Parameters
    ----------
    points
        The points of each exercise in the last verdict; of exercises only that it had.
    basis
        What that verdict depended on, if it says so.
    verdict
        That verdict, if all that belongs to it is there.
    sound
        The exercises of which the gradebook has the scores of the verdict; it may have been restored from a backup.
    """

    points: dict[str, float]
    basis: Basis | None = None
    verdict: Verdict | None = None
    sound: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Change:
    """The points of one student in one exercise, before a grading run and after it, and the reason."""

    student: str
    exercise: str
    before: float
    after: float
    why: str


def stale(recorded: Recorded, basis: Basis) -> frozenset[str]:
    """Return the exercises that have to be graded, all of them if nothing of the recorded verdict can be kept."""
    verdict, exercises = recorded.verdict, frozenset(basis.tests)
    if verdict is None or verdict.basis.shared != basis.shared or verdict.basis.tests.keys() != basis.tests.keys():
        return exercises
    same = {name for name in exercises & recorded.sound if verdict.basis.tests[name] == basis.tests[name]}
    return exercises - same


def is_current(recorded: Recorded, basis: Basis) -> bool:
    """Return whether the recorded verdict is what grading would come to; an assignment may have no exercise at all."""
    verdict = recorded.verdict
    return verdict is not None and verdict.basis == basis and recorded.sound >= basis.tests.keys()


def changes(recorded: Recorded, verdict: Verdict) -> list[Change]:
    """Return the exercises in which a student's points are not what they were before."""
    now: dict[str, float] = {}
    for cell in verdict.cells:
        now[cell.exercise] = now.get(cell.exercise, 0.0) + cell.points
    return [
        Change(verdict.student, exercise, recorded.points[exercise], points, _why(recorded, verdict.basis, exercise))
        for exercise, points in now.items()
        if exercise in recorded.points and recorded.points[exercise] != points
    ]


def _why(recorded: Recorded, basis: Basis, exercise: str) -> str:
    before = recorded.basis
    if before is None:
        return "graded by an older engine"
    usual = {"draw": PUBLIC.fingerprint}  # which no basis named when there was no other
    then, now = {**usual, **before.shared}, {**usual, **basis.shared}
    reasons = [why for part, why in WHY.items() if then.get(part) != now.get(part)]
    if before.tests.get(exercise) != basis.tests.get(exercise) and WHY["draw"] not in reasons:
        reasons.append(TEST_EDITED)
    return ", ".join(reasons) or "graded again"


class ChangeList:
    """The file that lists all changes of an assignment's scores, with the time.

    A change that a killed run has listed already, before it could write that the submission is done, is not listed
    twice.
    """

    def __init__(self, course: Course, name: str) -> None:
        self.path = changes_path(course, name)
        self._latest = self._read()

    def add(self, changes: Iterable[Change]) -> None:
        """Append what is not there yet."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        new = []
        for change in changes:
            row = [now, change.student, change.exercise, f"{change.before:g}", f"{change.after:g}", change.why]
            who, points = tuple(_as_read(row)[1:3]), tuple(row[3:5])
            if self._latest.get(who) != points:
                self._latest[who] = points
                new.append(row)
        if new:
            append_rows(self.path, HEAD, new)

    def _read(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Return the latest points before and after, by student and exercise."""
        try:
            with self.path.open(encoding="utf-8", errors="replace", newline="") as file:
                return {tuple(row[1:3]): tuple(row[3:5]) for row in csv.reader(file) if len(row) == len(HEAD)}
        except (OSError, csv.Error):
            return {}


def _as_read(row: list[str]) -> list[str]:
    """Return a row as it comes back from the file."""
    return next(csv.reader([csv_text([row])]))


def changes_path(course: Course, name: str) -> Path:
    """Return where the changes of an assignment's scores are listed."""
    return course.reports / name / FILE
