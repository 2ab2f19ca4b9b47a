"""Commands that take work in and grade it: `collect`, `grade`, `try`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder import interrupts
from autograder.collecting.lms import Lms
from autograder.doors.options import (
    CourseOption,
    DataOption,
    DrawOption,
    Name,
    SandboxOption,
    console,
    find_course,
    run_settings,
)
from autograder.engine.items import SECONDS, SandboxKind
from autograder.errors import AutograderError, Stopped, SubmissionError, UsageError

commands = typer.Typer()


@commands.command()
def collect(
    name: Name,
    download: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The download of all submissions, or a folder.")],
    lms: Annotated[Lms, typer.Option(help="Where the download comes from; auto goes by its names.")] = Lms.auto,
    pattern: Annotated[
        str,
        typer.Option(
            metavar="REGEX", help="Which part of a name is what: (?P<student>...), (?P<file>...), (?P<timestamp>...)."
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    course: CourseOption = None,
) -> None:
    """Put a download of submissions from a learning platform or a folder per student into submitted/STUDENT/NAME/.

    Download all submissions of the assignment, and name the archive as it is. Students are found in the gradebook by
    their numbers, addresses or names (`autograder roster import`); what a group has handed in is every member's. A
    submission that is there already is replaced by one that differs and is not older; what it was is kept in
    submitted/.replaced/.
    """
    from autograder.collecting.collect import collect as take
    from autograder.doors.console import show_collected

    if pattern and lms is not Lms.auto:
        raise UsageError("--pattern and --lms both say how the names are made: give one of them.")
    try:
        done = take(find_course(course), name, download, lms, dry_run=dry_run, pattern=pattern)
    except KeyboardInterrupt:
        raise Stopped("Stopped. What was collected is complete; the same command goes on from there.") from None
    show_collected(console, done, dry_run)
    if done.failed:
        taken = sum(row.action != "refused" for row in done.rows)
        others = f"the others ({taken}) {'can' if dry_run else 'are'}" if taken else "and there is nothing else in it"
        told = f"{done.failed} could not be taken, {others}."
        if done.likely:
            told += (
                f" Most of this download looks like your assignment {done.likely}: if that is what it is, run "
                f"`autograder collect {done.likely} {download}`."
            )
        raise SubmissionError(told)


@commands.command()
def grade(
    name: Name,
    student: Annotated[list[str] | None, typer.Option(help="Only this student; may be repeated.")] = None,
    force: Annotated[bool, typer.Option(help="Grade also what has not changed since it was graded.")] = False,
    workers: Annotated[
        int, typer.Option(min=0, help="Worker processes at most. [default: one per core, or all of the cluster]")
    ] = 0,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Grade on a Dask cluster that runs already: tcp://HOST:8786 or tls://..."),
    ] = None,
    seconds: Annotated[
        int,
        typer.Option(min=1, help="CPU seconds that a cell may take; by the clock three times as long."),
    ] = SECONDS,
    draw: DrawOption = None,
    data: DataOption = None,
    sandbox: SandboxOption = SandboxKind.bwrap,
    course: CourseOption = None,
) -> None:
    """Grade submitted/STUDENT/NAME/NAME.ipynb and record the scores in gradebook.db.

    What was graded before and has not changed is left alone, so a run that was stopped can simply be started again.
    """
    settings = run_settings(sandbox, data, seconds)
    try:
        from autograder.doors.console import GradingProgress, show_outcome
        from autograder.runs.request import Request
        from autograder.runs.start import grade

        request = Request(name, settings, tuple(student or ()), force, workers, scheduler, draw)
        with GradingProgress(console) as progress:
            outcome = grade(find_course(course), request, progress)
    except KeyboardInterrupt:
        interrupts.ignore()  # people press it twice
        raise Stopped("Stopped. What was graded is recorded; the same command goes on from there.") from None
    show_outcome(console, outcome)
    if outcome.problems:
        graded = len(outcome.graded) + len(outcome.unchanged)
        raise SubmissionError(f"{len(outcome.problems)} could not be graded, {graded} are graded and recorded.")


@commands.command("try")
def try_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A notebook, or a folder with one and its files.")],
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The assignment. [default: told by FILE]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole verdict as JSON, and nothing else.")] = False,
    at_least: Annotated[float, typer.Option(help="Exit with code 1 if it earns less.")] = 0,
    seconds: Annotated[int, typer.Option(min=1, help="CPU seconds that a cell may take.")] = SECONDS,
    draw: DrawOption = None,
    data: DataOption = None,
    sandbox: SandboxOption = SandboxKind.bwrap,
    course: CourseOption = None,
) -> None:
    """Grade one notebook and print the verdict; nothing is recorded, no gradebook is needed."""
    from autograder.doors.console import CellProgress, show_verdict
    from autograder.doors.trial import try_one
    from autograder.grading.solution import faults_of

    with CellProgress(Console(stderr=True)) as progress:
        verdict = try_one(find_course(course), file, name, run_settings(sandbox, data, seconds), progress.show, draw)
    if as_json:
        sys.stdout.write(verdict.to_json())
    else:
        show_verdict(console, verdict)
    if faults := faults_of(verdict):
        raise AutograderError(" ".join(faults))
    if verdict.score < at_least:
        raise AutograderError(f"{verdict.score:g} of {verdict.max_score:g} points, and {at_least:g} are wanted.")
