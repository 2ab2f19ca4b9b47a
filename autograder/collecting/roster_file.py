"""A roster file: who is in the class, as Canvas, Moodle, a spreadsheet or a person has written it into a CSV file.

Headers, delimiters and encodings are looked at, not prescribed.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from autograder.collecting.people import Person, folded, letters, proposed, require_id
from autograder.errors import SubmissionError, UsageError
from autograder.files.durable import as_written
from autograder.intake.limits import LARGEST_ROSTER
from autograder.shown.terminal import one_line

COLUMNS = ("id", "name", "lms_id", "email")
LONGEST_FIELD = 128  # characters, in the gradebook
PARTICIPANT = re.compile(r"(?:participant|teilnehmer/in|teilnehmer)\s*(\d+)", re.IGNORECASE)
# Headers in order of preference; only letters and digits count. Canvas calls its own number `ID`.
CANVAS = {
    "id": ("sisloginid", "loginid", "sisuserid", "integrationid"),
    "name": ("student", "studentname", "name"),
    "lms_id": ("id", "canvasid"),
    "email": ("email", "emailaddress"),
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
    "name": ("name", "fullname", "student", "studentname"),
    "first_name": ("firstname", "givenname", "vorname", "forename"),
    "last_name": ("lastname", "surname", "familyname", "nachname"),
    "lms_id": ("lmsid", "lmsuserid", "canvasid", "moodleid", "identifier", "idnumber"),
    "email": ("email", "emailaddress", "mail", "emailadresse"),
}


@dataclass
class Roster:
    """A roster file: its students, which lines were refused and why, and what is worth knowing."""

    persons: list[Person] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_roster(path: Path) -> Roster:
    """Return what a CSV file says of the class.

    Raises
    ------
    UsageError
        If it cannot be read, or no column of it can be the id.
    """
    rows = _rows(path)
    if not rows:
        raise UsageError(f"{path} is empty: it needs a line with the columns {', '.join(COLUMNS)}, and one a student.")
    columns = _columns(path, rows[0][1])
    roster = Roster()
    for line, row in rows[1:]:
        cells = {name: _clean(row[place]) if place < len(row) else "" for name, place in columns.items()}
        if any(cells.values()) and "pointspossible" not in letters(cells.get("name", "")):  # Canvas's second line
            _add(roster, f"{path.name}, line {line}", cells)
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


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the lines of a CSV file that say something, with their numbers."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_ROSTER + 1)
    except OSError as error:
        raise UsageError(f"The roster {path} cannot be read: {error.strerror}.") from error
    if len(raw) > LARGEST_ROSTER:
        raise UsageError(f"{path} is larger than {LARGEST_ROSTER // 2**20} MB: is it a roster?")
    text = _decoded(path, raw)
    said = re.match(r"sep=(.)\r?\n", text)  # a line for spreadsheets
    first = 1 + bool(said)
    text = text[said.end() :] if said else text
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = said[1] if said else max(",;\t|", key=head.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return [(reader.line_num + first - 1, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise UsageError(f"{path} is not a CSV file ({error}): save it as CSV in a spreadsheet.") from error


def _decoded(path: Path, raw: bytes) -> str:
    """Return a text whose encoding nobody names."""
    guesses = ["utf-8-sig", "cp1252", "latin-1"]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        guesses = ["utf-16"]
    elif b"\0" in raw[:1000]:
        guesses = ["utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"]
    for encoding in guesses:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UsageError(f"{path} is not text: save the roster as CSV, for example from a spreadsheet.")


def _columns(path: Path, head: list[str]) -> dict[str, int]:
    """Return which column holds what."""
    places = {letters(as_written(cell)): place for place, cell in reversed(list(enumerate(head)))}
    is_canvas = "id" in places and ("sisloginid" in places or "sisuserid" in places)
    wanted = (CANVAS if is_canvas else ANY).items()
    found = {name: next((places[word] for word in words if word in places), -1) for name, words in wanted}
    if found["id"] < 0:
        found["id"] = next((found[name] for name in ("email", "lms_id") if found[name] >= 0), -1)
    if found["id"] < 0:
        raise UsageError(
            f"{path} has no column for the students' ids (it has {', '.join(map(one_line, head))}): call one id; the "
            f"others are {', '.join(COLUMNS[1:])}."
        )
    return {name: place for name, place in found.items() if place >= 0}


def _clean(cell: str) -> str:
    bare = as_written(cell)
    return bare if bare != cell else " ".join(cell.split())


def _add(roster: Roster, where: str, cells: dict[str, str]) -> None:
    first, last = split_name(cells.get("name", ""))
    first, last = cells.get("first_name") or first, cells.get("last_name") or last
    first = " ".join(first.replace(",", " ").split())  # a comma stands between last and first name
    number = PARTICIPANT.fullmatch(cells.get("lms_id", ""))
    lms_id = number[1] if number else cells.get("lms_id", "")
    try:
        if not cells["id"]:
            idea = proposed(cells.get("email", "").partition("@")[0] or f"{first} {last}")
            raise SubmissionError(f"it has no id; for example, use {idea!r}")
        person = Person(require_id(cells["id"]), first, last, lms_id, cells.get("email", ""))
        long = [text for text in (first, last, lms_id, person.email) if len(text) > LONGEST_FIELD]
        if long:
            raise SubmissionError(f"{one_line(long[0])} has more than {LONGEST_FIELD} characters")
    except SubmissionError as error:
        roster.refused.append(f"{where} was not imported: {error}.")
        return
    roster.persons.append(person)


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
