"""The cells of a notebook once more, in namespaces of their own, which nothing of a hidden test has entered.

What a student reads of a process that a hidden test's arguments have reached could tell these: it has the same files
and the same memory as the processes that were called, whatever became of those.
"""

from __future__ import annotations

from collections.abc import Collection

from autograder.engine.cells import StudentCells
from autograder.engine.lending import Lender, Lent
from autograder.engine.process import Process


class Afresh(StudentCells):
    """A twin of a notebook's cells, brought from place to place; `left_out` are cells that it does not run."""

    def __init__(self, cells: StudentCells, left_out: Collection[int]) -> None:
        super().__init__(cells.workshop, cells.item, cells.deadline, keeps_copies=False)
        self.know_from(cells)
        self._lethal |= set(left_out)
        self._stands = 0  # all before this place has run

    def lend(self, place: int) -> Lent | None:
        """Return a process that stands at `place`; None if it cannot be had."""
        return Lender(self).now(place)

    def ready_at(self, place: int, *, for_change: bool = False) -> Process | None:
        """Return the process once it has run all before `place`."""
        if self.process is not None and (place < self._stands or not self.process.is_waiting()):
            self.close()
        while self.process is not None and self._stands < place:
            self._again(self._stands)
            self._stands += 1
        process = super().ready_at(place, for_change=for_change)
        self._stands = place
        return process
