"""Locks for what only one process may do at a time; the system takes one from a process that dies.

Whoever does not get a lock is told at once who has it, and nobody waits.
"""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from autograder.errors import EnvironmentProblem
from autograder.shown.terminal import plain

LONGEST_HOLDER = 300  # characters


@contextmanager
def held(path: Path, doing: str) -> Iterator[None]:
    """Hold the lock `path` for the time of a `with` statement; a file beside it says who does.

    Parameters
    ----------
    doing
        What the holder does, for the sentence that others get: "is grading tiny".

    Raises
    ------
    EnvironmentProblem
        If another process has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(path, mode=0o660), path.with_name(f"{path.name}.holder")
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise EnvironmentProblem(
            f"Another process {doing} ({_read(holder)}): wait until it is done, or end it, and start again. "
            "Nothing was changed."
        ) from error
    try:
        holder.write_text(_here(), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _here() -> str:
    user = str(os.getuid())
    with suppress(Exception):  # a container may know no name for it
        user = getpass.getuser()
    now = datetime.now().astimezone()
    return f"process {os.getpid()} of {user} on {socket.gethostname()}, since {now:%Y-%m-%d %H:%M %Z}"


def _read(holder: Path) -> str:
    try:
        text = holder.read_text(encoding="utf-8", errors="replace")[:LONGEST_HOLDER]
    except OSError:
        text = ""
    return " ".join(plain(text).split()) or "it does not say which"
