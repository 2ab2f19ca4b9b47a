"""The commands of `autograder roster`: the students of the course, from and to CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.doors.options import CourseOption, console, find_course
from autograder.errors import SubmissionError
from autograder.shown.terminal import escape

commands = typer.Typer(help="The students of the course: from and to CSV files.", no_args_is_help=True)


@commands.command("import")
def roster_import(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns id, name, lms_id, email, or an LMS's own.")],
    course: CourseOption = None,
) -> None:
    """Put the students of a CSV file into the gradebook, with names, addresses and numbers in the learning platform.

    Exports of Canvas's gradebook and groups, and of Moodle's participants or grading worksheet, are understood as they
    are. Students who are there already, by id, number, address or name, get what the file says; nobody is removed.
    """
    from autograder.collecting.roster import import_roster
    from autograder.doors.console import show_imported

    done = import_roster(find_course(course), file)
    show_imported(console, done)
    if done.refused:
        raise SubmissionError(f"{len(done.refused)} could not be imported, the others are.")


@commands.command("export")
def roster_export(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Where to write it.")],
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="An assignment whose scores to add.")] = "",
    course: CourseOption = None,
) -> None:
    """Write the students of the gradebook to a CSV file; with NAME, as `autograder export NAME -o FILE.csv` does."""
    from autograder.collecting.roster import export_roster
    from autograder.doors.giving_back_shown import show_exported
    from autograder.giving_back.export import export
    from autograder.giving_back.formats import Format
    from autograder.records.settle import bring_up_to_date

    where = find_course(course)
    if name:
        bring_up_to_date(where, name)
        show_exported(console, export(where, name, Format.csv, output=file))
        return
    written = export_roster(where, file)
    console.print(f"{written} students: {escape(str(file))}", soft_wrap=True, highlight=False)
