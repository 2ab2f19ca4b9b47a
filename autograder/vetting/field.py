"""Runs the notebooks that vetting makes, on all cores: each goes through a `Grader`, as a student's does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from autograder.engine.items import Report
from autograder.errors import AutograderError, SubmissionError
from autograder.farm.pool import Pool, results_of
from autograder.grading.grader import Grader
from autograder.grading.job import Job
from autograder.grading.verdict import Verdict
from autograder.runs import errand
from autograder.runs.errand import Answer, Errand


class Watcher(Protocol):
    """Somebody who wants to see how far vetting is."""

    def begin(self, what: str, notebooks: int) -> None:
        """Say what is looked at now, and how many notebooks that takes."""

    def done(self) -> None:
        """Say that one of them is done."""


@dataclass(frozen=True)
class Trial:
    """A notebook to try."""

    grader: Grader
    job: Job


@dataclass(frozen=True)
class Tried:
    """What became of it: the verdict, and what the engine has reported of each notebook."""

    verdict: Verdict
    reports: Mapping[str, Report]


class Field:
    """Where notebooks are tried."""

    def __init__(self, pool: Pool[Errand, Answer], watcher: Watcher) -> None:
        self._pool = pool
        self._watcher = watcher

    def run(self, what: str, trials: Mapping[str, Trial]) -> Iterator[tuple[str, Tried]]:
        """Yield what becomes of notebooks, as they end, each with its key.

        Raises
        ------
        AutograderError
            If one of them cannot be run; the author has written it, so nothing is to be expected of going on.
        """
        self._watcher.begin(what, len(trials))
        tasks = (
            (key, errand.pack(trial.job.items, trial.grader.settings, self._pool, trial.grader.data_set))
            for key, trial in trials.items()
        )
        for key, answer in results_of(self._pool, tasks):
            if isinstance(answer, SubmissionError):
                raise answer
            if isinstance(answer, Exception):
                raise AutograderError(f"The {what} could not be run ({answer}). Try it again.") from answer
            self._watcher.done()
            trial = trials[key]
            yield key, Tried(trial.grader.judge(trial.job, answer.reports), answer.reports)
