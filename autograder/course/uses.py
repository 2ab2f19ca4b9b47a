"""Which exercise uses which equation of the book, and about how long it takes: all of it as students are given it.

It is read from the released notebooks alone. The time of an exercise is its part, by points, of what its notebook says
about the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course.book import Contents, anchor
from autograder.course.cells import exercises, grade_id

EQUATION = re.compile(r"\beq:[A-Za-z][\w-]*|(?:#equation-|\bbook/)(eq-[\w-]+)")
PLAN = re.compile(r"\babout (\d+) minutes")


@dataclass(frozen=True)
class Use:
    """An exercise: the cell that it begins with, its points and minutes, the anchors of the equations it names."""

    assignment: str
    name: str
    cell: str
    points: float
    minutes: int
    equations: tuple[str, ...]


def released_notebooks(release: Path) -> dict[str, NotebookNode]:
    """Return the notebooks of a folder of releases that are called like their assignment, by that name."""
    found = {path.stem: path for path in sorted(release.glob("*/*.ipynb")) if path.stem == path.parent.name}
    return {name: nbformat.read(path, as_version=4) for name, path in found.items()}


def uses(notebooks: dict[str, NotebookNode], contents: Contents) -> list[Use]:
    """Return the exercises of released notebooks; an assignment comes after those that need earlier chapters only."""
    found = {name: list(_uses(name, notebook)) for name, notebook in notebooks.items()}

    def place(name: str) -> tuple[int, float, str]:
        known = [contents.equations[key] for use in found[name] for key in use.equations if key in contents.equations]
        chapters = [contents.chapters[equation.page] for equation in known if equation.page in contents.chapters]
        return max(chapters, default=0), sum(chapters) / (len(chapters) or 1), name

    return [use for name in sorted(found, key=place) for use in found[name]]


def planned(notebook: NotebookNode) -> int:
    """Return the minutes that a notebook says it takes; 0 if it says nothing."""
    return next((int(said[1]) for cell in notebook.cells if (said := PLAN.search(cell.source))), 0)


def _uses(assignment: str, notebook: NotebookNode) -> Iterator[Use]:
    listed = [exercise for exercise in exercises(notebook) if exercise.stub or exercise.task]
    plan = planned(notebook)
    all_points = sum(exercise.points for exercise in listed) or 1
    names = [grade_id(cell) for cell in notebook.cells]
    for exercise in listed:
        place = names.index(exercise.stub or exercise.task)
        start = _start(notebook, place) if exercise.stub else place
        text = "\n".join(cell.source for cell in notebook.cells[start : place + 1])
        named = (anchor(found[0]) if found[0].startswith("eq:") else found[1] for found in EQUATION.finditer(text))
        minutes = _in_fives(plan * exercise.points / all_points)
        cell = notebook.cells[start].id
        yield Use(assignment, exercise.name, cell, exercise.points, minutes, tuple(dict.fromkeys(named)))


def _in_fives(minutes: float) -> int:
    return max(5, 5 * round(minutes / 5)) if minutes else 0


def _start(notebook: NotebookNode, place: int) -> int:
    """Return the cell that an exercise begins with: the text right above its stub, if there is one."""
    above = place - 1
    return above if above >= 0 and notebook.cells[above].cell_type == "markdown" else place
