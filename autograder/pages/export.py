"""What `nbgrader export` writes in this course: nbgrader's own columns, and what graders wrote about the answers.

It reads the gradebook and writes one file. Scores are nbgrader's own, but for those who have handed in nothing and
those with an answer that waits for a person: they have no score here, as in `autograder export`. What the latter have
earned so far is their `raw_score`. A name may hold commas and quotes.
"""

from __future__ import annotations

from pathlib import Path

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student, SubmittedAssignment
from nbgrader.plugins import CsvExportPlugin

from autograder.course.course import Course
from autograder.errors import AutograderError
from autograder.files.durable import csv_text, write_atomically
from autograder.records.settle import bring_up_to_date

HEAD = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score", "to_grade", "comments"),
)


class GradesAndComments(CsvExportPlugin):
    """nbgrader's CSV export with two more columns: `to_grade`, answers that wait for a person, and `comments`."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the table to `--to`, or to `grades.csv`."""
        try:
            _settle(gradebook)
        except AutograderError as error:
            self.log.warning(f"Late penalties are those of the last grading run: {error}")
        self.to = self.to or "grades.csv"  # type: ignore[has-type]
        assignments, students = set(map(str, self.assignment)), set(map(str, self.student))
        table = [
            _line(gradebook, assignment, student)
            for assignment in gradebook.assignments
            if not assignments or assignment.name in assignments
            for student in gradebook.students
            if not students or student.id in students
        ]
        self.log.info("Exporting grades to %s", self.to)
        write_atomically(Path(self.to), csv_text([HEAD, *table]))


def _settle(gradebook: Gradebook) -> None:
    """Work late penalties out anew: a person may have given points since the last grading run."""
    course = Course.find()
    known = [assignment.name for assignment in gradebook.assignments]
    gradebook.db.commit()  # what it has read would otherwise stay as it was
    for name in set(known) & set(course.assignments()):
        bring_up_to_date(course, name)


def _line(gradebook: Gradebook, assignment: Assignment, student: Student) -> list[object]:
    who = [student.id, student.last_name, student.first_name, student.email]
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        cells = [assignment.name, assignment.duedate, "", *who, "", "", "", assignment.max_score, 0, ""]
    else:
        raw, penalty = submission.score, submission.late_submission_penalty
        waiting, said = _by_hand(submission)
        score = "" if waiting else max(0.0, raw - penalty)
        scores = [raw, penalty, score, assignment.max_score]
        cells = [assignment.name, assignment.duedate, submission.timestamp, *who, *scores, waiting, said]
    return ["" if cell is None else cell for cell in cells]


def _by_hand(submission: SubmittedAssignment) -> tuple[int, str]:
    """Return how many answers of a submission wait for a person, and what people wrote about the others."""
    notebooks = submission.notebooks
    waiting = sum(grade.needs_manual_grade for notebook in notebooks for grade in notebook.grades)
    said = [f"{c.name}: {c.manual_comment}" for notebook in notebooks for c in notebook.comments if c.manual_comment]
    return waiting, " | ".join(said)
