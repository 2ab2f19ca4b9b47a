"""Watches processes while they work: CPU time, wall time, memory, and whether they are still there."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from dataclasses import replace

from autograder.engine.findings import Finding, FindingKind
from autograder.engine.items import CellReport
from autograder.engine.proc import cpu_of, memory_left, memory_of, state_of, tree
from autograder.engine.sandbox import MEBIBYTE
from autograder.engine.workshop import Process

QUICK = 0.2  # seconds before the first look at what a process uses
PAUSE = 0.25
WALL_FOR_CPU = 3  # wall seconds allowed for each CPU second
GRACE = 5.0
STOPS = 50
MEMORY = 4096 * MEBIBYTE
RESERVE = 256 * MEBIBYTE  # what the machine itself needs: files in memory belong to no process


class Watch:
    """One stretch of work: of a student process alone, or of a test process (`main`) with a copy (`other`)."""

    def __init__(
        self, main: Process, seconds: int, deadline: float, other: Process | None = None, around: Process | None = None
    ) -> None:
        self.main = main
        self.other = other
        self.around = around or main  # the first process of the student's namespace, below which all others are
        self.seconds: float = seconds
        self.start = time.monotonic()
        self.limit = min(self.start + WALL_FOR_CPU * seconds, max(deadline, self.start + 1))
        self.cpu_before = main.cpu()
        self.cpu_around: float | None = None  # what all of the student's had used when we first looked
        self.memory = 0
        self.last_cpu = 0.0
        self.ended_for: Finding | None = None  # why the copy was ended

    def until(self, sock: socket.socket, line: socket.socket | None = None) -> Finding | None:
        """Wait for an answer; return what was found if it cannot come any more, or None when it is there.

        With a copy, the copy is ended first when a limit is passed; the test process then says how the test ended, or
        is given up in its turn. `line` is our duplicate of the line between the two.
        """
        pause = QUICK
        watched: list[int | socket.socket] = [sock]
        if self.other is not None:
            watched.append(self.other.descriptor)
        while True:
            ready = select.select(watched, [], [], pause)[0]
            if sock in ready:
                return None
            if self.other is not None and self.other.descriptor in ready:
                watched.remove(self.other.descriptor)
                if line is not None:
                    with contextlib.suppress(OSError):
                        line.shutdown(socket.SHUT_RDWR)  # whoever else holds that end must not keep the test waiting
            pause = PAUSE
            if self.ended_for is not None:
                if time.monotonic() > self.limit:
                    return self.ended_for
                continue
            found = self._passed()
            if found is not None and self.other is None:
                return found
            if found is not None and self.other is not None:
                self.ended_for = found
                self.limit = time.monotonic() + GRACE
                _signal_all(set(tree(self.other.pid)[1:]), signal.SIGKILL)
                with contextlib.suppress(ProcessLookupError, OSError):
                    signal.pidfd_send_signal(self.other.descriptor, signal.SIGKILL)

    def measured(self, report: CellReport) -> CellReport:
        """Return the report with the CPU seconds, wall seconds and bytes of memory that were used."""
        self._count()
        memory = max(self.memory, (self.other or self.main).peak())
        wall = round(time.monotonic() - self.start, 3)
        return replace(report, cpu=round(self.last_cpu, 3), wall=wall, memory=memory)

    def end_strays(self, ours: set[int]) -> bool:
        """End the children of the student process that are not ours; return whether there were any."""
        found: set[int] = set()
        for _ in range(STOPS):  # first stop them: a fork bomb goes on while we look
            strays = [pid for pid in self.main.children() if pid not in ours and state_of(pid) not in "ZX"]
            new = {pid for stray in strays for pid in tree(stray)} - found
            if not new:
                break
            _signal_all(new, signal.SIGSTOP)
            found |= new
        _signal_all(found, signal.SIGKILL)
        return bool(found)

    def _count(self) -> None:
        now = self.main.cpu() - self.cpu_before + (self.other.cpu() if self.other else 0.0)
        self.last_cpu = max(self.last_cpu, now)

    def _passed(self) -> Finding | None:
        """Look at what is used; return which limit is passed, if any."""
        theirs = tree(self.around.pid)
        self._count()
        cpu = sum(map(cpu_of, theirs))
        if self.cpu_around is None:
            self.cpu_around = cpu - self.last_cpu
        self.last_cpu = max(self.last_cpu, cpu - self.cpu_around)
        if self.last_cpu > self.seconds or time.monotonic() > self.limit:
            return Finding(FindingKind.time_limit, numbers={"seconds": self.seconds})
        self.memory = max(self.memory, memory_of({*theirs, self.main.pid}, enough=MEMORY // 4))
        if self.memory > MEMORY:
            return Finding(FindingKind.memory_limit, numbers={"megabytes": MEMORY // MEBIBYTE})
        if self.memory > MEMORY // 4 and memory_left() < RESERVE:
            return Finding(FindingKind.machine_memory)
        return None


def _signal_all(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
