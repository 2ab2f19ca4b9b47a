"""A second run over a large class: who is up to date is known a few students at a time, not the whole class at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from class_with_faults import ClassWithFaults
from tiny_course import TinyCourse

from autograder.records.scores import ScoreBook
from autograder.records.statements import AHEAD


def test_a_second_run_reads_the_scores_of_a_few_students_at_a_time(
    tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    grading = ClassWithFaults(tiny, monkeypatch, capsys)
    students = [f"kim{number:03}" for number in range(AHEAD + 10)]
    grading.hand_in(*students)
    assert grading.grade().graded == {*students}
    with closing(sqlite3.connect(tiny.gradebook)) as book, book:
        book.execute(
            "UPDATE grade SET auto_score = 0 WHERE notebook_id IN (SELECT n.id FROM submitted_notebook n "
            "JOIN submitted_assignment a ON a.id = n.assignment_id WHERE a.student_id IN (?, ?))",
            (students[3], students[-1]),
        )
    read: list[int] = []
    automatic_scores = ScoreBook.automatic_scores

    def counting(self: ScoreBook, first: str) -> dict:
        found = automatic_scores(self, first)
        read.append(len(found))
        return found

    monkeypatch.setattr(ScoreBook, "automatic_scores", counting)
    done = grading.grade()
    assert f"{len(students) - 2} unchanged" in done.out
    assert done.code == 0
    assert max(read) == AHEAD
    assert len(read) == 2

    assert f"{len(students)} unchanged" in grading.grade().out
