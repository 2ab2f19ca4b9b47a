"""What a download holds, file by file: a zip archive or a folder, listed without unpacking it, read with limits."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from autograder.collecting.entries import IGNORED, BadArchive, Listing, credible, decoded, require_room
from autograder.collecting.zips import list_zip
from autograder.errors import SubmissionError
from autograder.intake.limits import MOST_ENTRIES
from autograder.shown.terminal import one_line


@contextmanager
def opened(path: Path) -> Iterator[Listing]:
    """Yield what a zip archive or a folder holds; the entries can be read until this ends.

    Raises
    ------
    BadArchive
        If it is not an archive that can be read, or is made to do harm.
    """
    if path.is_dir():
        yield _list_folder(path)
    else:
        with path.open("rb") as file:
            yield list_zip(file, path.name)


def _list_folder(folder: Path) -> Listing:
    listing = Listing()
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        for name in sorted([*files, *(name for name in folders if Path(here, name).is_symlink())]):
            path = Path(here, name)
            status = path.lstat()
            irregular = "" if stat.S_ISREG(status.st_mode) else "no regular file"
            irregular = "a link" if stat.S_ISLNK(status.st_mode) else irregular
            where = decoded(os.fsencode(path.relative_to(folder)))
            time = datetime.fromtimestamp(status.st_mtime, UTC).replace(tzinfo=None)
            listing.add(where, irregular, credible(time), _file_reader(path, one_line(where)))
            if len(listing.entries) > MOST_ENTRIES:
                raise BadArchive(f"{folder} holds more than {MOST_ENTRIES} files: collect a part at a time.")
    return listing


def _file_reader(path: Path, shown: str) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise SubmissionError(f"{shown} is not a regular file any more.")
                content = file.read(most + 1)
        except OSError as error:
            raise SubmissionError(f"{shown} cannot be read: {error.strerror}.") from error
        require_room(shown, content, most)
        return content

    return read
