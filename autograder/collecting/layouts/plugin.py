"""The collector plugin of nbgrader that a course has configured, asked in nbgrader's own way."""

from __future__ import annotations

import os
import sys
from pathlib import PurePosixPath
from typing import Any

from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.plugins import FileNameCollectorPlugin
from nbgrader.utils import parse_utc

from autograder.collecting.entries import Entry, safe_parts
from autograder.collecting.layouts.pieces import Piece, Sorted
from autograder.collecting.people import Owner
from autograder.course.course import Course
from autograder.errors import SubmissionError, UsageError
from autograder.shown.terminal import one_line


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
        called=str(entry.path),
    )
