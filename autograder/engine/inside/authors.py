"""The author's own functions, which take the place of wrong ones when a test is followed through.

They live in the test process alone. The student's code can call them and gets what they return, but never sees them.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from .analysis import bound_names, definitions, parse
from .randomness import Aside


class Author(dict[str, Any]):
    """The names that the author's text binds: imports and definitions at once, the rest of a cell when it is needed.

    Parameters
    ----------
    imports
        The import statements of the notebook.
    sources
        The locked cells, and the author's solutions of the others.
    look_up
        Returns what a locked cell has computed under a name, or raises a KeyError.
    """

    def __init__(self, imports: str, sources: Iterable[str], look_up: Callable[[str], Any]) -> None:
        super().__init__(__name__="__main__")
        self._look_up = look_up
        self._answers: dict[str, Any] = {}
        self._lent: dict[str, Any] = {}
        self._aside = Aside()
        self._trees = [parse(source) for source in sources]
        self._bound = [bound_names(tree.body) for tree in self._trees]
        for node in [*parse(imports).body, *(node for tree in self._trees for node in definitions(tree))]:
            self._run(ast.Module([node], []))

    def __missing__(self, name: str) -> Any:
        return self._look_up(name)

    def get_answer(self, name: str) -> Any:
        """Return what the author has under a name, as the student's process may call it; always the same object.

        Raises
        ------
        NameError
            If it cannot be had.
        """
        for tree, bound in zip(self._trees, self._bound, strict=True):
            if name not in self and name in bound:
                self._run(tree)
        if name not in self:
            raise NameError(f"name {name!r} is not defined")
        return self._answers.setdefault(name, _listing(self[name]))

    def get_lent(self, name: str) -> Any:
        """Return what the author has under a name for student's code: what it draws changes no number of the test's.

        Raises
        ------
        NameError
            If it cannot be had.
        """
        if name not in self._lent:
            self._lent[name] = self._called_aside(self.get_answer(name))
        return self._lent[name]

    def _called_aside(self, answer: Any) -> Any:
        if not callable(answer):
            return answer

        @functools.wraps(answer)
        def called(*args: Any, **kwargs: Any) -> Any:
            with self._aside:
                return answer(*args, **kwargs)

        return called

    def _run(self, tree: ast.Module) -> None:
        with contextlib.suppress(Exception):
            exec(compile(tree, "<solution>", "exec"), self)


def _listing(value: Any) -> Any:
    """Return a function that gives a list where the author's is a generator, which cannot cross."""
    if not inspect.isgeneratorfunction(value):
        return value

    @functools.wraps(value)
    def listed(*args: Any, **kwargs: Any) -> list[Any]:
        return list(value(*args, **kwargs))

    return listed
