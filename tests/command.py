"""The command line as tests use it, and the one place that says how a command runs for a test not about processes.

Tests of stopping, killing and of several runs at a time start processes themselves.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run(root: Path, *words: str, **environment: str) -> tuple[int, str, str]:
    """Run `python -m` with these words in a course folder; return exit code, stdout and stderr."""
    command = [sys.executable, "-m", *words]
    env = {**os.environ, **environment}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr, sep="\n")  # pytest shows it when the test fails
    return done.returncode, done.stdout, done.stderr


def autograder(root: Path, *words: str, **environment: str) -> tuple[int, str, str]:
    """Run our command line in a course folder; return exit code, stdout and stderr."""
    return run(root, "autograder", *words, **environment)
