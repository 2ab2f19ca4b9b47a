"""The roster: who is in the class as nbgrader's gradebook has it, and the way there from a CSV file and back.

What is written can be opened in a spreadsheet without harm, and reads back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, InvalidEntry, MissingEntry, SubmittedAssignment

from autograder.collecting.people import Person, folded
from autograder.collecting.roster_file import COLUMNS, join_name, read_roster
from autograder.course import gradebook
from autograder.course.course import Course
from autograder.course.gradebook import open_gradebook
from autograder.errors import UsageError
from autograder.files.durable import csv_text, write_atomically

SCORES = ("score", "max_score", "late_penalty")
BYTE_ORDER_MARK = "\ufeff"  # spreadsheets need it to see that a file is UTF-8


@dataclass
class Imported:
    """What an import did: how many students are new, changed and as they were; which lines it refused; warnings."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def people_of(course: Course) -> list[Person]:
    """Return the students in the gradebook; none if there is no gradebook yet."""
    api = course.nbgrader()
    if not gradebook.has_gradebook(api.coursedir.db_url):
        return []
    gradebook.require_gradebook(api.coursedir.db_url)
    with open_gradebook(api) as book:
        return _persons(book)


def import_roster(course: Course, path: Path) -> Imported:
    """Put the students of a CSV file into the gradebook; what a field does not say stays as it is there.

    Raises
    ------
    UsageError
        If the file cannot be read as a roster.
    EnvironmentProblem
        If the gradebook cannot be written.
    """
    roster, api = read_roster(path), course.nbgrader()
    done = Imported(refused=roster.refused, warnings=roster.warnings)
    gradebook.require_gradebook(api.coursedir.db_url)
    with open_gradebook(api) as book:
        known = {folded(person.id): person for person in _persons(book)}
        for person in roster.persons:
            before = known.get(folded(person.id))
            if before is not None and before.id != person.id:
                done.refused.append(
                    f"{person.id} was not imported: the gradebook has {before.id}, which differs in case only."
                )
            else:
                _put(book, person, before, done)
    return done


def export_roster(course: Course, path: Path, assignment: str = "") -> int:
    """Write the students of the gradebook to a CSV file, with their scores in an assignment; return how many.

    Raises
    ------
    UsageError
        If there is no gradebook, or it does not have the assignment.
    """
    api = course.nbgrader()
    if not gradebook.has_gradebook(api.coursedir.db_url):
        raise UsageError("There is no gradebook yet: `autograder roster import FILE.csv` or grading makes it.")
    gradebook.require_gradebook(api.coursedir.db_url)
    with open_gradebook(api) as book:
        persons = _persons(book)
        scores = _scores(book, assignment) if assignment else {}
        empty = ("", scores.pop("", ("", "", ""))[1], "") if assignment else ()
    rows = [(p.id, join_name(p.first_name, p.last_name), p.lms_id, p.email, *scores.get(p.id, empty)) for p in persons]
    head = (*COLUMNS, *(SCORES if assignment else ()))
    write_atomically(path, BYTE_ORDER_MARK + csv_text([head, *rows]))
    return len(rows)


def _put(book: Gradebook, person: Person, before: Person | None, done: Imported) -> None:
    said = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "lms_user_id": person.lms_id,
        "email": person.email,
    }
    said = {name: value for name, value in said.items() if value}
    if before is not None and all(value == getattr(before, _ours(name)) for name, value in said.items()):
        done.unchanged += 1
        return
    try:
        book.update_or_create_student(person.id, **said)
    except InvalidEntry as error:
        done.refused.append(f"{person.id} was not imported: the gradebook refuses it ({' '.join(str(error).split())}).")
        return
    done.new += before is None
    done.changed += before is not None


def _ours(column: str) -> str:
    return "lms_id" if column == "lms_user_id" else column


def _persons(book: Gradebook) -> list[Person]:
    found = [
        Person(s.id, s.first_name or "", s.last_name or "", s.lms_user_id or "", s.email or "") for s in book.students
    ]
    return sorted(found, key=lambda person: person.id)


def _scores(book: Gradebook, assignment: str) -> dict[str, tuple[object, object, object]]:
    """Return score, most points and late penalty by student; those of nobody stand under the empty name."""
    try:
        most = book.find_assignment(assignment).max_score
        submissions: Iterable[SubmittedAssignment] = book.assignment_submissions(assignment)
    except MissingEntry as error:
        raise UsageError(
            f"The gradebook has no assignment {assignment!r}: run `autograder grade {assignment}` first."
        ) from error
    found: dict[str, tuple[object, object, object]] = {"": ("", most, "")}
    for submission in submissions:
        late = submission.late_submission_penalty or 0.0
        found[submission.student.id] = (max(0.0, submission.score - late), most, late)
    return found
