"""The command `due`: when an assignment is due, who has longer, and what being late costs."""

from __future__ import annotations

from typing import Annotated

import typer

from autograder.doors.options import CourseOption, Name, console, find_course
from autograder.errors import SubmissionError

commands = typer.Typer()


@commands.command()
def due(
    name: Name,
    date: Annotated[
        str | None,
        typer.Argument(metavar="[DATE]", help="When it is due: 2027-03-01T23:59, or 2027-03-01 for the end of it."),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="The time zone of dates, like Europe/Berlin. [default: this machine's]"),
    ] = None,
    per_day: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT", help="Taken off for each day that has begun: 10% of the earned points, or 2."),
    ] = None,
    cap: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Taken off at most: 50%, or 10 points.")] = None,
    grace: Annotated[str | None, typer.Option(metavar="SPAN", help="How late is not late yet: 15m, 2h.")] = None,
    extend: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="STUDENT SPAN", help="Give one student longer: 3d, 36h; 0 takes it back."),
    ] = None,
    until: Annotated[
        tuple[str, str] | None, typer.Option(metavar="STUDENT DATE", help="Give one student until a date.")
    ] = None,
    handed_in: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="STUDENT DATE", help="Say when a student handed in, where the download does not tell."),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Forget due date, rule and extensions.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    course: CourseOption = None,
) -> None:
    """Show or set when an assignment is due, what being late costs, and who has longer.

    Penalties are worked out at once for what has been graded; no code runs. A due date or an extension that was given
    in the formgrader or with nbgrader's API counts just the same.
    """
    from autograder.doors.late_shown import show_due
    from autograder.records.due import Wanted, set_due

    wanted = Wanted(date, zone, {"per_day": per_day, "cap": cap, "grace": grace}, extend, until, handed_in, clear)
    done = set_due(find_course(course), name, wanted, dry_run=dry_run)
    show_due(console, name, done)
    if done.troubles:
        raise SubmissionError(f"The time of {', '.join(sorted(done.troubles))} cannot be read; it is named above.")
