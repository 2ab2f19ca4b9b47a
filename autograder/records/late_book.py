"""What the gradebook holds on late work: due date, extensions, the assignment's own rule, and who handed in when.

Due date and extensions are nbgrader's own columns, so its commands, its formgrader and ours mean the same. What it has
no column for stands in a table of ours beside them: the rule, and the extensions of students of whom the gradebook has
no submission yet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, Text, case, delete, func, insert, inspect, select
from sqlalchemy import update as change

from autograder.records.statements import (
    ASSIGNMENT,
    CELL,
    GRADE,
    GRADED,
    NOTEBOOK,
    SUBMISSION,
    SUBMITTED,
)

OURS = MetaData()
LATE = Table(
    "autograder_late",
    OURS,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),  # empty for the assignment's own rule
    Column("says", Text, nullable=False),
)
RULE = ""
POINTS = case(
    (GRADE.c.manual_score.is_not(None), GRADE.c.manual_score + func.coalesce(GRADE.c.extra_credit, 0.0)),
    (GRADE.c.auto_score.is_not(None), GRADE.c.auto_score + func.coalesce(GRADE.c.extra_credit, 0.0)),
    else_=0.0,
)


@dataclass(frozen=True)
class Terms:
    """What holds for an assignment as the gradebook has it.

    Parameters
    ----------
    due
        The due date in UTC, or None.
    rule
        What `autograder due` has noted of the rule: `per_day`, `cap`, `grace`, `zone`, as people write them.
    extensions
        The extension of each student who has one.
    """

    due: datetime | None = None
    rule: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, timedelta] = field(default_factory=dict)


@dataclass(frozen=True)
class Handed:
    """A submission in the gradebook: its notebooks, by name, with row, points and late penalty."""

    id: str
    time: datetime | None
    notebooks: dict[str, tuple[str, float, float | None]]

    @property
    def points(self) -> dict[str, float]:
        """The points of each notebook before a penalty."""
        return {name: points for name, (_, points, _) in self.notebooks.items()}

    @property
    def penalty(self) -> float:
        """What is taken off now."""
        return sum(late or 0.0 for _, _, late in self.notebooks.values())


def read_terms(connection: Connection, name: str) -> Terms:
    """Return what holds for an assignment; nothing does if the gradebook does not know it."""
    due = connection.execute(select(ASSIGNMENT.c.duedate).where(ASSIGNMENT.c.name == name)).scalar()
    noted = _noted(connection, name)
    rule = {str(key): str(text) for key, text in _object(noted.pop(RULE, "")).items()}
    waiting = {student: timedelta(seconds=float(_object(says)["seconds"])) for student, says in noted.items()}
    given = (
        select(SUBMISSION.c.student_id, SUBMISSION.c.extension)
        .join(ASSIGNMENT, ASSIGNMENT.c.id == SUBMISSION.c.assignment_id)
        .where(ASSIGNMENT.c.name == name, SUBMISSION.c.extension.is_not(None))
    )
    extensions = {row.student_id: row.extension for row in connection.execute(given)}
    return Terms(due, rule, {**extensions, **waiting})


def write_terms(connection: Connection, name: str, before: Terms, after: Terms) -> None:
    """Change what holds for an assignment, which the gradebook knows."""
    if after.due != before.due:
        connection.execute(change(ASSIGNMENT).where(ASSIGNMENT.c.name == name).values(duedate=after.due))
    if after.rule != before.rule:
        _note(connection, name, RULE, dict(after.rule) or None)
    for student in before.extensions.keys() | after.extensions.keys():
        if before.extensions.get(student) != after.extensions.get(student):
            _write_extension(connection, name, student, after.extensions.get(student))


def take_waiting(connection: Connection, name: str, student: str) -> timedelta | None:
    """Return the extension of a student who had no submission yet, and forget it: the submission has it from now on."""
    says = _noted(connection, name).get(student)
    if says is None:
        return None
    _note(connection, name, student, None)
    return timedelta(seconds=float(_object(says)["seconds"]))


def settle_waiting(connection: Connection, name: str) -> None:
    """Give the extensions that waited for a submission to those that have come by another door."""
    for student in _noted(connection, name).keys() - {RULE}:
        if _submission_of(connection, name, student) is not None:
            _write_extension(connection, name, student, take_waiting(connection, name, student))


def read_handed(connection: Connection, name: str) -> dict[str, Handed]:
    """Return every submission of an assignment by its student."""
    of = select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.name == name).scalar_subquery()
    # nbgrader's indices begin with the cells and the notebooks: other ways would read everything for each student.
    cells = (
        select(CELL.c.id)
        .join(NOTEBOOK, NOTEBOOK.c.id == CELL.c.notebook_id)
        .where(NOTEBOOK.c.assignment_id == of, CELL.c.type.in_(GRADED))
    )
    earned = (
        select(GRADE.c.notebook_id, func.sum(POINTS)).where(GRADE.c.cell_id.in_(cells)).group_by(GRADE.c.notebook_id)
    )
    points = {row[0]: float(row[1] or 0.0) for row in connection.execute(earned)}
    submissions = (
        select(SUBMISSION.c.student_id, SUBMISSION.c.id, SUBMISSION.c.timestamp)
        .where(SUBMISSION.c.assignment_id == of)
        .order_by(SUBMISSION.c.student_id)
    )
    found = {row.student_id: Handed(row.id, row.timestamp, {}) for row in connection.execute(submissions)}
    known = {handed.id: handed for handed in found.values()}
    notebooks = select(NOTEBOOK.c.id, NOTEBOOK.c.name).where(NOTEBOOK.c.assignment_id == of).order_by(NOTEBOOK.c.name)
    for notebook, title in connection.execute(notebooks).all():
        these = select(SUBMITTED.c.assignment_id, SUBMITTED.c.id, SUBMITTED.c.late_submission_penalty)
        for submission, row, late in connection.execute(these.where(SUBMITTED.c.notebook_id == notebook)):
            if submission in known:  # or somebody has handed in meanwhile
                known[submission].notebooks[title] = row, points.get(row, 0.0), late
    return found


def _write_extension(connection: Connection, name: str, student: str, extension: timedelta | None) -> None:
    """Note an extension with the submission, or where it waits for one."""
    submission = _submission_of(connection, name, student)
    if submission is None:
        _note(connection, name, student, None if extension is None else {"seconds": extension.total_seconds()})
        return
    connection.execute(change(SUBMISSION).where(SUBMISSION.c.id == submission).values(extension=extension))
    if student in _noted(connection, name):
        _note(connection, name, student, None)


def _submission_of(connection: Connection, name: str, student: str) -> str | None:
    of = select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.name == name).scalar_subquery()
    query = select(SUBMISSION.c.id).where(SUBMISSION.c.assignment_id == of, SUBMISSION.c.student_id == student)
    return connection.execute(query).scalar()


def _noted(connection: Connection, name: str) -> dict[str, str]:
    """Return what our table says of an assignment, by student."""
    if not inspect(connection).has_table(LATE.name):
        return {}
    query = select(LATE.c.student, LATE.c.says).where(LATE.c.assignment == name)
    return {row.student: row.says for row in connection.execute(query)}


def _note(connection: Connection, name: str, student: str, says: Mapping[str, object] | None) -> None:
    OURS.create_all(connection)
    connection.execute(delete(LATE).where(LATE.c.assignment == name, LATE.c.student == student))
    if says is not None:
        row = {"assignment": name, "student": student, "says": json.dumps(says, sort_keys=True)}
        connection.execute(insert(LATE), row)


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}
