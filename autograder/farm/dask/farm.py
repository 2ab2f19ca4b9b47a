"""A pool of workers on a Dask cluster: tasks go out to them, results come back, and nothing of ours stays there.

Which workers there may work is the business of the crew (`crew`), and `station` is the other side, in the worker. One
task at a time is with each worker, so that whoever dies shows which task was to blame; what is ready beyond that waits
here, never more than the workers need.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from multiprocessing import resource_tracker
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from types import TracebackType
from typing import Any, Generic, Self
from uuid import uuid4

from distributed import Client, Future
from distributed.scheduler import KilledWorker, NoValidWorkerError

from autograder import interrupts
from autograder.errors import AutograderError, EnvironmentProblem
from autograder.farm.clock import CLOCK
from autograder.farm.dask import station
from autograder.farm.dask.clusters import Door
from autograder.farm.dask.crew import Call, Crew, Silence, Tell, answer
from autograder.farm.dask.folder import Folder
from autograder.farm.pool import A, Duty, OnStep, R, ignore_steps
from autograder.farm.tasks import Blame, Done, Failure, Task, WorkerDied

NOBODY_HAS = "autograder-one-more-worker"  # one name for all runs: Dask keeps each for ever


@dataclass
class _Task(Task):
    """A task on its way: its number, and while a worker has it, where that is."""

    number: int = 0
    address: str = ""
    future: Future[Any] | None = None


@dataclass
class _Share:
    """A value for all workers, and its copy among Dask's data while it is there."""

    value: object
    future: Future[Any] | None = None


@dataclass(frozen=True)
class _Answered:
    """An event: a worker has answered whether we may enter."""

    address: str
    future: Future[Any]


@dataclass(frozen=True)
class _Ended:
    """An event: the future of a task is done."""

    task: _Task
    future: Future[Any]


class ClusterPool(Generic[A, R]):
    """Keeps the promises of `pool.Pool` on a cluster; the connection opens in the background.

    Parameters
    ----------
    door
        Where the cluster is.
    duty
        What the workers do; `close` is called when we leave them.
    most
        How many workers to use; 0 for all that are there.
    tell
        Told in a sentence which worker gets no work and why, and what a run waits for.
    """

    def __init__(self, door: Door, duty: Duty[A, R], most: int = 0, tell: Tell = lambda sentence: None) -> None:
        self.door = door
        self._name = f"autograder-{uuid4().hex}"
        self._run = duty.run
        self._make_crew = partial(Crew, door=door, run=self._name, duty=duty, most=most, tell=tell)
        self._shares: dict[str, _Share] = {}
        self._numbers = count()
        self._events: SimpleQueue[_Answered | _Ended] = SimpleQueue()
        self._running: dict[int, _Task] = {}
        self._waiting: deque[_Task] = deque()
        self._answers: deque[tuple[str, R | Exception]] = deque()
        self._wanted: list[Future[Any]] = []
        self._on_step: OnStep = ignore_steps
        self._looked = 0.0
        self._open = ExitStack()

    def __enter__(self) -> Self:
        try:
            with interrupts.deferred():
                opener = ThreadPoolExecutor(1)
                self._opened = opener.submit(self._connect)
                opener.shutdown(wait=False)
        except KeyboardInterrupt as error:  # what has begun to open has to be closed, or it would never end
            self.__exit__(KeyboardInterrupt, error, error.__traceback__)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        with interrupts.ignored():
            self._opened.exception()  # it has to be open before it can be closed
            self._open.__exit__(kind, error, tb)

    def _connect(self) -> Client:
        resource_tracker.ensure_running()  # it would let Ctrl-C through again for the thread that starts it
        interrupts.block()
        client = self._open.enter_context(self.door.open())
        self._crew = self._make_crew(client, submit=self._ask)
        client.subscribe_topic(station.TOPIC, self._note_steps)
        self._open.callback(self._leave)
        self._crew.call()  # they prepare themselves while we are still being loaded
        return client

    def _leave(self) -> None:
        """Take away all that is ours."""
        futures = [*self._wanted, *(task.future for task in self._running.values())]
        futures += [share.future for share in self._shares.values()]
        for future in futures:
            if future is not None:
                future.release()
        with suppress(Exception):  # the connection may be what went wrong
            self._crew.leave()
            self.client.unsubscribe_topic(station.TOPIC)

    @property
    def client(self) -> Client:
        """The connection to the workers, as soon as there is one.

        Raises
        ------
        EnvironmentProblem
            If they cannot be reached.
        """
        try:
            return self._opened.result()
        except AutograderError:
            raise
        except Exception as error:
            raise Failure.of(error).as_problem() from error

    def room(self) -> int:
        """Return two for each worker and two more, less the tasks whose answers have not been taken."""
        self.client  # noqa: B018 - raises what went wrong at the start
        return 2 * max(1, self._crew.expected) + 2 - len(self._running) - len(self._waiting) - len(self._answers)

    def submit(self, key: str, task: A) -> None:
        """Take a task, which goes out while results are waited for."""
        self._waiting.append(_Task(key, pickle.dumps(task), number=next(self._numbers)))

    def share(self, name: str, value: object) -> None:
        """Give a value to all workers; it travels as Dask's data, from worker to worker."""
        self._shares.setdefault(name, _Share(value))

    def share_folder(self, name: str, folder: Path) -> None:
        """Share the files of a folder, of which each worker gets a copy."""
        self.share(name, Folder(folder))

    def results(self, on_step: OnStep = ignore_steps) -> Iterator[tuple[str, R | Exception]]:
        """Yield the key and the answer of each task as it ends.

        Raises
        ------
        EnvironmentProblem
            If no worker can do the work, or the connection to them is lost.
        """
        self._on_step = on_step
        while self._running or self._waiting or self._answers:
            self._look()
            self._place()
            self._take_event()
            self._place()  # before the answer is looked at, so that no worker waits for that
            if self._answers:
                yield self._answers.popleft()
        self._want(0)

    def _look(self) -> None:
        """See now and then who is there; what a worker had that is gone is done again by another."""
        if monotonic() - self._looked < CLOCK.look:
            return
        self._looked = monotonic()
        for hand in self._crew.call().values():
            task = self._running.get(-1 if hand.task is None else hand.task)
            if task is not None and task.future is not None and not task.future.done():
                self._again(task, WorkerDied())
        self._crew.require_somebody()

    # Sending.

    def _place(self) -> None:
        """Give every free worker a task, and let a cluster that can grow know how many are left."""
        for address in self._crew.free():
            task = next((task for task in self._waiting if task.may_go_to(address, self._crew.hands)), None)
            if task is None:
                continue
            missing = self._shares.keys() - self._crew.hands[address].holds
            shares = self._copies(missing)
            if len(shares) < len(missing):
                break  # the worker that was to have it first has gone
            self._waiting.remove(task)
            self._send(task, address, shares)
        self._want(len(self._waiting))

    def _send(self, task: _Task, address: str, shares: dict[str, Future[Any]]) -> None:
        holes = {name: pickle.PickleBuffer(b"") for name in shares}
        call = Call(station.work, self._name, task.number, self._run, task.content, holes, tuple(self._shares))
        self._running[task.number] = task
        self._crew.hands[address].task = task.number
        task.address = address
        task.future = self._submit(address, call.packed(), list(shares.values()))
        task.future.add_done_callback(lambda future: self._events.put(_Ended(task, future)))

    def _submit(self, address: str, call: bytes, shares: list[Future[Any]]) -> Future[Any]:
        return self._crew.client.submit(
            pickle.loads,
            call,
            buffers=shares,
            key=(self._name, next(self._numbers)),  # one name: Dask keeps something for each name for ever
            workers=[address],
            allow_other_workers=False,
        )

    def _ask(self, address: str, call: bytes) -> Future[Any]:
        """Ask a worker whether we may enter."""
        future = self._submit(address, call, [])
        future.add_done_callback(lambda future: self._events.put(_Answered(address, future)))
        return future

    def _copies(self, names: Iterable[str]) -> dict[str, Future[Any]]:
        """Return what is shared under these names as pieces of Dask's data, as far as it is there."""
        for share in map(self._shares.__getitem__, names):
            if share.future is None or share.future.status != "finished":
                share.future = self._crew.give((self._name, next(self._numbers)), pickle.dumps(share.value))
        return {name: future for name in names if (future := self._shares[name].future)}

    def _want(self, number: int) -> None:
        """Keep as many placeholder tasks with the scheduler as are waiting here, so that an adaptive cluster scales up.

        They ask for a resource that nobody has, so none ever runs.
        """
        while len(self._wanted) > number:
            self._wanted.pop().release()
        while len(self._wanted) < number:
            key = (self._name, next(self._numbers))
            self._wanted.append(self.client.submit(pickle.loads, b"N.", key=key, resources={NOBODY_HAS: 1}))

    # Receiving.

    def _take_event(self) -> None:
        """Take the next event; wait for it a little unless an answer is there already."""
        try:
            event = self._events.get(timeout=0 if self._answers else CLOCK.look)
        except Empty:
            return
        if isinstance(event, _Answered):
            self._crew.answered(event.address, event.future)
        elif event.task.future is event.future and event.task.number in self._running:  # else it was sent out anew
            self._take_answer(event.task, event.future)

    def _take_answer(self, task: _Task, future: Future[Any]) -> None:
        """Note the result of a task that has ended, or that it has to be done once more."""
        if future.status in ("cancelled", "lost"):  # with a copy of something shared, or with the connection
            if self.client.status != "running":
                raise EnvironmentProblem("The connection to the workers is lost. What was graded so far is recorded.")
            return self._again(task, WorkerDied())
        done = answer(future, self.door.patience.answer)
        if isinstance(done, KilledWorker | NoValidWorkerError | Silence):
            return self._again(task, WorkerDied())
        if isinstance(done, station.Unknown | station.Left):
            self._crew.readmit(task.address)
            return self._again(task, None)
        if isinstance(done, Exception):
            return self._again(task, Failure.of(done).as_error())
        hand = self._crew.hands.get(task.address)
        if hand is not None:
            hand.holds.update(self._shares)
        if isinstance(done, Done):
            return self._end(task, done.value)
        if done.blame is Blame.submission:
            return self._end(task, done.as_error())
        if done.blame is Blame.machine:
            self._crew.readmit(task.address)  # it has to prepare itself anew
        return self._again(task, done.as_error())

    def _again(self, task: _Task, error: Exception | None) -> None:
        """Let a task wait for another worker, or give it up with this error; without one it is not to blame."""
        if error is not None:
            task.failed_with.append(task.address)
            if task.is_given_up:
                return self._end(task, error)
        self._free(task)
        self._waiting.appendleft(task)
        return None

    def _end(self, task: _Task, answer: Any) -> None:
        self._free(task)
        self._answers.append((task.key, answer))

    def _free(self, task: _Task) -> None:
        """Take a task from its worker."""
        del self._running[task.number]
        if task.future is not None:
            task.future.release()
            task.future = None
        hand = self._crew.hands.get(task.address)
        if hand is not None and hand.task == task.number:
            hand.task = None

    def _note_steps(self, event: tuple[float, list[Any]]) -> None:
        """Pass on how far a task is; Dask calls this in another thread."""
        run, number, steps = event[1]
        task = self._running.get(number) if run == self._name else None
        if task is not None:  # otherwise its result is there already
            self._on_step(task.key, steps)
