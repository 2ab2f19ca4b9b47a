"""Sets when an assignment is due, what being late costs and who has longer, and says what that makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import get_close_matches

from nbgrader.api import Gradebook

from autograder.course.course import Course
from autograder.course.gradebook import has_gradebook, open_gradebook
from autograder.course.late_rule import Amount
from autograder.course.times import Span, read_date, zone_name, zone_of
from autograder.errors import UsageError
from autograder.files.durable import write_atomically
from autograder.intake.submission import TIMESTAMP, students
from autograder.records.changes import Change
from autograder.records.late_book import Terms
from autograder.records.lateness import Late, look, terms_of
from autograder.records.penalties import Penalties
from autograder.records.settle import bring_up_to_date

Named = tuple[str, str] | None  # a student, and what is said of them


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to be set, as they have written it; what is None stays as it is."""

    date: str | None = None
    zone: str | None = None
    rule: Mapping[str, str | None] = field(default_factory=dict)
    extend: Named = None
    until: Named = None
    handed_in: Named = None
    clear: bool = False

    @property
    def sets_terms(self) -> bool:
        """Whether due date, rule or extensions are to change."""
        words = (self.date, self.zone, self.extend, self.until, *self.rule.values())
        return self.clear or any(word is not None for word in words)


@dataclass
class Due:
    """What holds afterwards, or would, and the penalties that have changed."""

    late: Late
    changes: list[Change] = field(default_factory=list)
    is_tried: bool = False

    @property
    def troubles(self) -> dict[str, str]:
        """Why nothing can be said of a student."""
        return {student: one.trouble for student, one in self.late.of.items() if one.trouble}


def set_due(course: Course, name: str, wanted: Wanted, *, dry_run: bool = False) -> Due:
    """Set what is wanted and work the penalties out anew; with `dry_run`, only say what would be.

    Raises
    ------
    UsageError
        If a date, a zone, an amount or a student does not exist, or what is wanted contradicts itself.
    EnvironmentProblem
        If the gradebook cannot be written.
    """
    after = _terms(course, name, terms_of(course, name), wanted)
    penalties = Penalties(course, name, after)  # so that nothing is written that makes no sense
    if any(wanted.rule.get(part) for part in ("cap", "grace")) and penalties.rule is None:
        raise UsageError("--cap and --grace mean nothing without a penalty: give --per-day as well.")
    times = _times(course, name, wanted, penalties)
    if dry_run:
        return Due(look(course, name, after, times), is_tried=True)
    for student, time in times.items():
        write_atomically(course.submitted / student / name / TIMESTAMP, f"{time:%Y-%m-%d %H:%M:%S} UTC\n")
    settled = bring_up_to_date(course, name, new=after if wanted.sets_terms else None)
    return Due(look(course, name), settled.changes)


def _terms(course: Course, name: str, terms: Terms, wanted: Wanted) -> Terms:
    """Return what is to hold instead of `terms`."""
    if wanted.clear:
        if any((wanted.date, wanted.zone, wanted.extend, wanted.until, *wanted.rule.values())):
            raise UsageError("--clear forgets all of it: run it alone, and set what you want afterwards.")
        return Terms()
    rule = {**terms.rule, **_rule(wanted)}
    zone = Penalties(course, name, replace(terms, rule=rule)).zone
    terms = replace(terms, rule=rule)
    if wanted.date is not None:
        if zone_name(zone):
            terms = replace(terms, rule={**rule, "zone": zone_name(zone)})
        terms = replace(terms, due=read_date(wanted.date, zone))
    if wanted.extend is None and wanted.until is None:
        return terms
    if wanted.extend is not None and wanted.until is not None:
        raise UsageError("Give an extension with --extend or with --until, not with both.")
    student, text = wanted.extend or wanted.until or ("", "")
    student = _known(course, name, student)
    if terms.due is None:
        raise UsageError(
            f"{name} has no due date, so nothing can be extended: set one first, `autograder due {name} DATE`."
        )
    later = Span.read(text).after(terms.due, zone) if wanted.extend is not None else read_date(text, zone)
    if later < terms.due:
        raise UsageError(f"An extension ends after the due date, and {text} does not: name a later date.")
    extensions = {who: span for who, span in terms.extensions.items() if who != student}
    if later > terms.due:
        extensions[student] = timedelta(seconds=(later - terms.due).total_seconds())
    return replace(terms, extensions=extensions)


def _rule(wanted: Wanted) -> dict[str, str]:
    """Return the texts of the rule that are wanted, each of which can be read."""
    found = {part: text.strip() for part, text in wanted.rule.items() if text is not None}
    for part, text in found.items():
        _ = Span.read(text) if part == "grace" else Amount.read(text)
    if wanted.zone is not None:
        zone_of(wanted.zone)
        found["zone"] = wanted.zone
    return found


def _times(course: Course, name: str, wanted: Wanted, penalties: Penalties) -> dict[str, datetime]:
    """Return when students handed in, in UTC, as far as it is to be set."""
    if wanted.handed_in is None:
        return {}
    student, text = wanted.handed_in
    student, folder = _known(course, name, student), course.submitted / student / name
    if folder.is_symlink() or folder.parent.is_symlink() or not folder.is_dir():
        raise UsageError(f"{student} has handed in nothing: there is no folder {folder}.")
    return {student: read_date(text, penalties.zone)}


def _known(course: Course, name: str, student: str) -> str:
    """Return a student whom the gradebook knows, or who has handed something in."""
    known, api = set(students(course, name)), course.nbgrader()
    if has_gradebook(api.coursedir.db_url):
        with open_gradebook(api) as book:
            known |= _ids(book)
    if student in known:
        return student
    close = get_close_matches(student, sorted(known), n=1)
    hint = f" Is it {close[0]}?" if close else " Import the roster first, `autograder roster import FILE.csv`."
    raise UsageError(f"There is no student {student!r} in the gradebook or in {course.submitted.name}/.{hint}")


def _ids(book: Gradebook) -> set[str]:
    return {str(student.id) for student in book.students}
