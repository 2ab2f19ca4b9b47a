"""The verdict on one submission: a status, points and a message for each test, as plain JSON with a schema.

It reads what the engine reports and decides nothing else; `record`, `summary` and feedback only read it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

from autograder.engine.findings import Finding
from autograder.errors import UsageError

SCHEMA = 3


class Status(StrEnum):
    """How a test ended."""

    passed = "passed"
    failed = "failed"
    error = "error"
    timeout = "timeout"
    not_attempted = "not attempted"


@dataclass(frozen=True)
class CellVerdict:
    """The outcome of one test cell; `message` is for the student, `detail` for the instructor where it says more.

    `finding` is what both word; it is not written.
    """

    notebook: str
    test: str
    exercise: str
    status: Status
    points: float
    max_points: float
    message: str = ""
    detail: str = ""
    finding: Finding | None = field(default=None, compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return what is written of it."""
        return {key: value for key, value in vars(self).items() if key != "finding"}


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
            "cells": [cell.as_json() for cell in self.cells],
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
    schema = json.loads((resources.files("autograder.grading") / "verdict.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema)


def _problem(body: object) -> str:
    """Return what is wrong with a verdict's JSON, or an empty text."""
    error = next(_validator().iter_errors(body), None)
    if error is None:
        return ""
    reason = error.message if len(error.message) < 200 else f"{error.message[:200]} ..."
    return f"The verdict does not keep to schema {SCHEMA}: {error.json_path} {reason}."


def exercise_points(text: str) -> dict[str, float]:
    """Return the points of each exercise in a verdict's JSON, of whatever schema; none if it makes no sense."""
    found: dict[str, float] = {}
    try:
        for cell in json.loads(text)["cells"]:
            found[str(cell["exercise"])] = found.get(str(cell["exercise"]), 0.0) + float(cell["points"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return {}
    return found
