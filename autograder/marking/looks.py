"""What an exercise, an item and a student's answer look like on the page: harmless HTML, and never too much of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import nbformat
from markupsafe import Markup
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.course.course import Course
from autograder.engine.limits import OutputLimits
from autograder.marking.limits import MOST_RENDERED
from autograder.marking.written import Written
from autograder.pages.own_cells import files_beside, own_cells
from autograder.records.answers import Answer, Answers, Cell, cells_by_exercise

EMPTY = Markup('<p class="empty">Nothing is written here.</p>')
UNREADABLE = Markup('<p class="empty">The graded notebook cannot be read: run <code>autograder grade</code> again.</p>')


class Looks:
    """Draws the answers of one assignment, and keeps those that were drawn last."""

    def __init__(self, course: Course, name: str) -> None:
        self.course = course
        self.name = name
        self.answers = Answers(course, name)
        self._kept: OrderedDict[object, Markup] = OrderedDict()
        self._read: dict[tuple[str, str], tuple[object, dict[Cell, Answer]]] = {}
        self._lock = Lock()

    def answer(self, exercise: Written, student: str) -> Markup:
        """Return a student's answer, with what it has shown if it is code."""
        folder = self.course.autograded / student / self.name
        path = folder / f"{exercise.notebook}.ipynb"
        try:
            state = path.stat()
            key = (exercise.number, student, state.st_mtime_ns, state.st_ino)
            return self._once(key, lambda: _answer(exercise, path, folder))
        except Exception:  # somebody has changed the notebook, and then anything may be wrong with it
            return UNREADABLE

    def written(self, exercise: Written, student: str) -> Answer | None:
        """Return what tells a student's answer from others, and whether it is empty; None if it cannot be read."""
        path = self.course.autograded / student / self.name / f"{exercise.notebook}.ipynb"
        try:
            state = path.stat()
        except OSError:
            return None
        place, seen = (student, exercise.notebook), (state.st_mtime_ns, state.st_ino)
        kept = self._read.get(place)
        if kept is None or kept[0] != seen:
            kept = seen, self.answers.recorded(student)
            self._read[place] = kept
        return kept[1].get((exercise.notebook, exercise.cell))

    def asked(self, exercise: Written) -> Markup:
        """Return the text of an exercise."""
        beside = self.course.source / self.name
        return self._once(("asked", exercise.number), lambda: _drawn([exercise.asked], beside))

    def notes(self, exercise: Written) -> Markup:
        """Return what the mark scheme says beside its items."""
        notes = [new_markdown_cell(exercise.scheme.notes)] if exercise.scheme.notes else []
        beside = self.course.source / self.name
        return self._once(("notes", exercise.number), lambda: _drawn(notes, beside))

    def _once(self, key: object, draw: Callable[[], Markup]) -> Markup:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        drawn = draw()
        with self._lock:
            self._kept[key] = drawn
            while len(self._kept) > MOST_RENDERED:
                self._kept.popitem(last=False)
        return drawn


def _answer(exercise: Written, path: Path, folder: Path) -> Markup:
    notebook = nbformat.read(path, as_version=4)
    cells = cells_by_exercise(notebook, exercise.exercises, exercise.source).get(exercise.name, [])
    return _drawn(cells, folder) or EMPTY


def _drawn(cells: list[NotebookNode], beside: Path) -> Markup:
    return own_cells(cells, files_beside(beside), OutputLimits().for_page())
