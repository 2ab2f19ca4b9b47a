"""What is asked of a grading run, and what it tells on the way and in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from autograder.engine.items import Settings

if TYPE_CHECKING:
    from autograder.course.course import Course
    from autograder.grading.verdict import Test, TestFaults, Verdict
    from autograder.records.changes import Change
    from autograder.records.lateness import Lateness

SEVERAL = 3  # who have tried a test and failed say something about the test


@dataclass(frozen=True)
class Line:
    """What is kept of a graded submission in a run; `lost` says where it lost points, `odd` what was irregular."""

    student: str
    score: float
    max_score: float
    seconds: float
    lost: str
    odd: str = ""

    @classmethod
    def of(cls, verdict: Verdict, seconds: float) -> Line:
        """Return the line of a verdict."""
        lost = [cell for cell in verdict.cells if cell.status != "passed"]
        told = ", ".join(dict.fromkeys(f"{cell.exercise} {cell.status}" for cell in lost))
        odd = [f"{len(found)} {word}" for found, word in _irregular(verdict) if found]
        score = verdict.score, verdict.max_score
        return cls(verdict.student, *score, seconds, told or "all tests passed", ", ".join(odd))


def _irregular(verdict: Verdict) -> tuple[tuple[tuple[str, ...], str], ...]:
    count = len(verdict.oddities)
    return (verdict.tampering, "tampering"), (verdict.oddities, "oddity" if count == 1 else "oddities")


class Watcher(Protocol):
    """Somebody who wants to see a run as it goes on; the command line draws a progress bar."""

    def begin(self, submissions: int, cells: int) -> None:
        """Say how much there is to do, as far as it is known yet."""

    def progress(self, done: int, cells: int) -> None:
        """Say how many cells are done, of how many; called from several threads."""

    def submission_done(self, line: Line) -> None:
        """Say that a submission is recorded."""

    def tell(self, sentence: str) -> None:
        """Say what happens to the workers."""


@dataclass
class Outcome:
    """What a grading run did: a line for each verdict it wrote, who was up to date, and why it could not grade others.

    `changes` are the scores that are not what they were before, `faults` the tests that the author's own solution
    fails, each with the reason, `late` says how late everybody was. `attempts` and `passes` count for each test who has
    tried it and who has passed.
    """

    log: Path
    graded: list[Line] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    faults: TestFaults = field(default_factory=dict)
    late: dict[str, Lateness] = field(default_factory=dict)
    attempts: Counter[Test] = field(default_factory=Counter)
    passes: Counter[Test] = field(default_factory=Counter)

    def add(self, line: Line, verdict: Verdict) -> None:
        """Take note of a verdict that was written."""
        self.graded.append(line)
        for cell in verdict.cells:
            self.attempts[cell.notebook, cell.test] += cell.status != "not attempted"
            self.passes[cell.notebook, cell.test] += cell.status in ("passed", "followed through")

    @property
    def unpassed(self) -> list[str]:
        """The sound tests that several have tried in this run and nobody has passed."""
        tried = [test for test, count in self.attempts.items() if count >= SEVERAL and not self.passes[test]]
        return [name for notebook, name in tried if (notebook, name) not in self.faults]

    def account_for(self, handed_in: Iterable[str]) -> None:
        """Name everybody of whom the run has said nothing: whoever was not graded is a problem, whatever happened."""
        told = {line.student for line in self.graded} | {*self.unchanged} | self.problems.keys()
        for student in handed_in:
            if student not in told:
                self.problems[student] = (
                    f"{student} was not graded, and nothing says why: this is a fault of autograder. Start the same "
                    f"command again, and report it with {self.log}."
                )


@dataclass(frozen=True)
class Request:
    """What to grade, how and where.

    `only` empty means every student who handed something in, 0 workers one per core. `scheduler` is the address of a
    Dask cluster that exists already; without one, workers are started on this machine. `draw` names the draw that
    hidden tests take their inputs from; None for the one of the course's configuration.
    """

    assignment: str
    settings: Settings = field(default_factory=Settings)
    only: tuple[str, ...] = ()
    force: bool = False
    workers: int = 0
    scheduler: str | None = None
    draw: str | None = None


def log_path(course: Course, name: str) -> Path:
    """Return the file that keeps what grading runs of an assignment did, and the tracebacks of crashes."""
    return course.reports / name / "grading.log"
