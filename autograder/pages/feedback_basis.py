"""What a student's page of feedback is made from, in one digest: a page whose digest is as it was needs no new one.

It holds more than a page shows, all code of this package among it: a page too many costs a moment, one too few a
question. `reports/NAME/feedback.json` keeps the digests, and those of the pages: one that somebody has changed or
deleted is written anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    GradeCell,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import Select, select

from autograder.course.book import Contents
from autograder.course.course import Course
from autograder.course.gradebook import has_gradebook, open_gradebook
from autograder.files.digest import digest, files_below
from autograder.files.durable import write_atomically
from autograder.records.answers import Changed
from autograder.records.verdicts import verdict_path

FILE = "feedback.json"
PACKAGE = Path(__file__).parent.parent
MAKERS = ("nbgrader", "nbconvert", "jinja2", "markupsafe", "beautifulsoup4", "pygments", "mistune", "latex2mathml")
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
OF_A_SUBMISSION = (
    (Grade, (Grade.cell_id, Grade.auto_score, Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade)),
    (Comment, (Comment.cell_id, Comment.auto_comment, Comment.manual_comment)),
)


class FeedbackBasis:
    """What the pages of one assignment are made from, as it is now."""

    def __init__(self, course: Course, name: str) -> None:
        self.course, self.name = course, name
        self.path = course.reports / name / FILE
        self._kept: dict[str, dict[str, Any]] = _read(self.path)

    def is_kept(self, student: str, pages: Iterable[Path]) -> bool:
        """Return whether a student's pages are there as they were written, and from what there is now."""
        kept, pages = self._kept.get(student, {}), list(pages)
        return kept.get("made_from") == self._of(student) and kept.get("pages") == _digests(pages)

    def keep(self, pages: Mapping[str, list[Path]]) -> None:
        """Remember what the pages of these students were made from, and nobody else's."""
        kept = {student: {"made_from": self._of(student), "pages": _digests(of)} for student, of in pages.items()}
        if kept != self._kept:
            write_atomically(self.path, json.dumps(kept, indent=1, sort_keys=True) + "\n")
            self._kept = kept

    def _of(self, student: str) -> str:
        """Return the digest of what a student's pages are made from."""
        files = [*files_below(self.course.autograded / student / self.name)]
        verdict = verdict_path(self.course, self.name, student)
        files += [verdict] if verdict.is_file() else []
        own = [digest(files, self.course.root), self._recorded.get(student, []), self._changed.get(student, ())]
        return _hash([self._shared, own])

    @cached_property
    def _shared(self) -> str:
        """The digest of what everybody's pages are made from: code, source, configuration, book."""
        course = self.course
        config = ADDRESS.sub("", json.dumps(course.config(), default=str, sort_keys=True))
        files = [*files_below(course.source / self.name)]
        versions = [version(maker) for maker in MAKERS if _is_installed(maker)]
        book = json.dumps(asdict(Contents.of(course)), sort_keys=True)
        code = digest(files_below(PACKAGE), PACKAGE)
        return _hash([code, digest(files, course.root), config, course.book_url, versions, book, self._most])

    @cached_property
    def _changed(self) -> dict[str, list[str]]:
        return {student: sorted(map(str, cells)) for student, cells in Changed(self.course, self.name).cells().items()}

    @cached_property
    def _recorded(self) -> dict[str, list[str]]:
        """What the gradebook has of each student."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for student, *rest in self._rows(self._queries()):
            found[student].append(str(rest))
        return {student: sorted(rows) for student, rows in found.items()}

    @cached_property
    def _most(self) -> list[str]:
        """How many points each cell can earn, as the gradebook has it."""
        most = [
            select(BaseCell.name, Notebook.name, table.max_score)
            .join(Notebook, Notebook.id == BaseCell.notebook_id)
            .join(Assignment, Assignment.id == Notebook.assignment_id)
            .where(Assignment.name == self.name, table.id == BaseCell.id)
            for table in (GradeCell, TaskCell)
        ]
        return sorted(str(list(row)) for row in self._rows(most))

    def _queries(self) -> list[Select[Any]]:
        def submitted(query: Select[Any]) -> Select[Any]:
            return (
                query.join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .where(Assignment.name == self.name)
            )

        student = SubmittedAssignment.student_id
        notebooks = select(student, SubmittedNotebook.id, SubmittedNotebook.late_submission_penalty)
        students = select(student, Student.first_name, Student.last_name, SubmittedAssignment.id)
        return [
            submitted(notebooks.select_from(SubmittedNotebook)),
            submitted(students.select_from(SubmittedNotebook)).where(Student.id == student),
            *(
                submitted(
                    select(student, *columns)
                    .select_from(table)
                    .join(SubmittedNotebook, SubmittedNotebook.id == table.notebook_id)
                )
                for table, columns in OF_A_SUBMISSION
            ),
        ]

    def _rows(self, queries: Iterable[Select[Any]]) -> Iterator[Any]:
        api = self.course.nbgrader()
        if has_gradebook(api.coursedir.db_url):
            with open_gradebook(api) as book:
                for query in queries:
                    yield from book.db.execute(query)


def _digests(pages: Iterable[Path]) -> dict[str, str]:
    return {page.name: hashlib.sha256(page.read_bytes()).hexdigest() for page in sorted(pages) if page.is_file()}


def _hash(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, default=str).encode("utf-8", "surrogatepass")).hexdigest()


def _is_installed(package: str) -> bool:
    try:
        return bool(version(package))
    except Exception:  # of what is not there, and of what is broken, alike
        return False


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Return what is kept, or nothing if somebody has broken it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return (
        {str(key): value for key, value in found.items() if isinstance(value, dict)} if isinstance(found, dict) else {}
    )
