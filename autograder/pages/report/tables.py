"""A class report as a CSV table for a spreadsheet, a line for each student, and as JSON with all that it knows."""

from __future__ import annotations

import msgspec

from autograder.files.durable import csv_text
from autograder.pages.report.data import Report

HEAD = ("student", "name", "state", "score", "max_score", "late_penalty", "late_seconds")


def to_csv(report: Report) -> str:
    """Return a line for each student, a column for each exercise; what is not known stays empty."""
    exercises = [exercise.name for exercise in report.exercises]
    table: list[list[object]] = [[*HEAD, *exercises]]
    for student in report.students:
        late = (student.late.penalty, round(student.late.seconds)) if student.late else (0.0, 0)
        points = (_cell(student.points.get(name)) for name in exercises)
        row = (student.id, student.name, student.state.value, _cell(student.score), report.most, *late, *points)
        table.append(list(row))
    return csv_text(table)


def to_json(value: msgspec.Struct) -> str:
    """Return a report as JSON text, field by field."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n"


def _cell(value: float | None) -> object:
    return "" if value is None else value
