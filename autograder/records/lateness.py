"""Who handed in late, by how much, what it costs and why: one answer for every page, table and export.

It reads the gradebook and the files beside the submissions, and changes neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError

from autograder.course import gradebook
from autograder.course.course import Course
from autograder.course.late_rule import LateRule, told
from autograder.course.times import in_words, shown
from autograder.errors import SubmissionError
from autograder.intake.submission import students
from autograder.records.handed_in import Noted, noted
from autograder.records.late_book import Handed, Terms, read_handed, read_terms
from autograder.records.penalties import Cost, Penalties


@dataclass(frozen=True)
class Lateness:
    """How late one student was.

    Parameters
    ----------
    due
        When it was due for this student, the extension included, in UTC; None if there is no due date.
    extension
        The extension, if there is one.
    handed_in
        When it was handed in, in UTC; None if nothing tells.
    mark
        The learning platform that marks it as late.
    seconds_late, days
        How late it was, and how many days count.
    points
        What was earned before the penalty; None if it has not been graded.
    penalty
        What is taken off.
    reason
        Why, in a few words; empty for what was handed in in time.
    trouble
        Why nothing can be said, if something is wrong.
    """

    student: str
    due: datetime | None = None
    extension: timedelta | None = None
    handed_in: datetime | None = None
    mark: str = ""
    seconds_late: float = 0.0
    days: int = 0
    points: float | None = None
    penalty: float = 0.0
    reason: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Late:
    """The late work of one assignment: what holds, what it costs, and how late everybody was, by student."""

    terms: Terms
    penalties: Penalties
    handed: Mapping[str, Handed]
    of: dict[str, Lateness]
    costs: dict[str, Cost]


def lateness(course: Course, name: str) -> dict[str, Lateness]:
    """Return how late everybody was who handed in an assignment, by student.

    Raises
    ------
    UsageError
        If there is no such assignment, or the rule makes no sense.
    EnvironmentProblem
        If the gradebook cannot be read.
    """
    return look(course, name).of


def look(
    course: Course, name: str, terms: Terms | None = None, times: Mapping[str, datetime] = MappingProxyType({})
) -> Late:
    """Return the late work of an assignment; `terms` and `times` are tried instead of those that hold."""
    with _opened(course, name) as connection:
        if connection is None:
            return work_out(course, name, terms or Terms(), {}, times)
        return read(connection, course, name, terms, times)


def terms_of(course: Course, name: str) -> Terms:
    """Return what holds for an assignment, whether it makes sense or not."""
    with _opened(course, name) as connection:
        return Terms() if connection is None else read_terms(connection, name)


@contextmanager
def _opened(course: Course, name: str) -> Iterator[Connection | None]:
    """Yield a connection to the gradebook that has an assignment of the course; None if there is no gradebook yet."""
    course.notebooks(name)
    url = course.nbgrader().coursedir.db_url
    if not gradebook.has_gradebook(url):
        yield None
        return
    gradebook.require_gradebook(url)
    engine = create_engine(url)
    try:
        gradebook.prepare(url)
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise gradebook.trouble(url, error) from error
    finally:
        engine.dispose()


def read(
    connection: Connection,
    course: Course,
    name: str,
    terms: Terms | None = None,
    times: Mapping[str, datetime] = MappingProxyType({}),
) -> Late:
    """Return the late work of an assignment out of an open gradebook; see `look`."""
    return work_out(course, name, terms or read_terms(connection, name), read_handed(connection, name), times)


def work_out(
    course: Course, name: str, terms: Terms, handed: Mapping[str, Handed], times: Mapping[str, datetime]
) -> Late:
    """Return the late work of an assignment under these terms; work that is not graded yet is there, too."""
    penalties = Penalties(course, name, terms)
    late = Late(terms, penalties, handed, {}, {})
    for student in sorted({*students(course, name), *handed}):
        found = handed.get(student)
        if found is not None and not found.notebooks and not (course.submitted / student / name).exists():
            continue  # a row without work
        extension = terms.extensions.get(student)
        due = terms.due + extension if terms.due is not None and extension is not None else terms.due
        points = found.points if found is not None and found.notebooks else None
        one = Lateness(student, due, extension, points=None if points is None else sum(points.values()))
        try:
            beside = noted(course, name, student)
            beside = replace(beside, time=times.get(student, beside.time))
            is_known = found is not None and not beside.mark and not beside.is_unknown
            known = found.time if found is not None and is_known else None  # it may be that of an earlier work
            time = beside.time or known
            cost = penalties.cost(student, points or {}, due, time)
        except SubmissionError as error:
            late.of[student] = replace(one, trouble=str(error), penalty=found.penalty if found is not None else 0.0)
            continue
        late.costs[student] = cost
        seconds = (time - due).total_seconds() if due is not None and time is not None else 0.0
        one = replace(one, handed_in=time, mark=beside.mark, seconds_late=max(0.0, seconds), days=cost.days)
        late.of[student] = replace(one, penalty=cost.points, reason=_reason(one, cost, beside, penalties))
    return late


def _reason(one: Lateness, cost: Cost, beside: Noted, penalties: Penalties) -> str:
    """Return why points are taken off, or why none are although it is late or is marked so."""
    if one.seconds_late:
        how = _how(penalties.rule, cost, one.points or 0.0) if penalties.rule is not None else ""
        return f"{in_words(one.seconds_late)} late{how}: {_off(one, cost, penalties)}"
    if not beside.mark:
        return "handed in anew, time unknown: no points off" if beside.is_unknown and not one.handed_in else ""
    if one.handed_in is None:
        extended = f" (extended to {shown(one.due, penalties.zone)})" if one.due and one.extension else ""
        return f"marked late by {beside.mark}, time unknown{extended}: no points off"
    return f"marked late by {beside.mark}, but {'handed in before it was due' if one.due else 'there is no due date'}"


def _off(one: Lateness, cost: Cost, penalties: Penalties) -> str:
    """Return what is taken off, in words."""
    if penalties.rule is None and not penalties.has_plugin:
        return "no penalty is set"
    if one.points is None:
        return "not graded yet"
    count = f"{round(cost.points, 4):g}" if cost.points else "no"
    by_plugin = f", {penalties}" if penalties.rule is None else ""
    return f"{count} point{'' if count == '1' else 's'} off{by_plugin}"


def _how(rule: LateRule, cost: Cost, points: float) -> str:
    """Return how a penalty comes about."""
    if not rule.per_day.value:
        return ""
    if not cost.days:
        return f", within the grace of {told(rule.grace)}"
    each = f" ({cost.days} day{'s' if cost.days > 1 else ''} at {rule.per_day} each"
    is_capped = rule.cap is not None and cost.days * rule.per_day.of(points) > rule.cap.of(points)
    return f"{each}, capped at {rule.cap})" if is_capped else f"{each})"
