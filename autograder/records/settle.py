"""Works late penalties out anew, without running any code, and lists what has changed and why.

A due date may move, a student may be given an extension, a person may add points: what was taken off before is then no
longer right. `reports/NAME/late.json` keeps what each penalty was worked out from, which is how the reason is known.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from autograder.course import gradebook
from autograder.course.course import Course
from autograder.errors import EnvironmentProblem
from autograder.files.durable import write_atomically
from autograder.files.lock import held
from autograder.records.changes import Change, ChangeList
from autograder.records.late_book import Terms, read_terms, settle_waiting, write_terms
from autograder.records.lateness import Late, Lateness, read
from autograder.records.scores import ScoreBook
from autograder.records.statements import NEW_PENALTY, NEW_TIMESTAMP

FILE = "late.json"
PENALTY = "late penalty"  # where a table of changes has the exercise
SAME = 1e-9  # points
WHY = {"due": "due date changed", "extension": "extension", "rule": "penalty changed", "points": "points changed"}
Entry = dict[str, Any]


@dataclass
class Settled:
    """What came of it: the penalties that changed, how late everybody was, and whose time cannot be read."""

    changes: list[Change] = field(default_factory=list)
    late: dict[str, Lateness] = field(default_factory=dict)

    @property
    def troubles(self) -> dict[str, str]:
        """Why nothing can be said of a student."""
        return {student: one.trouble for student, one in self.late.items() if one.trouble}


def settle(course: Course, name: str, book: ScoreBook, only: Collection[str] | None = None) -> Settled:
    """Write the late penalties of an assignment as they have to be; call this with the lock of its graders.

    Parameters
    ----------
    only
        The students whose penalties are worked out. Default: everybody in the gradebook.

    Raises
    ------
    EnvironmentProblem
        If the gradebook cannot be written.
    """
    try:
        with book.engine.begin() as connection:
            gradebook.begin(connection)
            settle_waiting(connection, name)
            late = read(connection, course, name)
            before = {student: handed.penalty for student, handed in late.handed.items()}
            chosen = [student for student in late.costs if student in late.handed and (only is None or student in only)]
            for student in chosen:
                _write(connection, late, student)
    except DBAPIError as error:
        raise gradebook.trouble(str(book.engine.url), error) from error
    path = course.reports / name / FILE
    entries = _read(path.read_text(encoding="utf-8")) if path.exists() else {}
    known = dict(entries)
    changes = []
    for student in chosen:
        now, then = _entry(late, student), entries.get(student)
        was = before[student] if then is None else float(then.get("penalty", 0.0))
        if abs(was - now["penalty"]) > SAME:
            changes.append(Change(student, PENALTY, was, now["penalty"], _why(then, now)))
        entries[student] = now
    ChangeList(course, name).add(changes)
    if entries != known:
        write_atomically(path, json.dumps(entries, indent=1, sort_keys=True) + "\n")
    return Settled(changes, {student: late.of[student] for student in late.of if only is None or student in only})


def bring_up_to_date(course: Course, name: str, *, new: Terms | None = None) -> Settled:
    """Work the penalties of an assignment out anew outside of a grading run, after writing new terms if there are any.

    A grading run that is under way does so at its end; then nothing but the terms is written here.
    """
    course.notebooks(name)
    if new is not None:
        with _opened(course, name) as book:
            _write_terms(book, name, new)
    with ExitStack() as lock:
        try:
            lock.enter_context(held(course.grading_lock(name), f"is grading {name}"))
        except EnvironmentProblem:
            return Settled()
        return settle_all(course, name)


def settle_all(course: Course, name: str) -> Settled:
    """Work the penalties of everybody out anew; call this with the lock of the assignment's graders."""
    if not gradebook.has_gradebook(course.nbgrader().coursedir.db_url):
        return Settled()
    with _opened(course, name) as book:
        return settle(course, name, book)


@contextmanager
def _opened(course: Course, name: str) -> Iterator[ScoreBook]:
    coursedir = course.nbgrader().coursedir
    gradebook.require_gradebook(coursedir.db_url)
    try:
        with ScoreBook(coursedir.db_url, coursedir.course_id, name, gradebook.BUSY_SECONDS) as book:
            yield book
    except DBAPIError as error:
        raise gradebook.trouble(coursedir.db_url, error) from error


def _write_terms(book: ScoreBook, name: str, new: Terms) -> None:
    book.book.update_or_create_assignment(name)
    with book.engine.begin() as connection:
        gradebook.begin(connection)
        write_terms(connection, name, read_terms(connection, name), new)


def _write(connection: Connection, late: Late, student: str) -> None:
    """Write what is not in the gradebook yet of a student's time and penalty."""
    handed, one, cost = late.handed[student], late.of[student], late.costs[student]
    if one.handed_in != handed.time:
        connection.execute(NEW_TIMESTAMP, {"submission": handed.id, "time": one.handed_in})
    for notebook, (row, _, before) in handed.notebooks.items():
        now = cost.notebooks.get(notebook)
        if abs((now or 0.0) - (before or 0.0)) > SAME:
            connection.execute(NEW_PENALTY, {"notebook": row, "late": now})


def _entry(late: Late, student: str) -> Entry:
    """Return what a penalty was worked out from."""
    one, extension = late.of[student], late.terms.extensions.get(student)
    return {
        "penalty": one.penalty,
        "due": None if late.terms.due is None else late.terms.due.isoformat(),
        "extension": None if extension is None else extension.total_seconds(),
        "handed_in": None if one.handed_in is None else one.handed_in.isoformat(),
        "rule": f"{late.penalties}, {late.penalties.zone}",
        "points": one.points,
    }


def _why(then: Entry | None, now: Entry) -> str:
    """Return why a penalty is not what it was."""
    if then is None:
        return "handed in late" if now["penalty"] else "not late"
    reasons = [why for part, why in WHY.items() if then.get(part) != now[part]]
    if then.get("handed_in") != now["handed_in"]:
        reasons.insert(0, "handed in late" if now["penalty"] else "handed in in time")
    return ", ".join(reasons) or "worked out anew"


def _read(text: str) -> dict[str, Entry]:
    """Return what is kept, or nothing if somebody has broken it."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {student: entry for student, entry in found.items() if isinstance(entry, dict)} if found else {}
