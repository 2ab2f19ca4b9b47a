"""Makes functions of what a bank says: as they are, or as edits of the author's solution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .bank import Edit, Unusual, Wrong

LookUp = Callable[[str], Any]


class _Text(dict[str, Any]):
    """The names of an edited solution; what it does not bind itself is the author's."""

    def __init__(self, look_up: LookUp) -> None:
        super().__init__(__name__="__main__")
        self._look_up = look_up

    def __missing__(self, name: str) -> Any:
        try:
            return self._look_up(name)
        except NameError:
            raise KeyError(name) from None


def with_edits(solution: str, edits: tuple[Edit, ...]) -> str:
    """Return a solution with edits.

    Raises
    ------
    ValueError
        If it lacks a piece that is to be edited.
    """
    for old, new in edits:
        if old not in solution:
            raise ValueError(f"The solution has no {old!r}.")
        solution = solution.replace(old, new)
    return solution


def function_of(known: Wrong | Unusual, solution: str, look_up: LookUp, *more: Edit) -> Any:
    """Return the function that a bank knows; with `more` edits, if it is made by edits."""
    if known.function is not None:
        return known.function
    names = _Text(look_up)
    exec(compile(with_edits(solution, (*known.edits, *more)), "<bank>", "exec"), names)
    return names[known.of]
