"""nbgrader's exchange: the folders of its `inbound`, STUDENT+ASSIGNMENT+TIME+RANDOM, which `nbgrader submit` makes."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePosixPath

from nbgrader.utils import parse_utc

from autograder.collecting.entries import Entry, credible
from autograder.collecting.layouts.pieces import Asked, Piece, Product, Reader, strange
from autograder.collecting.people import Owner
from autograder.intake.submission import TIMESTAMP

FOLDER = re.compile(r"(?P<user>.+)\+(?P<name>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d[^+]*)(?:\+[^+]*)?")


def fits(entry: Entry) -> bool:
    """Return whether a file lies in a folder that `nbgrader submit` has made."""
    return len(entry.path.parts) > 1 and bool(FOLDER.fullmatch(entry.path.parts[0]))


def reader(entries: list[Entry], asked: Asked) -> Reader:
    """Return what says whose a file is; what was handed in for other assignments is nobody's here."""

    def read(entry: Entry) -> list[Piece]:
        found = FOLDER.fullmatch(entry.path.parts[0])
        if not found or not fits(entry):
            raise strange(entry, "nbgrader")
        path = PurePosixPath(*entry.path.parts[1:])
        if found["name"] != asked.name or str(path) == TIMESTAMP:
            return []
        return [Piece(Owner(found["user"], found["user"]), path, entry, time=_time(found["time"]))]

    return read


def _time(text: str) -> datetime | None:
    try:
        found: datetime = parse_utc(text)
    except Exception:  # dateutil raises several kinds
        return None
    return credible(found)


PRODUCT = Product(fits, reader)
