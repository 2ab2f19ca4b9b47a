"""Work that is done under a limit of the system: on CPU time and on memory, in a process of its own.

Limits are such that only work out of bounds passes them: CPU time does not depend on what else the machine does.
"""

from __future__ import annotations

import multiprocessing
import resource
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

SECONDS = 20  # of CPU time, where anything that grows with the square takes minutes
MEGABYTES = 700


def _limited(work: Callable[[], Any], line: Connection, seconds: int, megabytes: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        line.send((True, work()))
    except BaseException:
        line.send((False, traceback.format_exc()[-3000:]))


def bounded(work: Callable[[], Any], seconds: int = SECONDS, megabytes: int = MEGABYTES) -> Any:
    """Return what some work returns.

    Raises
    ------
    AssertionError
        If it takes more CPU seconds, or more memory beside what is there already, or ends with an exception.
    """
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_limited, args=(work, theirs, seconds, megabytes))
    process.start()
    theirs.close()
    try:
        done, found = ours.recv()
    except EOFError:
        process.join()
        raise AssertionError(
            f"It took more than {seconds} seconds of CPU time (exit code {process.exitcode})."
        ) from None
    process.join()
    assert done, found
    return found
