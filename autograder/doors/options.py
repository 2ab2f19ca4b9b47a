"""What several commands of the command line share: their options, the console, and what options are turned into."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from autograder import logs
from autograder.engine.items import SandboxKind, Settings
from autograder.errors import UsageError

if TYPE_CHECKING:  # what takes long to import waits until a command needs it
    from autograder.course.course import Course

console = Console()

CourseOption = Annotated[
    Path | None,
    typer.Option("--course", help="The course folder. [default: the one around the working directory]"),
]
DataOption = Annotated[
    Path | None,
    typer.Option(exists=True, file_okay=False, help="Folder of real data sets. [default: the vendored digits]"),
]
SandboxOption = Annotated[SandboxKind, typer.Option(help="`none` only for work that you trust.")]
DrawOption = Annotated[
    str | None,
    typer.Option(
        metavar="RUN",
        help="Draw other inputs for the hidden tests; the same name draws the same. [default: the course's own]",
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="An assignment, for example multi_layer.")]


def find_course(course: Path | None) -> Course:
    """Return the course that is meant, and keep a log in it."""
    from autograder.course.course import Course

    found = Course.find(course)
    logs.keep(found.root / "_build" / "autograder.log")
    return found


def run_settings(sandbox: SandboxKind, data: Path | None, seconds: int) -> Settings:
    """Return what the options of a run say."""
    if sandbox is SandboxKind.none:
        Console(stderr=True).print(
            "[yellow]Warning:[/] without the sandbox, students' code can do all that you can do."
        )
    if data and (links := sorted(path for path in data.rglob("*") if path.is_symlink())):
        raise UsageError(f"{links[0]} is a link, which leads nowhere in the sandbox: copy the files into {data}.")
    return Settings(sandbox, data.resolve() if data else None, seconds)
