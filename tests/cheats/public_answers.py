"""The cheat of somebody who has read the public tests: a table of all that they ask and of what the solution answers.

The table is built automatically. Its functions compute nothing: they return what the author's solution has returned for
the known arguments that are nearest.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import io
import lzma
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

from autograder.course.assignment import Assignment
from autograder.course.cells import code_cells, grade_id, helper_cells, is_solution, is_test
from autograder.course.course import Course
from autograder.course.names import bound_names
from autograder.course.reference import reference

Call = tuple[dict[str, Any], Any]  # the arguments by name, and the answer
Table = dict[str, list[Call]]

LOOKING_UP = """import public_answers

def {name}(*asked, **named):
    return public_answers.look_up("{name}", asked, named)
"""
LOOK_UP = '''
"""What the public tests ask and what the author's solution answers."""
import copy, lzma, numbers, pickle
from collections import Counter
from pathlib import Path
import numpy as np

KNOWN, SIGNATURES = pickle.loads(lzma.decompress((Path(__file__).parent / "answers.bin").read_bytes()))
ASKED = Counter()

def distance(known, asked):
    """How far arguments are from known ones: 0 if they are equal, and a million for each difference in form."""
    if isinstance(known, np.random.Generator) or isinstance(asked, np.random.Generator):
        try:
            states = [one.bit_generator.state["state"]["state"] for one in (known, asked)]
        except AttributeError:
            return 1e6
        return min(1.0, abs(states[0] - states[1]) / 2**128)
    if isinstance(known, dict) and isinstance(asked, dict):
        apart = len(known.keys() ^ asked.keys())
        return 1e6 * apart + sum(distance(known[key], asked[key]) for key in known.keys() & asked.keys())
    try:
        one, other = np.asarray(known, dtype=float), np.asarray(asked, dtype=float)
    except (TypeError, ValueError):
        if not isinstance(known, (list, tuple)) or not isinstance(asked, (list, tuple)):
            return 0.0  # a function, which nobody can look into
        return 1e6 * abs(len(known) - len(asked)) + sum(map(distance, known, asked))
    if one.shape != other.shape:
        return 1e6 * (1 + abs(one.ndim - other.ndim)) + abs(one.size - other.size)
    return float(np.abs(np.nan_to_num(one - other)).sum())

def look_up(name, asked, named):
    """Return the answer to the nearest arguments; of several ones alike, each in its turn."""
    names, defaults = SIGNATURES[name]
    known, asked = KNOWN[name], {**defaults, **dict(zip(names, asked)), **named}
    apart = [distance(arguments, asked) for arguments, _ in known]
    nearest = [answer for (_, answer), far in zip(known, apart) if far == min(apart)]
    turn = ASKED[name] % len(nearest)
    ASKED[name] += 1
    answer = copy.deepcopy(nearest[turn])
    yields = isinstance(answer, tuple) and isinstance(answer[0], str)
    return iter(answer[1]) if yields else answer
'''


def public_answers(course: Course, name: str) -> Table:
    """Return all calls of the student's functions that the tests of a course make, with the solution's answers."""
    table: Table = {}
    for source in course.read_sources(name).values():
        names = {key: value for key, value in vars(reference(name, course)).items() if key[:2] != "__"}
        solved = [cell for cell in code_cells(source) if is_solution(cell)]
        for function in frozenset().union(*(bound_names(cell.source) for cell in solved)):
            if inspect.isfunction(names[function]):
                names[function] = _recorded(names[function], table.setdefault(function, []))
        helpers = helper_cells(source)
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for cell in helpers:
                exec(cell.source, names)
            for cell in code_cells(source):
                if is_test(cell) and cell not in helpers:
                    with contextlib.suppress(Exception):  # some want a network that was trained
                        exec(cell.source, dict(names))
    return table


def _recorded(function: Callable[..., Any], table: list[Call]) -> Callable[..., Any]:
    """Return a function that writes down its arguments and its answers."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        bound = signature.bind(*arguments, **named)
        bound.apply_defaults()
        values = bound.arguments.items()
        asked = {key: None if callable(value) else copy.deepcopy(value) for key, value in values}
        answer = function(*arguments, **named)
        if inspect.isgenerator(answer):
            answer = ("an iterator of", list(answer))
            table.append((asked, copy.deepcopy(answer)))
            return iter(answer[1])
        table.append((asked, copy.deepcopy(answer)))
        return answer

    return call


def hand_in(assignment: Assignment, table: Table, course: Course, folder: Path) -> Path:
    """Write a submission whose functions look up the table; return its folder."""
    place = folder / assignment.name
    place.mkdir(parents=True)
    functions = reference(assignment.name, course)
    for notebook, released in assignment.released.items():
        answered = copy.deepcopy(released)
        for cell in code_cells(answered):
            if is_solution(cell):
                cell.source = "\n".join(
                    LOOKING_UP.format(name=name)
                    for name in sorted(bound_names(assignment_text(assignment, notebook, str(grade_id(cell)))))
                    if name in table
                )
        nbformat.write(answered, place / f"{notebook}.ipynb")
    (place / "public_answers.py").write_text(LOOK_UP, encoding="utf-8")
    signatures = {name: _signature(getattr(functions, name)) for name in table}
    (place / "answers.bin").write_bytes(lzma.compress(pickle.dumps((table, signatures)), preset=1))
    return place


def assignment_text(assignment: Assignment, notebook: str, name: str) -> str:
    """Return the author's text of a cell."""
    return next(str(cell.source) for cell in assignment.sources[notebook].cells if grade_id(cell) == name)


def _signature(function: Callable[..., Any]) -> tuple[list[str], dict[str, Any]]:
    """Return the names of a function's arguments, and the values that some have without being given."""
    names = inspect.signature(function).parameters
    return list(names), {key: one.default for key, one in names.items() if one.default is not one.empty}
