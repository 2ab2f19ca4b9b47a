"""Reports as the engine would make them, without an engine: for the tests of what comes after it."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course.assignment import Assignment, read_assignment
from autograder.course.course import Course
from autograder.engine.findings import Finding, FindingKind, Origin
from autograder.engine.items import CellReport, Report, not_well
from autograder.grading.job import Job
from autograder.grading.judge import judge
from autograder.grading.verdict import Basis, Verdict
from autograder.intake.align import Aligned, align
from autograder.intake.submission import Submission, read_submission

ENVIRONMENT = {"python": "3.11", "numpy": "2"}
BASIS = Basis({"submission": "0"}, {"double": "1", "square": "2"})


def failed(message: str = "wrong") -> CellReport:
    """Return the report of a test of which an assertion did not hold."""
    return not_well(Finding(FindingKind.assertion, Origin.test, "test", text=message))


def reports_on(aligned: Aligned, **special: CellReport) -> dict[str, Report]:
    """Return reports in which every cell ended well, but for the named ones (with _ for -)."""
    named = {name.replace("_", "-"): report for name, report in special.items()}
    fine = CellReport(cpu=0.25, wall=0.5, memory=1000)
    return {
        name: Report(tuple(named.get(cell.name, fine) for cell in item.cells)) for name, item in aligned.items.items()
    }


def read(course: Course, name: str, student: str, released: dict[str, NotebookNode]) -> tuple[Submission, Aligned]:
    """Return what a student handed in, as it is and aligned."""
    submission = read_submission(course, name, student)
    return submission, align(read_assignment(course, name, released), submission, 60)


def job_of(aligned: Aligned, student: str = "ada") -> Job:
    """Return the job of an aligned submission that has no files."""
    return Job(Submission(student, Path(), {}, {}, "0"), aligned, BASIS, aligned.items)


def verdict_on(assignment: Assignment, aligned: Aligned, student: str = "ada", **special: CellReport) -> Verdict:
    """Return the verdict on a submission of which only the named cells did not end well."""
    return judge(assignment, job_of(aligned, student), reports_on(aligned, **special), "vendored", ENVIRONMENT)


def released_of(source: NotebookNode) -> NotebookNode:
    """Return a tiny notebook as its students would get it, without asking nbgrader."""
    from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, ComputeChecksums

    released = nbformat.from_dict(source)
    for step in (ClearSolutions, ClearHiddenTests, ComputeChecksums):
        released, _ = step().preprocess(released, {})
    return released
