"""Where the verdicts of an assignment are kept, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from autograder.course.course import Course
from autograder.engine.items import Report
from autograder.errors import UsageError
from autograder.files.durable import write_atomically
from autograder.grading.verdict import Verdict
from autograder.intake.align import Aligned
from autograder.records.measurements import measurements


def verdict_path(course: Course, name: str, student: str) -> Path:
    """Return where the verdict on a submission is kept."""
    return course.reports / name / "verdicts" / f"{student}.json"


def times_path(course: Course, name: str, student: str) -> Path:
    """Return where the measurements of a submission are kept: apart, since they differ from run to run."""
    return course.reports / name / "times" / f"{student}.json"


def write_verdict(course: Course, verdict: Verdict, text: str, aligned: Aligned, reports: Mapping[str, Report]) -> None:
    """Write the measurements of a submission, and then its verdict; what was not run keeps its measurements."""
    times = times_path(course, verdict.assignment, verdict.student)
    try:
        before = times.read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        before = ""
    write_atomically(times, measurements(aligned, reports, before))
    write_atomically(verdict_path(course, verdict.assignment, verdict.student), text)


def solution_path(course: Course, name: str) -> Path:
    """Return where the verdict on the author's own solution is kept."""
    return course.reports / name / "solution.json"


def read_solution(course: Course, name: str) -> Verdict | None:
    """Return the verdict on the author's own solution, or None if there is none that can be read."""
    try:
        return Verdict.from_json(solution_path(course, name).read_text(encoding="utf-8"))
    except (OSError, UnicodeError, UsageError):
        return None


def write_solution(course: Course, verdict: Verdict) -> None:
    """Keep the verdict on the author's own solution."""
    write_atomically(solution_path(course, verdict.assignment), verdict.to_json())
