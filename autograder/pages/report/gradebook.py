"""What nbgrader's gradebook has on a class: who is in it, points, what waits for a person, lateness, comments.

A few queries read all of it, however large the class is; nothing is decided or changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import Select, select

from autograder.course.course import Course
from autograder.course.gradebook import has_gradebook, open_gradebook, require_gradebook
from autograder.pages.report.data import Late
from autograder.records.lateness import lateness
from autograder.records.said import said

Cell = tuple[str, str]  # the names of a notebook and of a cell in it


@dataclass
class Recorded:
    """What the gradebook has on one submission, by cell; without any points, nothing of it has been graded."""

    points: dict[Cell, float] = field(default_factory=dict)
    waiting: set[Cell] = field(default_factory=set)
    comments: dict[Cell, str] = field(default_factory=dict)
    late: Late | None = None


@dataclass
class ClassBook:
    """The names of the students in the gradebook, and what is recorded of those who have a submission, by id."""

    names: dict[str, str] = field(default_factory=dict)
    recorded: dict[str, Recorded] = field(default_factory=dict)


def read_gradebook(course: Course, name: str) -> ClassBook:
    """Return what the gradebook has on assignment `name`; nothing if there is no gradebook.

    Raises
    ------
    EnvironmentProblem
        If the gradebook cannot be read.
    """
    api, found = course.nbgrader(), ClassBook()
    if not has_gradebook(api.coursedir.db_url):
        return found
    require_gradebook(api.coursedir.db_url)
    with open_gradebook(api) as book:
        for row in book.db.execute(select(Student.id, Student.first_name, Student.last_name)):
            found.names[row.id] = " ".join(filter(None, (row.first_name, row.last_name)))
        found.recorded = {student: Recorded() for student in book.db.execute(_submissions(name)).scalars()}
        _read_points(book, name, found.recorded)
    for student, late in _late(course, name):
        found.recorded.setdefault(student, Recorded()).late = late
    return found


def _read_points(book: Gradebook, name: str, found: dict[str, Recorded]) -> None:
    """Fill in points, what waits and what people wrote."""
    grades = _of_cells(Grade, name).add_columns(Grade.score.label("score"), Grade.needs_manual_grade)
    for row in book.db.execute(grades):
        of, cell = found[row.student], (row.notebook, row.cell)
        of.points[cell] = float(row.score or 0.0)
        if row.needs_manual_grade:
            of.waiting.add(cell)
    comments = _of_cells(Comment, name).add_columns(Comment.manual_comment, Comment.auto_comment)
    for row in book.db.execute(comments.where(Comment.manual_comment.is_not(None))):
        words = said(row.manual_comment).text if row.manual_comment != row.auto_comment else ""
        if words:
            found[row.student].comments[row.notebook, row.cell] = words


def _submissions(name: str) -> Select[Any]:
    """Return the query for the students who have a submission."""
    of_it = Assignment.id == SubmittedAssignment.assignment_id
    return select(SubmittedAssignment.student_id).join(Assignment, of_it).where(Assignment.name == name)


def _of_cells(table: type[Grade] | type[Comment], name: str) -> Select[Any]:
    """Return the query for rows of a table of cells: whose they are, and which notebook and cell they are about."""
    return (
        select(
            SubmittedAssignment.student_id.label("student"),
            Notebook.name.label("notebook"),
            BaseCell.name.label("cell"),
        )
        .select_from(table)
        .join(SubmittedNotebook, SubmittedNotebook.id == table.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(BaseCell, BaseCell.id == table.cell_id)
        .where(Assignment.name == name)
    )


def _late(course: Course, name: str) -> Iterator[tuple[str, Late]]:
    """Yield the students who are late, marked as late, or whose time is unknown, and why."""
    for student, one in lateness(course, name).items():
        if why := one.reason or one.trouble:
            yield student, Late(one.seconds_late, one.penalty, why)
