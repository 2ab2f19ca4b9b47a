"""A folder for each student, or files called by them: what a person packs who knows of no platform."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import PurePosixPath

from autograder.collecting.entries import Entry
from autograder.collecting.layouts.pieces import Asked, Piece, Product, Reader, without_number
from autograder.collecting.people import Owner
from autograder.errors import SubmissionError, UsageError
from autograder.intake.folder import is_notebook, notebook_stem
from autograder.shown.terminal import one_line


def reader(entries: list[Entry], asked: Asked) -> Reader:
    """Return what says whose a file is; where somebody has a folder for each assignment, only the right one counts."""
    with_assignments = {
        entry.path.parts[0] for entry in entries if len(entry.path.parts) > 2 and entry.path.parts[1] == asked.name
    }

    def read(entry: Entry) -> list[Piece]:
        piece, parts = _read(entry, asked), entry.path.parts
        if len(parts) > 2 and parts[1] in asked.assignments:
            return [replace(piece, path=PurePosixPath(*parts[2:]))] if parts[1] == asked.name else []
        return [] if len(parts) > 1 and parts[0] in with_assignments else [piece]

    return read


def _read(entry: Entry, asked: Asked) -> Piece:
    parts, stem = entry.path.parts, notebook_stem(entry.path)
    if len(parts) > 1:
        return Piece(Owner(one_line(parts[0]), parts[0]), PurePosixPath(*parts[1:]), entry)
    if not is_notebook(entry.path) and entry.path.suffix.lower() != ".zip":
        raise SubmissionError(f"{one_line(parts[0])} is neither a notebook nor a zip archive, and in nobody's folder.")
    if stem in asked.notebooks and not asked.is_known(stem):
        raise SubmissionError(f"{one_line(parts[0])} does not say whose it is: put it into a folder named by student.")
    return Piece(Owner(one_line(parts[0]), stem), PurePosixPath(parts[0]), entry)


def are_students(entries: list[Entry], asked: Asked) -> bool:
    """Return whether what lies in a folder is students' rather than one student's."""
    tops = Counter(entry.path.parts[0] for entry in entries)
    files = {entry.path for entry in entries if len(entry.path.parts) == 1}
    stems = {without_number(notebook_stem(path))[0] for path in files if is_notebook(path)}
    if asked.name in tops or stems & set(asked.notebooks):
        return False
    if any(asked.is_known(notebook_stem(path)) for path in files) or any(asked.is_known(top) for top in tops):
        return True
    folders = set(tops) - {path.name for path in files}
    notebooks = {entry.path.parts[0] for entry in entries if is_notebook(entry.path) and len(entry.path.parts) > 1}
    return len(stems) > 1 or (bool(folders & notebooks) and not stems)


def require_several(top: str, entries: list[Entry], asked: Asked) -> None:
    """Check that a folder around students holds two of them at least: one may be what a student has called a folder.

    Raises
    ------
    UsageError
        If it does not.
    """
    names = {entry.path.parts[0] if len(entry.path.parts) > 1 else notebook_stem(entry.path) for entry in entries}
    students = {name for name in names if asked.is_known(name)} or _with_notebooks(entries)
    if len(students) > 1:
        return
    inner = one_line(min(students))
    raise UsageError(
        f"All of it lies in {one_line(top)}, and it may be the work of {one_line(top)} or, within that folder, of "
        f"{inner}: if it is of {inner}, collect it without the folder {one_line(top)}; if not, import a roster with "
        f"{one_line(top)} in it."
    )


def _with_notebooks(entries: list[Entry]) -> set[str]:
    notebooks = [entry.path for entry in entries if is_notebook(entry.path)]
    return {path.parts[0] if len(path.parts) > 1 else without_number(notebook_stem(path))[0] for path in notebooks}


PRODUCT = Product(lambda entry: False, reader, keeps_times=True)
