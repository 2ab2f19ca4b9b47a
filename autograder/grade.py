"""The way of a grading run: each submission is read, aligned, run on some worker, judged and recorded.

Submissions are read when a worker has room for them and forgotten when they are recorded, so a class of ten thousand
takes no more memory than one of ten. Whatever is written is written here, by one thread, one submission after the
other; a run that was stopped can be started again and grades what is missing or changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Protocol

from autograder import errand
from autograder.align import Aligned, Assignment, align, read_assignment
from autograder.course import Course
from autograder.digest import digest, files_below
from autograder.engine.sandbox import require_program
from autograder.engine.session import environment
from autograder.engine.work import SandboxKind, Settings
from autograder.errors import EnvironmentProblem, SubmissionError, UsageError
from autograder.farm import Farm, WorkerDied, cores, local
from autograder.intake import Submission, read_submission, students
from autograder.interrupts import deferred
from autograder.notebook import code_cells
from autograder.record import Recorder
from autograder.verdict import Status, Verdict, judge


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
        lost = [cell for cell in verdict.cells if cell.status is not Status.passed]
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


@dataclass
class Outcome:
    """What a grading run did: a line for each verdict it wrote, how many were up to date, whom it could not grade."""

    log: Path
    graded: list[Line] = field(default_factory=list)
    unchanged: int = 0
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What to grade and how; `only` empty means every student who handed something in, 0 workers one per core."""

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
        If the sandbox or the workers cannot start, or the gradebook cannot be written.
    """
    course.source_notebook(request.assignment)
    if request.settings.sandbox is SandboxKind.bwrap:
        require_program()
    handed_in = _handed_in(course, request)
    workers = min(request.workers or cores(), len(handed_in))
    prepare = partial(errand.prepare, request.settings)
    with (
        Farm(lambda: local(workers), prepare, errand.close) as farm,  # it starts while the assignment is registered
        Recorder(course, request.assignment) as recorder,
    ):
        return _Run(course, request, watcher, farm, recorder).grade(handed_in)


def _handed_in(course: Course, request: Request) -> list[str]:
    name, found = request.assignment, students(course, request.assignment)
    missing = [student for student in request.only if student not in found]
    if missing or not found:
        whom = f" for {', '.join(missing)}" if missing else ""
        raise UsageError(f"Nothing to grade{whom}: there is no {course.submitted}/STUDENT/{name}/{name}.ipynb.")
    return [student for student in found if not request.only or student in request.only]


class _Run:
    """One grading run: its assignment, where its submissions go, and which of them are under way."""

    def __init__(self, course: Course, request: Request, watcher: Watcher, farm: Farm, recorder: Recorder) -> None:
        name = request.assignment
        self.course, self.request, self.watcher, self.farm, self.recorder = course, request, watcher, farm, recorder
        with deferred():
            self.released = recorder.register()
        self.assignment = read_assignment(course, name, self.released)
        self.environment = environment(request.settings)
        self.work = Work(self.assignment, request.settings, self.environment)
        self.under_way: dict[str, tuple[Submission, Aligned]] = {}
        self.outcome = Outcome(course.reports / name / "grading.log")

    def grade(self, handed_in: list[str]) -> Outcome:
        """Grade these students' submissions."""
        expected = sum(1 for notebook in self.released.values() for _ in code_cells(notebook))
        self.tally = _Tally(self.watcher, len(handed_in), expected)
        for student, answer in self.farm.run(errand.run, self._errands(handed_in), self.tally.step):
            submission, aligned = self.under_way.pop(student)
            try:
                line = self._finish(submission, aligned, answer)
            except Exception as error:  # whatever one submission does, the others are graded
                self._cannot(student, error)
            else:
                self.outcome.graded.append(line)
                self._log(student, f"{line.score:g}/{line.max_score:g}", f"{line.seconds:.1f} s", line.lost)
                self.watcher.submission_done(line)
            self.tally.end(student)
        return self.outcome

    def _errands(self, handed_in: list[str]) -> Iterator[tuple[str, errand.Errand]]:
        """Yield the submissions that have to be run; note the others in the outcome."""
        for student in handed_in:
            try:
                submission = read_submission(self.course, self.request.assignment, student)
                if not self.request.force and self.recorder.recorded_work(student) == self.work.digest(submission):
                    self.outcome.unchanged += 1
                    self.tally.skip()
                    continue
                aligned = align(self.assignment, submission, self.request.settings.seconds)
            except Exception as error:
                self._cannot(student, error)
                self.tally.skip()
                continue
            self.under_way[student] = (submission, aligned)
            self.tally.begin(student, sum(len(item.cells) for item in aligned.items.values()))
            yield student, errand.pack(aligned.items, self.request.settings, self.farm.share)

    def _finish(self, submission: Submission, aligned: Aligned, answer: errand.Answer | Exception) -> Line:
        """Judge and record what came back."""
        if isinstance(answer, Exception):
            raise answer
        verdict = judge(
            self.assignment,
            aligned,
            answer.reports,
            submission.student,
            self.work.data_set,
            self.work.digest(submission),
            self.environment,
        )
        with deferred():
            self.recorder.record(aligned, answer.reports, verdict, submission)
        return Line.of(verdict, answer.seconds)

    def _cannot(self, student: str, error: Exception) -> None:
        """Note that a submission cannot be graded; pass on what ends the run."""
        if isinstance(error, OSError | UsageError | EnvironmentProblem):
            raise error
        kind = "" if isinstance(error, WorkerDied) else f"{type(error).__name__}: "
        reason = " ".join(f"{kind}{error}".split())
        problem = str(error) if isinstance(error, SubmissionError) else f"{student} could not be run ({reason})."
        self.outcome.problems[student] = problem
        self._log(student, "not graded", problem)

    def _log(self, *words: str) -> None:
        """Add a line to the log of the assignment: when, who, what."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        self.outcome.log.parent.mkdir(parents=True, exist_ok=True)
        with self.outcome.log.open("a", encoding="utf-8") as log:
            log.write("\t".join([now, *(" ".join(word.split()) for word in words)]) + "\n")


class _Tally:
    """Counts cells for the watcher: an estimate for submissions not yet read, the truth for the others."""

    def __init__(self, watcher: Watcher, submissions: int, expected: int) -> None:
        self.watcher, self.expected = watcher, expected
        self.cells, self.done = submissions * expected, 0
        self.running: dict[str, tuple[int, int]] = {}  # cells and cells done
        self.lock = Lock()
        watcher.begin(submissions, self.cells)

    def skip(self) -> None:
        """Count a submission out."""
        self._update(cells=-self.expected)

    def begin(self, student: str, cells: int) -> None:
        """Count a submission in that has so many cells."""
        self.running[student] = (cells, 0)
        self._update(cells=cells - self.expected)

    def step(self, student: str, done: int) -> None:
        """Count the cells of a submission that is being run."""
        with self.lock:
            if student in self.running:
                cells, _ = self.running[student]
                self.running[student] = (cells, min(done, cells))
        self._update()

    def end(self, student: str) -> None:
        """Count all cells of a submission as done."""
        with self.lock:
            cells, _ = self.running.pop(student)
        self._update(done=cells)

    def _update(self, done: int = 0, cells: int = 0) -> None:
        with self.lock:
            self.done += done
            self.cells += cells
            now = self.done + sum(steps for _, steps in self.running.values())
        self.watcher.progress(now, self.cells)


class Work:
    """What every verdict of a run depends on besides the submission."""

    def __init__(self, assignment: Assignment, settings: Settings, versions: Mapping[str, str]) -> None:
        engine, data = Path(__file__).parent, settings.data
        self.data_set = "vendored" if data is None else f"files {digest(files_below(data), data)[:12]}"
        self._base = json.dumps(
            {
                "assignment": assignment.digest,
                "engine": digest(files_below(engine), engine),
                "versions": dict(versions),
                "sandbox": settings.sandbox,
                "seconds": settings.seconds,
                "data set": self.data_set,
            },
            sort_keys=True,
        )

    def digest(self, submission: Submission) -> str:
        """Return the hash of all that the verdict on this submission depends on."""
        return hashlib.sha256(f"{self._base}\0{submission.digest}".encode()).hexdigest()
