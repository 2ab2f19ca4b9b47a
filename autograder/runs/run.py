"""One grading run: each submission is read, made ready, run on some worker, judged and recorded.

Submissions are read when a worker has room for them and forgotten when they are recorded, so a class of ten thousand
takes no more memory than one of ten. Whatever is written is written here, by one thread, one submission after the
other; a run that was stopped can be started again and grades what is missing or changed: where only the tests of some
exercises have changed, only those exercises.
"""

from __future__ import annotations

import builtins
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from autograder.course.assignment import read_assignment
from autograder.course.cells import code_cells
from autograder.course.course import Course
from autograder.course.releases import released_cells
from autograder.errors import AutograderError, EnvironmentProblem
from autograder.farm.pool import Pool, results_of
from autograder.farm.tasks import TaskFailed, WorkerDied
from autograder.files.disk import disk_problem
from autograder.grading.grader import Grader
from autograder.grading.job import Job
from autograder.grading.partial import Part
from autograder.grading.solution import AUTHOR, would_recur
from autograder.grading.verdict import Verdict
from autograder.intake.submission import read_submission
from autograder.interrupts import deferred
from autograder.records.changes import Recorded, changes, is_current, stale
from autograder.records.record import Recorder
from autograder.records.verdicts import read_solution, write_solution
from autograder.runs import errand
from autograder.runs.refusals import NOT_GRADED
from autograder.runs.request import Line, Outcome, Request, Watcher, log_path
from autograder.runs.tally import Tally
from autograder.shown.terminal import plain

logger = logging.getLogger(__name__)


class _SentBack(Exception):
    """What a worker sent back instead of reports; whatever it is, it is not an error of this process."""


@dataclass(frozen=True)
class _UnderWay:
    """A submission that is being run, what was recorded of it, and what of its outputs stays if a part is run."""

    job: Job
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
        assignment = read_assignment(course, name, self.released, request.draw, released_cells(course, name))
        self.grader = Grader(assignment, request.settings)
        self.under_way: dict[str, _UnderWay] = {}
        self.held: dict[str, errand.Answer] = {}  # answers that wait for what the author's solution does
        self.urgent: deque[tuple[str, errand.Errand]] = deque()
        self.own: Job | None = None  # the author's solution, while it runs
        self.outcome = Outcome(log_path(course, name))

    def grade(self, handed_in: list[str]) -> Outcome:
        """Grade these students' submissions."""
        expected = sum(1 for notebook in self.released.values() for _ in code_cells(notebook))
        self.tally = Tally(self.watcher, len(handed_in), expected)
        self._recall_solution()
        errands = _Errands(self.urgent, self._errands(handed_in))
        for student, answer in results_of(self.pool, errands, self.tally.step):
            if student == AUTHOR:
                self._learn(answer)
            else:
                self._take(student, answer)
        self._settle(handed_in)
        return self.outcome

    # Out: what has to be run.

    def _errands(self, handed_in: list[str]) -> Iterator[tuple[str, errand.Errand]]:
        """Yield the submissions that have to be run; note the others in the outcome."""
        for student in handed_in:
            try:
                begun = self._begin(student)
                work = None if begun is None else self._pack(begun.job)
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
        basis, recorded, part = self.grader.basis(submission), self.recorder.recorded(student), None
        if not self.request.force:
            if is_current(recorded, basis):
                return None
            exercises = stale(recorded, basis)
            if exercises != basis.tests.keys():
                part = self.recorder.part(student, exercises)
        return _UnderWay(self.grader.prepare(submission, part.exercises if part else None), recorded, part)

    def _pack(self, job: Job) -> errand.Errand:
        return errand.pack(job.items, self.request.settings, self.pool, self.grader.data_set)

    # Back: what came of it.

    def _take(self, student: str, answer: errand.Answer | Exception) -> None:
        """Judge and record what came back, unless the author's solution has to run first."""
        begun = self.under_way[student]
        try:
            if isinstance(answer, Exception):
                raise _SentBack from answer
            verdict = self.grader.judge(begun.job, answer.reports, begun.recorded.verdict)
            if self.grader.doubts(verdict):
                self._hold(student, answer)
                return
            line = self._record(begun, answer, verdict)
        except Exception as error:  # whatever one submission does, the others are graded
            self._cannot(student, error)
        else:
            self.outcome.add(line, verdict)
            self._log(student, f"{line.score:g}/{line.max_score:g}", f"{line.seconds:.1f} s", line.lost)
            self.watcher.submission_done(line)
        del self.under_way[student]
        self.tally.end(student)

    def _record(self, begun: _UnderWay, answer: errand.Answer, verdict: Verdict) -> Line:
        changed = changes(begun.recorded, verdict)
        with deferred():
            self.recorder.record(begun.job, answer.reports, verdict, changed, begun.part)
        self.outcome.changes += changed
        return Line.of(verdict, answer.seconds)

    # The author's own solution, which runs once, as soon as a test has failed somebody.

    def _recall_solution(self) -> None:
        verdict = None if self.request.force else read_solution(self.course, self.request.assignment)
        if verdict is not None and verdict.basis == self.grader.basis_of_solution() and would_recur(verdict):
            self.grader.learn(verdict)
            self.outcome.faults = self.grader.faults or {}

    def _hold(self, student: str, answer: errand.Answer) -> None:
        """Hold an answer back, for it loses a test that may be at fault, and let the author's solution run."""
        if self.own is None:
            self.own = self.grader.solution()
            self.urgent.append((AUTHOR, self._pack(self.own)))
        self.held[student] = answer

    def _learn(self, answer: errand.Answer | Exception) -> None:
        """Take note of what became of the author's solution, and go on with the answers that have waited for it."""
        try:
            if isinstance(answer, Exception) or self.own is None:
                raise _SentBack from (answer if isinstance(answer, Exception) else None)
            verdict = self.grader.judge(self.own, answer.reports)
            self.grader.learn(verdict)
            write_solution(self.course, verdict)
        except Exception as error:
            if self.grader.faults is None:
                self.grader.faults = {}
                self.watcher.tell("The solution in source/ could not be run, so no test was tried on it.")
            self._log(AUTHOR, "not tried", crash=error)
            if not isinstance(error, _SentBack):
                self._raise_if_disk(error)
        self.outcome.faults = self.grader.faults or {}
        while self.held:
            self._take(*self.held.popitem())

    # What being late costs.

    def _settle(self, handed_in: list[str]) -> None:
        """Work the late penalties out anew, also of what was not graded again."""
        with deferred():
            settled = self.recorder.settle(handed_in)
        self.outcome.changes += settled.changes
        self.outcome.late = settled.late
        for student in self.outcome.unchanged:  # of the others, grading has said it
            if trouble := settled.troubles.get(student):
                self.outcome.problems[student] = trouble

    # What goes wrong.

    def _cannot(self, student: str, error: Exception) -> None:
        """Note that a submission cannot be graded; pass on what ends the run: a gradebook or a disk that fails.

        A submission may provoke any other exception, and then it is about that submission alone.
        """
        if isinstance(error, _SentBack):
            error = error.__cause__ if isinstance(error.__cause__, Exception) else error
        elif isinstance(error, EnvironmentProblem):
            raise error
        else:
            self._raise_if_disk(error)
        self.outcome.problems[student] = sentence = _sentence(student, error, self.outcome.log)
        self._log(student, NOT_GRADED, sentence, crash=None if _is_ours(error) else error)

    def _raise_if_disk(self, error: Exception) -> None:
        for cause in (error, error.__cause__):
            if problem := disk_problem(cause, self.course.submitted):
                raise problem from error

    def _log(self, *words: str, crash: Exception | None = None) -> None:
        """Add a line to the log of the assignment: when, who, what; with the traceback of what should not happen."""
        logger.info("\t".join(" ".join(plain(word).split()) for word in words), exc_info=crash)


def _is_ours(error: Exception) -> bool:
    """Return whether an exception is one of our sentences."""
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
    what = told if isinstance(error, TaskFailed) else f"{type(error).__name__}: {told}"
    whose = "" if _is_the_systems(what) else "This is a fault of autograder, not of the student: report it. "
    return (
        f"{student} could not be run ({what}). {whose}"
        f"The traceback is in {log}: send this file along when you ask for help."
    )


def _is_the_systems(what: str) -> bool:
    """Return whether an exception, which its name comes first of, says that the operating system lacked something."""
    kind = getattr(builtins, what.partition(":")[0], None)
    return isinstance(kind, type) and issubclass(kind, (OSError, MemoryError))


class _Errands:
    """The errands of a run in the order in which they go out; after its end there may be one more."""

    def __init__(self, urgent: deque[tuple[str, errand.Errand]], others: Iterator[tuple[str, errand.Errand]]) -> None:
        self.urgent, self.others = urgent, others

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[str, errand.Errand]:
        return self.urgent.popleft() if self.urgent else next(self.others)
