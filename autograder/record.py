"""The one writer: puts finished submissions into nbgrader's gradebook and `autograded/`, one at a time.

nbgrader's own `Autograde` does the writing, so that formgrader, feedback, export, late penalties and manual scores go
on working; it is handed notebooks that have been run already.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from traitlets.config import Config

from autograder.course import Course
from autograder.errors import AutograderError, EnvironmentProblem, SubmissionError
from autograder.release import last_error, scratch
from autograder.verdict import Verdict

BUSY_SECONDS = 5.0


class Recorder:
    """Writes into one course's gradebook for one assignment."""

    def __init__(self, course: Course, name: str) -> None:
        self.course = course
        self.name = name
        logging.getLogger("traitlets").setLevel(logging.CRITICAL)

    def register(self) -> NotebookNode:
        """Tell the gradebook the assignment as `source/` has it; return the notebook that students were given.

        Raises
        ------
        AutograderError
            If nbgrader refuses, for example since test cells were added after submissions were graded.
        """
        self.require_gradebook()
        with scratch(self.course) as folder:
            config = Config()
            config.CourseDirectory.release_directory = str(folder)
            run = self.course.nbgrader(config).generate_assignment(self.name)
            if not run["success"]:
                raise AutograderError(f"The gradebook does not accept the assignment {self.name}: {last_error(run)}")
            return nbformat.read(folder / self.name / f"{self.name}.ipynb", as_version=4)

    def students(self) -> set[str]:
        """Return the students whose submissions are in the gradebook."""
        with gradebook(self.course.nbgrader()) as book:
            return {submission.student.id for submission in book.assignment_submissions(self.name)}

    def sanitise(self, notebook: NotebookNode, student: str) -> NotebookNode:
        """Return the submitted notebook with the instructor's text in every locked cell, as nbgrader would run it.

        Raises
        ------
        SubmissionError
            If its metadata are beyond what nbgrader can repair.
        """
        api = self.course.nbgrader()
        resources = {
            "nbgrader": {
                "student": student,
                "assignment": self.name,
                "notebook": self.name,
                "db_url": api.coursedir.db_url,
            }
        }
        try:
            for preprocessor in Autograde(coursedir=api.coursedir, parent=api).sanitize_preprocessors:
                notebook, resources = preprocessor(parent=api).preprocess(notebook, resources)
        except Exception as error:  # hostile metadata make nbgrader raise anything
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SubmissionError(
                f"{student}: nbgrader cannot make sense of the notebook's metadata ({reason})."
            ) from error
        return notebook

    def record(self, executed: NotebookNode, verdict: Verdict) -> None:
        """Write one submission: scores and comments, `autograded/`, and the verdict, which is written last.

        Raises
        ------
        SubmissionError
            If nbgrader cannot record it; what was recorded of it before stays.
        """
        self.require_gradebook()
        config = Config()
        config.RunCells.executed = {verdict.student: executed}
        api = self.course.nbgrader(config)
        place = self.course.autograded / verdict.student / self.name
        with scratch(self.course) as folder:
            if place.exists():
                shutil.copytree(place, folder / "before")
            run = api.autograde(self.name, verdict.student, force=True)
            if not run["success"]:
                if (folder / "before").exists() and not place.exists():
                    (folder / "before").rename(place)
                raise SubmissionError(f"{verdict.student} could not be recorded: {last_error(run)}")
        write_atomically(verdict_path(self.course, self.name, verdict.student), verdict.to_json())

    def require_gradebook(self) -> None:
        """Check that the gradebook can be written now.

        Raises
        ------
        EnvironmentProblem
            If another program holds it, or it is no database.
        """
        path = self.course.gradebook
        if not path.exists():
            return
        try:
            with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as database:
                database.execute("BEGIN IMMEDIATE")
                database.rollback()
        except sqlite3.OperationalError as error:
            raise EnvironmentProblem(
                f"The gradebook {path} cannot be written ({error}): close the program that holds it "
                "(a formgrader, another grading run) and start again. What was graded so far is kept."
            ) from error
        except sqlite3.DatabaseError as error:
            raise EnvironmentProblem(
                f"The gradebook {path} is damaged ({error}): restore it from a backup, or move it away to begin anew."
            ) from error


def verdict_path(course: Course, name: str, student: str) -> Path:
    """Return where the verdict on a submission is kept."""
    return course.reports / name / "verdicts" / f"{student}.json"


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that it is either as before or complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def gradebook(api: NbGraderAPI) -> Gradebook:
    """Open the course's gradebook; use it in a `with` statement."""
    return Gradebook(api.coursedir.db_url, api.coursedir.course_id)
