"""Tells the gradebook an assignment as its source has it, and keeps the notebooks as students were given them."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.course.course import CONFIG_NAME, Course
from autograder.course.release import generated
from autograder.files.digest import digest, files_below

STAMP = "stamp.json"


def released_notebooks(course: Course, name: str) -> dict[str, NotebookNode]:
    """Return the notebooks of an assignment as students were given them, without a look at the gradebook."""
    kept = _kept(course, name)
    if _read_stamp(kept).get("made_from") == _fingerprint(course, name):
        return _read_notebooks(kept, course.notebooks(name))
    with generated(course, name) as folder:
        return _read_notebooks(folder, course.notebooks(name))


def _kept(course: Course, name: str) -> Path:
    return course.root / "_build" / "registered" / name


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
