"""What lies in a student's folder: listed and read in bounded size, without following a link.

It knows neither notebooks nor assignments beyond the ending of a file's name.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from autograder.errors import SubmissionError
from autograder.intake.notebook_file import LARGEST_FILE
from autograder.shown.terminal import plain

LARGEST_FOLDER = 100 * 2**20
MOST_FILES = 200
MOST_FOLDERS = 1000
# Every path is copied below other folders with longer names (autograded/ID/.NAME.fresh), on disks with other limits.
LONGEST_NAME = 255  # bytes, of a file or folder
LONGEST_PATH = 1000  # bytes, relative to the submission
DEEPEST = 32  # levels
LONGEST_SHOWN = 100


def regular_files(folder: Path, root: Path) -> Iterator[Path]:
    """Yield the files below a submission's folder.

    Raises
    ------
    SubmissionError
        If there is a link, a device, a path that is too long or too deep, or too much of anything.
    """
    total, room = {True: 0, False: 0}, {True: LARGEST_FILE, False: LARGEST_FOLDER}
    count = folders = 0
    for path in _paths(folder):
        where = _shown(path, root)
        _require_short(path, folder, where)
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise SubmissionError(f"{where} is a link, and links in a submission are never followed: delete it.")
        if stat.S_ISDIR(status.st_mode):
            folders += 1
            if folders > MOST_FOLDERS:
                raise SubmissionError(
                    f"{_shown(folder, root)} holds more than {MOST_FOLDERS} folders: "
                    "delete what does not belong to the assignment."
                )
            continue
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError(f"{where} is neither a file nor a folder: delete it.")
        is_notebook = path.suffix == ".ipynb"
        total[is_notebook] += status.st_size
        count += 1
        if total[is_notebook] > room[is_notebook] or count > MOST_FILES:
            raise SubmissionError(
                f"{_shown(folder, root)} holds more than {LARGEST_FILE // 2**20} MB of notebooks, "
                f"{LARGEST_FOLDER // 2**20} MB of other files or {MOST_FILES} files: "
                "delete what does not belong to the assignment."
            )
        yield path


def read_regular(folder: Path, name: Path) -> bytes:
    """Read a file below `folder` without following a link on the way, and no more of it than a submission may hold."""
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        for part in name.parts[:-1]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        descriptor = os.open(name.parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
    finally:
        os.close(here)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is not a regular file", str(name))
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise OSError(0, "it has grown too large", str(name))
    return content


def _paths(folder: Path) -> Iterator[Path]:
    """Yield the folder of the student, the submission's and all below it; each folder is listed after it was yielded.

    So whoever refuses one keeps this from going any deeper.
    """
    yield folder.parent
    yield folder
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as listed:  # of a folder with too much in it, enough to refuse it
            entries = sorted(islice(listed, MOST_FILES + MOST_FOLDERS + 1), key=lambda entry: entry.name)
        for entry in entries:
            yield Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))


def _require_short(path: Path, folder: Path, where: str) -> None:
    parts = path.relative_to(folder).parts if path.is_relative_to(folder) else ()
    sizes = [len(os.fsencode(part)) for part in parts]
    if any(size > LONGEST_NAME for size in sizes) or sum(sizes) + len(sizes) > LONGEST_PATH or len(sizes) > DEEPEST:
        raise SubmissionError(
            f"{where} has a name of more than {LONGEST_NAME} bytes, a path of more than {LONGEST_PATH} bytes or more "
            f"than {DEEPEST} folders above it: move it up, give it a shorter name, or delete it."
        )


def _shown(path: Path, root: Path) -> str:
    """Return a path as it may stand in a sentence, which ends somewhere."""
    text = plain(os.fsencode(path.relative_to(root)).decode("utf-8", "replace")).replace("\t", " ").replace("\n", " ")
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}\u2026"
