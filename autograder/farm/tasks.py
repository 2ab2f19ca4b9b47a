"""A task on its way through a pool: with which workers it has failed, and what a worker answers.

What went wrong in a worker is data here, so that no exception of its process becomes one of ours.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from autograder.errors import EnvironmentProblem, SubmissionError

LIVES = 3


class TaskFailed(Exception):
    """A task that can have no result. It says what the last worker said of it, with that worker's traceback as note."""


class WorkerDied(TaskFailed):
    """A task that can have no result: worker processes that took it up died."""

    def __init__(self) -> None:
        super().__init__("each worker process that took it up died")


class Blame(StrEnum):
    """Whose fault it is that a task failed: its submission's, the machine's, or not known."""

    submission = "submission"
    machine = "machine"
    unknown = "unknown"


@dataclass(frozen=True)
class Done:
    """A worker's answer to a task: its result."""

    value: Any = None


@dataclass(frozen=True)
class Failure:
    """A worker's answer to a task that has no result."""

    blame: Blame
    reason: str
    trace: str = ""

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Return what there is to say of an exception."""
        trace = "".join(traceback.format_exception(error))
        if isinstance(error, SubmissionError):
            return cls(Blame.submission, str(error), trace)
        if isinstance(error, EnvironmentProblem):
            return cls(Blame.machine, str(error), trace)
        return cls(Blame.unknown, f"{type(error).__name__}: {error}", trace)

    def as_error(self) -> Exception:
        """Return the exception that is the answer to the task."""
        error = SubmissionError(self.reason) if self.blame is Blame.submission else TaskFailed(self.reason)
        error.add_note(self.trace)
        return error

    def as_problem(self) -> EnvironmentProblem:
        """Return the exception that ends a run whose workers cannot be prepared."""
        if self.blame is Blame.machine:
            return EnvironmentProblem(self.reason)
        reason = " ".join(self.reason.split())
        return EnvironmentProblem(f"The worker processes cannot start ({reason}), so nothing was graded.")


@dataclass
class Task:
    """A task, pickled, and the workers with which it has failed."""

    key: str
    content: bytes
    failed_with: list[object] = field(default_factory=list)

    @property
    def is_given_up(self) -> bool:
        """Return whether it has failed so often that no other worker gets it."""
        return len(self.failed_with) >= LIVES

    def may_go_to(self, worker: object, workers: Iterable[object]) -> bool:
        """Return whether a worker may have it: one with which it has not failed, or else any."""
        return worker not in self.failed_with or all(other in self.failed_with for other in workers)
