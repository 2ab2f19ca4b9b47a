"""Grades a class in this process, without any worker: for tests that are not about processes."""

from __future__ import annotations

from functools import partial
from typing import Any

from autograder.course.course import Course
from autograder.engine.items import Settings
from autograder.farm.inline import Inline
from autograder.farm.pool import Duty
from autograder.runs import errand
from autograder.runs.errand import Answer, Errand
from autograder.runs.request import Line, Outcome, Request
from autograder.runs.start import grade


class Quiet:
    """Watches a run and says nothing."""

    def begin(self, submissions: int, cells: int) -> None:
        """Hear how much there is to do."""

    def progress(self, done: int, cells: int) -> None:
        """Hear how much is done."""

    def submission_done(self, line: Line) -> None:
        """Hear that a submission is recorded."""

    def tell(self, sentence: str) -> None:
        """Hear what happens to the workers."""


def inline(settings: Settings) -> Inline[Errand, Answer]:
    """Return a pool without workers.

    Its sandbox stays for the next class, until this process ends: starting it takes longer than a small class.
    """
    return Inline(Duty(errand.run, partial(errand.prepare, settings)))


def grade_here(course: Course, name: str = "tiny", settings: Settings | None = None, **more: Any) -> Outcome:
    """Grade as the command line does; `more` is for the request."""
    settings = settings or Settings()
    return grade(course, Request(name, settings, **more), Quiet(), inline(settings))
