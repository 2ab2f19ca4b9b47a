"""Many processes that work for one: tasks go out to Dask workers, results come back, and nothing outlives the run.

It knows nothing of grading. Where the workers are is the business of a door, which opens a connection to them:
`local` starts processes on this machine; a door to a cluster that runs elsewhere would fit as well.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from importlib.machinery import ModuleSpec
from itertools import count, islice
from multiprocessing import resource_tracker
from tempfile import TemporaryDirectory
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

import dask
import psutil
from dask._task_spec import Task
from distributed import Client, Future, LocalCluster, Worker, WorkerPlugin, as_completed, get_worker
from distributed.scheduler import KilledWorker, NoValidWorkerError

from autograder import interrupts
from autograder.errors import EnvironmentProblem

EVERY_SECONDS = 0.5  # how often a task tells how far it is
SETTINGS = {
    "distributed.scheduler.allowed-failures": 1,  # a task that ends two workers is given up
    "distributed.scheduler.worker-saturation": 1.0,  # no task waits at a worker, where another's death would hit it
    "distributed.scheduler.no-workers-timeout": "60s",
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.http.routes": [],  # nothing that other users of this machine could ask
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    "distributed.admin.low-level-log-length": 100,
    "distributed.nanny.pre-spawn-environ": {f"{blas}_NUM_THREADS": "1" for blas in ("OMP", "OPENBLAS", "MKL")},
}

K = TypeVar("K")
A = TypeVar("A")
R = TypeVar("R")
Step = Callable[[], None]
Door = Callable[[], AbstractContextManager[Client]]


class WorkerDied(Exception):
    """A task that can have no result: each worker process that took it up died, or there is none left."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Farm:
    """Workers for the time of a `with` statement; they start in the background.

    Parameters
    ----------
    door
        Opens the connection to the workers, for example ``lambda: local(4)``.
    prepare, close
        Called in every worker process before its first task, and when the farm closes in the ordinary way.
    """

    def __init__(
        self, door: Door, prepare: Callable[[], None] | None = None, close: Callable[[], None] | None = None
    ) -> None:
        self._door = door
        self._companion = _Companion(prepare=prepare, close=close)
        self._name = f"autograder-{uuid4().hex}"
        self._shared: set[str] = set()
        self._numbers = count()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        opener = ThreadPoolExecutor(1)
        self._client = opener.submit(self._connect)
        opener.shutdown(wait=False)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        with interrupts.ignored():
            self._client.exception()  # it has to be open before it can be closed
            self._open.__exit__(kind, error, tb)

    def _connect(self) -> Client:
        resource_tracker.ensure_running()  # it would let Ctrl-C through again for the thread that starts it
        interrupts.block()
        client = self._open.enter_context(self._door())
        client.register_plugin(self._companion, name=self._name)
        self._open.push(lambda kind, error, tb: None if error else client.unregister_worker_plugin(self._name))
        return client

    @property
    def client(self) -> Client:
        """The connection to the workers, as soon as there is one.

        Raises
        ------
        EnvironmentProblem
            If they cannot be started or reached.
        """
        try:
            return self._client.result()
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise EnvironmentProblem(f"The worker processes cannot start ({reason}), so nothing was graded.") from error

    def share(self, name: str, value: object) -> None:
        """Give a value to all workers, present and future, once; a task gets it with `shared(name)`."""
        if name not in self._shared:
            self.client.register_plugin(_Companion(value), name=_SHARED + name)
            self._shared.add(name)

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
            A task that failed gives its exception as the result; `WorkerDied` if it ended its worker process twice.
        """
        client, keys = self.client, dict[int, K]()
        topic = f"{self._name}-{next(self._numbers)}"
        client.subscribe_topic(topic, lambda event: _pass_on(event[1], keys, on_step))
        tasks, running = iter(tasks), dict[Future[R], int]()
        finished = as_completed(loop=client.loop)
        while True:
            for key, argument in islice(tasks, max(0, self._most() - len(running))):
                number = next(self._numbers)
                keys[number] = key
                future = self._submit(client, topic, number, function, argument)
                running[future] = number
                finished.add(future)
            if not running:
                break
            future = next(finished)
            key = keys.pop(running.pop(future))
            result = _result(future)
            future.release()
            yield key, result
        client.unsubscribe_topic(topic)

    def _most(self) -> int:
        return 2 * max(1, sum(self.client.nthreads().values())) + 2

    def _submit(
        self, client: Client, topic: str, number: int, function: Callable[[A, Step], R], argument: A
    ) -> Future[R]:
        key = (self._name, number)  # one name: Dask keeps something for each name for ever
        call = Task(key, _call, function, pickle.dumps(argument), topic, number, _data_producer=True)
        future: Future[R] = client.get({key: call}, key, sync=False)
        return future


def shared(name: str) -> Any:
    """Return, in a task, the value that the farm shares under this name."""
    companion = get_worker().plugins[_SHARED + name]
    assert isinstance(companion, _Companion)
    return companion.value


@contextlib.contextmanager
def local(workers: int = 0) -> Iterator[Client]:
    """Open a farm's door to worker processes on this machine, one per core unless told otherwise.

    They speak TLS with credentials of their own, so that no other user of the machine can give them work.
    """
    with (
        TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True) as folder,
        dask.config.set(SETTINGS),
        _hidden_main(),
        LocalCluster(
            n_workers=workers or cores(),
            threads_per_worker=1,
            host="127.0.0.1",
            security=True,
            memory_limit=0,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            local_directory=folder,
            silence_logs=logging.CRITICAL,
            plugins=[_Deaf()],
        ) as cluster,
        contextlib.closing(Client(cluster, set_as_default=False)) as client,
    ):
        try:
            yield client
        except BaseException:
            _kill(cluster)
            raise


class _Companion(WorkerPlugin):
    """Stands beside a worker: holds what its tasks share, prepares it for them, and cleans up at the end."""

    def __init__(
        self,
        value: object = None,
        prepare: Callable[[], None] | None = None,
        close: Callable[[], None] | None = None,
    ) -> None:
        self.value = value
        self.prepare = prepare
        self.close = close

    def setup(self, worker: Worker) -> None:
        if self.prepare is not None:  # in the thread of the tasks, so that none runs before it is done
            worker.executors["default"].submit(self.prepare)

    def teardown(self, worker: Worker) -> None:
        if self.close is not None:
            self.close()


class _Deaf(WorkerPlugin):
    """Makes a worker ignore Ctrl-C, which a terminal sends to all processes: the one in front ends the others."""

    def setup(self, worker: Worker) -> None:
        interrupts.ignore()


_SHARED = "autograder-shared-"


def _call(function: Callable[[A, Step], R], argument: bytes, topic: str, number: int) -> R:
    """Do one task in a worker, and tell now and then how far it is."""
    worker, steps, told = get_worker(), 0, monotonic()

    def step() -> None:
        nonlocal steps, told
        steps += 1
        if monotonic() - told >= EVERY_SECONDS:
            worker.log_event(topic, [number, steps])
            told = monotonic()

    return function(pickle.loads(argument), step)


def _pass_on(news: list[int], keys: dict[int, K], on_step: Callable[[K, int], None]) -> None:
    number, steps = news
    if number in keys:  # otherwise its result is there already
        on_step(keys[number], steps)


def _result(future: Future[R]) -> R | Exception:
    if future.status == "cancelled":
        raise EnvironmentProblem("The connection to the workers is lost. What was graded so far is recorded.")
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, KilledWorker | NoValidWorkerError):
        return WorkerDied("each worker process that took it up died")
    return error if isinstance(error, Exception) else RuntimeError(repr(error))


def _kill(cluster: LocalCluster) -> None:
    """End the workers and all that they started, at once."""
    doomed = []
    for nanny in cluster.workers.values():
        nanny.auto_restart = False
        with contextlib.suppress(psutil.NoSuchProcess, TypeError):
            worker = psutil.Process(nanny.pid)
            doomed += [worker, *worker.children(recursive=True)]
    for process in doomed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


@contextlib.contextmanager
def _hidden_main() -> Iterator[None]:
    """Keep new processes from importing the program that started them; they need nothing of it."""
    main = sys.modules["__main__"]
    before = main.__spec__
    main.__spec__ = ModuleSpec("autograder.__main__", None)
    try:
        yield
    finally:
        main.__spec__ = before
