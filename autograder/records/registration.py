"""Tells the gradebook an assignment as its source has it, and keeps the notebooks as students were given them."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from traitlets.config import Config

from autograder.course.cells import grade_id
from autograder.course.course import CONFIG_NAME, Course, last_error
from autograder.course.release import generated, what_is_wrong
from autograder.course.releases import keep_release, registered_folder
from autograder.errors import AutograderError
from autograder.files.digest import digest, files_below
from autograder.files.durable import sync_tree
from autograder.files.swap import scratch, swap_in
from autograder.logs import quiet
from autograder.records.scores import ScoreBook

STAMP = "stamp.json"


def released_notebooks(course: Course, name: str) -> dict[str, NotebookNode]:
    """Return the notebooks of an assignment as students were given them, without a look at the gradebook."""
    kept = registered_folder(course, name)
    if _read_stamp(kept).get("made_from") == _fingerprint(course, name):
        return _read_notebooks(kept, course.notebooks(name))
    with generated(course, name) as folder:
        return _read_notebooks(folder, course.notebooks(name))


def register(course: Course, name: str, book: ScoreBook) -> dict[str, NotebookNode]:
    """Tell the gradebook an assignment as `source/` has it; return the notebooks that students were given.

    Nothing is done if gradebook and source are as they were when this was done last.

    Raises
    ------
    AutograderError
        If nbgrader refuses, for example since test cells were added after submissions were graded.
    """
    made_from = _fingerprint(course, name)
    kept = registered_folder(course, name)
    keep_release(course, name, kept)
    stamp, registered = _read_stamp(kept), book.registered()
    if stamp.get("made_from") == made_from and stamp.get("cells") == registered:
        return _read_notebooks(kept, course.notebooks(name))
    with scratch(course.root) as folder:
        config = Config()
        config.CourseDirectory.release_directory = str(folder / "release")
        config.ClearMarkScheme.check_attachment_leakage = False  # no student is given this copy
        with quiet("traitlets"):
            run = course.nbgrader(config).generate_assignment(name)
        if not run["success"]:
            raise AutograderError(what_is_wrong(course, name) or _refusal(course, name, book, last_error(run)))
        fresh = folder / "kept"
        fresh.mkdir()
        for path in (folder / "release" / name).glob("*.ipynb"):
            shutil.copyfile(path, fresh / path.name)
        now = {"made_from": made_from, "cells": book.registered()}
        (fresh / STAMP).write_text(json.dumps(now), encoding="utf-8")
        keep_release(course, name, fresh)
        kept.parent.mkdir(parents=True, exist_ok=True)
        sync_tree(fresh)
        swap_in(fresh, kept)
    return _read_notebooks(kept, course.notebooks(name))


def _refusal(course: Course, name: str, book: ScoreBook, reason: str) -> str:
    """Return why nbgrader does not register an assignment, and what to do about it."""
    known = {(notebook, cell) for notebook, cell, _ in book.registered() if cell is not None}
    wanted = {
        (notebook, found)
        for notebook, source in course.read_sources(name).items()
        for cell in source.cells
        if (found := grade_id(cell))
    }
    if known == wanted or not book.students():
        return f"The gradebook does not accept the assignment {name}: {reason}"
    told = [
        f"{word}: {', '.join(sorted(cell for _, cell in cells))}"
        for word, cells in (("new", wanted - known), ("gone", known - wanted))
        if cells
    ]
    return (
        f"Submissions of {name} are in the gradebook, and then nbgrader lets no cell come or go "
        f"({'; '.join(told)}): leave every cell there under its name, and put a new check into a test cell that is "
        "there already; its text and its points may change."
    )


def _fingerprint(course: Course, name: str) -> str:
    """Return the hash of all that a registration depends on: source, headers beside it, configuration, nbgrader."""
    beside = [path for path in course.source.iterdir() if path.is_file()]
    files = [*files_below(course.source / name), *beside, course.root / CONFIG_NAME]
    return f"{digest(files, course.root)} {version('nbgrader')}"


def _read_stamp(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _read_notebooks(folder: Path, names: list[str]) -> dict[str, NotebookNode]:
    return {name: nbformat.read(folder / f"{name}.ipynb", as_version=4) for name in names}
