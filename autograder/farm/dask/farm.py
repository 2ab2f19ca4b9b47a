"""Many processes that work for one: tasks go out to Dask workers, results come back, and nothing outlives the run.

It knows nothing of grading. Where the workers are is the business of a door (`doors`), which of them may work that of
the crew (`crew`), and `station` is the other side, in the worker. One task at a time is with each worker, so that
whoever dies shows which task was to blame; what is ready beyond that waits here, never more than the workers need.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from multiprocessing import resource_tracker
from queue import Empty, SimpleQueue
from time import monotonic
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from uuid import uuid4

from distributed import Client, Future
from distributed.scheduler import KilledWorker, NoValidWorkerError

from autograder import interrupts
from autograder.errors import AutograderError, EnvironmentProblem
from autograder.farm.dask import station
from autograder.farm.dask.clusters import Door
from autograder.farm.dask.crew import Call, Crew, Silence, answer

LIVES = 3  # a task that loses so many workers is given up
EVERY_SECONDS = 1.0  # how often we look who is there
NOBODY_HAS = "autograder-one-more-worker"  # one name for all runs: Dask keeps each for ever

K = TypeVar("K")
A = TypeVar("A")
R = TypeVar("R")
Step = Callable[[], None]


class WorkerDied(Exception):
    """A task that can have no result: each worker process that took it up died."""


@dataclass
class _Task(Generic[K]):
    """A task on its way: how many workers it has lost, and while one has it, who."""

    key: K
    number: int
    argument: bytes
    lost: int = 0
    address: str = ""
    future: Future[Any] | None = None


@dataclass
class _Share:
    """A value for all workers, and its copy among Dask's data while it is there."""

    value: object
    future: Future[Any] | None = None


class Farm:
    """Workers for the time of a `with` statement; they start in the background.

    Parameters
    ----------
    door
        Where the workers are, for example ``local(4)``.
    prepare, close
        Called in every worker process before its first task, and when the farm leaves it. A worker in which `prepare`
        raises gets no task; if that is every worker, the run ends with what it raised.
    most
        How many workers to use; 0 for all that are there.
    tell
        Told in a sentence which worker gets no work and why, and what a run waits for.
    """

    def __init__(
        self,
        door: Door,
        prepare: Callable[[], None] = station.nothing,
        close: Callable[[], None] = station.nothing,
        most: int = 0,
        tell: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.door = door
        self._name = f"autograder-{uuid4().hex}"
        self._make_crew = partial(Crew, door=door, run=self._name, prepare=prepare, close=close, most=most, tell=tell)
        self._shares: dict[str, _Share] = {}
        self._numbers = count()
        self._news: SimpleQueue[Callable[[], _Task[Any] | None]] = SimpleQueue()
        self._running: dict[int, _Task[Any]] = {}
        self._waiting: deque[_Task[Any]] = deque()
        self._wanted: list[Future[Any]] = []
        self._on_step: Callable[[Any, int], None] = lambda key, steps: None
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
        self._open.push(self._leave)
        self._crew.call()  # they prepare themselves while we are still being loaded
        return client

    def _leave(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Take away all that is ours; workers that were started for us are simply ended if something went wrong."""
        futures = [*self._wanted, *(task.future for task in self._running.values())]
        futures += [share.future for share in self._shares.values()]
        for future in futures:
            if future is not None:
                future.release()
        if error and self.door.is_ours:
            return
        with suppress(Exception):  # the connection may be what went wrong
            self._crew.leave()
            self.client.unsubscribe_topic(station.TOPIC)

    @property
    def client(self) -> Client:
        """The connection to the workers, as soon as there is one.

        Raises
        ------
        EnvironmentProblem
            If they cannot be started or reached.
        """
        try:
            return self._opened.result()
        except AutograderError:
            raise
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise EnvironmentProblem(f"The worker processes cannot start ({reason}), so nothing was graded.") from error

    def share(self, name: str, value: object) -> None:
        """Give a value to all workers, present and future, once each; a task gets it with `station.shared(name)`."""
        self._shares.setdefault(name, _Share(value))

    def run(
        self,
        function: Callable[[A, Step], R],
        tasks: Iterable[tuple[K, A]],
        on_step: Callable[[K, int], None] = lambda key, steps: None,
    ) -> Iterator[tuple[K, R | Exception]]:
        """Yield the key of each task with the result of ``function(argument, step)``, in the order in which they end.

        Parameters
        ----------
        function
            Importable by name in the workers. It calls `step` whenever it is one step further.
        tasks
            Pairs of a key and an argument. They are taken as they are needed: two for each worker, and two more.
        on_step
            Called with a key and the number of its steps so far, now and then, from another thread.

        Yields
        ------
        key, result
            A task that failed gives its exception as the result; `WorkerDied` if it ended several worker processes.

        Raises
        ------
        EnvironmentProblem
            If no worker can do the work, or the connection to them is lost.
        """
        self.client  # noqa: B018 - raises what went wrong at the start
        tasks, self._on_step = iter(tasks), on_step
        self._looked = 0.0
        for unfinished in list(self._running.values()):  # of a run that ended before its time
            self._free(unfinished)
        self._waiting.clear()
        while True:
            room = self._most() - len(self._running) - len(self._waiting)
            for key, argument in islice(tasks, max(0, room)):
                self._waiting.append(_Task(key, next(self._numbers), pickle.dumps(argument)))
            if not self._running and not self._waiting:
                break
            self._look()
            self._place(function)
            task = self._next()
            if task is not None:
                result = self._result(task)
                self._place(function)  # before the result is looked at, so that no worker waits for that
                if not isinstance(result, _Again):
                    yield task.key, result
        self._want(0)

    def _most(self) -> int:
        return 2 * max(1, len(self._crew.hands)) + 2

    def _next(self) -> _Task[Any] | None:
        """Wait for news; return the task that has ended, if it is that."""
        try:
            return self._news.get(timeout=EVERY_SECONDS)()
        except Empty:
            return None

    def _look(self) -> None:
        """See now and then who is there; what a worker had that is gone is done again by another."""
        if monotonic() - self._looked < EVERY_SECONDS:
            return
        self._looked = monotonic()
        for hand in self._crew.call().values():
            task = self._running.get(-1 if hand.task is None else hand.task)
            if task is not None and task.future is not None and not task.future.done():
                self._again(task)
        self._crew.require_somebody()

    # Sending.

    def _place(self, function: Callable[[A, Step], R]) -> None:
        """Give every free worker a task, and let a cluster that can grow know how many are left."""
        free = deque(self._crew.free())
        while free and self._waiting:
            hand = self._crew.hands[free[0]]
            missing = self._shares.keys() - hand.holds
            shares = self._copies(missing)
            if len(shares) < len(missing):
                break  # the worker that was to have it first has gone
            task = self._waiting.popleft()
            self._running[task.number] = task
            if task.lost >= LIVES:
                self._news.put(partial(self._given_up, task))
                continue
            task.address = free.popleft()
            holes = {name: pickle.PickleBuffer(b"") for name in shares}
            call = Call(station.work, self._name, task.number, function, task.argument, holes, tuple(self._shares))
            hand.task = task.number
            task.future = self._submit(task.address, call.packed(), list(shares.values()))
            task.future.add_done_callback(lambda future, task=task: self._news.put(partial(self._ended, task, future)))
        self._want(len(self._waiting))

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
        future.add_done_callback(lambda future: self._news.put(partial(self._crew.answered, address, future)))
        return future

    def _copies(self, names: Iterable[str]) -> dict[str, Future[Any]]:
        """Return what is shared under these names as pieces of Dask's data, as far as it is there."""
        for share in map(self._shares.__getitem__, names):
            if share.future is None or share.future.status != "finished":
                share.future = self._crew.give((self._name, next(self._numbers)), pickle.dumps(share.value))
        return {name: future for name in names if (future := self._shares[name].future)}

    def _want(self, number: int) -> None:
        """Keep as many tasks in the scheduler's books as are waiting here: an adaptive cluster grows for them.

        They ask for a resource that nobody has, so none ever runs.
        """
        number = 0 if self.door.is_ours else number
        while len(self._wanted) > number:
            self._wanted.pop().release()
        while len(self._wanted) < number:
            key = (self._name, next(self._numbers))
            self._wanted.append(self.client.submit(pickle.loads, b"N.", key=key, resources={NOBODY_HAS: 1}))

    # Receiving.

    def _ended(self, task: _Task[Any], future: Future[Any]) -> _Task[Any] | None:
        """Return the task whose future is done, unless it was sent out anew."""
        return task if task.future is future and task.number in self._running else None

    def _given_up(self, task: _Task[Any]) -> _Task[Any]:
        return task

    def _result(self, task: _Task[Any]) -> Any:
        """Return the result of a task that has ended, or `_Again` if it has to be done once more."""
        hand, future = self._crew.hands.get(task.address), task.future
        if future is None:
            self._free(task)
            return WorkerDied("each worker process that took it up died")
        if future.status in ("cancelled", "lost"):  # with a copy of something shared, or with the connection
            if self.client.status != "running":
                raise EnvironmentProblem("The connection to the workers is lost. What was graded so far is recorded.")
            return self._again(task)
        done = answer(future)
        if isinstance(done.error, KilledWorker | NoValidWorkerError | Silence):
            return self._again(task)
        if isinstance(done.error, station.Unknown | station.Left):
            self._crew.readmit(task.address)
            return self._again(task, is_to_blame=False)
        if isinstance(done.error, EnvironmentProblem):
            self._crew.refuse(task.address, done.error)
            return self._again(task)
        self._free(task)
        if hand is not None:
            hand.holds.update(self._shares)
        return done.error or done.value

    def _again(self, task: _Task[Any], *, is_to_blame: bool = True) -> _Again:
        self._free(task)
        task.lost += is_to_blame
        self._waiting.appendleft(task)
        return _Again()

    def _free(self, task: _Task[Any]) -> None:
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


class _Again:
    """Stands for a result that is still to come."""
