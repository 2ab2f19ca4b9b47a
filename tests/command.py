"""The command line as tests use it: in this process, or in one of its own where a test is about processes.

In this process, grading needs no worker: the pool is `Inline`, and its sandbox stays up for the next test. What a test
names with `--workers` or `--scheduler` is started as always.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

from graded_here import inline

from autograder.course.course import Course
from autograder.doors import cli
from autograder.engine.items import Settings
from autograder.farm.pool import Pool
from autograder.runs import start
from autograder.runs.errand import Answer, Errand
from autograder.runs.request import Request, Watcher


def run(root: Path, *words: str, **environment: str) -> tuple[int, str, str]:
    """Run `python -m` with these words in a course folder; return exit code, stdout and stderr."""
    command = [sys.executable, "-m", *words]
    env = {**os.environ, **environment}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr, sep="\n")  # pytest shows it when the test fails
    return done.returncode, done.stdout, done.stderr


def autograder(root: Path, *words: str, **environment: str) -> tuple[int, str, str]:
    """Run our command line in this process, in a course folder; return exit code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(root),
        patch.dict(os.environ, environment),
        patch.object(sys, "argv", ["autograder", *words]),
        patch.object(start, "_pool", _pool),
        patch.object(start, "workers_here", _workers_here),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = _exit_code()
    print(out.getvalue(), err.getvalue(), sep="\n")
    return code, out.getvalue(), err.getvalue()


def _exit_code() -> int:
    try:
        cli.main()
    except SystemExit as error:
        return int(error.code or 0)
    return 0


_ordinary_pool, _ordinary_workers = start._pool, start.workers_here


def _pool(course: Course, request: Request, watcher: Watcher) -> Pool[Errand, Answer]:
    if request.workers or request.scheduler:
        return _ordinary_pool(course, request, watcher)
    return inline(request.settings)


def _workers_here(settings: Settings, workers: int = 0, course: Course | None = None) -> Pool[Errand, Answer]:
    return _ordinary_workers(settings, workers, course) if workers else inline(settings)
