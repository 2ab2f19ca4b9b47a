"""Brightspace (D2L): a folder for each submission, USER-FOLDER - NAME - TIME, or files with such a name in front.

As its users describe the archive of "Download" in an assignment's submissions; the `index.html` beside the folders is
Brightspace's own.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from pathlib import PurePosixPath

from autograder.collecting.entries import Entry, credible
from autograder.collecting.layouts.pieces import Asked, Piece, Product, Reader, in_utc, strange
from autograder.collecting.people import Owner

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TIME = r"(?P<month>[A-Za-z]{3,9}) (?P<day>\d{1,2}), (?P<year>\d{4}) (?P<clock>\d{3,4}) (?P<half>[AP]M)"
SUBMISSION = re.compile(rf"(?P<user>\d+)-\d+ ?- (?P<name>.+?) ?- {TIME}(?: ?- (?P<file>.+))?")


def fits(entry: Entry) -> bool:
    """Return whether a file is named as Brightspace names files."""
    found = SUBMISSION.fullmatch(entry.path.parts[0])
    return bool(found) and (len(entry.path.parts) > 1) != bool(found["file"] if found else "")


def reader(entries: list[Entry], asked: Asked) -> Reader:
    """Return what says whose a file is."""
    return _read


def _read(entry: Entry) -> list[Piece]:
    parts = entry.path.parts
    if parts == ("index.html",):
        return []
    found = SUBMISSION.fullmatch(parts[0])
    if not found or not fits(entry):
        raise strange(entry, "Brightspace")
    path = PurePosixPath(*parts[1:]) if len(parts) > 1 else PurePosixPath(found["file"])
    label = f"{found['name']} (Brightspace {found['user']})"
    return [Piece(Owner(label, found["name"], found["user"], by_name=True), path, entry, time=_time(found))]


def _time(found: re.Match[str]) -> datetime | None:
    month = found["month"][:3].casefold()
    clock = int(found["clock"])
    hour = clock // 100 % 12 + 12 * (found["half"] == "PM")
    with suppress(ValueError, OverflowError):  # in another language, or no such time
        return credible(
            in_utc(datetime(int(found["year"]), MONTHS.index(month) + 1, int(found["day"]), hour, clock % 100))
        )
    return None


PRODUCT = Product(fits, reader)
