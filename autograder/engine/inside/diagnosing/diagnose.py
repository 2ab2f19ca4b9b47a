"""Answers requests for a diagnosis: reads the bank, and examines a function of the student's.

What is the same for every student, the bank and its inputs with the right results, is prepared once for an exercise,
in a process that no student's code is asked from; each diagnosis has a fork of it (`prepared` in the engine).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import cached_property
from typing import Any

from .. import protocol
from ..analysis import bound_names, parse
from ..authors import Author
from ..link import Link
from .bank import Bank, read
from .examination import Examination
from .ladder import Rung
from .questions import Question, questions


class Diagnoser:
    """Examines the functions of one notebook.

    Parameters
    ----------
    text
        The text of the bank.
    author
        The author's own functions.
    solutions
        The author's text of each cell.
    """

    def __init__(self, text: str, author: Author, solutions: list[str]) -> None:
        self._text = text
        self._author = author
        self._solutions = solutions
        self._asked: dict[tuple[str, int], list[Question]] = {}
        self._examination: Examination | None = None

    @cached_property
    def _bank(self) -> Bank:
        return read(self._text, self._author.get_answer)

    def _questions(self, exercise: str, probes: int) -> list[Question]:
        key = exercise, probes
        if key not in self._asked:
            self._asked[key] = questions(self._bank.of(exercise), self._author.get_answer, probes)
        return self._asked[key]

    def prepare(self, exercise: str, probes: int) -> None:
        """Draw the inputs of an exercise; what goes wrong there will do so again in the diagnosis."""
        with contextlib.suppress(Exception):
            self._questions(exercise, probes)

    def diagnosis(self, message: protocol.Diagnose, link: Link) -> protocol.Diagnosis | None:
        """Return what is wrong with a function; None if nothing is, as far as the inputs show.

        Raises
        ------
        Lost
            If the student's process hangs or dies.
        Exception
            If the bank cannot be used.
        """
        theirs = self._theirs(message, link)
        if message["again"]:
            return self._examination.again(theirs) if self._examination else None
        exercise = message["exercise"]
        try:
            theirs(exercise)
        except NameError:
            return nothing(Rung.missing)
        self._examination = Examination(
            exercise,
            self._bank.of(exercise),
            theirs,
            self._author.get_answer,
            next((text for text in self._solutions if exercise in bound_names(parse(text).body)), ""),
            probes=message["probes"],
            looks=message["looks"],
            asked=self._questions(exercise, message["probes"]),
        )
        return self._examination.diagnosis()

    def _theirs(self, message: protocol.Diagnose, link: Link) -> Callable[[str], Any]:
        """Return what looks up functions by name: the student's, or the author's where those of others have failed."""
        found: dict[str, Any] = {}

        def look_up(name: str) -> Any:
            if name not in found:
                follows = name in message["follow"]
                found[name] = self._author.get_answer(name) if follows else _looked_up(link, name)
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
