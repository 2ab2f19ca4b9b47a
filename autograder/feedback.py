"""Writes the feedback page of each graded submission: points and messages, never a hidden test."""

from __future__ import annotations

from pathlib import Path

from autograder.course import Course
from autograder.errors import AutograderError, UsageError
from autograder.release import last_error


def feedback(course: Course, name: str) -> list[Path]:
    """Write `feedback/STUDENT/NAME/NAME.html` for every graded submission; return the pages.

    Raises
    ------
    UsageError
        If the assignment is unknown or nothing of it has been graded.
    AutograderError
        If nbgrader cannot write the pages.
    """
    course.source_notebook(name)
    if not any(course.autograded.glob(f"*/{name}/{name}.ipynb")):
        raise UsageError(f"No submission of {name} has been graded yet: run `autograder grade {name}` first.")
    run = course.nbgrader().generate_feedback(name, force=True)
    if not run["success"]:
        raise AutograderError(f"The feedback for {name} could not be written: {last_error(run)}")
    return sorted(course.feedback.glob(f"*/{name}/{name}.html"))
