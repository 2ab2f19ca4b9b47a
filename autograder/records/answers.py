"""Which cells of a graded notebook answer which exercise, and whether an answer is still the one that was marked.

What is written in an answer counts, and the pictures that it names, which lie beside the notebook.

A mark is for what lay in `autograded/` when a person gave it. Where something else lies there since, the answer waits
for a person again, and `reports/NAME/changed.json` keeps the digest of what the mark was for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import reads
from nbgrader.utils import compute_checksum

from autograder.course.cells import (
    HIDDEN_BEGIN,
    Exercise,
    all_exercises,
    grade_id,
    is_locked,
    is_solution,
    is_task,
    is_test,
    is_written,
    nbgrader_metadata,
    written_cells,
)
from autograder.course.course import Course
from autograder.files.digest import digest, files_below
from autograder.files.durable import write_atomically

FILE = "changed.json"
PICTURE = re.compile(r"(?<![\w/-])[\w/-]+\.(?:png|jpe?g|gif|svg)", re.ASCII | re.IGNORECASE)
Cell = tuple[str, str]  # the names of a notebook and of a cell in it


@dataclass(frozen=True)
class Answer:
    """What a person marks: a digest of what is written there, and whether that is nothing or what was handed out."""

    digest: str
    is_empty: bool = False


@dataclass(frozen=True)
class Rewritten:
    """An answer that is being recorded: its digest, that of the one before it, and what a mark is known to be for.

    None stands for what nobody knows.
    """

    now: str
    before: str | None = None
    marked: str | None = None

    def looked_at(self, *, is_waiting: bool) -> tuple[str | None, bool]:
        """Return what a mark is for if it is not for this answer, and whether the answer waits to be marked.

        `is_waiting` says whether it did so before it was recorded: if not, its mark is for what was there before.
        """
        was = self.marked if is_waiting and self.marked is not None else self.before
        if was is not None and was != self.now:
            return was, True
        return None, is_waiting and self.marked is None


def cells_by_exercise(
    nb: NotebookNode, exercises: Iterable[Exercise], source: NotebookNode, *, given_too: bool = True
) -> dict[str, list[NotebookNode]]:
    """Return the student's cells, and given cells that have shown something, by the exercise that they stand at."""
    starts = {exercise.stub or exercise.task or exercise.tests[0]: exercise.name for exercise in exercises}
    given = {cell.source.strip() for cell in source.cells}
    found: dict[str, list[NotebookNode]] = {}
    here = ""
    for cell in nb.cells:
        name = grade_id(cell)
        here = starts.get(str(name), here)
        if is_solution(cell) and is_written(cell):
            here = str(name)
        if is_test(cell) or is_task(cell) or (HIDDEN_BEGIN in cell.source and is_locked(cell)):
            continue
        is_given = not is_solution(cell) and (is_locked(cell) or cell.source.strip() in given)
        if not is_given or (given_too and here and cell.get("outputs")):
            found.setdefault(here, []).append(cell)
    return found


class Answers:
    """Reads the answers that a person marks out of the notebooks of one assignment."""

    def __init__(self, course: Course, name: str) -> None:
        self.course, self.name = course, name

    @cached_property
    def sources(self) -> dict[str, NotebookNode]:
        """The instructor's notebooks that have something to mark."""
        sources = self.course.read_sources(self.name)
        return {notebook: nb for notebook, nb in sources.items() if any(map(is_written, nb.cells))}

    @cached_property
    def exercises(self) -> list[Exercise]:
        """The exercises of the assignment."""
        return all_exercises(self.course.read_sources(self.name))

    def of(self, notebooks: Mapping[str, NotebookNode], folder: Path) -> dict[Cell, Answer]:
        """Return the answers in these notebooks, as a grading run leaves them; pictures lie in the folder."""
        found: dict[Cell, Answer] = {}
        for notebook, source in self.sources.items():
            if notebook not in notebooks:
                continue
            its = [exercise for exercise in self.exercises if exercise.notebook == notebook]
            cells = cells_by_exercise(notebooks[notebook], its, source, given_too=False)
            names = written_cells(source, its)
            # Somebody who wrote beside the answers may have answered there.
            beside = [cell for name in cells.keys() - {*names.values()} for cell in cells[name]]
            strays = any(cell.cell_type != "code" and not _is_blank(cell) for cell in beside)
            for cell, name in names.items():
                answer = cells.get(name, [])
                found[notebook, cell] = Answer(_digest(answer, folder), not strays and all(map(_says_nothing, answer)))
        return found

    def recorded(self, student: str) -> dict[Cell, Answer]:
        """Return a student's answers as they lie in `autograded/`; nothing where they cannot be read."""
        folder, found = self.course.autograded / student / self.name, dict[str, NotebookNode]()
        for notebook in self.sources:
            try:
                found[notebook] = reads((folder / f"{notebook}.ipynb").read_text(encoding="utf-8"))
            except OSError:
                continue
            except Exception:  # somebody has changed the notebook, and then anything may be wrong with it
                return {}
        try:
            return self.of(found, folder)
        except (AttributeError, KeyError, OSError, TypeError, ValueError):
            return {}


def _digest(cells: Iterable[NotebookNode], folder: Path) -> str:
    said: list[Any] = [[cell.cell_type, cell.source.strip(), cell.get("attachments") or {}] for cell in cells]
    said = [one for one in said if one[1] or one[2]]
    if pictures := _pictures((one[1] for one in said), folder):
        said.append(["pictures", digest(pictures, folder)])
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def _pictures(texts: Iterable[str], folder: Path) -> list[Path]:
    """Return the pictures in a folder that are named in these texts, however Markdown and HTML may write that."""
    written = [form for text in texts for form in (text, unescape(text).replace("\\", ""))]
    named = {name.lstrip("/") for text in written for name in PICTURE.findall(text)}
    named |= {name.removeprefix("files/") for name in named}  # as nbconvert takes it away
    if not named:
        return []
    below = [path for path in files_below(folder) if not path.is_symlink()]
    return [path for path in below if path.relative_to(folder).as_posix() in named]


def _is_blank(cell: NotebookNode) -> bool:
    return not cell.source.strip() and not cell.get("attachments")


def _says_nothing(cell: NotebookNode) -> bool:
    """Return whether a cell is blank, or as it was handed out."""
    if cell.get("attachments"):
        return False
    checksum = nbgrader_metadata(cell).get("checksum")
    return _is_blank(cell) or (is_solution(cell) and checksum is not None and checksum == compute_checksum(cell))


class Changed:
    """The answers of one assignment that were changed since they were marked, and what the mark was for."""

    def __init__(self, course: Course, name: str) -> None:
        self.path = course.reports / name / FILE
        self._known: tuple[object, dict[str, dict[str, str]]] = None, {}

    def of(self, student: str) -> dict[Cell, str]:
        """Return a student's: the digests of what was marked, by cell."""
        return {_cell(key): digest for key, digest in self._read().get(student, {}).items()}

    def cells(self) -> dict[str, set[Cell]]:
        """Return everybody's, by student."""
        return {student: set(map(_cell, found)) for student, found in self._read().items()}

    def keep(self, student: str, found: Mapping[Cell, str]) -> None:
        """Write down a student's; only one at a time may do so, which is who holds the lock of the graders."""
        known = self._read()
        now = {f"{notebook}/{cell}": digest for (notebook, cell), digest in sorted(found.items())}
        if known.get(student, {}) == now:
            return
        kept = {**known, student: now} if now else {who: what for who, what in known.items() if who != student}
        write_atomically(self.path, json.dumps(kept, indent=1, sort_keys=True) + "\n")

    def _read(self) -> dict[str, dict[str, str]]:
        """Return what is kept, or nothing if somebody has broken it; it is read again when it has changed."""
        try:
            state = self.path.stat()
            seen = state.st_mtime_ns, state.st_ino, state.st_size
            if seen != self._known[0]:
                found = json.loads(self.path.read_text(encoding="utf-8"))
                each = {str(student): {str(k): str(v) for k, v in kept.items()} for student, kept in found.items()}
                self._known = seen, each
            return self._known[1]
        except (OSError, ValueError, AttributeError):
            return {}


def _cell(key: str) -> Cell:
    notebook, _, cell = key.partition("/")
    return notebook, cell
