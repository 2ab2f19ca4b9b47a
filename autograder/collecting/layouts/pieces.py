"""What a layout makes of a download: each file as a piece of somebody's work, and what it has to know to say so."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from autograder.collecting.entries import Entry
from autograder.collecting.people import Owner
from autograder.errors import SubmissionError
from autograder.shown.terminal import one_line

NUMBERED = re.compile(r"(?P<stem>.+?)(?: ?\((?P<a>\d{1,6})\)|-(?P<b>\d{1,6})|-Copy(?P<c>\d{1,6}))")


@dataclass(frozen=True)
class Piece:
    """A file of a download as part of somebody's work.

    Parameters
    ----------
    path
        Where it stands in the work.
    newer
        Of files of one name, the one with the greatest is the newest; None where the download does not number them.
    time
        When it was handed in, in UTC, if the download tells.
    called
        What the download calls the file that it is, or came out of: feedback goes back under this name.
    """

    owner: Owner
    path: PurePosixPath
    entry: Entry
    late: bool = False
    newer: int | None = None
    time: datetime | None = None
    called: str = ""


@dataclass(frozen=True)
class Sorted:
    """The pieces of a download, what was found to be its layout, and what belongs to nobody: its name, and why."""

    layout: str
    pieces: tuple[Piece, ...]
    refused: dict[str, str]


@dataclass(frozen=True)
class Asked:
    """What a layout has to know of the course: the assignment, its notebooks, all assignments, who is known.

    Parameters
    ----------
    is_known
        Whether somebody is known by a text.
    means
        Whether somebody is known by the name and number of an owner.
    is_called
        Whether the one who has the number of an owner, or a group, has that name, too, as far as names are known.
    """

    name: str
    notebooks: tuple[str, ...]
    assignments: tuple[str, ...]
    is_known: Callable[[str], bool]
    means: Callable[[Owner], bool]
    is_called: Callable[[Owner], bool]


Reader = Callable[[Entry], list[Piece]]


@dataclass(frozen=True)
class Product:
    """How one learning platform packs a download.

    Parameters
    ----------
    fits
        Whether a file is named as this platform names files.
    reader
        Returns what says of each file whose it is. A file may be several people's, or nobody's: what the platform has
        added itself. It raises `SubmissionError` for a file that is named otherwise.
    keeps_times
        Whether the times of the files are those of handing in.
    """

    fits: Callable[[Entry], bool]
    reader: Callable[[list[Entry], Asked], Reader]
    keeps_times: bool = False


def strange(entry: Entry, platform: str) -> SubmissionError:
    """Return the error for a file that is not named as the platform names files."""
    return SubmissionError(f"{one_line(str(entry.path))} is not named as {platform} names files: whose is it?")


def without_number(stem: str) -> tuple[str, int]:
    """Return a file's name without what is added to tell it from an older one, and that number."""
    found = NUMBERED.fullmatch(stem)
    return (found["stem"], int(found["a"] or found["b"] or found["c"])) if found else (stem, 0)


def in_utc(local: datetime) -> datetime:
    """Return a time of this machine's zone in UTC: platforms tell the hour of their own place."""
    return local.astimezone(UTC).replace(tzinfo=None)
