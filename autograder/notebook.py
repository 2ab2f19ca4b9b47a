"""The cells of an assignment notebook: which is a stub, which is a test, which exercise a test belongs to.

The one place that reads nbgrader's cell metadata, so that a change of its format is a change of this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

HIDDEN_BEGIN = "BEGIN HIDDEN TESTS"
HIDDEN_END = "END HIDDEN TESTS"


def grade_id(cell: NotebookNode) -> str | None:
    """Return nbgrader's name of the cell, or None for a cell that nbgrader does not know."""
    found: str | None = _metadata(cell).get("grade_id")
    return found


def is_test(cell: NotebookNode) -> bool:
    """Tell whether the cell is an autograder test (visible or hidden)."""
    metadata = _metadata(cell)
    return bool(metadata.get("grade")) and not metadata.get("solution") and cell.cell_type == "code"


def is_solution(cell: NotebookNode) -> bool:
    """Tell whether the student writes this cell."""
    return bool(_metadata(cell).get("solution"))


def is_hidden_test(cell: NotebookNode) -> bool:
    """Tell whether the cell is a test with a region that students never see."""
    return is_test(cell) and HIDDEN_BEGIN in cell.source


def points(cell: NotebookNode) -> float:
    """Return the most that the cell can earn; 0 for a cell without points."""
    return float(_metadata(cell).get("points", 0) or 0)


def code_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the notebook's code cells in order."""
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def time_limits(notebook: NotebookNode) -> dict[str, int]:
    """Return the wall-clock seconds of the cells that ask for more than the default, by `grade_id`.

    A source notebook asks with the cell metadata ``{"autograder": {"seconds": 240}}``.
    """
    asked = {str(grade_id(c)): c.metadata.get("autograder", {}).get("seconds") for c in code_cells(notebook)}
    return {cell: int(seconds) for cell, seconds in asked.items() if seconds}


@dataclass(frozen=True)
class Exercise:
    """A stub and the tests that follow it, up to the next stub."""

    name: str
    tests: tuple[str, ...]
    points: float


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """Return the exercises of a notebook in order; a test belongs to the stub before it."""
    tests: dict[str, list[NotebookNode]] = {}
    current = ""
    for cell in notebook.cells:
        name = grade_id(cell)
        if name is None:
            continue
        if is_solution(cell):
            current = name
            tests[current] = []
        elif is_test(cell):
            tests.setdefault(current or name, []).append(cell)
    return [
        Exercise(name, tuple(str(grade_id(c)) for c in found), sum(map(points, found)))
        for name, found in tests.items()
        if found
    ]


def _metadata(cell: NotebookNode) -> NotebookNode:
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, NotebookNode) else NotebookNode()
