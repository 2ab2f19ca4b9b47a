"""Writes the feedback page of each graded submission: points and messages, never a hidden test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbgrader.preprocessors import GetGrades
from traitlets.config import Config

from autograder.course.course import Course, last_error
from autograder.errors import AutograderError, UsageError
from autograder.pages.feedback_basis import FeedbackBasis
from autograder.pages.feedback_cells import FeedbackPage
from autograder.pages.page_templates import page_templates

PREPROCESSORS = [GetGrades, FeedbackPage]


@dataclass(frozen=True)
class Pages:
    """All pages of an assignment, and how many of them are as they were."""

    paths: list[Path]
    as_before: int = 0

    @property
    def written(self) -> int:
        """How many were written."""
        return len(self.paths) - self.as_before


def feedback(course: Course, name: str) -> Pages:
    """Write `feedback/STUDENT/NAME/NOTEBOOK.html` for every graded submission; leave alone what is as it has to be.

    Raises
    ------
    UsageError
        If the assignment is unknown or nothing of it has been graded.
    AutograderError
        If nbgrader cannot write the pages.
    """
    notebooks = course.notebooks(name)
    students = sorted({path.parent.parent.name for path in _files(course.autograded, name, notebooks, "ipynb")})
    if not students:
        raise UsageError(f"No submission of {name} has been graded yet: run `autograder grade {name}` first.")
    basis = FeedbackBasis(course, name)
    pages = _by_student(course, name, notebooks)
    kept = [student for student in students if "," not in student and basis.is_kept(student, pages[student])]
    if len(kept) < len(students):
        _write(course, name, kept)
        pages = _by_student(course, name, notebooks)
    basis.keep({student: pages[student] for student in students})
    paths = sorted(path for student in pages for path in pages[student])
    return Pages(paths, sum(len(pages[student]) for student in kept))


def _write(course: Course, name: str, but: list[str]) -> None:
    """Let nbgrader write the pages of all but some students."""
    config = Config()
    config.GenerateFeedback.preprocessors = PREPROCESSORS  # whatever the course says: no hidden test may show
    config.CourseDirectory.ignore = ["*"]  # a page needs no file beside it
    config.HTMLExporter.extra_template_basedirs = page_templates()
    excluded = str(course.config().CourseDirectory.get("student_id_exclude", "") or "")
    config.CourseDirectory.student_id_exclude = ",".join([*filter(None, [excluded]), *but])
    run = course.nbgrader(config).generate_feedback(name, force=True)
    if not run["success"]:
        raise AutograderError(f"The feedback for {name} could not be written: {last_error(run)}")


def _by_student(course: Course, name: str, notebooks: list[str]) -> defaultdict[str, list[Path]]:
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for page in _files(course.feedback, name, notebooks, "html"):
        found[page.parent.parent.name].append(page)
    return found


def _files(folder: Path, name: str, notebooks: list[str], kind: str) -> Iterator[Path]:
    return (path for notebook in notebooks for path in folder.glob(f"*/{name}/{notebook}.{kind}"))
