"""Vets one assignment: the cheap checks first, then the solution, then what its tests catch."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from autograder.course.assignment import Assignment, read_assignment
from autograder.course.course import Course
from autograder.course.faults import Fault
from autograder.course.release import generated
from autograder.engine.items import Settings
from autograder.engine.limits import Effort
from autograder.grading.grader import Grader
from autograder.records.verdicts import write_solution
from autograder.runs import start
from autograder.vetting.banked import faults_of_bank
from autograder.vetting.field import Field, Watcher
from autograder.vetting.gate import faults_of_release, faults_of_source, keep_fit, read_released
from autograder.vetting.mutants import try_mutants
from autograder.vetting.report import Report, hidden_in
from autograder.vetting.solution import Solved, try_solution
from autograder.vetting.trivial import faults_of_trivial
from autograder.vetting.variants import Variants

OTHER_DRAW = "vetting"  # the name of the second draw
CHECKS = ("leak", "solution", "trivial", "misconceptions", "mutants")


@dataclass(frozen=True)
class Options:
    """How an assignment is vetted.

    Parameters
    ----------
    settings
        Of the grading.
    quick
        Whether cells that take long, and their tests, are left out.
    with_mutants
        Whether mutants are tried.
    workers
        At most; 0 for one per core.
    """

    settings: Settings = field(default_factory=Settings)
    quick: bool = False
    with_mutants: bool = True
    workers: int = 0


class Vetting:
    """The vetting of one assignment."""

    def __init__(self, course: Course, name: str, options: Options, watcher: Watcher) -> None:
        self.course, self.name, self.options = course, name, options
        self.settings = replace(options.settings, private=course.private())
        self.watcher = _Counting(watcher)
        self.report = Report(name)

    def run(self) -> Report:
        """Return what is found.

        Raises
        ------
        UsageError
            If there is no such assignment, or its notebooks cannot be read.
        EnvironmentProblem
            If the sandbox cannot start.
        """
        began = time.monotonic()
        sources = self.course.read_sources(self.name)
        self.report.hidden = hidden_in(sources)
        if self._finds("leak", faults_of_source(sources)):
            self._look_at_release_and_tests()
        self.report.notebooks, self.report.seconds = self.watcher.notebooks, time.monotonic() - began
        return self.report

    def _finds(self, following: str, faults: Iterable[Fault]) -> bool:
        """Note faults, and what is not looked at because of them; return whether there are none."""
        found = list(faults)
        self.report.faults += found
        self.report.not_looked_at = list(CHECKS[CHECKS.index(following) :]) if found else []
        return not found

    def _look_at_release_and_tests(self) -> None:
        sources = self.course.read_sources(self.name)
        with generated(self.course, self.name) as folder:
            released = read_released(folder, sources)
            self.report.faults += faults_of_release(self.course, self.name, sources, folder)
        assignments = [read_assignment(self.course, self.name, released, draw) for draw in (None, OTHER_DRAW)]
        with start.workers_here(self.settings, self.options.workers) as pool:
            self._try(Field(pool, self.watcher), *assignments)

    def _try(self, field: Field, usual: Assignment, other: Assignment) -> None:
        graders = {draw: Grader(of, self.settings) for draw, of in (("", usual), (OTHER_DRAW, other))}
        solved = try_solution(field, graders, quick=self.options.quick)
        self.report.left_out = solved.left_out
        if not self._finds("trivial", solved.faults):
            return
        self._keep(graders[""], solved)
        hasty = Variants(Grader(replace(usual, bank=""), self.settings), solved.taken, in_haste=True)
        limits = replace(self.settings.limits, effort=Effort(looks=0))  # nobody reads the examples
        diagnosing = Variants(Grader(usual, replace(self.settings, limits=limits)), solved.taken, in_haste=False)
        self.report.faults += faults_of_trivial(field, hasty)
        self.report.faults += faults_of_bank(field, diagnosing)
        if self.options.with_mutants:
            self.report.mutated = try_mutants(field, hasty, diagnosing)

    def _keep(self, grader: Grader, solved: Solved) -> None:
        """Keep that the solution passes, so that a release or a grading run need not try it again."""
        if self.options.quick:
            keep_fit(self.course, grader)
        else:
            write_solution(self.course, solved.tried.verdict)


class _Counting:
    """Counts the notebooks that are run, for somebody who watches."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self.notebooks = 0

    def begin(self, what: str, notebooks: int) -> None:
        self._watcher.begin(what, notebooks)

    def done(self) -> None:
        self.notebooks += 1
        self._watcher.done()
