"""What was found out about a function that has failed, as data.

`grading.diagnosed` words it. It holds nothing of a hidden test: the inputs are the bank's own. What the student's code
has returned or said is text of unknown origin.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograder.engine.inside.diagnosing.ladder import Relation as Relation
from autograder.engine.inside.diagnosing.ladder import Rung as Rung


@dataclass(frozen=True)
class Known:
    """A misconception that a function has: its name in the bank, what it says, an equation's label, its kind."""

    label: str
    says: str
    see: str = ""
    kind: str = "wrong"


@dataclass(frozen=True)
class Counterexample:
    """The smallest input that shows it: lines of Python, a call, what it gives, what is right, what is raised."""

    lines: tuple[str, ...]
    call: str
    theirs: str
    right: str
    raised: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with the function of one exercise.

    Parameters
    ----------
    exercise
        The name of the function.
    rung
        What is the first to break.
    known
        The misconceptions that it has: most often one, or none.
    where
        The way to the first wrong value in the result: keys and places.
    relation
        What wrong values are right up to.
    example
        A call that shows it.
    """

    exercise: str
    rung: Rung
    known: tuple[Known, ...] = ()
    where: tuple[str | int, ...] = ()
    relation: Relation | None = None
    example: Counterexample | None = None
