"""Watches processes while they work: CPU time, wall time, memory, and whether they are still there."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from dataclasses import replace
from pathlib import Path

from autograder.engine.explain import Why
from autograder.engine.sandbox import MEBIBYTE
from autograder.engine.work import CellReport, Ending
from autograder.engine.workshop import Process, memory_left, memory_of, tree

QUICK = 0.2  # seconds before the first look at what a process uses
PAUSE = 0.25
WALL_FOR_CPU = 3  # wall seconds allowed for each CPU second
GRACE = 5.0
MEMORY = 4096 * MEBIBYTE
RESERVE = 256 * MEBIBYTE  # what the machine itself needs: files in memory belong to no process


class Watch:
    """One stretch of work: of a student process alone, or of a test process (`main`) with a copy (`other`)."""

    def __init__(self, main: Process, seconds: int, deadline: float, other: Process | None = None) -> None:
        self.main = main
        self.other = other
        self.seconds: float = seconds
        self.start = time.monotonic()
        self.limit = min(self.start + WALL_FOR_CPU * seconds, max(deadline, self.start + 1))
        self.cpu_before = main.cpu()
        self.memory = 0
        self.last_cpu = 0.0
        self.ended_for: Why | None = None  # why the copy was ended

    def until(self, sock: socket.socket, line: socket.socket | None = None) -> Why | None:
        """Wait for an answer; return why it cannot come any more, or None when it is there.

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
            why = self._passed()
            if why is None:
                continue
            if self.other is None or self.ended_for is not None:
                return self.ended_for or why
            self.ended_for = why
            self.limit = time.monotonic() + GRACE
            self.seconds += GRACE
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
        found = False
        for _ in range(20):  # a fork bomb runs while we look
            strays = [pid for pid in self.main.children() if pid not in ours and not _is_dead(pid)]
            if not strays:
                break
            found = True
            for pid in (descendant for stray in strays for descendant in tree(stray)):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
        return found

    def _count(self) -> None:
        now = self.main.cpu() - self.cpu_before + (self.other.cpu() if self.other else 0.0)
        self.last_cpu = max(self.last_cpu, now)

    def _passed(self) -> Why | None:
        self._count()
        if self.last_cpu > self.seconds or time.monotonic() > self.limit:
            return Why(Ending.timeout, f"Stopped after {self.seconds:g} seconds: this did not come to an end.")
        subject = self.other or self.main
        self.memory = max(self.memory, memory_of(tree(subject.pid)))
        if memory_left() < RESERVE:
            return Why(Ending.error, "Stopped: the machine had hardly any memory left.")
        if self.memory > MEMORY:
            return Why(Ending.error, f"Stopped: more than {MEMORY // MEBIBYTE} MB of memory were in use.")
        return None


def _is_dead(pid: int) -> bool:
    """Tell whether a process has ended, if only its parent does not know yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
