"""Writes the grades of an assignment as a learning platform takes them, or as a plain table.

What a platform has exported itself is filled in, and otherwise comes out as it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograder.collecting.identify import Known
from autograder.collecting.lms_names import LmsNames, WorkNames, changing
from autograder.collecting.people import Person
from autograder.collecting.roster import BYTE_ORDER_MARK, roster_table
from autograder.collecting.roster_file import Roster, roster_of
from autograder.collecting.sheet import Sheet
from autograder.course.course import Course
from autograder.errors import SubmissionError, UsageError
from autograder.files.durable import csv_text, write_atomically
from autograder.giving_back import canvas, moodle
from autograder.giving_back.formats import Format
from autograder.giving_back.grades import Grade, Grades, State, grades_of
from autograder.shown.terminal import one_line

SCORES = ("score", "max_score", "late_penalty")
MOST_NAMED = 5


@dataclass
class Exported:
    """What an export wrote, for how many students, and what is worth knowing: a sentence each."""

    path: Path
    written: int = 0
    notes: list[str] = field(default_factory=list)


def export(
    course: Course,
    name: str,
    kind: Format,
    *,
    output: Path | None = None,
    into: Path | None = None,
    column: str = "",
    zero_missing: bool = False,
) -> Exported:
    """Write the grades of an assignment.

    Parameters
    ----------
    output
        Where to; by default into `reports/NAME/`.
    into
        A file that the platform has exported, to be filled in.
    column
        The column of that file, if it cannot be told.
    zero_missing
        Whether whoever has handed in nothing gets a 0.

    Raises
    ------
    UsageError
        If there are no grades, or the file is not the platform's.
    """
    grades = grades_of(course, name)
    done = Exported(output or course.reports / name / f"grades-{kind}.csv")
    if into and kind is Format.csv:
        raise UsageError("--into fills in a file of Canvas or Moodle: say which with --format.")
    if kind is Format.moodle and not into:
        raise UsageError(
            "Moodle takes grades in its own worksheet: download it from the assignment (Submissions, Download grading "
            "worksheet), and name it with --into."
        )
    if zero_missing:
        grades = _with_zeros(grades)
    if into:
        sheet = Sheet.read(into)
        _fill(course, sheet, kind, grades, column, done)
        write_atomically(done.path, sheet.content())
    else:
        names = LmsNames.of(course)
        rows = canvas.table(grades, names, column) if kind is Format.canvas else _table(grades, names)
        done.written = sum(grade.score is not None for grade in grades.of.values())
        write_atomically(done.path, BYTE_ORDER_MARK * (kind is Format.csv) + csv_text(rows))
        if kind is Format.canvas:
            done.notes.append(
                f"Canvas will offer to make a new assignment of the column {rows[0][-1]!r}: to fill in one that is "
                "there, export Canvas's gradebook, and name it with --into."
            )
            if unknown := [str(row[0]) for row in rows[2:] if not row[1]]:
                done.notes.append(
                    f"Canvas may not find {_listed(unknown)}, whose number in it is not known: import the export of "
                    "its gradebook with `autograder roster import`."
                )
    done.notes += _left_empty(grades)
    return done


def _table(grades: Grades, names: LmsNames) -> list[list[object]]:
    head, rows = roster_table(grades.persons, names)
    table: list[list[object]] = [[*head, *SCORES]]
    for student, row in rows.items():
        grade = grades.of[student]
        shown = ("" if value is None else value for value in (grade.score, grades.max_score, grade.penalty))
        table.append([*row, *shown])
    return table


def _with_zeros(grades: Grades) -> Grades:
    zeros = {student: Grade(State.graded, 0.0, 0.0) for student in grades.those(State.missing)}
    return Grades(grades.assignment, grades.max_score, grades.persons, {**grades.of, **zeros})


def _fill(course: Course, sheet: Sheet, kind: Format, grades: Grades, column: str, done: Exported) -> None:
    """Fill in the file of a platform, and keep what it calls the students."""
    roster = roster_of(sheet)
    with changing(course) as names:
        rows = _rows(roster, grades.persons, names, done)
        if kind is Format.canvas:
            done.written = canvas.fill(sheet, rows, grades, column, done.notes)
        else:
            done.written = moodle.fill(sheet, rows, grades, column, done.notes)
            work = names.work.setdefault(grades.assignment, {})
            for student, person in rows.items():
                if person.participant:
                    work.setdefault(student, WorkNames()).participant = person.participant
    lost = [s for s, grade in grades.of.items() if grade.state is State.graded and grade.score and s not in rows]
    if lost:
        done.notes.append(f"{sheet.path.name} has no row for these students, who have a score: {_listed(lost)}.")


def _rows(roster: Roster, persons: Iterable[Person], names: LmsNames, done: Exported) -> dict[str, Person]:
    """Return which row is whose, by student; a row that is nobody's, or could be several people's, is left as it is."""
    known = Known(persons, names.participants(), trusts_names=True)
    found: defaultdict[str, list[Person]] = defaultdict(list)
    done.notes += roster.refused
    for person in roster.persons:
        try:
            student = known.find(person)
        except SubmissionError as error:
            done.notes.append(f"{_shown(person)} was left as it is: {error}.")
            continue
        if student is None:
            told = "nobody in the gradebook has their number, address or name"
            done.notes.append(f"{_shown(person)} was left as it is: {told}.")
        else:
            found[student.id].append(person)
    for student_id, several in found.items():
        if len(several) > 1:
            them = " and ".join(map(_shown, several))
            done.notes.append(f"{them} were left as they are: each could be {student_id}.")
    return {student_id: several[0] for student_id, several in found.items() if len(several) == 1}


def _shown(person: Person) -> str:
    return one_line(f"{person.first_name} {person.last_name}".strip() or person.id)


def _left_empty(grades: Grades) -> list[str]:
    """Return a sentence for each reason why somebody has no score."""
    found = ((state, grades.those(state)) for state in State if state is not State.graded)
    return [f"No score was written for {_listed(them)}: {state.value}." for state, them in found if them]


def _listed(students: list[str]) -> str:
    rest = len(students) - MOST_NAMED
    return ", ".join(students[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
