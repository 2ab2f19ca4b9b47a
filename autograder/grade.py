"""The door to grading: looks at what is asked for, starts the workers, and leaves the rest to `run`.

It imports little, so that the workers start while the rest of the machinery is still being loaded.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from autograder.course import Course
from autograder.engine.sandbox import require_program
from autograder.engine.work import SandboxKind, Settings
from autograder.errors import UsageError
from autograder.farm import errand
from autograder.farm.doors import cluster, cores, local
from autograder.farm.farm import Farm
from autograder.intake.submission import students

if TYPE_CHECKING:
    from autograder.records.changes import Change
    from autograder.verdict import Verdict


@dataclass(frozen=True)
class Line:
    """What is kept of a graded submission during the run; `lost` says where it lost points."""

    student: str
    score: float
    max_score: float
    seconds: float
    lost: str

    @classmethod
    def of(cls, verdict: Verdict, seconds: float) -> Line:
        """Return the line of a verdict."""
        lost = [cell for cell in verdict.cells if cell.status != "passed"]
        told = ", ".join(dict.fromkeys(f"{cell.exercise} {cell.status}" for cell in lost))
        return cls(verdict.student, verdict.score, verdict.max_score, seconds, told or "all tests passed")


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
    """What a grading run did: a line for each verdict it wrote, how many were up to date, whom it could not grade.

    `changes` are the scores that are not what they were before.
    """

    log: Path
    graded: list[Line] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What to grade, how and where.

    `only` empty means every student who handed something in, 0 workers one per core. `scheduler` is the address of a
    Dask cluster that exists already; without one, workers are started on this machine.
    """

    assignment: str
    settings: Settings = field(default_factory=Settings)
    only: tuple[str, ...] = ()
    force: bool = False
    workers: int = 0
    scheduler: str | None = None


def grade(course: Course, request: Request, watcher: Watcher) -> Outcome:
    """Grade the submissions of one assignment and record them.

    Raises
    ------
    UsageError
        If the assignment is unknown or nobody handed anything in.
    EnvironmentProblem
        If the sandbox or the workers cannot start, or the gradebook cannot be written.
    """
    course.source_notebook(request.assignment)
    handed_in = _handed_in(course, request)
    with _farm(request, len(handed_in), watcher) as farm:
        from autograder.records.record import Recorder  # they bring nbgrader along
        from autograder.run import Run

        with Recorder(course, request.assignment) as recorder:
            return Run(course, request, watcher, farm, recorder).grade(handed_in)


def _farm(request: Request, submissions: int, watcher: Watcher) -> Farm:
    """Return the workers that are asked for, no more than there are submissions."""
    settings = request.settings
    if request.scheduler:
        settings, has_data = replace(settings, data=None), settings.data is not None
        prepare = partial(errand.prepare_far, settings, errand.Needs.here(), has_data=has_data)
        most = min(request.workers or submissions, submissions)
        return Farm(cluster(request.scheduler), prepare, errand.close, most, watcher.tell)
    if settings.sandbox is SandboxKind.bwrap:
        require_program()
    workers = min(request.workers or cores(), submissions)
    return Farm(local(workers), partial(errand.prepare, settings), errand.close)


def _handed_in(course: Course, request: Request) -> list[str]:
    name, found = request.assignment, students(course, request.assignment)
    missing = [student for student in request.only if student not in found]
    if missing or not found:
        whom = f" for {', '.join(missing)}" if missing else ""
        raise UsageError(f"Nothing to grade{whom}: there is no {course.submitted}/STUDENT/{name}/{name}.ipynb.")
    return [student for student in found if not request.only or student in request.only]
