"""Grades by hand, as a formgrader's handlers do, while `test_databases` lets a grading run write the same rows.

Each cell gets one manual score after the other, and a comment; the last ones stay. It says what it has written.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from nbgrader.api import Gradebook

CELLS = ("test-double-hidden", "test-square-hidden", "test-square-negative")
STUBS = ("double", "square")


def put_grade(book: Gradebook, grade_id: str, score: float, extra: float) -> None:
    """Do what nbgrader's `GradeHandler.put` does."""
    grade = book.find_grade_by_id(grade_id)
    grade.manual_score, grade.extra_credit = score, extra
    grade.needs_manual_grade = grade.manual_score is None and grade.auto_score is None
    book.db.commit()


def put_comment(book: Gradebook, comment_id: str, text: str) -> None:
    """Do what nbgrader's `CommentHandler.put` does."""
    comment = book.find_comment_by_id(comment_id)
    comment.manual_comment = text
    book.db.commit()


def main(url: str, students: list[str], stop: Path) -> None:
    """Enter scores and comments for these students until the file `stop` is there, and once more at least."""
    scores: dict[str, list[float]] = {}
    comments: dict[str, str] = {}
    rounds = 0
    while rounds == 0 or not stop.exists():
        rounds += 1
        for student in students:
            with Gradebook(url) as book:
                for number, cell in enumerate(CELLS):
                    score = 0.25 * (rounds % 8) + number
                    put_grade(book, book.find_grade(cell, "tiny", "tiny", student).id, score, 0.5)
                    scores[f"{student} {cell}"] = [score, 0.5]
                for cell in STUBS:
                    text = f"round {rounds} of {student}"
                    put_comment(book, book.find_comment(cell, "tiny", "tiny", student).id, text)
                    comments[f"{student} {cell}"] = text
            time.sleep(0.1)  # a person is slower
    print(json.dumps({"rounds": rounds, "scores": scores, "comments": comments}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[3:], Path(sys.argv[2]))
