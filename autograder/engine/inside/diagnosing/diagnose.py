"""Answers a request for a diagnosis: reads the bank, and examines a function of the student's."""

from __future__ import annotations

from typing import Any

from .. import protocol
from ..analysis import bound_names, parse
from ..authors import Author
from ..proxies import Link
from .bank import read
from .examination import Examination
from .ladder import Rung


def diagnose(
    message: protocol.Diagnose, text: str, link: Link, author: Author, solutions: list[str]
) -> protocol.Diagnosis | None:
    """Return what is wrong with the function of an exercise; None if nothing is found.

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
    theirs: dict[str, Any] = {}

    def look_up(name: str) -> Any:
        if name not in theirs:
            theirs[name] = author.get_answer(name) if name in message["follow"] else _looked_up(link, name)
        return theirs[name]

    try:
        look_up(exercise)
    except NameError:
        return nothing(Rung.missing)
    solution = next((text for text in solutions if exercise in bound_names(parse(text).body)), "")
    bank = read(text, author.get_answer).of(exercise)
    examination = Examination(
        exercise, bank, look_up, author.get_answer, solution, probes=message["probes"], looks=message["looks"]
    )
    return examination.diagnosis()


def nothing(rung: Rung) -> protocol.Diagnosis:
    """Return the diagnosis that a function breaks on a rung, without more to say."""
    return protocol.Diagnosis(labels=[], says=[], see=[], kinds=[], rung=rung, where=[], relation=None, example=None)


def _looked_up(link: Link, name: str) -> Any:
    try:
        return link.look_up(name)
    except KeyError:
        raise NameError(f"name {name!r} is not defined") from None
