"""The rows of nbgrader's gradebook that a graded submission fills: one transaction for each submission.

It does what nbgrader's `Autograde`, `SaveAutoGrades` and `AssignLatePenalties` do, and keeps what people entered:
manual scores, manual comments, extra credit. People may enter more while it writes: it locks what it is about to
change before it looks at it, and changes no column of theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from nbgrader.api import Gradebook
from sqlalchemy import Connection, bindparam, event, insert, select, update

from autograder.course.gradebook import begin, prepare, retried, wait_for_others
from autograder.records.answers import Cell, Rewritten
from autograder.records.late_book import take_waiting
from autograder.records.statements import (
    ASSIGNMENT,
    CELL,
    COMMENT,
    COMMENTED,
    GRADE,
    GRADED,
    NEW_PENALTY,
    NEW_TIMESTAMP,
    NOTEBOOK,
    SOURCE,
    STUDENT,
    SUBMISSION,
    SUBMITTED,
    THESE_COMMENTS,
    THESE_GRADES,
    THESE_NOTEBOOKS,
    THESE_SCORES,
    THESE_SUBMISSIONS,
    THIS_ASSIGNMENT,
    THIS_NOTEBOOK,
    THIS_STUDENT,
    THIS_SUBMISSION,
)

Row = dict[str, Any]
Penalty = Callable[[str, Mapping[str, float], datetime | None, datetime | None], Mapping[str, float]]


@dataclass(frozen=True)
class NotebookScores:
    """What the autograder says of one notebook, by cell.

    Parameters
    ----------
    scores
        Automatic scores of graded cells; None for a cell that a person grades. What is not named (tasks) is left alone.
    comments
        Automatic comments on answers.
    answers
        Answers that a person marks. A task that is not as it was marked waits for a person again, and one that is as
        it was marked after all waits no longer.
    missing
        Whether the submission lacks the notebook: it has no points then, and nothing to grade by hand.
    """

    scores: dict[str, float | None] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    answers: dict[str, Rewritten] = field(default_factory=dict)
    missing: bool = False


class MissingStudent(Exception):
    """The gradebook does not know the student, and the configuration says not to add any."""


class ScoreBook:
    """One assignment in an open gradebook; close it, or use it in a `with` statement."""

    def __init__(self, url: str, course_id: str, assignment: str, busy_seconds: float) -> None:
        prepare(url)
        self.book = Gradebook(url, course_id)
        self.engine = self.book.engine
        self.assignment = assignment
        self._cells: dict[str, Row] = {}
        event.listen(self.engine, "connect", wait_for_others(self.engine.dialect.name, busy_seconds))
        self.engine.dispose()  # the connections made before do not wait as long

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.book.close()

    def registered(self) -> list[list[Any]]:
        """Return what the gradebook knows of the assignment's cells: notebook, cell, checksum, most points."""
        query = (
            select(NOTEBOOK.c.name, SOURCE.c.name, SOURCE.c.checksum)
            .join(SOURCE, SOURCE.c.notebook_id == NOTEBOOK.c.id, isouter=True)
            .join(ASSIGNMENT, ASSIGNMENT.c.id == NOTEBOOK.c.assignment_id)
            .where(ASSIGNMENT.c.name == self.assignment)
        )
        with self.engine.connect() as connection:
            return sorted((list(row) for row in connection.execute(query)), key=str)

    def students(self) -> set[str]:
        """Return the students whose submissions are in the gradebook."""
        query = (
            select(SUBMISSION.c.student_id)
            .join(ASSIGNMENT, ASSIGNMENT.c.id == SUBMISSION.c.assignment_id)
            .where(ASSIGNMENT.c.name == self.assignment)
        )
        with self.engine.connect() as connection:
            return set(connection.scalars(query))

    def automatic_scores(self, first: str) -> dict[str, dict[tuple[str, str], float | None]]:
        """Return the automatic score of every graded cell, by notebook and cell, of a student and some who follow.

        A run asks for one after the other in this order; a class is never in memory as a whole.
        """
        with self.engine.connect() as connection:
            assignment = connection.execute(THIS_ASSIGNMENT, {"assignment": self.assignment}).first()
            known = self._structure(connection, assignment.id) if assignment is not None else {}
            if assignment is None or not known:
                return {first: {}}
            names = {cell: (of, name) for of, cells in known.items() for cell, name in cells["grades"].items()}
            submissions = connection.execute(THESE_SUBMISSIONS, {"assignment": assignment.id, "first": first})
            students = {row.id: row.student_id for row in submissions}
            where = {"submissions": list(students), "notebooks": [cells["id"] for cells in known.values()]}
            owners = {row.id: students[row.assignment_id] for row in connection.execute(THESE_NOTEBOOKS, where)}
            found: dict[str, dict[tuple[str, str], float | None]] = {first: {}, **{s: {} for s in students.values()}}
            for row in connection.execute(THESE_SCORES, {"notebooks": list(owners), "cells": list(names)}):
                found[owners[row.notebook_id]][names[row.cell_id]] = row.auto_score
        return found

    def write(
        self,
        student: str,
        timestamp: datetime | None,
        notebooks: Mapping[str, NotebookScores],
        penalty: Penalty,
        *,
        create_student: bool = True,
    ) -> dict[Cell, str]:
        """Write one submission in one transaction: all of it is in the gradebook afterwards, or none.

        Return the answers that are not what a person has marked, and the digest of what was.

        What others have stopped (a deadlock, the same row added at the same time) is tried again.

        Parameters
        ----------
        timestamp
            When it was handed in, in UTC; None keeps what the gradebook has.
        penalty
            What is taken off each notebook of a student, by the points of each, when it was due and handed in (UTC).

        Raises
        ------
        MissingStudent
            If the student is unknown and must not be added.
        """
        return retried(lambda: self._write(student, timestamp, notebooks, penalty, create_student=create_student))

    def _write(
        self,
        student: str,
        timestamp: datetime | None,
        notebooks: Mapping[str, NotebookScores],
        penalty: Penalty,
        *,
        create_student: bool,
    ) -> dict[Cell, str]:
        with self.engine.begin() as connection:
            begin(connection)
            assignment = connection.execute(THIS_ASSIGNMENT, {"assignment": self.assignment}).one()
            if connection.execute(THIS_STUDENT, {"student": student}).first() is None:
                if not create_student:
                    raise MissingStudent(student)
                connection.execute(insert(STUDENT), [{"id": student}])
            submission, due, handed_in = _submission(connection, assignment, student, timestamp, self.assignment)
            rows, earned, changed = {}, {}, dict[Cell, str]()
            for notebook, cells in self._structure(connection, assignment.id).items():
                rows[notebook] = _submitted_notebook(connection, submission, cells["id"])
                said = notebooks.get(notebook, NotebookScores(missing=True))
                earned[notebook], its = self._write_notebook(connection, rows[notebook], cells, said)
                changed |= {(notebook, cell): digest for cell, digest in its.items()}
            late = penalty(student, earned, due, handed_in)
            for notebook, row in rows.items():
                connection.execute(NEW_PENALTY, {"notebook": row, "late": late.get(notebook)})
        return changed

    def _structure(self, connection: Connection, assignment: str) -> dict[str, Row]:
        """Return the notebooks with their graded and commented cells; read once, for a run does not change them."""
        if not self._cells:
            query = (
                select(NOTEBOOK.c.name, NOTEBOOK.c.id, CELL.c.name, CELL.c.id, CELL.c.type)
                .join(CELL, CELL.c.notebook_id == NOTEBOOK.c.id, isouter=True)
                .where(NOTEBOOK.c.assignment_id == assignment)
                .order_by(NOTEBOOK.c.name)
            )
            for notebook, notebook_id, cell, cell_id, kind in connection.execute(query):
                of = self._cells.setdefault(notebook, {"id": notebook_id, "grades": {}, "comments": {}})
                if kind in GRADED:
                    of["grades"][cell_id] = cell
                if kind in COMMENTED:
                    of["comments"][cell_id] = cell
        return self._cells

    def _write_notebook(
        self, connection: Connection, notebook: str, cells: Row, said: NotebookScores
    ) -> tuple[float, dict[str, str]]:
        """Write the grades and comments of a notebook; return its points, and what is not as it was marked."""
        where = {"notebook": notebook, "cells": list(cells["grades"])}
        grades = {row.cell_id: row for row in connection.execute(THESE_GRADES, where)}
        total = 0.0
        old: list[Row] = []
        new: list[Row] = []
        again: list[Row] = []
        changed: dict[str, str] = {}
        for cell, name in cells["grades"].items():
            row = grades.get(cell)
            manual, extra = (row.manual_score, row.extra_credit) if row else (None, None)
            score = 0.0 if said.missing else said.scores.get(name)
            if said.missing or name in said.scores:
                by_hand = not said.missing and (manual is not None or score is None)
                values = {"auto_score": score, "needs_manual_grade": by_hand}
            else:  # a task
                score = row.auto_score if row else None
                values = {}
            if row is None:
                new.append({"cell_id": cell, "notebook_id": notebook, "needs_manual_grade": True, **values})
            elif values:
                old.append({"row": row.id, **values})
            if row is not None and manual is not None and name in said.answers:
                was, waits = said.answers[name].looked_at(is_waiting=bool(row.needs_manual_grade))
                if was is not None:
                    changed[name] = was
                if not values and waits != row.needs_manual_grade:
                    again.append({"row": row.id, "needs_manual_grade": waits})
            counted = score if manual is None else manual
            total += 0.0 if counted is None else counted + (extra or 0.0)
        _write_rows(connection, GRADE, old, new)
        _write_rows(connection, GRADE, again, [])
        if not said.missing:
            self._write_comments(connection, notebook, cells["comments"], said.comments)
        return total, changed

    def _write_comments(
        self, connection: Connection, notebook: str, cells: dict[str, str], said: Mapping[str, str | None]
    ) -> None:
        where = {"notebook": notebook, "cells": list(cells)}
        rows = {row.cell_id: row.id for row in connection.execute(THESE_COMMENTS, where)}
        old = [{"row": rows[cell], "auto_comment": said.get(name)} for cell, name in cells.items() if cell in rows]
        new = [
            {"cell_id": cell, "notebook_id": notebook, "auto_comment": said.get(name)}
            for cell, name in cells.items()
            if cell not in rows
        ]
        _write_rows(connection, COMMENT, old, new)


def _submission(
    connection: Connection, assignment: Any, student: str, timestamp: datetime | None, name: str
) -> tuple[str, datetime | None, datetime | None]:
    """Return the id of the submission, made if there is none yet, when it was due and when it was handed in."""
    found = connection.execute(THIS_SUBMISSION, {"assignment": assignment.id, "student": student}).first()
    if found is None:
        extension, handed_in = take_waiting(connection, name, student), timestamp
        values = {"assignment_id": assignment.id, "student_id": student, "timestamp": timestamp}
        identity = _add(connection, SUBMISSION, {**values, "extension": extension})
    else:
        identity, handed_in, extension = found.id, timestamp or found.timestamp, found.extension
        if timestamp is not None and timestamp != found.timestamp:
            connection.execute(NEW_TIMESTAMP, {"submission": identity, "time": timestamp})
    due = assignment.duedate
    return identity, due + extension if due is not None and extension is not None else due, handed_in


def _submitted_notebook(connection: Connection, submission: str, notebook: str) -> str:
    found = connection.execute(THIS_NOTEBOOK, {"submission": submission, "notebook": notebook}).scalar()
    if found is not None:
        return str(found)
    return _add(connection, SUBMITTED, {"assignment_id": submission, "notebook_id": notebook})


def _add(connection: Connection, table: Any, values: Row) -> str:
    made = connection.execute(insert(table), values).inserted_primary_key
    assert made is not None
    return str(made[0])


def _write_rows(connection: Connection, table: Any, old: list[Row], new: list[Row]) -> None:
    """Add rows that differ in nothing but their values, and change others."""
    for keys in dict.fromkeys(tuple(row) for row in new):
        connection.execute(insert(table), [row for row in new if tuple(row) == keys])
    if old:
        changed = [name for name in old[0] if name != "row"]
        connection.execute(
            update(table).where(table.c.id == bindparam("row")).values({name: bindparam(name) for name in changed}), old
        )
