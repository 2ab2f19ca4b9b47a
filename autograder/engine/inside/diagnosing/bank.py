"""What a bank of misconceptions is written with, and how the text of one is read.

A bank belongs to an assignment. Where a function has failed a test, it is compared with the wrong functions that the
bank knows, on the bank's own inputs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .strategies import halves, labels, matrix, parameters, sizes, up_to

__all__ = [
    "author",
    "edited",
    "halves",
    "inputs",
    "labels",
    "matrix",
    "misconception",
    "parameters",
    "sizes",
    "unusual",
    "unusual_edit",
    "up_to",
]
PACKAGE = "autograder"
DOOR = f"{PACKAGE}.misconceptions"  # what a bank imports
RTOL, ATOL = 1e-5, 1e-8
Edit = tuple[str, str]  # a piece of the author's solution, and what stands there instead
Same = Callable[[Any, Any], bool]


@dataclass
class Wrong:
    """A misconception: a wrong function, or edits that make one of the author's solution.

    Parameters
    ----------
    of
        The exercise, which is the name of the function.
    says
        What would help the student: what is wrong and why it matters, never what is right.
    see
        The label of the equation that explains it.
    kind
        `wrong`, `fragile`, `side effect`, `slow` or `environment`.
    costs
        Whether it costs points; if not, it is a remark.
    """

    of: str
    says: str
    see: str
    kind: str
    costs: bool
    function: Callable[..., Any] | None = None
    edits: tuple[Edit, ...] = ()
    name: str = ""


@dataclass
class Unusual:
    """A right answer that looks unlike the author's: a function, or edits of the author's solution."""

    of: str
    function: Callable[..., Any] | None = None
    edits: tuple[Edit, ...] = ()
    name: str = ""


@dataclass
class Inputs:
    """Inputs of an exercise: a strategy that draws values by name, and a call with them.

    Parameters
    ----------
    of
        The exercise.
    call
        Python text whose last line is an expression: the call whose result is compared. It may use the names that are
        drawn, `np`, and the functions of the assignment.
    same
        Returns whether two results are the same; without it, they may differ by rounding.
    draw
        Returns the strategy.
    slow
        Whether the call takes so long that a quarter of the inputs must do.
    """

    of: str
    call: str
    same: Same | None = None
    draw: Callable[[], Any] | None = None
    slow: bool = False

    def share(self, most: int) -> int:
        """Return how many calls it may make where others may make `most`."""
        return max(1, most // 4) if self.slow else most


def misconception(
    of: str, see: str = "", *, kind: str = "wrong", costs: bool = True
) -> Callable[[Callable[..., Any]], Wrong]:
    """Say that a function is a misconception; its docstring is what the student reads."""

    def made(function: Callable[..., Any]) -> Wrong:
        return Wrong(of, _one_line(function.__doc__ or ""), see, kind, costs, function)

    return made


def edited(of: str, *edits: Edit, says: str, see: str = "", kind: str = "wrong", costs: bool = True) -> Wrong:
    """Return the misconception that edits of the author's solution make."""
    return Wrong(of, _one_line(says), see, kind, costs, None, edits)


def unusual(of: str) -> Callable[[Callable[..., Any]], Unusual]:
    """Say that a function is right, though unusual."""
    return lambda function: Unusual(of, function)


def unusual_edit(of: str, *edits: Edit) -> Unusual:
    """Return the unusual right answer that edits of the author's solution make."""
    return Unusual(of, None, edits)


def inputs(
    of: str, call: str, *, same: Same | None = None, slow: bool = False
) -> Callable[[Callable[[], Any]], Inputs]:
    """Say that a function returns the strategy for an exercise's inputs: a dictionary of names and values."""
    return lambda draw: Inputs(of, call, same, draw, slow)


def _one_line(text: str) -> str:
    return " ".join(text.split())


class _Author:
    """The author's own functions, as attributes: what a misconception may call."""

    def __init__(self) -> None:
        self._look_up: Callable[[str], Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or self._look_up is None:
            raise AttributeError(name)
        return self._look_up(name)


author = _Author()


@dataclass
class Bank:
    """All that a bank says."""

    wrong: list[Wrong] = field(default_factory=list)
    unusual: list[Unusual] = field(default_factory=list)
    inputs: list[Inputs] = field(default_factory=list)

    def of(self, exercise: str) -> Bank:
        """Return what it says of one exercise."""
        return Bank(
            [wrong for wrong in self.wrong if wrong.of == exercise],
            [right for right in self.unusual if right.of == exercise],
            [given for given in self.inputs if given.of == exercise],
        )


def read(text: str, look_up: Callable[[str], Any]) -> Bank:
    """Return the bank that a text writes; `look_up` returns the author's functions by name.

    Raises
    ------
    Exception
        Whatever the text raises.
    """
    here = sys.modules[__name__]
    package = ModuleType(PACKAGE)
    package.__path__ = []
    before = {name: sys.modules.get(name) for name in (PACKAGE, DOOR)}
    sys.modules.setdefault(PACKAGE, package)
    sys.modules[DOOR] = here
    author._look_up = look_up
    names: dict[str, Any] = {"__name__": "bank"}
    try:
        exec(compile(text, "<bank>", "exec"), names)
    finally:
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name)
            else:
                sys.modules[name] = module
    return Bank(*(list(_named(names, kind)) for kind in (Wrong, Unusual, Inputs)))


def _named(names: Mapping[str, Any], kind: type[Any]) -> Iterator[Any]:
    for name, value in names.items():
        if isinstance(value, kind):
            if kind is not Inputs:
                value.name = name
            yield value
