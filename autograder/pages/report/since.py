"""What has changed since the report before: who came, how the numbers moved, whose score is another one, and why."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec

from autograder.course.course import Course
from autograder.files.durable import as_written
from autograder.pages.report.data import Report, ScoreChange, Since
from autograder.records.changes import HEAD, changes_path


def kept(path: Path) -> Report | None:
    """Return the report that a JSON file holds; None if there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError, RecursionError):
        return None


def since(course: Course, before: Report | None, now: Report) -> Since | None:
    """Return what is not as it was; where nothing has changed, what the report before said of it."""
    if before is None:
        return None
    scores = _scores(before, now)
    if before.states == now.states and before.figures == now.figures and not scores:
        return before.since
    reasons = _reasons(course, now.assignment, before.made)
    states = {state.value: (before.states[state], count) for state, count in now.states.items()}
    full = {exercise.name: exercise.full for exercise in before.exercises}
    pairs = {e.name: (full[e.name], e.full) for e in now.exercises if e.name in full}
    comparable = (before.figures.most, before.figures.left_out) == (now.figures.most, now.figures.left_out)
    return Since(
        before.made,
        {state: pair for state, pair in states.items() if pair[0] != pair[1]},
        (before.figures.mean, now.figures.mean) if comparable and before.figures.mean != now.figures.mean else None,
        {name: pair for name, pair in pairs.items() if pair[0] != pair[1]},
        tuple(ScoreChange(who, was, score, "; ".join(reasons.get(who, ()))) for who, was, score in scores),
    )


def _scores(before: Report, now: Report) -> list[tuple[str, float | None, float | None]]:
    """Return whose score is another one than before; a first grade does not count as a change."""
    were = {student.id: student.score for student in before.students}
    return [
        (student.id, were[student.id], student.score)
        for student in now.students
        if were.get(student.id) is not None and were[student.id] != student.score
    ]


def _reasons(course: Course, name: str, time: str) -> dict[str, list[str]]:
    """Return what the grading runs after a time have listed, by student, the latest for each exercise."""
    latest: dict[str, dict[str, str]] = {}
    try:
        with changes_path(course, name).open(encoding="utf-8", errors="replace", newline="") as file:
            for row in csv.reader(file):
                if len(row) == len(HEAD) and row[0] >= time and row[0] != HEAD[0]:
                    _, student, exercise, before, after, why = map(as_written, row)
                    latest.setdefault(student, {})[exercise] = f"{exercise} {before} → {after}, {why}"
    except (OSError, csv.Error):
        return {}
    return {student: list(told.values()) for student, told in latest.items()}
