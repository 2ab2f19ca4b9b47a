"""Calls a function as its bank says: the student's, the author's or a misconception, on copies of one input."""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from ..proxies import Lost
from .bank import Inputs
from .examples import Drawn
from .outcomes import Outcome

LookUp = Callable[[str], Any]


class _Names(dict[str, Any]):
    """What a call may use: the input, `np`, functions that are looked up when they are needed, and what Python has."""

    def __init__(self, drawn: Drawn, look_up: LookUp) -> None:
        super().__init__(drawn, np=np)
        self._look_up = look_up

    def __missing__(self, name: str) -> Any:
        try:
            return self._look_up(name)
        except NameError:
            raise KeyError(name) from None


class Call:
    """The call that a bank compares."""

    def __init__(self, given: Inputs) -> None:
        self.given = given

    @cached_property
    def _code(self) -> tuple[Any, Any]:
        tree = ast.parse(self.given.call)
        last = tree.body.pop()
        assert isinstance(last, ast.Expr), "the call of a bank ends with an expression"
        return compile(tree, "<call>", "exec"), compile(ast.Expression(last.value), "<call>", "eval")

    def with_functions(self, drawn: Drawn, look_up: LookUp) -> Outcome:
        """Return what becomes of the call with these functions; a function that the author lacks is its exception."""
        mine = copy.deepcopy(dict(drawn))
        names = _Names(mine, look_up)
        first, last = self._code
        quiet = contextlib.redirect_stdout(io.StringIO())
        try:
            with quiet, warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                exec(first, names)
                value = eval(last, names)
        except Lost:
            raise
        except Exception as error:
            fault = getattr(error, "student_fault", None) or {"name": type(error).__name__, "text": str(error)}
            return Outcome(error=fault["name"], text=fault["text"])
        return Outcome(value, changed=tuple(name for name in drawn if not _equal(mine[name], drawn[name])))


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping):
        return set(one) == set(other) and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, np.ndarray):
        return np.shape(one) == np.shape(other) and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return type(one) is type(other) and bool(one == other or one != one)
