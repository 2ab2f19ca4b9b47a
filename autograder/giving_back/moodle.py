"""Moodle's grading worksheet of an assignment: the grades are filled in, and a comment where nobody has written one.

Moodle takes the file back by `Identifier`, `Grade` and `Last modified (grade)`, whatever else is in it; an empty grade
is skipped, and so is one that is more than the maximum. From `mod/assign/feedback/offline` of Moodle
(`importgradeslib.php`, `locallib.php`) and its page "Offline grading worksheet". Comments are HTML there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from markupsafe import escape

from autograder.collecting.people import Person, letters
from autograder.collecting.sheet import Sheet
from autograder.errors import UsageError
from autograder.giving_back.cells import differs, put_score
from autograder.giving_back.grades import Grade, Grades
from autograder.shown.terminal import one_line

# Heads, as the site's language has them; another language needs --column.
GRADE = ("grade", "bewertung", "calificacion", "note", "nota", "valutazione", "cijfer")
COMMENTS = ("feedbackcomments", "feedbackalskommentar", "feedbackalskommentare")
MAXIMUM = ("maximumgrade", "bestwertung", "maximalebewertung")
CHANGEABLE = ("gradecanbechanged", "bewertungkanngeandertwerden")
NO = ("no", "nein")
OURS = "Points by exercise: "


def fill(sheet: Sheet, rows: Mapping[str, Person], grades: Grades, column: str, notes: list[str]) -> int:
    """Fill in grades and comments; return how many grades stand there then.

    Raises
    ------
    UsageError
        If it is not a grading worksheet.
    """
    head = sheet.rows[0]
    grade = _place(head, (letters(column),) if column else GRADE)
    if grade is None or not any(person.participant for person in rows.values()):
        raise UsageError(
            f"{sheet.path} is not Moodle's grading worksheet of this course (it has "
            f"{', '.join(map(one_line, head[:6]))}): download it from the assignment, Submissions, Download grading "
            "worksheet; in another language, name the column of the grades with --column."
        )
    comments, maximum, changeable = (_place(head, words) for words in (COMMENTS, MAXIMUM, CHANGEABLE))
    written, locked = 0, list[str]()
    for student, person in rows.items():
        found, cells = grades.of[student], sheet.rows[person.row]
        if found.score is None:
            continue
        if changeable is not None and _cell(cells, changeable).casefold() in NO:
            locked.append(student)
            continue
        put_score(sheet, person.row, grade, found.score)
        written += 1
        if comments is not None and found.points and _is_ours(_cell(cells, comments)):
            sheet.put(person.row, comments, comment(found))
    if locked:
        notes.append(f"{', '.join(locked)}: Moodle has locked the grade; left as it is.")
    offered = {_cell(sheet.rows[person.row], maximum) for person in rows.values()} if maximum is not None else set()
    if other := sorted(most for most in offered if differs(most, grades.max_score)):
        notes.append(
            f"Moodle's maximum grade is {one_line(other[0])}, the assignment has {grades.max_score:g} points: points "
            "are written as they are, and Moodle skips those above its maximum."
        )
    return written


def comment(grade: Grade) -> str:
    """Return what a student reads beside the grade, as HTML: points by exercise, and what people have written."""
    points = ", ".join(f"{name} {earned:g} of {most:g}" for name, (earned, most) in grade.points.items())
    late = [f"Late: {grade.penalty:g} points off."] if grade.penalty else []
    return str(escape(" ".join([f"{OURS}{points}.", *late, *grade.said])))


def _is_ours(text: str) -> bool:
    """Return whether nobody has written a comment, or an earlier export has."""
    return not text.strip() or OURS.strip() in text


def _place(head: list[str], words: Iterable[str]) -> int | None:
    return next((place for word in words for place, cell in enumerate(head) if letters(cell) == word), None)


def _cell(cells: list[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""
