"""A submission's folder, opened once: listed and read in bounded size, without following a link.

Whatever is swapped in meanwhile, the folder that was opened is the one that is read. Nothing here knows notebooks or
assignments beyond the ending of a file's name.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePath

from autograder.errors import SubmissionError
from autograder.intake.limits import (
    DEEPEST,
    LARGEST_FILE,
    LARGEST_FOLDER,
    LONGEST_NAME,
    LONGEST_PATH,
    MOST_FILES,
    MOST_FOLDERS,
)
from autograder.shown.terminal import one_line

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
OTHERS = "delete what does not belong to the assignment."
# Browsers add an ending to what they save, and Windows writes it in capitals.
NOTEBOOK = re.compile(r"(?P<stem>.+?)\.ipynb(?:\.(?:json|txt))?", re.IGNORECASE | re.DOTALL)


class Folder:
    """An open folder; `shown` is what sentences call it."""

    def __init__(self, descriptor: int, shown: str) -> None:
        self.descriptor, self.shown = descriptor, shown
        self._room = {True: LARGEST_FILE, False: LARGEST_FOLDER}  # of notebooks, and of other files

    def files(self) -> list[PurePath]:
        """Return the names of all files, sorted.

        Raises
        ------
        SubmissionError
            If there is a link, a device, a path that is too long or too deep, or too much of anything.
        """
        found, room = [], dict(self._room)
        for name, status in self._all():
            if stat.S_ISLNK(status.st_mode):
                raise SubmissionError(
                    f"{self.path(name)} is a link, and links in a submission are never followed: delete it."
                )
            if not stat.S_ISREG(status.st_mode):
                raise SubmissionError(f"{self.path(name)} is neither a file nor a folder: delete it.")
            found.append(name)
            room[is_notebook(name)] -= status.st_size
            if min(room.values()) < 0 or len(found) > MOST_FILES:
                raise SubmissionError(
                    f"{self.shown} holds more than {LARGEST_FILE // 2**20} MB of notebooks, "
                    f"{LARGEST_FOLDER // 2**20} MB of other files or {MOST_FILES} files: {OTHERS}"
                )
        return sorted(found)

    def read(self, name: PurePath) -> bytes:
        """Return the content of a file, once; all that is read together fits into what a submission may hold."""
        folder = self._open_folder(name.parent)
        try:
            descriptor = os.open(name.name, FILE, dir_fd=folder)
        finally:
            os.close(folder)
        room = self._room[is_notebook(name)]
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise SubmissionError(f"{self.path(name)} is neither a file nor a folder: delete it.")
            content = file.read(room + 1)
        if len(content) > room:
            raise SubmissionError(f"{self.path(name)} has grown while it was read: grade it again.")
        self._room[is_notebook(name)] -= len(content)
        return content

    def path(self, name: PurePath) -> str:
        """Return where a file is as it may stand in a sentence, which ends somewhere."""
        return shown(f"{self.shown}/{name}")

    def _all(self) -> Iterator[tuple[PurePath, os.stat_result]]:
        """Yield everything in here except folders, with its status."""
        waiting, folders = [PurePath()], 0
        while waiting:
            here = waiting.pop()
            for entry, status in self._listed(here):
                name = here / entry
                self._require_short(name)
                if not stat.S_ISDIR(status.st_mode):
                    yield name, status
                    continue
                waiting.append(name)
                folders += 1
                if folders > MOST_FOLDERS:
                    raise SubmissionError(f"{self.shown} holds more than {MOST_FOLDERS} folders: {OTHERS}")

    def _listed(self, here: PurePath) -> list[tuple[str, os.stat_result]]:
        """Return the names in a folder, sorted; of one with too much in it, enough to refuse it."""
        folder = self._open_folder(here)
        try:
            with os.scandir(folder) as entries:
                some = list(islice(entries, MOST_FILES + MOST_FOLDERS + 1))
                return sorted((entry.name, entry.stat(follow_symlinks=False)) for entry in some)
        finally:
            os.close(folder)

    def _open_folder(self, name: PurePath) -> int:
        here = os.dup(self.descriptor)
        for part in name.parts:
            try:
                below = os.open(part, FOLDER, dir_fd=here)
            finally:
                os.close(here)
            here = below
        return here

    def _require_short(self, name: PurePath) -> None:
        sizes = [len(os.fsencode(part)) for part in name.parts]
        if max(sizes) > LONGEST_NAME or sum(sizes) + len(sizes) > LONGEST_PATH or len(sizes) > DEEPEST:
            raise SubmissionError(
                f"{self.path(name)} has a name of more than {LONGEST_NAME} bytes, a path of more than {LONGEST_PATH} "
                f"bytes or more than {DEEPEST} levels: move it up, give it a shorter name, or delete it."
            )


@contextmanager
def opened(folder: Path, root: Path) -> Iterator[Folder]:
    """Open the folder of a submission; neither it nor the student's folder may be a link."""
    for path in (folder.parent, folder):
        if path.is_symlink():
            raise SubmissionError(
                f"{relative(path, root)} is a link, and links in a submission are never followed: delete it."
            )
    parent = os.open(folder.parent, FOLDER)
    try:
        descriptor = os.open(folder.name, FOLDER, dir_fd=parent)
    finally:
        os.close(parent)
    try:
        yield Folder(descriptor, relative(folder, root))
    finally:
        os.close(descriptor)


def relative(path: Path, root: Path) -> str:
    """Return a path as it stands in sentences: relative to the course, if it lies in there."""
    return shown(str(path.relative_to(root) if path.is_relative_to(root) else path), longest=400)


def shown(name: str, longest: int = 100) -> str:
    """Return the name of a file as it may stand in a sentence, whatever its bytes are."""
    return one_line(os.fsencode(name).decode("utf-8", "replace"), longest)


def is_notebook(name: PurePath) -> bool:
    """Return whether a file is called like a notebook, also `EXAM.IPYNB`, `exam.ipynb.json` and `exam.ipynb.txt`."""
    return bool(NOTEBOOK.fullmatch(name.name))


def notebook_stem(name: PurePath) -> str:
    """Return the name of a notebook without its ending, whatever a browser has made of that; others lose their last."""
    found = NOTEBOOK.fullmatch(name.name)
    return found["stem"] if found else name.stem
