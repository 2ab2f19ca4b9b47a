"""The one writer: puts finished submissions into nbgrader's gradebook, `autograded/` and `reports/`, one at a time.

Each is written such that a run may be killed at any moment, and the power may fail: the gradebook in one transaction,
folders and files swapped in whole and only when they are on the disk, and the verdict, which says that a submission is
done, last.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution
from sqlalchemy.exc import DBAPIError, OperationalError

from autograder.course import gradebook
from autograder.course.cells import grade_id
from autograder.course.course import Course
from autograder.engine.items import Report
from autograder.errors import SubmissionError, UsageError
from autograder.files.durable import sync, sync_tree
from autograder.files.swap import before_swap, swap_in
from autograder.grading.job import Job
from autograder.grading.outputs import with_outputs
from autograder.grading.partial import Part, outputs_of
from autograder.grading.verdict import CellVerdict, ExerciseDiagnosis, Verdict, exercise_points
from autograder.intake.align import Aligned
from autograder.intake.submission import Submission
from autograder.records.answers import Answer, Answers, Cell, Changed, Rewritten
from autograder.records.changes import Change, ChangeList, Recorded
from autograder.records.comments import NO_RESPONSE, comment_on
from autograder.records.handed_in import time_in
from autograder.records.late_book import read_terms
from autograder.records.penalties import Penalties
from autograder.records.registration import register
from autograder.records.scores import MissingStudent, NotebookScores, ScoreBook
from autograder.records.settle import Settled, settle
from autograder.records.verdicts import verdict_path, write_verdict

Scores = dict[tuple[str, str], float | None]


class Recorder:
    """Writes into one course's gradebook for one assignment; close it, or use it in a `with` statement."""

    def __init__(self, course: Course, name: str) -> None:
        self.course = course
        self.name = name
        self.api = course.nbgrader()
        self._book: ScoreBook | None = None
        self._ahead: dict[str, Scores] = {}
        self._changes: ChangeList | None = None
        self._penalties: Penalties | None = None
        self.answers = Answers(course, name)

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
            try:
                self._book = ScoreBook(coursedir.db_url, coursedir.course_id, self.name, gradebook.BUSY_SECONDS)
            except DBAPIError as error:
                raise gradebook.trouble(coursedir.db_url, error) from error
        return self._book

    def register(self) -> dict[str, NotebookNode]:
        """Tell the gradebook the assignment as `source/` has it; return the notebooks that students were given.

        Raises
        ------
        EnvironmentProblem
            If the gradebook cannot be written.
        AutograderError
            If nbgrader refuses, for example since test cells were added after submissions were graded.
        UsageError
            If the late penalties of the course make no sense.
        """
        self.require_gradebook()
        found = register(self.course, self.name, self.book)
        self._penalties = self._rule()
        return found

    def students(self) -> set[str]:
        """Return the students whose submissions are in the gradebook."""
        return self.book.students()

    def recorded(self, student: str) -> Recorded:
        """Return what is recorded of a student; its verdict only if `autograded/` and the gradebook have it too."""
        try:
            text = verdict_path(self.course, self.name, student).read_text(encoding="utf-8")
        except (OSError, UnicodeError):
            return Recorded({})
        points = exercise_points(text)
        try:
            verdict = Verdict.from_json(text)
        except UsageError:
            return Recorded(points)
        scores = self._scores(student)
        if not scores or not (self.course.autograded / student / self.name).is_dir():
            return Recorded(points, verdict.basis)
        differing = {cell.exercise for cell in verdict.cells if scores.get((cell.notebook, cell.test)) != cell.points}
        return Recorded(points, verdict.basis, verdict, frozenset(verdict.basis.tests) - differing)

    def _scores(self, student: str) -> Scores:
        """Return a student's automatic scores; those of the students who follow are read along."""
        if student not in self._ahead:
            try:
                self._ahead = self.book.automatic_scores(student)
            except OperationalError as error:
                raise gradebook.trouble(self.api.coursedir.db_url, error) from error
        return self._ahead[student]

    def part(self, student: str, exercises: frozenset[str]) -> Part | None:
        """Return what is needed to grade only these exercises of a student; None if `autograded/` cannot be read."""
        folder, outputs = self.course.autograded / student / self.name, {}
        for name in self.course.notebooks(self.name):
            try:
                outputs[name] = outputs_of(nbformat.read(folder / f"{name}.ipynb", as_version=4))
            except FileNotFoundError:  # the submission lacks it
                continue
            except Exception:  # somebody has changed it, and then anything may be wrong with it
                return None
        return Part(exercises, outputs)

    def record(
        self,
        job: Job,
        reports: Mapping[str, Report],
        verdict: Verdict,
        changes: Iterable[Change] = (),
        part: Part | None = None,
    ) -> None:
        """Write one submission: scores and comments, `autograded/`, changes, measurements, and last the verdict.

        Parameters
        ----------
        changes
            The scores that are not what they were.
        part
            What was graded again, if not all of it; the rest stays as it is recorded.

        Raises
        ------
        SubmissionError
            If it cannot be recorded; what was recorded of it before stays.
        EnvironmentProblem
            If the gradebook cannot be written.
        """
        text, aligned, submission = verdict.to_json(), job.aligned, job.submission
        place = self.course.autograded / verdict.student / self.name
        notebooks = with_outputs(aligned, reports, verdict)
        if part is not None:
            part.keep(notebooks, verdict, reports)
        fresh = place.with_name(f".{self.name}.fresh")
        _clear(fresh)
        try:
            self._build(fresh, notebooks, submission)
            sync_tree(fresh)
            changed = self._write_scores(aligned, verdict, submission, part, self.answers.of(notebooks, fresh))
            swap_in(fresh, place)
            sync(place.parent)
            Changed(self.course, self.name).keep(verdict.student, changed)
        finally:
            _clear(fresh)
        self._ahead.pop(verdict.student, None)
        self._list(changes)
        write_verdict(self.course, verdict, text, aligned, reports)

    def _list(self, changes: Iterable[Change]) -> None:
        if self._changes is None:
            self._changes = ChangeList(self.course, self.name)
        self._changes.add(changes)

    def _build(self, folder: Path, notebooks: Mapping[str, NotebookNode], submission: Submission) -> None:
        """Write what `autograded/STUDENT/NAME` is to hold: the notebooks, the student's files, the given files."""
        folder.mkdir(parents=True)
        ours = {where: path.read_bytes() for where, path in self.course.given_files(self.name)}
        for name, notebook in notebooks.items():
            ours[Path(f"{name}.ipynb")] = (nbformat.writes(notebook) + "\n").encode("utf-8", "replace")
        taken = {*ours, *(folder for where in ours for folder in where.parents)} - {Path()}
        own = {Path(where): data for where, data in submission.files.items()}
        content = {
            where: data
            for where, data in own.items()
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

    def _write_scores(
        self,
        aligned: Aligned,
        verdict: Verdict,
        submission: Submission,
        part: Part | None,
        answers: Mapping[Cell, Answer],
    ) -> dict[Cell, str]:
        """Write scores and comments; return the answers that are no longer what a person has marked."""
        notebooks = {
            name: notebook_scores(
                notebook, verdict.of(name), part.tests(verdict, name) if part else None, verdict.diagnoses_of(name)
            )
            for name, notebook in aligned.notebooks.items()
        }
        create = bool(self.api.config.Autograde.get("create_student", True))
        student = verdict.student
        before = self.answers.recorded(student) if answers else {}
        marked = Changed(self.course, self.name).of(student) if answers else {}
        for (notebook, cell), answer in answers.items():
            known = before.get((notebook, cell))
            rewritten = Rewritten(answer.digest, known.digest if known else None, marked.get((notebook, cell)))
            notebooks[notebook].answers[cell] = rewritten
        try:
            time = time_in(submission.files, submission.folder)
            return self.book.write(student, time, notebooks, self._penalties or self._rule(), create_student=create)
        except MissingStudent as error:
            raise SubmissionError(
                f"The gradebook has no student {student}: add it with `nbgrader db student add`."
            ) from error
        except OperationalError as error:
            raise gradebook.trouble(self.api.coursedir.db_url, error) from error
        except DBAPIError as error:
            raise SubmissionError(f"{student} could not be recorded in the gradebook: {error.orig}.") from error

    def settle(self, only: Collection[str]) -> Settled:
        """Work out anew what being late costs these students; see `settle`."""
        return settle(self.course, self.name, self.book, only)

    def _rule(self) -> Penalties:
        with self.book.engine.connect() as connection:
            return Penalties(self.course, self.name, read_terms(connection, self.name))

    def require_gradebook(self) -> None:
        """Check that the gradebook can be written now; see `gradebook`."""
        gradebook.require_gradebook(self.api.coursedir.db_url)


def notebook_scores(
    notebook: NotebookNode,
    outcomes: Mapping[str, CellVerdict],
    tests: Collection[str] | None = None,
    diagnoses: Collection[ExerciseDiagnosis] = (),
) -> NotebookScores:
    """Return what nbgrader's `SaveAutoGrades` would save of an aligned notebook; of these tests only, if named.

    The scores of other cells are left alone then: nobody has to look again at what a person graded there.
    """
    found = NotebookScores()
    for cell in notebook.cells:
        name = grade_id(cell)
        if name is None:
            continue
        if is_grade(cell) and (tests is None or name in tests):
            found.scores[name] = outcomes[name].points if name in outcomes else determine_grade(cell)[0]
        if is_solution(cell):
            untouched = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
            found.comments[name] = NO_RESPONSE if untouched else comment_on(name, outcomes.values(), diagnoses)
    return found


def _clear(fresh: Path) -> None:
    """Remove what a killed run has left of a folder that was to be swapped in."""
    for left in (fresh, before_swap(fresh)):
        shutil.rmtree(left, ignore_errors=True)
