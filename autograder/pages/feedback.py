"""Writes the feedback page of each graded submission: points and messages, never a hidden test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nbgrader.preprocessors import GetGrades
from traitlets.config import Config

from autograder.course.course import Course, last_error
from autograder.errors import AutograderError, UsageError
from autograder.pages.feedback_cells import FeedbackPage
from autograder.pages.page_templates import page_templates

PREPROCESSORS = [GetGrades, FeedbackPage]


def feedback(course: Course, name: str) -> list[Path]:
    """Write `feedback/STUDENT/NAME/NOTEBOOK.html` for every graded submission; return the pages.

    Raises
    ------
    UsageError
        If the assignment is unknown or nothing of it has been graded.
    AutograderError
        If nbgrader cannot write the pages.
    """
    notebooks = course.notebooks(name)
    if not any(_files(course.autograded, name, notebooks, "ipynb")):
        raise UsageError(f"No submission of {name} has been graded yet: run `autograder grade {name}` first.")
    config = Config()
    config.GenerateFeedback.preprocessors = PREPROCESSORS  # whatever the course says: no hidden test may show
    config.CourseDirectory.ignore = ["*"]  # a page needs no file beside it
    config.HTMLExporter.extra_template_basedirs = page_templates()
    run = course.nbgrader(config).generate_feedback(name, force=True)
    if not run["success"]:
        raise AutograderError(f"The feedback for {name} could not be written: {last_error(run)}")
    return sorted(_files(course.feedback, name, notebooks, "html"))


def _files(folder: Path, name: str, notebooks: list[str], kind: str) -> Iterator[Path]:
    return (path for notebook in notebooks for path in folder.glob(f"*/{name}/{notebook}.{kind}"))
