"""Errors of the operating system that no submission can cause: a full, read-only or broken disk, no descriptor left.

Everything else that goes wrong with a file is about that file.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from autograder.errors import EnvironmentProblem

TROUBLES = {
    errno.ENOSPC: "The disk is full: make room",
    errno.EDQUOT: "Your quota of disk space is used up: make room, or ask for more",
    errno.EROFS: "The disk is read-only: make it writable",
    errno.EIO: "The disk cannot be read or written: have it looked at",
    errno.EMFILE: "This process has too many open files: raise the limit (`ulimit -n`)",
    errno.ENFILE: "The machine has too many open files: end other programs, or raise its limit",
}
ANYWHERE = (errno.EMFILE, errno.ENFILE)


def disk_problem(error: BaseException | None, students: Path) -> EnvironmentProblem | None:
    """Return the sentence for an error that will meet whoever is next as well; None for any other.

    Parameters
    ----------
    students
        The folder of what was handed in: what happens to a file in there is about that file.
    """
    if not isinstance(error, OSError) or error.errno not in TROUBLES:
        return None
    place = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
    if place is not None and place.is_relative_to(students) and error.errno not in ANYWHERE:
        return None
    where = f" ({place})" if place is not None else ""
    return EnvironmentProblem(f"{TROUBLES[error.errno]} and start again{where}. What was graded so far is kept.")
