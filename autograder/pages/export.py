"""What `nbgrader export` writes in this course: nbgrader's own table, and what graders wrote about the answers.

It reads the gradebook and writes one file; scores are nbgrader's own.
"""

from __future__ import annotations

import csv
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import CsvExportPlugin

from autograder.course.course import Course
from autograder.errors import AutograderError
from autograder.files.durable import csv_text, write_atomically
from autograder.records.settle import bring_up_to_date


class GradesAndComments(CsvExportPlugin):
    """nbgrader's CSV export with two more columns: `to_grade`, answers that wait for a person, and `comments`."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the table to `--to`, or to `grades.csv`."""
        try:
            _settle(gradebook)
        except AutograderError as error:
            self.log.warning(f"Late penalties are those of the last grading run: {error}")
        self.to = self.to or "grades.csv"  # type: ignore[has-type]
        super().export(gradebook)
        path = Path(self.to)
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        table = [[*row.values(), *_by_hand(gradebook, row["assignment"], row["student_id"])] for row in rows]
        head = [*rows[0], "to_grade", "comments"] if rows else []
        if head:
            write_atomically(path, csv_text([head, *table]))


def _settle(gradebook: Gradebook) -> None:
    """Work late penalties out anew: a person may have given points since the last grading run."""
    course = Course.find()
    known = [assignment.name for assignment in gradebook.assignments]
    gradebook.db.commit()  # what it has read would otherwise stay as it was
    for name in set(known) & set(course.assignments()):
        bring_up_to_date(course, name)


def _by_hand(gradebook: Gradebook, assignment: str, student: str) -> tuple[int, str]:
    """Return how many answers of a submission wait for a person, and what people wrote about the others."""
    try:
        notebooks = gradebook.find_submission(assignment, student).notebooks
    except MissingEntry:
        return 0, ""
    waiting = sum(grade.needs_manual_grade for notebook in notebooks for grade in notebook.grades)
    said = [f"{c.name}: {c.manual_comment}" for notebook in notebooks for c in notebook.comments if c.manual_comment]
    return waiting, " | ".join(said)
