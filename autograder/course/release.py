"""Generates what students get from what instructors write: `release/NAME/` and `dist/NAME.zip`.

nbgrader does the work in a scratch course, since it deletes a release when generating fails; the result is swapped in
whole, so that nobody ever sees half a release.
"""

from __future__ import annotations

import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from traitlets.config import Config

from autograder.course.attachments import drop_unshown
from autograder.course.course import Course, last_error
from autograder.course.form import faults_of_form
from autograder.course.gradebook import prepare
from autograder.errors import AutograderError, UsageError
from autograder.files.digest import files_below
from autograder.files.swap import (
    scratch,
    swap_in,
)

NOT_RELEASED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", ".*_cache")
BOOK_BESIDE = "../../_build/html"  # where a notebook of the course folder finds the built book
NO_ADDRESS = "ask your instructor for it: the links to it lead nowhere from here"


@contextmanager
def generated(course: Course, name: str) -> Iterator[Path]:
    """Generate the release of assignment `name` in a scratch folder and yield that folder.

    Raises
    ------
    UsageError
        If there is no such assignment.
    AutograderError
        If nbgrader cannot generate it; the message names the cells that have not the form it needs, or carries
        nbgrader's reason.
    """
    course.source_notebook(name)
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
    """Return which cells of an assignment have not the form that nbgrader needs; empty if all have."""
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
        target.parent.mkdir(parents=True, exist_ok=True)
        swap_in(fresh, target)
    return target


def pack(course: Course, name: str) -> Path:
    """Write `dist/NAME.zip`, all that a student needs on a laptop, from `release/NAME/`; return its path.

    Its links lead to where the book is published, if the course's configuration says where. Packing a release twice
    gives the same bytes: every file is dated like the newest one of the release.

    Raises
    ------
    UsageError
        If the assignment has not been released, or the configuration makes no sense.
    """
    folder, target = course.release / name, course.root / "dist" / f"{name}.zip"
    if not folder.is_dir():
        raise UsageError(f"{folder} is missing: run `autograder release {name}` first.")
    target.parent.mkdir(exist_ok=True)
    content = packed(course, name, folder)
    dated = time.localtime(max(path.stat().st_mtime for path in files_below(folder)))[:6]
    partial = target.with_suffix(".part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(content.items()):
            entry = zipfile.ZipInfo(f"{name}/{path}", dated)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)
    partial.replace(target)
    return target


def packed(course: Course, name: str, folder: Path) -> dict[str, bytes]:
    """Return what the archive of a release holds, by name: its files, and what a student needs beside them."""
    url = course.book_url
    content = {path.relative_to(folder).as_posix(): _linked(path, url) for path in files_below(folder)}
    handout = resources.files("autograder.course") / "handout"
    content["requirements.txt"] = (handout / "requirements.txt").read_bytes()
    readme = (handout / "README.txt").read_text().replace("NAME", name)
    content["README.txt"] = readme.replace("ADDRESS", f"{url}/book/index.html" if url else NO_ADDRESS).encode()
    return content


def _linked(path: Path, url: str) -> bytes:
    """Return the content of a file of the release, in a notebook with links to where the book is published."""
    content = path.read_bytes()
    return content.replace(BOOK_BESIDE.encode(), url.encode()) if url and path.suffix == ".ipynb" else content
