"""Generates what students get from what instructors write: `release/NAME/` and `dist/NAME.zip`.

nbgrader does the work in a scratch course, since it deletes a release when generating fails; the result is swapped in
whole, so that nobody ever sees half a release.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import re
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from traitlets.config import Config

from autograder.course import Course
from autograder.digest import files_below
from autograder.errors import AutograderError, UsageError
from autograder.records.database import prepare

NOT_RELEASED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", ".*_cache")
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # zip archives of equal files are equal bytes
YOUNG = 60.0  # seconds
EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)


@contextmanager
def generated(course: Course, name: str) -> Iterator[Path]:
    """Generate the release of assignment `name` in a scratch folder and yield that folder.

    Raises
    ------
    UsageError
        If there is no such assignment.
    AutograderError
        If nbgrader cannot generate it; the message carries nbgrader's reason.
    """
    course.source_notebook(name)
    with scratch(course) as folder:
        shutil.copytree(course.source / name, folder / "source" / name, ignore=NOT_RELEASED)
        for notebook in course.source.glob("*.ipynb"):  # headers and footers
            shutil.copy(notebook, folder / "source")
        config = Config()
        config.CourseDirectory.root = str(folder)
        config.CourseDirectory.db_url = f"sqlite:///{folder / 'gradebook.db'}"
        prepare(config.CourseDirectory.db_url)  # nbgrader would start a program for each new gradebook
        run = course.nbgrader(config).generate_assignment(name)
        if not run["success"]:
            raise AutograderError(f"nbgrader could not generate {name}: {last_error(run)}")
        yield folder / "release" / name


def release(course: Course, name: str) -> Path:
    """Generate assignment `name` and swap it into `release/NAME/` in one step; return that folder."""
    target = course.release / name
    with generated(course, name) as fresh:
        target.parent.mkdir(exist_ok=True)
        swap_in(fresh, target)
    return target


def pack(course: Course, name: str) -> Path:
    """Write `dist/NAME.zip`, all that a student needs on a laptop, from `release/NAME/`; return its path.

    Raises
    ------
    UsageError
        If the assignment has not been released.
    """
    folder, target = course.release / name, course.root / "dist" / f"{name}.zip"
    if not folder.is_dir():
        raise UsageError(f"{folder} is missing: run `autograder release {name}` first.")
    target.parent.mkdir(exist_ok=True)
    content = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files_below(folder)}
    handout = resources.files("autograder") / "handout"
    content["requirements.txt"] = (handout / "requirements.txt").read_bytes()
    content["README.txt"] = (handout / "README.txt").read_text().replace("NAME", name).encode()
    partial = target.with_suffix(".part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(content.items()):
            entry = zipfile.ZipInfo(f"{name}/{path}", LONG_AGO)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)
    partial.replace(target)
    return target


@contextmanager
def scratch(course: Course) -> Iterator[Path]:
    """Yield an empty folder on the course's own file system, so that a rename out of it is atomic.

    What killed processes have left of such folders is removed: each is locked as long as its process lives.
    """
    parent = course.root / "_build"
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
    """Take a folder's lock, and tell whether it was to be had."""
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
    """Put the folder `fresh` in the place of `target` in one step; `fresh` then holds what was there before."""
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
        raise AutograderError(f"{target} could not be replaced: {os.strerror(error)}. It is as it was before.")


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


def last_error(run: dict[str, str]) -> str:
    """Return why nbgrader failed, as the line of its log that names the exception."""
    named = re.compile(r"^[\w.]*(?:Error|Exception|Entry|Warning): (?!Please see)")
    lines = [line.strip() for line in f"{run.get('log', '')}\n{run.get('error', '')}".splitlines() if line.strip()]
    telling = [line for line in lines if named.match(line)]
    return re.sub(r"^[\w.]*\.", "", (telling or lines or ["it gave no reason"])[-1])
