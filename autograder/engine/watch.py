"""Watches processes while they work: CPU time, wall time, memory, and whether they are still there."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import time
from dataclasses import replace

from autograder.engine.findings import Finding, FindingKind
from autograder.engine.items import CellReport
from autograder.engine.limits import MEBIBYTE, Limits
from autograder.engine.proc import cpu_of, memory_left, memory_of, state_of, tree, waited_of
from autograder.engine.process import Process, signal_all

STOPS = 50  # looks for processes that a fork bomb has started meanwhile


class Watch:
    """One stretch of work: of a student process alone, or of a test process with the student's that it asks.

    Parameters
    ----------
    main
        The process that will answer.
    seconds, deadline
        How much CPU time the work may take, and when the time of the whole notebook is over.
    limits
        What applies besides.
    other
        The student's process that a test asks.
    around
        The first process of the student's namespace, below which all others of the student are.
    """

    def __init__(
        self,
        main: Process,
        seconds: float,
        deadline: float,
        limits: Limits,
        other: Process | None = None,
        around: Process | None = None,
    ) -> None:
        self.main = main
        self.other = other
        self.around = around or main
        self.seconds = seconds
        self.limits = limits
        self.start = time.monotonic()
        deadline = max(deadline, self.start + 1)
        self.end = min(self.start + limits.wall_per_cpu * seconds, deadline)
        self.latest = min(self.start + limits.wall_when_busy * seconds, deadline)
        self.waited_before = self._waited()
        self.cpu_before = main.cpu() + (other.cpu() if other else 0.0)
        self.cpu_around: float | None = None  # what all of the student's had used when we first looked
        self.memory = 0
        self.last_cpu = 0.0
        self.ended_for: Finding | None = None  # why the student's process was ended

    def until(self, sock: socket.socket, line: socket.socket | None = None) -> Finding | None:
        """Wait for an answer; return what was found if it cannot come any more, or None when it is there.

        With a second process, that one is ended first when a limit is passed; the test process then says how the test
        ended, or is given up in its turn. `line` is our duplicate of the line between the two.
        """
        pause = self.limits.patience.first_look
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        if self.other is not None:
            poll.register(self.other.descriptor, select.POLLIN)
        while True:
            ready = {number for number, _ in poll.poll(1000 * pause)}
            if sock.fileno() in ready:
                return None
            if self.other is not None and self.other.descriptor in ready:
                poll.unregister(self.other.descriptor)
                if line is not None:
                    with contextlib.suppress(OSError):
                        line.shutdown(socket.SHUT_RDWR)  # whoever else holds that end must not keep the test waiting
            pause = self.limits.patience.look
            if self.ended_for is not None:
                if time.monotonic() > self.end:
                    return self.ended_for
                continue
            found = self._passed()
            if found is not None and self.other is None:
                return found
            if found is not None and self.other is not None:
                self._end_other(self.other, found)

    def _end_other(self, other: Process, found: Finding) -> None:
        self.ended_for = found
        self.end = time.monotonic() + self.limits.patience.grace
        signal_all(set(tree(other.pid)[1:]), signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, OSError):
            signal.pidfd_send_signal(other.descriptor, signal.SIGKILL)

    def measured(self, report: CellReport) -> CellReport:
        """Return the report with the CPU seconds, wall seconds and bytes of memory that were used."""
        self._count()
        memory = max(self.memory, (self.other or self.main).peak())
        wall = round(time.monotonic() - self.start, 3)
        return replace(report, cpu=round(self.last_cpu, 3), wall=wall, memory=memory)

    def _count(self) -> None:
        now = self.main.cpu() + (self.other.cpu() if self.other else 0.0) - self.cpu_before
        self.last_cpu = max(self.last_cpu, now)

    def _waited(self) -> float:
        return sum(waited_of(process.pid) for process in (self.main, self.other) if process is not None)

    def _is_late(self) -> bool:
        """Return whether the time is over; while other programs have the processor, it stands still, up to a limit."""
        now = time.monotonic()
        return now > self.end and now > min(self.end + self._waited() - self.waited_before, self.latest)

    def _passed(self) -> Finding | None:
        """Look at what is used; return which limit is passed, if any."""
        theirs = tree(self.around.pid)
        self._count()
        cpu = sum(map(cpu_of, theirs))
        if self.cpu_around is None:
            self.cpu_around = cpu - self.last_cpu
        self.last_cpu = max(self.last_cpu, cpu - self.cpu_around)
        if self.last_cpu > self.seconds or self._is_late():
            return Finding(FindingKind.time_limit, numbers={"seconds": self.seconds})
        most = self.limits.memory
        self.memory = max(self.memory, memory_of({*theirs, self.main.pid}, enough=most // 4))
        if self.memory > most:
            return Finding(FindingKind.memory_limit, numbers={"megabytes": most // MEBIBYTE})
        if self.memory > most // 4 and memory_left() < self.limits.machine_reserve:
            return Finding(FindingKind.machine_memory)
        return None


def end_strays(process: Process, ours: set[int]) -> bool:
    """End the children of a student process that are not ours; return whether there were any."""
    found: set[int] = set()
    for _ in range(STOPS):  # first stop them: a fork bomb goes on while we look
        strays = [pid for pid in process.children() if pid not in ours and state_of(pid) not in "ZX"]
        new = {pid for stray in strays for pid in tree(stray)} - found
        if not new:
            break
        signal_all(new, signal.SIGSTOP)
        found |= new
    signal_all(found, signal.SIGKILL)
    return bool(found)
