"""Everybody in the class with where their work stands: on the roster, or with something handed in.

It reads the gradebook's points and what lies in `submitted/`; it grades nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from msgspec.structs import replace

from autograder.collecting.lms_names import LmsNames
from autograder.course.cells import Exercise
from autograder.course.course import Course
from autograder.course.mark_scheme import number
from autograder.errors import AutograderError, SubmissionError
from autograder.grading.verdict import Verdict
from autograder.intake import submission
from autograder.pages.report.data import State, Student
from autograder.pages.report.gradebook import ClassBook, Recorded
from autograder.records.answers import Cell, Changed
from autograder.runs.refusals import refusals

LONGEST_COMMENT = 300  # characters


def students_of(
    course: Course, name: str, exercises: Sequence[Exercise], book: ClassBook, verdicts: Mapping[str, Verdict]
) -> list[Student]:
    """Return everybody by id; see `State` for what there is to say of them."""
    handed_in, refused = set(submission.students(course, name)), refusals(course, name)
    changed = Changed(course, name).cells()
    not_taken = LmsNames.of(course).refused.get(name, {})
    found = []
    for student in sorted(book.names.keys() | handed_in | book.recorded.keys()):
        recorded, called = book.recorded.get(student), book.names.get(student, "")
        if recorded is not None and recorded.points:
            later = refused.get(student, "")
            found.append(_graded(course, name, student, called, exercises, recorded, verdicts.get(student), later))
            remarks = _changed(recorded, changed.get(student, set()))
            found[-1] = replace(found[-1], notes=(*remarks, *found[-1].notes))
        elif student in handed_in:
            why = _why_refused(course, name, student) or refused.get(student, "")
            state = State.refused if why else State.ungraded
            late = recorded.late if recorded else None
            found.append(Student(student, called, state, late=late, why=why))
        elif student in not_taken:
            found.append(Student(student, called, State.refused, why=not_taken[student]))
        else:
            found.append(Student(student, called, State.missing))
    return found


def points_of(exercises: Sequence[Exercise], recorded: Recorded) -> dict[str, float | None]:
    """Return the points of each exercise; None for one in which an answer waits for a person."""
    found: dict[str, float | None] = {}
    for exercise in exercises:
        cells = [(exercise.notebook, cell) for cell in (*exercise.tests, exercise.stub, exercise.task) if cell]
        waits = any(cell in recorded.waiting for cell in cells)
        found[exercise.name] = None if waits else sum(recorded.points.get(cell, 0.0) for cell in cells)
    return found


def _graded(
    course: Course,
    name: str,
    student: str,
    called: str,
    exercises: Sequence[Exercise],
    recorded: Recorded,
    verdict: Verdict | None,
    later: str,
) -> Student:
    points = points_of(exercises, recorded)
    penalty = recorded.late.penalty if recorded.late else 0.0
    score = max(0.0, sum(value or 0.0 for value in points.values()) - penalty)
    notebooks = sorted({exercise.notebook for exercise in exercises})
    return Student(
        student,
        called,
        State.waits if None in points.values() else State.graded,
        points,
        score,
        recorded.late,
        notes=tuple(_notes(recorded, verdict, later)),
        feedback=_link(course, course.feedback / student / name, notebooks, "html"),
        notebook=_link(course, course.autograded / student / name, notebooks, "ipynb"),
    )


def _notes(recorded: Recorded, verdict: Verdict | None, later: str) -> Iterator[str]:
    if later:
        yield f"What was handed in later could not be graded: {later}"
    if verdict is None:
        yield "graded by something else: no messages"
    elif verdict.tampering:
        yield "tampering: see below"
    for (_, cell), comment in recorded.comments.items():
        yield f"{cell}: {comment[:LONGEST_COMMENT]}"


def _changed(recorded: Recorded, changed: set[Cell]) -> tuple[str, ...]:
    """Return which answers wait since they are not what was marked, and what they had."""
    return tuple(
        f"{cell}: changed since it was marked, with {number(recorded.points.get((notebook, cell), 0.0))} then"
        for notebook, cell in sorted(changed & recorded.waiting)
    )


def _why_refused(course: Course, name: str, student: str) -> str:
    """Return why what was handed in cannot be read, or an empty string."""
    try:
        submission.read_submission(course, name, student)
    except SubmissionError as error:
        return str(error)
    except (AutograderError, OSError):
        return ""
    return ""


def _link(course: Course, folder: Path, notebooks: Sequence[str], kind: str) -> str:
    """Return the link from a report to the first of these files, or an empty string if none is there."""
    for notebook in notebooks:
        path = folder / f"{notebook}.{kind}"
        if path.is_file():
            return quote(Path(os.path.relpath(path, course.reports / folder.name)).as_posix())
    return ""
