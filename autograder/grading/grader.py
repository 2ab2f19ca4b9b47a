"""Grades one submission of one assignment: makes it ready for the engine, and judges what the engine reports.

Every door goes through here: a grading run, one notebook on trial, nbgrader's commands, the tests of an assignment.
Where the notebooks run in between is the business of a farm; what is recorded of the verdict, that of the records.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from autograder.course.assignment import Assignment
from autograder.engine.items import Report, Settings
from autograder.grading.basis import Dependencies, Tests
from autograder.grading.job import Job
from autograder.grading.judge import judge, merged
from autograder.grading.solution import faults_in, lost_tests, solution_of
from autograder.grading.verdict import Basis, Test, TestFaults, Verdict
from autograder.intake.align import align
from autograder.intake.submission import Submission

Run = Callable[[Job], Mapping[str, Report]]


class Grader:
    """Grades the submissions of one assignment under one choice of settings.

    `faults` are the tests that the author's own solution fails, each with the reason; None until somebody has looked.
    """

    def __init__(self, assignment: Assignment, settings: Settings) -> None:
        self.assignment = assignment
        self.settings = settings
        self.faults: TestFaults | None = None
        self._dependencies = Dependencies(assignment, settings)

    @property
    def data_set(self) -> str:
        """The name of the data set that the notebooks see, made of its content."""
        return self._dependencies.data_set

    def basis(self, submission: Submission) -> Basis:
        """Return what the verdict on a submission depends on, without laying the submission beside the assignment."""
        return self._dependencies.basis(submission)

    def prepare(self, submission: Submission, exercises: Collection[str] | None = None) -> Job:
        """Make a submission ready to run.

        Parameters
        ----------
        exercises
            The exercises to grade; None for all of them.

        Raises
        ------
        SubmissionError
            If nothing of the assignment can be recognised in it.
        """
        aligned = align(self.assignment, submission, self.settings.seconds)
        job = Job(submission, aligned, self.basis(submission), aligned.items)
        if exercises is None:
            return job
        return replace(_with_tests(job, self._dependencies.tests_for(exercises)), exercises=frozenset(exercises))

    def judge(self, job: Job, reports: Mapping[str, Report], recorded: Verdict | None = None) -> Verdict:
        """Return the verdict on a job that has run.

        Parameters
        ----------
        reports
            What became of its notebooks, by name.
        recorded
            The verdict before, which still holds for the exercises that were not graded this time.
        """
        environment, faults = self._dependencies.environment, self.faults or {}
        verdict = judge(self.assignment, job, reports, self.data_set, environment, faults)
        if job.exercises is not None and recorded is not None:
            return merged(verdict, recorded, job.exercises)
        return verdict

    # The tests themselves.

    def doubts(self, verdict: Verdict) -> bool:
        """Return whether the author's solution has to run before this verdict stands: a test might be at fault."""
        return self.faults is None and bool(lost_tests(verdict))

    def solution(self, verdict: Verdict | None = None) -> Job:
        """Make the author's own solution ready to run: with all tests, or with those that this verdict has lost."""
        job = self.prepare(solution_of(self.assignment))
        return job if verdict is None else _with_tests(job, self._dependencies.closure(lost_tests(verdict)))

    def only(self, job: Job, tests: Collection[Test]) -> Job:
        """Return a job that runs these tests only, and those that bind names for them."""
        return _with_tests(job, self._dependencies.closure(tests))

    def basis_of_solution(self) -> Basis:
        """Return what the verdict on the author's own solution depends on."""
        return self.basis(solution_of(self.assignment))

    def learn(self, verdict: Verdict) -> None:
        """Take note of the verdict on the author's solution: a test that fails it is at fault."""
        self.faults = faults_in(verdict)

    def settled(self, job: Job, reports: Mapping[str, Report], run: Run) -> Verdict:
        """Return the verdict on a single job, after running what it takes of the author's solution with `run`."""
        verdict = self.judge(job, reports)
        if not self.doubts(verdict):
            return verdict
        own = self.solution(verdict)
        tried = lost_tests(verdict)
        failed = {test: why for test, why in faults_in(self.judge(own, run(own))).items() if test in tried}
        environment = self._dependencies.environment
        return judge(self.assignment, job, reports, self.data_set, environment, failed)


def _with_tests(job: Job, tests: Tests) -> Job:
    """Return a job that runs these tests only, by notebook."""
    items = {name: replace(item, tests=tests[name]) for name, item in job.aligned.items.items() if name in tests}
    return replace(job, items=items)
