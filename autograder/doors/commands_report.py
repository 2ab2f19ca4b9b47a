"""Commands for what people read after grading: `feedback`, `summary`."""

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
    """Write feedback/STUDENT/NAME/NAME.html for every graded submission."""
    from autograder.pages.feedback import feedback as write
    from autograder.records.settle import bring_up_to_date

    where = find_course(course)
    bring_up_to_date(where, name)
    pages = write(where, name)
    console.print(f"{len(pages)} pages, the first: {pages[0]}", soft_wrap=True, highlight=False)
    if zip_for:
        from autograder.doors.giving_back_shown import show_packed
        from autograder.giving_back.feedback_zip import pack

        show_packed(console, pack(where, name, pages, zip_for, output))


@commands.command()
def summary(name: Name, course: CourseOption = None) -> None:
    """Print the class report and write it to reports/NAME/ as a page and a table."""
    from autograder.doors.console import show_paths, show_summary
    from autograder.doors.late_shown import show_late
    from autograder.pages.class_report import summarise, write_summary
    from autograder.records.lateness import lateness
    from autograder.records.settle import bring_up_to_date

    where = find_course(course)
    bring_up_to_date(where, name)
    found = summarise(where, name)
    table, page = write_summary(where, found)
    show_summary(console, found)
    late = lateness(where, name)
    show_late(console, late.values(), len(late))
    show_paths(console, {"page": page, "table": table})
