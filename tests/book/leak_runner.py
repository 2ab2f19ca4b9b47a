"""Runs the code of pages, then lets each function that a page defined sit every graded exercise's hidden tests.

A program of its own, because a page's code may do anything: reads a JSON list of pages, each a list of code blocks, on
standard input and prints the JSON list of each page's leaks, `[function, exercise]`, as its last line.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import types
import warnings
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from book_pages import ASSIGNMENTS, source_notebook

import autograder
from autograder import reference
from autograder.course import cells

FORK = get_context("fork")


class BlackBox:
    """The reference as a page sees it: usable while the page runs, of no use to a student who copies the page."""

    def __init__(self, course: types.ModuleType) -> None:
        self._course = course
        self.locked = False

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._course, name)

        def call(*arguments: Any, **options: Any) -> Any:
            if self.locked:
                raise RuntimeError("A student has no reference implementation.")
            return function(*arguments, **options)

        return call


def functions_of(blocks: list[str], boxes: dict[str, BlackBox]) -> dict[str, Any]:
    """Execute the blocks in order, as a student would paste them, and return the functions they define."""
    page = types.ModuleType("page")
    autograder.reference = lambda name, *_: boxes[name]
    found: dict[int, tuple[str, Any]] = {}
    for number, block in enumerate(blocks):
        # Outputs and shell lines stand among the blocks and are not Python.
        with contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(block, f"<block {number}>", "exec"), page.__dict__)
        for name, function in list(_inside(page.__dict__, page.__dict__)):
            found[id(function)] = (f"{name}, block {number}", function)
    plt.close("all")
    for box in boxes.values():
        box.locked = True
    return dict(found.values())


def _inside(values: dict[str, Any], home: dict[str, Any], depth: int = 3) -> Iterator[tuple[str, Any]]:
    """Yield the functions made on the page, also those that it keeps in dictionaries, lists and classes."""
    for name, value in values.items():
        if isinstance(value, types.FunctionType) and value.__globals__ is home:
            yield str(name), value
        elif depth and isinstance(value, dict) and name != "__builtins__":
            yield from _inside(value, home, depth - 1)
        elif depth and isinstance(value, list | tuple):
            yield from _inside({f"{name}[{i}]": v for i, v in enumerate(value)}, home, depth - 1)
        elif depth and isinstance(value, type) and value.__module__ == "page":
            yield from _inside(dict(vars(value)), home, depth - 1)


def passes(course: types.ModuleType, exercise: str, candidate: Any, tests: list[str]) -> bool:
    """Return whether `candidate`, in the place of the exercise's solution, passes all its hidden tests."""
    before = dict(course.__dict__)
    np.random.seed(0)  # noqa: NPY002 (the stream that the tests know)
    try:
        setattr(course, exercise, candidate)
        for test in tests:
            exec(compile(test, "<test>", "exec"), course.__dict__)
    except BaseException:
        return False
    finally:
        course.__dict__.clear()
        course.__dict__.update(before)
    return True


def judges(courses: dict[str, types.ModuleType]) -> dict[tuple[str, str], list[str]]:
    """Return what judges each exercise's function, by assignment and exercise: what tests share, the hidden tests."""
    found = {}
    for name, course in courses.items():
        notebook = source_notebook(name)
        by_name = {cells.grade_id(cell): cell for cell in notebook.cells}
        shared = [cell.source for cell in cells.helper_cells(notebook)]
        for exercise in cells.exercises(notebook):
            own = getattr(course, exercise.name, None)
            tests = [by_name[t].source for t in exercise.tests if cells.is_hidden_test(by_name[t])]
            # Tests that look at the network which the notebook has trained judge no function.
            if hidden := [test for test in tests if passes(course, exercise.name, own, [*shared, test])]:
                found[name, exercise.name] = [*shared, *hidden]
    return found


def leaks(
    blocks: list[str], courses: dict[str, types.ModuleType], tests: dict[tuple[str, str], list[str]]
) -> list[tuple[str, str]]:
    """Return the pairs of a page's function and the exercise that it solves, of any assignment."""
    candidates = functions_of(blocks, {name: BlackBox(course) for name, course in courses.items()})
    return sorted(
        {
            (title, exercise)
            for (name, exercise), hidden in tests.items()
            for title, function in candidates.items()
            if passes(courses[name], exercise, function, hidden)
        }
    )


def apart(send: Connection, *work: Any) -> None:
    """Look at one page, in a process of its own, since a page changes what it finds."""
    send.send(leaks(*work))


def main(pages: list[list[str]]) -> list[list[tuple[str, str]]]:
    """Return the leaks of each page; EOFError if a page's code ends its process."""
    courses = {name: reference(name) for name in ASSIGNMENTS}
    tests, found = judges(courses), []
    for blocks in pages:
        receive, send = FORK.Pipe(duplex=False)
        child = FORK.Process(target=apart, args=(send, blocks, courses, tests))
        child.start()
        send.close()
        found.append(receive.recv())
        child.join()
    return found


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        result = main(json.load(sys.stdin))
    print(json.dumps(result))
