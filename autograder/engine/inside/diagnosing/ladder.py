"""Where a wrong result first parts from the right one, and what its values are right up to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rung(StrEnum):
    """What is the first to break, from the outside to the inside."""

    missing = "missing"  # there is no such function
    lost = "lost"  # a call hung, or its process died
    raises = "raises"
    form = "form"  # the kind of the result, how many there are, the keys of a dict
    shape = "shape"
    integers = "integers"  # fractions are cut off
    not_finite = "not finite"
    value = "value"
    side_effect = "side effect"  # it changes its argument
    unsteady = "unsteady"  # what it gives depends on the calls before
    slow = "slow"  # right on small inputs, but a test has not come to its end


LADDER = tuple(Rung)


@dataclass(frozen=True)
class Relation:
    """What wrong values are right up to.

    Parameters
    ----------
    kind
        `factor`, `sign`, `offset`, `transposed`, `signs` (of single entries), `order`, `zeros` (wrong only where an
        input is 0), `row`, `column` (only this one is wrong), `rows`, `columns` (each has a factor of its own).
    number
        The factor, the offset, or the number of the row or column; 0 for the other kinds.
    size
        What the factor is if it goes with the input: "the number of columns of Z", for example.
    """

    kind: str
    number: float = 0.0
    size: str = ""
