"""The author's own solution as a submission, and what it says about the tests: a test that it fails is at fault.

No student loses points by such a test. Only the author's text decides this, never what a student's answer does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from autograder.course.assignment import Assignment
from autograder.engine.findings import Finding, FindingKind
from autograder.grading.verdict import HELD_AGAINST, CellVerdict, Status, Test, TestFault, TestFaults, Verdict
from autograder.intake.submission import Submission

AUTHOR = "(solution)"  # no student can be called this
TEST_FAULT = "This test is at fault, not your answer: the instructor's own solution fails it too. You have its points."
OF_THE_MACHINE = {FindingKind.machine_memory, FindingKind.threads, FindingKind.ended_too_often}
SOLUTION, ANSWER = "For the solution: ", "\nFor this answer: "


def solution_of(assignment: Assignment) -> Submission:
    """Return the author's solution as a submission."""
    texts = {name: [cell.source for cell in source.cells] for name, source in assignment.sources.items()}
    digest = hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()
    return Submission(AUTHOR, Path(AUTHOR), dict(assignment.sources), {}, digest)


def lost_tests(verdict: Verdict) -> frozenset[Test]:
    """Return the tests that have cost the student points, or would have, had they been worth any."""
    return frozenset((cell.notebook, cell.test) for cell in verdict.cells if cell.status in HELD_AGAINST)


def forgiven(cell: CellVerdict, faults: TestFaults) -> CellVerdict:
    """Return the outcome of a test, with all of its points if it is the test that is at fault.

    Where the solution has met a limit of the machine, only those are forgiven who have met one, too: a wrong answer is
    as wrong on a busy machine.
    """
    fault = faults.get((cell.notebook, cell.test))
    if fault is None or cell.status not in HELD_AGAINST or (fault.met_limit and not _has_met_a_limit(cell)):
        return cell
    detail = f"{SOLUTION}{fault.reason}{ANSWER}{cell.detail or cell.message}"
    return replace(cell, status=Status.test_fault, points=cell.max_points, message=TEST_FAULT, detail=detail)


def faults_in(verdict: Verdict) -> dict[Test, TestFault]:
    """Return the tests that are at fault, given the verdict on the author's solution.

    A test that gives the solution a part of its points is not at fault.
    """
    return {
        (cell.notebook, cell.test): TestFault(cell.detail or cell.message, _has_met_a_limit(cell))
        for cell in _failed(verdict.cells)
    }


def would_recur(verdict: Verdict) -> bool:
    """Return whether the author's solution would do the same in another run: it has met no limit of this machine.

    Where it has met one, say of time while other programs were at work, nobody who has met one loses points in that
    run, and the next run tries the solution anew.
    """
    return not any(map(_has_met_a_limit, verdict.cells))


def _has_met_a_limit(cell: CellVerdict) -> bool:
    return cell.status is Status.timeout or _met_a_limit(cell.finding)


def _met_a_limit(finding: Finding | None) -> bool:
    return finding is not None and (finding.kind in OF_THE_MACHINE or _met_a_limit(finding.cause))


def faults_of(verdict: Verdict) -> list[str]:
    """Return what the instructor is told of the tests that are at fault in somebody's verdict."""
    at_fault = [cell for cell in verdict.cells if cell.status is Status.test_fault]
    reasons = {(cell.notebook, cell.test): cell.detail.partition(ANSWER)[0].removeprefix(SOLUTION) for cell in at_fault}
    return told({test: TestFault(reason) for test, reason in reasons.items()})


def told(faults: TestFaults) -> list[str]:
    """Return what the instructor is told of tests that are at fault, a sentence each."""
    return [
        f"The test {test} is at fault: the solution in source/ fails it, too ({' '.join(fault.reason.split())}). "
        "Nobody loses points by it; correct it and grade again."
        for (_, test), fault in sorted(faults.items(), key=lambda item: item[0])
    ]


def _failed(cells: Iterable[CellVerdict]) -> Iterable[CellVerdict]:
    return (cell for cell in cells if cell.status in HELD_AGAINST and cell.points == 0)
