"""The verdict on one submission: a status, points and a message for each test, as plain JSON with a schema.

It reads what the engine reports and decides nothing else; `record`, `summary` and feedback only read it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

from autograder.engine.work import CellReport, Ending, Report
from autograder.errors import UsageError
from autograder.intake.align import Aligned, Assignment
from autograder.notebook import Exercise, all_exercises, code_cells, grade_id, points

SCHEMA = 3
NOT_RUN = "this test was not run"


class Status(StrEnum):
    """How a test ended."""

    passed = "passed"
    failed = "failed"
    error = "error"
    timeout = "timeout"
    not_attempted = "not attempted"


STATUS = {
    Ending.ok: Status.passed,
    Ending.failed: Status.failed,
    Ending.error: Status.error,
    Ending.timeout: Status.timeout,
    Ending.kept: Status.error,
}


@dataclass(frozen=True)
class CellVerdict:
    """The outcome of one test cell; `message` is for the student, `detail` for the instructor where it says more."""

    notebook: str
    test: str
    exercise: str
    status: Status
    points: float
    max_points: float
    message: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Basis:
    """What a verdict depends on, as digests: what all of its tests share, by name, and the tests of each exercise."""

    shared: dict[str, str]
    tests: dict[str, str]

    @property
    def digest(self) -> str:
        """The hash of all of it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Verdict:
    """The outcome of one submission, and what it depends on."""

    assignment: str
    student: str
    data_set: str
    basis: Basis
    cells: tuple[CellVerdict, ...]
    environment: dict[str, str]
    oddities: tuple[str, ...] = ()
    tampering: tuple[str, ...] = ()

    @property
    def work(self) -> str:
        """The hash of all that the verdict depends on."""
        return self.basis.digest

    @property
    def score(self) -> float:
        """The points earned."""
        return sum(cell.points for cell in self.cells)

    @property
    def max_score(self) -> float:
        """The most points that could be earned."""
        return sum(cell.max_points for cell in self.cells)

    def to_json(self) -> str:
        """Return the verdict as JSON text, the same bytes for the same verdict.

        Raises
        ------
        ValueError
            If it does not keep to the schema.
        """
        body = {
            "schema": SCHEMA,
            "assignment": self.assignment,
            "student": self.student,
            "score": self.score,
            "max_score": self.max_score,
            "data_set": self.data_set,
            "environment": dict(sorted(self.environment.items())),
            "work": self.work,
            "basis": asdict(self.basis),
            "cells": [asdict(cell) for cell in self.cells],
            "oddities": list(self.oddities),
            "tampering": list(self.tampering),
        }
        problem = _problem(body)
        if problem:
            raise ValueError(problem)
        return json.dumps(body, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Verdict:
        """Return the verdict that a text holds.

        Raises
        ------
        UsageError
            If it is no JSON, or does not keep to the schema.
        """
        try:
            body = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"The verdict is not JSON ({error}).") from error
        problem = _problem(body)
        if problem:
            raise UsageError(problem)
        return cls(
            body["assignment"],
            body["student"],
            body["data_set"],
            Basis(**body["basis"]),
            tuple(CellVerdict(**{**cell, "status": Status(cell["status"])}) for cell in body["cells"]),
            body["environment"],
            tuple(body["oddities"]),
            tuple(body["tampering"]),
        )

    def of(self, notebook: str) -> dict[str, CellVerdict]:
        """Return the outcomes of one notebook by the name of the test."""
        return {cell.test: cell for cell in self.cells if cell.notebook == notebook}


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads((resources.files("autograder") / "verdict.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema)


def _problem(body: object) -> str:
    """Return what is wrong with a verdict's JSON, or an empty text."""
    error = next(_validator().iter_errors(body), None)
    if error is None:
        return ""
    reason = error.message if len(error.message) < 200 else f"{error.message[:200]} ..."
    return f"The verdict does not keep to schema {SCHEMA}: {error.json_path} {reason}."


def judge(
    assignment: Assignment,
    aligned: Aligned,
    reports: Mapping[str, Report],
    student: str,
    data_set: str,
    basis: Basis,
    environment: Mapping[str, str],
) -> Verdict:
    """Return the verdict on a submission that was run.

    Parameters
    ----------
    reports
        What became of each notebook that the submission has.
    data_set, basis, environment
        What the run depends on, noted as it is.
    """
    cells = tuple(
        cell
        for exercise in all_exercises(assignment.sources)
        for cell in _judge_exercise(exercise, assignment, aligned, reports.get(exercise.notebook))
    )
    run = [reports[name] for name in sorted(reports)]
    oddities = (*aligned.oddities, *(sentence for report in run for sentence in report.oddities))
    tampering = (*aligned.tampering, *(sentence for report in run for sentence in report.tampering))
    return Verdict(
        assignment.name,
        student,
        data_set,
        basis,
        cells,
        dict(environment),
        tuple(map(_writable, dict.fromkeys(oddities))),
        tuple(map(_writable, dict.fromkeys(tampering))),
    )


def merged(fresh: Verdict, recorded: Verdict, exercises: Collection[str]) -> Verdict:
    """Return a verdict that says of these exercises what the fresh one says, and of the others what is recorded."""
    kept = {(cell.notebook, cell.test): cell for cell in recorded.cells}
    return replace(
        fresh,
        cells=tuple(cell if cell.exercise in exercises else kept[cell.notebook, cell.test] for cell in fresh.cells),
        oddities=tuple(dict.fromkeys((*recorded.oddities, *fresh.oddities))),
        tampering=tuple(dict.fromkeys((*recorded.tampering, *fresh.tampering))),
    )


def exercise_points(text: str) -> dict[str, float]:
    """Return the points of each exercise in a verdict's JSON, of whatever schema; none if it makes no sense."""
    found: dict[str, float] = {}
    try:
        for cell in json.loads(text)["cells"]:
            found[str(cell["exercise"])] = found.get(str(cell["exercise"]), 0.0) + float(cell["points"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return {}
    return found


def _judge_exercise(
    exercise: Exercise, assignment: Assignment, aligned: Aligned, report: Report | None
) -> list[CellVerdict]:
    name = exercise.notebook
    most = {grade_id(cell): points(cell) for cell in code_cells(assignment.sources[name])}
    if name not in aligned.notebooks or report is None:
        why = NOT_RUN if name in aligned.notebooks else f"the notebook {name}.ipynb is missing from the submission"
        return [CellVerdict(name, test, exercise.name, Status.error, 0.0, most[test], why) for test in exercise.tests]
    found = {cell.name: of for cell, of in zip(aligned.items[name].cells, report.cells, strict=False)}
    untouched = bool(exercise.stub) and (
        _text(aligned.notebooks[name], exercise.stub) == _text(assignment.released[name], exercise.stub)
    )
    nothing = CellReport(ending=Ending.error, message=NOT_RUN)
    return [
        _judge_cell(exercise, test, most[test], found.get(test, nothing), untouched=untouched)
        for test in exercise.tests
    ]


def _text(notebook: Any, name: str) -> str:
    return next((cell.source.strip() for cell in notebook.cells if grade_id(cell) == name), "")


def _judge_cell(exercise: Exercise, test: str, most: float, report: CellReport, *, untouched: bool) -> CellVerdict:
    status, earned, message = _earned(report, most)
    detail = report.detail
    if untouched and status is not Status.passed and not earned:
        status, detail = Status.not_attempted, detail or message
        message = f"{exercise.stub} is still as it was handed out."
    detail = _writable(detail if detail != message else "")
    return CellVerdict(exercise.notebook, test, exercise.name, status, earned, most, _writable(message), detail)


def _earned(report: CellReport, most: float) -> tuple[Status, float, str]:
    """Return status, points and message; a number that the test ends with is partial credit, as in nbgrader."""
    credit = report.credit
    if report.ending is not Ending.ok:
        return STATUS[report.ending], 0.0, report.message or f"The test ended with: {report.ending}."
    if credit is None or credit < 0:
        return Status.passed, most, ""
    if not math.isfinite(credit) or credit > most:
        return Status.error, 0.0, f"The test ended with {credit:g}, but it can give {most:g} points at most."
    if credit < most:
        return Status.failed, float(credit), report.message or f"Part of the points: {credit:g} of {most:g}."
    return Status.passed, most, ""


def _writable(text: str) -> str:
    """Return a text that can be written as UTF-8: half characters are replaced."""
    return text.encode("utf-8", "replace").decode()


def measurements(aligned: Aligned, reports: Mapping[str, Report], before: str = "") -> str:
    """Return what a run took as JSON text: CPU and wall seconds and the largest resident bytes, for each cell.

    What was not run this time is as the measurements `before` have it.
    """
    known = _measured(before)
    cells: list[dict[str, Any]] = []
    for name, item in sorted(aligned.items.items()):
        told = reports[name].cells if name in reports else ()
        for number, cell in enumerate(item.cells):
            report = told[number] if number < len(told) else CellReport(ending=Ending.kept)
            took = {"cpu": report.cpu, "wall": report.wall, "memory": report.memory}
            if report.ending is Ending.kept:
                took = known.get((name, cell.name), took)
            cells.append({"notebook": name, "cell": cell.name, **took})
    total = {
        "cpu": sum(cell["cpu"] for cell in cells),
        "wall": sum(cell["wall"] for cell in cells),
        "memory": max((cell["memory"] for cell in cells), default=0),
    }
    return json.dumps({"schema": SCHEMA, "total": total, "cells": cells}, indent=1) + "\n"


def _measured(text: str) -> dict[tuple[str, str], dict[str, Any]]:
    try:
        cells = json.loads(text)["cells"]
        return {(c["notebook"], c["cell"]): {key: c[key] + 0 for key in ("cpu", "wall", "memory")} for c in cells}
    except (ValueError, RecursionError, KeyError, TypeError):
        return {}
