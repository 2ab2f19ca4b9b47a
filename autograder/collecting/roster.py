"""The roster: who is in the class as nbgrader's gradebook has it, and the way there from a CSV file and back.

What is written can be opened in a spreadsheet without harm, and reads back as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, InvalidEntry

from autograder.collecting.identify import Known
from autograder.collecting.lms_names import LmsNames, StudentNames, changing
from autograder.collecting.people import Person, folded
from autograder.collecting.roster_file import COLUMNS, join_name, read_roster
from autograder.course import gradebook
from autograder.course.course import Course
from autograder.course.gradebook import open_gradebook
from autograder.errors import SubmissionError, UsageError
from autograder.files.durable import csv_text, write_atomically
from autograder.shown.terminal import one_line

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
    """Put the students of a CSV file into the gradebook; what a field does not say stays as it is.

    What the learning platform calls them is kept beside it.

    Raises
    ------
    UsageError
        If the file cannot be read as a roster.
    EnvironmentProblem
        If the gradebook cannot be written.
    """
    roster, api = read_roster(path), course.nbgrader()
    done = Imported(refused=roster.refused, warnings=roster.warnings)
    if not roster.persons and not roster.refused:
        done.warnings.append(f"{path} names nobody: give it a line for each student.")
    gradebook.require_gradebook(api.coursedir.db_url)
    with changing(course) as names, open_gradebook(api) as book:
        _Import(book, names, done).put(roster.persons)
    return done


class _Import:
    """Puts the students of a roster into an open gradebook, each where they are already or as somebody new."""

    def __init__(self, book: Gradebook, names: LmsNames, done: Imported) -> None:
        self.book, self.names, self.done = book, names, done
        self.known = Known(_persons(book), names.participants())

    def put(self, persons: list[Person]) -> None:
        """Put them all; two lines that would be one student are both refused."""
        found: dict[Person, Person | None] = {}
        for person in persons:
            try:
                found[person] = self._find(person)
            except SubmissionError as error:
                self.done.refused.append(f"{_shown(person)} was not imported: {error}.")
        taken = Counter(known.id for known in found.values() if known)
        for person, known in found.items():
            if known and taken[known.id] > 1:
                self.done.refused.append(
                    f"{_shown(person)} was not imported: several lines would all be {known.id}; give the file a column "
                    "id with the ids of the gradebook."
                )
            elif self._write(person, known):
                self._keep(person, known.id if known else person.id)

    def _find(self, person: Person) -> Person | None:
        known = self.known.find(person)
        if known and known.id != person.id and folded(known.id) == folded(person.id):
            raise SubmissionError(f"the gradebook has {known.id}, which differs in case only")
        if known and known.id != person.id and not person.is_guessed:
            self.done.warnings.append(f"{person.id} is {known.id} in the gradebook, and stays that.")
        if known is None and person.problem:
            raise SubmissionError(person.problem)
        if known is None and person.is_guessed and any(known.first_name for known in self.known.persons):
            self.done.warnings.append(f"{_shown(person)} is new: nobody in the gradebook has their address or name.")
        return known

    def _write(self, person: Person, before: Person | None) -> bool:
        """Write what the line says of a student, and return whether the gradebook takes it."""
        said = {"first_name": person.first_name, "last_name": person.last_name, "email": person.email}
        if not (before and before.lms_id and person.participant):  # a number of one assignment replaces none
            said["lms_user_id"] = person.lms_id
        said = {name: value for name, value in said.items() if value}
        if before is not None and all(value == getattr(before, _ours(name)) for name, value in said.items()):
            self.done.unchanged += 1
            return True
        try:
            self.book.update_or_create_student(before.id if before else person.id, **said)
        except InvalidEntry as error:
            told = " ".join(str(error).split())
            self.done.refused.append(f"{person.id} was not imported: the gradebook refuses it ({told}).")
            return False
        self.done.new += before is None
        self.done.changed += before is not None
        return True

    def _keep(self, person: Person, student: str) -> None:
        """Keep what the platform calls a student; a file with a column for groups names all of their groups."""
        kept = self.names.students.setdefault(student, StudentNames())
        kept.columns |= person.columns
        if person.groups is not None:
            kept.groups = list(person.groups)
        if person.participant and person.participant not in kept.participants:
            kept.participants.append(person.participant)


def _shown(person: Person) -> str:
    return one_line(join_name(person.first_name, person.last_name) or person.id)


def export_roster(course: Course, path: Path) -> int:
    """Write the students of the gradebook to a CSV file, with their groups if there are any; return how many.

    Raises
    ------
    UsageError
        If there is no gradebook.
    """
    persons = people_of(course)
    if not gradebook.has_gradebook(course.nbgrader().coursedir.db_url):
        raise UsageError("There is no gradebook yet: `autograder roster import FILE.csv` or grading makes it.")
    head, rows = roster_table(persons, LmsNames.of(course))
    write_atomically(path, BYTE_ORDER_MARK + csv_text([head, *rows.values()]))
    return len(rows)


def roster_table(persons: Iterable[Person], names: LmsNames) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Return the head of a roster and the line of each student, which `import_roster` reads back as it was."""
    rows: dict[str, tuple[str, ...]] = {
        p.id: (p.id, join_name(p.first_name, p.last_name), p.lms_id, p.email) for p in persons
    }
    if not names.groups():
        return COLUMNS, rows
    kept = {student: ", ".join(names.students.get(student, StudentNames()).groups) for student in rows}
    return (*COLUMNS, "group"), {student: (*row, kept[student]) for student, row in rows.items()}


def _ours(column: str) -> str:
    return "lms_id" if column == "lms_user_id" else column


def _persons(book: Gradebook) -> list[Person]:
    found = [
        Person(s.id, s.first_name or "", s.last_name or "", s.lms_user_id or "", s.email or "") for s in book.students
    ]
    return sorted(found, key=lambda person: person.id)
