"""A farm's side in the worker process: whose tasks it takes, one at a time, and what it keeps for them.

It knows nothing of grading. What a run leaves here goes when the run ends: in the ordinary way, with Ctrl-C, or because
nobody has been heard of for some time.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Timer
from time import monotonic
from typing import Any

from distributed import get_worker

from autograder.farm.clock import CLOCK
from autograder.farm.pool import Worker
from autograder.farm.tasks import Done, Failure

TOPIC = "autograder"  # one for all runs: Dask keeps something for each topic for ever

Function = Callable[[Any, Worker], object]


class Unknown(Exception):
    """A task needs what the process does not have, since it is new or was left alone for too long."""


class Left(Exception):
    """A task's run has ended, and so does the task."""


Answer = Done | Failure | Unknown | Left


class Station:
    """What a worker process knows of the runs that have entered it."""

    def __init__(self) -> None:
        self._turn = Lock()  # one task at a time, however many threads the worker has and whoever sends them
        self._coming: set[str] = set()  # runs that wait for their turn to enter
        self._runs: dict[str, Callable[[], None]] = {}  # with what each calls at its end
        self._working = ""  # the run whose task has its turn
        self._kept: dict[str, object] = {}
        self._folder: TemporaryDirectory[str] | None = None
        self._alarm = Timer(CLOCK.alone, self.end_all)

    def enter(self, run: str, prepare: Callable[[], None], close: Callable[[], None]) -> None:
        """Let a run in; whatever `prepare` raises keeps it out."""
        self._coming.add(run)
        with self._turn:
            prepare()
            self._runs[run] = close
            if run not in self._coming:  # it has left meanwhile
                self._end(run, close)
                raise Left
            self._coming.discard(run)
            self._set_alarm()

    def work(
        self,
        run: str,
        function: Function,
        argument: bytes,
        shares: Mapping[str, bytes],
        needed: tuple[str, ...],
        tell: Callable[[int], None],
    ) -> object:
        """Do a task of a run that has entered.

        Raises
        ------
        Unknown
            If it has not, or something that the task needs is neither here nor among `shares`.
        """
        with self._turn:
            if run not in self._runs or any(name not in self._kept and name not in shares for name in needed):
                raise Unknown
            self._working = run
            close = self._runs[run]
            try:
                for name in shares.keys() - self._kept.keys():
                    self._kept[name] = pickle.loads(shares[name])
                return function(pickle.loads(argument), _There(self, run, tell))
            finally:
                self._working = ""
                self._end("", close)
                self._set_alarm()

    def leave(self, run: str) -> None:
        """End a run here: its task, and if it was the last, all that is kept."""
        self._coming.discard(run)
        close = self._runs.pop(run, None)
        if close is None:
            return
        is_working = self._working == run
        if is_working:
            close()  # what the task waits for ends, and then the task
        if (is_working or not self._runs) and self._turn.acquire(timeout=CLOCK.end):
            try:
                self._end(run, close)
            finally:
                self._turn.release()

    def has(self, run: str) -> bool:
        """Return whether a run has entered and not left."""
        return run in self._runs

    def end_all(self) -> None:
        """Forget every run, unless a task is at work; the runs that go on enter again."""
        if self._working:
            return
        for run in list(self._runs):
            self.leave(run)

    def kept(self, name: str) -> object:
        """Return what is shared under a name."""
        return self._kept[name]

    def scratch(self) -> Path:
        """Return a private folder, which is deleted with the rest."""
        if self._folder is None:
            self._folder = TemporaryDirectory(
                prefix="autograder-", dir=get_worker().local_directory, ignore_cleanup_errors=True
            )
        return Path(self._folder.name)

    def _end(self, run: str, close: Callable[[], None]) -> None:
        """Forget a run, and if there is none left, everything."""
        self._runs.pop(run, None)
        if self._runs:
            return
        close()
        self._alarm.cancel()
        self._kept.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _set_alarm(self) -> None:
        self._alarm.cancel()
        if self._runs:
            self._alarm = Timer(CLOCK.alone, self.end_all)
            self._alarm.daemon = True
            self._alarm.start()


class _There:
    """The worker as a task sees it."""

    def __init__(self, station: Station, run: str, tell: Callable[[int], None]) -> None:
        self._station, self._run, self._tell = station, run, tell
        self._steps, self._told = 0, monotonic()

    def step(self) -> None:
        if not self._station.has(self._run):
            raise Left
        self._steps += 1
        if monotonic() - self._told >= CLOCK.step:
            self._tell(self._steps)
            self._told = monotonic()

    def shared(self, name: str) -> Any:
        return self._station.kept(name)


_station = Station()


def scratch() -> Path:
    """Return, while a share is unpacked, a private folder that goes when the last run has left."""
    return _station.scratch()


def enter(run: str, prepare: Callable[[], None], close: Callable[[], None]) -> Answer:
    """Let a run in: what the farm asks of every worker before it gives it work."""
    return _caught(lambda: _station.enter(run, prepare, close))


def work(
    run: str, number: int, function: Function, argument: bytes, shares: Mapping[str, bytes], needed: tuple[str, ...]
) -> Answer:
    """Do a task, and tell now and then how far it is."""
    worker = get_worker()

    def tell(steps: int) -> None:
        worker.log_event(TOPIC, [run, number, steps])

    return _caught(lambda: _station.work(run, function, argument, shares, needed, tell))


async def leave(run: str) -> None:
    """End a run in this worker."""
    await asyncio.to_thread(_station.leave, run)


def _caught(call: Callable[[], object]) -> Answer:
    """Return what became of a call. Dask writes what a task raises into its log; we do not."""
    try:
        done = Done(call())
        pickle.dumps(done)
    except (Unknown, Left) as error:
        return error
    except Exception as error:
        return Failure.of(error)
    return done
