"""Commands before a term and before an assignment: `release`, `new-course`, `update-course`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.doors.options import CourseOption, console, find_course
from autograder.errors import UsageError

commands = typer.Typer()


@commands.command()
def release(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Assignments. [default: all]")] = None,
    course: CourseOption = None,
) -> None:
    """Generate release/NAME/ and dist/NAME.zip from source/NAME/: no solutions, no hidden tests."""
    from autograder.course.handout import pack
    from autograder.course.release import release as generate

    where = find_course(course)
    known = where.assignments()
    if not known:
        raise UsageError(f"{where.source} holds no assignment: there is no NAME/NAME.ipynb in it.")
    for name in names or known:
        folder = generate(where, name)
        console.print(f"{name}: {folder} and {pack(where, name)}", soft_wrap=True, highlight=False)


@commands.command("new-course")
def new_course(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to make it; it must not exist yet.")],
    course: CourseOption = None,
) -> None:
    """Make a private course folder: the assignments, and a secret that gives hidden tests inputs nobody else has."""
    from autograder.course.new_course import new_course as make

    made, shares = make(find_course(course), folder)
    for name, own in shares.items():
        console.print(
            f"{name}: {own.points:g} of {own.of:g} points rest on inputs of this course's own", highlight=False
        )
    console.print(f"{made.root} is ready; its README.md says what is where.", soft_wrap=True, highlight=False)


@commands.command("update-course")
def update_course(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that new-course has made.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Assignments to update although work is handed in.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    course: CourseOption = None,
) -> None:
    """Bring a private course up to date with this one: what its instructor has not changed, and nothing else.

    What both have changed is laid into DIR/incoming/ to be compared. An assignment that students have handed in stays
    as it is unless it is named.
    """
    from autograder.course.update_course import update_course as update
    from autograder.doors.console import show_updated

    private = find_course(folder)
    show_updated(console, update(find_course(course), private, names or (), dry_run=dry_run), private, dry_run)
