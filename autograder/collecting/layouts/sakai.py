"""Sakai: a folder for each student, LAST, FIRST(USER), and what was handed in below `Submission attachment(s)`.

From the archive of "Download All" in an assignment; `grades.csv`, `timestamp.txt` and the folders for feedback are
Sakai's own.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from autograder.collecting.entries import Entry
from autograder.collecting.layouts.pieces import Asked, Piece, Product, Reader
from autograder.collecting.people import Owner

STUDENT = re.compile(r"(?P<name>.+)\((?P<user>[^()]+)\)")
HANDED_IN = "Submission attachment(s)"


def fits(entry: Entry) -> bool:
    """Return whether a file is one that was handed in to Sakai."""
    parts = entry.path.parts
    return len(parts) > 2 and parts[1] == HANDED_IN and bool(STUDENT.fullmatch(parts[0]))


def reader(entries: list[Entry], asked: Asked) -> Reader:
    """Return what says whose a file is."""
    return _read


def _read(entry: Entry) -> list[Piece]:
    found = STUDENT.fullmatch(entry.path.parts[0])
    if not found or not fits(entry):
        return []
    owner = Owner(f"{found['name']} (Sakai {found['user']})", found["user"])
    return [Piece(owner, PurePosixPath(*entry.path.parts[2:]), entry)]


PRODUCT = Product(fits, reader)
