"""A process of the sandbox as the worker sees it: a line to it, and what the system says of it.

It starts none: `workshop` does.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from autograder.engine.inside.frames import Channel, Closed
from autograder.engine.proc import children_of, cpu_of, is_called_away, peak_of, threads_of, tree


@dataclass
class Process:
    """A process of the sandbox: a line to it, and its id as the system vouches for it."""

    channel: Channel
    pid: int
    folder: tempfile.TemporaryDirectory[str] | None = None  # its home, where there is no sandbox
    descriptor: int = field(init=False)

    def __post_init__(self) -> None:
        try:
            self.descriptor = os.pidfd_open(self.pid)
        except OSError:
            self.channel.close()
            raise Closed from None

    def namespace(self) -> int:
        """Return what tells its process namespace from others."""
        try:
            return Path(f"/proc/{self.pid}/ns/pid").stat().st_ino
        except OSError:
            return 0

    def cpu(self) -> float:
        """Return the CPU seconds that it and the children that it waited for have used."""
        return cpu_of(self.pid)

    def peak(self) -> int:
        """Return the most bytes that were resident at once."""
        return peak_of(self.pid)

    def children(self) -> list[int]:
        """Return the ids of its children."""
        return children_of(self.pid)

    def has_threads(self) -> bool:
        """Return whether it runs more than one thread: a copy of it would lack all but one."""
        return threads_of(self.pid) > 1

    def is_alive(self) -> bool:
        """Return whether it has not ended."""
        return self.descriptor >= 0 and not is_readable(self.descriptor)

    def is_waiting(self) -> bool:
        """Return whether it is there and nobody has sent it a signal that ends or stops it, not even just now."""
        return not is_called_away(self.pid) and self.is_alive()

    def kill(self) -> None:
        """End it at once, whatever it does; where no namespace ends with it, what it has started too."""
        if self.folder is not None:
            signal_all(set(tree(self.pid)[1:]), signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, OSError):
            signal.pidfd_send_signal(self.descriptor, signal.SIGKILL)
        self.channel.close()
        self.leave()
        if self.folder is not None:
            self.folder.cleanup()

    def leave(self) -> None:
        """Let go of it; it goes on."""
        with contextlib.suppress(OSError):
            os.close(self.descriptor)
        self.descriptor = -1


def is_readable(descriptor: int) -> bool:
    """Return whether a descriptor has something to read at once; select() would know only the first 1,024 of them."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def signal_all(pids: set[int], number: signal.Signals) -> None:
    """Send a signal to processes, as far as they are there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
