"""A file of a download: where it may stand, when it was changed, and what of it is taken.

An archive is somebody else's: its names may lead elsewhere, its sizes may lie, its files may be links. Whatever is
refused is refused before there is an `Entry`, so that nobody who asks for one has to think of it again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from autograder.errors import SubmissionError
from autograder.files.digest import BY_PRODUCTS
from autograder.intake.limits import DEEPEST, LARGEST_FOLDER, LONGEST_NAME, LONGEST_PATH
from autograder.shown.terminal import CONTROL, one_line

IGNORED = {*BY_PRODUCTS, "__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git"}
DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³]|CONIN\$|CONOUT\$) *(?:\..*)?", re.IGNORECASE)
DRIVE = re.compile(r"[A-Za-z]:")
DOS_BEGINNING = 1980


@dataclass(frozen=True)
class Entry:
    """A file of a download.

    Parameters
    ----------
    path
        Where it stands, relative and safe: no part of it leads anywhere else. Composed characters (NFC).
    time
        When it was last changed, in UTC, if the download tells.
    read
        Returns its content; raises `SubmissionError` if that is more than the given number of bytes, or damaged.
    """

    path: PurePosixPath
    time: datetime | None
    read: Callable[[int], bytes]


@dataclass
class Listing:
    """The files of a download, and those that were refused: the name as it may be shown, and why."""

    entries: list[Entry] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, irregular: str, time: datetime | None, read: Callable[[int], bytes] | None) -> None:
        """Add a file under its name in the download, or refuse it.

        `irregular` says what it is if it is not a file; a folder has no `read`, and only its name is looked at.
        """
        shown = one_line(name)
        try:
            parts = safe_parts(name)
            if irregular:
                raise SubmissionError(f"it is {irregular}, which is never followed")
        except SubmissionError as error:
            self.refused[shown] = f"{shown} was not taken: {error}."
            return
        if parts and read is not None and not any(part in IGNORED or part.startswith("._") for part in parts):
            self.entries.append(Entry(PurePosixPath(*parts), time, read))


class BadArchive(SubmissionError):
    """An archive of which nothing can be taken."""


def safe_parts(name: str) -> tuple[str, ...]:
    """Return the parts of a relative path in an archive, whichever way its slashes lean.

    Raises
    ------
    SubmissionError
        If it leads out of the archive, or to a name that some system cannot have.
    """
    if CONTROL.search(name) or any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise SubmissionError("its name holds control characters")
    name = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or DRIVE.match(name) or ".." in parts:
        raise SubmissionError("its name leads out of the archive")
    if any(DEVICES.fullmatch(part) for part in parts):
        raise SubmissionError("its name is that of a device")
    sizes = [len(part.encode()) for part in parts]
    if len(parts) > DEEPEST or sum(sizes) > LONGEST_PATH or any(size > LONGEST_NAME for size in sizes):
        raise SubmissionError("its name is too long")
    return parts


def decoded(raw: bytes) -> str:
    """Return a name of which nobody says how it is encoded: UTF-8, or the one that leaves Latin letters, or cp437."""
    for encoding in ("utf-8", "cp437", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or all(unicodedata.name(c, "").startswith("LATIN") for c in text if c > "\x7f"):
            return text
    return raw.decode("cp437")


def credible(time: datetime) -> datetime | None:
    """Return a time, or None for the first day of the DOS calendar and for what is still to come."""
    now = datetime.now(UTC).replace(tzinfo=None)
    if time < datetime(DOS_BEGINNING, 1, 3) or time > now + timedelta(days=1):
        return None
    return time.replace(microsecond=0)


def require_room(shown: str, content: bytes | bytearray, most: int) -> None:
    """Look whether the content of a file is still small enough.

    Raises
    ------
    SubmissionError
        If it is not.
    """
    if len(content) > most:
        raise SubmissionError(
            f"{shown} is too large: with it, the submission is larger than {LARGEST_FOLDER // 2**20} MB."
        )
