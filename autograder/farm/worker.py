"""A worker process of this machine: it prepares itself, then does one task after the other for whoever holds its line.

It trusts what comes along the line, and whoever holds the other end trusts it: both are ours, and no student's code
runs in either.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any

from autograder.farm.clock import CLOCK
from autograder.farm.pool import Duty
from autograder.farm.tasks import Done, Failure


@dataclass(frozen=True)
class Share:
    """A value for all tasks, pickled."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Order:
    """A task, pickled."""

    content: bytes


@dataclass(frozen=True)
class Ready:
    """The worker is prepared."""


@dataclass(frozen=True)
class Steps:
    """How far the task is."""

    number: int


def work(descriptor: int) -> None:
    """Be a worker until the line is closed. What is said instead of `Ready` or `Done` is a `Failure`."""
    with Connection(descriptor) as line:
        try:
            duty = pickle.loads(line.recv_bytes())
            duty.prepare()
        except Exception as error:
            line.send(Failure.of(error))
            return
        try:
            line.send(Ready())
            _serve(line, duty)
        except (EOFError, OSError):
            pass  # whoever gave us work has closed the line or ended
        finally:
            duty.close()


def _serve(line: Connection, duty: Duty[Any, Any]) -> None:
    shares: dict[str, object] = {}
    while True:
        message = line.recv()
        if isinstance(message, Share):
            shares[message.name] = pickle.loads(message.content)
            continue
        answer = _answer(line, duty, message, shares)
        try:
            content = pickle.dumps(answer)
        except Exception as error:
            content = pickle.dumps(Failure.of(error))
        line.send_bytes(content)


def _answer(line: Connection, duty: Duty[Any, Any], order: Order, shares: dict[str, object]) -> Done | Failure:
    try:
        return Done(duty.run(pickle.loads(order.content), _There(line, shares)))
    except Exception as error:
        return Failure.of(error)


class _There:
    """The worker as its task sees it."""

    def __init__(self, line: Connection, shares: dict[str, object]) -> None:
        self._line, self._shares = line, shares
        self._steps, self._told = 0, monotonic()

    def step(self) -> None:
        self._steps += 1
        if monotonic() - self._told >= CLOCK.step:
            self._line.send(Steps(self._steps))
            self._told = monotonic()

    def shared(self, name: str) -> Any:
        return self._shares[name]
