"""The gradebook as marking uses it: reads the answers of one exercise, and writes points and comment of one of them.

It changes the three columns that a person decides, `manual_score`, `needs_manual_grade` and `manual_comment`, in one
transaction, and only if they are still as the person saw them. Extra credit and automatic scores stay as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Assignment, BaseCell, Comment, Grade, Notebook, Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Connection, Select, and_, create_engine, event, insert, select, update
from sqlalchemy.exc import DBAPIError

from autograder.course.gradebook import BUSY_SECONDS, begin, prepare, retried, trouble, wait_for_others
from autograder.marking.written import Written

ASSIGNMENT, NOTEBOOK, CELL, STUDENT = (of.__table__ for of in (Assignment, Notebook, BaseCell, Student))
SUBMISSION, SUBMITTED, GRADE = (of.__table__ for of in (SubmittedAssignment, SubmittedNotebook, Grade))
COMMENT = Comment.__table__
ON_THE_SAME_CELL = and_(COMMENT.c.notebook_id == GRADE.c.notebook_id, COMMENT.c.cell_id == GRADE.c.cell_id)
ANSWERS = (
    select(
        GRADE.c.id,
        GRADE.c.notebook_id,
        GRADE.c.cell_id,
        GRADE.c.auto_score,
        GRADE.c.manual_score,
        GRADE.c.needs_manual_grade,
        SUBMISSION.c.student_id,
        STUDENT.c.first_name,
        STUDENT.c.last_name,
        COMMENT.c.id.label("comment_id"),
        COMMENT.c.manual_comment,
    )
    .select_from(GRADE)
    .join(SUBMITTED, SUBMITTED.c.id == GRADE.c.notebook_id)
    .join(SUBMISSION, SUBMISSION.c.id == SUBMITTED.c.assignment_id)
    .join(STUDENT, STUDENT.c.id == SUBMISSION.c.student_id)
    .join(
        COMMENT, and_(COMMENT.c.notebook_id == GRADE.c.notebook_id, COMMENT.c.cell_id == GRADE.c.cell_id), isouter=True
    )
)


@dataclass(frozen=True)
class Mark:
    """What a person decides of one answer."""

    points: float | None = None
    comment: str | None = None
    is_waiting: bool = True


@dataclass(frozen=True)
class Answer:
    """One student's answer to one exercise, as the gradebook has it."""

    student: str
    name: str
    auto: float | None
    mark: Mark

    @property
    def points(self) -> float | None:
        """The points that count, without extra credit."""
        return self.auto if self.mark.points is None else self.mark.points

    @property
    def version(self) -> str:
        """What is different as soon as anything of it is."""
        seen = [self.auto, self.mark.points, self.mark.comment or "", self.mark.is_waiting]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]


class Changed(Exception):
    """Somebody has changed the answer since it was read; `now` is what it has become."""

    def __init__(self, now: Answer) -> None:
        super().__init__()
        self.now = now


class Gone(Exception):
    """The gradebook has no such answer any more."""


class MarkBook:
    """One assignment in an open gradebook, for people who mark it; close it, or use it in a `with` statement."""

    def __init__(self, url: str, assignment: str) -> None:
        self.url = url
        self.assignment = assignment
        with self._told():
            prepare(url)
            self.engine = create_engine(url)
            event.listen(self.engine, "connect", wait_for_others(self.engine.dialect.name, BUSY_SECONDS))

    def close(self) -> None:
        """Close the gradebook."""
        self.engine.dispose()

    def answers(self, exercise: Written) -> list[Answer]:
        """Return the answers to an exercise, of every student whose notebook was graded.

        Raises
        ------
        EnvironmentProblem
            If the gradebook cannot be read.
        """
        with self._told(), self.engine.connect() as connection:
            return [_answer(row) for row in connection.execute(self._of(exercise))]

    def write(self, exercise: Written, student: str, seen: str, mark: Mark) -> tuple[Answer, Answer]:
        """Write one mark; see `write_all`. Return the answer before and after."""
        before, after = self.write_all(exercise, {student: (seen, mark)})
        return before[student], after[student]

    def write_all(
        self, exercise: Written, wanted: Mapping[str, tuple[str, Mark]], *, pass_by: bool = False
    ) -> tuple[dict[str, Answer], dict[str, Answer]]:
        """Write marks in one transaction, each of an answer that is still as it was seen; return all before and after.

        Parameters
        ----------
        wanted
            The version that was seen, and the mark, by student.
        pass_by
            Leave an answer that was changed as it is, and write the others.

        Raises
        ------
        Changed
            If one was changed, or all were; nothing is written then.
        Gone
            If one is not there.
        EnvironmentProblem
            If the gradebook cannot be written.
        """
        with self._told():
            return retried(lambda: self._write(exercise, wanted, pass_by=pass_by))

    def _write(
        self, exercise: Written, wanted: Mapping[str, tuple[str, Mark]], *, pass_by: bool
    ) -> tuple[dict[str, Answer], dict[str, Answer]]:
        before: dict[str, Answer] = {}
        after: dict[str, Answer] = {}
        changed: list[Answer] = []
        with self.engine.begin() as connection:
            begin(connection)
            for student, (seen, mark) in sorted(wanted.items()):  # two who write some of the same wait in one order
                query = self._of(exercise).where(SUBMISSION.c.student_id == student)
                row = _locked(connection, query)
                if row is None:
                    raise Gone
                found = _answer(row)
                if found.version != seen:
                    changed.append(found)
                    continue
                decided = {"manual_score": mark.points, "needs_manual_grade": mark.is_waiting}
                connection.execute(update(GRADE).where(GRADE.c.id == row.id).values(decided))
                _write_comment(connection, row, mark.comment or None)
                before[student], after[student] = found, _answer(connection.execute(query).one())
            if changed and not (pass_by and after):
                raise Changed(changed[0])
        return before, after

    def _of(self, exercise: Written) -> Select[Any]:
        cell = (
            select(CELL.c.id)
            .join(NOTEBOOK, NOTEBOOK.c.id == CELL.c.notebook_id)
            .join(ASSIGNMENT, ASSIGNMENT.c.id == NOTEBOOK.c.assignment_id)
            .where(
                ASSIGNMENT.c.name == self.assignment,
                NOTEBOOK.c.name == exercise.notebook,
                CELL.c.name == exercise.cell,
                CELL.c.type.in_(("GradeCell", "TaskCell")),
            )
        )
        return ANSWERS.where(GRADE.c.cell_id.in_(cell))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise trouble(self.url, error) from error


def _locked(connection: Connection, query: Select[Any]) -> Any:
    """Return an answer that nobody else changes until the end of the transaction; None if it is not there.

    It is read after its rows are locked: a server that had to wait for a lock shows the locked row as it is now, and
    those that are joined to it as they were before.
    """
    row = connection.execute(query.with_for_update(of=GRADE)).first()
    if row is None:
        return None
    of_cell = COMMENT.c.notebook_id == row.notebook_id, COMMENT.c.cell_id == row.cell_id
    connection.execute(select(COMMENT.c.id).where(*of_cell).with_for_update())
    return connection.execute(query).first()


def _write_comment(connection: Connection, row: Any, comment: str | None) -> None:
    if row.comment_id is not None:
        connection.execute(update(COMMENT).where(COMMENT.c.id == row.comment_id).values(manual_comment=comment))
    elif comment is not None:
        values = {"notebook_id": row.notebook_id, "cell_id": row.cell_id, "manual_comment": comment}
        connection.execute(insert(COMMENT), [values])


def _answer(row: Any) -> Answer:
    name = " ".join(filter(None, (row.first_name, row.last_name)))
    mark = Mark(row.manual_score, row.manual_comment, bool(row.needs_manual_grade))
    return Answer(row.student_id, name or row.student_id, row.auto_score, mark)
