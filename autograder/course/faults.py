"""What is wrong with an assignment as its author wrote it: the notebook, the cell, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.course.cells import grade_id


@dataclass(frozen=True)
class Fault:
    """Something that keeps an assignment from being released.

    Parameters
    ----------
    check
        What was looked at: `form`, `code`, `leak`, `solution` and so on.
    says
        What is wrong and what to do, as one or two sentences.
    notebook, cell, number
        Where it is: the name of the notebook, the name of the cell if it has one, and its place from 1; empty and 0
        where it is about more than one cell.
    """

    check: str
    says: str
    notebook: str = ""
    cell: str = ""
    number: int = 0

    @property
    def place(self) -> str:
        """Where it is, in words."""
        file = f"{self.notebook}.ipynb" if self.notebook else ""
        cell = f"cell {self.number}" if self.number else ""
        name = f" ({self.cell})" if cell and self.cell else self.cell
        return ", ".join(filter(None, (file, f"{cell}{name}")))

    @property
    def sentence(self) -> str:
        """Where it is and what it says."""
        return f"{self.place}: {self.says}" if self.place else self.says


@dataclass(frozen=True)
class Place:
    """A cell in its notebook."""

    notebook: str
    number: int
    cell: NotebookNode

    @property
    def name(self) -> str:
        """What people call the cell: its grade_id or its id."""
        return str(grade_id(self.cell) or self.cell.get("id", ""))

    def fault(self, check: str, says: str) -> Fault:
        """Return a fault of this cell."""
        return Fault(check, says, self.notebook, self.name, self.number)


def places(notebook: str, cells: Iterable[NotebookNode]) -> Iterator[Place]:
    """Yield the cells of a notebook with their places, which people count from 1."""
    for number, cell in enumerate(cells, start=1):
        yield Place(notebook, number, cell)


def fault_at(sources: Mapping[str, NotebookNode], check: str, says: str, notebook: str, cell: str) -> Fault:
    """Return a fault of the cell that has a name, in one of these notebooks."""
    for place in places(notebook, sources[notebook].cells):
        if place.name == cell:
            return place.fault(check, says)
    return Fault(check, says, notebook, cell)
