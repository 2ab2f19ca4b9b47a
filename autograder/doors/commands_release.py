"""Commands before a term and before an assignment: `vet`, `release`, `new-course`, `update-course`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from autograder.doors.options import CourseOption, SandboxOption, console, find_course, run_settings
from autograder.engine.items import SECONDS, SandboxKind
from autograder.errors import AutograderError, EnvironmentProblem, UsageError

if TYPE_CHECKING:  # what takes long to import waits until a command needs it
    from autograder.course.course import Course
    from autograder.course.faults import Fault
    from autograder.engine.items import Settings
    from autograder.vetting.report import Report

commands = typer.Typer()
Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Assignments. [default: all]")]


@commands.command()
def vet(
    names: Names = None,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out cells that train, and their tests.")] = False,
    mutants: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="SHARE",
            help="Exit with code 1 if fewer of the mutants are caught; 0 tries none.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all that is found as JSON, and nothing else.")] = False,
    seconds: Annotated[int, typer.Option(min=1, help="CPU seconds that a cell may take.")] = SECONDS,
    workers: Annotated[int, typer.Option(min=0, help="Worker processes at most. [default: one per core]")] = 0,
    sandbox: SandboxOption = SandboxKind.bwrap,
    course: CourseOption = None,
) -> None:
    """Find out whether assignments are fit to be handed out; nothing is released.

    The form of the notebooks; whether your solution earns every point, with two draws of inputs; whether what does
    nothing earns nothing; whether the tests catch what the bank of misconceptions knows; how many slips of the pen in
    your solution they catch; whether anything hidden would be released. The exit code is 0 if all are fit, 1 if not.
    """
    from autograder.doors.vetting_shown import VettingProgress, show_report
    from autograder.vetting.report import as_json as written
    from autograder.vetting.vet import Options, Vetting

    where = find_course(course)
    options = Options(run_settings(sandbox, None, seconds), quick, mutants != 0, workers)
    reports = []
    with VettingProgress(Console(stderr=True)) as progress:
        for name in _chosen(where, names):
            progress.prefix = f"{name}: "
            reports.append(Vetting(where, name, options, progress).run())
            if not as_json:
                show_report(console, reports[-1])
    if as_json:
        sys.stdout.write(written(reports))
    _require(reports, mutants or 0.0)


def _require(reports: list[Report], share: float) -> None:
    """Complain if an assignment is not fit, or if too few of its mutants are caught."""
    faulty = [f"{report.assignment} ({len(report.faults)})" for report in reports if not report.is_fit]
    if faulty:
        raise AutograderError(f"Not ready to be handed out, with the number of faults: {', '.join(faulty)}.")
    low = [
        f"{report.assignment} ({report.mutated.share:.1%})"
        for report in reports
        if report.mutated is not None and report.mutated.share < share
    ]
    if low:
        raise AutograderError(f"Fewer than {share:.1%} of the mutants are caught: {', '.join(low)}. Add tests.")


@commands.command()
def release(
    names: Names = None,
    no_vet: Annotated[bool, typer.Option("--no-vet", help="Release without checking whether it is ready.")] = False,
    sandbox: SandboxOption = SandboxKind.bwrap,
    course: CourseOption = None,
) -> None:
    """Generate release/NAME/ and dist/NAME.zip from source/NAME/: no solutions, no hidden tests.

    An assignment is not released if its form is wrong, if something hidden would be given away, or if your own solution
    does not earn every point; `autograder vet` looks at more.
    """
    where = find_course(course)
    settings = run_settings(sandbox, None, SECONDS)
    refused = [name for name in _chosen(where, names) if not _released(where, name, settings, vet=not no_vet)]
    if refused:
        raise AutograderError(
            f"Not released: {', '.join(refused)}. What was released before is still there. Mend what is named above, "
            "or use --no-vet."
        )


def _released(course: Course, name: str, settings: Settings, *, vet: bool) -> bool:
    """Release an assignment and say what students get of it; return False if it is not fit."""
    from autograder.course import release as releasing
    from autograder.course.book_pages import is_short
    from autograder.course.handout import pack
    from autograder.doors.vetting_shown import VettingProgress, show_faults, show_hidden
    from autograder.vetting.gate import Unfit, faults_of_source, require_fit
    from autograder.vetting.report import hidden_in

    sources = course.read_sources(name)
    faults: list[Fault] = faults_of_source(sources) if vet else []
    if not faults:
        with VettingProgress(Console(stderr=True)) as progress:
            progress.prefix = f"{name}: "
            check = partial(require_fit, course, name, settings, progress) if vet else releasing.accept
            try:
                folder = releasing.release(course, name, check)
            except Unfit as error:
                faults = error.faults
            except EnvironmentProblem as error:
                hint = " To release without a try of the solution, use --no-vet." if vet else ""
                raise EnvironmentProblem(f"{error}{hint}") from error
    if faults:
        show_faults(console, faults)
        return False
    console.print(f"{name}: {folder} and {pack(course, name)}", soft_wrap=True, highlight=False)
    if is_short(course, name):
        console.print(
            f"{name}: the book has not been built, so the release brings its equations without the chapters. Run `make "
            "book` in the course's repository, then release again; a private course gets them by `update-course`."
        )
    show_hidden(console, name, hidden_in(sources))
    return True


def _chosen(course: Course, names: list[str] | None) -> list[str]:
    known = course.assignments()
    if not known:
        raise UsageError(f"{course.source} holds no assignment: there is no NAME/NAME.ipynb in it.")
    return names or known


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
