"""Commands for what people read after grading: `feedback`, `report`."""

from __future__ import annotations

from typing import Annotated

import typer

from autograder.doors.options import CourseOption, Name, console, find_course

commands = typer.Typer()


@commands.command()
def feedback(name: Name, course: CourseOption = None) -> None:
    """Write feedback/STUDENT/NAME/NAME.html for every graded submission."""
    from autograder.pages.feedback import feedback as write

    pages = write(find_course(course), name)
    console.print(f"{len(pages)} pages, the first: {pages[0]}", soft_wrap=True, highlight=False)


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
    from autograder.doors.report_shown import show_overall, show_report

    where = find_course(course)
    if name is None:
        from autograder.pages.report.overall import write_overall

        show_overall(console, write_overall(where, without_names=without_names), everybody=everybody)
    else:
        from autograder.pages.report.files import write_report

        show_report(console, write_report(where, name, without_names=without_names), everybody=everybody)


commands.command("summary", hidden=True)(report)  # what it was called before
