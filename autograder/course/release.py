"""Generates what students get from what instructors write: `release/NAME/`.

nbgrader does the work in a scratch course, since it deletes a release when generating fails; the result is swapped in
whole, so that nobody ever sees half a release.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from traitlets.config import Config

from autograder.course.attachments import drop_unshown
from autograder.course.book_pages import bring_pages, leads
from autograder.course.course import Course, last_error
from autograder.course.form import faults_of_form
from autograder.course.gradebook import prepare
from autograder.course.releases import keep_release
from autograder.errors import AutograderError
from autograder.files.swap import (
    scratch,
    swap_in,
)

NOT_RELEASED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", ".*_cache")


@contextmanager
def generated(course: Course, name: str) -> Iterator[Path]:
    """Generate the release of assignment `name` in a scratch folder and yield that folder, without pages of the book.

    Raises
    ------
    UsageError
        If there is no such assignment, or the configuration makes no sense.
    AutograderError
        If nbgrader cannot generate it; the message names the cells that do not have the form it needs, or carries
        nbgrader's reason.
    """
    course.source_notebook(name)
    leads(course)  # says what is wrong with the book's address before nbgrader does
    with scratch(course.root) as folder:
        shutil.copytree(course.source / name, folder / "source" / name, ignore=NOT_RELEASED)
        for notebook in course.source.glob("*.ipynb"):  # headers and footers
            shutil.copy(notebook, folder / "source")
        config = Config()
        config.CourseDirectory.root = str(folder)
        config.CourseDirectory.source_directory, config.CourseDirectory.release_directory = "source", "release"
        config.CourseDirectory.db_url = f"sqlite:///{folder / 'gradebook.db'}"
        config.ClearMarkScheme.check_attachment_leakage = False  # they are dropped below
        prepare(config.CourseDirectory.db_url)  # nbgrader would start a program for each new gradebook
        run = course.nbgrader(config).generate_assignment(name)
        if not run["success"]:
            reason = what_is_wrong(course, name) or f"It says: {last_error(run)}"
            raise AutograderError(f"nbgrader could not generate {name}. {reason}")
        for stem in course.notebooks(name):
            drop_unshown(folder / "release" / name / f"{stem}.ipynb")
        yield folder / "release" / name


def what_is_wrong(course: Course, name: str) -> str:
    """Return which cells of an assignment do not have the form that nbgrader needs; empty if all do."""
    return " ".join(fault.sentence for fault in faults_of_form(course.read_sources(name)))


def accept(fresh: Path) -> None:
    """Take a release as it is."""


def release(course: Course, name: str, check: Callable[[Path], None] = accept) -> Path:
    """Generate assignment `name` and swap it into `release/NAME/` in one step; return that folder.

    Parameters
    ----------
    check
        Is called with the folder that was generated, before it takes the place of the one before; what it raises
        leaves that one as it is.
    """
    target = course.release / name
    with generated(course, name) as fresh:
        check(fresh)
        bring_pages(course, name, fresh)
        target.parent.mkdir(parents=True, exist_ok=True)
        keep_release(course, name, fresh)
        swap_in(fresh, target)
    return target
