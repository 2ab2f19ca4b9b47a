"""One grading run: each submission is read, aligned, run on some worker, judged and recorded.

Submissions are read when a worker has room for them and forgotten when they are recorded, so a class of ten thousand
takes no more memory than one of ten. Whatever is written is written here, by one thread, one submission after the
other; a run that was stopped can be started again and grades what is missing or changed: where only the tests of some
exercises have changed, only those exercises.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from autograder.course.assignment import read_assignment
from autograder.course.cells import code_cells
from autograder.course.course import Course
from autograder.errors import EnvironmentProblem, SubmissionError, UsageError
from autograder.farm.dask.farm import Farm, WorkerDied
from autograder.grading.grader import Grader
from autograder.grading.job import Job
from autograder.grading.partial import Part
from autograder.grading.solution import AUTHOR
from autograder.intake.submission import read_submission
from autograder.interrupts import deferred
from autograder.records.changes import Recorded, changes, is_current, stale
from autograder.records.record import Recorder
from autograder.records.verdicts import read_solution, write_solution
from autograder.runs import errand
from autograder.runs.request import Line, Outcome, Request, Watcher
from autograder.runs.tally import Tally
from autograder.shown.terminal import plain


@dataclass(frozen=True)
class _UnderWay:
    """A submission that is being run, what was recorded of it, and what of its outputs stays if a part is run."""

    job: Job
    recorded: Recorded
    part: Part | None


class Run:
    """One grading run: its assignment, where its submissions go, and which of them are under way."""

    def __init__(self, course: Course, request: Request, watcher: Watcher, farm: Farm, recorder: Recorder) -> None:
        name = request.assignment
        self.course, self.request, self.watcher, self.farm, self.recorder = course, request, watcher, farm, recorder
        with deferred():
            self.released = recorder.register()
        self.grader = Grader(read_assignment(course, name, self.released), request.settings)
        self.under_way: dict[str, _UnderWay] = {}
        self.held: dict[str, errand.Answer] = {}  # answers that wait for what the author's solution does
        self.urgent: deque[tuple[str, errand.Errand]] = deque()
        self.own: Job | None = None
        self.outcome = Outcome(course.reports / name / "grading.log")

    def grade(self, handed_in: list[str]) -> Outcome:
        """Grade these students' submissions."""
        expected = sum(1 for notebook in self.released.values() for _ in code_cells(notebook))
        self.tally = Tally(self.watcher, len(handed_in), expected)
        self._recall_solution()
        for student, answer in self.farm.run(
            errand.run, _Errands(self.urgent, self.errands(handed_in)), self.tally.step
        ):
            if student == AUTHOR:
                self._learn(answer)
            else:
                self._take(student, answer)
        return self.outcome

    def _take(self, student: str, answer: errand.Answer | Exception) -> None:
        """Judge and record what came back, unless the author's solution has to run first."""
        try:
            if isinstance(answer, Exception):
                raise answer
            if self._waits(student, answer):
                return
            line = self._finish(self.under_way.pop(student), answer)
        except Exception as error:  # whatever one submission does, the others are graded
            self.under_way.pop(student, None)
            self._cannot(student, error)
        else:
            self.outcome.graded.append(line)
            self._log(student, f"{line.score:g}/{line.max_score:g}", f"{line.seconds:.1f} s", line.lost)
            self.watcher.submission_done(line)
        self.tally.end(student)

    def errands(self, handed_in: list[str]) -> Iterator[tuple[str, errand.Errand]]:
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
            self.tally.begin(student, sum(len(item.cells) for item in begun.job.items.values()))
            yield student, self._pack(begun.job)

    def _pack(self, job: Job) -> errand.Errand:
        return errand.pack(job.items, self.request.settings, self.farm, self.grader.data_set)

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

    def _finish(self, begun: _UnderWay, answer: errand.Answer) -> Line:
        """Judge and record what came back."""
        verdict = self.grader.judge(begun.job, answer.reports, begun.recorded.verdict)
        changed = changes(begun.recorded, verdict)
        with deferred():
            self.recorder.record(begun.job, answer.reports, verdict, changed, begun.part)
        self.outcome.changes += changed
        return Line.of(verdict, answer.seconds)

    # The author's own solution, which runs once, as soon as a test has failed somebody.

    def _recall_solution(self) -> None:
        verdict = None if self.request.force else read_solution(self.course, self.request.assignment)
        if verdict is not None and verdict.basis == self.grader.basis_of_solution():
            self.grader.learn(verdict)
            self.outcome.faults = self.grader.faults or {}

    def _waits(self, student: str, answer: errand.Answer) -> bool:
        """Hold an answer back if a test that it loses may be at fault, and let the author's solution run."""
        begun = self.under_way[student]
        if not self.grader.doubts(self.grader.judge(begun.job, answer.reports, begun.recorded.verdict)):
            return False
        if not self.held:
            self.own = self.grader.solution()
            self.urgent.append((AUTHOR, self._pack(self.own)))
        self.held[student] = answer
        return True

    def _learn(self, answer: errand.Answer | Exception) -> None:
        """Take note of what became of the author's solution, and go on with the answers that have waited for it."""
        if isinstance(answer, Exception) or self.own is None:
            self.watcher.tell(f"The solution in source/ could not be run ({answer}), so no test was tried on it.")
            self.grader.faults = {}
        else:
            verdict = self.grader.judge(self.own, answer.reports)
            self.grader.learn(verdict)
            write_solution(self.course, verdict)
        self.outcome.faults = self.grader.faults or {}
        while self.held:
            self._take(*self.held.popitem())

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
            log.write("\t".join([now, *(" ".join(plain(word).split()) for word in words)]) + "\n")


class _Errands:
    """The errands of a run in the order in which they go out; after its end there may be one more."""

    def __init__(self, urgent: deque[tuple[str, errand.Errand]], others: Iterator[tuple[str, errand.Errand]]) -> None:
        self.urgent, self.others = urgent, others

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[str, errand.Errand]:
        return self.urgent.popleft() if self.urgent else next(self.others)
