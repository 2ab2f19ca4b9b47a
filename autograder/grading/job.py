"""A submission on its way through grading: read, laid beside its assignment, ready to run."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.engine.items import Item
from autograder.grading.verdict import Basis
from autograder.intake.align import Aligned
from autograder.intake.submission import Submission


@dataclass(frozen=True)
class Job:
    """A submission that is ready to run.

    Parameters
    ----------
    submission, aligned
        As it was read, and as it lies beside the assignment.
    basis
        What the verdict on it depends on.
    items
        The notebooks that have to run, by name.
    exercises
        The exercises that are graded; None for all of them.
    """

    submission: Submission
    aligned: Aligned
    basis: Basis
    items: dict[str, Item]
    exercises: frozenset[str] | None = None
