"""Whether an assignment has the form that nbgrader and the grader need: names, points, roles, regions.

nbgrader refuses most of these faults too, but says neither which cell it means nor what to do.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from nbformat import NotebookNode

from autograder.course.cells import grade_id
from autograder.course.faults import Fault, Place, places
from autograder.course.markers import CHECK, faults_of_markers

SCHEMA = 3  # of nbgrader's metadata
ROLES = ("grade", "solution", "locked")
NAME = re.compile(r"[a-zA-Z0-9_-]+")
KEYS = {"schema_version", *ROLES, "task", "grade_id", "points", "checksum", "cell_type"}
AUTOTEST = re.compile(r"\s*#.*\bAUTOTEST\b")
SIDEBAR = "in nbgrader's sidebar (Create Assignment)"


def faults_of_form(notebooks: Mapping[str, NotebookNode]) -> list[Fault]:
    """Return what is wrong with the form of an assignment's notebooks."""
    return [
        fault
        for name, notebook in sorted(notebooks.items())
        for of in (_of_names(name, notebook), *map(_of_cell, places(name, notebook.cells)))
        for fault in of
    ]


def _of_names(name: str, notebook: NotebookNode) -> Iterator[Fault]:
    """Yield a fault for each name that several cells have."""
    found: dict[str, list[int]] = defaultdict(list)
    for place in places(name, notebook.cells):
        if called := grade_id(place.cell):
            found[called].append(place.number)
    for called, numbers in found.items():
        if len(numbers) > 1:
            listed = f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
            says = f"{len(numbers)} cells are called {called} (cells {listed}). Give each another grade_id {SIDEBAR}."
            yield Fault(CHECK, says, name)


def _of_cell(place: Place) -> Iterator[Fault]:
    yield from faults_of_markers(place)
    metadata = place.cell.metadata.get("nbgrader")
    if metadata is not None:
        yield from (place.fault(CHECK, says) for says in _of_metadata(place.cell, metadata))
    if place.cell.cell_type == "code" and any(map(AUTOTEST.match, place.cell.source.splitlines())):
        yield place.fault(
            CHECK,
            "an AUTOTEST line becomes a test only when nbgrader releases it; in source/, which students are graded "
            "by, it is a comment that everybody passes. Write the assertions out.",
        )


def _of_metadata(cell: NotebookNode, metadata: Any) -> Iterator[str]:
    """Yield what is wrong with nbgrader's metadata of a cell."""
    if not isinstance(metadata, Mapping):
        yield f"its nbgrader metadata is not a table. Choose the type of the cell again {SIDEBAR}."
        return
    schema = metadata.get("schema_version", 0)
    if type(schema) is not int or schema < SCHEMA:
        yield (
            f"its metadata was written by an older nbgrader (schema {schema!r}, and {SCHEMA} is needed). "
            "Run `nbgrader update source` in the course folder."
        )
        return
    if schema > SCHEMA:
        yield f"its metadata was written by a newer nbgrader (schema {schema}, and {SCHEMA} is read). Install that one."
        return
    missing = [role for role in ROLES if not isinstance(metadata.get(role), bool)]
    if missing:
        yield f"its nbgrader metadata does not say whether it is {missing[0]!r}. Choose its type again {SIDEBAR}."
        return
    if unknown := sorted(map(str, metadata.keys() - KEYS)):
        yield f"its nbgrader metadata has a key {unknown[0]!r}, which nbgrader refuses. Delete it from the metadata."
    is_task = bool(metadata.get("task"))
    if is_task or any(metadata[role] for role in ROLES):
        yield from _of_role(cell, metadata, is_task=is_task)


def _of_role(cell: NotebookNode, metadata: Mapping[str, Any], *, is_task: bool) -> Iterator[str]:
    name = metadata.get("grade_id")
    if not isinstance(name, str) or not name.strip():
        yield f"it has no grade_id. Give it one {SIDEBAR}."
    elif not NAME.fullmatch(name):
        yield f"its grade_id {name!r} may hold letters, digits, - and _ only. Give it another one {SIDEBAR}."
    if metadata["grade"] or is_task:
        yield from _of_points(metadata.get("points"))
    is_text = cell.cell_type == "markdown"
    if is_task and not is_text:
        yield f"it is a task, and a task is a Markdown cell. Make it one, or choose another type {SIDEBAR}."
    elif is_text and not is_task and metadata["grade"] != metadata["solution"]:
        yield (
            "it is a Markdown cell, which can be a manually graded answer or a task, and it is marked as "
            f"{'a test' if metadata['grade'] else 'an autograded answer'}. Choose its type again {SIDEBAR}."
        )


def _of_points(points: Any) -> Iterator[str]:
    if points is None or points == "":
        yield f"it has no points. Give it some {SIDEBAR}; 0 is allowed."
    elif isinstance(points, bool) or not isinstance(points, int | float) or not math.isfinite(points):
        yield f"its points are {points!r}, which is not a number. Give it a number from 0 on {SIDEBAR}."
    elif points < 0:
        yield f"it is worth {points:g} points. Give it a number from 0 on {SIDEBAR}."
