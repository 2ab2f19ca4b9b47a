"""Calls a function as its bank says: the student's, the author's or a misconception, on copies of one input."""

from __future__ import annotations

import ast
import builtins
import contextlib
import copy
import io
import warnings
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import CannotCross
from .bank import Inputs
from .examples import Drawn
from .outcomes import NOTHING, Outcome, Path, is_equal

LookUp = Callable[[str], Any]


class _Names(dict[str, Any]):
    """What a call may use: the input, `np`, Python's own names, and functions that are looked up when needed.

    `returned` is what the exercise's function gave when it was called last.
    """

    def __init__(self, drawn: Drawn, look_up: LookUp, exercise: str) -> None:
        super().__init__(drawn, np=np)
        self._look_up = look_up
        self._exercise = exercise
        self.returned: Any = NOTHING

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            return getattr(builtins, name)
        found = self._look_up(name)
        return self._noting(found) if name == self._exercise and callable(found) else found

    def _noting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            self.returned = NOTHING
            result = function(*arguments, **named)
            if not isinstance(result, Iterator):  # what a generator raises, it raises later
                self.returned = result
            return result

        return called


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

    def text_of(self, path: Path) -> str:
        """Return the text of the call, indexed on the way to one place of its result."""
        text = self.given.call
        start = ast.parse(text).body[-1]
        lines = text.splitlines(keepends=True)
        before, last = "".join(lines[: start.lineno - 1]), "".join(lines[start.lineno - 1 :])
        assert isinstance(start, ast.Expr)
        if not isinstance(start.value, (ast.Call, ast.Name, ast.Subscript, ast.Attribute)):
            last = f"({last})"
        return before + last + "".join(f"[{key!r}]" for key in path)

    @cached_property
    def text_alone(self) -> str:
        """The call of the exercise's function alone, without what is done with its result."""
        calls = (node for node in ast.walk(ast.parse(self.given.call)) if isinstance(node, ast.Call))
        alone = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == self.given.of)
        return next((ast.unparse(call) for call in alone), self.given.call)

    def with_functions(self, drawn: Drawn, look_up: LookUp) -> Outcome:
        """Return what becomes of the call with these functions; a function that the author lacks is its exception."""
        mine = copy.deepcopy(dict(drawn))
        names = _Names(mine, look_up, self.given.of)
        first, last = self._code
        quiet = contextlib.redirect_stdout(io.StringIO())
        try:
            with quiet, warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                exec(first, names)
                value = eval(last, names)
        except Exception as error:
            name = "TypeError" if isinstance(error, CannotCross) else type(error).__name__  # our word means nothing
            fault = getattr(error, "student_fault", None) or {"name": name, "text": str(error)}
            return Outcome(error=fault["name"], text=fault["text"], returned=names.returned)
        changed = tuple(name for name in drawn if not is_equal(mine[name], drawn[name]))
        return Outcome(value, changed=changed, returned=names.returned)
