"""Moodle: a folder for each student and kind of submission, or files with such a name in front.

NAME_NUMBER_assignsubmission_file/FILE, where the number is the student's in this assignment; of a team submission the
name and the number are the group's, and those who are in no group have handed in for "Default group", which has no
number. From `mod/assign/classes/downloader.php` of Moodle (`get_student_prefix`).
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from autograder.collecting.entries import Entry
from autograder.collecting.layouts.pieces import Asked, Piece, Product, Reader, strange
from autograder.collecting.people import Owner

WHOSE = r"(?P<name>.+?)(?:_(?P<number>\d+))?_assignsubmission_(?P<kind>[a-z]+)"
FOLDER = re.compile(rf"{WHOSE}_?")
FLAT = re.compile(rf"{WHOSE}_(?P<file>.+)")


def fits(entry: Entry) -> bool:
    """Return whether a file is named as Moodle names files."""
    return bool(_match(entry))


def reader(entries: list[Entry], asked: Asked) -> Reader:
    """Return what says whose a file is."""
    return _read


def _match(entry: Entry) -> re.Match[str] | None:
    return (FLAT if len(entry.path.parts) == 1 else FOLDER).fullmatch(entry.path.parts[0])


def _read(entry: Entry) -> list[Piece]:
    parts, found = entry.path.parts, _match(entry)
    if not found:
        raise strange(entry, "Moodle")
    path = PurePosixPath(found["file"]) if len(parts) == 1 else PurePosixPath(*parts[1:])
    label = f"{found['name']} (Moodle {found['number']})" if found["number"] else f"{found['name']} (Moodle)"
    return [Piece(Owner(label, found["name"], found["number"] or "", by_name=True), path, entry)]


PRODUCT = Product(fits, reader, keeps_times=True)
