"""The class report of one assignment: who earned what in which exercise, and where the class went wrong.

It reads the gradebook (scores, with manual ones and late penalties) and the verdicts (messages); it changes neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment

from autograder.course.cells import all_exercises
from autograder.course.course import Course
from autograder.course.gradebook import has_gradebook, open_gradebook, require_gradebook
from autograder.errors import UsageError
from autograder.files.durable import write_atomically
from autograder.grading.environment import label
from autograder.grading.solution import faults_in, told
from autograder.grading.verdict import Verdict
from autograder.pages.class_data import StudentRow, Summary
from autograder.pages.report_page import render
from autograder.records.said import said
from autograder.records.verdicts import read_solution, verdict_path


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
        with open_gradebook(api) as book:
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
                verdict = _verdict(course, name, student)
                messages = _by_exercise(_told(verdict)) if verdict else {}
                environment = _by_exercise(_environment(verdict)) if verdict else {}
                for exercise, comment in _comments(submission, exercise_of):
                    messages[exercise] = (comment, *messages.get(exercise, ()))
                rows.append(StudentRow(student, points, penalty, bool(waiting), messages, pending, environment))
    if not rows:
        raise UsageError(f"No submission of {name} has been graded yet: run `autograder grade {name}` first.")
    solution = read_solution(course, name)
    faults = told(faults_in(solution)) if solution else []
    return Summary(name, parts, tuple(sorted(rows, key=lambda row: row.student)), tuple(faults))


def _comments(submission: SubmittedAssignment, exercise_of: dict[tuple[str, str], str]) -> Iterator[tuple[str, str]]:
    """Yield what people have written about answers: the exercise and the comment."""
    for notebook in submission.notebooks:
        for comment in notebook.comments:
            exercise = exercise_of.get((notebook.name, comment.name))
            if exercise and (words := said(comment.manual_comment).text):
                yield exercise, words


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


def _verdict(course: Course, name: str, student: str) -> Verdict | None:
    """Return the verdict on a submission; None if something else has graded it."""
    path = verdict_path(course, name, student)
    if not path.is_file():
        return None
    try:
        return Verdict.from_json(path.read_text(encoding="utf-8"))
    except (UsageError, UnicodeError) as error:
        raise UsageError(f"{path} cannot be read: grade again with --force --student {student}. ({error})") from error


def _told(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, each with its exercise: the diagnosis where there is one, or else what the tests say."""
    diagnosed = {one.exercise: one.message for one in verdict.diagnoses}
    yield from diagnosed.items()
    yield from ((cell.exercise, cell.message) for cell in verdict.cells if cell.exercise not in diagnosed)


def _environment(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield the faults of environment, each with its exercise."""
    return ((cell.exercise, label(cell.environment)) for cell in verdict.cells if cell.environment)


def _by_exercise(told: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return what is said of each exercise, once each."""
    found: dict[str, dict[str, None]] = {}
    for exercise, text in told:
        if text:
            found.setdefault(exercise, {})[text] = None
    return {exercise: tuple(texts) for exercise, texts in found.items()}
