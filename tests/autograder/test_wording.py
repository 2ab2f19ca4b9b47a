"""Findings in words: each kind says something to both, and a student reads nothing of a hidden test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.engine.findings import Ending, Finding, FindingKind, Line, Origin
from autograder.engine.items import Cell, Kind
from autograder.grading.redaction import Released
from autograder.grading.wording import as_error, for_instructor, for_student

SECRET = "7654321"
CELLS = (
    Cell(Kind.student, "relu", "def relu(Z):\n    return missing", "def relu(Z):\n    return missing"),
    Cell(Kind.test, "open", "assert relu(1)", "assert relu(1)"),
    Cell(Kind.test, "hidden", f"# zeros\nassert relu({SECRET})", "# zeros"),
)
RELEASED = Released(CELLS)
NUMBERS = {"seconds": 2.0, "megabytes": 4096.0, "minutes": 30.0}
WITHHELD = [FindingKind.raised, FindingKind.comparison, FindingKind.result, FindingKind.malformed]


def finding(kind: FindingKind, test: str | None, *, lines: tuple[Line, ...] = ()) -> Finding:
    """Return a finding with a secret in everything that the student's process or the test can choose."""
    texts = {
        FindingKind.assertion: "zeros are missing",
        FindingKind.argument: f"The test passes to f{SECRET} a value that cannot be handed over.",
    }
    text = texts.get(kind, f"it is {SECRET}")
    cause = Finding(FindingKind.ended_in_call, function=f"g{SECRET}") if kind is FindingKind.not_called_again else None
    return Finding(kind, Origin.student, test, f"f{SECRET}", lines, f"E{SECRET}", text, NUMBERS, cause)


@pytest.mark.parametrize("lines", [(), (Line(0, 2, "return missing", "relu"),)], ids=["no line", "a line"])
@pytest.mark.parametrize("test", ["hidden", "a test that nobody knows"])
@pytest.mark.parametrize("kind", FindingKind)
def test_a_student_reads_nothing_of_a_hidden_test(kind: FindingKind, test: str, lines: tuple[Line, ...]) -> None:
    told = for_student(finding(kind, test, lines=lines), RELEASED)
    assert told
    assert SECRET not in told
    assert as_error(finding(kind, test, lines=lines), RELEASED)["evalue"] == told


@pytest.mark.parametrize("kind", WITHHELD)
def test_the_instructor_reads_what_the_student_may_not(kind: FindingKind) -> None:
    assert SECRET in for_instructor(finding(kind, "hidden"), RELEASED)


def test_of_an_open_test_both_read_the_same_exception() -> None:
    raised = finding(FindingKind.raised, "open", lines=(Line(0, 2, "return missing", "relu"),))
    assert for_student(raised, RELEASED) == f"E{SECRET}: it is {SECRET} (line 2, in relu: return missing)"
    assert for_instructor(raised, RELEASED) == f"line 2, in relu: return missing\nE{SECRET}: it is {SECRET}"


def test_what_follows_from_a_time_limit_counts_as_one() -> None:
    late = Finding(FindingKind.time_limit, numbers={"seconds": 2})
    missing = Finding(FindingKind.raised, Origin.test, "open", exception="NameError", text="no relu", cause=late)
    assert missing.ending is Ending.timeout
    assert for_student(missing, RELEASED) == (
        "NameError: no relu. Its cell has ended with this: Stopped after 2 seconds: this did not come to an end."
    )
    named = replace(missing, cause=replace(late, cell="dW_and_db"))
    assert ". The cell dW_and_db has ended with this: Stopped" in for_student(named, RELEASED)
    assert Finding(FindingKind.assertion).ending is Finding(FindingKind.comparison).ending is Ending.failed
    assert Finding(FindingKind.malformed).ending is Ending.error
