"""What has changed since the report before: who came, how the numbers moved, whose score is another one, and why."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from autograder.course.course import Course
from autograder.files.durable import as_written
from autograder.pages.report.data import Report, ScoreChange, Since, Student
from autograder.pages.report.words import number
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
    were = {student.id: student for student in before.students}
    moved = [(were[one.id], one) for one in now.students if one.id in were and _has_moved(were[one.id], one)]
    if before.states == now.states and before.figures == now.figures and not moved:
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
        tuple(ScoreChange(one.id, was.score, one.score, _why(was, one, reasons.get(one.id, {}))) for was, one in moved),
    )


def _has_moved(before: Student, now: Student) -> bool:
    """Return whether a score is another one than before; a first grade does not count as a change."""
    return before.score is not None and before.score != now.score


def _why(before: Student, now: Student, reasons: Mapping[str, str]) -> str:
    """Return which points are others, and what the grading runs say of each; a person's grades have no such reason."""
    told = [
        f"{name} {_shown(before.points.get(name))} → {_shown(points)}{f' ({reasons[name]})' if name in reasons else ''}"
        for name, points in now.points.items()
        if points != before.points.get(name)
    ]
    were, are = (student.late.penalty if student.late else 0.0 for student in (before, now))
    return "; ".join([*told, *([f"late penalty {number(were)} → {number(are)}"] if were != are else [])])


def _shown(points: float | None) -> str:
    return "?" if points is None else number(points)


def _reasons(course: Course, name: str, time: str) -> dict[str, dict[str, str]]:
    """Return the latest reason that the grading runs after a time have listed, by student and exercise."""
    latest: dict[str, dict[str, str]] = {}
    try:
        with changes_path(course, name).open(encoding="utf-8", errors="replace", newline="") as file:
            for row in csv.reader(file):
                if len(row) == len(HEAD) and _is_after(row[0], time):
                    _, student, exercise, _, _, why = map(as_written, row)
                    latest.setdefault(student, {})[exercise] = why
    except (OSError, csv.Error):
        return {}
    return latest


def _is_after(one: str, other: str) -> bool:
    """Return whether one time is not before another; what cannot be read as a time is not."""
    try:
        return datetime.fromisoformat(one) >= datetime.fromisoformat(other)
    except (ValueError, TypeError):
        return False
