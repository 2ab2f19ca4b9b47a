"""The tests of one notebook: each runs in the test process, against a process of the student's that is for it alone.

Which test runs when is up to the session; what the student's process is, to `cells`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from autograder.engine import faults
from autograder.engine.cells import ENDED_TOO_OFTEN, GONE, Bindings, StudentCells
from autograder.engine.environment import fault_of_cell
from autograder.engine.findings import Ending, Finding, FindingKind, Origin
from autograder.engine.inside import protocol
from autograder.engine.inside.analysis import names_bound_by, parse, used_names
from autograder.engine.inside.bounds import LARGEST_KEPT
from autograder.engine.items import Cell, CellReport, Item, Kind, not_well
from autograder.engine.lending import Lender, Lent
from autograder.engine.outputs_clean import clean_outputs
from autograder.engine.process import Process
from autograder.engine.reach import skimmed
from autograder.engine.watch import Watch
from autograder.engine.workshop import Workshop

NO_END = Finding(FindingKind.test_without_end)
Found = tuple[dict[str, Any] | None, str]
THREADS = Finding(FindingKind.threads)


@dataclass(frozen=True)
class Again:
    """How a test, or cells, ran with some functions of the author's.

    Has it passed, or have the cells come to their end? Has code of the student's raised an exception on the way?
    """

    is_well: bool
    has_raised: bool = False
    credit: float | None = None


NOT_AGAIN = Again(is_well=False)


class Tests:
    """Runs tests and reports on them among the reports of the cells."""

    def __init__(self, workshop: Workshop, item: Item, cells: StudentCells, deadline: float) -> None:
        self.workshop = workshop
        self.limits = workshop.limits
        self.item = item
        self.cells = cells
        self.lender = Lender(cells)
        self.reports = cells.reports
        self.deadline = deadline
        self.tester: Process | None = None
        self.bound: dict[int, Bindings] = {}  # what tests that everybody may read have bound, by their place
        self.given_up: dict[str, Finding] = {}  # functions that hung or died, and what was found of it
        self.oddities: list[str] = []

    def run_now(self, place: int, *, released_only: bool = False) -> None:
        """Run a test, or its released lines, up to which the cells have run."""
        self._run(place, self.lender.now, released_only=released_only)

    def run_afterwards(self, place: int, *, is_last: bool) -> None:
        """Run a hidden test after all cells have run, as if it were at its place, where it may be the last one."""
        self._run(place, lambda place: self.lender.afterwards(place, is_last=is_last))

    def again(self, lent: Lent, place: int, follow: list[str]) -> Again:
        """Run a test in which the author's functions take these names."""
        watch = self._watch(lent, self.item.cells[place].seconds)
        if watch is None:
            return NOT_AGAIN
        answer = self._ask(protocol.Test(op="test", place=place, released_only=False, follow=follow), lent, watch)
        if isinstance(answer, Finding):
            return NOT_AGAIN
        message = answer[0]
        return Again(message.get("fault") is None, bool(message["has_raised"]), message.get("credit"))

    def replay(self, lent: Lent, places: list[int], follow: list[str]) -> Again:
        """Let a process run cells with the author's functions under these names."""
        watch = self._watch(lent, sum(self.item.cells[place].seconds for place in places))
        if watch is None:
            return NOT_AGAIN
        cells = [(place, self.item.cells[place].released) for place in places]
        answer = self._ask(protocol.Replay(op="replay", follow=follow, cells=cells), lent, watch)
        if isinstance(answer, Finding):
            return NOT_AGAIN
        return Again(bool(answer[0]["is_done"]), bool(answer[0]["has_raised"]))

    def examine(self, lent: Lent, examining: Process, request: protocol.Diagnose, seconds: float) -> Found:
        """Let a prepared process find out what is wrong with a function; return that, and why it could not be done."""
        watch = Watch(examining, seconds, self.deadline, self.limits, other=lent.process, around=lent.around)
        answer = self._ask(request, lent, watch)
        if isinstance(answer, Finding):
            return None, ""
        return answer[0].get("found"), str(answer[0].get("fault", ""))

    def close(self) -> None:
        """End the test process."""
        if self.tester is not None:
            self.tester.kill()

    def _run(self, place: int, lend: Callable[[int], Lent | None], *, released_only: bool = False) -> None:
        lent = None if time.monotonic() > self.deadline else lend(place)
        if lent is None:
            self.reports[place] = self._found(self._why_none(), place)
            return
        try:
            report = self._against(lent, place, released_only=released_only)
        finally:
            self.cells.end_strays(lent.process)
            lent.end()
        if not released_only:
            self.reports[place] = report

    def _why_none(self) -> Finding:
        """Return why there is no process for a test."""
        if time.monotonic() <= self.deadline:
            return ENDED_TOO_OFTEN
        if self.cells.threads:
            return THREADS
        return Finding(FindingKind.notebook_time, numbers={"minutes": self.limits.notebook_seconds / 60})

    def _tester(self) -> Process:
        if self.tester is None:
            self.tester = self.workshop.spawn("test", list(self.item.given))
            solutions = {solution.name: solution.source for solution in self.item.solutions}
            cells = [_for_tests(cell, solutions) for cell in self.item.cells]
            notebook = protocol.Notebook(
                cells=cells,
                answers=sorted(self.item.answers),
                imports=self.item.imports,
                bank=self.item.bank,
                given_up=sorted(self.given_up),
            )
            self.tester.channel.send(notebook)
            for place, (message, blobs) in self.bound.items():  # by an earlier test process, which has ended
                bound = protocol.Bound(
                    op="bound",
                    place=place,
                    definitions=message["definitions"],
                    names=message["names"],
                    nodes=message["nodes"],
                )
                self.tester.channel.send(bound, list(map(bytes, blobs)))
        return self.tester

    def _against(self, lent: Lent, place: int, *, released_only: bool) -> CellReport:
        """Let the test process run a test against a process of the student's."""
        cell = self.item.cells[place]
        watch = self._watch(lent, cell.seconds)
        if watch is None:
            return self._found(NO_END, place)
        request = protocol.Test(op="test", place=place, released_only=released_only, follow=[])
        answer = self._ask(request, lent, watch)
        if isinstance(answer, Finding):
            return watch.measured(self._found(answer, place))
        message, blobs = answer
        if released_only:  # nobody reads that
            message["outputs"] = []
        if not cell.is_hidden or released_only:
            self._bind(place, message, blobs)
        return watch.measured(self._report(message, place, watch.ended_for))

    def _watch(self, lent: Lent, seconds: float) -> Watch | None:
        """Return a watch over the test process and the student's; None if there is no test process to be had."""
        try:
            tester = self._tester()
        except GONE:
            return None
        return Watch(tester, seconds, self.deadline, self.limits, other=lent.process, around=lent.around)

    def _ask(
        self, request: protocol.Test | protocol.Replay | protocol.Diagnose, lent: Lent, watch: Watch
    ) -> tuple[dict[str, Any], list[bytearray]] | Finding:
        """Send the test process a request and its end of a student's line; return the answer, or why none came."""
        tester = watch.main
        try:
            tester.channel.send(request, descriptors=(lent.line.fileno(),))
            found = watch.until(tester.channel.sock, lent.line)
            if found is None:
                return tester.channel.receive_soon(self.limits.patience.answer, blobs=LARGEST_KEPT)
        except GONE:
            found = NO_END
        tester.kill()
        if tester is self.tester:
            self.tester = None
        return found

    def _bind(self, place: int, message: dict[str, Any], blobs: list[bytearray]) -> None:
        if message["definitions"] or message["has_names"]:
            kept = {key: message[key] for key in ("definitions", "names", "nodes")}
            self.bound[place] = kept, blobs
            self.cells.bind(place, self.bound[place])

    def _found(self, finding: Finding, place: int, outputs: Iterable[dict[str, Any]] = ()) -> CellReport:
        """Return the report of a test of which something was found."""
        return not_well(replace(finding, test=self.item.cells[place].name), outputs)

    def _report(self, message: dict[str, Any], place: int, ended_for: Finding | None) -> CellReport:
        """Return the report of a test from what the test process says."""
        outputs = clean_outputs(message.get("outputs"), self.limits.outputs, self.cells.left, stream="stdout")
        self.oddities += [
            f"the name {name} of a locked cell has another value in the student's process"
            for name in message.get("differing", [])
        ]
        self.oddities += [
            f"the name {name} of the test {self.item.cells[place].name} holds more than is kept, so later cells lack it"
            for name in message.get("forgotten", [])
        ]
        fault, credit = message.get("fault"), message.get("credit")
        if fault is not None:
            return self._found(self._finding(fault, place, ended_for), place, outputs)
        if credit is not None:
            data = {"text/plain": repr(credit)}
            outputs.append({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None})
        return CellReport(outputs, credit=credit)

    def _finding(self, fault: dict[str, Any], place: int, ended_for: Finding | None) -> Finding:
        """Return what was found when a test ended with a fault."""
        if fault.get("origin") == "lost":
            return self._lost(str(fault.get("text")), ended_for)
        found = faults.in_test(fault, self.item.cells[place].name, self.item.cells)
        return replace(found, cause=self._cause(fault, place))

    def _lost(self, function: str, ended_for: Finding | None) -> Finding:
        """Return why a call never came back; the first time is remembered, since it is not called again."""
        if function in self.given_up:
            return Finding(FindingKind.not_called_again, function=function, cause=self.given_up[function])
        found = replace(ended_for or Finding(FindingKind.ended_in_call), function=function)
        self.given_up[function] = found
        return found

    def _cause(self, fault: dict[str, Any], test: int) -> Finding | None:
        """Return what was found of the cell that should have made what a test lacks.

        That is a cell of the student's for a missing name; for an assertion, a locked one whose names the test reads.
        """
        missing = re.search(r"'(\w+)'", str(fault.get("text"))) if fault.get("name") == "NameError" else None
        if missing:
            return self._why_missing(missing[1])
        if fault.get("origin") == "assert":
            used = used_names(parse(self.item.cells[test].source).body)
            for place, report in sorted(self.reports.items(), reverse=True):
                cell = self.item.cells[place]
                failed = cell.kind is Kind.locked and report.ending is not Ending.ok
                if failed and place < test and used & names_bound_by(cell.source):
                    return report.finding
        return None

    @cached_property
    def _words(self) -> dict[int, frozenset[str]]:
        """The words of each cell of the student's."""
        places = [place for place, cell in enumerate(self.item.cells) if cell.kind is Kind.student]
        texts = skimmed(self.item.cells[place].source for place in places)
        return {place: frozenset(re.findall(r"\w+", text)) for place, text in zip(places, texts, strict=True)}

    def _why_missing(self, name: str) -> Finding | None:
        """Return what was found of the student's cell that has this name, but has not bound it."""
        for place, report in self.reports.items():
            cell = self.item.cells[place]
            if name not in self._words.get(place, ()):
                continue
            if report.ending is not Ending.ok:
                return report.finding
            if apart := fault_of_cell(cell.source):
                return Finding(FindingKind.apart, Origin.student, cell=cell.name, environment=apart)
        return None


def _for_tests(cell: Cell, solutions: Mapping[str, str]) -> protocol.NotebookCell:
    """Return what the test process must know of a cell: of the student's, only what the author has there."""
    if cell.kind is Kind.student:
        return protocol.NotebookCell(kind=cell.kind, solution=solutions.get(cell.name, ""))
    known = protocol.NotebookCell(kind=cell.kind, released=cell.released, hidden=cell.is_hidden)
    if cell.is_hidden:
        known["source"] = cell.source
    return known
