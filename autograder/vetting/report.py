"""What vetting has found out about an assignment, as data, and as JSON for other programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from nbformat import NotebookNode

from autograder.course.cells import exercises, grade_id, helper_cells, is_hidden_test, is_task
from autograder.course.faults import Fault
from autograder.course.markers import markers
from autograder.vetting.mutants import Mutated

SCHEMA = 1


@dataclass(frozen=True)
class Hidden:
    """Which cells of a notebook have regions that students never see."""

    notebook: str
    solutions: int
    tests: dict[str, int]  # by exercise
    schemes: int

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return self.solutions + sum(self.tests.values()) + self.schemes


@dataclass
class Report:
    """What vetting has found out.

    Parameters
    ----------
    assignment
        Its name.
    faults
        What keeps it from being handed out.
    hidden
        Which cells have hidden regions, by notebook.
    left_out
        The tests that were not run, since they take long.
    not_looked_at
        The checks that were left out, since one before them has found a fault.
    mutated
        What became of mutants, where some were tried.
    notebooks, seconds
        How many notebooks were run, and how long all of it has taken.
    """

    assignment: str
    faults: list[Fault] = field(default_factory=list)
    hidden: list[Hidden] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    not_looked_at: list[str] = field(default_factory=list)
    mutated: Mutated | None = None
    notebooks: int = 0
    seconds: float = 0.0

    @property
    def is_fit(self) -> bool:
        """Whether it may be handed out."""
        return not self.faults

    def to_builtins(self) -> dict[str, object]:
        """Return it as JSON has it."""
        share = None if self.mutated is None else round(self.mutated.share, 4)
        mutated = None if self.mutated is None else {**asdict(self.mutated), "share": share}
        return {"schema": SCHEMA, "fit": self.is_fit, **asdict(self), "mutated": mutated}


def as_json(reports: list[Report]) -> str:
    """Return reports as JSON text."""
    return json.dumps([report.to_builtins() for report in reports], indent=2, ensure_ascii=False) + "\n"


def hidden_in(sources: Mapping[str, NotebookNode]) -> list[Hidden]:
    """Return which cells have hidden regions, for each notebook."""
    return [_hidden(name, notebook) for name, notebook in sorted(sources.items())]


def _hidden(name: str, notebook: NotebookNode) -> Hidden:
    known = {str(grade_id(cell)): cell for cell in notebook.cells if grade_id(cell)}
    of = {test: exercise.name for exercise in exercises(notebook) for test in exercise.tests}
    of |= {str(grade_id(cell)): "shared" for cell in helper_cells(notebook)}
    tests: dict[str, int] = {}
    for test, exercise in of.items():
        if is_hidden_test(known[test]):
            tests[exercise] = tests.get(exercise, 0) + 1
    solutions = sum(any(mark.region == "SOLUTION" for mark in markers(cell.source)) for cell in notebook.cells)
    schemes = sum(is_task(cell) and any(markers(cell.source)) for cell in notebook.cells)
    return Hidden(name, solutions, tests, schemes)
