"""What a student writes who has a misconception of the bank, or an unusual right answer: the text of a cell."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from autograder.course.names import bound_names, needed_names
from autograder.course.samples import without_marks
from autograder.engine.inside.diagnosing.bank import DOOR, Unusual, Wrong
from autograder.engine.inside.diagnosing.functions import with_edits


def answer(known: Wrong | Unusual, bank: str, sources: Mapping[str, str]) -> str:
    """Return the answer that a bank knows.

    Where it calls the author's function of its exercise or of a later one, that stands above it under another name.

    Parameters
    ----------
    bank
        The text of the bank.
    sources
        The author's text of each exercise, in their order.

    Raises
    ------
    ValueError
        If it edits a piece that the solution lacks.
    """
    if known.edits:
        return without_marks(with_edits(sources[known.of], known.edits))
    tree = ast.parse(bank)
    node = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == known.name)
    node.name, node.decorator_list = known.of, []
    if ast.get_docstring(node):
        node.body = node.body[1:]
    text = f"{_helpers(tree, node)}{ast.unparse(node)}"
    return (_right(text, known.of, sources) + _with_right(text, known.of, sources)).replace("author.", "")


def _helpers(tree: ast.Module, node: ast.FunctionDef) -> str:
    """Return what a function needs of the bank besides the door to it: imports, constants, other functions."""
    needed, found = set(needed_names(ast.unparse(node))), list[str]()
    for other in reversed(tree.body):
        text = ast.unparse(other)
        is_door = isinstance(other, ast.ImportFrom) and other.module == DOOR
        is_known = isinstance(other, ast.FunctionDef) and other.decorator_list
        if not (is_door or is_known) and bound_names(text) & needed:
            found.insert(0, text)
            needed |= needed_names(text)
    return "".join(f"{text}\n\n" for text in found)


def _later(text: str, exercise: str, sources: Mapping[str, str]) -> list[str]:
    names = list(sources)
    return [name for name in names[names.index(exercise) :] if f"author.{name}(" in text]


def _right(text: str, exercise: str, sources: Mapping[str, str]) -> str:
    """Return the author's functions that an answer calls and that are not there above it."""
    return "".join(
        re.sub(rf"\b{name}\(", f"right_{name}(", without_marks(sources[name])) + "\n\n\n"
        for name in _later(text, exercise, sources)
    )


def _with_right(text: str, exercise: str, sources: Mapping[str, str]) -> str:
    for name in _later(text, exercise, sources):
        text = text.replace(f"author.{name}(", f"right_{name}(")
    return text
