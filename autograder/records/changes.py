"""What a verdict depends on, which exercises have to be graded again, and whose score has changed and why.

It compares digests and points, and grades nothing. What it lists goes to `reports/NAME/changes.csv`, which only grows.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.course import Course
from autograder.definitions import bound_names, needed_names
from autograder.digest import digest, files_below
from autograder.engine.work import Settings
from autograder.intake.align import Assignment
from autograder.intake.submission import Submission
from autograder.notebook import all_exercises, grade_id, is_test
from autograder.records.durable import append_rows, csv_text
from autograder.verdict import Basis, Verdict

FILE = "changes.csv"
HEAD = ("time", "student", "exercise", "before", "after", "why")
TEST_EDITED = "test edited"
WHY = {  # the shared parts of a basis, in the order in which they are named
    "submission": "submission changed",
    "assignment": "assignment changed",
    "data set": "data set changed",
    "engine": "engine changed",
    "environment": "versions changed",
    "settings": "settings changed",
}
Tests = dict[str, frozenset[str]]  # names of tests by notebook


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


class Work:
    """What every verdict of a run depends on besides the submission, and what each exercise's tests need."""

    def __init__(self, assignment: Assignment, settings: Settings, versions: Mapping[str, str]) -> None:
        engine, data = Path(__file__).parent.parent, settings.data
        self.data_set = "vendored" if data is None else f"files {digest(files_below(data), data)[:12]}"
        tests = _Tests(assignment)
        self._tests = tests
        self._shared = {
            "assignment": _hash([tests.others, _given(assignment)]),
            "engine": digest(files_below(engine), engine),
            "environment": _hash(dict(versions)),
            "settings": _hash([settings.sandbox, settings.seconds]),
            "data set": self.data_set,
        }
        self._of_exercises = {exercise: _hash(text) for exercise, text in tests.of_exercises().items()}

    def basis(self, submission: Submission) -> Basis:
        """Return what the verdict on this submission depends on."""
        return Basis({**self._shared, "submission": submission.digest}, self._of_exercises)

    def tests_for(self, exercises: Collection[str]) -> Tests:
        """Return the tests that have to run for these exercises, by notebook; those too that bind names for others."""
        return self._tests.needed_for(exercises)


def stale(recorded: Recorded, basis: Basis) -> frozenset[str]:
    """Return the exercises that have to be graded, all of them if nothing of the recorded verdict can be kept."""
    verdict, exercises = recorded.verdict, frozenset(basis.tests)
    if verdict is None or verdict.basis.shared != basis.shared or verdict.basis.tests.keys() != basis.tests.keys():
        return exercises
    same = {name for name in exercises & recorded.sound if verdict.basis.tests[name] == basis.tests[name]}
    return exercises - same


def is_current(recorded: Recorded, basis: Basis) -> bool:
    """Tell whether the recorded verdict is what grading would come to; an assignment may have no exercise at all."""
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
    reasons = [why for part, why in WHY.items() if before.shared.get(part) != basis.shared.get(part)]
    if before.tests.get(exercise) != basis.tests.get(exercise):
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


class _Tests:
    """The tests of an assignment: their text, their exercise, and which earlier tests bind names that they use."""

    def __init__(self, assignment: Assignment) -> None:
        self.exercise = {(e.notebook, test): e.name for e in all_exercises(assignment.sources) for test in e.tests}
        self.exercises = [exercise.name for exercise in all_exercises(assignment.sources)]
        self.others: list[Any] = []  # all but the tests, and what tests bind for the student's cells
        self.text: dict[tuple[str, str], Any] = {}
        self.needs: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for name in sorted(assignment.sources):
            imported = bound_names(assignment.imports[name])  # every test has these
            self._read(name, assignment.sources[name], assignment.released[name], imported)

    def _read(self, notebook: str, source: NotebookNode, released: NotebookNode, imported: frozenset[str]) -> None:
        given = {grade_id(cell): cell for cell in released.cells}
        self.others.append([notebook, source.metadata])
        self.others += [_told(cell) for cell in released.cells if not is_test(cell)]  # a header's cells too
        binders: dict[str, set[tuple[str, str]]] = {}
        place = 0
        for cell in source.cells:
            key = notebook, str(grade_id(cell))
            if not is_test(cell) or grade_id(cell) is None:
                self.others.append([cell.get("id"), *_told(cell)])
                place += 1
                continue
            shown = given.get(key[1], cell)
            if bound_names(shown.source):
                self.others.append(shown.source)
            self.text[key] = [place, cell.get("id"), _told(cell), _told(shown)]
            direct = set().union(*(binders.get(name, set()) for name in needed_names(cell.source) - imported))
            self.needs[key] = {key}.union(*(self.needs[other] for other in direct))
            for name in bound_names(cell.source):
                binders.setdefault(name, set()).add(key)

    def of_exercises(self) -> dict[str, Any]:
        """Return all text that each exercise's points depend on, tests of other exercises included."""
        return {
            exercise: [[*key, self.text[key]] for key in sorted(self._closure({exercise}))]
            for exercise in self.exercises
        }

    def needed_for(self, exercises: Collection[str]) -> Tests:
        keys = self._closure(exercises)
        return {notebook: frozenset(test for of, test in keys if of == notebook) for notebook, _ in keys}

    def _closure(self, exercises: Collection[str]) -> set[tuple[str, str]]:
        return set().union(*(self.needs[key] for key, exercise in self.exercise.items() if exercise in exercises))


def _told(cell: NotebookNode) -> list[Any]:
    """Return what a released cell says; without its id, which nbgrader gives anew to the cells of a header."""
    return [cell.cell_type, cell.source, cell.metadata]


def _given(assignment: Assignment) -> list[list[str]]:
    return [
        [name.encode("utf-8", "surrogateescape").hex(), hashlib.sha256(content).hexdigest()]
        for name, content in assignment.given
    ]


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
