"""From the engine's reports to a verdict: a status, points and a message for each test."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from autograder.course.assignment import Assignment
from autograder.course.cells import Exercise, grade_id
from autograder.engine.diagnoses import Counterexample, Diagnosis
from autograder.engine.findings import Ending, Finding, FindingKind
from autograder.engine.items import CellReport, Report, not_well
from autograder.grading.diagnosed import what_is_wrong
from autograder.grading.job import Job
from autograder.grading.redaction import Released
from autograder.grading.solution import forgiven
from autograder.grading.verdict import HELD_AGAINST, CellVerdict, ExerciseDiagnosis, Status, TestFaults, Verdict
from autograder.grading.wording import SENTENCES, for_instructor, for_student, right_in_itself

NO_FAULTS: TestFaults = MappingProxyType({})
NOT_RUN = Finding(FindingKind.not_run)
STATUS = {
    Ending.ok: Status.passed,
    Ending.failed: Status.failed,
    Ending.error: Status.error,
    Ending.timeout: Status.timeout,
    Ending.kept: Status.error,
}


def judge(
    assignment: Assignment,
    job: Job,
    reports: Mapping[str, Report],
    data_set: str,
    environment: Mapping[str, str],
    faults: TestFaults = NO_FAULTS,
) -> Verdict:
    """Return the verdict on a submission that was run.

    Parameters
    ----------
    reports
        What became of each notebook that the submission has.
    data_set, environment
        What the run depends on, noted as it is.
    faults
        The tests that the author's own solution fails, too: no student loses points by one of these.
    """
    released = {name: Released(item.cells) for name, item in job.items.items()}
    cells = tuple(
        cell
        for exercise in assignment.exercises
        for cell in _judge_exercise(exercise, assignment, job, reports.get(exercise.notebook), released)
    )
    oddities = [*job.aligned.oddities, *(sentence for name in sorted(reports) for sentence in reports[name].oddities)]
    return Verdict(
        assignment.name,
        job.submission.student,
        data_set,
        job.basis,
        tuple(forgiven(cell, faults) for cell in cells),
        dict(environment),
        tuple(map(_writable, dict.fromkeys(oddities))),
        tuple(map(_writable, dict.fromkeys(job.aligned.tampering))),
        tuple(_diagnoses(assignment, reports)),
        assignment.draw.name,
    )


def _diagnoses(assignment: Assignment, reports: Mapping[str, Report]) -> Iterator[ExerciseDiagnosis]:
    """Yield what was found out about functions that have failed, in the order of the exercises."""
    found = {
        (name, diagnosis.exercise): diagnosis for name, report in reports.items() for diagnosis in report.diagnoses
    }
    for exercise in assignment.exercises:
        diagnosis = found.get((exercise.notebook, exercise.stub))
        if diagnosis is not None:
            yield ExerciseDiagnosis(exercise.name, _writable(what_is_wrong(diagnosis)), _storable_diagnosis(diagnosis))


def merged(fresh: Verdict, recorded: Verdict, exercises: Collection[str]) -> Verdict:
    """Return a verdict that says of these exercises what the fresh one says, and of the others what is recorded."""
    kept = {(cell.notebook, cell.test): cell for cell in recorded.cells}
    return replace(
        fresh,
        cells=tuple(cell if cell.exercise in exercises else kept[cell.notebook, cell.test] for cell in fresh.cells),
        diagnoses=tuple(
            one
            for verdict, is_fresh in ((fresh, True), (recorded, False))
            for one in verdict.diagnoses
            if (one.exercise in exercises) is is_fresh
        ),
        oddities=tuple(dict.fromkeys((*recorded.oddities, *fresh.oddities))),
        tampering=tuple(dict.fromkeys((*recorded.tampering, *fresh.tampering))),
    )


def _judge_exercise(
    exercise: Exercise,
    assignment: Assignment,
    job: Job,
    report: Report | None,
    of_notebooks: Mapping[str, Released],
) -> list[CellVerdict]:
    name, aligned = exercise.notebook, job.aligned
    most = {test: assignment.points[name, test] for test in exercise.tests}
    if name not in aligned.notebooks or report is None:
        not_run = SENTENCES[FindingKind.not_run]
        why = not_run if name in aligned.notebooks else f"the notebook {name}.ipynb is missing from the submission"
        return [CellVerdict(name, test, exercise.name, Status.error, 0.0, most[test], why) for test in exercise.tests]
    found = {cell.name: of for cell, of in zip(job.items[name].cells, report.cells, strict=False)}
    untouched = bool(exercise.stub) and (
        _text(aligned.notebooks[name], exercise.stub) == assignment.stubs.get((name, exercise.stub), "")
    )
    released = of_notebooks[name]
    reports = {test: found.get(test, not_well(NOT_RUN)) for test in exercise.tests}
    judged = {
        test: _judge_cell(exercise, test, most[test], of, released, untouched=untouched) for test, of in reports.items()
    }
    return _excused(
        [_followed(cell, reports[test], assignment.follow_through) for test, cell in judged.items()],
    )


def _excused(cells: list[CellVerdict]) -> list[CellVerdict]:
    """Return the outcomes of an exercise; if it is right in itself, tests without points do not complain either."""
    names = tuple(sorted({name for cell in cells for name in cell.follows}))
    if not names or any(cell.max_points and cell.status in HELD_AGAINST for cell in cells):
        return cells
    return [cell if cell.status not in HELD_AGAINST else _right_in_itself(cell, names, 0.0) for cell in cells]


def _followed(cell: CellVerdict, report: CellReport, share: float) -> CellVerdict:
    """Return the outcome of a test that fails only because of earlier exercises with this share of its points."""
    if not report.follows or cell.status not in HELD_AGAINST:
        return cell
    _, earned, _ = _earned(dataclasses.replace(report, ending=Ending.ok), cell.max_points, "")
    return _right_in_itself(cell, report.follows, share * earned)


def _right_in_itself(cell: CellVerdict, names: tuple[str, ...], earned: float) -> CellVerdict:
    return replace(
        cell,
        status=Status.followed,
        points=earned,
        message=right_in_itself(names, earned, cell.max_points),
        detail=cell.detail or cell.message,
        follows=names,
    )


def _text(notebook: Any, name: str) -> str:
    return next((cell.source.strip() for cell in notebook.cells if grade_id(cell) == name), "")


def _judge_cell(
    exercise: Exercise, test: str, most: float, report: CellReport, released: Released, *, untouched: bool
) -> CellVerdict:
    told = for_student(report.finding, released) if report.finding else ""
    status, earned, message = _earned(report, most, told)
    detail = for_instructor(report.finding, released) if report.finding else ""
    if untouched and status is not Status.passed and not earned:
        status, detail = Status.not_attempted, detail or message
        message = f"{exercise.stub} is still as it was handed out."
    message, detail = _writable(message), _writable(detail if detail != message else "")
    finding = _storable(report.finding) if report.finding else None
    return CellVerdict(exercise.notebook, test, exercise.name, status, earned, most, message, detail, finding)


def _storable(finding: Finding) -> Finding:
    """Return a finding whose texts can be written."""
    cause = _storable(finding.cause) if finding.cause else None
    exception, text = _writable(finding.exception), _writable(finding.text)
    return dataclasses.replace(finding, exception=exception, text=text, cause=cause)


def _storable_diagnosis(diagnosis: Diagnosis) -> Diagnosis:
    """Return a diagnosis whose texts can be written."""
    example = diagnosis.example
    if example is None:
        return diagnosis
    lines, *texts = (
        tuple(map(_writable, example.lines)),
        *map(_writable, (example.call, example.theirs, example.right, example.raised)),
    )
    return dataclasses.replace(diagnosis, example=Counterexample(lines, *texts))


def _earned(report: CellReport, most: float, told: str) -> tuple[Status, float, str]:
    """Return status, points and message; a number that the test ends with is partial credit, as in nbgrader."""
    credit = report.credit
    if report.ending is not Ending.ok:
        return STATUS[report.ending], 0.0, told or f"The test ended with: {report.ending}."
    if credit is None or credit < 0:
        return Status.passed, most, ""
    if not math.isfinite(credit) or credit > most:
        return Status.error, 0.0, f"The test ended with {credit:g}, but it can give {most:g} points at most."
    if credit < most:
        return Status.failed, float(credit), f"Part of the points: {credit:g} of {most:g}."
    return Status.passed, most, ""


def _writable(text: str) -> str:
    """Return a text that can be written as UTF-8: half characters are replaced."""
    return text.encode("utf-8", "replace").decode()
