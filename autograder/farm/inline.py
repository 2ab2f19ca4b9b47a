"""A pool without workers: this process does each task itself when its answer is asked for.

For a single notebook, for doors that grade serially, and for tests, which need no other process then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self

from autograder.farm.pool import A, Duty, OnStep, R, ignore_steps
from autograder.farm.tasks import LIVES, Blame, Failure


class Inline(Generic[A, R]):
    """Keeps the promises of `pool.Pool` as far as one process can: a task that ends this process ends everything."""

    def __init__(self, duty: Duty[A, R]) -> None:
        self._duty = duty
        self._is_prepared = False
        self._waiting: deque[tuple[str, A]] = deque()
        self._shares: dict[str, object] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._waiting.clear()
        self._close()

    def room(self) -> int:
        """Return 1 unless a task waits already."""
        return 0 if self._waiting else 1

    def submit(self, key: str, task: A) -> None:
        """Take a task; it is done when `results` comes to it."""
        self._waiting.append((key, task))

    def results(self, on_step: OnStep = ignore_steps) -> Iterator[tuple[str, R | Exception]]:
        """Do one task after the other, and yield the answer of each."""
        while self._waiting:
            self._prepare()
            key, task = self._waiting.popleft()
            yield key, self._answer(key, task, on_step)

    def share(self, name: str, value: object) -> None:
        """Keep a value for the tasks."""
        self._shares.setdefault(name, value)

    def share_folder(self, name: str, folder: Path) -> None:
        """Keep the path of a folder for the tasks."""
        self.share(name, folder)

    def _answer(self, key: str, task: A, on_step: OnStep) -> R | Exception:
        for _ in range(LIVES):
            self._prepare()
            try:
                return self._duty.run(task, _Here(key, self._shares, on_step))
            except Exception as error:
                failure = Failure.of(error)
            if failure.blame is Blame.submission:
                break
            if failure.blame is Blame.machine:
                self._close()
        return failure.as_error()

    def _prepare(self) -> None:
        if not self._is_prepared:
            self._duty.prepare()
            self._is_prepared = True

    def _close(self) -> None:
        if self._is_prepared:
            self._is_prepared = False
            self._duty.close()


class _Here:
    """The worker that this process is for the time of a task."""

    def __init__(self, key: str, shares: dict[str, object], on_step: OnStep) -> None:
        self._key, self._shares, self._on_step = key, shares, on_step
        self._steps = 0

    def step(self) -> None:
        self._steps += 1
        self._on_step(self._key, self._steps)

    def shared(self, name: str) -> Any:
        return self._shares[name]
