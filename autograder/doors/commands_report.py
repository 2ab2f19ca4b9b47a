"""Commands for what people read after grading: `feedback`, `report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.doors.options import CourseOption, Name, console, find_course
from autograder.giving_back.formats import Platform

commands = typer.Typer()


@commands.command()
def feedback(
    name: Name,
    zip_for: Annotated[
        Platform | None, typer.Option("--zip", help="Pack the pages for this platform's upload of feedback.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE.zip", help="Where to. [default: reports/NAME/]")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Write feedback/STUDENT/NAME/NAME.html for every graded submission; a page that is as it has to be stays."""
    from autograder.pages.feedback import feedback as write
    from autograder.records.settle import bring_up_to_date

    where = find_course(course)
    bring_up_to_date(where, name)
    pages = write(where, name)
    told = f"{pages.written} {'page' if pages.written == 1 else 'pages'} written, {pages.as_before} as before"
    first = f", the first: {pages.paths[0]}" if pages.paths else ""
    console.print(f"{told}{first}", soft_wrap=True, highlight=False)
    if zip_for:
        from autograder.doors.giving_back_shown import show_packed
        from autograder.giving_back.feedback_zip import pack

        show_packed(console, pack(where, name, pages.paths, zip_for, output))


@commands.command()
def report(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="An assignment. [default: all of them, with their weights]")
    ] = None,
    course: CourseOption = None,
    everybody: Annotated[bool, typer.Option("--all", help="Print a line for each student, too.")] = False,
    without_names: Annotated[
        bool, typer.Option("--anonymous", help="Write a report in which nobody can be recognised.")
    ] = False,
) -> None:
    """Print the class report and write it to reports/NAME/ as a page, a table and JSON."""
    from autograder.doors.late_shown import show_late
    from autograder.doors.report_shown import show_overall, show_report
    from autograder.records.lateness import lateness
    from autograder.records.settle import bring_up_to_date

    where = find_course(course)
    for one in where.assignments() if name is None else [name]:
        bring_up_to_date(where, one)
    if name is None:
        from autograder.pages.report.overall import write_overall

        show_overall(console, write_overall(where, without_names=without_names), everybody=everybody)
    else:
        from autograder.pages.report.files import write_report

        show_report(console, write_report(where, name, without_names=without_names), everybody=everybody)
        if not without_names:
            show_late(console, lateness(where, name).values())


commands.command("summary", hidden=True)(report)  # what it was called before
