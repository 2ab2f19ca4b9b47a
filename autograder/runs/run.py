"""One grading run: each submission is read, aligned, run on some worker, judged and recorded.

Submissions are read when a worker has room for them and forgotten when they are recorded, so a class of ten thousand
takes no more memory than one of ten. Whatever is written is written here, by one thread, one submission after the
other; a run that was stopped can be started again and grades what is missing or changed: where only the tests of some
exercises have changed, only those exercises.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from autograder.course.assignment import read_assignment
from autograder.course.cells import code_cells
from autograder.course.course import Course
from autograder.engine.items import Item
from autograder.engine.session import environment
from autograder.errors import AutograderError, EnvironmentProblem
from autograder.farm.dask.farm import Farm, WorkerDied
from autograder.files.disk import disk_problem
from autograder.grading.basis import Work
from autograder.grading.judge import judge, merged
from autograder.grading.partial import Part
from autograder.grading.verdict import Basis
from autograder.intake.align import Aligned, align
from autograder.intake.submission import Submission, read_submission
from autograder.interrupts import deferred
from autograder.records.changes import Recorded, changes, is_current, stale
from autograder.records.record import Recorder
from autograder.runs import errand
from autograder.runs.request import Line, Outcome, Request, Watcher, log_path
from autograder.shown.terminal import plain

logger = logging.getLogger(__name__)


class _SentBack(Exception):
    """What a worker sent back instead of reports; whatever it is, it is not an error of this process."""


@dataclass(frozen=True)
class _UnderWay:
    """A submission that is being run: what its verdict will depend on, what was recorded of it.

    `part` says what of it is graded; None for all.
    """

    submission: Submission
    aligned: Aligned
    basis: Basis
    recorded: Recorded
    part: Part | None


class Run:
    """One grading run: its assignment, where its submissions go, and which of them are under way."""

    def __init__(self, course: Course, request: Request, watcher: Watcher, farm: Farm, recorder: Recorder) -> None:
        name = request.assignment
        self.course, self.request, self.watcher, self.farm, self.recorder = course, request, watcher, farm, recorder
        with deferred():
            self.released = recorder.register()
        self.assignment = read_assignment(course, name, self.released)
        self.environment = environment(request.settings)
        self.work = Work(self.assignment, request.settings, self.environment)
        self.under_way: dict[str, _UnderWay] = {}
        self.outcome = Outcome(log_path(course, name))

    def grade(self, handed_in: list[str]) -> Outcome:
        """Grade these students' submissions."""
        expected = sum(1 for notebook in self.released.values() for _ in code_cells(notebook))
        self.tally = _Tally(self.watcher, len(handed_in), expected)
        for student, answer in self.farm.run(errand.run, self._errands(handed_in), self.tally.step):
            try:
                line = self._finish(self.under_way.pop(student), answer)
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
                begun = self._begin(student)
                work = None if begun is None else self._pack(begun)
            except Exception as error:
                self._cannot(student, error)
                self.tally.skip()
                continue
            if begun is None or work is None:
                self.outcome.unchanged.append(student)
                self.tally.skip()
                continue
            self.under_way[student] = begun
            self.tally.begin(student, sum(len(item.cells) for item, _ in work.items.values()))
            yield student, work

    def _begin(self, student: str) -> _UnderWay | None:
        """Read a submission and see what of it has to be graded; None if nothing has."""
        submission = read_submission(self.course, self.request.assignment, student)
        basis, recorded, part = self.work.basis(submission), self.recorder.recorded(student), None
        if not self.request.force:
            if is_current(recorded, basis):
                return None
            exercises = stale(recorded, basis)
            if exercises != basis.tests.keys():
                part = self.recorder.part(student, exercises)
        aligned = align(self.assignment, submission, self.request.settings.seconds)
        return _UnderWay(submission, aligned, basis, recorded, part)

    def _items(self, begun: _UnderWay) -> dict[str, Item]:
        """Return what has to be run of a submission: its notebooks, each with the tests that are needed."""
        if begun.part is None:
            return begun.aligned.items
        tests = self.work.tests_for(begun.part.exercises)
        return {name: replace(item, tests=tests[name]) for name, item in begun.aligned.items.items() if name in tests}

    def _pack(self, begun: _UnderWay) -> errand.Errand:
        return errand.pack(self._items(begun), self.request.settings, self.farm, self.work.data_set)

    def _finish(self, begun: _UnderWay, answer: errand.Answer | Exception) -> Line:
        """Judge and record what came back."""
        if isinstance(answer, Exception):
            raise _SentBack from answer
        submission, aligned = begun.submission, begun.aligned
        verdict = judge(
            self.assignment,
            aligned,
            answer.reports,
            submission.student,
            self.work.data_set,
            begun.basis,
            self.environment,
        )
        if begun.part is not None and begun.recorded.verdict is not None:
            verdict = merged(verdict, begun.recorded.verdict, begun.part.exercises)
        changed = changes(begun.recorded, verdict)
        with deferred():
            self.recorder.record(aligned, answer.reports, verdict, submission, changed, begun.part)
        self.outcome.changes += changed
        return Line.of(verdict, answer.seconds)

    def _cannot(self, student: str, error: Exception) -> None:
        """Note that a submission cannot be graded; pass on what ends the run: a gradebook or a disk that fails.

        A submission may provoke any other exception, and then it is about that submission alone.
        """
        if isinstance(error, _SentBack):
            error = error.__cause__ if isinstance(error.__cause__, Exception) else error
        elif isinstance(error, EnvironmentProblem):
            raise error
        else:
            for cause in (error, error.__cause__):
                if problem := disk_problem(cause, self.course.submitted):
                    raise problem from error
        self.outcome.problems[student] = sentence = _sentence(student, error, self.outcome.log)
        self._log(student, "not graded", sentence, crash=None if _is_ours(error) else error)

    def _log(self, *words: str, crash: Exception | None = None) -> None:
        """Add a line to the log of the assignment: when, who, what; with the traceback of what should not happen."""
        logger.info("\t".join(" ".join(plain(word).split()) for word in words), exc_info=crash)


def _is_ours(error: Exception) -> bool:
    """Tell whether an exception is one of our sentences."""
    return isinstance(error, AutograderError | WorkerDied)


def _sentence(student: str, error: Exception, log: Path) -> str:
    """Return why a submission could not be graded; of a crash, whose fault it is and where its traceback is."""
    try:
        told = " ".join(str(error).split())
    except Exception:  # an exception can be such that nobody can print it
        told = "its message cannot be shown"
    if isinstance(error, AutograderError):
        return told
    if isinstance(error, WorkerDied):
        return f"{student} could not be run ({told})."
    whose = "" if isinstance(error, OSError) else "This is a fault of autograder, not of the student: report it. "
    return (
        f"{student} could not be run ({type(error).__name__}: {told}). {whose}"
        f"The traceback is in {log}: send this file along when you ask for help."
    )


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
