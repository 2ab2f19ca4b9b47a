"""Turns what the processes in the sandbox say of a fault into a finding. It decides nothing about who may read it.

What comes from the student's process is text of unknown origin: it is cut to a length, and believed in nothing else.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Any

from autograder.engine.environment import fault_of, fault_of_line
from autograder.engine.findings import Finding, FindingKind, Line, Origin
from autograder.engine.inside.analysis import skim
from autograder.engine.inside.bounds import LONGEST_NAME, LONGEST_SKIMMED
from autograder.engine.inside.exceptions import DEBUGGER_LEFT, clean_frames
from autograder.engine.items import Cell, Kind
from autograder.engine.outputs_clean import LONGEST_MESSAGE, readable

MOST_LINES = 500  # of a cell whose lines may be said
LONGEST_LINE = 200
CELLS_IN_MIND = 16
Function = tuple[int, int, str]  # its first line, its last, its name
KINDS = {
    "malformed": FindingKind.malformed,
    "assert": FindingKind.assertion,
    "library": FindingKind.comparison,
    "argument": FindingKind.argument,
    "cannot cross": FindingKind.result,
}
OF_THE_TEST = {"assert", "library", "argument", "test"}
SYNTAX_ERRORS = {"SyntaxError", "IndentationError", "TabError"}
# The shell names a cell's code after its hash.
PLACE_IN_A_CELL = re.compile(r"(?s)(.*) \([0-9a-f]{10}\.py, line (\d+)\)")


def in_test(fault: dict[str, Any], test: str, cells: tuple[Cell, ...]) -> Finding:
    """Return what was found when a test ended with a fault."""
    origin, name, text = (readable(fault.get(part)) for part in ("origin", "name", "text"))
    whose = Origin.test if origin in OF_THE_TEST else Origin.student
    if origin in KINDS:
        return Finding(KINDS[origin], whose, test, exception=name, text=text[:LONGEST_MESSAGE])
    return _raised(whose, test, name, text, _lines(fault.get("frames"), cells))


def in_cell(fault: dict[str, Any], cells: tuple[Cell, ...]) -> Finding:
    """Return what was found when a cell that is not a test ended with an exception."""
    kinds = fault.get("kinds")
    full = str(kinds[0]) if isinstance(kinds, list) and kinds else "Exception"
    name = readable(full.rpartition(".")[2][:LONGEST_NAME])
    return _raised(Origin.student, None, name, readable(fault.get("text")), _lines(fault.get("frames"), cells))


def _raised(origin: Origin, test: str | None, name: str, text: str, lines: tuple[Line, ...]) -> Finding:
    kind, text = FindingKind.raised, text[:LONGEST_MESSAGE]
    place = PLACE_IN_A_CELL.fullmatch(text)
    if name in SYNTAX_ERRORS and place and lines:
        kind, text = FindingKind.syntax, place[1]
    elif place:
        text = f"{place[1]} (line {place[2]} of a cell)"
    elif text == DEBUGGER_LEFT and lines:
        kind = FindingKind.debugger
    environment = fault_of(f"{name}: {text}") if origin is Origin.student else None
    if kind is FindingKind.syntax and lines:
        environment = fault_of_line(lines[-1].text) or environment
    return Finding(kind, origin, test, lines=lines, exception=name, text=text, environment=environment)


def _lines(frames: Any, cells: tuple[Cell, ...]) -> tuple[Line, ...]:
    """Return the student's own lines of a traceback, with their numbers in their cells."""
    found = []
    for place, number, _ in clean_frames(frames):
        if not (0 <= place < len(cells) and cells[place].kind is not Kind.test):
            continue
        lines, functions = _read(cells[place].released)
        number += next((k for k, line in enumerate(lines) if line.strip()), 0)  # IPython drops blank ones above
        if 0 < number <= len(lines) <= MOST_LINES:
            line = lines[number - 1].strip()[:LONGEST_LINE]
            found.append(Line(place, number, line, _function_around(functions, number)))
    return tuple(found)


@lru_cache(maxsize=CELLS_IN_MIND)
def _read(source: str) -> tuple[tuple[str, ...], tuple[Function, ...]]:
    """Return the lines of a cell, as far as they may be said, and its functions: every test may fail in this cell."""
    lines = tuple(source[:LONGEST_SKIMMED].splitlines())
    functions = (
        (node.lineno, node.end_lineno or node.lineno, node.name)
        for node in ast.walk(skim(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return lines[: MOST_LINES + 1], tuple(functions)


def _function_around(functions: tuple[Function, ...], number: int) -> str:
    """Return the innermost function that a line stands in, as the text has it: a frame's own name may say anything."""
    around = [function for function in functions if function[0] <= number <= function[1]]
    return max(around, key=lambda function: function[0])[2] if around else ""
