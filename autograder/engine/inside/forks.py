"""Forks a process on request: the copy answers on a line of its own."""

from __future__ import annotations

import contextlib
import os
import random
import time

from . import protocol
from .frames import Channel


def is_copy(channel: Channel, descriptor: int, copies: list[int], reap: float) -> bool:
    """Fork, and say so at the channel of the original; return whether this is the copy.

    Parameters
    ----------
    descriptor
        The copy's line, which the original closes.
    copies
        The copies of this process that have not been waited for.
    reap
        Seconds that killed processes get to end if there are too many.
    """
    for pid in list(copies):
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG) != (0, 0):
                copies.remove(pid)
    numbers = random.getstate()  # Python gives every fork new ones
    try:
        pid = _fork(reap)
    except OSError:
        os.close(descriptor)
        channel.send(protocol.Refused(op="refused"))
        return False
    if pid:
        copies.append(pid)
        os.close(descriptor)
        channel.send(protocol.Copied(op="copied"))
        return False
    os.setsid()
    random.setstate(numbers)
    copies.clear()
    return True


def _fork(reap: float) -> int:
    """Fork; if there are too many processes, reap the zombies and try once more."""
    try:
        return os.fork()
    except OSError:
        time.sleep(reap)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        return os.fork()
