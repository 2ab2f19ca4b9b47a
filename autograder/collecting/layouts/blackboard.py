"""Blackboard: files in one folder, ASSIGNMENT_USER_attempt_TIME_FILE, and a text on each attempt without a FILE.

From the file download of its grade centre, as nbgrader's documentation of `named_regexp` and several unpackers on
GitHub describe it (kwurst/bb-file-cleanup).
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from pathlib import PurePosixPath

from autograder.collecting.entries import Entry, credible
from autograder.collecting.layouts.pieces import Asked, Piece, Product, Reader, in_utc, strange
from autograder.collecting.people import Owner

# Students write what comes last, so what Blackboard writes is read at the first place where it can be.
FILE = re.compile(r"(?P<before>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)")


def fits(entry: Entry) -> bool:
    """Return whether a file is named as Blackboard names files."""
    return len(entry.path.parts) == 1 and bool(FILE.fullmatch(entry.path.name))


def reader(entries: list[Entry], asked: Asked) -> Reader:
    """Return what says whose a file is."""

    def read(entry: Entry) -> list[Piece]:
        found = FILE.fullmatch(entry.path.name)
        if not found or len(entry.path.parts) > 1:
            raise strange(entry, "Blackboard")
        if not found["file"]:
            return []
        user, time = _user(found["before"], asked), None
        with suppress(ValueError, OverflowError):
            time = credible(in_utc(datetime.strptime(found["time"], "%Y-%m-%d-%H-%M-%S")))
        return [Piece(Owner(f"{user} (Blackboard)", user), PurePosixPath(found["file"]), entry, time=time)]

    return read


def _user(before: str, asked: Asked) -> str:
    """Return the user behind the assignment's title; both may have underscores, so whom the roster knows wins."""
    words = before.split("_")
    ends = ["_".join(words[place:]) for place in range(1, len(words))] or [before]
    return next((end for end in reversed(ends) if asked.is_known(end)), ends[-1])


PRODUCT = Product(fits, reader)
