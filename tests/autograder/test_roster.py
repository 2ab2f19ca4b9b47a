"""The roster: files of many kinds go in, what comes out can be opened without harm and goes in again as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from test_databases import SERVER, server, url  # noqa: F401 - fixtures
from tiny_course import RIGHT, TinyCourse

from autograder.collecting.people import Owner as Meant
from autograder.collecting.people import People, Person, letters, proposed, require_id
from autograder.collecting.roster import export_roster, import_roster, people_of
from autograder.collecting.roster_file import join_name, read_roster, split_name
from autograder.course.course import find_programs
from autograder.errors import SubmissionError, UsageError
from autograder.files.durable import as_written, csv_text

Run = Callable[..., tuple[int, str, str]]
ADA = Person("ada", "Ada", "Lovelace", "12", "ada@example.org")
ALAN = Person("alan", "Alan", "Turing", "13", "alan@example.org")


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a roster file; return its path."""
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return path


CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,tiny (77)
    Points Possible,,,,,5
"Lovelace, Ada",12,s1,ada,A,3
"Turing, Alan",13,s2,alan,A,4
"""
CANVAS_PEOPLE = [Person("ada", "Ada", "Lovelace", "12"), Person("alan", "Alan", "Turing", "13")]
MOODLE = """First name,Surname,Username,ID number,Email address
Ada,Lovelace,ada,12,ada@example.org
Alan,Turing,alan,13,alan@example.org
"""
WORKSHEET = """Identifier,Full name,Email address,Status,Grade
Participant 12,Ada Lovelace,ada@example.org,Submitted,-
Participant 13,Alan Turing,alan@example.org,Submitted,-
"""
WORKSHEET_PEOPLE = [
    Person("ada@example.org", "Ada", "Lovelace", "12", "ada@example.org"),
    Person("alan@example.org", "Alan", "Turing", "13", "alan@example.org"),
]
OURS = "id,name,lms_id,email\nada,Ada Lovelace,12,ada@example.org\nalan,'Turing, Alan',13,alan@example.org\n".replace(
    "'", '"'
)
NBGRADER = """id,first_name,last_name,lms_user_id,email
ada,Ada,Lovelace,12,ada@example.org
alan,Alan,Turing,13,alan@example.org
"""


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (CANVAS, CANVAS_PEOPLE),
        (MOODLE, [ADA, ALAN]),
        (WORKSHEET, WORKSHEET_PEOPLE),
        (OURS, [ADA, ALAN]),
        (NBGRADER, [ADA, ALAN]),
        (MOODLE.replace(",", ";"), [ADA, ALAN]),
        (MOODLE.replace(",", "\t"), [ADA, ALAN]),
        ("sep=;\r\n" + MOODLE.replace(",", ";"), [ADA, ALAN]),
        ("\r\n" + MOODLE.replace("\n", "\r\n"), [ADA, ALAN]),
    ],
)
def test_exports_of_platforms_and_people_are_understood(tmp_path: Path, text: str, people: list[Person]) -> None:
    found = read_roster(written(tmp_path, text))
    assert found.persons == people
    assert not found.refused


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_told_by_looking(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = (
        delimiter.join(["id", "first name", "last name"]) + "\n" + delimiter.join(["jörg", "Jörg", "Müller-Ångström"])
    )
    assert read_roster(written(tmp_path, text, encoding)).persons == [Person("jörg", "Jörg", "Müller-Ångström")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("name,colour\nAda,red\n", "no column for the students' ids"),
        ('id,name\nada,"Ada\n', "is not a CSV file"),
        ("id\0\0\0,name", "is not text"),
    ],
)
def test_what_is_no_roster_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_roster(written(tmp_path, text))


@pytest.mark.parametrize(
    ("student", "idea"),
    [
        ("a*", "a"),
        ("[ab]", "ab"),
        ("a?b", "a-b"),
        ("../ada", "ada"),
        ("ada/tiny", "ada-tiny"),
        (".ada", "ada"),
        ("-ada", "ada"),
        ("ada.", "ada"),
        ("NUL", "student-NUL"),
        ("aux.ada", "student-aux.ada"),
        ("a" * 129, "a" * 40),
        ("{ada}", "ada"),
        ("ada\u202e", "ada"),
        ("***", "student-1"),
    ],
)
def test_an_id_that_nbgrader_cannot_use_is_refused_with_another(tmp_path: Path, student: str, idea: str) -> None:
    found = read_roster(written(tmp_path, csv_text([["id", "name"], [student, "Ada"], ["bob", "Bob"]])))
    assert found.persons == [Person("bob", "Bob")]
    (sentence,) = found.refused
    assert f"use {idea!r}" in sentence
    assert "line 2" in sentence
    assert require_id(idea) == idea


@given(st.text())
def test_a_proposed_id_can_be_one(text: str) -> None:
    assert require_id(proposed(text)) == proposed(text)


def test_a_line_without_an_id_gets_a_proposal(tmp_path: Path) -> None:
    (sentence,) = read_roster(written(tmp_path, "id,email\n,ada@example.org\n")).refused
    assert "use 'ada'" in sentence


def test_duplicates_are_told(tmp_path: Path) -> None:
    text = """id,name,lms_id,email
ada,Ada Lovelace,1,
ADA,Ada Byron,2,
bob,Bob,3,same@example.org
eve,Eve,4,same@example.org
kim1,Kim Lee,5,
kim2,Kim Lee,6,
uma,Uma,7,
una,Una,7,
zoe,Zoe,8,
zoe,Zoe,8,
"""
    found = read_roster(written(tmp_path, text))
    assert [person.id for person in found.persons] == ["bob", "eve", "kim1", "kim2", "zoe"]
    assert len(found.refused) == 2
    assert "Byron, Ada (ADA)" in found.refused[0]
    assert "Lovelace, Ada (ada)" in found.refused[0]
    assert "the same id" in found.refused[0]
    assert "Uma (uma) and Una (una)" in found.refused[1]
    assert "the same lms_id" in found.refused[1]
    assert any("bob and eve have the same e-mail" in told for told in found.warnings)
    assert any("kim1 and kim2 have the same name" in told for told in found.warnings)


def test_a_roster_that_names_nobody_is_told(tiny: TinyCourse, tmp_path: Path) -> None:
    done = import_roster(tiny, written(tmp_path, "id,name,lms_id,email\n"))
    (said,) = done.warnings
    assert said.endswith("names nobody: give it a line for each student.")


def test_import_goes_into_the_gradebook_and_takes_nothing_away(tiny: TinyCourse, tmp_path: Path) -> None:
    done = import_roster(tiny, written(tmp_path, MOODLE))
    assert (done.new, done.changed, done.unchanged) == (2, 0, 0)
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        ada = book.find_student("ada")
        found = (ada.first_name, ada.last_name, ada.lms_user_id, ada.email)
    assert found == ("Ada", "Lovelace", "12", "ada@example.org")
    done = import_roster(tiny, written(tmp_path, "id,name,email\nada,Ada King,\nALAN,Alan,\n"))
    assert (done.new, done.changed, done.unchanged) == (0, 1, 0)
    assert "alan, which differs in case only" in done.refused[0]
    assert people_of(tiny) == [Person("ada", "Ada", "King", "12", "ada@example.org"), ALAN]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=20)
FIELD = st.one_of(
    TEXT, st.tuples(st.text("'=+-@\t\r", min_size=1, max_size=4), TEXT).map("".join), st.text("x;'\"=\t\n")
)


@given(FIELD)
def test_no_text_is_a_formula_and_every_text_comes_back(text: str) -> None:
    ((cell,),) = csv.reader(io.StringIO(csv_text([[text]]), newline="")) if text else ((text,),)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert as_written(cell) == text
    for mark in ";\t":
        for row in csv.reader(io.StringIO(csv_text([["ada", text]]), newline=""), delimiter=mark):
            assert not any(found.startswith(("=", "+", "-", "@")) for found in row)


WORD = st.one_of(
    st.text(st.characters(categories=["L", "N"]), max_size=8), st.sampled_from(["=1+1", "'=x", "@me", "-"])
)


@given(first=st.lists(WORD, max_size=3), last=st.lists(WORD, max_size=3), comma=st.booleans())
def test_a_name_is_taken_apart_as_it_was_put_together(first: list[str], last: list[str], comma: bool) -> None:
    names = " ".join(filter(None, first)), (", " if comma else " ").join(filter(None, last))
    assert split_name(join_name(*names)) == names


def test_a_round_trip_is_the_identity(tiny: TinyCourse, tmp_path: Path) -> None:
    people = [
        Person("a", '=HYPERLINK("http://x")', "+1", "@2", "-3"),
        Person("b", "Mary Ann", "van der Berg", "007", "m@example.org"),
        Person("c", "", "Smith, Jr."),
        Person("d", "太郎", "山田", "", "taro@example.jp"),
        Person("e", "Björk"),
        Person("f", "'=x", "''+y", "\t=z", "\r=w"),
        Person("g"),
        Person("h", "Only First"),
        Person("i", 'Quote "Q"; semi', "a;b;c;d;e;f"),
    ]
    find_programs()
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        for p in people:
            book.add_student(p.id, first_name=p.first_name, last_name=p.last_name, lms_user_id=p.lms_id, email=p.email)
    first, second = tmp_path / "one.csv", tmp_path / "two.csv"
    assert export_roster(tiny, first) == len(people)
    with first.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    tiny.gradebook.unlink()
    done = import_roster(tiny, first)
    assert (done.new, done.refused) == (len(people), [])
    assert people_of(tiny) == people
    export_roster(tiny, second)
    assert first.read_bytes() == second.read_bytes()


@SERVER
@pytest.mark.usefixtures("url")
def test_a_server_is_a_gradebook_like_any_other(tiny: TinyCourse, tmp_path: Path) -> None:
    assert people_of(tiny) == []
    done = import_roster(tiny, written(tmp_path, MOODLE))
    assert (done.new, done.refused) == (2, [])
    assert people_of(tiny) == [ADA, ALAN]
    assert export_roster(tiny, tmp_path / "out.csv") == 2
    assert import_roster(tiny, tmp_path / "out.csv").unchanged == 2
    assert not tiny.gradebook.exists()


def test_the_command_line_tells_what_was_refused(tiny: TinyCourse, run_autograder: Run) -> None:
    (tiny.root / "r.csv").write_text("id,name\nada,Ada\nb*b,Bob\n")
    code, out, err = run_autograder("roster", "import", "r.csv")
    assert code == 3
    assert "use 'b-b'" in out
    assert "1 new" in out
    assert "1 could not be imported" in err
    code, _, err = run_autograder("roster", "import", "nowhere.csv")
    assert code == 2
    assert err.count("\n") == 1


def test_export_with_scores(tiny: TinyCourse, run_autograder: Run) -> None:
    assert run_autograder("roster", "export", "out.csv")[0] == 2
    (tiny.root / "r.csv").write_text("id,name,lms_id\nada,Ada Lovelace,12\nbob,Bob,13\n")
    assert run_autograder("roster", "import", "r.csv")[0] == 0
    code, _, err = run_autograder("roster", "export", "out.csv", "tiny")
    assert code == 2
    assert "no assignment 'tiny'" in err
    tiny.hand_in("ada", **RIGHT)
    assert run_autograder("grade", "tiny")[0] == 0
    assert run_autograder("roster", "export", "out.csv", "tiny")[0] == 0
    rows = list(csv.DictReader((tiny.root / "out.csv").open(encoding="utf-8-sig")))
    assert [list(row.values()) for row in rows] == [
        ["ada", "Lovelace, Ada", "12", "", "5.0", "5.0", "0.0"],
        ["bob", "Bob", "13", "", "", "5.0", ""],
    ]
    assert run_autograder("roster", "import", "out.csv")[0] == 0


@pytest.mark.parametrize(
    ("owner", "found"),
    [
        (Meant("", "lovelaceada", "12"), "ada"),
        (Meant("", "somebody else", "13"), "alan"),
        (Meant("", "turingalan", "99"), None),  # the number of somebody who is not in the roster
        (Meant("", "Ada Lovelace", "99", by_name=True), "ada"),
        (Meant("", "Ghost", "12", by_name=True), None),  # Moodle's numbers are not those of the roster
        (Meant("", "Kim Lee", "5", by_name=True), "kim1"),
        (Meant("", "Lee Kim", "6", by_name=True), "kim2"),
        (Meant("", "Kim Lee", "9", by_name=True), None),
        (Meant("", "Kim Lee"), None),
        (Meant("", "ADA"), "ada"),
        (Meant("", "Ada@Example.org"), "ada"),
        (Meant("", "12"), "ada"),
        (Meant("", "Lovelace, Ada"), "ada"),
        (Meant("", "Angstrom Bjorn"), "bjorn"),
        (Meant("", "ångströmbjörn"), "bjorn"),
        (Meant("", "nobody"), None),
    ],
)
def test_whom_a_download_means(owner: Meant, found: str | None) -> None:
    people = [ADA, ALAN, Person("bjorn", "Björn", "Ångström", "3")]
    people += [Person("kim1", "Kim", "Lee", "5"), Person("kim2", "Kim", "Lee", "6")]
    if found is None:
        with pytest.raises(SubmissionError):
            People(people).find(owner)
    else:
        assert People(people).find(owner) == found


@given(st.text())
def test_letters_do_not_depend_on_how_accents_are_written(text: str) -> None:
    import unicodedata

    assert letters(unicodedata.normalize("NFC", text)) == letters(unicodedata.normalize("NFD", text))
