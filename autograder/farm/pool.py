"""What every farm promises: workers take tasks, one at a time each, and every task is answered.

It knows nothing of grading, and nothing of where the workers are: `inline` (this process), `processes` (of this
machine) and `dask` (a cluster that exists already) keep the same promises, so a run cannot tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

A = TypeVar("A")
R = TypeVar("R")
A_contra = TypeVar("A_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)
OnStep = Callable[[str, int], None]


class Worker(Protocol):
    """What a task sees of the worker that does it."""

    def step(self) -> None:
        """Say that the task has come one step further."""

    def shared(self, name: str) -> Any:
        """Return what the pool shares under this name."""


def nothing() -> None:
    """Do nothing, where there is nothing to prepare or to close."""


@dataclass(frozen=True)
class Duty(Generic[A, R]):
    """What workers are there for. It is pickled, so its functions must be importable where the workers are.

    Parameters
    ----------
    run
        Does a task.
    prepare
        Called in every worker before its first task. A worker in which it raises gets no task.
    close
        Called in every worker that ends in the ordinary way.
    """

    run: Callable[[A, Worker], R]
    prepare: Callable[[], None] = nothing
    close: Callable[[], None] = nothing


class Pool(Protocol[A_contra, R_co]):
    """Workers for the time of a `with` statement.

    - Each task that was submitted is answered exactly once: by its result, or by the exception that says why it has
      none. Whatever a worker raises, and however it dies, is the answer to a task and never an error of this process.
    - A task that fails is given to another worker; after three failures its answer is `TaskFailed`, or `WorkerDied` if
      the last worker process died of it. A `SubmissionError` is an answer at once.
    - A worker whose machine turns out to lack something (`EnvironmentProblem`) has to prepare itself anew before it
      gets another task. Only when no worker is left that can, `results` raises what the first of them said.
    - When the statement ends, nothing that was started for the pool is left, not even if this process is killed.
    """

    def __enter__(self) -> Self:
        """Begin to start the workers, and return at once."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """End all workers: those that are at work at once, the others as their duty says."""

    def room(self) -> int:
        """Return how many more tasks are wanted now, so that no worker waits and none lies about for long.

        That is two for each worker and two more, less those that were submitted and whose answer has not been taken.
        """

    def submit(self, key: str, task: A_contra) -> None:
        """Take a task, whose answer will come under this key."""

    def results(self, on_step: OnStep = ...) -> Iterator[tuple[str, R_co | Exception]]:
        """Yield the key and the answer of each task as it ends, until all that were submitted have ended.

        More tasks may be submitted between two answers. `on_step` gets the key of a task and how many steps it has
        made, now and then, perhaps from another thread.

        Raises
        ------
        EnvironmentProblem
            If no worker can do the work.
        """

    def share(self, name: str, value: object) -> None:
        """Give a value to all workers, present and future, once each; a task gets it by its name."""

    def share_folder(self, name: str, folder: Path) -> None:
        """Share the files of a folder; a task gets the path of it, or of a copy where the worker is."""


def ignore_steps(key: str, steps: int) -> None:
    """Leave how far a task is unsaid."""


def results_of(
    pool: Pool[A, R], tasks: Iterable[tuple[str, A]], on_step: OnStep = ignore_steps
) -> Iterator[tuple[str, R | Exception]]:
    """Yield the key and the answer of each task, and take a task only when the pool has room for it."""
    left = iter(tasks)

    def submit() -> None:
        for key, task in islice(left, max(0, pool.room())):
            pool.submit(key, task)

    submit()
    for answer in pool.results(on_step):
        yield answer
        submit()
