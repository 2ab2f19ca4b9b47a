"""The workers of a farm as the supervisor sees them: who is there, who was let in or refused, who is free.

Workers come and go while a run goes on. Each is asked first whether it can do the work, by letting the run enter its
process (`station`); nothing else is sent to one that has not said yes.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from distributed import Client, Future

from autograder.errors import EnvironmentProblem
from autograder.farm.dask import station
from autograder.farm.dask.clusters import Door
from autograder.farm.pool import Duty
from autograder.farm.tasks import Blame, Done, Failure

Tell = Callable[[str], None]


class Call:
    """A call of one of our functions that any Dask process can carry: only the worker that makes it needs our package.

    Values that travel apart, as Dask's data, take their places in `shares` there, in their order.
    """

    def __init__(self, function: Callable[..., object], *words: object) -> None:
        self.function = function
        self.words = words

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.function, self.words

    def packed(self) -> bytes:
        """Return the bytes of which `pickle.loads` makes the call; data that travel apart are left out of them."""
        return pickle.dumps(self, protocol=5, buffer_callback=lambda buffer: False)


class Silence(Exception):
    """A worker's answer was there, and was lost with the worker."""


@dataclass
class Hand:
    """A worker that was let in: what it holds of what is shared, and the number of the task that it does."""

    holds: set[str] = field(default_factory=set)
    task: int | None = None


class Crew:
    """The workers behind a door.

    Parameters
    ----------
    client, door
        The connection to them, and where it leads.
    run
        The name under which we enter them.
    duty
        What they are entered for; what its `prepare` raises in a worker is why that worker gets no work.
    most
        How many workers to let in; 0 for all.
    tell
        Told in a sentence who gets no work, and why nothing goes on.
    submit
        Sends a call to a worker; its answer comes to `answered`.
    """

    def __init__(
        self,
        client: Client,
        door: Door,
        run: str,
        duty: Duty[Any, Any],
        most: int,
        tell: Tell,
        submit: Callable[[str, bytes], Future[Any]],
    ) -> None:
        self.client, self.run, self.most, self.tell = client, run, most, tell
        self.patience, self._where = door.patience, f" at {door.address}"
        self.hands: dict[str, Hand] = {}
        self._submit = submit
        self._entry = Call(station.enter, run, duty.prepare, duty.close).packed()
        self._asked: dict[str, Future[Any]] = {}
        self._refused: dict[str, str] = {}
        self._since = self._said = monotonic()

    @property
    def expected(self) -> int:
        """How many workers were let in or may still be."""
        return len(self.hands) + len(self._asked)

    def free(self) -> list[str]:
        """Return who has nothing to do."""
        return [address for address, hand in self.hands.items() if hand.task is None]

    def call(self) -> dict[str, Hand]:
        """Look who is there and ask the new ones in; return those who are gone."""
        there = self.ask(self.client.nthreads)
        gone = {address: self.hands.pop(address) for address in list(self.hands) if address not in there}
        for address in [address for address in self._asked if address not in there]:
            self._asked.pop(address).release()
        self._refused = {address: why for address, why in self._refused.items() if address in there}
        for address in there:
            if address not in self.hands and address not in self._asked and address not in self._refused:
                if self.most and len(self.hands) + len(self._asked) >= self.most:
                    break
                self._asked[address] = self._submit(address, self._entry)
        return gone

    def readmit(self, address: str) -> None:
        """Forget a worker, so that the next look asks it in again."""
        self.hands.pop(address, None)

    def answered(self, address: str, future: Future[Any]) -> None:
        """Take the answer of a worker that was asked."""
        if self._asked.get(address) is not future:
            return
        del self._asked[address]
        if future.status in ("cancelled", "lost"):
            return
        said = answer(future, self.patience.answer)
        future.release()
        if isinstance(said, Done):
            self.hands[address] = Hand()
            self._since = monotonic()
        elif not isinstance(said, station.Left | Silence):
            self._refused[address] = _reason(said)
            self._since = monotonic()
            self.tell(f"The worker {address} gets no work. {self._refused[address]}")

    def require_somebody(self) -> None:
        """Look whether there is a worker, or may be one soon.

        Raises
        ------
        EnvironmentProblem
            If all that are there were refused, or nobody has come for too long.
        """
        alone = monotonic() - self._since
        if self.hands:
            self._since = self._said = monotonic()
        elif self._asked and monotonic() - self._said > self.patience.silent:
            self._said = float("inf")
            self.tell(f"The workers{self._where} have not answered yet: they are starting, or busy with other work.")
        elif self._refused and not self._asked and alone > self.patience.after_refusal:
            first = next(iter(self._refused.values()))
            raise EnvironmentProblem(f"No worker{self._where} can grade, so grading has ended. {first}")
        elif not self._asked and alone > self.patience.join:
            waited = f"{self.patience.join:g} seconds"
            raise EnvironmentProblem(f"There was no worker{self._where} for {waited}, so grading has ended.")
        elif not self._asked and monotonic() - self._said > self.patience.silent:
            self._said = float("inf")
            self.tell(f"There is no worker{self._where}; waiting {self.patience.join / 60:g} minutes for one.")

    def leave(self) -> None:
        """Leave all workers as they were; to call one that has gone would take long."""
        for future in self._asked.values():
            future.release()
        there = self.ask(self.client.nthreads)
        entered = [address for address in (*self.hands, *self._asked) if address in there]
        if entered:
            self.ask(self.client.run, station.leave, self.run, workers=entered, on_error="ignore")

    def give(self, key: object, content: bytes) -> Future[Any] | None:
        """Make data known to the scheduler: a worker that was let in gets it, and others get it from that one.

        None if it did not work, since that worker has gone.
        """
        there = self.ask(self.client.nthreads)
        for address in [address for address in self.hands if address in there][:1]:
            with suppress(OSError, TimeoutError, KeyError, ValueError):
                return self.client.scatter({key: content}, workers=[address], timeout=self.patience.answer)[key]
        return None

    def ask(self, question: Callable[..., Any], *words: object, **more: object) -> Any:
        """Ask the scheduler something.

        Raises
        ------
        EnvironmentProblem
            If it does not answer.
        """
        try:
            return self.client.sync(question, *words, callback_timeout=self.patience.answer, **more)
        except (OSError, TimeoutError) as error:
            raise EnvironmentProblem(
                f"The connection to the workers{self._where} is lost. What was graded so far is recorded."
            ) from error


def answer(future: Future[Any], seconds: float) -> Done | Failure | Exception:
    """Return what came back from a worker, or why nothing did: `Silence` if it died with the result."""
    try:
        return future.exception(timeout=seconds) or future.result(timeout=seconds)
    except TimeoutError:
        return Silence()
    except Exception as error:
        return error


def _reason(said: Failure | Exception) -> str:
    """Return in a sentence why a worker cannot do our work: what it said, or why it could not even say anything."""
    if isinstance(said, Failure):
        return said.reason if said.blame is Blame.machine else f"It cannot run our code ({said.reason})."
    if isinstance(said, ModuleNotFoundError) and said.name == "autograder":
        return "The package autograder is not installed there: install the same version as here."
    if isinstance(said, ImportError | AttributeError):
        return f"Another version of autograder is installed there ({said}): install the same as here."
    return f"It cannot run our code ({type(said).__name__}: {said})."
