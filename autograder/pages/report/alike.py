"""Answers that are wrong in the same way, letter for letter but for comments and the names of variables.

It says that they are alike and judges nobody: two students may make the same mistake. Right answers are often alike,
and so are short ones, so neither counts; nor does what was handed out, or what a group has handed in together. Texts
by students are read, never run, and what is longer than anybody writes is left out.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.course.cells import Exercise, grade_id
from autograder.course.course import Course
from autograder.engine.inside.analysis import skim
from autograder.grading.verdict import HELD_AGAINST, Verdict
from autograder.pages.report.data import Alike

LONGEST = 20_000  # characters of an answer that is compared
LARGEST = 20 * 2**20  # bytes of a notebook with its outputs that is read
SMALLEST = 30  # nodes of its syntax tree that make an answer more than an idea that anybody has
MOST_GROUPS = 30
MOST_SHOWN = 2  # texts of a group
LONGEST_SHOWN = 3000  # characters of each
GRAMMAR = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)  # which are no nodes to count


def find_alike(
    course: Course,
    name: str,
    exercises: Sequence[Exercise],
    sources: Mapping[str, NotebookNode],
    verdicts: Sequence[Verdict],
    together: Collection[Collection[str]] = (),
) -> tuple[Alike, ...]:
    """Return groups of students with the same wrong answer to an exercise, the longest answers first.

    Parameters
    ----------
    together
        Who hands in together, and so has the same answers: groups within one of these are left out.
    """
    written = [exercise for exercise in exercises if exercise.stub]
    right = {(e.notebook, e.stub): _solution(sources[e.notebook], e.stub) for e in written}
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    sizes: dict[tuple[str, str], int] = {}
    for verdict in verdicts:
        failed = {cell.exercise for cell in verdict.cells if cell.status in HELD_AGAINST}
        wanted = [exercise for exercise in written if exercise.name in failed]
        for exercise, text in _answers(course, name, verdict.student, wanted):
            found = bare(text, exercise.stub)
            if found is None or found.size < SMALLEST or found.text == right[exercise.notebook, exercise.stub]:
                continue
            key = exercise.name, hashlib.sha256(found.text.encode("utf-8", "replace")).hexdigest()
            groups.setdefault(key, []).append((verdict.student, text[:LONGEST_SHOWN]))
            sizes[key] = found.size
    apart = (key for key, some in groups.items() if not _are_together([who for who, _ in some], together))
    several = sorted(apart, key=lambda key: (-sizes[key], key))
    return tuple(
        Alike(key[0], tuple(who for who, _ in groups[key]), tuple(text for _, text in groups[key][:MOST_SHOWN]))
        for key in several[:MOST_GROUPS]
    )


def _are_together(students: Sequence[str], together: Collection[Collection[str]]) -> bool:
    """Return whether these are one student, or all of them hand in together."""
    return len(students) == 1 or any(set(students) <= set(members) for members in together)


@dataclass(frozen=True)
class Bare:
    """An answer without comments and with other names for its variables, and how many nodes its tree has."""

    text: str
    size: int


def bare(text: str, function: str) -> Bare | None:
    """Return what is left of an answer without comments and its own names; None if it cannot be compared.

    Parameters
    ----------
    function
        The name that the answer defines: it stays.
    """
    if len(text) > LONGEST:
        return None
    try:
        tree = skim(text)
        if not tree.body:
            return None
        names: dict[str, str] = {}
        size = 0
        for node in ast.walk(tree):
            size += not isinstance(node, GRAMMAR)
            if (own := _own_name(node)) and own != function:
                names.setdefault(own, f"v{len(names) + 1}")
        for node in ast.walk(tree):
            _rename(node, names)
        return Bare(ast.unparse(tree), size)
    except (ValueError, RecursionError, MemoryError):  # deeper than anybody writes
        return None


def _own_name(node: ast.AST) -> str:
    """Return the name that a node binds, if it does."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    if isinstance(node, ast.arg):
        return node.arg
    return node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ""


def _rename(node: ast.AST, names: Mapping[str, str]) -> None:
    """Give a node the other name, and take off what only describes."""
    if isinstance(node, ast.Name):
        node.id = names.get(node.id, node.id)
    elif isinstance(node, ast.arg):
        node.arg, node.annotation = names.get(node.arg, node.arg), None
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        node.name, node.returns = names.get(node.name, node.name), None
    body = getattr(node, "body", None)
    if isinstance(body, list):
        node.body = [line for line in body if not _says_nothing(line)] or [ast.Pass()]  # type: ignore[attr-defined]


def _says_nothing(line: ast.stmt) -> bool:
    """Return whether a statement is a text on its own: a docstring."""
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


def _solution(source: NotebookNode, stub: str) -> str:
    text = next((cell.source for cell in source.cells if grade_id(cell) == stub), "")
    found = bare(text, stub)
    return found.text if found else ""


def _answers(course: Course, name: str, student: str, wanted: Sequence[Exercise]) -> Iterator[tuple[Exercise, str]]:
    """Yield a student's answers to these exercises, out of the notebooks that were graded."""
    for notebook in sorted({exercise.notebook for exercise in wanted}):
        path = course.autograded / student / name / f"{notebook}.ipynb"
        try:
            if path.stat().st_size > LARGEST:
                continue
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            texts = {cell["metadata"].get("nbgrader", {}).get("grade_id"): "".join(cell["source"]) for cell in cells}
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            continue
        for exercise in wanted:
            if exercise.notebook == notebook and exercise.stub in texts:
                yield exercise, texts[exercise.stub]
