"""Canvas: files in one folder, NAME_USER_ATTACHMENT_FILE, with LATE before the numbers of late work.

A group is packed under its own name, with the number of one of its members; text and links that were entered instead
of a file, and anonymous work, have names of their own. From `lib/content_zipper.rb` of Canvas (`get_filename`,
`add_text_or_url`) and the guide "How do I download all student submissions for an assignment?".
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from autograder.collecting.entries import Entry
from autograder.collecting.layouts.pieces import Asked, Piece, Product, Reader, strange
from autograder.collecting.people import Owner
from autograder.errors import SubmissionError, UsageError
from autograder.shown.terminal import one_line

FILE = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>.+)")
ENTERED = re.compile(r"(?P<name>.+?)(?:_LATE)?_(?P<user>\d+)_(?P<what>text|link)\.html")
ANONYMOUS = re.compile(r"(?:LATE_)?anon_[A-Za-z0-9]+_(?:\d+_.+|(?:text|link)\.html)")
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
    return _read


def _read(entry: Entry) -> list[Piece]:
    top = entry.path.parts[0]
    found = FILE.fullmatch(top)
    if not found and (instead := ENTERED.fullmatch(top)):
        raise SubmissionError(
            f"{one_line(instead['name'])} (Canvas {instead['user']}) {INSTEAD[instead['what']]} instead of a file "
            f"({one_line(top)}): ask for the .ipynb file."
        )
    if not found or len(entry.path.parts) > 1:
        raise strange(entry, "Canvas")
    owner = Owner(f"{found['name']} (Canvas {found['user']})", found["name"], found["user"])
    newer = int(found["attachment"][-18:])
    return [Piece(owner, PurePosixPath(found["file"]), entry, bool(found["late"]), newer)]


PRODUCT = Product(fits, reader)  # its times are those of the download
