"""Grades by hand, as formgraders' handlers do, while `test_databases` lets a grading run write the same rows.

There is a process for each student, forked when nbgrader has been imported. Each cell gets one manual score after the
other, and a comment; the last ones stay. The program says what it has written for whom, and notes in a file for each
student, line by line, that a round is complete.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
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


def grade_by_hand(url: str, stop: Path, student: str) -> dict[str, dict[str, object]]:
    """Enter scores and comments for a student until the file `stop` is there, once at least; return the last ones."""
    scores: dict[str, object] = {}
    comments: dict[str, object] = {}
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
    return {"scores": scores, "comments": comments}


def main(url: str, stop: Path, students: list[str]) -> None:
    """Let one process for each student grade by hand at the same time."""
    with ProcessPoolExecutor(len(students), mp_context=get_context("fork")) as pool:
        print(json.dumps(list(pool.map(partial(grade_by_hand, url, stop), students))))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
