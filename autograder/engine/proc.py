"""What Linux tells about processes: who descends from whom, what they use, whether they wait.

A run looks here thousands of times while the student's code computes beside it, so each look reads as little as it can.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
LAST_SIGNALS = 1 << (signal.SIGKILL - 1) | 1 << (signal.SIGSTOP - 1)
IS_ENDING = 0x4 | 0x400  # flags of a process that has begun to end (PF_EXITING, PF_SIGNALED)
MOST_IN_A_TREE = 5000  # processes: more than any limit lets a notebook have, so that looking comes to an end
GONE = (OSError, ValueError, IndexError)  # what comes of reading about a process that vanishes meanwhile


def children_of(pid: int) -> list[int]:
    """Return the ids of the children of a process, whichever of its threads started them."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - it may vanish while we read
            with contextlib.suppress(OSError):
                found += map(int, _read(f"{pid}/task/{task}/children").split())
    return found


def threads_of(pid: int) -> int:
    """Return how many threads a process runs; 0 if it is gone."""
    try:
        return len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208 - as above
    except OSError:
        return 0


def tree(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found: list[int] = []
    waiting = [pid]
    while waiting and len(found) < MOST_IN_A_TREE:
        found.append(waiting.pop())
        waiting += children_of(found[-1])
    return found


def state_of(pid: int) -> str:
    """Return the letter that the system gives to the state of a process; X if it is gone."""
    try:
        return _stat(pid)[0]
    except GONE:
        return "X"


def is_called_away(pid: int) -> bool:
    """Return whether a process is stopped, ends or has ended, or will as soon as it gets a processor."""
    try:
        pending = [
            int(line.split()[1], 16)
            for line in _read(f"{pid}/status").splitlines()
            if line.startswith(("SigPnd:", "ShdPnd:"))
        ]
        state, flags = (_stat(pid)[place] for place in (0, 6))  # after what is pending
    except GONE:
        return True
    return any(mask & LAST_SIGNALS for mask in pending) or bool(int(flags) & IS_ENDING) or state in "TtZX"


def cpu_of(pid: int) -> float:
    """Return the CPU seconds that a process and the children that it waited for have used."""
    own = children = exact = 0.0
    with contextlib.suppress(*GONE):
        fields = _stat(pid)
        own, children = sum(map(int, fields[11:13])) / TICKS, sum(map(int, fields[13:15])) / TICKS
        exact = int(_read(f"{pid}/schedstat").split()[0]) / 1e9  # of its first thread
    return max(own, exact) + children


def waited_of(pid: int) -> float:
    """Return the seconds for which a process could have run, but other processes had the processor."""
    with contextlib.suppress(*GONE):
        return int(_read(f"{pid}/schedstat").split()[1]) / 1e9  # its first thread
    return 0.0


def peak_of(pid: int) -> int:
    """Return the most bytes of a process that were resident at once."""
    with contextlib.suppress(*GONE):
        for line in _read(f"{pid}/status").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def memory_of(pids: Iterable[int], enough: int) -> int:
    """Return the bytes that processes hold, what they share counted once.

    To count that takes the system milliseconds, in which the process waits: where even what is counted more than once
    does not reach `enough`, 0 is returned.
    """
    pids = list(pids)
    resident = 0
    for pid in pids:
        with contextlib.suppress(*GONE):
            resident += int(_read(f"{pid}/statm").split()[1]) * PAGE
    return sum(map(_proportional, pids)) if resident >= enough else 0


def memory_left() -> int:
    """Return the bytes that the machine can still give."""
    for line in _read("meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 2**62


def _proportional(pid: int) -> int:
    with contextlib.suppress(*GONE):
        for line in _read(f"{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from its state on; its name before them may hold anything."""
    return _read(f"{pid}/stat").rpartition(")")[2].split()


def _read(name: str) -> str:
    descriptor = os.open(f"/proc/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = b""
        while part := os.read(descriptor, 1 << 16):
            found += part
    finally:
        os.close(descriptor)
    return found.decode(errors="replace")
