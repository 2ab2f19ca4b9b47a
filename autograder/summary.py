"""The class report of one assignment: who earned what in which exercise, and where the class went wrong.

It reads the gradebook (scores, with manual ones and late penalties) and the verdicts (messages); it changes neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment

from autograder.course import Course
from autograder.errors import UsageError
from autograder.notebook import Exercise, all_exercises
from autograder.records.database import has_gradebook, require_gradebook
from autograder.records.durable import csv_text, write_atomically
from autograder.records.record import gradebook, verdict_path
from autograder.report_page import render
from autograder.verdict import Verdict


@dataclass(frozen=True)
class StudentRow:
    """One student's line of the report; points by exercise; `pending` are those that a person has yet to grade.

    The messages are those of the verdict, after what a person has written.
    """

    student: str
    points: dict[str, float]
    penalty: float
    needs_grading: bool
    messages: dict[str, tuple[str, ...]]
    pending: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """The points of all exercises less the late penalty, never below 0."""
        return max(0.0, sum(self.points.values()) - self.penalty)


@dataclass(frozen=True)
class Summary:
    """The class report: its exercises in the order of the notebook, its students by name."""

    assignment: str
    exercises: tuple[Exercise, ...]
    rows: tuple[StudentRow, ...]

    @property
    def max_score(self) -> float:
        """The most points of the assignment."""
        return sum(exercise.points for exercise in self.exercises)

    def full_marks(self, exercise: Exercise) -> int:
        """Return how many students earned every point of an exercise."""
        return sum(row.points.get(exercise.name, 0) >= exercise.points for row in self.rows)

    def common_message(self, exercise: Exercise) -> str:
        """Return the message that most students were given in an exercise, or an empty text."""
        told = Counter(message for row in self.rows for message in set(row.messages.get(exercise.name, ())))
        return min(told, key=lambda message: (-told[message], message)) if told else ""

    def to_csv(self) -> str:
        """Return the report as CSV text: a line per student, a column per exercise."""
        names = [exercise.name for exercise in self.exercises]
        table: list[list[object]] = [["student", "score", "max_score", "late_penalty", *names]]
        for row in self.rows:
            earned = ["" if name in row.pending else row.points.get(name, 0.0) for name in names]
            table.append([row.student, row.score, self.max_score, row.penalty, *earned])
        return csv_text(table)


def summarise(course: Course, name: str) -> Summary:
    """Return the class report of assignment `name`.

    Raises
    ------
    UsageError
        If the assignment is unknown or nothing of it has been graded.
    """
    parts = tuple(all_exercises(course.read_sources(name)))
    exercise_of = {(e.notebook, cell): e.name for e in parts for cell in (*e.tests, e.stub, e.task) if cell}
    rows = []
    api = course.nbgrader()
    if has_gradebook(api.coursedir.db_url):
        require_gradebook(api.coursedir.db_url)
        with gradebook(api) as book:
            for submission in _submissions(book, name):
                points = dict.fromkeys((exercise.name for exercise in parts), 0.0)
                grades = [(notebook.name, grade) for notebook in submission.notebooks for grade in notebook.grades]
                for notebook, grade in grades:
                    if (notebook, grade.name) in exercise_of:
                        points[exercise_of[notebook, grade.name]] += grade.score or 0.0
                penalty = sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks)
                student = submission.student.id
                waiting = [(notebook, grade.name) for notebook, grade in grades if grade.needs_manual_grade]
                pending = tuple(dict.fromkeys(exercise_of[cell] for cell in waiting if cell in exercise_of))
                messages = _messages(course, name, student)
                for exercise, comment in _comments(submission, exercise_of):
                    messages[exercise] = (comment, *messages.get(exercise, ()))
                rows.append(StudentRow(student, points, penalty, bool(waiting), messages, pending))
    if not rows:
        raise UsageError(f"No submission of {name} has been graded yet: run `autograder grade {name}` first.")
    return Summary(name, parts, tuple(sorted(rows, key=lambda row: row.student)))


def _comments(submission: SubmittedAssignment, exercise_of: dict[tuple[str, str], str]) -> Iterator[tuple[str, str]]:
    """Yield what people have written about answers: the exercise and the comment."""
    for notebook in submission.notebooks:
        for comment in notebook.comments:
            exercise = exercise_of.get((notebook.name, comment.name))
            if exercise and comment.manual_comment:
                yield exercise, comment.manual_comment


def _submissions(book: Gradebook, name: str) -> list[SubmittedAssignment]:
    try:
        return list(book.assignment_submissions(name))
    except MissingEntry:
        return []


def write_summary(course: Course, summary: Summary) -> list[Path]:
    """Write `summary.csv` and `summary.html` into `reports/NAME/`; return the two paths."""
    folder = course.reports / summary.assignment
    table, page = folder / "summary.csv", folder / "summary.html"
    write_atomically(table, summary.to_csv())
    write_atomically(page, render(summary))
    return [table, page]


def _messages(course: Course, name: str, student: str) -> dict[str, tuple[str, ...]]:
    path = verdict_path(course, name, student)
    if not path.is_file():  # graded by something else
        return {}
    try:
        verdict = Verdict.from_json(path.read_text(encoding="utf-8"))
    except (UsageError, UnicodeError) as error:
        raise UsageError(
            f"The verdict {path} is damaged: grade again with --force --student {student}. ({error})"
        ) from error
    found: dict[str, tuple[str, ...]] = {}
    for cell in verdict.cells:
        if cell.message:
            found[cell.exercise] = (*found.get(cell.exercise, ()), cell.message)
    return found
