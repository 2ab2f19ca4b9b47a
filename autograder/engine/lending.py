"""Lends each test a process of the student's: a copy, or, where a copy would lack threads, one that ran the cells anew.

Where no other test needs the original any more, the test gets the original instead of a copy. Whoever borrows a process
ends it; the lender ends only what could not be handed over.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

from autograder.engine.cells import GONE, StudentCells
from autograder.engine.process import Process


@dataclass(frozen=True)
class Lent:
    """A process for one test, our end of its line, and the first process of the namespace that it lives in."""

    process: Process
    line: socket.socket
    around: Process

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.line.close()


class Lender:
    """Lends the tests of one notebook their processes.

    Where cells leave threads running, each test gets a process of its own that is brought to its place anew. Hidden
    tests then get no copies at all, and none of the cells' threads and children is there any more while they run.
    """

    def __init__(self, cells: StudentCells) -> None:
        self.cells = cells

    def now(self, place: int) -> Lent | None:
        """Return a process for a test at `place`, up to which the cells have run; None if it cannot be had."""
        return self._lend(place, self.cells.ready_at)

    def afterwards(self, place: int, *, is_last: bool = False) -> Lent | None:
        """Return a process for the hidden test at `place`, after all cells have run; None if it cannot be had.

        If it `is_last`, nobody needs the student's state at this place any more.
        """
        lent = None if self.cells.threads else self._lend(place, self.cells.kept, is_last=is_last)
        if not self.cells.threads:
            return lent
        if lent is not None:  # threads were noticed only now, in a process that was brought back
            lent.end()
        self.cells.close()
        return self._anew(place)

    def again(self, place: int) -> Lent | None:
        """Return a process for going on at `place` after all tests have run; None if it cannot be had."""
        return self.afterwards(place) if self.cells.item.cells[place].is_hidden else self._anew(place)

    def finish(self) -> None:
        """Prepare for the hidden tests, after all cells have run: nothing of the cells' own may run beside them."""
        if self.cells.process is not None:
            self.cells.notices_threads(self.cells.process)
        if self.cells.threads:
            self.cells.close()
        self.cells.left_running |= self.cells.end_strays()

    def _lend(self, place: int, origin: Callable[[int], Process | None], *, is_last: bool = False) -> Lent | None:
        """Return a copy of what `origin` gives; whoever does not make one is given up, and asked once more anew."""
        for _ in range(2):
            process = origin(place)
            if process is not None and self.cells.notices_threads(process):
                return self._anew(place)
            try:
                if process is not None and self.cells.process is not None:
                    return self._itself(process) if is_last else self._copy(process, self.cells.process)
            except GONE:
                pass
            self.cells.lose()
        return None

    def _copy(self, process: Process, around: Process) -> Lent:
        return Lent(*self.cells.workshop.copy_of(process), around)

    def _itself(self, process: Process) -> Lent:
        around = self.cells.process
        turned, line = self.cells.workshop.turn(process)
        self.cells.let_go(process)
        return Lent(turned, line, turned if around is None or process is around else around)

    def _anew(self, place: int) -> Lent | None:
        """Return a process that was brought to `place` for this one test, as it is: it has its threads."""
        for _ in range(2):
            process = self.cells.twin().ready_at(place)
            if process is None:
                return None
            try:
                turned, line = self.cells.workshop.turn(process)
            except GONE:
                process.kill()
                continue
            return Lent(turned, line, turned)
        return None
