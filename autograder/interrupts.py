"""Ctrl-C at a bad moment: ways to put it off or to leave it to others.

A terminal sends it to all processes of the group, so whoever starts processes has to think of theirs too.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Let what is being done be finished, here and in processes that are started meanwhile; Ctrl-C comes after it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    noted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: noted.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, before)
        if noted:
            raise KeyboardInterrupt


@contextlib.contextmanager
def ignored() -> Iterator[None]:
    """Ignore Ctrl-C, so that a second one does not stop the cleaning up after the first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def block() -> None:
    """Keep Ctrl-C from this thread, from the threads that it starts and from the processes that they start."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def ignore() -> None:
    """Make this process, whose starter may have blocked Ctrl-C, ignore it; call this in its main thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
