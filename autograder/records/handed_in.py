"""When a submission was handed in, as the files beside it tell: nbgrader's time stamp, and the platform's late mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath

from nbgrader.utils import parse_utc

from autograder.course.course import Course
from autograder.errors import SubmissionError
from autograder.intake.folder import opened
from autograder.intake.submission import LATE_MARK, TIMESTAMP, UNKNOWN_TIME
from autograder.shown.terminal import one_line

LONGEST_TIMESTAMP = 100  # characters


@dataclass(frozen=True)
class Noted:
    """When something was handed in, in UTC, and which platform marks it as late; as far as anything tells it.

    `is_unknown` says that nothing tells the time of these files: what the gradebook has is that of earlier ones.
    """

    time: datetime | None = None
    mark: str = ""
    is_unknown: bool = False


def noted(course: Course, name: str, student: str) -> Noted:
    """Return what stands beside a student's submission; nothing if there is no submission.

    Raises
    ------
    SubmissionError
        If a time stamp is there that does not hold a time.
    """
    folder, files = course.submitted / student / name, dict[PurePath, bytes]()
    is_unknown = (folder / UNKNOWN_TIME).exists() and not (folder / TIMESTAMP).exists()
    if not (folder / TIMESTAMP).exists() and not (folder / LATE_MARK).exists():
        return Noted(is_unknown=is_unknown)
    try:
        with opened(folder, course.root) as work:
            for file in (PurePath(TIMESTAMP), PurePath(LATE_MARK)):
                if (folder / file).exists():
                    files[file] = work.read(file)
    except (OSError, SubmissionError):  # grading says so
        return Noted()
    mark = files.get(PurePath(LATE_MARK), b"").decode("utf-8", "replace").split("\n")[0]
    return Noted(time_in(files, folder), one_line(mark, LONGEST_TIMESTAMP).strip(), is_unknown)


def time_in(files: Mapping[PurePath, bytes], folder: Path) -> datetime | None:
    """Return the time, in UTC, that is noted in the files of a submission.

    Raises
    ------
    SubmissionError
        If something else is noted there.
    """
    content = files.get(PurePath(TIMESTAMP), b"")
    text = content[: LONGEST_TIMESTAMP + 1].decode("utf-8", "replace").strip()
    if not text:
        return None
    try:
        if len(text) > LONGEST_TIMESTAMP:
            raise ValueError("too long")
        found: datetime = parse_utc(text)
    except Exception as error:  # dateutil raises several kinds
        raise SubmissionError(
            f"{folder / TIMESTAMP} does not hold a time: write it like 2030-01-31 12:00:00 UTC, or delete it."
        ) from error
    return found
