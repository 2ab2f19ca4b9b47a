"""Whether a student's work belongs to the assignment that is being collected, by the names of its cells.

A notebook that looks like another assignment's is refused: it would earn next to nothing, and what the student has
handed in before would give way to it. A whole download of that kind means that the wrong assignment was named.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from pathlib import PurePosixPath

from autograder.collecting.handed_in import Work
from autograder.course.assignment import cells_elsewhere
from autograder.course.cells import cell_names
from autograder.course.course import Course
from autograder.errors import SubmissionError, UsageError
from autograder.intake.elsewhere import LOOKS_LIKE, likely_assignment
from autograder.intake.notebook_file import read_notebook


class OtherAssignment(SubmissionError):
    """A student's work looks like another assignment's; `name` says which."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


class Belonging:
    """Knows the names of the cells of a course's assignments."""

    def __init__(self, course: Course, name: str) -> None:
        self.course, self.name, self.notebooks = course, name, course.notebooks(name)

    def require(self, student: str, work: Work) -> None:
        """Check that work does not look like another assignment's; what cannot be read is for grading to say.

        Raises
        ------
        OtherAssignment
            If it does.
        """
        notebooks = []
        for wanted in self.notebooks:
            content = work.files.get(PurePosixPath(f"{wanted}.ipynb"))
            with suppress(SubmissionError):
                notebooks += [read_notebook(content, wanted)[0]] if content is not None else []
        other = ""
        with suppress(UsageError):  # an instructor's notebook cannot be read, and no student's work waits for that
            other = likely_assignment(notebooks, self._own, lambda: self._others)
        if other:
            raise OtherAssignment(
                f"It does not have the cells of {self.name} ({LOOKS_LIKE} {other}): ask the student for the right "
                f"notebook. To have it graded as it is, put it into "
                f"{self.course.submitted.name}/{student}/{self.name}/ yourself.",
                other,
            )

    @cached_property
    def _own(self) -> frozenset[str]:
        return cell_names(self.course.read_sources(self.name).values())

    @cached_property
    def _others(self) -> dict[str, frozenset[str]]:
        return cells_elsewhere(self.course, self.name)
