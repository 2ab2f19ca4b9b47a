"""Recognises a notebook that belongs to another assignment of the course, by the names that nbgrader gave its cells.

It decides nothing: such a notebook is graded or refused as ever, and the instructor reads what it looks like.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from nbformat import NotebookNode

from autograder.course.assignment import Assignment
from autograder.course.cells import grade_id

LOOKS_LIKE = "this looks like your assignment"
FEWEST = 3  # cells of another assignment


def other_assignment(assignment: Assignment, notebooks: Iterable[NotebookNode]) -> str:
    """Return the sentence on notebooks that look as if they belonged to another assignment, or an empty string."""
    own = {name for source in assignment.released.values() for cell in source.cells if (name := grade_id(cell))}
    return looks_like(notebooks, own, assignment.elsewhere)


def looks_like(
    notebooks: Iterable[NotebookNode], own: Collection[str], others: Callable[[], Mapping[str, frozenset[str]]]
) -> str:
    """Return the sentence on notebooks that look like another assignment's, or an empty string.

    Parameters
    ----------
    own
        The names of the cells of this assignment.
    others
        Returns those of the other assignments; it is asked only where there is a reason to.
    """
    names = {name for notebook in notebooks for cell in notebook.cells if (name := grade_id(cell))}
    strange = names.difference(own)
    if len(strange) < FEWEST or len(strange) <= len(names) - len(strange):
        return ""
    found = others()
    best = max(sorted(found), key=lambda other: len(strange & found[other]), default="")
    return f"{LOOKS_LIKE} {best}" if best and 2 * len(strange & found[best]) > len(strange) else ""
