"""The command `mark`: a page for the answers that a person reads."""

from __future__ import annotations

import getpass
import socket
from contextlib import suppress
from typing import Annotated

import typer

from autograder.doors.options import CourseOption, Name, console, find_course
from autograder.marking.limits import PORT
from autograder.shown.terminal import escape

commands = typer.Typer()


@commands.command()
def mark(
    name: Name,
    anonymous: Annotated[
        bool,
        typer.Option("--anonymous", help="Show no names, and each exercise in an order of its own."),
    ] = False,
    part: Annotated[str, typer.Option(metavar="K/N", help="Mark one part of the class only, for example 1/3.")] = "1/1",
    who: Annotated[
        str | None, typer.Option("--as", metavar="WHO", help="Your name for others who mark. [default: your login]")
    ] = None,
    beyond: Annotated[
        bool, typer.Option("--beyond", help="Allow points below 0 and above what an answer can earn.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page is served; 0 for any free port.")] = PORT,
    course: CourseOption = None,
) -> None:
    """Serve a page on this machine to grade written answers: one exercise through all students, by keyboard.

    Points and comments go into the gradebook, where the formgrader shows the same. Ctrl-C ends it.
    """
    from autograder.marking.desk import Desk
    from autograder.marking.entries import Wanted
    from autograder.marking.order import Part
    from autograder.marking.presence import marker
    from autograder.marking.server import serve

    found = find_course(course)
    desk = Desk(found, name, Wanted(marker(who or _login()), Part.parse(part), anonymous, beyond))
    try:
        desk.require_answers()
        serve(desk, port, lambda address, at: _tell(name, desk.counts(), address, at))
        marked, total = desk.counts()
    finally:
        desk.close()
    console.print(f"Stopped. Marked so far: {marked} of {total} answers. Everything you saved is in the gradebook.")
    console.print(escape(f"Then: autograder report {name}, autograder feedback {name}."), highlight=False)


def _tell(name: str, counts: tuple[int, int], address: str, port: int) -> None:
    """Say where the page is, and how to reach it from another machine."""
    marked, total = counts
    progress = "all marked; you may look at them again" if marked == total else f"{marked} marked"
    console.print(f"{escape(name)}: {total} answers, {progress}. Open this page in a browser on this machine:")
    console.print(f"\n  {escape(address)}\n", soft_wrap=True, highlight=False)
    remote = f"ssh -N -L {port}:127.0.0.1:{port} {_login()}@{socket.gethostname()}"
    console.print(f"From another machine, run this there first: {escape(remote)}", soft_wrap=True, highlight=False)
    console.print("Ctrl-C stops it; whatever was saved is in the gradebook.")
    console.file.flush()


def _login() -> str:
    with suppress(Exception):  # a container may know no name for its user
        return getpass.getuser()
    return "somebody"
