"""What a run found out about one submission: a status, points and a message for each test, as plain JSON.

It reads the outputs that `execute` left in the cells and decides nothing else; `record` and `summary` only read it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from autograder.execute import HUNG
from autograder.notebook import (
    Exercise,
    code_cells,
    exercises,
    grade_id,
    is_solution,
    is_test,
    points,
)

SCHEMA = 1
MISSING = "this test cell is missing from the submission"


class Status(StrEnum):
    """How a test ended."""

    passed = "passed"
    failed = "failed"
    error = "error"
    timeout = "timeout"
    not_attempted = "not attempted"


@dataclass(frozen=True)
class CellVerdict:
    """The outcome of one test cell."""

    test: str
    exercise: str
    status: Status
    points: float
    max_points: float
    message: str


@dataclass(frozen=True)
class Verdict:
    """The outcome of one submission, and the digest of all that it depends on."""

    assignment: str
    student: str
    data_set: str
    work: str
    cells: tuple[CellVerdict, ...]

    @property
    def score(self) -> float:
        """The points earned."""
        return sum(cell.points for cell in self.cells)

    @property
    def max_score(self) -> float:
        """The most points that could be earned."""
        return sum(cell.max_points for cell in self.cells)

    def to_json(self) -> str:
        """Return the verdict as JSON text, the same bytes for the same verdict."""
        body = {"schema": SCHEMA, "score": self.score, "max_score": self.max_score, **asdict(self)}
        return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def judge(executed: NotebookNode, released: NotebookNode) -> tuple[CellVerdict, ...]:
    """Return the outcome of every test of an executed submission.

    Parameters
    ----------
    executed
        The submission with the outputs of the grading run.
    released
        The assignment as students received it: an exercise whose stub is still there was not attempted.
    """
    stubs = {grade_id(cell): cell.source.strip() for cell in code_cells(released) if is_solution(cell)}
    answers = {grade_id(cell): cell.source.strip() for cell in code_cells(executed) if is_solution(cell)}
    tests = {grade_id(cell): cell for cell in code_cells(executed) if is_test(cell)}
    most = {grade_id(cell): points(cell) for cell in code_cells(released)}
    return tuple(
        _judge_cell(tests[test], exercise, attempted=answers.get(exercise.name) != stubs.get(exercise.name))
        if test in tests
        else CellVerdict(test, exercise.name, Status.error, 0.0, most[test], MISSING)
        for exercise in exercises(released)
        for test in exercise.tests
    )


def _judge_cell(cell: NotebookNode, exercise: Exercise, *, attempted: bool) -> CellVerdict:
    earned, _ = determine_grade(cell)
    error = next((output for output in cell.outputs if output.output_type == "error"), None)
    status, message = Status.passed, ""
    if error is not None:
        status, message = _explain(error)
        if not attempted:
            status, message = (
                Status.not_attempted,
                f"{exercise.name} is still as it was handed out.",
            )
    return CellVerdict(str(grade_id(cell)), exercise.name, status, float(earned or 0), points(cell), message)


def _explain(error: NotebookNode) -> tuple[Status, str]:
    if error.ename == HUNG:
        return Status.timeout, error.evalue
    if error.ename == "AssertionError":
        return Status.failed, error.evalue
    return Status.error, f"{error.ename}: {error.evalue}".removesuffix(": ")
