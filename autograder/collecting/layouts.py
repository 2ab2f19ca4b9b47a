"""How downloads are laid out: which file of an archive is whose, as Canvas, Moodle or a folder per student tell it.

A course that has configured a collector plugin of nbgrader is asked through it. Nothing here reads a file.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.plugins import FileNameCollectorPlugin
from nbgrader.utils import parse_utc

from autograder.collecting.entries import Entry, safe_parts
from autograder.collecting.lms import Lms
from autograder.collecting.people import Owner
from autograder.course.course import Course
from autograder.errors import SubmissionError, UsageError
from autograder.shown.terminal import one_line

CANVAS = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>.+)")
MOODLE_FOLDER = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_?")
MOODLE_FLAT = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_(?P<file>.+)")
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
    """

    owner: Owner
    path: PurePosixPath
    entry: Entry
    late: bool = False
    newer: int | None = None
    time: datetime | None = None


@dataclass(frozen=True)
class Sorted:
    """The pieces of a download, what was found to be its layout, and what belongs to nobody: its name, and why."""

    layout: str
    pieces: tuple[Piece, ...]
    refused: dict[str, str]


@dataclass(frozen=True)
class Asked:
    """What a layout has to know of the course: the assignment, its notebooks, all assignments, who is known."""

    name: str
    notebooks: tuple[str, ...]
    assignments: tuple[str, ...]
    is_known: Callable[[str], bool]


def sort_out(lms: Lms, entries: list[Entry], asked: Asked) -> Sorted:
    """Say of each file whose it is.

    Raises
    ------
    UsageError
        If the download has not the layout that it is said to have.
    """
    entries = _without_top(entries, asked)
    layout = detect(entries) if lms is Lms.auto else lms
    read = {Lms.canvas: _canvas, Lms.moodle: _moodle}.get(layout)
    pieces, refused = [], {}
    for entry in entries:
        try:
            pieces.append(read(entry) if read else _plain(entry, asked))
        except SubmissionError as error:
            refused[one_line(str(entry.path))] = str(error)
    if not pieces and entries:
        example = one_line(str(entries[0].path))
        raise UsageError(
            f"No name in it is as {layout.value} writes them (there is {example}): name another layout with --lms, or "
            "pack a folder per student."
        )
    if layout is Lms.folder:
        pieces = _of_this_assignment(pieces, asked)
    if layout is not Lms.canvas:  # Canvas writes the time of the download
        pieces = _with_times(pieces)
    return Sorted(layout.value, tuple(pieces), refused)


def detect(entries: Iterable[Entry]) -> Lms:
    """Return the layout that most of the names at the top have."""
    tops = {(entry.path.parts[0], len(entry.path.parts) == 1) for entry in entries}
    moodle = sum(bool(_moodle_match(top, is_file)) for top, is_file in tops)
    canvas = sum(bool(is_file and CANVAS.fullmatch(top)) for top, is_file in tops)
    if 2 * max(moodle, canvas) <= len(tops):
        return Lms.folder
    return Lms.moodle if moodle >= canvas else Lms.canvas


def _moodle_match(top: str, is_file: bool) -> re.Match[str] | None:
    return (MOODLE_FLAT if is_file else MOODLE_FOLDER).fullmatch(top)


def _canvas(entry: Entry) -> Piece:
    found = CANVAS.fullmatch(entry.path.parts[0])
    if not found or len(entry.path.parts) > 1:
        raise _strange(entry, "Canvas")
    owner = Owner(f"{found['name']} (Canvas {found['user']})", found["name"], found["user"])
    newer = int(found["attachment"][-18:])
    return Piece(owner, PurePosixPath(found["file"]), entry, bool(found["late"]), newer)


def _moodle(entry: Entry) -> Piece:
    parts = entry.path.parts
    found = _moodle_match(parts[0], len(parts) == 1)
    if not found:
        raise _strange(entry, "Moodle")
    path = PurePosixPath(found["file"]) if len(parts) == 1 else PurePosixPath(*parts[1:])
    owner = Owner(f"{found['name']} (Moodle {found['number']})", found["name"], found["number"], by_name=True)
    return Piece(owner, path, entry)


def _plain(entry: Entry, asked: Asked) -> Piece:
    parts = entry.path.parts
    if len(parts) > 1:
        return Piece(Owner(one_line(parts[0]), parts[0]), PurePosixPath(*parts[1:]), entry)
    if entry.path.suffix.lower() not in (".ipynb", ".zip"):
        raise SubmissionError(f"{one_line(parts[0])} is neither a notebook nor a zip archive, and in nobody's folder.")
    if entry.path.stem in asked.notebooks and not asked.is_known(entry.path.stem):
        raise SubmissionError(f"{one_line(parts[0])} does not say whose it is: put it into a folder named by student.")
    return Piece(Owner(one_line(parts[0]), entry.path.stem), PurePosixPath(parts[0]), entry)


def _strange(entry: Entry, platform: str) -> SubmissionError:
    return SubmissionError(f"{one_line(str(entry.path))} is not named as {platform} names files: whose is it?")


def without_number(stem: str) -> tuple[str, int]:
    """Return a file's name without what is added to tell it from an older one, and that number."""
    found = NUMBERED.fullmatch(stem)
    return (found["stem"], int(found["a"] or found["b"] or found["c"])) if found else (stem, 0)


def _of_this_assignment(pieces: list[Piece], asked: Asked) -> list[Piece]:
    """Where somebody has a folder for each assignment, take the one that is asked for."""
    have = {piece.owner for piece in pieces if piece.path.parts[0] == asked.name and len(piece.path.parts) > 1}
    found = []
    for piece in pieces:
        first, below = piece.path.parts[0], piece.path.parts[1:]
        if below and first in asked.assignments:
            if first == asked.name:
                found.append(replace(piece, path=PurePosixPath(*below)))
        elif piece.owner not in have:
            found.append(piece)
    return found


def _with_times(pieces: list[Piece]) -> list[Piece]:
    """Take the files' times for those of handing in, unless all are of the ten minutes that packing took."""
    known = [piece.entry.time for piece in pieces if piece.entry.time]
    if not known or (max(known) - min(known)).total_seconds() <= 600:
        return pieces
    return [replace(piece, time=piece.entry.time) for piece in pieces]


def _without_top(entries: list[Entry], asked: Asked) -> list[Entry]:
    """Take off the one folder that everything lies in, unless it is a student's."""
    tops = {entry.path.parts[0] for entry in entries}
    if len(tops) != 1 or any(len(entry.path.parts) == 1 for entry in entries):
        return entries
    top = tops.pop()
    below = [replace(entry, path=PurePosixPath(*entry.path.parts[1:])) for entry in entries]
    if MOODLE_FOLDER.fullmatch(top) or (asked.is_known(top) and top != asked.name):
        return entries
    if top != asked.name and detect(below) is Lms.folder and not _are_students(below, asked):
        return entries
    return _without_top(below, asked)


def _are_students(entries: list[Entry], asked: Asked) -> bool:
    """Return whether what lies in a folder is students' rather than one student's."""
    tops = Counter(entry.path.parts[0] for entry in entries)
    files = {entry.path for entry in entries if len(entry.path.parts) == 1}
    stems = {without_number(path.stem)[0] for path in files if path.suffix == ".ipynb"}
    if asked.name in tops or stems & set(asked.notebooks):
        return False
    if any(asked.is_known(path.stem) for path in files) or any(asked.is_known(top) for top in tops):
        return True
    folders = set(tops) - {path.name for path in files}
    notebooks = {
        entry.path.parts[0] for entry in entries if entry.path.suffix == ".ipynb" and len(entry.path.parts) > 1
    }
    return len(stems) > 1 or (bool(folders & notebooks) and not stems)


class ByPlugin:
    """The collector plugin of nbgrader that the course has configured."""

    def __init__(self, course: Course) -> None:
        self.course, config = course, course.config()
        if str(course.root) not in sys.path:
            sys.path.insert(0, str(course.root))  # as nbgrader does, for a plugin in the course folder
        try:
            self.app = ZipCollectApp(config=config)
            self.plugin: FileNameCollectorPlugin = self.app.collector_plugin(parent=self.app)
        except Exception as error:
            raise UsageError(f"The collector plugin that nbgrader_config.py names cannot be used: {error}.") from error

    @classmethod
    def is_configured(cls, course: Course) -> bool:
        """Return whether the course has one, or a regular expression for nbgrader's."""
        config = course.config()
        return "collector_plugin" in config.ZipCollectApp or any(
            "named_regexp" in config[name] for name in config if name.endswith("Plugin")
        )

    def sort_out(self, entries: list[Entry], name: str) -> Sorted:
        """Say of each file whose it is, as the plugin tells; what it knows nothing of is told."""
        pieces, refused = [], {}
        for entry in entries:
            place = self.course.root / self.app.downloaded_directory / name / self.app.extracted_directory / entry.path
            try:
                found = self.plugin.collect(str(place))
                if found:
                    pieces.append(_told(entry, found))
                    continue
                reason = "the course's collector plugin knows nothing of it"
            except SubmissionError as error:
                reason = str(error)
            except Exception as error:  # a plugin may raise anything
                reason = f"the course's collector plugin failed ({type(error).__name__}: {error})"
            shown = one_line(str(entry.path))
            refused[shown] = f"{shown} was not taken: {reason}."
        return Sorted(f"the course's {type(self.plugin).__name__}", tuple(pieces), refused)


def _told(entry: Entry, found: dict[str, Any]) -> Piece:
    student, file = found.get("student_id"), found.get("file_id")
    if not (isinstance(student, str) and student and isinstance(file, str) and file):
        raise SubmissionError("the course's collector plugin gave no student_id or no file_id")
    time = found.get("timestamp") or None
    return Piece(
        Owner(one_line(student), student, str(found.get("lms_user_id") or "")),
        PurePosixPath(*safe_parts(os.path.splitext(file)[0] + entry.path.suffix)),  # noqa: PTH122 - as nbgrader does
        entry,
        time=parse_utc(time) if time else None,
    )
