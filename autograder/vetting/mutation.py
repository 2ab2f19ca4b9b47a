"""Mutants of a solution: its text with one place changed by a rule. Nothing is executed here."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autograder.course.markers import markers
from autograder.vetting.rules import RULES


@dataclass(frozen=True)
class Mutant:
    """A solution with one place changed: by which rule, in which line, and the whole text."""

    rule: str
    line: int
    source: str

    def difference(self, solution: str) -> str:
        """Return the lines that differ, as `diff` writes them."""
        lines = difflib.ndiff(solution.splitlines(), self.source.splitlines())
        return "\n".join(line for line in lines if line.startswith(("- ", "+ ")))


def mutants(solution: str) -> list[Mutant]:
    """Return the mutants of an answer cell; none of a text that is not Python.

    Only its solution regions are changed, or all of it if it has none.
    """
    try:
        tree = ast.parse(solution)
    except SyntaxError:
        return []
    found: dict[str, Mutant] = {ast.dump(tree): Mutant("", 0, solution)}
    text = _Text(solution)
    for node in _nodes(tree, _lines(solution)):
        for rule in RULES:
            for name, instead in rule(node, text.of):
                changed = text.with_instead(node, instead)
                key = _key(changed)
                if key is not None:
                    found.setdefault(key, Mutant(name, getattr(node, "lineno", 0), changed))
    return [mutant for mutant in found.values() if mutant.rule]


class _Text:
    """A text whose pieces are known by the nodes of its tree."""

    def __init__(self, source: str) -> None:
        self._whole = source.encode()
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line.encode()))

    def _range(self, node: ast.AST) -> tuple[int, int]:
        place: Callable[[str], int] = lambda name: getattr(node, name)  # noqa: E731
        return (
            self._starts[place("lineno") - 1] + place("col_offset"),
            self._starts[place("end_lineno") - 1] + place("end_col_offset"),
        )

    def of(self, node: ast.AST) -> str:
        start, end = self._range(node)
        return self._whole[start:end].decode()

    def with_instead(self, node: ast.AST, text: str) -> str:
        start, end = self._range(node)
        return (self._whole[:start] + text.encode() + self._whole[end:]).decode()


def _lines(solution: str) -> set[int]:
    """Return the lines that may be changed."""
    inside, found, marks = False, set[int](), {marker.line: marker for marker in markers(solution)}
    for number, _ in enumerate(solution.splitlines(), start=1):
        if number in marks:
            inside = marks[number].begins
        elif inside or not marks:
            found.add(number)
    return found


def _nodes(tree: ast.Module, lines: set[int]) -> Iterator[ast.AST]:
    """Yield the nodes that stand in these lines, but for texts that nothing is done with, and parts of texts."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop(0)
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or isinstance(node, ast.JoinedStr | ast.Raise | ast.Assert):
            continue
        if getattr(node, "lineno", 0) in lines:
            yield node
        waiting[:0] = ast.iter_child_nodes(node)


def _key(source: str) -> str | None:
    """Return what tells a text from others that mean the same; None if it is not Python."""
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError):
        return None
