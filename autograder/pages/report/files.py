"""Writes a class report into `reports/NAME/`: a page, a table and a JSON file, with names or without."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from autograder.course.course import Course
from autograder.files.durable import write_atomically
from autograder.pages.report.anonymous import anonymous, pseudonyms
from autograder.pages.report.build import class_report
from autograder.pages.report.data import Report
from autograder.pages.report.page import render
from autograder.pages.report.since import kept, since
from autograder.pages.report.tables import to_csv, to_json

STEM, ANONYMOUS = "report", "report-anonymous"


@dataclass(frozen=True)
class Written:
    """A report and the three files that hold it."""

    report: Report
    page: Path
    table: Path
    data: Path


def write_report(course: Course, name: str, *, without_names: bool = False) -> Written:
    """Make the class report of an assignment and write it; `class_report` says what can go wrong.

    Parameters
    ----------
    without_names
        Write what can be shown to others, under names of its own; the report with names stays as it is.
    """
    report = class_report(course, name)
    folder = course.reports / name
    report = replace(report, since=since(course, kept(folder / f"{STEM}.json"), report))
    if without_names:
        report = anonymous(report, pseudonyms(course))
    stem = ANONYMOUS if without_names else STEM
    page, table, data = (folder / f"{stem}.{kind}" for kind in ("html", "csv", "json"))
    write_atomically(table, to_csv(report))
    write_atomically(page, render(report))
    write_atomically(data, to_json(report))  # last: what the next report is compared with
    return Written(report, page, table, data)
