"""The command that brings grades back to the learning platform: `export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.doors.options import CourseOption, Name, console, find_course
from autograder.giving_back.formats import Format

commands = typer.Typer()


@commands.command()
def export(
    name: Name,
    kind: Annotated[Format, typer.Option("--format", help="Whose file to write.")] = Format.csv,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to. [default: reports/NAME/]")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="EXPORTED.csv", help="Canvas's gradebook or Moodle's grading worksheet, as exported, to fill in."
        ),
    ] = None,
    column: Annotated[str, typer.Option(metavar="TITLE", help="The assignment's column in it, if in doubt.")] = "",
    zero: Annotated[
        bool,
        typer.Option("--missing-as-zero", help="Write 0 for students who have handed in nothing. [default: no score]"),
    ] = False,
    course: CourseOption = None,
) -> None:
    """Write the grades of an assignment as Canvas or Moodle take them, or as a table.

    With --into, only the grades of the platform's own file change. Students who have handed in
    nothing, or whose answer a person has yet to grade, get no score and are named.
    """
    from autograder.doors.giving_back_shown import show_exported
    from autograder.giving_back.export import export as write
    from autograder.records.settle import bring_up_to_date

    where = find_course(course)
    bring_up_to_date(where, name)
    done = write(where, name, kind, output=output, into=into, column=column, zero_missing=zero)
    show_exported(console, done)
