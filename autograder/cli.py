"""The command line: one command per thing that an instructor wants, errors as sentences, meaningful exit codes.

Exit codes: 0 done, 1 something went wrong, 2 the request makes no sense, 3 some submissions could not be graded,
4 the machine lacks something, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import shutil
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from autograder import __version__
from autograder.engine.work import SECONDS, SandboxKind, Settings
from autograder.errors import AutograderError, EnvironmentProblem, Stopped, SubmissionError, UsageError

if TYPE_CHECKING:  # what takes long to import waits until a command needs it
    from autograder.course import Course

app = typer.Typer(
    help="Release, grade and report the assignments of a course folder. Start with `autograder demo`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
console = Console()

CourseOption = Annotated[
    Path | None,
    typer.Option("--course", help="The course folder. [default: the one around the working directory]"),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="An assignment, for example multi_layer.")]


@app.command()
def release(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Assignments. [default: all]")] = None,
    course: CourseOption = None,
) -> None:
    """Generate release/NAME/ and dist/NAME.zip from source/NAME/: no solutions, no hidden tests."""
    from autograder import release as releasing

    where = _find(course)
    known = where.assignments()
    if not known:
        raise UsageError(f"{where.source} holds no assignment: there is no NAME/NAME.ipynb in it.")
    for name in names or known:
        folder = releasing.release(where, name)
        console.print(f"{name}: {folder} and {releasing.pack(where, name)}", soft_wrap=True, highlight=False)


@app.command()
def grade(
    name: Name,
    student: Annotated[list[str] | None, typer.Option(help="Only this student; may be repeated.")] = None,
    force: Annotated[bool, typer.Option(help="Grade also what has not changed since it was graded.")] = False,
    workers: Annotated[int, typer.Option(min=0, help="Worker processes. [default: one per core]")] = 0,
    seconds: Annotated[
        int,
        typer.Option(min=1, help="CPU seconds that a cell may take; by the clock three times as long."),
    ] = SECONDS,
    data: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="Folder of real data sets. [default: the vendored digits]",
        ),
    ] = None,
    sandbox: Annotated[SandboxKind, typer.Option(help="`none` only for work that you trust.")] = SandboxKind.bwrap,
    course: CourseOption = None,
) -> None:
    """Grade submitted/STUDENT/NAME/NAME.ipynb and record the scores in gradebook.db.

    What was graded before and has not changed is left alone, so a run that was stopped can simply be started again.
    """
    if sandbox is SandboxKind.none:
        console.print("[yellow]Warning:[/] without the sandbox, students' code can do all that you can do.")
    settings = Settings(sandbox, data.resolve() if data else None, seconds)
    try:
        from autograder.console import GradingProgress, show_outcome
        from autograder.grade import Request, grade

        request = Request(name, settings, tuple(student or ()), force, workers)
        with GradingProgress(console) as progress:
            outcome = grade(_find(course), request, progress)
    except KeyboardInterrupt:
        raise Stopped("Stopped. What was graded is recorded; the same command goes on from there.") from None
    show_outcome(console, outcome)
    if outcome.problems:
        graded = len(outcome.graded) + outcome.unchanged
        raise SubmissionError(f"{len(outcome.problems)} could not be graded, {graded} are graded and recorded.")


@app.command()
def feedback(name: Name, course: CourseOption = None) -> None:
    """Write feedback/STUDENT/NAME/NAME.html for every graded submission."""
    from autograder.feedback import feedback as write

    pages = write(_find(course), name)
    console.print(f"{len(pages)} pages, the first: {pages[0]}", soft_wrap=True, highlight=False)


@app.command()
def summary(name: Name, course: CourseOption = None) -> None:
    """Print the class report and write it to reports/NAME/ as a page and a table."""
    from autograder.console import show_paths, show_summary
    from autograder.summary import summarise, write_summary

    where = _find(course)
    found = summarise(where, name)
    table, page = write_summary(where, found)
    show_summary(console, found)
    show_paths(console, {"page": page, "table": table})


@app.command()
def demo(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Assignments.")] = None,
    course: CourseOption = None,
) -> None:
    """Release, grade, feed back and report a sample class in a scratch course under _build/demo."""
    from autograder.demo import run

    run(_find(course), names or ["multi_layer"], console)


@app.command()
def version() -> None:
    """Print the version."""
    console.print(__version__)


def main() -> None:
    """Run the command line; every error that a person can mend ends in one sentence on stderr."""
    # jsonschema asks for this package to check internationalised addresses, which no notebook has to have, and
    # importing it takes a second; without it, that one check is left out.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
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
        _complain(f"{reason}{where}. What was written before this is kept.", EnvironmentProblem.exit_code)


def _find(course: Path | None) -> Course:
    from autograder.course import Course

    return Course.find(course)


def _complain(sentence: str, exit_code: int) -> NoReturn:
    Console(stderr=True).print(f"[bold red]autograder:[/] {escape(sentence)}", soft_wrap=True, highlight=False)
    raise SystemExit(exit_code)
