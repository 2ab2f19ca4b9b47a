"""The statements that a grading run puts to nbgrader's gradebook; building one takes longer than running it.

They name nbgrader's tables and columns, and nothing of ours.
"""

from __future__ import annotations

from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Notebook,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import BindParameter, bindparam, select, update

ASSIGNMENT, NOTEBOOK, CELL, SOURCE = (of.__table__ for of in (Assignment, Notebook, BaseCell, SourceCell))
STUDENT, SUBMISSION, SUBMITTED = (of.__table__ for of in (Student, SubmittedAssignment, SubmittedNotebook))
GRADE, COMMENT = Grade.__table__, Comment.__table__
GRADED, COMMENTED = ("GradeCell", "TaskCell"), ("SolutionCell", "TaskCell")
THIS_ASSIGNMENT = select(ASSIGNMENT.c.id, ASSIGNMENT.c.duedate).where(ASSIGNMENT.c.name == bindparam("assignment"))
THIS_STUDENT = select(STUDENT.c.id).where(STUDENT.c.id == bindparam("student"))
THIS_SUBMISSION = select(SUBMISSION.c.id, SUBMISSION.c.timestamp, SUBMISSION.c.extension).where(
    SUBMISSION.c.assignment_id == bindparam("assignment"), SUBMISSION.c.student_id == bindparam("student")
)
THIS_NOTEBOOK = select(SUBMITTED.c.id).where(
    SUBMITTED.c.assignment_id == bindparam("submission"), SUBMITTED.c.notebook_id == bindparam("notebook")
)
# The cells are named as well: nbgrader's index begins with them, and without it each look would read the whole class.
CELLS: BindParameter[Any] = bindparam("cells", expanding=True)
THESE_GRADES = (
    select(
        *(GRADE.c.cell_id, GRADE.c.id, GRADE.c.auto_score),
        *(GRADE.c.manual_score, GRADE.c.needs_manual_grade, GRADE.c.extra_credit),
    )
    .where(GRADE.c.notebook_id == bindparam("notebook"), GRADE.c.cell_id.in_(CELLS))
    .order_by(GRADE.c.id)
    .with_for_update()
)
THESE_COMMENTS = select(COMMENT.c.cell_id, COMMENT.c.id).where(
    COMMENT.c.notebook_id == bindparam("notebook"), COMMENT.c.cell_id.in_(CELLS)
)
AHEAD = 50  # students whose scores are read at once
NOTEBOOKS: BindParameter[Any] = bindparam("notebooks", expanding=True)
THESE_SUBMISSIONS = (
    select(SUBMISSION.c.id, SUBMISSION.c.student_id)
    .where(SUBMISSION.c.assignment_id == bindparam("assignment"), SUBMISSION.c.student_id >= bindparam("first"))
    .order_by(SUBMISSION.c.student_id)
    .limit(AHEAD)
)
THESE_NOTEBOOKS = select(SUBMITTED.c.id, SUBMITTED.c.assignment_id).where(
    SUBMITTED.c.notebook_id.in_(NOTEBOOKS), SUBMITTED.c.assignment_id.in_(bindparam("submissions", expanding=True))
)
THESE_SCORES = select(GRADE.c.notebook_id, GRADE.c.cell_id, GRADE.c.auto_score).where(
    GRADE.c.cell_id.in_(CELLS), GRADE.c.notebook_id.in_(NOTEBOOKS)
)
MARKED = (
    select(
        GRADE.c.id,
        SUBMISSION.c.student_id,
        NOTEBOOK.c.name.label("notebook"),
        CELL.c.name.label("cell"),
        CELL.c.type,
        GRADE.c.needs_manual_grade,
    )
    .join(SUBMITTED, SUBMITTED.c.id == GRADE.c.notebook_id)
    .join(SUBMISSION, SUBMISSION.c.id == SUBMITTED.c.assignment_id)
    .join(ASSIGNMENT, ASSIGNMENT.c.id == SUBMISSION.c.assignment_id)
    .join(NOTEBOOK, NOTEBOOK.c.id == SUBMITTED.c.notebook_id)
    .join(CELL, CELL.c.id == GRADE.c.cell_id)
    .where(ASSIGNMENT.c.name == bindparam("assignment"), GRADE.c.manual_score.is_not(None))
)
NEW_TIMESTAMP = update(SUBMISSION).where(SUBMISSION.c.id == bindparam("submission")).values(timestamp=bindparam("time"))
NEW_WAITING = update(GRADE).where(GRADE.c.id == bindparam("row")).values(needs_manual_grade=bindparam("waits"))
NEW_PENALTY = (
    update(SUBMITTED).where(SUBMITTED.c.id == bindparam("notebook")).values(late_submission_penalty=bindparam("late"))
)
