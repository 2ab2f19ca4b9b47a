"""The student's process of one notebook: brought from cell to cell, brought back after a death, copied for tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from autograder.engine import faults
from autograder.engine.findings import Finding, FindingKind
from autograder.engine.inside import protocol
from autograder.engine.inside.frames import Closed, Malformed
from autograder.engine.items import CellReport, Item, Kind, not_well
from autograder.engine.outputs_clean import clean_outputs
from autograder.engine.process import Process
from autograder.engine.watch import Watch, end_strays
from autograder.engine.workshop import Workshop

DIED = Finding(FindingKind.ended_in_cell)
ENDED_TOO_OFTEN = Finding(FindingKind.ended_too_often)
GONE = (Closed, Malformed, TimeoutError)

Bindings = tuple[dict[str, Any], list[bytearray]]


class StudentCells:
    """Runs the student's and the locked cells of a notebook, each once as far as reports go.

    A cell that kills or blocks the process is not run again: a new process is brought to where the old one was. For
    the hidden tests, a copy of the process is kept as it stood at their place; it is made when the process is about to
    go on, so that tests at the end of a notebook need none.

    A copy loses the threads of its process. If the process has threads, no copy is kept, and `lending` runs the cells
    anew for each test instead.
    """

    def __init__(self, workshop: Workshop, item: Item, deadline: float, *, keeps_copies: bool = True) -> None:
        self.workshop = workshop
        self.limits = workshop.limits
        self.item = item
        self.deadline = deadline
        self.reports: dict[int, CellReport] = {}
        self.left = self.limits.outputs.for_outputs()  # for what cells and tests put out
        self.left_running = False  # did a cell leave processes behind?
        self.threads = ""  # what was noticed that a copy lacks: "threads", or "threads and processes"
        self.came_back = False  # did the process end after all cells had run?
        self.process: Process | None = None  # the one that runs the cells, unless it has just died
        self._keeps_copies = keeps_copies
        self._starts = 0
        self._is_settled = False
        self._lethal: set[int] = set()
        self._suspects: set[int] = set()  # cells that left processes behind
        self._bindings: dict[int, Bindings] = {}
        self._copies: dict[int, Process] = {}  # by the place of the test that they wait for
        self._handed_over: set[int] = set()  # places whose copy somebody else looks after
        self._ours: set[int] = set()  # ids of all copies that were made of it
        self._waiting: list[int] = []  # hidden tests whose place is where the process stands now

    def run(self, place: int) -> None:
        """Run the cell at `place`; its report is in `reports` afterwards."""
        process = self.ready_at(place, for_change=True)
        self.reports[place] = not_well(ENDED_TOO_OFTEN) if process is None else self._run(process, place)

    def remember(self, place: int) -> None:
        """Keep the state at `place` for a hidden test."""
        if self.ready_at(place) is not None:
            self._waiting.append(place)

    def bind(self, place: int, bindings: Bindings) -> None:
        """Give later cells the names that the released lines of the test at `place` have bound."""
        self._bindings[place] = bindings
        process = self.ready_at(place, for_change=True)
        if process is not None:
            self._bind(process, place)

    def settle(self) -> None:
        """Let what has been reported be final: a process that is brought back from now on only answers calls."""
        self._is_settled = True

    def kept(self, place: int) -> Process | None:
        """Return what to copy for the hidden test at `place`, after all cells have run; None if it cannot be had."""
        if place in self._handed_over:  # to a test that seemed to be the last that needs it
            self.close()
            self._handed_over.clear()
        if self.ready_at(len(self.item.cells)) is None:
            return None
        return self.process if place in self._waiting else self._copies.get(place)

    def let_go(self, process: Process) -> None:
        """Forget a process that somebody else looks after from now on."""
        if process is self.process:
            self.process = None
        self._handed_over |= {place for place, copy in self._copies.items() if copy is process}
        self._copies = {place: copy for place, copy in self._copies.items() if copy is not process}

    def shares(self, place: int, other: int) -> bool:
        """Return whether the tests at two places wait for one process, or for none as far as is known."""
        return {place, other} <= set(self._waiting) or self._copies.get(place) is self._copies.get(other)

    def twin(self) -> StudentCells:
        """Return cells that nothing has run of, which know what has gone wrong here and what tests have bound."""
        other = StudentCells(self.workshop, self.item, self.deadline, keeps_copies=False)
        other.know_from(self)
        return other

    def know_from(self, other: StudentCells) -> None:
        """Take over what went wrong in other cells of this notebook and what tests have bound there."""
        self._lethal |= other._lethal
        self._bindings |= other._bindings

    def notices_threads(self, process: Process) -> bool:
        """Return whether a process has threads, which a copy of it would lack; it is remembered."""
        if not process.has_threads():
            return False
        until = time.monotonic() + (0 if self.threads else self.limits.patience.threads)
        while time.monotonic() < until:
            time.sleep(self.limits.patience.afterwards)
            if not process.has_threads():
                return False
        has_children = not self._ours.issuperset(process.children())
        if has_children or not self.threads:
            self.threads = "threads and processes" if has_children else "threads"
        return True

    def end_strays(self, *ours: Process) -> bool:
        """End what the student's code has started beside our copies; return whether there was anything.

        The children of a process with threads may be a pool that later cells use; they end with the process.
        """
        if self.process is None or self.process.has_threads():
            return False
        self._ours |= {process.pid for process in ours}
        return end_strays(self.process, self._ours)

    def close(self) -> None:
        """End all its processes."""
        for process in {process.pid: process for process in self._all()}.values():
            process.kill()
        self.process = None
        self._copies.clear()
        self._waiting.clear()

    def _all(self) -> Iterator[Process]:
        if self.process is not None:
            yield self.process
        yield from self._copies.values()

    def ready_at(self, place: int, *, for_change: bool = False) -> Process | None:
        """Return a process that has run all before `place`; if it is about to change, waiting tests get their copy."""
        if self.process is not None and not self._copies_wait():  # a test's call has ended or stopped them
            self.lose()
        while True:
            if self.process is None and not self._start(place):
                return None
            if not (for_change and self._waiting) or self._copy_for_waiting():
                return self.process

    def _copies_wait(self) -> bool:
        copies = {copy.pid: copy for copy in self._copies.values()}  # tests that wait at one place share a copy
        return all(copy.is_waiting() for copy in copies.values())

    def _start(self, place: int) -> bool:
        """Start a process and run what came before `place` again; return whether it could be done."""
        while self.process is None:
            self._starts += 1
            if self._starts > self.limits.starts or time.monotonic() > self.deadline:
                return False
            try:
                self.process = self.workshop.spawn("student", [*self.item.given, *self.item.own])
            except GONE:
                continue
            for earlier in range(place):
                self._again(earlier)
                if self.process is None:
                    break
        return True

    def _again(self, place: int) -> None:
        """Do once more what was done at `place` before a death."""
        cell = self.item.cells[place]
        process = self.process
        if cell.is_hidden and self._keeps_copies:
            self._waiting.append(place)
        changes = (cell.kind is not Kind.test and place not in self._lethal) or place in self._bindings
        if process is None or not changes or (self._waiting and not self._copy_for_waiting()):
            return
        if cell.kind is not Kind.test:
            self._run(process, place, is_again=True)  # its first report stays, whatever becomes of it now
        else:
            self._bind(process, place)

    def _copy_for_waiting(self) -> bool:
        """Make the copy for the tests that wait here; return whether the process is still there."""
        assert self.process is not None
        if self.notices_threads(self.process):
            self._waiting.clear()
            return True
        try:
            copy, _ = self.workshop.copy_of(self.process)
        except GONE:
            self.lose()
            return False
        self._ours.add(copy.pid)
        self._copies.update(dict.fromkeys(self._waiting, copy))
        self._waiting.clear()
        return True

    def _run(self, process: Process, place: int, *, is_again: bool = False) -> CellReport:
        """Run one cell; the process is gone afterwards if the cell has killed or blocked it.

        What it puts out `is_again` is of no interest.
        """
        cell = self.item.cells[place]
        watch = Watch(process, cell.seconds, self.deadline, self.limits)
        try:
            process.channel.send(protocol.Cell(op="cell", number=place, source=cell.released))
            found = watch.until(process.channel.sock)
            if found is None:
                message, _ = process.channel.receive_soon(self.limits.patience.answer, blobs=0)
                report = CellReport() if is_again else watch.measured(self._report(message, cell.name))
                if self.end_strays():
                    self.left_running |= not self._is_settled
                    self._suspects.add(place)
                if self._starts > 1:  # something has gone wrong before: give it time to show
                    time.sleep(self.limits.patience.afterwards)
                if not self._copies_wait():  # it has ended or stopped them
                    self._lethal.add(place)
                    self.lose()
                return report
        except GONE:
            found = DIED
        report = watch.measured(not_well(replace(found, cell=cell.name)))
        self._lethal.add(place)
        self.lose()
        return report

    def _report(self, message: dict[str, Any], cell: str) -> CellReport:
        """Return the report of a cell from what the student's process says."""
        outputs = clean_outputs(message.get("outputs"), self.limits.outputs, self.left)
        fault = message.get("fault")
        if not isinstance(fault, dict):
            return CellReport(outputs)
        return not_well(replace(faults.in_cell(fault, self.item.cells), cell=cell), outputs)

    def _bind(self, process: Process, place: int) -> None:
        message, blobs = self._bindings[place]
        definitions = protocol.Define(op="define", source=message["definitions"])
        names = protocol.Bind(op="bind", names=message["names"], nodes=message["nodes"])
        parts: tuple[tuple[protocol.Define | protocol.Bind, list[bytes]], ...]
        parts = (definitions, []), (names, [bytes(blob) for blob in blobs])
        try:
            for request, values in parts:
                process.channel.send(request, values)
                watch = Watch(process, self.limits.patience.binding, self.deadline, self.limits)
                if watch.until(process.channel.sock) is not None:
                    raise Closed
                process.channel.receive_soon(self.limits.patience.answer, blobs=0)
        except GONE:
            self._bindings.pop(place)
            self.lose()

    def lose(self) -> None:
        """Give up the process, and what may have spoilt it; its copies lived in its namespaces and go with it."""
        self._lethal |= self._suspects
        self.came_back |= self._is_settled
        self.close()
