"""Canvas: files in one folder, NAME_USER_ATTACHMENT_FILE, with LATE before the numbers of late work.

A group is packed under its own name, with the number of one of its members; text and links that were entered instead
of a file, and anonymous work, have names of their own. From `lib/content_zipper.rb` of Canvas (`get_filename`,
`add_text_or_url`) and the guide "How do I download all student submissions for an assignment?".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from autograder.collecting.entries import Entry
from autograder.collecting.layouts.pieces import Asked, Piece, Product, Reader, strange
from autograder.collecting.people import Owner
from autograder.errors import SubmissionError, UsageError
from autograder.intake.folder import notebook_stem
from autograder.shown.terminal import one_line

FILE = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>.+)")
ENTERED = re.compile(r"(?P<name>.+?)(?:_LATE)?_(?P<user>\d+)_(?P<what>text|link)\.html")
ANONYMOUS = re.compile(r"(?:LATE_)?anon_[A-Za-z0-9]+_(?:\d+_.+|(?:text|link)\.html)")
# A student's name and the name of a file may have such numbers, too; so there is a reading for each place of them.
PLACE = re.compile(r"_(?=(?P<user>\d+)_(?:(?P<attachment>\d+)_(?P<file>.+)|(?P<what>text|link)\.html$))")
LATE = "_LATE"
INSTEAD = {"text": "typed a text into Canvas", "link": "handed in a link"}


def fits(entry: Entry) -> bool:
    """Return whether a file is named as Canvas names files."""
    name = entry.path.name
    return len(entry.path.parts) == 1 and any(known.fullmatch(name) for known in (FILE, ENTERED, ANONYMOUS))


def reader(entries: list[Entry], asked: Asked) -> Reader:
    """Return what says whose a file is; anonymous downloads are refused as a whole."""
    if any(ANONYMOUS.fullmatch(entry.path.name) for entry in entries):
        raise UsageError(
            "This is an anonymous download of Canvas, and nothing in it says whose a file is: turn anonymous grading "
            "off in the assignment's settings, and download it again."
        )

    def read(entry: Entry) -> list[Piece]:
        top = entry.path.parts[0]
        readings = _readings(top)
        if not readings or len(entry.path.parts) > 1:
            raise strange(entry, "Canvas")
        one = readings[0] if len(readings) == 1 else _chosen(top, readings, asked)
        if one.instead:
            raise SubmissionError(
                f"{one_line(one.owner.label)} {INSTEAD[one.instead]} instead of a file ({one_line(top)}): ask for the "
                ".ipynb file."
            )
        return [Piece(one.owner, PurePosixPath(one.file), entry, one.is_late, one.newer)]

    return read


@dataclass(frozen=True)
class _Reading:
    """What the name of a file may mean; `instead` says what was entered instead of a file."""

    owner: Owner
    is_late: bool
    newer: int = 0
    file: str = ""
    instead: str = ""

    @property
    def shown(self) -> str:
        return one_line(self.owner.label) + (", late" if self.is_late else "")


def _readings(top: str) -> list[_Reading]:
    found = []
    for place in PLACE.finditer(top, 1):
        name, user = top[: place.start()], place["user"]
        is_late = name.endswith(LATE) and name != LATE
        name = name.removesuffix(LATE) if is_late else name
        owner = Owner(f"{name} (Canvas {user})", name, user)
        newer = int((place["attachment"] or "0")[-18:])
        found.append(_Reading(owner, is_late, newer, place["file"] or "", place["what"] or ""))
    return found


def _chosen(top: str, readings: list[_Reading], asked: Asked) -> _Reading:
    """Return the reading that the roster knows; where it knows nobody, what follows the first numbers is the file's.

    Raises
    ------
    SubmissionError
        If it may be the work of somebody else, or late, by another reading.
    """
    meant = [one for one in readings if asked.means(one.owner)]
    doubts = meant if len(meant) > 1 else readings
    one = (meant or readings)[0]
    is_named = asked.is_called(one.owner) or [
        other for other in readings if notebook_stem(PurePosixPath(other.file)) in asked.notebooks
    ] == [one]
    if len(meant) > 1 or len({other.is_late for other in readings}) > 1 or (meant and not is_named):
        them = " or ".join(other.shown for other in doubts[:3])
        raise SubmissionError(
            f"{one_line(top)} may be that of {them}: ask whose it is, and put it into the folder of that student "
            "yourself."
        )
    return one


PRODUCT = Product(fits, reader)  # its times are those of the download
