"""A roster file: who is in the class, as Canvas, Moodle, a spreadsheet or a person has written it into a CSV file.

Headers, delimiters and encodings are looked at, not prescribed. Canvas's files are the export of its gradebook
(`lib/gradebook_exporter.rb`) and that of its groups (`doc/api/group_category_csv.md`); Moodle's are its participants
and an assignment's grading worksheet (`mod/assign/gradingtable.php`).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from autograder.collecting.people import OF_NO_GROUP, Person, folded, letters, proposed, require_id
from autograder.collecting.sheet import Sheet
from autograder.errors import SubmissionError, UsageError
from autograder.files.durable import as_written
from autograder.shown.terminal import one_line

COLUMNS = ("id", "name", "lms_id", "email")
LONGEST_FIELD = 128  # characters, in the gradebook
# What Moodle calls a student in a grading worksheet, as the site's language has it.
PARTICIPANT = re.compile(
    r"(?:participante?|teilnehmer(?:/in|\*in|:in)?|deelnemer|partecipante|deltaker|deltager|deltagare)\s*(\d+)",
    re.IGNORECASE,
)
IN_NO_GROUP = ("nogroups", "nogroup", "keinegruppen", "keinegruppe", *OF_NO_GROUP)
# Headers in order of preference; only letters and digits count. Canvas calls its own number `ID`.
CANVAS = {
    "id": ("sisloginid", "loginid", "sisuserid", "integrationid"),
    "name": ("student", "studentname", "name"),
    "first_name": ("firstname",),
    "last_name": ("lastname",),
    "lms_id": ("id", "canvasid"),
    "email": ("email", "emailaddress"),
}
CANVAS_GROUPS = {
    "id": ("loginid", "userid"),
    "name": ("name",),
    "lms_id": ("canvasuserid",),
    "group": ("groupname",),
}
ANY = {
    "id": (
        "id",
        "studentid",
        "username",
        "userid",
        "login",
        "loginid",
        "sisloginid",
        "idnumber",
        "matriculationnumber",
    ),
    "name": ("name", "fullname", "vollstandigername", "student", "studentname"),
    "first_name": ("firstname", "givenname", "vorname", "forename"),
    "last_name": ("lastname", "surname", "familyname", "nachname"),
    "lms_id": ("lmsid", "lmsuserid", "canvasid", "moodleid", "identifier", "idnumber"),
    "email": ("email", "emailaddress", "mail", "emailadresse"),
    "group": ("group", "groups", "groupname", "gruppe", "gruppen"),
}
TEST_STUDENT = "studenttest"  # Canvas's `Student, Test` of its student view
# What of a platform's own columns is kept, to fill in its files again: those that say who somebody is.
KEPT = frozenset(
    {
        "Student",
        "LastName",
        "FirstName",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Integration ID",
        "Root Account",
        "Section",
        "Identifier",
        "Full name",
        "First name",
        "Last name",
        "Surname",
        "Username",
        "ID number",
        "Email address",
    }
)


@dataclass
class Roster:
    """A roster file: its students, which lines were refused and why, and what is worth knowing.

    `has_ids` says whether a column of it is for ids; otherwise another one was taken.
    """

    persons: list[Person] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    has_ids: bool = True


def read_roster(path: Path) -> Roster:
    """Return what a CSV file says of the class.

    Raises
    ------
    UsageError
        If it cannot be read, or no column of it can be the id.
    """
    sheet = Sheet.read(path)
    return roster_of(sheet)


def roster_of(sheet: Sheet) -> Roster:
    """Return what the rows of a CSV file say of the class; raises as `read_roster` does."""
    path = sheet.path
    if not sheet.rows:
        raise UsageError(f"{path} is empty: it needs a line with the columns {', '.join(COLUMNS)}, and one a student.")
    head = sheet.rows[0]
    places = {letters(as_written(cell)): place for place, cell in reversed(list(enumerate(head)))}
    columns = _columns(path, head, places)
    if any(PARTICIPANT.fullmatch(row[columns["id"]].strip()) for row in sheet.rows[1:2] if columns["id"] < len(row)):
        columns["lms_id"] = columns["id"]  # a grading worksheet in a language that calls its identifier ID
        columns["id"] = columns.get("email", columns["lms_id"])
    roster = Roster(has_ids=columns["id"] not in (columns.get("email"), columns.get("lms_id")))
    if not roster.has_ids:
        taken = one_line(as_written(head[columns["id"]]))
        roster.warnings.append(
            f"{path.name} has no column for ids (it has {', '.join(map(one_line, head))}): new students get "
            f"their {taken} as id. To use another column, call it id."
        )
    for number, (line, row) in list(enumerate(zip(sheet.numbers, sheet.rows, strict=True)))[1:]:
        cells = {name: _clean(row[place]) if place < len(row) else "" for name, place in columns.items()}
        if _is_group(places) and not cells["id"]:  # Canvas identifies them by any one of its numbers
            cells["id"] = cells["lms_id"]
        name = letters(cells.get("name", "") or cells.get("first_name", "") + cells.get("last_name", ""))
        if _is_canvas(places) and name in (TEST_STUDENT, "teststudent"):
            roster.warnings.append(f"{path.name}, line {line}: Canvas's test student was left out.")
        elif any(cells.values()) and "pointspossible" not in name:  # Canvas's second line
            _add(roster, f"{path.name}, line {line}", cells, _kept(head, row), number)
    _tell_apart(roster)
    return roster


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name of `Last, First`, `First Last` or `First`."""
    if "," in name:
        last, _, first = name.rpartition(",")
    elif " " in name:
        first, _, last = name.rpartition(" ")
    else:
        first, last = name, ""
    return " ".join(first.split()), " ".join(last.split())


def join_name(first: str, last: str) -> str:
    """Return the name that `split_name` takes apart again."""
    if last:
        return f"{last}, {first}".rstrip()
    return f", {first}" if "," in first or " " in first else first


def _columns(path: Path, head: list[str], places: dict[str, int]) -> dict[str, int]:
    """Return which column holds what."""
    wanted = (CANVAS_GROUPS if _is_group(places) else CANVAS if _is_canvas(places) else ANY).items()
    found = {name: next((places[word] for word in words if word in places), -1) for name, words in wanted}
    if found["id"] < 0:
        found["id"] = next((found[name] for name in ("email", "lms_id") if found.get(name, -1) >= 0), -1)
    if found["id"] < 0:
        raise UsageError(
            f"{path} has no column for the students' ids (it has {', '.join(map(one_line, head))}): call one id; the "
            f"others are {', '.join(COLUMNS[1:])}."
        )
    return {name: place for name, place in found.items() if place >= 0}


def _is_group(places: dict[str, int]) -> bool:
    return "canvasuserid" in places and "groupname" in places


def _is_canvas(places: dict[str, int]) -> bool:
    return "id" in places and ("sisloginid" in places or "sisuserid" in places)


def _kept(head: list[str], row: list[str]) -> dict[str, str]:
    """Return the cells that say who somebody is, in the platform's own words."""
    pairs = ((name.strip(), as_written(cell)[:LONGEST_FIELD]) for name, cell in zip(head, row, strict=False))
    return {name: cell for name, cell in pairs if name in KEPT and cell.strip()}


def _clean(cell: str) -> str:
    bare = as_written(cell)
    return bare if bare != cell else " ".join(cell.split())


def _add(roster: Roster, where: str, cells: dict[str, str], columns: dict[str, str], row: int) -> None:
    first, last = split_name(cells.get("name", ""))
    first, last = cells.get("first_name") or first, cells.get("last_name") or last
    first = " ".join(first.replace(",", " ").split())  # a comma stands between last and first name
    number = PARTICIPANT.fullmatch(cells.get("lms_id", ""))
    lms_id = number[1] if number else cells.get("lms_id", "")
    try:
        student, problem = _id(cells, f"{first} {last}".strip(), roster.has_ids)
        groups = _groups(cells["group"]) if "group" in cells else None
        person = Person(
            student,
            first,
            last,
            lms_id,
            cells.get("email", ""),
            columns=columns,
            groups=groups,
            participant=lms_id if number else "",
            is_guessed=not roster.has_ids or cells["id"] == cells.get("lms_id") or bool(problem),
            problem=problem,
            row=row,
        )
        long = [text for text in (first, last, lms_id, person.email, *(groups or ())) if len(text) > LONGEST_FIELD]
        if long:
            raise SubmissionError(f"{one_line(long[0])} has more than {LONGEST_FIELD} characters")
    except SubmissionError as error:
        roster.refused.append(f"{where} was not imported: {error}.")
        return
    roster.persons.append(person)


def _id(cells: dict[str, str], name: str, has_ids: bool) -> tuple[str, str]:
    """Return a line's id, and why nobody new can have it; raises where nothing else could say who it is."""
    idea = proposed(cells.get("email", "").partition("@")[0] or name)
    if not cells["id"]:
        problem = f"it has no id; for example, use {idea!r}"
        if has_ids or not name:
            raise SubmissionError(problem)
        return idea, problem
    try:
        return require_id(cells["id"]), ""
    except SubmissionError as error:
        if not (cells.get("lms_id") or cells.get("email")):
            raise
        return idea, str(error)


def _groups(cell: str) -> tuple[str, ...]:
    """Return the groups that a cell names; Moodle puts commas between several, and has words for none."""
    names = (name.strip() for name in cell.split(","))
    return tuple(dict.fromkeys(name for name in names if name and letters(name) not in IN_NO_GROUP))


def _tell_apart(roster: Roster) -> None:
    """Refuse students who have an id or a number in the learning platform in common; tell other likeness."""
    roster.persons = list(dict.fromkeys(roster.persons))
    for what, key in (("id", lambda p: folded(p.id)), ("lms_id", lambda p: p.lms_id)):
        times = Counter(key(person) for person in roster.persons)
        for value in sorted(value for value, count in times.items() if count > 1 and value):
            same = [person for person in roster.persons if key(person) == value]
            them = " and ".join(f"{join_name(p.first_name, p.last_name) or '?'} ({p.id})" for p in same)
            roster.refused.append(f"{them} were not imported: they have the same {what}; give each one of their own.")
        roster.persons = [person for person in roster.persons if times[key(person)] == 1 or not key(person)]
    for what, key in (
        ("e-mail address", lambda p: folded(p.email)),
        ("name, so give each an lms_id", lambda p: letters(p.first_name + p.last_name)),
    ):
        times = Counter(key(person) for person in roster.persons)
        for value in sorted(value for value, count in times.items() if count > 1 and value):
            them = " and ".join(person.id for person in roster.persons if key(person) == value)
            roster.warnings.append(f"{them} have the same {what}.")
