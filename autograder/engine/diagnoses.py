"""What was found out about a function that has failed, as data.

`grading.wording` words it. It holds nothing of a hidden test: the inputs are the bank's own. What the student's code
has returned or said is text of unknown origin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Rung(StrEnum):
    """What is the first to break, from the outside to the inside."""

    missing = "missing"  # there is no such function
    raises = "raises"
    lost = "lost"  # a call hung, or its process died
    form = "form"  # the kind of the result, how many there are, the keys of a dict
    shape = "shape"
    integers = "integers"  # fractions are cut off
    not_finite = "not finite"
    value = "value"
    side_effect = "side effect"  # it changes its argument
    slow = "slow"  # right on small inputs, but a test has not come to its end


@dataclass(frozen=True)
class Known:
    """A misconception that a function has: its name in the bank, what it says, an equation's label, its kind."""

    label: str
    says: str
    see: str = ""
    kind: str = "wrong"


@dataclass(frozen=True)
class Relation:
    """What wrong values are right up to: a kind, a number that belongs to it, words for a size that the number is."""

    kind: str
    number: float = 0.0
    size: str = ""


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
    example: Counterexample | None = field(default=None)
