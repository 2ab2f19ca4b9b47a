"""Folders that are made elsewhere on the same file system and swapped in whole, in one step."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.errors import AutograderError

YOUNG = 60.0  # seconds; nobody waits for them


EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)


@contextmanager
def scratch(root: Path) -> Iterator[Path]:
    """Yield an empty folder below `root`, on the same file system, so that a rename out of it is atomic.

    What killed processes have left of such folders is removed: each is locked as long as its process lives.
    """
    parent = root / "_build"
    parent.mkdir(exist_ok=True)
    _clear_left_behind(parent)
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=parent) as folder, _lock(folder):
        yield Path(folder)


def _clear_left_behind(parent: Path) -> None:
    for left in parent.glob("scratch-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > YOUNG:  # a new one may not be locked yet
                with _lock(left) as is_ours:
                    if is_ours:
                        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _lock(folder: str | Path) -> Iterator[bool]:
    """Take a folder's lock if it is free; return whether it was."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_ours = True
    except OSError:  # another process has it, or the file system knows no locks
        is_ours = False
    try:
        yield is_ours
    finally:
        os.close(descriptor)


def swap_in(fresh: Path, target: Path) -> None:
    """Put the folder `fresh` where `target` is, in one step; `fresh` then holds what was there before."""
    if not target.exists():
        fresh.rename(target)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    here = -100  # AT_FDCWD
    if libc.renameat2(here, os.fsencode(fresh), here, os.fsencode(target), EXCHANGE) != 0:
        error = ctypes.get_errno()
        if error in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):  # some network file systems
            _swap_in_two_steps(fresh, target)
            return
        reason = OSError(error, os.strerror(error), str(target))
        raise AutograderError(f"{target} could not be replaced: {reason.strerror}. It is as it was before.") from reason


def before_swap(fresh: Path) -> Path:
    """Return where the folder that `fresh` replaces is for a moment, where the file system cannot do it in one step."""
    return fresh.with_name(f"{fresh.name}-before")


def _swap_in_two_steps(fresh: Path, target: Path) -> None:
    aside = before_swap(fresh)
    target.rename(aside)
    try:
        fresh.rename(target)
    except OSError:
        aside.rename(target)
        raise
    aside.rename(fresh)
