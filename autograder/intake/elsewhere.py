"""Recognises a notebook that belongs to another assignment of the course, by the names that nbgrader gave its cells.

It decides nothing itself: grading goes on and the instructor reads what the notebook looks like; `collect` refuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from nbformat import NotebookNode

from autograder.course.assignment import Assignment
from autograder.course.cells import cell_names

LOOKS_LIKE = "this looks like your assignment"
FEWEST = 3  # cells of another assignment


def other_assignment(assignment: Assignment, notebooks: Iterable[NotebookNode]) -> str:
    """Return the sentence on notebooks that look as if they belonged to another assignment, or an empty string."""
    return looks_like(notebooks, cell_names(assignment.released.values()), assignment.elsewhere)


def looks_like(
    notebooks: Iterable[NotebookNode], own: Collection[str], others: Callable[[], Mapping[str, frozenset[str]]]
) -> str:
    """Return the sentence on notebooks that look like another assignment's, or an empty string."""
    name = likely_assignment(notebooks, own, others)
    return f"{LOOKS_LIKE} {name}" if name else ""


def likely_assignment(
    notebooks: Iterable[NotebookNode], own: Collection[str], others: Callable[[], Mapping[str, frozenset[str]]]
) -> str:
    """Return the name of the other assignment that notebooks look like, or an empty string.

    Parameters
    ----------
    own
        The names of the cells of this assignment.
    others
        Returns those of the other assignments; it is asked only where there is a reason to.
    """
    names = cell_names(notebooks)
    strange = names.difference(own)
    if len(strange) < FEWEST or len(strange) <= len(names) - len(strange):
        return ""
    found = others()
    best = max(sorted(found), key=lambda other: len(strange & found[other]), default="")
    return best if best and 2 * len(strange & found[best]) > len(strange) else ""
