"""The one writer: puts finished submissions into nbgrader's gradebook, `autograded/` and `reports/`, one at a time.

Each is written such that a run may be killed at any moment: the gradebook in one transaction, folders and files swapped
in whole, and the verdict, which says that a submission is done, last.
"""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, parse_utc
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from traitlets.config import Config

from autograder.align import Aligned
from autograder.course import CONFIG_NAME, Course
from autograder.digest import digest, files_below
from autograder.engine.work import Report
from autograder.errors import AutograderError, EnvironmentProblem, SubmissionError, UsageError
from autograder.intake import TIMESTAMP, Submission
from autograder.notebook import grade_id
from autograder.outputs import with_outputs
from autograder.release import generated, last_error, scratch, swap_in
from autograder.scores import MissingStudent, NotebookScores, ScoreBook
from autograder.verdict import CellVerdict, Verdict, measurements

BUSY_SECONDS = 5.0
LONGEST_TIMESTAMP = 100
STAMP = "stamp.json"
Scores = dict[str, dict[tuple[str, str], float | None]]


class Recorder:
    """Writes into one course's gradebook for one assignment; close it, or use it in a `with` statement."""

    def __init__(self, course: Course, name: str) -> None:
        self.course = course
        self.name = name
        self.api = course.nbgrader()
        self._book: ScoreBook | None = None
        self._recorded: Scores | None = None
        self._penalties: AssignLatePenalties | None = None
        logging.getLogger("traitlets").setLevel(logging.CRITICAL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the gradebook."""
        if self._book is not None:
            self._book.book.close()
            self._book = None

    @property
    def book(self) -> ScoreBook:
        """The gradebook, opened when it is first needed."""
        if self._book is None:
            coursedir = self.api.coursedir
            self._book = ScoreBook(coursedir.db_url, coursedir.course_id, self.name, BUSY_SECONDS)
        return self._book

    def register(self) -> dict[str, NotebookNode]:
        """Tell the gradebook the assignment as `source/` has it; return the notebooks that students were given.

        Nothing is done if gradebook and source are as they were when this was done last.

        Raises
        ------
        EnvironmentProblem
            If the gradebook cannot be written.
        AutograderError
            If nbgrader refuses, for example since test cells were added after submissions were graded.
        """
        self.require_gradebook()
        made_from = _fingerprint(self.course, self.name)
        kept = _kept(self.course, self.name)
        stamp = _read_stamp(kept)
        if stamp.get("made_from") == made_from and stamp.get("cells") == self.book.registered():
            return _read_notebooks(kept, self.course.notebooks(self.name))
        with scratch(self.course) as folder:
            config = Config()
            config.CourseDirectory.release_directory = str(folder / "release")
            run = self.course.nbgrader(config).generate_assignment(self.name)
            if not run["success"]:
                raise AutograderError(f"The gradebook does not accept the assignment {self.name}: {last_error(run)}")
            fresh = folder / "kept"
            fresh.mkdir()
            for path in (folder / "release" / self.name).glob("*.ipynb"):
                shutil.copyfile(path, fresh / path.name)
            now = {"made_from": made_from, "cells": self.book.registered()}
            (fresh / STAMP).write_text(json.dumps(now), encoding="utf-8")
            kept.parent.mkdir(parents=True, exist_ok=True)
            swap_in(fresh, kept)
        return _read_notebooks(kept, self.course.notebooks(self.name))

    def students(self) -> set[str]:
        """Return the students whose submissions are in the gradebook."""
        return self.book.students()

    def recorded_work(self, student: str) -> str | None:
        """Return the digest of the work that is recorded for a student; None if any part of the record is missing.

        The gradebook's scores must be those of the verdict: it may have been restored from a backup since.
        """
        path = verdict_path(self.course, self.name, student)
        if not (path.is_file() and (self.course.autograded / student / self.name).is_dir()):
            return None
        try:
            verdict = Verdict.from_json(path.read_text(encoding="utf-8"))
        except (UsageError, UnicodeError):
            return None
        if self._recorded is None:
            self._recorded = self.book.automatic_scores()
        scores = self._recorded.get(student, {})
        same = all(scores.get((cell.notebook, cell.test)) == cell.points for cell in verdict.cells)
        return verdict.work if scores and same else None

    def record(self, aligned: Aligned, reports: Mapping[str, Report], verdict: Verdict, submission: Submission) -> None:
        """Write one submission: scores and comments, `autograded/`, the measurements, and last the verdict.

        Raises
        ------
        SubmissionError
            If it cannot be recorded; what was recorded of it before stays.
        EnvironmentProblem
            If the gradebook cannot be written.
        """
        text = verdict.to_json()
        place = self.course.autograded / verdict.student / self.name
        fresh = place.with_name(f".{self.name}.fresh")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            self._build(fresh, with_outputs(aligned, reports, verdict), submission)
            self._write_scores(aligned, verdict, submission)
            swap_in(fresh, place)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        if self._recorded is not None:
            self._recorded[verdict.student] = {(cell.notebook, cell.test): cell.points for cell in verdict.cells}
        write_verdict(self.course, verdict, text, measurements(aligned, reports))

    def _build(self, folder: Path, notebooks: Mapping[str, NotebookNode], submission: Submission) -> None:
        """Write what `autograded/STUDENT/NAME` is to hold: the notebooks, the student's files, the given files."""
        folder.mkdir(parents=True)
        ours = {where: path.read_bytes() for where, path in self.course.given_files(self.name)}
        for name, notebook in notebooks.items():
            ours[Path(f"{name}.ipynb")] = (nbformat.writes(notebook) + "\n").encode("utf-8", "replace")
        taken = {*ours, *(folder for where in ours for folder in where.parents)} - {Path()}
        own = [path.relative_to(submission.folder) for path in submission.files]
        content = {
            where: submission.read_file(submission.folder / where)
            for where in own
            if where not in taken and not any(parent in ours for parent in where.parents)
        } | ours
        shared = bool(self.api.coursedir.groupshared)
        mode = int(str(self.api.config.Autograde.get("permissions", 664 if shared else 444)), 8)
        for where, data in content.items():
            target = folder / where
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            target.chmod(mode)
        if shared:
            for directory in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
                directory.chmod(directory.stat().st_mode | 0o2770)

    def _write_scores(self, aligned: Aligned, verdict: Verdict, submission: Submission) -> None:
        notebooks = {name: notebook_scores(notebook, verdict.of(name)) for name, notebook in aligned.notebooks.items()}
        create = bool(self.api.config.Autograde.get("create_student", True))
        student = verdict.student
        try:
            self.book.write(student, _timestamp(submission), notebooks, self._late_penalty, create_student=create)
        except MissingStudent as error:
            raise SubmissionError(
                f"The gradebook has no student {student}: add it with `nbgrader db student add`."
            ) from error
        except OperationalError as error:
            raise _busy(self.api.coursedir.db_url, error.orig) from error
        except DBAPIError as error:
            raise SubmissionError(f"{student} could not be recorded in the gradebook: {error.orig}.") from error

    def _late_penalty(self, student: str, score: float, seconds: float) -> float | None:
        """Ask the configured plugin of nbgrader what being late costs."""
        if self._penalties is None:
            self._penalties = AssignLatePenalties(config=self.api.config)
            self._penalties.init_plugin()
        try:
            penalty: float | None = self._penalties.plugin_inst.late_submission_penalty(student, score, seconds)
        except Exception as error:  # a plugin may raise anything
            raise SubmissionError(
                f"{student} could not be recorded: the late penalty plugin failed ({type(error).__name__}: {error})."
            ) from error
        return penalty

    def require_gradebook(self) -> None:
        """Check that the gradebook can be written now; see `require_gradebook`."""
        require_gradebook(self.api.coursedir.db_url)


def notebook_scores(notebook: NotebookNode, outcomes: Mapping[str, CellVerdict]) -> NotebookScores:
    """Return what nbgrader's `SaveAutoGrades` would save of an aligned notebook."""
    found = NotebookScores()
    for cell in notebook.cells:
        name = grade_id(cell)
        if name is None:
            continue
        if is_grade(cell):
            found.scores[name] = outcomes[name].points if name in outcomes else determine_grade(cell)[0]
        if is_solution(cell):
            untouched = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
            found.comments[name] = "No response." if untouched else None
    return found


def released_notebooks(course: Course, name: str) -> dict[str, NotebookNode]:
    """Return the notebooks of an assignment as students were given them, without a look at the gradebook."""
    kept = _kept(course, name)
    if _read_stamp(kept).get("made_from") == _fingerprint(course, name):
        return _read_notebooks(kept, course.notebooks(name))
    with generated(course, name) as folder:
        return _read_notebooks(folder, course.notebooks(name))


def require_gradebook(url: str) -> None:
    """Check that the gradebook can be written now; only SQLite's files are looked at.

    Raises
    ------
    EnvironmentProblem
        If another program holds it, or it is no database.
    """
    where = make_url(url)
    if where.get_backend_name() != "sqlite" or not where.database or not has_gradebook(url):
        return
    try:
        with closing(sqlite3.connect(where.database, timeout=BUSY_SECONDS)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.rollback()
    except sqlite3.OperationalError as error:
        raise _busy(url, error) from error
    except sqlite3.DatabaseError as error:
        raise EnvironmentProblem(
            f"The gradebook {where.database} is damaged ({error}): restore it from a backup, or move it away to begin "
            "anew."
        ) from error


def has_gradebook(url: str) -> bool:
    """Tell whether there is a gradebook; a server is taken at its word."""
    where = make_url(url)
    return where.get_backend_name() != "sqlite" or bool(where.database and Path(where.database).exists())


def _busy(url: str, error: BaseException | None) -> EnvironmentProblem:
    where = make_url(url)
    shown = where.database if where.get_backend_name() == "sqlite" else where.render_as_string(hide_password=True)
    reason = " ".join(str(error).split())
    return EnvironmentProblem(
        f"The gradebook {shown} cannot be written ({reason}): close the program that holds it "
        "(a formgrader, another grading run) and start again. What was graded so far is kept."
    )


def verdict_path(course: Course, name: str, student: str) -> Path:
    """Return where the verdict on a submission is kept."""
    return course.reports / name / "verdicts" / f"{student}.json"


def times_path(course: Course, name: str, student: str) -> Path:
    """Return where the measurements of a submission are kept: apart, since they differ from run to run."""
    return course.reports / name / "times" / f"{student}.json"


def write_verdict(course: Course, verdict: Verdict, text: str, times: str) -> None:
    """Write the measurements of a submission, and then its verdict."""
    write_atomically(times_path(course, verdict.assignment, verdict.student), times)
    write_atomically(verdict_path(course, verdict.assignment, verdict.student), text)


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that it is either as before or complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def gradebook(api: NbGraderAPI) -> Gradebook:
    """Open the course's gradebook; use it in a `with` statement."""
    return Gradebook(api.coursedir.db_url, api.coursedir.course_id)


def _timestamp(submission: Submission) -> datetime | None:
    """Return when the submission was collected, in UTC, if nbgrader noted it."""
    path = submission.folder / TIMESTAMP
    if path not in submission.files:
        return None
    text = submission.read_file(path)[: LONGEST_TIMESTAMP + 1].decode("utf-8", "replace").strip()
    if not text:
        return None
    try:
        if len(text) > LONGEST_TIMESTAMP:
            raise ValueError("too long")
        found: datetime = parse_utc(text)
    except Exception as error:  # dateutil raises several kinds
        raise SubmissionError(
            f"{path} does not hold a time: write it like 2030-01-31 12:00:00 UTC, or delete it."
        ) from error
    return found


def _kept(course: Course, name: str) -> Path:
    return course.root / "_build" / "registered" / name


def _fingerprint(course: Course, name: str) -> str:
    """Return the hash of all that a registration depends on: source, headers beside it, configuration, nbgrader."""
    beside = [path for path in course.source.iterdir() if path.is_file()]
    files = [*files_below(course.source / name), *beside, course.root / CONFIG_NAME]
    return f"{digest(files, course.root)} {version('nbgrader')}"


def _read_stamp(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _read_notebooks(folder: Path, names: list[str]) -> dict[str, NotebookNode]:
    return {name: nbformat.read(folder / f"{name}.ipynb", as_version=4) for name in names}
