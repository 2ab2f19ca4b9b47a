"""The sample class of an assignment: what students of a demonstration hand in, each the release with a named edit.

The edits are the course's own and stand in its folder `bank/`, one file for each assignment; this module knows what
they look like, and makes notebooks of them. What each of them must score stands in the tests, not here.
"""

from __future__ import annotations

import copy
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import nbformat
from nbformat import NotebookNode

from autograder.course.cells import code_cells, grade_id, is_locked, is_solution
from autograder.course.course import Course
from autograder.errors import UsageError

SOLUTION_MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")


@dataclass(frozen=True)
class Edit:
    """Answers that replace right ones, by the id of the cell; `untouched` leaves every stub as it is."""

    description: str
    answers: dict[str, str]
    untouched: bool = False


def code(text: str) -> str:
    """Return an answer that is written in the bank indented as it stands in its cell."""
    return dedent(text).strip()


@dataclass(frozen=True)
class Sample:
    """One submission: who hands it in, what is special about it, and the notebook."""

    student: str
    description: str
    notebook: NotebookNode


def edits(bank: Path, name: str) -> dict[str, Edit]:
    """Return the edits that make the sample class of assignment `name`, by student: `CLASS` in its file of the bank.

    Raises
    ------
    UsageError
        If the bank has no file for this assignment, or the file cannot be read.
    """
    path = bank / f"{name}.py"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in bank.glob("*.py") if file.stem != "__init__"))
        raise UsageError(f"There is no sample class for {name!r} in {bank}. Sample classes there: {known or 'none'}.")
    spec = importlib.util.spec_from_file_location(f"{bank.name}.{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(bank.parent))  # for what files of a bank share
    try:
        spec.loader.exec_module(module)
        found: dict[str, Edit] = module.CLASS
    except Exception as error:
        raise UsageError(f"The bank {path} cannot be read ({type(error).__name__}: {error}).") from error
    finally:
        sys.path.remove(str(bank.parent))
    return found


def sample_class(course: Course, name: str, bank: Path) -> list[Sample]:
    """Return the sample submissions of assignment `name`, made from its release and its solutions.

    Parameters
    ----------
    bank
        The folder with the edits, one file for each assignment.

    Raises
    ------
    UsageError
        If there is no such assignment, it has not been released, or it has no sample class.
    """
    changed = edits(bank, name)
    path = course.release / name / f"{name}.ipynb"
    if not path.is_file():
        raise UsageError(f"{path} is missing: run `autograder release {name}` first.")
    released = nbformat.read(path, as_version=4)
    right = {str(grade_id(c)): without_marks(c.source) for c in code_cells(course.read_source(name)) if is_solution(c)}
    return [
        Sample(student, edit.description, _answered(released, {} if edit.untouched else {**right, **edit.answers}))
        for student, edit in changed.items()
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
