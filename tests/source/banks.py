"""The banks of misconceptions in this process: what the author's functions are there, what an examination says."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

from assignment_cells import REPOSITORY

from autograder.course.cells import code_cells, grade_id, is_solution
from autograder.course.course import Course
from autograder.course.reference import reference
from autograder.engine.inside.diagnosing import bank as reading
from autograder.engine.inside.diagnosing.bank import Bank, Unusual, Wrong, read
from autograder.engine.inside.diagnosing.calls import Call
from autograder.engine.inside.diagnosing.examination import Examination
from autograder.engine.inside.diagnosing.examples import Drawn, draw
from autograder.engine.inside.diagnosing.functions import function_of
from autograder.engine.inside.protocol import Diagnosis
from autograder.engine.limits import Effort
from autograder.vetting import answers

COURSE = Course(REPOSITORY)
ASSIGNMENTS = ("foundations", "momentum", "multi_layer", "two_layer", "deep")
FEWEST = 5  # misconceptions of an exercise


@cache
def solutions(name: str) -> dict[str, str]:
    """Return the author's text of each exercise that a machine grades."""
    return {str(grade_id(cell)): cell.source for cell in code_cells(COURSE.read_source(name)) if is_solution(cell)}


@cache
def author(name: str) -> Callable[[str], Any]:
    """Return what looks up the author's functions of an assignment; a generator gives a list."""
    module = reference(name)

    def look_up(function: str) -> Any:
        try:
            found = getattr(module, function)
        except AttributeError:
            raise NameError(f"name {function!r} is not defined") from None
        if inspect.isgeneratorfunction(found):
            return lambda *args, **named: list(found(*args, **named))
        return found

    return look_up


@cache
def bank(name: str) -> Bank:
    """Return the bank of an assignment."""
    return read(COURSE.misconceptions(name), author(name))


def function(name: str, known: Wrong | Unusual) -> Any:
    """Return the function that a bank knows."""
    _speak_of(name)
    return function_of(known, solutions(name)[known.of], author(name))


def answer(name: str, known: Wrong | Unusual) -> str:
    """Return what a student writes who has a misconception: the text of the exercise's cell."""
    return answers.answer(known, COURSE.misconceptions(name), solutions(name))


def _speak_of(name: str) -> None:
    """Let `author` in banks be that of an assignment: it is that of the last bank that was read."""
    reading.author._look_up = author(name)


def examined(name: str, exercise: str, function: Any, effort: Effort, known: Bank | None = None) -> Diagnosis | None:
    """Return what is wrong with a function, beside the author's functions, as the bank or what is `known` says."""
    _speak_of(name)
    examination = Examination(
        exercise,
        known or bank(name).of(exercise),
        lambda other: function if other == exercise else author(name)(other),
        author(name),
        solutions(name)[exercise],
        probes=effort.probes,
        looks=effort.looks,
    )
    return examination.diagnosis()


def drawn(name: str, exercise: str) -> list[tuple[int, list[Drawn]]]:
    """Return how many inputs each generator of an exercise has given, and those that the author's function takes."""
    _speak_of(name)
    found = []
    for given in bank(name).of(exercise).inputs:
        assert given.draw is not None
        tried = draw(given.draw(), given.share(Effort().probes))
        taken = [one for one in tried if not Call(given).with_functions(one, author(name)).error]
        found.append((len(tried), taken))
    return found
