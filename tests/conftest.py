"""Fixtures that all tests share: a tiny course of its own, and the course of this repository.

What tests import lies in modules beside this one: there are several files called `conftest`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from assignment_cells import REPOSITORY
from command import autograder
from hypothesis import HealthCheck, settings
from order import place
from tiny_course import TinyCourse, tiny_notebook

from autograder.course.course import Course

# Hypothesis measures by the clock how long an example takes to draw and to run, which says nothing on a busy machine.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes and long texts after their argument: an archive's bytes hold the time, and ids must not change.

    Two workers that collect different ids run nothing at all.
    """
    long = isinstance(val, str) and (len(val) > 60 or not val.isprintable())
    return argname if long or isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest tests first."""
    items.sort(key=lambda item: place(item.nodeid))


@pytest.fixture
def tiny(tmp_path: Path) -> TinyCourse:
    """Return a course with the assignment `tiny`, in a folder with a space in its name."""
    root = tmp_path / "a course"
    root.mkdir()
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    course = TinyCourse(root)
    course.write_source(tiny_notebook())
    return course


@pytest.fixture(scope="session")
def course() -> Course:
    """Return the course of this repository."""
    return Course(REPOSITORY)


@pytest.fixture
def run_autograder(tiny: TinyCourse) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs the command line in the tiny course: (exit code, stdout, stderr)."""
    return partial(autograder, tiny.root)
