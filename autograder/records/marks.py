"""Keeps marks for the answers they were given for where nbgrader's own command grades, which writes before we look.

`autograder grade` needs none of this: `record` and `scores` do it with each submission.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError

from autograder.course import gradebook
from autograder.course.course import Course
from autograder.records.answers import Answer, Answers, Cell, Changed, Rewritten
from autograder.records.scores import ScoreBook
from autograder.records.statements import MARKED, NEW_WAITING


@dataclass
class _Marked:
    """The answers of one student before they are graded again, and which of those with a mark wait for another."""

    answers: dict[Cell, Answer]
    waiting: set[Cell] = field(default_factory=set)


class Marks:
    """What people have marked of one assignment, as it was when this was made."""

    def __init__(self, course: Course, name: str) -> None:
        self.course, self.name, self.answers = course, name, Answers(course, name)
        self._before: dict[str, _Marked] = {}
        if not self.answers.sources or not gradebook.has_gradebook(course.nbgrader().coursedir.db_url):
            return
        for row in self._rows():
            if row.student_id not in self._before:
                self._before[row.student_id] = _Marked(self.answers.recorded(row.student_id))
            if row.needs_manual_grade:
                self._before[row.student_id].waiting.add((row.notebook, row.cell))

    def compare(self) -> None:
        """Let each answer that is no longer what was marked wait for a person.

        Raises
        ------
        EnvironmentProblem
            If the gradebook cannot be written.
        """
        if not self._before:
            return
        kept, now = Changed(self.course, self.name), dict[str, dict[Cell, Answer]]()
        changed: dict[str, dict[Cell, str]] = {student: {} for student in self._before}
        waits: list[dict[str, Any]] = []
        for row in self._rows():
            student, cell = row.student_id, (row.notebook, row.cell)
            if student not in self._before:
                continue
            if student not in now:
                now[student] = self.answers.recorded(student)
            before, found = self._before[student], now[student].get(cell)
            if found is None:
                continue
            known = before.answers.get(cell)
            one = Rewritten(found.digest, known.digest if known else None, kept.of(student).get(cell))
            was, is_waiting = one.looked_at(is_waiting=cell in before.waiting)
            if was is not None:
                changed[student][cell] = was
            if row.type == "TaskCell" and is_waiting != row.needs_manual_grade:
                waits.append({"row": row.id, "waits": is_waiting})
        if waits:
            self._write(waits)
        for student, cells in changed.items():
            kept.keep(student, cells)

    def _rows(self) -> list[Any]:
        with self._book() as book, book.engine.connect() as connection:
            return list(connection.execute(MARKED, {"assignment": self.name}))

    def _write(self, waits: list[dict[str, Any]]) -> None:
        with self._book() as book:
            try:
                with book.engine.begin() as connection:
                    gradebook.begin(connection)
                    connection.execute(NEW_WAITING, waits)
            except DBAPIError as error:
                raise gradebook.trouble(book.engine.url.render_as_string(), error) from error

    def _book(self) -> ScoreBook:
        coursedir = self.course.nbgrader().coursedir
        return ScoreBook(coursedir.db_url, coursedir.course_id, self.name, gradebook.BUSY_SECONDS)
