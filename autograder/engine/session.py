"""One notebook through the engine, in two passes.

First the student's cells run in their order, with the tests that everybody may read in between. Whatever they print is
settled then. Only after that do the hidden tests run, each against a copy of the student's process as it stood at that
place of the notebook: so nothing that a hidden test hands to a student's function can come out of a student's cell.
"""

from __future__ import annotations

import atexit
import platform
import re
import socket
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder.engine.cells import GONE, Bindings, StudentCells
from autograder.engine.explain import Explainer, Why, clean_outputs, ended
from autograder.engine.inside import protocol
from autograder.engine.inside.analysis import bound_names, does_something, parse
from autograder.engine.watch import Watch
from autograder.engine.work import Cell, CellReport, Ending, Item, Kind, Report, SandboxKind, Settings
from autograder.engine.workshop import Process, Workshop, copy_of

SECONDS_IN_ALL = 1800
TOO_LATE = Why(Ending.timeout, f"Not run: the whole notebook may take {SECONDS_IN_ALL // 60} minutes.")
NO_STATE = Why(Ending.error, "Not run: the Python process of the notebook has ended too often.")
NO_END = Why(Ending.error, "The test did not come to an end with what the student's code gave it.")

_workshops: dict[tuple[SandboxKind, Path | None], Workshop] = {}


def run_item(item: Item, settings: Settings, on_cell: Callable[[], None] = lambda: None) -> Report:
    """Run one notebook and return what became of each of its cells.

    Parameters
    ----------
    item
        The cells and the files beside them.
    settings
        The sandbox, the data set, the limit of CPU seconds for a cell.
    on_cell
        Called after each cell.

    Raises
    ------
    EnvironmentProblem
        If the sandbox cannot start.
    """
    session = Session(_workshop(settings), item, on_cell)
    try:
        return session.run()
    finally:
        session.close()


def environment(settings: Settings) -> dict[str, str]:
    """Return what a verdict depends on besides the submission and the assignment: versions, and the sandbox."""
    return {
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "matplotlib": version("matplotlib"),
        "ipython": version("ipython"),
        "sandbox": settings.sandbox.value,
    }


def require_sandbox(settings: Settings) -> None:
    """Start this process's server, if it does not run yet.

    Raises
    ------
    EnvironmentProblem
        If the sandbox cannot start; the message says what to do.
    """
    _workshop(settings)


def close() -> None:
    """End this process's servers and all that they started."""
    while _workshops:
        _workshops.popitem()[1].close()


atexit.register(close)


def _workshop(settings: Settings) -> Workshop:
    key = (settings.sandbox, settings.data)
    found = _workshops.get(key)
    if found is not None and found.server.poll() is not None:
        found.close()
        found = None
    if found is None:
        found = _workshops[key] = Workshop(settings.sandbox, settings.data)
    return found


class Session:
    """The run of one notebook: its cells, its tests, the process that the tests run in."""

    def __init__(self, workshop: Workshop, item: Item, on_cell: Callable[[], None]) -> None:
        self.workshop = workshop
        self.item = item
        self.on_cell = on_cell
        self.deadline = time.monotonic() + SECONDS_IN_ALL
        self.explainer = Explainer(item.cells)
        self.cells = StudentCells(workshop, item, self.explainer, self.deadline)
        self.reports = self.cells.reports
        self.tester: Process | None = None
        self.bound: dict[int, Bindings] = {}  # what tests that everybody may read have bound, by their place
        self.given_up: dict[str, Why] = {}  # functions that hung or died, and why
        self.oddities: list[str] = []

    def run(self) -> Report:
        """Run both passes."""
        hidden = []
        for place, cell in enumerate(self.item.cells):
            if cell.kind is not Kind.test:
                self.cells.run(place)
            elif self.item.tests is not None and cell.name not in self.item.tests:
                self.reports[place] = CellReport(ending=Ending.kept)
                if bound_names(parse(cell.released).body):  # for later cells
                    self._test(place, self.cells.at, released_only=True)
            elif not cell.is_hidden:
                self._test(place, self.cells.at)
            else:
                hidden.append(place)
                self.cells.remember(place)
                if does_something(parse(cell.released)):
                    self._test(place, self.cells.at, released_only=True)
                continue
            self.on_cell()
        for place in hidden:
            self._test(place, self.cells.then)
            self.on_cell()
        if self.cells.left_running:
            self.oddities.append("a cell left processes running; they were ended")
        return Report(tuple(self.reports[place] for place in range(len(self.item.cells))), self._distinct_oddities())

    def _distinct_oddities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.oddities))

    def close(self) -> None:
        """End all processes of this notebook."""
        self.cells.close()
        if self.tester is not None:
            self.tester.kill()

    # The tests.

    def _tester(self) -> Process:
        if self.tester is None:
            self.tester = self.workshop.spawn("test", list(self.item.given))
            cells = [_for_tests(cell) for cell in self.item.cells]
            notebook = protocol.Notebook(
                cells=cells,
                answers=sorted(self.item.answers),
                imports=self.item.imports,
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

    def _test(self, place: int, origin: Callable[[int], Process | None], *, released_only: bool = False) -> None:
        """Run a test, or its released lines, against a fresh copy of what `origin` gives for its place."""
        if time.monotonic() > self.deadline:
            self.reports[place] = ended(TOO_LATE)
            return
        made = self._copy(place, origin)
        if made is None:
            self.reports[place] = ended(NO_STATE)
            return
        copy, line = made
        with line:
            try:
                report = self._against(copy, line, place, released_only=released_only)
            finally:
                self.cells.end_strays(copy)
                copy.kill()
        if not released_only:
            self.reports[place] = report

    def _copy(self, place: int, origin: Callable[[int], Process | None]) -> tuple[Process, socket.socket] | None:
        """Return a copy of the student's process; whoever does not make one is given up, and asked once more anew."""
        for _ in range(2):
            process = origin(place)
            try:
                if process is not None:
                    return copy_of(process)
            except GONE:
                pass
            self.cells.lose()
        return None

    def _against(self, copy: Process, line: socket.socket, place: int, *, released_only: bool) -> CellReport:
        """Let the test process run a test; `line` is its end of the line to the copy."""
        cell = self.item.cells[place]
        request = protocol.Test(op="test", place=place, released_only=released_only)
        try:
            tester = self._tester()
        except GONE:
            return ended(NO_END)
        watch = Watch(tester, cell.seconds, self.deadline, other=copy, around=self.cells.process)
        try:
            tester.channel.send(request, descriptors=(line.fileno(),))
            why = watch.until(tester.channel.sock, line)
            if why is None:
                message, blobs = tester.channel.receive_soon()
                if not cell.is_hidden or released_only:
                    self._bind(place, message, blobs)
                return watch.measured(self._explain(message, cell, watch.ended_for))
        except GONE:
            why = NO_END
        report = watch.measured(ended(why))
        tester.kill()
        self.tester = None
        return report

    def _bind(self, place: int, message: dict[str, Any], blobs: list[bytearray]) -> None:
        if message["definitions"] or message["has_names"]:
            self.bound[place] = message, blobs
            self.cells.bind(place, self.bound[place])

    def _explain(self, message: dict[str, Any], cell: Cell, why: Why | None) -> CellReport:
        """Return the report of a test from what the test process says."""
        outputs = clean_outputs(message.get("outputs"), stream="stdout")
        self.oddities += [
            f"the name {name} of a locked cell has another value in the student's process"
            for name in message.get("differing", [])
        ]
        fault = message.get("fault")
        if fault is None:
            credit = message.get("credit")
            if credit is not None:
                data = {"text/plain": repr(credit)}
                outputs.append({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None})
            return CellReport(outputs, credit=credit)
        if fault.get("origin") == "lost":
            return ended(self._lost(str(fault.get("text")), why), outputs)
        ending, shown, detail = self.explainer.explain(fault, hidden=cell.is_hidden)
        cause = self._cause(fault)
        if cause is not None:
            ending = cause.ending if cause.ending is Ending.timeout else ending
            shown, detail = (f"{text}. Its cell has ended with this: {cause.message}" for text in (shown, detail))
        name = "AssertionError" if ending is Ending.failed else str(fault.get("name"))
        error = {"output_type": "error", "ename": name, "evalue": shown, "traceback": [detail]}
        return CellReport([*outputs, error], ending, shown, detail)

    def _lost(self, function: str, why: Why | None) -> Why:
        """Return why a call never came back; the first time is remembered, since it is not called again."""
        shown = function if function in self.explainer.words else "a function"
        if function in self.given_up:
            before = self.given_up[function]
            return Why(before.ending, f"{shown} is not called again. {before.sentence}")
        self.given_up[function] = why = why or Why(Ending.error, f"The Python process ended in a call of {shown}.")
        return why

    def _cause(self, fault: dict[str, Any]) -> CellReport | None:
        """Return the report of the cell that should have bound a missing name and did not end well."""
        missing = re.search(r"'(\w+)'", str(fault.get("text"))) if fault.get("name") == "NameError" else None
        for place, report in self.reports.items():
            cell = self.item.cells[place]
            failed = cell.kind is Kind.student and report.ending is not Ending.ok
            if missing and failed and re.search(rf"\b{missing[1]}\b", cell.source):
                return report
        return None


def _for_tests(cell: Cell) -> protocol.NotebookCell:
    """Return what the test process must know of a cell: of the student's, only that it is there."""
    if cell.kind is Kind.student:
        return protocol.NotebookCell(kind=cell.kind)
    known = protocol.NotebookCell(kind=cell.kind, released=cell.released, hidden=cell.is_hidden)
    if cell.is_hidden:
        known["source"] = cell.source
    return known
