"""The table over all assignments of a course: what each student has earned in each, and in total with their weights.

A total is a weighted mean of percentages, over the assignments that somebody has been graded in. Work that was not
handed in counts 0 in it. Work that is not graded yet, or waits for a person, does not count until it is, and the table
shows it.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from autograder.course.course import CONFIG_NAME, Course
from autograder.errors import UsageError
from autograder.files.durable import csv_text, write_atomically
from autograder.pages.report.anonymous import Pseudonym, pseudonyms
from autograder.pages.report.build import now
from autograder.pages.report.data import State
from autograder.pages.report.exercises import graded_parts
from autograder.pages.report.files import ANONYMOUS, STEM
from autograder.pages.report.gradebook import read_gradebook
from autograder.pages.report.page import page
from autograder.pages.report.students import students_of
from autograder.pages.report.tables import to_json

SCHEMA: Final = 1
PERCENT = 100


class Mark(Struct, frozen=True, forbid_unknown_fields=True):
    """A student's mark in an assignment: its state, points less the late penalty, and percent, None if not settled."""

    state: State
    score: float | None = None
    percent: float | None = None


class Weighted(Struct, frozen=True, forbid_unknown_fields=True):
    """An assignment: its weight, its points, how many are graded, the mean of their percentages."""

    name: str
    weight: float
    most: float
    graded: int
    mean: float | None


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """A student: a mark in each assignment, and the total in percent; `open_weight` is the weight not settled yet."""

    id: str
    name: str
    marks: dict[str, Mark]
    total: float | None
    open_weight: float


class Overall(Struct, frozen=True, forbid_unknown_fields=True):
    """The table: what its JSON file holds."""

    schema: Literal[1]
    made: str
    assignments: tuple[Weighted, ...]
    students: tuple[Row, ...]
    anonymous: bool = False


@dataclass(frozen=True)
class WrittenOverall:
    """A table and the three files that hold it."""

    overall: Overall
    page: Path
    table: Path
    data: Path


def overall(course: Course) -> Overall:
    """Return the table over all assignments.

    Raises
    ------
    UsageError
        If nothing has been graded, or a weight names an assignment that does not exist.
    EnvironmentProblem
        If the gradebook cannot be read.
    """
    weights, names = _weights(course), dict[str, str]()
    marks: dict[str, dict[str, Mark]] = {}
    most: dict[str, float] = {}
    for name in weights:
        exercises, book = graded_parts(course.read_sources(name)), read_gradebook(course, name)
        names |= book.names
        most[name] = sum(exercise.points for exercise in exercises)
        if any(recorded.points for recorded in book.recorded.values()):
            marks[name] = {
                student.id: _mark(student.state, student.score, most[name])
                for student in students_of(course, name, exercises, book, {})
            }
    if not marks:
        raise UsageError("Nothing has been graded yet: run `autograder grade NAME` first.")
    students = sorted({student for of in marks.values() for student in of})
    rows = [_row(student, names.get(student, ""), marks, weights) for student in students]
    columns = [_weighted(name, weights[name], most[name], marks[name]) for name in marks]
    return Overall(SCHEMA, now(), tuple(columns), tuple(rows))


def write_overall(course: Course, *, without_names: bool = False) -> WrittenOverall:
    """Make the table and write it into `reports/`; `overall` says what can go wrong."""
    found = overall(course)
    if without_names:
        found = _anonymous(found, pseudonyms(course))
    stem = ANONYMOUS if without_names else STEM
    where = [course.reports / f"{stem}.{kind}" for kind in ("html", "csv", "json")]
    write_atomically(where[0], page("course.html.j2", overall=found))
    write_atomically(where[1], _csv(found))
    write_atomically(where[2], to_json(found))
    return WrittenOverall(found, *where)


def _weights(course: Course) -> dict[str, float]:
    """Return the weight of each assignment: that of the configuration, or 1 for all of them."""
    known, wanted = course.assignments(), course.weights
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise UsageError(
            f"{course.root / CONFIG_NAME} gives {unknown[0]!r} a weight in c.Autograder.weights, and there is no such "
            f"assignment in {course.source}. Assignments there: {', '.join(known)}."
        )
    return {name: wanted.get(name, 0.0) if wanted else 1.0 for name in known}


def _mark(state: State, score: float | None, most: float) -> Mark:
    if state is State.missing:
        return Mark(state, None, 0.0)
    is_settled = state is State.graded and score is not None and most
    return Mark(state, score, PERCENT * (score or 0.0) / most if is_settled else None)


def _row(student: str, name: str, marks: Mapping[str, Mapping[str, Mark]], weights: Mapping[str, float]) -> Row:
    own = {assignment: of.get(student, Mark(State.missing, None, 0.0)) for assignment, of in marks.items()}
    settled = {assignment: mark.percent for assignment, mark in own.items() if mark.percent is not None}
    weight = sum(weights[assignment] for assignment in settled)
    total = sum(weights[one] * percent for one, percent in settled.items()) / weight if weight else None
    return Row(student, name, own, total, sum(weights[one] for one in own if one not in settled))


def _weighted(name: str, weight: float, most: float, marks: Mapping[str, Mark]) -> Weighted:
    percents = [mark.percent for mark in marks.values() if mark.state is State.graded and mark.percent is not None]
    return Weighted(name, weight, most, len(percents), statistics.fmean(percents) if percents else None)


def _anonymous(found: Overall, pseudonym: Pseudonym) -> Overall:
    rows = sorted((replace(row, id=pseudonym(row.id), name="") for row in found.students), key=lambda row: row.id)
    return replace(found, students=tuple(rows), anonymous=True)


def _csv(found: Overall) -> str:
    """Return a line for each student: percent and state for each assignment, and the total."""
    names = [one.name for one in found.assignments]
    head: list[object] = ["student", "name", "total_percent", "open_weight"]
    head += [f"{name}{what}" for name in names for what in ("_score", "_percent", "_state")]
    table: list[list[object]] = [head]
    for row in found.students:
        line: list[object] = [row.id, row.name, "" if row.total is None else round(row.total, 4), row.open_weight]
        for mark in (row.marks[name] for name in names):
            score, percent = mark.score, mark.percent
            line += ["" if score is None else score, "" if percent is None else round(percent, 4), mark.state.value]
        table.append(line)
    return csv_text(table)
