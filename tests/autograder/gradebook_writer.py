"""Grades by hand, as a formgrader's handlers do, while `test_databases` lets a grading run write the same rows.

Each cell gets one manual score after the other, and a comment; the last ones stay. It says what it has written, and
notes in a file, line by line, that a round is complete.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from nbgrader.api import Gradebook

CELLS = ("test-double-hidden", "test-square-hidden", "test-square-negative")
STUBS = ("double", "square")
PAUSE = 0.1  # a person is slower


def rounds_of(student: str, stop: Path) -> Path:
    """Return the file in which a line stands for each complete round."""
    return stop.with_name(f"rounds-{student}")


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


def main(url: str, student: str, stop: Path) -> None:
    """Enter scores and comments for a student until the file `stop` is there, once at least."""
    scores: dict[str, list[float]] = {}
    comments: dict[str, str] = {}
    rounds = 0
    while rounds == 0 or not stop.exists():
        rounds += 1
        with Gradebook(url) as book:
            for number, cell in enumerate(CELLS):
                score = 0.25 * (rounds % 8) + number
                put_grade(book, book.find_grade(cell, "tiny", "tiny", student).id, score, 0.5)
                scores[f"{student} {cell}"] = [score, 0.5]
                time.sleep(PAUSE)
            for cell in STUBS:
                text = f"round {rounds} of {student}"
                put_comment(book, book.find_comment(cell, "tiny", "tiny", student).id, text)
                comments[f"{student} {cell}"] = text
                time.sleep(PAUSE)
        with rounds_of(student, stop).open("a") as note:
            note.write(f"{rounds}\n")
    print(json.dumps({"scores": scores, "comments": comments}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[3], Path(sys.argv[2]))
