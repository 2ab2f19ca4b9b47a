"""A course folder: where its parts lie and how nbgrader is configured for it.

Nothing here grades or writes; every other module is handed a `Course` and asks it for paths.
"""

from __future__ import annotations

import copy
import os
import re
import sys
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course.settings import setting
from autograder.errors import UsageError
from autograder.files.digest import files_below

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI

CONFIG_NAME = "nbgrader_config.py"


@dataclass(frozen=True)
class Course:
    """A folder that holds `nbgrader_config.py` and `source/`."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """Return the course that `start` (default: the working directory) lies in.

        Raises
        ------
        UsageError
            If neither `start` nor a folder above it holds a course.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / CONFIG_NAME).is_file():
                return cls(folder)
        raise UsageError(
            f"There is no course in {start} or above it: no folder holds {CONFIG_NAME}. "
            "Change into the course folder or name it with --course."
        )

    @property
    def source(self) -> Path:
        """The instructor's notebooks, with solutions and hidden tests."""
        return self._folder("source")

    @property
    def bank(self) -> Path:
        """What belongs to this course's assignments beside the notebooks: sample classes."""
        return self.root / "bank"

    @property
    def release(self) -> Path:
        """The students' notebooks, generated from `source`."""
        return self._folder("release")

    @property
    def submitted(self) -> Path:
        """One folder per student, one per assignment in it."""
        return self._folder("submitted")

    @property
    def autograded(self) -> Path:
        """The notebooks with the outputs of the grading run, as the formgrader shows them."""
        return self._folder("autograded")

    @property
    def feedback(self) -> Path:
        """One HTML page per submission."""
        return self._folder("feedback")

    @property
    def reports(self) -> Path:
        """Verdicts, logs and class reports."""
        return self.root / "reports"

    @property
    def gradebook(self) -> Path:
        """Nbgrader's SQLite database; if a server has the gradebook, there is no such file."""
        kind, _, path = str(self._configured().CourseDirectory.get("db_url", "")).partition(":///")
        return self.root / (path if kind == "sqlite" and path else "gradebook.db")

    @property
    def follow_through(self) -> float:
        """The share of its points, 0 to 1, that a test gives if it fails only because of earlier exercises.

        It is `c.Autograder.follow_through` in the course's configuration; without that, it is 1.

        Raises
        ------
        UsageError
            If it is set to anything else.
        """
        return float(self._setting("follow_through"))

    @property
    def draw(self) -> str:
        """The name of the draw that hidden tests take their inputs from, `c.Autograder.draw`; empty if it is not set.

        Raises
        ------
        UsageError
            If it is set to anything but a string.
        """
        return str(self._setting("draw"))

    @property
    def secret(self) -> Path | None:
        """The file whose content the inputs of hidden tests derive from, `c.Autograder.secret`; None without that.

        Raises
        ------
        UsageError
            If it is set to anything but a string.
        """
        name = self._setting("secret")
        return self.root / name if name else None

    @property
    def banks(self) -> Path:
        """The folder of the banks of misconceptions, a file NAME.py for each assignment.

        It is `c.Autograder.misconceptions` in the course's configuration; without that, `misconceptions`.
        """
        return self.root / str(self._setting("misconceptions"))

    def misconceptions(self, name: str) -> str:
        """Return the text of an assignment's bank of misconceptions, or an empty string if there is no bank.

        Raises
        ------
        UsageError
            If it cannot be read.
        """
        path = self.banks / f"{name}.py"
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeError) as error:
            raise UsageError(f"The misconceptions in {path} cannot be read: {error}.") from error

    @property
    def book_url(self) -> str:
        """Where the built book is published, `c.Autograder.book_url` in the configuration; empty if it is not set.

        Raises
        ------
        UsageError
            If it is set to anything but an address.
        """
        return str(self._setting("book_url")).rstrip("/")

    @property
    def weights(self) -> dict[str, float]:
        """What each assignment counts in the course, `c.Autograder.weights`; empty if all count the same.

        Raises
        ------
        UsageError
            If it is set to anything but numbers of 0 or more.
        """
        return {name: float(weight) for name, weight in self._setting("weights").items()}

    def _setting(self, name: str) -> Any:
        return setting(self._configured(), name, self.root / CONFIG_NAME)

    def _folder(self, step: str) -> Path:
        """Return where nbgrader is configured to have the notebooks of a step."""
        return self.root / str(self._configured().CourseDirectory.get(f"{step}_directory", step))

    def _configured(self) -> Config:
        """Return the course's configuration; a folder without one is laid out as nbgrader does by default."""
        path = self.root / CONFIG_NAME
        try:
            status = path.stat()
        except OSError:
            return Config()
        return _load(self.root, (status.st_mtime_ns, status.st_size, status.st_ino))

    def private(self) -> tuple[Path, ...]:
        """Return the folders that no student's code may see, wherever they lie."""
        folders = self.source, self.submitted, self.autograded, self.feedback, self.reports, self.banks
        return (self.root, *folders, self.gradebook.parent)

    def grading_lock(self, name: str) -> Path:
        """Return the lock of those who write grades of assignment `name`."""
        return self.root / "_build" / "locks" / "grade" / f"{name}.lock"

    @property
    def collecting_lock(self) -> Path:
        """The lock of those who collect into `submitted`."""
        return self.root / "_build" / "locks" / "collect.lock"

    def assignments(self) -> list[str]:
        """Return the names of the assignments, sorted.

        Raises
        ------
        UsageError
            If the course has no `source/` folder.
        """
        if not self.source.is_dir():
            raise UsageError(
                f"The course folder {self.root} has no {self.source.name}/ folder, so there is nothing to release "
                f"or to grade against. Restore it, for example with `git checkout {self.source.name}`."
            )
        folders = {path.parent.name for path in self.source.glob("*/*.ipynb") if path.is_file()}
        return sorted(name for name in folders if not name.startswith("."))

    def notebooks(self, name: str) -> list[str]:
        """Return the names of the notebooks of assignment `name`, sorted.

        Raises
        ------
        UsageError
            If there is no such assignment.
        """
        known = self.assignments()
        if name not in known:
            listed = ", ".join(known) if known else "none"
            raise UsageError(f"There is no assignment called {name!r} in {self.source}. Assignments there: {listed}.")
        if "+" in name:
            raise UsageError(
                f"The assignment {name!r} cannot be used: nbgrader lets no assignment have a + in its name. Rename the "
                f"folder {self.source / name}."
            )
        found = (path.stem for path in (self.source / name).glob("*.ipynb") if path.is_file())
        return sorted(stem for stem in found if not stem.startswith("."))

    def source_notebook(self, name: str, notebook: str | None = None) -> Path:
        """Return the path of an instructor's notebook.

        Parameters
        ----------
        name
            The assignment.
        notebook
            One of its notebooks. Default: the one called like the assignment, or else the first.

        Raises
        ------
        UsageError
            If there is no such assignment or notebook.
        """
        known = self.notebooks(name)
        chosen = notebook or (name if name in known else known[0])
        if chosen not in known:
            raise UsageError(f"The assignment {name} has no notebook {chosen!r}. It has: {', '.join(known)}.")
        return self.source / name / f"{chosen}.ipynb"

    def read_source(self, name: str, notebook: str | None = None) -> nbformat.NotebookNode:
        """Return an instructor's notebook; `notebook` as in `source_notebook`."""
        path = self.source_notebook(name, notebook)
        try:
            return nbformat.read(path, as_version=4)
        except Exception as error:
            raise UsageError(f"The source notebook {path} cannot be read: {error}.") from error

    def read_sources(self, name: str) -> dict[str, nbformat.NotebookNode]:
        """Return all instructor's notebooks of assignment `name`, by name."""
        return {notebook: self.read_source(name, notebook) for notebook in self.notebooks(name)}

    def given_files(self, name: str) -> list[tuple[Path, Path]]:
        """Return the files that students find beside the notebook, as (name relative to it, path)."""
        folder = self.source / name
        found = sorted(path for path in files_below(folder) if path.suffix != ".ipynb")
        return [(path.relative_to(folder), path) for path in found]

    def config(self) -> Config:
        """Return the course's nbgrader configuration with this folder as its root."""
        config = copy.deepcopy(self._configured())
        config.CourseDirectory.root = str(self.root)
        find_programs()
        return config

    def nbgrader(self, extra: Config | None = None) -> NbGraderAPI:
        """Return nbgrader's own API on this course; `extra` overrides its configuration."""
        from nbgrader.apps import NbGraderAPI
        from sqlalchemy.exc import SAWarning

        warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's queries, nothing that a reader could act on
        config = self.config()
        if extra is not None:
            config.merge(extra)
        return NbGraderAPI(config=config)


@lru_cache(maxsize=8)
def _load(root: Path, _: tuple[int, ...]) -> Config:
    """Run a course's configuration, once for each state of the file: it imports all of nbgrader."""
    try:
        return PyFileConfigLoader(CONFIG_NAME, path=str(root)).load_config()
    except (Exception, SystemExit) as error:
        raise UsageError(f"{root / CONFIG_NAME} cannot be loaded: {error}.") from error


def find_programs() -> None:
    """Put the programs of this Python on the path: nbgrader starts `alembic` by its name."""
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])


def last_error(run: dict[str, str]) -> str:
    """Return why nbgrader failed, as the line of its log that names the exception."""
    named = re.compile(r"^[\w.]*(?:Error|Exception|Entry|Warning): (?!Please see)")
    lines = [line.strip() for line in f"{run.get('log', '')}\n{run.get('error', '')}".splitlines() if line.strip()]
    telling = [line for line in lines if named.match(line)]
    return re.sub(r"^[\w.]*\.", "", (telling or lines or ["it gave no reason"])[-1])
