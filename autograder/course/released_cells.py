"""The cells of a notebook as students were given them, in every release that is known: what nobody has edited.

It knows texts, points and grading flags; whether a student has changed them is for `intake.edits` to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbformat import NotebookNode

from autograder.course.cells import grade_id, nbgrader_metadata

FLAGS = ("grade", "solution", "locked", "task")


class ReleasedCells:
    """The cells of one notebook in all of its releases.

    Parameters
    ----------
    releases
        The notebook as it was released, once or several times.
    is_complete
        Whether these are all releases there have been. If not, a cell that is in none of them may be honest.
    """

    def __init__(self, releases: Iterable[NotebookNode] = (), *, is_complete: bool = True) -> None:
        self.is_complete = is_complete
        self._texts: dict[str, dict[str, None]] = {}
        self._roles: dict[str, list[tuple[Any, list[Any]]]] = {}
        for notebook in releases:
            for cell in notebook.cells:
                self._add(cell)

    def _add(self, cell: NotebookNode) -> None:
        name, place = grade_id(cell), cell.get("id")
        if name is None:
            return
        for key in {name, f"id {place}"}:
            self._texts.setdefault(key, {})[cell.source] = None
        role = role_of(cell)
        known = self._roles.setdefault(name, [])
        if role not in known:
            known.append(role)

    def texts(self, *cells: NotebookNode) -> list[str]:
        """Return the texts that cells of these names or ids have had, as they were released."""
        names = [name for cell in cells if (name := grade_id(cell))]
        ids = [f"id {cell.id}" for cell in cells if isinstance(cell.get("id"), str)]
        return list(dict.fromkeys(text for key in (*names, *ids) for text in self._texts.get(key, ())))

    def had_points(self, cell: NotebookNode) -> bool:
        """Return whether a cell of this name was once released with the points that this one claims."""
        points, _ = role_of(cell)
        return any(points == known for known, _ in self._roles.get(str(grade_id(cell)), ()))

    def had_flags(self, cell: NotebookNode) -> bool:
        """Return whether a cell of this name was once released with the grading flags that this one claims."""
        _, flags = role_of(cell)
        return any(flags == known for _, known in self._roles.get(str(grade_id(cell)), ()))

    def had_name(self, name: str) -> bool:
        """Return whether a cell was once released under this name."""
        return name in self._roles


def role_of(cell: NotebookNode) -> tuple[Any, list[Any]]:
    """Return the points and the grading flags that a cell claims; of a student's cell, that may be anything."""
    claimed = nbgrader_metadata(cell)
    return claimed.get("points"), [claimed.get(flag, False) for flag in FLAGS]
