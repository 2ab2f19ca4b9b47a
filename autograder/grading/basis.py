"""What a verdict depends on, as digests: submission, assignment, data set, draw, engine, versions, settings."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Collection
from importlib.metadata import version
from typing import Any

from nbformat import NotebookNode

from autograder.course.assignment import Assignment
from autograder.course.cells import grade_id, is_test, points
from autograder.course.names import bound_names, needed_names
from autograder.engine.items import Settings
from autograder.files.digest import digest, files_below
from autograder.grading.decides import engine_digest
from autograder.grading.verdict import VENDORED, Basis, Test
from autograder.intake.submission import Submission

Tests = dict[str, frozenset[str]]  # names of tests by notebook


def environment(settings: Settings) -> dict[str, str]:
    """Return the versions that a verdict depends on, and the sandbox."""
    packages = {package: version(package) for package in ("numpy", "matplotlib", "ipython", "hypothesis")}
    return {"python": platform.python_version(), **packages, "sandbox": settings.sandbox.value}


class Dependencies:
    """What every verdict on an assignment depends on besides the submission, and what each exercise's tests need."""

    def __init__(self, assignment: Assignment, settings: Settings) -> None:
        data = settings.data
        self.environment = environment(settings)
        self.data_set = VENDORED if data is None else f"files {digest(files_below(data), data)[:12]}"
        tests = _Tests(assignment)
        self._tests = tests
        self._shared = {
            "assignment": _hash([tests.others, _given(assignment), assignment.follow_through]),
            "engine": engine_digest(),
            "environment": _hash(self.environment),
            "misconceptions": _hash(assignment.bank),
            "settings": _hash([settings.sandbox, settings.seconds, settings.limits.for_grades()]),
            "data set": self.data_set,
            "draw": assignment.draw.fingerprint,
        }
        self._of_exercises = {exercise: _hash(text) for exercise, text in tests.of_exercises().items()}

    def basis(self, submission: Submission) -> Basis:
        """Return what the verdict on this submission depends on."""
        return Basis({**self._shared, "submission": submission.digest}, self._of_exercises)

    def tests_for(self, exercises: Collection[str]) -> Tests:
        """Return the tests that have to run for these exercises, by notebook.

        Among them are those that bind names for others, and, where mistakes are followed through, those that give
        points for earlier exercises.
        """
        return self.closure(set().union(*(self._tests.decide[exercise] for exercise in exercises)))

    def closure(self, tests: Collection[Test]) -> Tests:
        """Return these tests and those that bind names for them, by notebook."""
        return by_notebook(self._tests.closure(tests))


class _Tests:
    """The tests of an assignment: their text, their exercise, and which earlier tests bind names that they use."""

    def __init__(self, assignment: Assignment) -> None:
        self.exercise = {(e.notebook, test): e.name for e in assignment.exercises for test in e.tests}
        self.decide = _deciding(assignment)
        self.others: list[Any] = []  # all but the tests, and what tests bind for the student's cells
        self.text: dict[Test, Any] = {}
        self.needs: dict[Test, set[Test]] = {}
        for name in sorted(assignment.sources):
            imported = bound_names(assignment.imports[name])  # every test has these
            self._read(name, assignment.sources[name], assignment.released[name], imported)

    def _read(self, notebook: str, source: NotebookNode, released: NotebookNode, imported: frozenset[str]) -> None:
        given = {grade_id(cell): cell for cell in released.cells}
        self.others.append([notebook, source.metadata])
        self.others += [_told(cell) for cell in released.cells if not is_test(cell)]  # a header's cells too
        binders: dict[str, set[Test]] = {}
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
            exercise: [[*key, self.text[key]] for key in sorted(self.closure(tests))]
            for exercise, tests in self.decide.items()
        }

    def closure(self, tests: Collection[Test]) -> set[Test]:
        """Return these tests and those that bind names for them."""
        return set().union(*(self.needs[key] for key in tests))


def _deciding(assignment: Assignment) -> dict[str, set[Test]]:
    """Return the tests that decide each exercise's points: its own, and if others' mistakes excuse it, theirs."""
    given = {
        (name, grade_id(cell)): points(cell) for name, source in assignment.sources.items() for cell in source.cells
    }
    found: dict[str, set[Test]] = {}
    earlier: dict[str, set[Test]] = {}
    for exercise in assignment.exercises:
        own = {(exercise.notebook, test) for test in exercise.tests}
        before = earlier.setdefault(exercise.notebook, set())
        found[exercise.name] = own | before
        if assignment.follow_through:
            before |= {test for test in own if given[test]}
    return found


def by_notebook(tests: Collection[Test]) -> Tests:
    """Return the names of tests by notebook."""
    return {notebook: frozenset(test for of, test in tests if of == notebook) for notebook, _ in tests}


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
