"""What a grading run of a whole class has left behind: for tests that grade once and look at each submission."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from assignment_cells import REPOSITORY, nbgrader_cell
from nbformat import NotebookNode

from autograder.course.course import Course

ASSIGNMENT = "exam"


@dataclass
class GradedClass:
    """A course whose submissions to the assignment `exam` were graded; `said` is what the command line said."""

    course: Course
    exit_code: int
    said: str

    def points(self, student: str) -> dict[str, float]:
        """Return what each test has brought."""
        return {cell["test"]: cell["points"] for cell in self.verdict(student)["cells"]}

    def score(self, student: str) -> float:
        """Return the score that nbgrader's gradebook has."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.course.gradebook}") as book:
            return float(book.find_submission(ASSIGNMENT, student).score)

    def is_graded(self, student: str) -> bool:
        """Return whether there is a verdict."""
        return (self.course.reports / ASSIGNMENT / "verdicts" / f"{student}.json").is_file()

    def verdict(self, student: str) -> dict:
        """Return a verdict."""
        return json.loads((self.course.reports / ASSIGNMENT / "verdicts" / f"{student}.json").read_text())


def course_with(root: Path, notebook: NotebookNode, files: Mapping[str, str | bytes]) -> Course:
    """Make a course folder at `root` with the assignment `exam`: its notebook, and files beside it."""
    root.mkdir()
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    course = Course(root)
    source = course.source / ASSIGNMENT
    source.mkdir(parents=True)
    nbformat.write(notebook, source / f"{ASSIGNMENT}.ipynb")
    for name, content in files.items():
        (source / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return course


def answer_cell(name: str, right: str) -> NotebookNode:
    """Return an answer whose solution is the last line of a right one."""
    head, body = right.rsplit("\n", 1)
    source = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
    return nbgrader_cell(name, source, solution=True, locked=False)


def visible_cell(name: str, source: str, points: float) -> NotebookNode:
    """Return a test that students can read."""
    return nbgrader_cell(name, source, grade=True, points=points)


def hidden_cell(name: str, test: str, points: float) -> NotebookNode:
    """Return a test that students cannot read."""
    return visible_cell(name, f"# what this checks\n### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS", points)
