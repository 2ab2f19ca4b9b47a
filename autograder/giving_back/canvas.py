"""Canvas's gradebook as a CSV file: the column of an assignment is filled in, or a file with one column is made.

Canvas finds an assignment by the number behind its title, `Homework 1 (4711)`, and a student by `ID`; it takes the file
back with the row `Points Possible` and whatever else it had. `EX` says that a student is excused, `N/A` that the
assignment is not theirs. From the guide "How do I import grades in the Gradebook?" and Canvas's
`lib/gradebook_exporter.rb` and `lib/gradebook_importer.rb`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from autograder.collecting.lms_names import LmsNames, StudentNames
from autograder.collecting.people import Person, letters
from autograder.collecting.roster_file import join_name
from autograder.collecting.sheet import Sheet
from autograder.errors import UsageError
from autograder.giving_back.cells import differs, put_score
from autograder.giving_back.grades import Grades
from autograder.shown.terminal import one_line

TITLE = re.compile(r"(?P<title>.+) \((?P<id>\d+)\)")
STUDENT, ID = "Student", "ID"
OTHERS = ("SIS User ID", "SIS Login ID", "Section")
NOT_GRADED = ("EX", "N/A")


def fill(sheet: Sheet, rows: Mapping[str, Person], grades: Grades, column: str, notes: list[str]) -> int:
    """Fill in the column of an assignment; return how many scores stand there then.

    Raises
    ------
    UsageError
        If the column cannot be told, or Canvas lets nobody change it.
    """
    place = _column(sheet, grades.assignment, column)
    for row in sheet.rows[1:3]:
        if "Points Possible" in row[0] and place < len(row):
            if "read only" in row[place]:
                raise UsageError(f"The column {sheet.rows[0][place]!r} of {sheet.path} is read only in Canvas.")
            if differs(row[place], grades.max_score):
                notes.append(
                    f"Canvas gives {row[place]} points for {sheet.rows[0][place]}, the assignment has "
                    f"{grades.max_score:g}: points are written as they are."
                )
    written, excused = 0, list[str]()
    for student, person in rows.items():
        score = grades.of[student].score
        cells = sheet.rows[person.row]
        if place < len(cells) and cells[place].strip().upper() in NOT_GRADED:
            excused.append(student)
        elif score is not None:
            put_score(sheet, person.row, place, score)
            written += 1
    if excused:
        notes.append(f"{', '.join(excused)}: excused in Canvas, or not assigned; left as it is.")
    return written


def table(grades: Grades, names: LmsNames, column: str) -> list[list[object]]:
    """Return the rows of a file with one column, made of what was kept when the roster was imported."""
    made: list[list[object]] = [[STUDENT, ID, *OTHERS, column or grades.assignment]]
    made.append(["    Points Possible", "", "", "", "", f"{grades.max_score:.2f}"])
    for person in grades.persons:
        kept = names.students.get(person.id, StudentNames()).columns
        score = grades.of[person.id].score
        who = kept.get(STUDENT) or join_name(person.first_name, person.last_name) or person.id
        cells = (kept.get(ID) or person.lms_id, *(kept.get(head, "") for head in OTHERS))
        made.append([who, *cells, "" if score is None else f"{score:.2f}"])
    return made


def _column(sheet: Sheet, name: str, wanted: str) -> int:
    """Return the place of an assignment's column: the one that is named, that of the same name, or the only one."""
    head = sheet.rows[0]
    if ID not in head or "Section" not in head:
        raise UsageError(
            f"{sheet.path} is not an export of Canvas's gradebook (it has {', '.join(map(one_line, head[:5]))}): "
            "choose Grades, Export, Export Entire Gradebook."
        )
    found = {place: TITLE.fullmatch(cell.strip()) for place, cell in enumerate(head)}
    titles = {place: match for place, match in found.items() if match}
    if wanted:
        chosen = [p for p, match in titles.items() if wanted.strip() in (match[0], match["title"], match["id"])] or [
            p for p, cell in enumerate(head) if cell.strip() == wanted.strip()
        ]
    else:
        chosen = [p for p, match in titles.items() if letters(match["title"]) == letters(name)]
        chosen = chosen or (list(titles) if len(titles) == 1 else [])
    if len(chosen) == 1:
        return chosen[0]
    listed = ", ".join(one_line(match[0]) for match in titles.values()) or "none"
    raise UsageError(
        f"Which column of {sheet.path} is {wanted or name} cannot be told: name it with --column. Its assignments: "
        f"{listed}."
    )
