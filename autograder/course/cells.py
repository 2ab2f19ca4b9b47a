"""The cells of an assignment notebook: which is a stub, which is a test, which exercise a test belongs to.

The one place that reads nbgrader's cell metadata, so that a change of its format is a change of this file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from nbformat import NotebookNode

HIDDEN_BEGIN = "BEGIN HIDDEN TESTS"
HIDDEN_END = "END HIDDEN TESTS"
SCHEME_BEGIN = "BEGIN MARK SCHEME"
SCHEME_END = "END MARK SCHEME"


def grade_id(cell: NotebookNode) -> str | None:
    """Return nbgrader's name of the cell, or None for a cell that nbgrader does not know.

    Safe for any notebook: only text can be a name.
    """
    found = nbgrader_metadata(cell).get("grade_id")
    return found if isinstance(found, str) and found else None


def is_test(cell: NotebookNode) -> bool:
    """Return whether the cell is an autograder test (visible or hidden)."""
    metadata = nbgrader_metadata(cell)
    return bool(metadata.get("grade")) and not metadata.get("solution") and cell.cell_type == "code"


def is_solution(cell: NotebookNode) -> bool:
    """Return whether the student writes this cell."""
    return bool(nbgrader_metadata(cell).get("solution"))


def is_task(cell: NotebookNode) -> bool:
    """Return whether the cell sets a task that a person grades; it is answered in the cells below it."""
    return bool(nbgrader_metadata(cell).get("task")) and cell.cell_type == "markdown"


def is_written(cell: NotebookNode) -> bool:
    """Return whether a person gives the points: a task, or an answer that is graded itself."""
    return is_task(cell) or (is_solution(cell) and bool(nbgrader_metadata(cell).get("grade")))


def is_hidden_test(cell: NotebookNode) -> bool:
    """Return whether the cell is a test with a region that students never see."""
    return is_test(cell) and HIDDEN_BEGIN in cell.source


def points(cell: NotebookNode) -> float:
    """Return the most that the cell can earn; 0 for a cell without points."""
    return float(nbgrader_metadata(cell).get("points", 0) or 0)


def code_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the notebook's code cells in order."""
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def helper_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the hidden tests without points before the first stub: they define what later hidden tests share."""
    cells = takewhile(lambda cell: not is_solution(cell), code_cells(notebook))
    return [cell for cell in cells if is_hidden_test(cell) and not points(cell)]


def is_locked(cell: NotebookNode) -> bool:
    """Return whether the text of the cell is the instructor's: tests and cells that are marked as locked."""
    metadata = nbgrader_metadata(cell)
    return not metadata.get("solution") and bool(metadata.get("grade") or metadata.get("locked"))


def seconds(cell: NotebookNode) -> int | None:
    """Return the seconds that a source cell asks for, or None.

    It asks with the cell metadata ``{"autograder": {"seconds": 240}}``.
    """
    asked: Any = cell.metadata.get("autograder", {}).get("seconds")
    return int(asked) if asked else None


@dataclass(frozen=True)
class Exercise:
    """A stub and the tests that follow it, up to the next stub; or a task, which has no tests."""

    name: str
    tests: tuple[str, ...]
    points: float
    stub: str = ""
    notebook: str = ""
    task: str = ""


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """Return the exercises of a notebook in order; a test belongs to the stub before it, a helper cell to none."""
    helpers = {grade_id(cell) for cell in helper_cells(notebook)}
    tests: dict[str, list[NotebookNode]] = {}
    current, stubs, tasks = "", set(), dict[str, float]()
    for cell in notebook.cells:
        name = grade_id(cell)
        if name is None or name in helpers:
            continue
        if is_task(cell):
            tasks[name], tests[name] = points(cell), []
        elif cell.cell_type == "code" and is_solution(cell):
            current = name
            stubs.add(name)
            tests[name] = []
        elif is_test(cell):
            tests.setdefault(current or name, []).append(cell)
    return [
        Exercise(name, (), tasks[name], task=name)
        if name in tasks
        else Exercise(
            name, tuple(map(str, map(grade_id, found))), sum(map(points, found)), name if name in stubs else ""
        )
        for name, found in tests.items()
        if found or name in tasks
    ]


def all_exercises(notebooks: Mapping[str, NotebookNode]) -> list[Exercise]:
    """Return the exercises of an assignment; where two notebooks use one name, the notebook's name stands before it."""
    found = [replace(e, notebook=name) for name in sorted(notebooks) for e in exercises(notebooks[name])]
    times = Counter(exercise.name for exercise in found)
    return [replace(e, name=f"{e.notebook}/{e.name}") if times[e.name] > 1 else e for e in found]


def written_cells(notebook: NotebookNode, exercises: Iterable[Exercise]) -> dict[str, str]:
    """Return the cells that a person gives the points of, in order, and under which name each one's answer is found.

    `exercises` are those of the assignment that stand in this notebook.
    """
    tasks = {exercise.task: exercise.name for exercise in exercises if exercise.task}
    written = [name for cell in notebook.cells if (name := grade_id(cell)) and is_written(cell)]
    return {name: tasks.get(name, name) for name in written}


def cell_names(notebooks: Iterable[NotebookNode]) -> frozenset[str]:
    """Return nbgrader's names of all cells of some notebooks."""
    return frozenset(name for notebook in notebooks for cell in notebook.cells if (name := grade_id(cell)))


def nbgrader_metadata(cell: NotebookNode) -> NotebookNode:
    """Return what nbgrader noted on the cell; an empty node if there is nothing that makes sense."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, NotebookNode) else NotebookNode()
