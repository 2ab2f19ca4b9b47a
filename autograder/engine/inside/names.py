"""The names that tests see: what the instructor's text binds, and, for the rest, a door to the student's process."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
from typing import TYPE_CHECKING, Any

from IPython.display import display

from .analysis import Locked
from .proxies import Handle, Module, Proxy

if TYPE_CHECKING:
    from .tester import Tester


class Namespace(dict[str, Any]):
    """The names of the tests, with a door to the student's."""

    def __init__(self, tester: Tester) -> None:
        super().__init__(__name__="__main__", __builtins__=builtins)
        self.update(get_ipython=tester.shell.get_ipython, display=display)
        self.tester = tester
        self.done = 0  # cells before this one have given their definitions
        self.pending: list[Locked] = []
        self.theirs: dict[str, Any] = {}
        self.deleted: set[str] = set()

    def __missing__(self, name: str) -> Any:
        tester = self.tester
        if name in self.deleted:
            raise KeyError(name)
        if name in self.theirs:
            return self.theirs[name]
        if name not in tester.answers:
            if hasattr(builtins, name):
                raise KeyError(name)
            if self._compute(name):
                return dict.__getitem__(self, name)
            if name in tester.imported:
                exec(tester.imports, self)
                return dict.get(self, name)
        if tester.link is None or name in tester.own_names:
            raise KeyError(name)
        try:
            value = tester.link.look_up(name)
        except KeyError:
            if name in tester.answers:  # else a built-in function of that name would be taken for the answer
                raise NameError(f"name {name!r} is not defined") from None
            raise
        if not isinstance(value, Module):
            self.theirs[name] = value
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self.deleted.discard(name)
        if name in self.tester.answers and self.tester.link is not None:
            self.tester.link.bind(name, value)

    def __delitem__(self, name: str) -> None:
        theirs = name in self.tester.answers or not dict.__contains__(self, name)
        if theirs and self.tester.link is not None:
            self[name] if not dict.__contains__(self, name) else None  # a name that nobody has is a NameError
            self.tester.link.delete(name)
            self.theirs.pop(name, None)
            self.deleted.add(name)
        if dict.__contains__(self, name):
            super().__delitem__(name)

    def begin_test(self) -> None:
        """Forget what belongs to the copy that an earlier test had."""
        self.theirs, self.deleted = {}, set()
        for name, value in list(self.items()):
            if isinstance(value, (Proxy, Handle)) or name in self.tester.answers:
                dict.__delitem__(self, name)

    def advance(self, place: int) -> None:
        """Give the tests what the locked cells and the visible tests before `place` have bound.

        Hidden tests get the definitions of earlier hidden ones too, if another test process ran those.
        """
        for here in range(self.done, place):
            locked = self.tester.locked.get(here)
            if locked is not None:
                for node in locked.definitions:
                    with contextlib.suppress(Exception):
                        exec(compile(ast.Module([node], []), f"<cell {here}>", "exec"), self)
                self.pending.append(locked)
            for node in self.tester.missed_by(self, here):
                with contextlib.suppress(Exception):
                    exec(compile(ast.Module([node], []), f"<test {here}>", "exec"), self)
            for name, value in self.tester.bound.get(here, {}).items():
                dict.__setitem__(self, name, value)
        self.done = max(self.done, place)

    def _compute(self, name: str) -> bool:
        """Run the locked cells up to the one that binds `name`; return whether there is such a cell."""
        if not any(name in locked.names for locked in self.pending):
            return False
        while self.pending and any(name in locked.names for locked in self.pending):
            locked = self.pending.pop(0)
            quiet = contextlib.redirect_stdout(io.StringIO())
            with self.tester.locked_randomness, quiet, contextlib.suppress(Exception):
                exec(compile(ast.Module(locked.rest, []), "<locked>", "exec"), self)
            for bound in sorted(locked.names & self.keys()):
                self.tester.compare(bound, dict.__getitem__(self, bound))
        return dict.__contains__(self, name)
