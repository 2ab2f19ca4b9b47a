"""Finds out what is wrong with the functions that have failed: the last pass through a notebook.

A process that is `prepared` for it calls each of them with inputs of the assignment's bank, in a process in which the
cells have run `afresh` up to the exercise's last test: what is shown of these calls can tell nothing of a hidden test.
Names of other exercises that have failed are the author's there. It gives no points.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import Any

from autograder.engine.afresh import Afresh
from autograder.engine.cells import GONE, StudentCells
from autograder.engine.diagnoses import Counterexample, Diagnosis, Known, Relation, Rung
from autograder.engine.findings import Ending
from autograder.engine.inside import protocol
from autograder.engine.inside.analysis import bound_names, skim
from autograder.engine.items import Item, Kind, Solution
from autograder.engine.limits import Effort
from autograder.engine.process import Process
from autograder.engine.reach import Reach
from autograder.engine.tests import Tests

Names = frozenset[str]
Found = dict[str, Any]
Answer = tuple[Found | None, str]


class Examiner:
    """Examines the failed functions of one notebook."""

    def __init__(self, item: Item, cells: StudentCells, tests: Tests, effort: Effort) -> None:
        self.item = item
        self.cells = cells
        self.tests = tests
        self.effort = effort
        self.found: list[Diagnosis] = []
        self.oddities: list[str] = []
        self.afresh: Afresh | None = None

    def run(self, wrong: Mapping[str, Names]) -> None:
        """Examine the exercises that have failed, whose names `wrong` lists by exercise."""
        if not self.item.bank:
            return
        others = frozenset().union(*wrong.values())
        examined = [one for one in self.item.solutions if one.name in wrong and not self.item.is_unwritten(one)]
        if examined:
            # A bank's call may use other exercises' functions beside the one that is examined.
            names = frozenset().union(*(self._bound_by(solution.name) for solution in self.item.solutions))
            self.afresh = Afresh(self.cells, Reach(self.item.cells).needless(self.item.answers, names))
        for solution in examined:
            self._examine(solution, others - self._bound_by(solution.name))
        self.close()

    def close(self) -> None:
        """End the process that has run the cells anew."""
        if self.afresh is not None:
            self.afresh.close()

    def _bound_by(self, name: str) -> Names:
        cells = [cell for cell in self.item.cells if cell.name == name]
        return frozenset().union(*(bound_names(skim(cell.released).body) for cell in cells), {name})

    def _examine(self, solution: Solution, follow: Names) -> None:
        if time.monotonic() > self.tests.deadline:
            return
        places = [place for place, cell in enumerate(self.item.cells) if self._is_test_of(solution, place)]
        answer = self._asked(places[-1], solution, follow) if places else None
        if answer is None:
            return
        found, fault = answer
        if fault:
            self.oddities.append(f"the bank of misconceptions cannot be used for {solution.name}: {fault}")
        if found is not None and not self._says_it_itself(solution, found):
            with contextlib.suppress(ValueError, TypeError, KeyError):
                self.found.append(_diagnosis(solution.name, found))
        elif (
            found is None and not fault and any(self.cells.reports[place].ending is Ending.timeout for place in places)
        ):
            self.found.append(Diagnosis(solution.name, Rung.slow))

    def _asked(self, place: int, solution: Solution, follow: Names) -> Answer | None:
        """Return what is found out about a function, and why it cannot be; None if there is no process to ask.

        It goes without an example that a fresh process of the student's does not show.
        """
        examining = self._examining(solution)
        if examining is None:
            return None, ""
        try:
            answer = self._ask(examining, place, solution, follow)
            found = answer[0] if answer else None
            if found is None or not found["example"] or self.cells.threads:
                return answer
            again = self._ask(examining, place, solution, follow, again=True)
            confirmed = again[0] if again else None
            is_lost = confirmed is None or confirmed["rung"] == Rung.lost
            return {**found, "example": None} if is_lost else confirmed, ""
        finally:
            examining.kill()

    def _examining(self, solution: Solution) -> Process | None:
        """Return a process that has drawn the inputs of an exercise, or None if it cannot be started."""
        with contextlib.suppress(*GONE):
            prepared = self.cells.workshop.prepared
            return prepared.copy_for(self.item, solution.name, self.effort, self.tests.deadline)
        return None

    def _ask(
        self, examining: Process, place: int, solution: Solution, follow: Names, *, again: bool = False
    ) -> Answer | None:
        """Ask once, with a fresh process of the student's at `place`; return None if it cannot be started."""
        lent = None if self.afresh is None else self.afresh.lend(place)
        if self.afresh is None or lent is None:
            return None
        request = protocol.Diagnose(
            op="diagnose",
            exercise=solution.name,
            follow=sorted(follow),
            again=again,
            probes=self.effort.probes,
            looks=self.effort.looks,
        )
        try:
            return self.tests.examine(lent, examining, request, self.effort.seconds)
        finally:
            self.afresh.end_strays(lent.process)
            lent.end()

    def _says_it_itself(self, solution: Solution, found: Mapping[str, Any]) -> bool:
        """Return whether a function is missing since its cell ended with an exception, which its tests name."""
        cells = [place for place, cell in enumerate(self.item.cells) if cell.name == solution.name]
        failed = any(self.cells.reports[place].ending is not Ending.ok for place in cells)
        return failed and found["rung"] == Rung.missing

    def _is_test_of(self, solution: Solution, place: int) -> bool:
        cell = self.item.cells[place]
        return cell.kind is Kind.test and cell.name in solution.tests


def _diagnosis(exercise: str, found: Mapping[str, Any]) -> Diagnosis:
    """Return a diagnosis from what the test process says."""
    said = zip(found["labels"], found["says"], found["see"], found["kinds"], strict=True)
    known = tuple(Known(*map(str, one)) for one in said)
    between, example = found["relation"], found["example"]
    return Diagnosis(
        exercise,
        Rung(found["rung"]),
        known,
        tuple(found["where"]),
        Relation(str(between["kind"]), float(between["number"]), str(between["size"])) if between else None,
        _counterexample(example) if example else None,
    )


def _counterexample(example: Mapping[str, Any]) -> Counterexample:
    lines = tuple(map(str, example["lines"]))
    return Counterexample(
        lines, str(example["call"]), str(example["theirs"]), str(example["right"]), str(example["raised"])
    )
