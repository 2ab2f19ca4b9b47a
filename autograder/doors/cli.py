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
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from autograder import __version__, logs
from autograder.doors import (
    commands_due,
    commands_grade,
    commands_lms,
    commands_mark,
    commands_release,
    commands_report,
    commands_roster,
)
from autograder.doors.options import CourseOption, console, find_course
from autograder.doors.wrong_values import Commands
from autograder.errors import AutograderError, EnvironmentProblem, Stopped
from autograder.shown.terminal import escape

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (commands_release, commands_grade, commands_due, commands_mark, commands_report, commands_lms):
    app.add_typer(group.commands)
app.add_typer(commands_roster.commands, name="roster")
logger = logging.getLogger(__name__)


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
def demo(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Assignments; `all` for all. [default: multi_layer]")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Release, grade, feed back and report a sample class in a scratch course under _build/demo."""
    from autograder.doors.demo import run

    run(find_course(course), names or ["multi_layer"], console)


@app.command()
def version() -> None:
    """Print the version."""
    console.print(__version__)


def main() -> None:
    """Run the command line; every error that a person can fix ends in one sentence on stderr."""
    # jsonschema asks for this package to check internationalised addresses, which no notebook has to have, and
    # importing it takes a second; without it, that one check is left out.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    # A run makes millions of small objects and hardly a cycle: the collector would take a sixth of its time.
    gc.set_threshold(100_000, 20, 20)
    try:
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


def _complain(sentence: str, exit_code: int) -> NoReturn:
    Console(stderr=True).print(f"[bold red]autograder:[/] {escape(sentence)}", soft_wrap=True, highlight=False)
    raise SystemExit(exit_code)
