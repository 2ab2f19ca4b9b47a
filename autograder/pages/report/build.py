"""Makes a class report out of what is recorded: the gradebook, the verdicts, and what lies in `submitted/`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from autograder.collecting.lms_names import LmsNames
from autograder.course.book import Book
from autograder.course.course import Course
from autograder.errors import UsageError
from autograder.grading.solution import faults_in, told
from autograder.grading.verdict import Verdict
from autograder.pages.report.alike import find_alike
from autograder.pages.report.data import GRADED, SCHEMA, Figures, Report, Student
from autograder.pages.report.exercises import figures_of, graded_parts
from autograder.pages.report.gradebook import read_gradebook
from autograder.pages.report.irregular import irregular
from autograder.pages.report.statistics import figures
from autograder.pages.report.students import students_of
from autograder.records.verdicts import read_solution, verdict_path


def class_report(course: Course, name: str) -> Report:
    """Return the class report of assignment `name`.

    Raises
    ------
    UsageError
        If the assignment is unknown, nothing of it has been graded, or a verdict cannot be read.
    EnvironmentProblem
        If the gradebook cannot be read.
    """
    sources = course.read_sources(name)
    exercises, book = graded_parts(sources), read_gradebook(course, name)
    graded = [student for student, recorded in book.recorded.items() if recorded.points]
    if not graded:
        raise UsageError(f"No submission of {name} has been graded yet: run `autograder grade {name}` first.")
    verdicts = {student: verdict for student in sorted(graded) if (verdict := read_verdict(course, name, student))}
    students = students_of(course, name, exercises, book, verdicts)
    rows = [student.points for student in students if student.state in GRADED]
    solution = read_solution(course, name)
    faults = faults_in(solution) if solution else {}
    said, where = list(verdicts.values()), Book.of(course, name)
    return Report(
        SCHEMA,
        name,
        now(),
        _latest(verdict_path(course, name, student) for student in verdicts),
        sum(exercise.points for exercise in exercises),
        dict(Counter(verdict.data_set for verdict in said)),
        dict(Counter(verdict.draw for verdict in said)),
        _figures(students, {exercise.name: exercise.points for exercise in exercises}),
        tuple(figures_of(e, sources[e.notebook], rows, said, faults, where) for e in exercises),
        tuple(students),
        tuple(told(faults)),
        irregular(said, [(student.id, student.why) for student in students if student.why]),
        find_alike(course, name, exercises, sources, said, LmsNames.of(course).groups().values()),
    )


def now() -> str:
    """Return the time as the records write it."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def read_verdict(course: Course, name: str, student: str) -> Verdict | None:
    """Return the verdict on a submission; None if something else has graded it.

    Raises
    ------
    UsageError
        If there is one that cannot be read.
    """
    path = verdict_path(course, name, student)
    if not path.is_file():
        return None
    try:
        return Verdict.from_json(path.read_text(encoding="utf-8"))
    except (UsageError, UnicodeError) as error:
        raise UsageError(f"{path} cannot be read: grade again with --force --student {student}. ({error})") from error


def _figures(students: Sequence[Student], points: Mapping[str, float]) -> Figures:
    """Return the class's figures over everybody graded, without the exercises in which somebody waits for a person."""
    rows = [student for student in students if student.state in GRADED]
    left_out = [name for name in points if any(row.points[name] is None for row in rows)]
    scores = []
    for row in rows:
        earned = sum(value or 0.0 for name, value in row.points.items() if name not in left_out)
        scores.append(max(0.0, earned - (row.late.penalty if row.late else 0.0)))
    most = sum(worth for name, worth in points.items() if name not in left_out)
    return figures(scores, most, left_out)


def _latest(paths: Iterable[Path]) -> str:
    """Return the time of the latest of these files, or an empty string."""
    times = [path.stat().st_mtime for path in paths]
    return datetime.fromtimestamp(max(times)).astimezone().isoformat(timespec="seconds") if times else ""
