"""What travels to the engine and back: the cells of one notebook, and what became of each.

Plain values that pickle well and mean the same on any machine. `intake` makes an `Item`, `session` runs it, `verdict`
reads the `Report`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from autograder.engine.diagnoses import Diagnosis
from autograder.engine.findings import Ending as Ending
from autograder.engine.findings import Finding
from autograder.engine.limits import SECONDS as SECONDS
from autograder.engine.limits import Limits


class SandboxKind(StrEnum):
    """How a submission is kept apart from the machine."""

    bwrap = "bwrap"
    none = "none"


@dataclass(frozen=True)
class Settings:
    """Settings of a grading run that change what a submission's cells do.

    `seconds` is CPU time for one cell; what applies to a whole notebook and to its processes is in `limits`. `private`
    are folders that the sandbox must not show, wherever they lie: those of the course.
    """

    sandbox: SandboxKind = SandboxKind.bwrap
    data: Path | None = None
    seconds: int = SECONDS
    limits: Limits = field(default_factory=Limits)
    private: tuple[Path, ...] = ()


class Kind(StrEnum):
    """Whose cell it is: the student's (answers and extra cells), the instructor's, or a test."""

    student = "student"
    locked = "locked"
    test = "test"


@dataclass(frozen=True)
class Cell:
    """One code cell of an aligned notebook.

    `source` is its whole text; `released` is the same without hidden regions, and all that ever reaches the student's
    process. For a student's cell both are what the student wrote.
    """

    kind: Kind
    name: str
    source: str
    released: str
    seconds: float = SECONDS

    @property
    def is_hidden(self) -> bool:
        """Return whether the cell has a region that students never see."""
        return self.source != self.released


@dataclass(frozen=True)
class Solution:
    """How the author has solved an exercise: for the test process alone.

    Parameters
    ----------
    name
        The name of its answer cell.
    source
        The author's text of that cell.
    answers
        The names that this text binds at top level.
    tests
        The names of the tests that give points for the exercise.
    stub
        What students are given of that cell: an answer that still says this is not followed through.
    """

    name: str
    source: str
    answers: frozenset[str]
    tests: tuple[str, ...]
    stub: str = ""


@dataclass(frozen=True)
class Item:
    """One notebook of one submission, ready to run.

    Parameters
    ----------
    cells
        Its code cells in the order of the notebook.
    answers
        The names that the assignment has the student define: bound at top level by its solution cells.
    imports
        The top-level import statements of the assignment's own text: all that a test may take from the notebook
        without asking the student's process.
    given, own
        Files beside the notebook, the instructor's and the student's: (name relative to the notebook, content).
    tests
        The names of the tests to run; None for all of them.
    solutions
        The author's solutions of its exercises, in order.
    follow_through
        Whether failed tests are followed through.
    bank
        The text of the assignment's bank of misconceptions; without one, nothing is diagnosed.
    enough
        Once one of these hidden tests has failed, the hidden tests after it do not run.
    """

    cells: tuple[Cell, ...]
    answers: frozenset[str] = frozenset()
    imports: str = ""
    given: tuple[tuple[str, bytes], ...] = ()
    own: tuple[tuple[str, bytes], ...] = ()
    tests: frozenset[str] | None = None
    solutions: tuple[Solution, ...] = ()
    follow_through: bool = True
    bank: str = ""
    enough: frozenset[str] = frozenset()

    def is_unwritten(self, solution: Solution) -> bool:
        """Return whether an answer is still as it was handed out."""
        answers = [cell.source for cell in self.cells if cell.name == solution.name]
        return any(answer.strip() == solution.stub.strip() for answer in answers)


@dataclass(frozen=True)
class CellReport:
    """What became of one cell of an `Item`.

    Parameters
    ----------
    outputs
        Notebook outputs, as nbformat has them.
    finding
        Why it did not end well; `grading.wording` says which of it its student may read.
    credit
        The number that a test cell ends with, if the test process computed it; None for most tests.
    follows
        The names of the student's that fail this test: with the author's functions under these, it passes.
    cpu, wall, memory
        CPU seconds and wall seconds of student and test process together; the largest resident bytes.
    """

    outputs: list[dict[str, Any]] = field(default_factory=list)
    ending: Ending = Ending.ok
    finding: Finding | None = None
    credit: float | None = None
    follows: tuple[str, ...] = ()
    cpu: float = 0.0
    wall: float = 0.0
    memory: int = 0


@dataclass(frozen=True)
class Report:
    """What became of one notebook.

    Parameters
    ----------
    cells
        A report for each cell of the `Item`.
    oddities
        What was irregular about it.
    diagnoses
        What is wrong with the functions that failed, as far as it was found out.
    """

    cells: tuple[CellReport, ...]
    oddities: tuple[str, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()


def not_well(finding: Finding, outputs: Iterable[dict[str, Any]] = ()) -> CellReport:
    """Return the report of a cell of which something was found."""
    return CellReport(list(outputs), finding.ending, finding)
