"""Reads what students handed in, without trusting it: a submission is checked before anything is copied or run.

What comes out is a `Submission`, a value that the rest of the engine can rely on; what cannot be read becomes a
`SubmissionError`, one sentence that an instructor can forward.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course import Course
from autograder.digest import digest
from autograder.errors import SubmissionError
from autograder.notebook import grade_id

LARGEST_NOTEBOOK = 20 * 2**20
LARGEST_FOLDER = 100 * 2**20
MOST_FILES = 200
STUDENT = re.compile(r"\w[\w .@+'-]*")  # what nbgrader can put into a path and a glob pattern


@dataclass(frozen=True)
class Submission:
    """One student's work on one assignment, read and checked."""

    student: str
    folder: Path
    notebook: NotebookNode
    files: tuple[Path, ...]
    digest: str


def students(course: Course, name: str) -> list[str]:
    """Return the students who have a folder for assignment `name`, sorted."""
    return sorted(path.parent.name for path in course.submitted.glob(f"*/{name}"))


def files_beside(own: Iterable[tuple[Path, Path]], given: list[tuple[Path, Path]]) -> list[tuple[str, Path]]:
    """Return what a submitted notebook finds beside it: the student's files, then the given ones.

    Nothing shadows a given file, neither by its name nor as a package or an extension module of that name. Hidden
    files (`.ipython`, `.config`) stay out: they would change how Python starts.

    Parameters
    ----------
    own, given
        Files as (name relative to the notebook's folder, path).
    """
    taken = {_module(name) for name, _ in given}
    welcome = [
        (name, path)
        for name, path in own
        if _module(name) not in taken and not any(part.startswith(".") for part in name.parts)
    ]
    return [(str(name), path) for name, path in [*welcome, *given]]


def _module(name: Path) -> str:
    return name.parts[0].split(".")[0]


def read_submission(course: Course, name: str, student: str) -> Submission:
    """Return the submission of `student` for assignment `name`.

    Raises
    ------
    SubmissionError
        If it cannot be graded; the message names the file, what is wrong and what to do.
    """
    if not STUDENT.fullmatch(student):
        raise SubmissionError(
            f"The folder name {student!r} in submitted/ cannot be a student's id: "
            "use letters, digits, spaces and . @ + - _ ' only."
        )
    try:
        return _read(course, name, student)
    except OSError as error:
        raise SubmissionError(f"{error.filename} cannot be read: {error.strerror}.") from error


def _read(course: Course, name: str, student: str) -> Submission:
    folder = course.submitted / student / name
    files = list(_regular_files(folder, course.root))
    path = folder / f"{name}.ipynb"
    if path not in files:
        others = ", ".join(f.name for f in files if f.suffix == ".ipynb")
        hint = f"it has {others}; rename it" if others else "the folder has no notebook at all"
        raise SubmissionError(f"{path.relative_to(course.root)} is missing ({hint}).")
    content = path.read_bytes()
    notebook = _parse(content, str(path.relative_to(course.root)))
    extra = tuple(f for f in files if f.suffix != ".ipynb")
    return Submission(student, folder, notebook, extra, digest([path, *extra], folder))


def _regular_files(folder: Path, root: Path) -> Iterator[Path]:
    """Yield the files below `folder`; refuse links, devices and folders that are too large."""
    total = count = 0
    for path in (folder.parent, folder, *sorted(folder.rglob("*"))):
        where = path.relative_to(root)
        if path.is_symlink():
            raise SubmissionError(f"{where} is a link, and links in a submission are never followed: delete it.")
        if path.is_dir():
            continue
        if not path.is_file():
            raise SubmissionError(f"{where} is neither a file nor a folder: delete it.")
        total, count = total + path.stat().st_size, count + 1
        if total > LARGEST_FOLDER or count > MOST_FILES:
            raise SubmissionError(
                f"{folder.relative_to(root)} holds more than {LARGEST_FOLDER // 2**20} MB or {MOST_FILES} files: "
                "delete what does not belong to the assignment."
            )
        yield path


def _parse(content: bytes, where: str) -> NotebookNode:
    if not content.strip():
        raise SubmissionError(f"{where} is empty: ask the student to save the notebook and hand it in again.")
    if len(content) > LARGEST_NOTEBOOK:
        raise SubmissionError(
            f"{where} is larger than {LARGEST_NOTEBOOK // 2**20} MB: "
            "ask the student to clear all outputs and to hand it in again."
        )
    try:
        raw = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SubmissionError(f"{where} is not a notebook: it is not JSON ({error}).") from error
    if not isinstance(raw, dict) or "cells" not in raw:
        raise SubmissionError(f"{where} is JSON, but not a notebook: it has no list of cells.")
    try:
        notebook = nbformat.reads(content.decode("utf-8-sig"), as_version=4)
        nbformat.validate(notebook)
    except Exception as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise SubmissionError(f"{where} is not a valid notebook: {reason}.") from error
    if not any(grade_id(cell) for cell in notebook.cells):
        raise SubmissionError(
            f"{where} has lost nbgrader's metadata, so no cell can be matched with the assignment: ask the student to "
            "copy the answers into a fresh release notebook (some editors drop the metadata when they save)."
        )
    return notebook
