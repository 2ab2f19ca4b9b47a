"""A pool of processes on this machine, forked from one that has imported everything (`forkserver`).

One task at a time is with each worker, so that whoever dies shows which task was to blame. All of it happens in the
thread that asks for results: there are no locks.
"""

from __future__ import annotations

import os
import pickle
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self

from autograder import interrupts
from autograder.farm.clock import CLOCK
from autograder.farm.forkserver import ForkServer
from autograder.farm.pool import A, Duty, OnStep, R, ignore_steps
from autograder.farm.tasks import LIVES, Blame, Done, Failure, Task, WorkerDied
from autograder.farm.worker import Order, Ready, Share, Steps


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class _Worker:
    """A worker process: the line to it, what it holds of what is shared, and its task."""

    line: Connection
    is_ready: bool = False
    holds: set[str] = field(default_factory=set)
    task: Task | None = None


class Processes(Generic[A, R]):
    """Keeps the promises of `pool.Pool` with worker processes of this machine.

    Parameters
    ----------
    duty
        What the workers do, or a function that finds it out, which is called while the modules are being imported.
    workers
        How many at most; 0 for one per core. The first starts at once, the others as there are tasks for them.
    preload
        The modules that every worker needs: they are imported once.
    """

    def __init__(
        self, duty: Duty[A, R] | Callable[[], Duty[A, R]], workers: int = 0, preload: tuple[str, ...] = ()
    ) -> None:
        self._find_duty = duty if callable(duty) else lambda: duty
        self._duty = b""
        self._wanted = workers or cores()
        self._preload = preload
        self._server: ForkServer | None = None
        self._workers: list[_Worker] = []
        self._refusals: list[Failure] = []
        self._stillborn = 0  # workers that died before one was ready
        self._shares: dict[str, bytes] = {}
        self._waiting: deque[Task] = deque()
        self._ended: deque[tuple[str, R | Exception]] = deque()

    def __enter__(self) -> Self:
        try:
            with interrupts.deferred():
                self._server = ForkServer(self._preload)
            self._duty = pickle.dumps(self._find_duty())
            with interrupts.deferred():
                self._hire()
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        with interrupts.ignored():
            in_order = error is None and all(worker.is_ready and worker.task is None for worker in self._workers)
            for worker in self._workers:
                worker.line.close()
            self._workers.clear()
            if self._server is not None:
                self._server.close(CLOCK.end if in_order else 0)
                self._server = None

    def room(self) -> int:
        """Return two for each worker that may be and two more, less the tasks whose answers have not been taken."""
        busy = sum(worker.task is not None for worker in self._workers)
        return 2 * self._wanted + 2 - busy - len(self._waiting) - len(self._ended)

    def submit(self, key: str, task: A) -> None:
        """Take a task, which goes out while results are waited for; hire a worker for it, if one is lacking."""
        self._waiting.append(Task(key, pickle.dumps(task)))
        busy = sum(worker.task is not None for worker in self._workers)
        if len(self._workers) < min(self._wanted - len(self._refusals), busy + len(self._waiting)):
            self._hire()

    def results(self, on_step: OnStep = ignore_steps) -> Iterator[tuple[str, R | Exception]]:
        """Yield the key and the answer of each task as it ends."""
        while self._waiting or self._ended or any(worker.task for worker in self._workers):
            self._place()
            self._hear(on_step)
            self._place()  # before the answer is looked at, so that no worker waits for that
            if self._ended:
                yield self._ended.popleft()

    def share(self, name: str, value: object) -> None:
        """Give a value to all workers; each gets it before its next task."""
        if name not in self._shares:
            self._shares[name] = pickle.dumps(value)

    def share_folder(self, name: str, folder: Path) -> None:
        """Share the path of a folder: the workers see our files."""
        self.share(name, folder)

    # Workers.

    def _hire(self) -> None:
        """Have a worker forked; it prepares itself while we do something else."""
        for is_last_try in (False, True):
            if self._server is None:
                self._server = ForkServer(self._preload)
            try:
                line = Connection(self._server.fork().detach())
                break
            except OSError:
                if is_last_try:
                    raise
                self._server.kill()
                self._server = None
        worker = _Worker(line)
        self._workers.append(worker)
        self._send(worker, self._duty)

    def _send(self, worker: _Worker, content: bytes) -> bool:
        """Send something to a worker; one that has died is found when its line is listened to."""
        try:
            worker.line.send_bytes(content)
        except OSError:
            return False
        return True

    def _dismiss(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.line.close()

    # Tasks.

    def _place(self) -> None:
        """Give every worker that is free a task, one that it has not failed at if there is one."""
        if not self._workers and not self._ended:
            raise self._refusals[0].as_problem()
        lines = [worker.line for worker in self._workers]
        for worker in self._workers:
            if worker.is_ready and worker.task is None:
                task = next((task for task in self._waiting if task.may_go_to(worker.line, lines)), None)
                if task is not None:
                    self._give(worker, task)

    def _give(self, worker: _Worker, task: Task) -> None:
        missing = [name for name in self._shares if name not in worker.holds]
        messages = [Share(name, self._shares[name]) for name in missing]
        if all(self._send(worker, pickle.dumps(message)) for message in (*messages, Order(task.content))):
            self._waiting.remove(task)
            worker.task = task
            worker.holds.update(missing)

    def _hear(self, on_step: OnStep) -> None:
        """Take what the workers say; wait for it unless an answer is there already."""
        speaking = set(wait([worker.line for worker in self._workers], 0 if self._ended else None))
        for worker in [worker for worker in self._workers if worker.line in speaking]:
            try:
                content = worker.line.recv_bytes()
            except (EOFError, OSError):
                self._died(worker)
                continue
            self._heard(worker, _unpickled(content), on_step)

    def _heard(self, worker: _Worker, message: object, on_step: OnStep) -> None:
        task = worker.task
        if isinstance(message, Ready):
            worker.is_ready, self._stillborn = True, 0
        elif isinstance(message, Steps) and task is not None:
            on_step(task.key, message.number)
        elif isinstance(message, Done) and task is not None:
            worker.task = None
            self._ended.append((task.key, message.value))
        elif isinstance(message, Failure) and task is not None:
            worker.task = None
            self._failed(worker, task, message)
        elif isinstance(message, Failure):  # it could not be prepared
            self._refusals.append(message)
            self._dismiss(worker)

    def _failed(self, worker: _Worker, task: Task, failure: Failure) -> None:
        if failure.blame is Blame.machine:  # a new worker tries to prepare itself
            self._dismiss(worker)
            self._hire()
        if failure.blame is Blame.submission:
            self._ended.append((task.key, failure.as_error()))
        else:
            self._again(worker, task, failure.as_error())

    def _died(self, worker: _Worker) -> None:
        """Put a new worker in place of one that has died, unless they die as soon as they are born."""
        self._dismiss(worker)
        self._stillborn += not worker.is_ready
        if self._stillborn < LIVES:
            self._hire()
        elif self._server is not None:
            why = self._server.last_words() or "each process has ended while it started"
            self._refusals.append(Failure(Blame.unknown, why))
        if worker.task is not None:
            self._again(worker, worker.task, WorkerDied())

    def _again(self, worker: _Worker, task: Task, error: Exception) -> None:
        """Let a task wait for another worker, or give it up with this error."""
        task.failed_with.append(worker.line)
        if task.is_given_up:
            self._ended.append((task.key, error))
        else:
            self._waiting.appendleft(task)


def _unpickled(content: bytes) -> Any:
    try:
        return pickle.loads(content)
    except Exception as error:
        return Failure.of(error)
