"""The command line: one command per thing that an instructor wants, errors as sentences, meaningful exit codes.

Exit codes: 0 done, 1 something went wrong, 2 the request makes no sense, 3 some submissions could not be graded,
4 the machine lacks something, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import shutil
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from autograder import __version__, interrupts, logs
from autograder.collecting.lms import Lms
from autograder.engine.items import SECONDS, SandboxKind, Settings
from autograder.errors import AutograderError, EnvironmentProblem, Stopped, SubmissionError, UsageError
from autograder.shown.terminal import escape

if TYPE_CHECKING:  # what takes long to import waits until a command needs it
    from autograder.course.course import Course

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
roster = typer.Typer(help="The students of the course: from and to CSV files.", no_args_is_help=True)
app.add_typer(roster, name="roster")
console = Console()
logger = logging.getLogger(__name__)

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
        help="Draw the inputs of hidden tests anew; the same name draws the same. [default: the course's own]",
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="An assignment, for example multi_layer.")]


@app.callback()
def options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the log on stderr, and the traceback of a crash.")
    ] = False,
) -> None:
    """Release, grade and report the assignments of a course folder. Start with `autograder demo`."""
    if debug:
        logs.show()


@app.command()
def release(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Assignments. [default: all]")] = None,
    course: CourseOption = None,
) -> None:
    """Generate release/NAME/ and dist/NAME.zip from source/NAME/: no solutions, no hidden tests."""
    from autograder.course import release as releasing

    where = _find(course)
    known = where.assignments()
    if not known:
        raise UsageError(f"{where.source} holds no assignment: there is no NAME/NAME.ipynb in it.")
    for name in names or known:
        folder = releasing.release(where, name)
        console.print(f"{name}: {folder} and {releasing.pack(where, name)}", soft_wrap=True, highlight=False)


@app.command()
def collect(
    name: Name,
    download: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The download of all submissions, or a folder.")],
    lms: Annotated[Lms, typer.Option(help="Where the download comes from; auto goes by its names.")] = Lms.auto,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    course: CourseOption = None,
) -> None:
    """Put a download of submissions from Canvas, Moodle or a folder per student into submitted/STUDENT/NAME/.

    Canvas and Moodle: download all submissions of the assignment, and name the archive as it is. Students are found in
    the gradebook by their numbers, addresses or names (`autograder roster import`). A submission that is there already
    is replaced by one that differs and is not older; what it was is kept in submitted/.replaced/.
    """
    from autograder.collecting.collect import collect as take
    from autograder.doors.console import show_collected

    try:
        done = take(_find(course), name, download, lms, dry_run=dry_run)
    except KeyboardInterrupt:
        raise Stopped("Stopped. What was collected is complete; the same command goes on from there.") from None
    show_collected(console, done, dry_run)
    if done.failed:
        taken = sum(row.action != "refused" for row in done.rows)
        raise SubmissionError(f"{done.failed} could not be taken, the others ({taken}) {'can' if dry_run else 'are'}.")


@app.command()
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
    settings = _settings(sandbox, data, seconds)
    try:
        from autograder.doors.console import GradingProgress, show_outcome
        from autograder.runs.request import Request
        from autograder.runs.start import grade

        request = Request(name, settings, tuple(student or ()), force, workers, scheduler, draw)
        with GradingProgress(console) as progress:
            outcome = grade(_find(course), request, progress)
    except KeyboardInterrupt:
        interrupts.ignore()  # people press it twice
        raise Stopped("Stopped. What was graded is recorded; the same command goes on from there.") from None
    show_outcome(console, outcome)
    if outcome.problems:
        graded = len(outcome.graded) + len(outcome.unchanged)
        raise SubmissionError(f"{len(outcome.problems)} could not be graded, {graded} are graded and recorded.")


@app.command("try")
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
        verdict = try_one(_find(course), file, name, _settings(sandbox, data, seconds), progress.show, draw)
    if as_json:
        sys.stdout.write(verdict.to_json())
    else:
        show_verdict(console, verdict)
    if faults := faults_of(verdict):
        raise AutograderError(" ".join(faults))
    if verdict.score < at_least:
        raise AutograderError(f"{verdict.score:g} of {verdict.max_score:g} points, and {at_least:g} are wanted.")


@app.command()
def feedback(name: Name, course: CourseOption = None) -> None:
    """Write feedback/STUDENT/NAME/NAME.html for every graded submission."""
    from autograder.pages.feedback import feedback as write

    pages = write(_find(course), name)
    console.print(f"{len(pages)} pages, the first: {pages[0]}", soft_wrap=True, highlight=False)


@app.command()
def summary(name: Name, course: CourseOption = None) -> None:
    """Print the class report and write it to reports/NAME/ as a page and a table."""
    from autograder.doors.console import show_paths, show_summary
    from autograder.pages.class_report import summarise, write_summary

    where = _find(course)
    found = summarise(where, name)
    table, page = write_summary(where, found)
    show_summary(console, found)
    show_paths(console, {"page": page, "table": table})


@app.command()
def demo(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Assignments; `all` for all. [default: multi_layer]")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Release, grade, feed back and report a sample class in a scratch course under _build/demo."""
    from autograder.doors.demo import run

    run(_find(course), names or ["multi_layer"], console)


@roster.command("import")
def roster_import(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns id, name, lms_id, email, or an LMS's own.")],
    course: CourseOption = None,
) -> None:
    """Put the students of a CSV file into the gradebook, with names, addresses and numbers in the learning platform.

    Exports of Canvas's gradebook and of Moodle's participants or grading worksheet are understood as they are. Students
    who are there already get what the file says; nobody is removed.
    """
    from autograder.collecting.roster import import_roster
    from autograder.doors.console import show_imported

    done = import_roster(_find(course), file)
    show_imported(console, done)
    if done.refused:
        raise SubmissionError(f"{len(done.refused)} could not be imported, the others are.")


@roster.command("export")
def roster_export(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Where to write it.")],
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="An assignment whose scores to add.")] = "",
    course: CourseOption = None,
) -> None:
    """Write the students of the gradebook to a CSV file, with their scores in an assignment if it is named."""
    from autograder.collecting.roster import export_roster

    written = export_roster(_find(course), file, name)
    console.print(f"{written} students: {escape(str(file))}", soft_wrap=True, highlight=False)


@app.command("new-course")
def new_course(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to make it; it must not exist yet.")],
    course: CourseOption = None,
) -> None:
    """Make a private course folder: the assignments, and a secret that gives hidden tests inputs nobody else has."""
    from autograder.course.new_course import new_course as make

    made, shares = make(_find(course), folder)
    for name, own in shares.items():
        console.print(
            f"{name}: {own.points:g} of {own.of:g} points rest on inputs of this course's own", highlight=False
        )
    console.print(f"{made.root} is ready; its README.md says what is where.", soft_wrap=True, highlight=False)


@app.command()
def version() -> None:
    """Print the version."""
    console.print(__version__)


def main() -> None:
    """Run the command line; every error that a person can mend ends in one sentence on stderr."""
    # jsonschema asks for this package to check internationalised addresses, which no notebook has to have, and
    # importing it takes a second; without it, that one check is left out.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    # A run makes millions of small objects and hardly a cycle: the collector would take a sixth of its time.
    gc.set_threshold(100_000, 20, 20)
    try:
        from sqlalchemy.exc import SAWarning

        warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's queries, nothing that a reader could act on
        app()
    except KeyboardInterrupt:
        _complain("Stopped.", Stopped.exit_code)
    except AutograderError as error:
        _complain(str(error), error.exit_code)
    except OSError as error:
        reason = error.args[0][0][2] if isinstance(error, shutil.Error) else error.strerror or error
        where = f" ({error.filename})" if error.filename else ""
        _keep(error)
        _complain(f"{reason}{where}. What was written before this is kept.", EnvironmentProblem.exit_code)
    except Exception as error:
        told = " ".join(f"{type(error).__name__}: {error}".split())
        _complain(f"This is a fault of autograder, not of yours ({told}). {_keep(error)}", AutograderError.exit_code)
    finally:
        gc.freeze()  # or Python looks through all of it several times before it ends


def _keep(crash: Exception) -> str:
    """Keep the traceback of a crash, and say where it is; with --debug, raise it."""
    if logs.is_shown():
        raise crash
    path = logs.kept_in()
    if path is None:
        return "Run it again with `autograder --debug`, and report it with what it shows."
    with contextlib.suppress(OSError):  # the disk may be what failed
        logger.critical("autograder %s", " ".join(sys.argv[1:]), exc_info=crash)
        return f"The traceback is in {path}: report it with this file."
    return "The traceback could not be written."


def _find(course: Path | None) -> Course:
    from autograder.course.course import Course

    found = Course.find(course)
    logs.keep(found.root / "_build" / "autograder.log")
    return found


def _settings(sandbox: SandboxKind, data: Path | None, seconds: int) -> Settings:
    if sandbox is SandboxKind.none:
        Console(stderr=True).print(
            "[yellow]Warning:[/] without the sandbox, students' code can do all that you can do."
        )
    if data and (links := sorted(path for path in data.rglob("*") if path.is_symlink())):
        raise UsageError(f"{links[0]} is a link, which leads nowhere in the sandbox: copy the files into {data}.")
    return Settings(sandbox, data.resolve() if data else None, seconds)


def _complain(sentence: str, exit_code: int) -> NoReturn:
    Console(stderr=True).print(f"[bold red]autograder:[/] {escape(sentence)}", soft_wrap=True, highlight=False)
    raise SystemExit(exit_code)
