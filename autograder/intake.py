"""Reads what students handed in, without trusting it: a submission is checked before anything is copied or run.

What comes out is a `Submission`, a value that the rest of the engine can rely on; what cannot be read becomes a
`SubmissionError`, one sentence that an instructor can forward.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.course import Course
from autograder.digest import digest
from autograder.errors import SubmissionError
from autograder.notebook import grade_id

LARGEST_NOTEBOOK = 20 * 2**20
LARGEST_FOLDER = 100 * 2**20
MOST_FILES = 200
TIMESTAMP = "timestamp.txt"  # nbgrader writes it when it collects
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
STUDENT = re.compile(r"\w[\w .@+'-]*")  # what nbgrader can put into a path and a glob pattern


@dataclass(frozen=True)
class Submission:
    """One student's work on one assignment, read and checked."""

    student: str
    folder: Path
    notebooks: dict[str, NotebookNode]
    files: tuple[Path, ...]
    digest: str

    def read_file(self, path: Path) -> bytes:
        """Return the content of one of `files`.

        Raises
        ------
        SubmissionError
            If it is no longer the regular file of bounded size that it was when it was checked.
        """
        try:
            return _read_regular(self.folder, path.relative_to(self.folder))
        except OSError as error:
            raise SubmissionError(f"{path} cannot be read: {error.strerror}.") from error


def students(course: Course, name: str) -> list[str]:
    """Return the students who have a folder for assignment `name`, sorted."""
    return sorted(path.parent.name for path in course.submitted.glob(f"*/{name}"))


def own_files(submission: Submission, given: Iterable[str]) -> tuple[tuple[str, bytes], ...]:
    """Return the student's files that the notebooks find beside them: (name relative to the notebook, content).

    Nothing shadows a given file, neither by its name nor as a package or an extension module of that name. Hidden
    files (`.ipython`, `.config`) stay out, for they would change how Python starts, and so does the time stamp.

    Parameters
    ----------
    given
        The names of the instructor's files, relative to the notebook.
    """
    taken = {_module(PurePath(name)) for name in given}
    found = []
    for path in submission.files:
        name = path.relative_to(submission.folder)
        hidden = any(part.startswith(".") for part in name.parts)
        if _module(name) not in taken and not hidden and str(name) != TIMESTAMP:
            found.append((str(name), submission.read_file(path)))
    return tuple(found)


def _module(name: PurePath) -> str:
    return name.parts[0].split(".")[0]


def _read_regular(folder: Path, name: Path) -> bytes:
    """Read a file below `folder` without following a link on the way, and no more of it than a submission may hold."""
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        for part in name.parts[:-1]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        descriptor = os.open(name.parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
    finally:
        os.close(here)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is no regular file", str(name))
        content = file.read(LARGEST_FOLDER + 1)
    if len(content) > LARGEST_FOLDER:
        raise OSError(0, "it has grown too large", str(name))
    return content


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
    wanted = [folder / f"{notebook}.ipynb" for notebook in course.notebooks(name)]
    found = [path for path in wanted if path in files]
    if not found:
        others = ", ".join(f.name for f in files if f.suffix == ".ipynb")
        hint = f"it has {others}; rename it" if others else "the folder has no notebook at all"
        missing = " and ".join(str(path.relative_to(course.root)) for path in wanted)
        raise SubmissionError(f"{missing} {'is' if len(wanted) == 1 else 'are'} missing ({hint}).")
    notebooks = {}
    for path in found:
        where = str(path.relative_to(course.root))
        notebooks[path.stem] = _parse(_read_regular(folder, path.relative_to(folder)), where)
        _require_names(notebooks[path.stem], course.source_notebook(name, path.stem), where)
    extra = tuple(f for f in files if f.suffix != ".ipynb")
    return Submission(student, folder, notebooks, extra, digest([*found, *extra], folder))


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
    _repair_ids(raw)
    try:
        notebook = nbformat.reads(json.dumps(raw), as_version=4)
        nbformat.validate(notebook)
    except Exception as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise SubmissionError(f"{where} is not a valid notebook: {reason}.") from error
    return notebook


def _repair_ids(raw: dict[str, Any]) -> None:
    """Give cells without a usable id one that depends on their place only; nbformat would draw one at random."""
    cells = raw["cells"]
    if raw.get("nbformat") != 4 or not isinstance(cells, list):
        return
    with_ids = isinstance(raw.get("nbformat_minor"), int) and raw["nbformat_minor"] >= 5
    taken: set[str] = set()
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict):
            continue
        found = cell.pop("id", None)
        if with_ids:
            usable = isinstance(found, str) and CELL_ID.fullmatch(found) and found not in taken
            usable = usable and not found.endswith("-without-id")
            cell["id"] = found if usable else f"cell-{number}-without-id"
            taken.add(cell["id"])


def _require_names(notebook: NotebookNode, source: Path, where: str) -> None:
    """Refuse a notebook of which no cell says which cell of the assignment it is."""
    if not any(grade_id(cell) for cell in notebook.cells) and b'"grade_id"' in source.read_bytes():
        raise SubmissionError(
            f"{where} has lost nbgrader's metadata, so no cell can be matched with the assignment: ask the student to "
            "copy the answers into a fresh release notebook (some editors drop the metadata when they save)."
        )
