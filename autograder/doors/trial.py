"""Grades one notebook and records nothing: for a dispute, for a check of one's own, for continuous integration.

The file goes the way of every submission (intake, align, engine, verdict), in a folder that is deleted afterwards.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from autograder.course.assignment import read_assignment
from autograder.course.cells import grade_id
from autograder.course.course import Course
from autograder.course.releases import released_cells
from autograder.engine.items import SandboxKind, Settings
from autograder.engine.sandbox import require_program
from autograder.errors import SubmissionError, UsageError
from autograder.grading.grader import Grader
from autograder.grading.job import Job
from autograder.grading.verdict import Verdict
from autograder.intake.folder import is_notebook, notebook_stem
from autograder.intake.limits import LARGEST_FILE
from autograder.intake.notebook_file import read_notebook
from autograder.intake.submission import read_submission
from autograder.records.registration import released_notebooks
from autograder.runs.alone import Alone

STUDENT = "somebody"
Progress = Callable[[int, int], None]


def try_one(
    course: Course,
    path: Path,
    name: str | None = None,
    settings: Settings | None = None,
    progress: Progress = lambda done, cells: None,
    draw: str | None = None,
) -> Verdict:
    """Return the verdict on a notebook, or on a folder with a notebook and the files beside it.

    Parameters
    ----------
    path
        The notebook; nothing beside it is taken along. With a folder, everything in it is.
    name
        The assignment. Default: the one that the file is named after, or whose cells it has.
    progress
        Called after each cell with the number of cells done, and of all.
    draw
        The name of the draw that hidden tests take their inputs from. Default: what the course's configuration says.

    Raises
    ------
    UsageError
        If there is no such file or assignment, or the assignment cannot be told.
    SubmissionError
        If it cannot be graded.
    EnvironmentProblem
        If the sandbox cannot start.
    """
    settings = replace(settings or Settings(), private=course.private())
    if not path.exists():
        raise UsageError(f"There is no {path}: name a notebook, or a folder with one.")
    name = name or _assignment_of(course, path)
    course.source_notebook(name)
    if settings.sandbox is SandboxKind.bwrap:
        require_program()
    releases = released_cells(course, name)
    grader = Grader(read_assignment(course, name, released_notebooks(course, name), draw, releases), settings)
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        room = Course(Path(folder))
        room.source.symlink_to(course.source.resolve())
        _hand_in(path, room.submitted / STUDENT / name)
        job = grader.prepare(read_submission(room, name, STUDENT))
        steps = _Steps(job, progress)
        with Alone(grader, steps.note) as here:
            verdict, _ = here.grade(job)
        return verdict


class _Steps:
    """Counts the cells that are done, also of the author's solution, if it has to run after the notebook."""

    def __init__(self, job: Job, progress: Progress) -> None:
        self.cells = sum(len(item.cells) for item in job.items.values())
        self.progress = progress
        self.before = 0
        progress(0, self.cells)

    def note(self, whose: str, steps: int) -> None:
        """Take note of how many cells are done."""
        if whose != STUDENT and not self.before:
            self.before, self.cells = self.cells, 2 * self.cells
        self.progress(self.before + steps, self.cells)


def _hand_in(path: Path, place: Path) -> None:
    """Copy what is tried to where submissions lie; links stay links, for intake to refuse."""
    if path.is_dir():
        shutil.copytree(path, place, symlinks=True)
    else:
        place.mkdir(parents=True)
        shutil.copyfile(path, place / path.name)


def _assignment_of(course: Course, path: Path) -> str:
    """Return the assignment that a file is named after, or else the one that has most of its cells."""
    known = course.assignments()
    notebooks = [path.resolve()] if path.is_file() else sorted(filter(is_notebook, path.iterdir()))
    for stem in [path.resolve().name, *map(notebook_stem, notebooks)]:
        if stem in known:
            return stem
    names = set().union(*map(_cell_names, notebooks))
    shared = {name: len(names & _names_in_source(course, name)) for name in known}
    best = max(shared, key=lambda name: shared[name], default="")
    if not shared.get(best):
        listed = ", ".join(known) if known else "none"
        raise UsageError(
            f"{path} does not say which assignment it is: name it behind the file. Assignments there: {listed}."
        )
    return best


def _cell_names(path: Path) -> set[str]:
    """Return the names of a notebook's cells; of what intake will refuse, none."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_FILE:
        return set()
    try:
        found, _ = read_notebook(path.read_bytes(), str(path))
        return {name for cell in found.cells if (name := grade_id(cell))}
    except SubmissionError:
        return set()


def _names_in_source(course: Course, name: str) -> set[str]:
    return {
        found for notebook in course.read_sources(name).values() for cell in notebook.cells if (found := grade_id(cell))
    }
