"""Which cells of a graded notebook are the student's answer to which exercise, and what they look like."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from markupsafe import Markup
from nbformat import NotebookNode

from autograder.course.cells import (
    HIDDEN_BEGIN,
    Exercise,
    grade_id,
    is_locked,
    is_solution,
    is_task,
    is_test,
    is_written,
)
from autograder.pages.own_cells import FileBeside, own_cell
from autograder.shown.allowance import Allowance

LARGEST_PICTURE = 2_000_000  # bytes


def cells_by_exercise(
    nb: NotebookNode, exercises: Iterable[Exercise], source: NotebookNode
) -> dict[str, list[NotebookNode]]:
    """Return the student's cells, and given cells that have shown something, by the exercise that they stand at."""
    starts = {exercise.stub or exercise.task or exercise.tests[0]: exercise.name for exercise in exercises}
    given = {cell.source.strip() for cell in source.cells}
    found: dict[str, list[NotebookNode]] = {}
    here = ""
    for cell in nb.cells:
        name = grade_id(cell)
        here = starts.get(str(name), here)
        if is_solution(cell) and is_written(cell):
            here = str(name)
        if is_test(cell) or is_task(cell) or (HIDDEN_BEGIN in cell.source and is_locked(cell)):
            continue
        is_given = not is_solution(cell) and (is_locked(cell) or cell.source.strip() in given)
        if not is_given or (here and cell.get("outputs")):
            found.setdefault(here, []).append(cell)
    return found


def own_cells(cells: Iterable[NotebookNode], beside: FileBeside, allowance: Allowance) -> Markup:
    """Return cells of the student's and what they have shown, one below the other."""
    return Markup("").join(own_cell(cell, beside, allowance) for cell in cells)


def files_beside(folder: Path) -> FileBeside:
    """Return what reads the pictures that lie in the folder of a graded notebook, and no other file."""
    folder = folder.resolve()

    def read(where: str) -> bytes | None:
        path = (folder / where).resolve()
        try:
            if not path.is_relative_to(folder) or path.stat().st_size > LARGEST_PICTURE or not path.is_file():
                return None
            return path.read_bytes()
        except OSError:
            return None

    return read
