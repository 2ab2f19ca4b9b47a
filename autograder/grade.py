"""The way of a grading run: intake, execution on all cores, verdict, record.

Executions run side by side; whatever is written is written here, by one thread, one submission after the other. A run
that was stopped can be started again and grades what is missing or changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Protocol

import psutil
from nbformat import NotebookNode

from autograder.course import Course
from autograder.digest import digest, files_below
from autograder.errors import Stopped, SubmissionError, UsageError
from autograder.execute import Settings, run_cells
from autograder.intake import Submission, files_beside, read_submission, students
from autograder.notebook import code_cells, time_limits
from autograder.record import Recorder, verdict_path
from autograder.sandbox import SandboxKind, require_sandbox
from autograder.verdict import Verdict, judge

Executed = tuple[NotebookNode, float]  # the notebook with its outputs, and the seconds that it took


class Watcher(Protocol):
    """Somebody who wants to see a run as it goes on; the command line draws a progress bar."""

    def begin(self, submissions: int, cells: int) -> None:
        """Say how much there is to do."""

    def cell_done(self) -> None:
        """Say that one more cell was run, in any submission; called from several threads."""

    def submission_done(self, verdict: Verdict, seconds: float) -> None:
        """Say that a submission is recorded."""


@dataclass
class Outcome:
    """What a grading run did: the verdicts it wrote, who was up to date, and who could not be graded and why."""

    verdicts: list[Verdict] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What to grade and how; `only` empty means every student who handed something in."""

    assignment: str
    settings: Settings = field(default_factory=Settings)
    only: tuple[str, ...] = ()
    force: bool = False
    workers: int = 0


def grade(course: Course, request: Request, watcher: Watcher) -> Outcome:
    """Grade the submissions of one assignment and record them.

    Raises
    ------
    UsageError
        If the assignment is unknown or nobody handed anything in.
    EnvironmentProblem
        If the sandbox cannot start or the gradebook cannot be written.
    """
    name = request.assignment
    limits = time_limits(course.read_source(name))
    if request.settings.sandbox is SandboxKind.bwrap:
        require_sandbox()
    handed_in = _handed_in(course, request)
    recorder, outcome = Recorder(course, name), Outcome()
    released = recorder.register()
    work = Work(course, name, request.settings)
    waiting = list(_waiting(recorder, work, request, handed_in, outcome))
    watcher.begin(len(waiting), sum(1 for item in waiting for _ in code_cells(item.notebook)))

    def run(item: Submission, cell_done: Callable[[], None]) -> Executed:
        start = monotonic()
        notebook = run_cells(item.notebook, limits, work.files_beside(item), request.settings, cell_done)
        return notebook, monotonic() - start

    with _side_by_side(run, waiting, request.workers, watcher.cell_done) as finished:
        for item, future in finished:
            try:
                executed, seconds = future.result()
                verdict = Verdict(name, item.student, work.data_set, work.digest(item), judge(executed, released))
            except Exception as error:  # whatever one submission does, the others are graded
                reason = " ".join(f"{type(error).__name__}: {error}".split())
                outcome.problems[item.student] = f"{item.student} could not be run ({reason}); start again."
                continue
            try:
                recorder.record(executed, verdict)
            except SubmissionError as error:
                outcome.problems[item.student] = str(error)
            else:
                outcome.verdicts.append(verdict)
                watcher.submission_done(verdict, seconds)
    return outcome


def _handed_in(course: Course, request: Request) -> list[str]:
    name, found = request.assignment, students(course, request.assignment)
    missing = [student for student in request.only if student not in found]
    if missing or not found:
        whom = f" for {', '.join(missing)}" if missing else ""
        raise UsageError(f"Nothing to grade{whom}: there is no {course.submitted}/STUDENT/{name}/{name}.ipynb.")
    return [student for student in found if not request.only or student in request.only]


@contextlib.contextmanager
def _side_by_side(
    run: Callable[[Submission, Callable[[], None]], Executed],
    waiting: list[Submission],
    workers: int,
    cell_done: Callable[[], None],
) -> Iterator[Iterator[tuple[Submission, Future[Executed]]]]:
    """Run submissions in threads and yield each when it is done; leave no process behind, however this ends."""
    stopping = Event()

    def cell_done_unless_stopped() -> None:
        if stopping.is_set():
            raise Stopped("The run was stopped.")
        cell_done()

    others = set(psutil.Process().children(recursive=True))
    pool = ThreadPoolExecutor(workers or os.cpu_count() or 1)
    futures = {pool.submit(run, item, cell_done_unless_stopped): item for item in waiting}
    try:
        yield ((futures[future], future) for future in as_completed(futures))
    finally:
        stopping.set()
        for kernel in set(psutil.Process().children(recursive=True)) - others:
            with contextlib.suppress(psutil.NoSuchProcess):
                kernel.kill()
        pool.shutdown(cancel_futures=True)


def _waiting(
    recorder: Recorder, work: Work, request: Request, handed_in: list[str], outcome: Outcome
) -> Iterator[Submission]:
    """Yield the sanitised submissions that have to be run; note the others in `outcome`."""
    recorded = recorder.students()
    for student in handed_in:
        try:
            submission = read_submission(recorder.course, recorder.name, student)
            if student in recorded and not request.force and work.is_done(submission):
                outcome.unchanged.append(student)
                continue
            yield replace(submission, notebook=recorder.sanitise(submission.notebook, student))
        except SubmissionError as error:
            outcome.problems[student] = str(error)


class Work:
    """What every submission of a run depends on: the assignment, the engine, the settings, the data set."""

    def __init__(self, course: Course, name: str, settings: Settings) -> None:
        self.course = course
        self.name = name
        folder, engine = course.source / name, Path(__file__).parent
        self.given = course.given_files(name)
        self.data_set = (
            "vendored" if settings.data is None else f"files {digest(files_below(settings.data), settings.data)[:12]}"
        )
        self._base = json.dumps(
            [
                digest(files_below(folder), folder),
                digest(files_below(engine), engine),
                version("numpy"),
                settings.sandbox,
                settings.seconds,
                self.data_set,
            ]
        )

    def digest(self, submission: Submission) -> str:
        """Return the hash of all that the verdict on this submission depends on."""
        return hashlib.sha256(f"{self._base}\0{submission.digest}".encode()).hexdigest()

    def is_done(self, submission: Submission) -> bool:
        """Tell whether there is a verdict on just this work already."""
        path = verdict_path(self.course, self.name, submission.student)
        autograded = self.course.autograded / submission.student / self.name
        if not (path.is_file() and autograded.is_dir()):
            return False
        try:
            return bool(json.loads(path.read_text(encoding="utf-8"))["work"] == self.digest(submission))
        except (ValueError, KeyError, TypeError):
            return False

    def files_beside(self, submission: Submission) -> list[tuple[str, Path]]:
        """Return the files that a submission's notebook finds beside it."""
        return files_beside([(path.relative_to(submission.folder), path) for path in submission.files], self.given)
