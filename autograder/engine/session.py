"""One notebook through the engine, in three passes.

First the student's cells run in their order, with the tests that everybody may read in between. Whatever they print is
settled then. Only after that do the hidden tests run, each against a copy of the student's process as it stood at that
place of the notebook: so nothing that a hidden test hands to a student's function can come out of a student's cell.
In the end, failed tests are followed through: what fails because of an earlier exercise is right in itself; and what
is wrong with the functions that have failed is found out.
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable

from autograder.engine.cells import StudentCells
from autograder.engine.examine import Examiner
from autograder.engine.findings import Ending
from autograder.engine.follow_through import FollowThrough
from autograder.engine.inside.analysis import does_something, names_bound_by, parse
from autograder.engine.items import CellReport, Item, Kind, Report, Settings
from autograder.engine.limits import Effort
from autograder.engine.tests import Tests
from autograder.engine.workshop import Workshop
from autograder.engine.workshops import Workshops

_workshops = Workshops()


def run_item(item: Item, settings: Settings, on_cell: Callable[[], None] = lambda: None) -> Report:
    """Run one notebook and return what became of each of its cells.

    Parameters
    ----------
    item
        The cells and the files beside them.
    settings
        The sandbox, the data set, the limits.
    on_cell
        Called after each cell.

    Raises
    ------
    EnvironmentProblem
        If the sandbox cannot start.
    """
    session = Session(_workshops.get(settings), item, on_cell, settings.limits.effort)
    try:
        return session.run()
    finally:
        session.close()


def require_sandbox(settings: Settings) -> None:
    """Start this process's server, if it does not run yet.

    Raises
    ------
    EnvironmentProblem
        If the sandbox cannot start; the message says what to do.
    """
    _workshops.get(settings)


def close() -> None:
    """End this process's servers and all that they started."""
    _workshops.close()


atexit.register(close)


class Session:
    """The run of one notebook: its cells, its tests, and failed tests once more."""

    def __init__(self, workshop: Workshop, item: Item, on_cell: Callable[[], None], effort: Effort) -> None:
        self.item = item
        self.on_cell = on_cell
        deadline = time.monotonic() + workshop.limits.notebook_seconds
        self.cells = StudentCells(workshop, item, deadline)
        self.tests = Tests(workshop, item, self.cells, deadline)
        self.follow_through = FollowThrough(item, self.cells, self.tests)
        self.examiner = Examiner(item, self.cells, self.tests, effort)
        self.reports = self.cells.reports
        self._of_cells: list[str] = []

    def run(self) -> Report:
        """Run all passes."""
        hidden = []
        for place, cell in enumerate(self.item.cells):
            if cell.kind is not Kind.test:
                self.cells.run(place)
            elif self.item.tests is not None and cell.name not in self.item.tests:
                self.reports[place] = CellReport(ending=Ending.kept)
                if names_bound_by(cell.released):  # for later cells
                    self.tests.run_now(place, released_only=True)
            elif not cell.is_hidden:
                self.tests.run_now(place)
            else:
                hidden.append(place)
                self.cells.remember(place)
                if does_something(parse(cell.released)):
                    self.tests.run_now(place, released_only=True)
                continue
            self.on_cell()
        self.tests.lender.finish()
        self._settle()
        for number, place in enumerate(hidden, start=1):
            if self._is_enough():
                self.reports[place] = CellReport(ending=Ending.kept)
                continue
            shared = any(self.cells.shares(place, later) for later in hidden[number:])
            self.tests.run_afterwards(place, is_last=not shared and self._all_is_well())
            self.on_cell()
        self.follow_through.run()
        self.examiner.run(self.follow_through.wrong)
        reports = tuple(self.reports[place] for place in range(len(self.item.cells)))
        return Report(reports, self._oddities(), tuple(self.examiner.found))

    def _is_enough(self) -> bool:
        """Return whether a test has failed after which no other is of interest."""
        cells = ((self.item.cells[place], report) for place, report in self.reports.items())
        return any(cell.name in self.item.enough and report.ending is not Ending.ok for cell, report in cells)

    def _all_is_well(self) -> bool:
        """Return whether nothing has failed so far, so that no test will have to be followed through from there."""
        return all(report.ending in (Ending.ok, Ending.kept) for report in self.reports.values())

    def _settle(self) -> None:
        """Note what was irregular about the cells; nothing that happens from now on changes what is said of them."""
        self.cells.settle()
        if self.cells.left_running:
            self._of_cells.append("a cell left processes running; they were ended")
        if self.cells.threads:
            self._of_cells.append(
                f"a cell left {self.cells.threads} running, which a copy of its process lacks: the notebook ran again "
                "for each test"
            )

    def _oddities(self) -> tuple[str, ...]:
        found = [*self.tests.oddities, *self.examiner.oddities, *self._of_cells]
        if self.cells.came_back and not self.cells.threads:
            found.append(
                "a hidden test's call ended the process of the notebook: its cells ran once more for the tests after "
                "it, and what they put out then was thrown away"
            )
        return tuple(dict.fromkeys(found))

    def close(self) -> None:
        """End all processes of this notebook."""
        self.follow_through.close()
        self.examiner.close()
        self.cells.close()
        self.tests.close()
