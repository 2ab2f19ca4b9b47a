"""The inputs of an exercise with what is right for each: drawn once, before anything of a student's is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .bank import Bank, Inputs
from .calls import Call
from .examples import Drawn, draw
from .outcomes import Outcome

LookUp = Callable[[str], Any]


@dataclass(frozen=True)
class Question:
    """One input, and what the author makes of it."""

    call: Call
    drawn: Drawn
    right: Outcome


def questions(bank: Bank, author: LookUp, most: int) -> list[Question]:
    """Return what a failed function is asked: at most so many inputs of each generator, always the same ones.

    Raises
    ------
    ValueError
        If the author's function takes no input of the bank.
    """
    found = [one for given in bank.inputs for one in _asked(given, author, most)]
    if bank.inputs and not found:
        raise ValueError("the author's function raises an exception for every input of the bank")
    return found


def _asked(given: Inputs, author: LookUp, most: int) -> Iterator[Question]:
    assert given.draw is not None
    call = Call(given)
    for drawn in draw(given.draw(), given.share(most)):
        right = call.with_functions(drawn, author)
        if not right.error:
            yield Question(call, drawn, right)
