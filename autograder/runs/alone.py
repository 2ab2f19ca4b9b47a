"""Grades one submission after the other in this process: for a notebook on trial, and for doors that grade serially."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from autograder.engine.items import Report
from autograder.errors import AutograderError
from autograder.farm.inline import Inline
from autograder.farm.pool import OnStep, ignore_steps
from autograder.grading.grader import Grader
from autograder.grading.job import Job
from autograder.grading.verdict import Verdict
from autograder.runs import errand


class Alone:
    """A grader and the sandbox that it needs, which starts with the first job and ends with the `with` statement."""

    def __init__(self, grader: Grader, on_step: OnStep = ignore_steps) -> None:
        self.grader = grader
        self._on_step = on_step
        self._pool = Inline(errand.duty(grader.settings))

    def __enter__(self) -> Self:
        self._pool.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._pool.__exit__(kind, error, tb)

    def grade(self, job: Job) -> tuple[Verdict, dict[str, Report]]:
        """Return the verdict on a job, and what became of its notebooks.

        Raises
        ------
        AutograderError
            If it cannot be run.
        """
        reports = self._run(job)
        return self.grader.settled(job, reports, self._run), reports

    def _run(self, job: Job) -> dict[str, Report]:
        student = job.submission.student
        self._pool.submit(student, errand.pack(job.items, self.grader.settings, self._pool, self.grader.data_set))
        for _, answer in self._pool.results(self._on_step):
            if isinstance(answer, AutograderError):
                raise answer
            if isinstance(answer, Exception):
                raise AutograderError(f"{student} could not be run ({answer}).") from answer
            return answer.reports
        raise AssertionError("a pool answers every task")
