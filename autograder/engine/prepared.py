"""Test processes that are prepared for diagnoses: what a bank draws is drawn once, not for each student anew.

A prepared process knows what the author knows, and no student's code is ever asked from it: a diagnosis has a copy of
it for itself. So nothing that a student's function returns or changes reaches the next diagnosis.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.engine.inside import protocol
from autograder.engine.inside.analysis import names_bound_by
from autograder.engine.inside.frames import Closed
from autograder.engine.items import Item, Kind
from autograder.engine.limits import Effort
from autograder.engine.process import Process
from autograder.engine.watch import Watch

if TYPE_CHECKING:
    from autograder.engine.workshop import Workshop

MOST_KEPT = 4  # assignments, or parts of one


@dataclass
class _Ready:
    """A prepared process, and the exercises whose inputs it has drawn, with the number of these."""

    process: Process
    exercises: set[tuple[str, int]] = field(default_factory=set)


class Prepared:
    """The prepared processes of a workshop; threads may share them."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._lock = threading.RLock()  # where the server has to be started anew, the workshop closes this
        self._kept: dict[str, _Ready] = {}  # by what they know; the one that was used last comes last

    def copy_for(self, item: Item, exercise: str, effort: Effort, deadline: float) -> Process | None:
        """Return a process for the diagnosis of one exercise, which the caller has to end; None if it takes too long.

        Raises
        ------
        Closed
            If the process cannot be started.
        """
        notebook = _notebook(item)
        key = _key(item, notebook)
        with self._lock:
            ready = self._kept.pop(key, None)
            if ready is not None and not ready.process.is_alive():
                ready.process.kill()
                ready = None
            ready = ready or self._begin(item, notebook)
            try:
                is_ready = self._prepare(ready, exercise, effort, deadline)
                copy = self._workshop.copy_of(ready.process)[0] if is_ready else None
            except BaseException:
                ready.process.kill()
                raise
            if copy is None:
                ready.process.kill()
                return None
            self._kept[key] = ready
            while len(self._kept) > MOST_KEPT:
                self._kept.pop(next(iter(self._kept))).process.kill()
            return copy

    def close(self) -> None:
        """End them all."""
        with self._lock:
            while self._kept:
                self._kept.popitem()[1].process.kill()

    def _begin(self, item: Item, notebook: protocol.Notebook) -> _Ready:
        process = self._workshop.spawn("test", list(item.given))
        try:
            process.channel.send(notebook)
        except BaseException:
            process.kill()
            raise
        return _Ready(process)

    def _prepare(self, ready: _Ready, exercise: str, effort: Effort, deadline: float) -> bool:
        """Let a process draw the inputs of an exercise; return whether it has done so in time."""
        limits, channel = self._workshop.limits, ready.process.channel
        if (exercise, effort.probes) in ready.exercises:
            return True
        watch = Watch(ready.process, effort.seconds, deadline, limits)
        channel.send(protocol.Prepare(op="prepare", exercise=exercise, probes=effort.probes))
        if watch.until(channel.sock) is not None:
            return False
        message, _ = channel.receive_soon(limits.patience.answer, blobs=0)
        if message.get("op") != "prepared":
            raise Closed
        ready.exercises.add((exercise, effort.probes))
        return True


def _notebook(item: Item) -> protocol.Notebook:
    """Return what a prepared process must know of a notebook: what the author has there, and no hidden test."""
    return protocol.Notebook(
        cells=list(_cells(item)), answers=sorted(item.answers), imports=item.imports, bank=item.bank, given_up=[]
    )


def _cells(item: Item) -> Iterator[protocol.NotebookCell]:
    solutions = {solution.name: solution.source for solution in item.solutions}
    for cell in item.cells:
        if cell.kind is Kind.student and solutions.get(cell.name):
            yield protocol.NotebookCell(kind=cell.kind, solution=solutions[cell.name])
        elif cell.kind is Kind.locked or (cell.kind is Kind.test and names_bound_by(cell.released)):
            yield protocol.NotebookCell(kind=cell.kind, released=cell.released, hidden=False)


def _key(item: Item, notebook: protocol.Notebook) -> str:
    found = hashlib.sha256(json.dumps(notebook, sort_keys=True).encode())
    for name, content in item.given:
        found.update(f"{name!r} {len(content)} ".encode("utf-8", "surrogateescape"))
        found.update(content)
    return found.hexdigest()
