"""Keeps every release of an assignment, so that a submission is compared with what its student was given.

`reports/NAME/released/` has each notebook once by its content; it only grows, and `make clean` leaves it alone. What
was released before this folder began is not in it: the folder says whether there can have been such a release.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Assignment, Notebook, SourceCell
from sqlalchemy import create_engine, select
from sqlalchemy.exc import DBAPIError

from autograder.course.course import Course
from autograder.course.gradebook import has_gradebook
from autograder.course.released_cells import ReleasedCells
from autograder.files.durable import write_atomically

BEGUN = "begun.json"


def keep_release(course: Course, name: str, folder: Path) -> None:
    """Keep the notebooks of a release, which lie in `folder`, and those of earlier releases that are still about."""
    kept = _kept(course, name)
    if not (kept / BEGUN).exists():
        write_atomically(kept / BEGUN, json.dumps({"is_complete": not _is_registered(course, name)}) + "\n")
    for place in (*_lying_about(course, name), folder):
        for path in sorted(place.glob("*.ipynb")):
            try:
                content = path.read_text(encoding="utf-8")
            except (OSError, UnicodeError):  # nobody can have been given that
                continue
            target = kept / path.stem / f"{hashlib.sha256(content.encode()).hexdigest()[:20]}.ipynb"
            if not target.exists():
                write_atomically(target, content)


def released_cells(course: Course, name: str) -> dict[str, ReleasedCells]:
    """Return the cells of every release of an assignment that is known, by notebook."""
    kept = _kept(course, name)
    try:
        is_complete = bool(json.loads((kept / BEGUN).read_text(encoding="utf-8"))["is_complete"])
    except FileNotFoundError:
        is_complete = not _is_registered(course, name)
    except (OSError, ValueError, KeyError, TypeError):  # somebody has broken it
        is_complete = False
    return {
        notebook: ReleasedCells(_read(course, name, notebook), is_complete=is_complete)
        for notebook in course.notebooks(name)
    }


def _read(course: Course, name: str, notebook: str) -> Iterator[NotebookNode]:
    seen = set()
    places = [folder / f"{notebook}.ipynb" for folder in _lying_about(course, name)]
    for path in [*sorted((_kept(course, name) / notebook).glob("*.ipynb")), *places]:
        try:
            content = path.read_text(encoding="utf-8")
            if content not in seen:
                seen.add(content)
                yield nbformat.reads(content, as_version=4)
        except Exception:  # somebody has changed it, and then anything may be wrong with it
            continue


def _kept(course: Course, name: str) -> Path:
    return course.reports / name / "released"


def _lying_about(course: Course, name: str) -> tuple[Path, Path]:
    """Return where a release that is not kept yet may lie: in `release/`, and as it was registered last."""
    return course.release / name, registered_folder(course, name)


def registered_folder(course: Course, name: str) -> Path:
    """Return where the notebooks lie that the gradebook knows the assignment by, as they are released."""
    return course.root / "_build" / "registered" / name


def _is_registered(course: Course, name: str) -> bool:
    """Return whether the gradebook knows cells of an assignment, so that there may be a release that is not kept."""
    if registered_folder(course, name).exists():
        return True
    url = course.nbgrader().coursedir.db_url
    if not has_gradebook(url):
        return False
    known = (
        select(SourceCell.id)
        .join(Notebook, Notebook.id == SourceCell.notebook_id)
        .join(Assignment, Assignment.id == Notebook.assignment_id)
        .where(Assignment.name == name)
        .limit(1)
    )
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(known).first() is not None
    except DBAPIError:  # it cannot be read, which grading says; nobody is accused meanwhile
        return True
    finally:
        engine.dispose()
