"""A pattern of one's own: a regular expression whose named groups say which part of a name is the student's id.

It is what `named_regexp` is to nbgrader's `zip_collect`, and takes the names of its groups, too.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePosixPath

from nbgrader.utils import parse_utc

from autograder.collecting.entries import Entry, safe_parts
from autograder.collecting.layouts.pieces import Piece, Sorted, in_utc
from autograder.collecting.people import Owner
from autograder.errors import SubmissionError, UsageError
from autograder.shown.terminal import one_line

STUDENT = ("student", "student_id", "email")
NAMES = ("first_name", "last_name")
FILE = ("file", "file_id")
PLAIN_TIME = "%Y-%m-%d-%H-%M-%S"  # as Blackboard writes it


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern that can say whose a file is.

    Raises
    ------
    UsageError
        If it is not a regular expression, or has no group for the student.
    """
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"--pattern {pattern!r} is not a regular expression ({error}).") from error
    if not found.groupindex.keys() & {*STUDENT, *NAMES}:
        raise UsageError(
            f"--pattern {pattern!r} does not say which part of a name is the student: call that part "
            "(?P<student>...); (?P<file>...) and (?P<timestamp>...) may be there too."
        )
    return found


def sort_by_pattern(entries: list[Entry], pattern: str) -> Sorted:
    """Say of each file whose it is, as the pattern tells from the beginning of its path in the download."""
    matcher, pieces, refused = compiled(pattern), list[Piece](), dict[str, str]()
    for entry in entries:
        shown = one_line(str(entry.path))
        try:
            pieces.append(_piece(entry, matcher))
        except SubmissionError as error:
            refused[shown] = f"{shown} was not taken: {error}."
    if entries and not pieces:
        raise UsageError(f"--pattern {pattern!r} fits no name in it (there is {one_line(str(entries[0].path))}).")
    return Sorted("--pattern", tuple(pieces), refused)


def _piece(entry: Entry, matcher: re.Pattern[str]) -> Piece:
    found = matcher.match(str(entry.path))
    if not found:
        raise SubmissionError("the pattern does not fit it")
    said = {name: text for name, text in found.groupdict().items() if text}
    name = next((said[group] for group in STUDENT if group in said), " ".join(said.get(g, "") for g in NAMES).strip())
    if not name:
        raise SubmissionError("the pattern finds no student in it")
    file = next((said[group] for group in FILE if group in said), entry.path.name)
    if not PurePosixPath(file).suffix:
        file += entry.path.suffix
    path = PurePosixPath(*safe_parts(file))
    return Piece(
        Owner(one_line(name), name), path, entry, time=_time(said.get("timestamp", "")), called=str(entry.path)
    )


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return in_utc(datetime.strptime(text, PLAIN_TIME))
    except (ValueError, OverflowError):
        pass
    try:
        found: datetime = parse_utc(text)
    except Exception as error:  # dateutil raises several kinds
        raise SubmissionError(f"its time {one_line(text)!r} cannot be read") from error
    return found
