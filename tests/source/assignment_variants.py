"""Answers to an assignment, right and wrong ones, sent through the real engine: which tests fail, and what they say.

A variant is the released notebook with the reference's answers, some of them replaced. It runs as a whole, training and
all, or only the cells of functions and the named tests, which takes about a second.
"""

from __future__ import annotations

import ast
import copy
import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
from assignment_cells import REPOSITORY

from autograder.course import Course
from autograder.engine.session import run_item
from autograder.engine.work import Cell, Ending, Kind, Settings
from autograder.intake.align import Aligned, align, read_assignment
from autograder.intake.submission import read_submission
from autograder.notebook import code_cells, grade_id, is_solution
from autograder.reference import DEFINITIONS
from autograder.sample.sample_class import without_marks


@dataclass(frozen=True)
class Outcome:
    """What became of the tests: points by test, those of failing ones, and what these say."""

    points: dict[str, float]
    lost: dict[str, float]
    said: dict[str, str]

    @property
    def score(self) -> float:
        """Return the points that were earned."""
        return sum(self.points.values()) - sum(self.lost.values())


class Variants:
    """Runs variants of one assignment in a scratch course."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        home = Course(REPOSITORY)
        self.course = Course(folder)
        self.course.source.symlink_to(home.source)
        self.released = nbformat.read(home.release / name / f"{name}.ipynb", as_version=4)
        self.assignment = read_assignment(home, name, {name: self.released})
        cells = list(code_cells(home.read_source(name)))
        self.right = {str(grade_id(c)): without_marks(c.source) for c in cells if is_solution(c)}
        tests = [c.metadata.nbgrader for c in cells if c.metadata.nbgrader.grade]
        self.points = {test.grade_id: float(test.points) for test in tests if test.points}

    def run(self, answers: dict[str, str], tests: Collection[str] = (), data: Path | None = None) -> Outcome:
        """Run the reference with `answers` in the place of some of its functions.

        Parameters
        ----------
        tests
            What the names of the tests to run begin with, after "test-". Without any, the whole notebook runs.
        """
        given = {name: dedent(text).strip() for name, text in answers.items()}
        assert given.keys() <= self.right.keys()
        return self._run({**self.right, **given}, tuple(f"test-{test}-" for test in tests), data)

    def run_stub(self) -> Outcome:
        """Run the notebook as it is handed out."""
        return self._run({}, (), None)

    def _run(self, answers: dict[str, str], tests: tuple[str, ...], data: Path | None) -> Outcome:
        item = self._aligned(answers).items[self.name]
        if tests:
            chosen = [cell for cell in item.cells if _is_needed(cell, tests)]
            item = replace(item, cells=tuple(chosen))
        report = run_item(item, Settings(data=data))
        ran = {cell.name: found for cell, found in zip(item.cells, report.cells, strict=True) if cell.kind is Kind.test}
        failed = {name: found for name, found in ran.items() if found.ending is not Ending.ok}
        points = {name: self.points[name] for name in ran if name in self.points}
        lost = {name: points[name] for name in failed if name in points}
        return Outcome(points, lost, {name: found.message for name, found in failed.items()})

    def _aligned(self, answers: dict[str, str]) -> Aligned:
        notebook = copy.deepcopy(self.released)
        for cell in code_cells(notebook):
            if is_solution(cell):
                cell.source = answers.get(str(grade_id(cell)), cell.source)
        folder = self.course.submitted / "ada" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, folder / f"{self.name}.ipynb")
        found = align(self.assignment, read_submission(self.course, self.name, "ada"), seconds=60)
        assert (found.oddities, found.tampering) == ((), ())
        return found


def _is_needed(cell: Cell, tests: tuple[str, ...]) -> bool:
    """Tell whether a cell defines something that tests call, or is one of the tests."""
    if cell.kind is Kind.test:
        return f"{cell.name}-".startswith(tests)
    return cell.kind is Kind.student or all(isinstance(node, DEFINITIONS) for node in ast.parse(cell.source).body)


def real_data() -> Path:
    """Return the folder of the real data sets, or skip the test."""
    folder = os.environ.get("DIGITS_DATA")
    if not folder:
        pytest.skip("DIGITS_DATA names no folder of real data sets")
    return Path(folder)
