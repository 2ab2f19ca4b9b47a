"""Whose work the latest grading run could not grade, and why: read from the log that it has kept."""

from __future__ import annotations

from autograder.course.course import Course
from autograder.logs import LARGEST, SET_IN
from autograder.runs.request import log_path

NOT_GRADED = "not graded"


def refusals(course: Course, name: str) -> dict[str, str]:
    """Return the sentence on everybody of whom the last line of the log says that they were not graded."""
    path = log_path(course, name)
    older = path.with_name(f"{path.name}.1")
    found: dict[str, str] = {}
    for log in (older, path):
        try:
            with log.open("rb") as file:
                text = file.read(2 * LARGEST).decode("utf-8", "replace")
        except OSError:
            continue
        lines = [line.split("\t") for line in text.splitlines() if not line.startswith(SET_IN)]
        for _, student, *told in (line for line in lines if len(line) > 2):
            found[student] = told[1] if told[0] == NOT_GRADED and len(told) > 1 else ""
    return {student: sentence for student, sentence in found.items() if sentence}
