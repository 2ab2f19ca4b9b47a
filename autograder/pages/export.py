"""What `nbgrader export` writes in this course: nbgrader's own table, and what graders wrote about the answers.

It reads the gradebook and writes one file; scores are nbgrader's own, but for those who have handed in nothing: they
have no score here, as in `autograder export`, and not 0.
"""

from __future__ import annotations

import csv
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.plugins import CsvExportPlugin

from autograder.files.durable import csv_text, write_atomically

OF_A_SUBMISSION = ("raw_score", "late_submission_penalty", "score")


class GradesAndComments(CsvExportPlugin):
    """nbgrader's CSV export with two more columns: `to_grade`, answers that wait for a person, and `comments`."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the table to `--to`, or to `grades.csv`."""
        self.to = self.to or "grades.csv"  # type: ignore[has-type]
        super().export(gradebook)
        path = Path(self.to)
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        table = [_line(gradebook, row) for row in rows]
        head = [*rows[0], "to_grade", "comments"] if rows else []
        if head:
            write_atomically(path, csv_text([head, *table]))


def _line(gradebook: Gradebook, row: dict[str, str]) -> list[object]:
    """Return a line of nbgrader's with the two columns; nbgrader gives 0 where nothing was handed in."""
    try:
        submission = gradebook.find_submission(row["assignment"], row["student_id"])
    except MissingEntry:
        return [*({**row, **dict.fromkeys(OF_A_SUBMISSION, "")}).values(), 0, ""]
    return [*row.values(), *_by_hand(submission)]


def _by_hand(submission: SubmittedAssignment) -> tuple[int, str]:
    """Return how many answers of a submission wait for a person, and what people wrote about the others."""
    notebooks = submission.notebooks
    waiting = sum(grade.needs_manual_grade for notebook in notebooks for grade in notebook.grades)
    said = [f"{c.name}: {c.manual_comment}" for notebook in notebooks for c in notebook.comments if c.manual_comment]
    return waiting, " | ".join(said)
