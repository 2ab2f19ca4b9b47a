"""The sample classes of the demonstration: what students hand in, each the release notebook with a named edit.

Ordinary mistakes and mishaps, no attacks. What each of them must score stands in the tests, not here.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from autograder.course import Course
from autograder.errors import UsageError
from autograder.notebook import code_cells, grade_id, is_locked, is_solution
from autograder.sample import deep, foundations, momentum, multi_layer, two_layer
from autograder.sample.edit import Edit

SOLUTION_MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
EDITS: dict[str, dict[str, Edit]] = {
    "two_layer": two_layer.CLASS,
    "multi_layer": multi_layer.CLASS,
    "momentum": momentum.CLASS,
    "foundations": foundations.CLASS,
    "deep": deep.CLASS,
}


@dataclass(frozen=True)
class Sample:
    """One submission: who hands it in, what is special about it, and the notebook."""

    student: str
    description: str
    notebook: NotebookNode


def sample_class(course: Course, name: str) -> list[Sample]:
    """Return the sample submissions of assignment `name`, made from its release and its solutions.

    Raises
    ------
    UsageError
        If there is no such assignment, it has not been released, or it has no sample class.
    """
    if name not in EDITS:
        raise UsageError(f"There is no sample class for {name!r}; there is one for: {', '.join(EDITS)}.")
    path = course.release / name / f"{name}.ipynb"
    if not path.is_file():
        raise UsageError(f"{path} is missing: run `autograder release {name}` first.")
    released = nbformat.read(path, as_version=4)
    right = {str(grade_id(c)): without_marks(c.source) for c in code_cells(course.read_source(name)) if is_solution(c)}
    return [
        Sample(student, edit.description, _answered(released, {} if edit.untouched else {**right, **edit.answers}))
        for student, edit in EDITS[name].items()
    ]


def without_marks(source: str) -> str:
    """Return a solution cell as a student would write it: without the lines that mark the solution."""
    return "\n".join(line for line in source.splitlines() if line.strip() not in SOLUTION_MARKS)


def _answered(released: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        if is_solution(cell) or not is_locked(cell):  # stubs, and the text cells below written exercises
            cell.source = answers.get(str(grade_id(cell) or cell.get("id")), cell.source)
    return notebook
