"""Answers requests for a diagnosis: reads the bank, and examines a function of the student's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import protocol
from ..analysis import bound_names, parse
from ..authors import Author
from ..link import Link
from .bank import read
from .examination import Examination
from .ladder import Rung


def examination_of(
    message: protocol.Diagnose, text: str, link: Link, author: Author, solutions: list[str]
) -> Examination | None:
    """Return the examination of the function of an exercise; None if there is no such function.

    Parameters
    ----------
    text
        The text of the bank.
    solutions
        The author's text of each cell.

    Raises
    ------
    Exception
        If the bank cannot be used.
    """
    exercise = message["exercise"]
    look_up = theirs(message, link, author)
    try:
        look_up(exercise)
    except NameError:
        return None
    solution = next((text for text in solutions if exercise in bound_names(parse(text).body)), "")
    bank = read(text, author.get_answer).of(exercise)
    return Examination(
        exercise, bank, look_up, author.get_answer, solution, probes=message["probes"], looks=message["looks"]
    )


def theirs(message: protocol.Diagnose, link: Link, author: Author) -> Callable[[str], Any]:
    """Return what looks up functions by name: the student's, or the author's where those of others have failed."""
    found: dict[str, Any] = {}

    def look_up(name: str) -> Any:
        if name not in found:
            found[name] = author.get_answer(name) if name in message["follow"] else _looked_up(link, name)
        return found[name]

    return look_up


def nothing(rung: Rung) -> protocol.Diagnosis:
    """Return the diagnosis that a function breaks on a rung, without more to say."""
    return protocol.Diagnosis(labels=[], says=[], see=[], kinds=[], rung=rung, where=[], relation=None, example=None)


def _looked_up(link: Link, name: str) -> Any:
    try:
        return link.look_up(name)
    except KeyError:
        raise NameError(f"name {name!r} is not defined") from None
