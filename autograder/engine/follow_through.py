"""Each mistake costs once: a failed test runs again with the author's functions under the names of earlier mistakes.

If it passes then, the exercise is right in itself, and its report says which names it follows from. The names are those
of earlier exercises that have failed and that the test reaches; a name that the exercise binds itself stays. What cells
have computed with such a function, a trained network for example, is computed again. Where the student's code raises an
exception then, it may have agreed with the wrong function on a form of its own, the names in a cache for example: so it
runs once more, with the author's functions for all earlier exercises.

No text of the author's enters the student's process: it calls back into the test process.
"""

from __future__ import annotations

import time
from dataclasses import replace

from autograder.engine.cells import GONE, StudentCells
from autograder.engine.findings import Ending
from autograder.engine.items import Item, Kind
from autograder.engine.lending import Lent
from autograder.engine.reach import Reach
from autograder.engine.tests import NOT_AGAIN, Again, Tests

Names = frozenset[str]
Replay = tuple[int, tuple[int, ...], Names]  # where it starts, the cells that run, the author's names


class FollowThrough:
    """Follows the failed tests of one notebook through, after all its tests have run."""

    def __init__(self, item: Item, cells: StudentCells, tests: Tests) -> None:
        self.item = item
        self.cells = cells
        self.tests = tests
        self.reports = cells.reports
        self._replay: Replay | None = None
        self._replayed: Lent | None = None  # a process that has run the cells of `_replay`
        self._replay_has_raised = False
        self.wrong: dict[str, Names] = {}  # names of the exercises that have failed, each by itself

    def run(self) -> None:
        """Note in the reports of failed tests which names they follow from, if they pass without these."""
        wrong = self.wrong
        reach: Reach | None = None
        earlier: Names = frozenset()
        places = {cell.name: place for place, cell in enumerate(self.item.cells) if cell.kind is Kind.test}
        for solution in self.item.solutions:
            failed = [places[test] for test in solution.tests if test in places and self._has_failed(places[test])]
            if failed and wrong and self.item.follow_through and not self.item.is_unwritten(solution):
                reach = reach or Reach(self.item.cells)
                own = reach.bound_at(solution.name)
                for place in failed:
                    reached = reach.of_test(place) - own
                    self._follow(place, reach, reached & frozenset().union(*wrong.values()), reached & earlier)
            if any(not self.reports[place].follows for place in failed):
                wrong[solution.name] = solution.answers
            earlier |= solution.answers
        self.close()

    def close(self) -> None:
        """End the process that has run cells again."""
        if self._replayed is not None:
            self._replayed.end()
        self._replay = self._replayed = None

    def _has_failed(self, place: int) -> bool:
        return self.reports[place].ending not in (Ending.ok, Ending.kept)

    def _follow(self, place: int, reach: Reach, names: Names, earlier: Names) -> None:
        if not names:
            return
        again = self._again(place, reach, names)
        if again.has_raised and not again.is_well and earlier > names:
            again = self._again(place, reach, earlier)
        if again.is_well:
            self.reports[place] = replace(self.reports[place], credit=again.credit, follows=tuple(sorted(names)))

    def _again(self, place: int, reach: Reach, names: Names) -> Again:
        """Run the test at `place` with the author's functions under these names."""
        if time.monotonic() > self.tests.deadline:
            return NOT_AGAIN
        affected = reach.affected(place, names)
        lent = self._at(place, affected, names) if affected else self.tests.lender.again(place)
        if lent is None:
            return NOT_AGAIN
        try:
            again = self.tests.again(lent, place, sorted(names))
        finally:
            self.cells.end_strays(lent.process)
            lent.end()
        return replace(again, has_raised=True) if affected and self._replay_has_raised else again

    def _at(self, place: int, affected: list[int], names: Names) -> Lent | None:
        """Return a copy of a process that has run cells again with the author's names."""
        kept = [here for here, cell in enumerate(self.item.cells[: affected[0]]) if cell.is_hidden]
        start = kept[-1] if kept else affected[0]
        cells = [here for here in range(start, place) if self.item.cells[here].kind is not Kind.test]
        replay = start, tuple(cells), names
        if self._replay != replay:
            self.close()
            self._replay, self._replayed = replay, self._run_again(replay)
        around = self._replayed
        if around is None:
            return None
        try:
            return Lent(*self.cells.workshop.copy_of(around.process), around.around)
        except GONE:
            self.close()
            return None

    def _run_again(self, replay: Replay) -> Lent | None:
        start, cells, names = replay
        lent = self.tests.lender.again(start)
        if lent is None:
            return None
        again = self.tests.replay(lent, list(cells), sorted(names))
        self._replay_has_raised = again.has_raised
        if not again.is_well:
            lent.end()
            return None
        self.cells.end_strays(lent.process)  # from now on it is known as ours
        return lent
