"""The verdict on one submission: a status, points and a message for each test, and what all of it depends on.

It decides nothing; the records, the class report and feedback only read it. As a file, it is JSON with a schema, which
is made from the types in here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from autograder.engine.diagnoses import Diagnosis
from autograder.engine.findings import EnvironmentFault, Finding
from autograder.errors import UsageError

SCHEMA = 7
VENDORED = "vendored"  # the data set that every course brings along
LONGEST_REASON = 200
Text = Annotated[str, Meta(min_length=1)]
Points = Annotated[float, Meta(ge=0)]
Test = tuple[str, str]  # the names of a notebook and of a test in it


@dataclass(frozen=True)
class TestFault:
    """Why a test is at fault: what the author's solution fails it with, and whether that was a limit of the machine."""

    reason: str
    met_limit: bool = False


TestFaults = Mapping[Test, TestFault]


class Status(StrEnum):
    """How a test ended."""

    passed = "passed"
    failed = "failed"
    error = "error"
    timeout = "timeout"
    not_attempted = "not attempted"
    followed = "followed through"  # it failed because of an earlier exercise, and is right in itself
    test_fault = "test fault"  # the author's own solution fails it, too


HELD_AGAINST = frozenset({Status.failed, Status.error, Status.timeout})


class CellVerdict(Struct, frozen=True, forbid_unknown_fields=True):
    """The outcome of one test cell.

    `finding` is what was found out, as data; `message` words it for the student, `detail` for the instructor where it
    says more. `follows` are the functions of earlier exercises without whose mistakes the test passes.
    """

    notebook: Text
    test: Text
    exercise: Text
    status: Status
    points: Points
    max_points: Points
    message: str = ""
    detail: str = ""
    finding: Finding | None = None
    follows: tuple[str, ...] = ()

    @property
    def environment(self) -> EnvironmentFault | None:
        """The fault of environment because of which it has failed, if it is not one of idea."""
        return self.finding.root if self.finding and self.status in HELD_AGAINST else None


class ExerciseDiagnosis(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with the function of an exercise: as data, and worded for the student."""

    exercise: Text
    message: Text
    diagnosis: Diagnosis


class Basis(Struct, frozen=True, forbid_unknown_fields=True):
    """What a verdict depends on, as digests: what all of its tests share, by name, and the tests of each exercise."""

    shared: dict[str, str]
    tests: dict[str, str]

    @property
    def digest(self) -> str:
        """The hash of all of it."""
        return hashlib.sha256(json.dumps(msgspec.to_builtins(self), sort_keys=True).encode()).hexdigest()


class Verdict(Struct, frozen=True):
    """The outcome of one submission, and what it depends on.

    `draw` is the name of the draw that hidden tests took their inputs from, empty for the course's usual one. The same
    name in the same course means the same inputs.
    """

    assignment: str
    student: str
    data_set: str
    basis: Basis
    cells: tuple[CellVerdict, ...]
    environment: dict[str, str]
    oddities: tuple[str, ...] = ()
    tampering: tuple[str, ...] = ()
    diagnoses: tuple[ExerciseDiagnosis, ...] = ()
    draw: str = ""

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
            "score": float(self.score),
            "max_score": float(self.max_score),
            "data_set": self.data_set,
            "draw": self.draw,
            "environment": dict(sorted(self.environment.items())),
            "work": self.work,
            "basis": msgspec.to_builtins(self.basis),
            "cells": msgspec.to_builtins(self.cells),
            "oddities": self.oddities,
            "tampering": self.tampering,
            "diagnoses": msgspec.to_builtins(self.diagnoses),
        }
        text = msgspec.json.format(msgspec.json.encode(body), indent=2).decode() + "\n"
        try:
            _read(body)
        except msgspec.ValidationError as error:
            raise ValueError(_unlike_schema(error)) from error
        return text

    @classmethod
    def from_json(cls, text: str) -> Verdict:
        """Return the verdict that a text holds; one that keeps to the schema before this one is read, too.

        Raises
        ------
        UsageError
            If it is not JSON, does not keep to a schema that is known here, or a newer version has written it.
        """
        try:
            body = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"The verdict is not JSON ({error}).") from error
        schema = body.get("schema") if isinstance(body, dict) else None
        if type(schema) is int and schema > SCHEMA:
            raise UsageError(
                f"The verdict has schema {schema}, and this version of autograder reads {SCHEMA} and older: "
                "install the version that wrote it."
            )
        try:
            found = _read(body)
        except msgspec.ValidationError as error:
            raise UsageError(_unlike_schema(error)) from error
        return cls(
            found.assignment,
            found.student,
            found.data_set,
            found.basis,
            found.cells,
            found.environment,
            found.oddities,
            found.tampering,
            found.diagnoses,
            found.draw,
        )

    def of(self, notebook: str) -> dict[str, CellVerdict]:
        """Return the outcomes of one notebook by the name of the test."""
        return {cell.test: cell for cell in self.cells if cell.notebook == notebook}

    def diagnoses_of(self, notebook: str) -> list[ExerciseDiagnosis]:
        """Return what is wrong with the functions of one notebook."""
        here = {cell.exercise for cell in self.cells if cell.notebook == notebook}
        return [one for one in self.diagnoses if one.exercise in here]


class VerdictFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What the file of a verdict holds: `work` is the hash of all that it depends on, `environment` has versions.

    `oddities` are honest irregularities that were put right, `tampering` what was changed that is not the student's.
    `diagnoses` say what is wrong with the functions that have failed; verdicts before schema 6 have none. `draw` names
    where hidden tests took their inputs from; before schema 7 no verdict said so.
    """

    schema: Literal[3, 4, 5, 6, 7]  # those before are read, too
    assignment: Text
    student: Text
    score: Points
    max_score: Points
    data_set: str
    environment: dict[str, str]
    work: str
    basis: Basis
    cells: tuple[CellVerdict, ...]
    oddities: tuple[Text, ...]
    tampering: tuple[Text, ...]
    diagnoses: tuple[ExerciseDiagnosis, ...] = ()
    draw: str = ""


def _read(body: Any) -> VerdictFile:
    return msgspec.convert(body, VerdictFile)


def _unlike_schema(error: msgspec.ValidationError) -> str:
    reason = str(error)
    reason = reason if len(reason) < LONGEST_REASON else f"{reason[:LONGEST_REASON]} ..."
    return f"The verdict does not keep to schema {SCHEMA}: {reason}."


def exercise_points(text: str) -> dict[str, float]:
    """Return the points of each exercise in a verdict's JSON, of whatever schema; none if it makes no sense."""
    found: dict[str, float] = {}
    try:
        for cell in json.loads(text)["cells"]:
            found[str(cell["exercise"])] = found.get(str(cell["exercise"]), 0.0) + float(cell["points"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return {}
    return found
