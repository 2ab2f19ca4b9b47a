"""One grading run: each submission is read, aligned, run on some worker, judged and recorded.

Submissions are read when a worker has room for them and forgotten when they are recorded, so a class of ten thousand
takes no more memory than one of ten. Whatever is written is written here, by one thread, one submission after the
other; a run that was stopped can be started again and grades what is missing or changed: where only the tests of some
exercises have changed, only those exercises.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from autograder.course.assignment import read_assignment
from autograder.course.cells import code_cells
from autograder.course.course import Course
from autograder.engine.items import Item
from autograder.engine.session import environment
from autograder.errors import EnvironmentProblem, SubmissionError, UsageError
from autograder.farm.pool import Pool, results_of
from autograder.farm.tasks import TaskFailed
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
from autograder.runs.request import Line, Outcome, Request, Watcher
from autograder.shown.terminal import plain


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

    def __init__(
        self,
        course: Course,
        request: Request,
        watcher: Watcher,
        pool: Pool[errand.Errand, errand.Answer],
        recorder: Recorder,
    ) -> None:
        name = request.assignment
        self.course, self.request, self.watcher, self.pool, self.recorder = course, request, watcher, pool, recorder
        with deferred():
            self.released = recorder.register()
        self.assignment = read_assignment(course, name, self.released)
        self.environment = environment(request.settings)
        self.work = Work(self.assignment, request.settings, self.environment)
        self.under_way: dict[str, _UnderWay] = {}
        self.outcome = Outcome(course.reports / name / "grading.log")

    def grade(self, handed_in: list[str]) -> Outcome:
        """Grade these students' submissions."""
        expected = sum(1 for notebook in self.released.values() for _ in code_cells(notebook))
        self.tally = _Tally(self.watcher, len(handed_in), expected)
        for student, answer in results_of(self.pool, self._errands(handed_in), self.tally.step):
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
            except Exception as error:
                self._cannot(student, error)
                self.tally.skip()
                continue
            if begun is None:
                self.outcome.unchanged += 1
                self.tally.skip()
                continue
            self.under_way[student] = begun
            items = self._items(begun)
            self.tally.begin(student, sum(len(item.cells) for item in items.values()))
            yield student, errand.pack(items, self.request.settings, self.pool, self.work.data_set)

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

    def _finish(self, begun: _UnderWay, answer: errand.Answer | Exception) -> Line:
        """Judge and record what came back."""
        if isinstance(answer, Exception):
            raise answer
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
        """Note that a submission cannot be graded; pass on what ends the run."""
        if isinstance(error, OSError | UsageError | EnvironmentProblem):
            raise error
        kind = "" if isinstance(error, TaskFailed) else f"{type(error).__name__}: "
        reason = " ".join(f"{kind}{error}".split())
        problem = str(error) if isinstance(error, SubmissionError) else f"{student} could not be run ({reason})."
        self.outcome.problems[student] = problem
        self._log(student, "not graded", problem)

    def _log(self, *words: str) -> None:
        """Add a line to the log of the assignment: when, who, what."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        self.outcome.log.parent.mkdir(parents=True, exist_ok=True)
        with self.outcome.log.open("a", encoding="utf-8") as log:
            log.write("\t".join([now, *(" ".join(plain(word).split()) for word in words)]) + "\n")


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
