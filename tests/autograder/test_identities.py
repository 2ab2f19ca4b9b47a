"""Who a line of a roster is: nobody becomes a second student, whatever a platform calls them."""

from __future__ import annotations

import json
import shutil
import stat

import pytest
from command import autograder
from downloads import collected, imported, submitted
from tiny_course import RIGHT, TinyCourse

from autograder.collecting import lms_names
from autograder.collecting.lms_names import LmsNames
from autograder.collecting.roster import export_roster, people_of

ROSTER = """id,name,email
ada,Ada Lovelace,ada@example.org
smith1,Jane Smith,jane@example.org
smith2,Jane Smith,j.smith@example.org
"""
HEAD = "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (grade)"
WORKSHEET = f"""{HEAD},Feedback comments
Participant 1001,Ada Lovelace,ada@example.org,Submitted for grading,,5.00,Yes,-,
Participant 1007,Jane Smith,jane@example.org,Submitted for grading,,5.00,Yes,-,
Participant 1008,Jane Smith,j.smith@example.org,Submitted for grading,,5.00,Yes,-,
"""
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,tiny (77)
    Points Possible,,,,,5.00
"Lovelace, Ada",12,s1,ada,A 1,
"Turing, Alan",13,s2,alan,A 1,
"Student, Test",99,,0a1b2c,A 1,
"""


def ids(course: TinyCourse) -> list[str]:
    """Return the ids in the gradebook."""
    return [person.id for person in people_of(course)]


def test_a_worksheet_finds_the_students_and_tells_namesakes_apart(tiny: TinyCourse) -> None:
    imported(tiny, ROSTER)
    code, said = imported(tiny, WORKSHEET)
    assert code == 0
    assert ids(tiny) == ["ada", "smith1", "smith2"]
    assert "has no column for ids" in said
    content = {
        f"{name}_{number}_assignsubmission_file/tiny.ipynb": work
        for name, number, work in [
            ("Ada Lovelace", 1001, b"A"),
            ("Jane Smith", 1008, b"2"),
            ("Jane Smith", 1007, b"1"),
        ]
    }
    assert collected(tiny, content)[0] == 0
    assert submitted(tiny) == {"ada": b"A", "smith1": b"1", "smith2": b"2"}
    blind = {"Participant_1008_assignsubmission_file/tiny.ipynb": b"blind"}
    assert collected(tiny, blind)[0] == 0
    assert submitted(tiny)["smith2"] == b"blind"
    again = WORKSHEET.replace("Participant 100", "Participant 200")
    assert imported(tiny, again)[0] == 0, "each assignment has numbers of its own"
    assert LmsNames.of(tiny).students["smith2"].participants == ["1008", "2008"]


def test_a_number_of_the_worksheet_is_nobody_elses(tiny: TinyCourse) -> None:
    """Students can change their name in Moodle, to that of another student or of a group; their number stays."""
    imported(tiny, ROSTER.replace("email\n", "email,group\n").replace("ada@example.org", "ada@example.org,Lab 1"))
    imported(tiny, WORKSHEET)
    for name in ("Ada Lovelace", "Lab 1", "Lab 2-Ada Lovelace", "Somebody"):
        code, said = collected(tiny, {f"{name}_1007_assignsubmission_file/tiny.ipynb": b"?"})
        assert (code, submitted(tiny)) == (3, {})
        assert f"{name} (Moodle 1007) has the number that the grading worksheet gives to smith1" in " ".join(
            said.split()
        )
    for name in ("Jane Smith", "Lab 2-Jane Smith"):
        assert collected(tiny, {f"{name}_1007_assignsubmission_file/tiny.ipynb": b"1"})[0] == 0
        assert submitted(tiny) == {"smith1": b"1"}


def test_a_worksheet_in_another_language(tiny: TinyCourse) -> None:
    imported(tiny, ROSTER)
    german = WORKSHEET.replace("Identifier,Full name,Email address", "ID,Vollständiger Name,E-Mail-Adresse")
    code, said = imported(tiny, german.replace("Participant ", "Teilnehmer/in"))
    assert code == 0
    assert "0 new" in said
    assert LmsNames.of(tiny).participants() == {"1001": "ada", "1007": "smith1", "1008": "smith2"}


def test_moodles_words_for_no_group(tiny: TinyCourse) -> None:
    imported(tiny, 'Username,First name,Last name,Groups\nada,Ada,L,No groups\nalan,Alan,T,"Lab 1, Lab 2"\n')
    groups = {student: names.groups for student, names in LmsNames.of(tiny).students.items()}
    assert groups == {"ada": [], "alan": ["Lab 1", "Lab 2"]}


def test_namesakes_without_an_address_are_asked_for(tiny: TinyCourse) -> None:
    imported(tiny, ROSTER)
    without = "\n".join(line.replace("j.smith@example.org", "") for line in WORKSHEET.splitlines())
    code, said = imported(tiny, without)
    assert code == 3
    assert "Smith, Jane was not imported: it could be smith1 and smith2, who have the same name" in said
    assert ids(tiny) == ["ada", "smith1", "smith2"]
    code, said = collected(tiny, {"Jane Smith_1_assignsubmission_file/tiny.ipynb": b"?"})
    assert code == 3
    assert "import the assignment's grading worksheet" in said


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("x1,Ada King,12,other@example.org", "ada"),  # the number
        ("x1,Ada King,,ADA@example.org", "ada"),  # the address
        ("x1,Ada Lovelace,,", None),  # a name alone may be a namesake's, where the file has ids
        ("ada,Somebody Else,14,else@example.org", "ada"),
    ],
)
def test_ids_numbers_and_addresses_find_a_student(tiny: TinyCourse, line: str, found: str | None) -> None:
    imported(tiny, "id,name,lms_id,email\nada,Ada Lovelace,12,ada@example.org\n")
    code, said = imported(tiny, f"id,name,lms_id,email\n{line}\n")
    assert code == 0
    assert ids(tiny) == (["ada"] if found else ["ada", "x1"])
    assert ("x1 is ada in the gradebook" in said) == (found is not None and line.startswith("x1"))


def test_an_id_that_cannot_be_one_still_finds_who_is_there(tiny: TinyCourse) -> None:
    imported(tiny, "id,name,lms_id\nada,Ada Lovelace,12\n")
    code, said = imported(tiny, "id,name,lms_id\nads:ada,Ada King,12\nads:eve,Eve,13\n")
    assert code == 3
    assert "1 changed" in said
    assert "Eve was not imported: 'ads:eve' cannot be a student's id" in said
    assert [(person.id, person.last_name) for person in people_of(tiny)] == [("ada", "King")]


def test_two_lines_for_one_student_are_refused(tiny: TinyCourse) -> None:
    imported(tiny, ROSTER)
    code, said = imported(tiny, "id,name,email\na1,Ada,ada@example.org\na2,Ada,ada@example.org\n")
    assert code == 3
    assert said.count("several lines would all be ada") == 2
    assert ids(tiny) == ["ada", "smith1", "smith2"]


def test_the_test_student_of_canvas_is_no_student(tiny: TinyCourse) -> None:
    code, said = imported(tiny, CANVAS)
    assert code == 0
    assert ids(tiny) == ["ada", "alan"]
    assert "Canvas's test student was left out" in said


def test_a_file_without_ids_says_what_it_takes(tiny: TinyCourse) -> None:
    code, said = imported(tiny, "Vorname,Nachname,E-Mail-Adresse,Matrikelnummer\nAda,Lovelace,ada@example.org,4711\n")
    assert code == 0
    assert "has no column for ids" in said
    assert "new students get their E-Mail-Adresse as id" in said
    code, said = imported(tiny, "name,email\nEve Late,eve@example.org\n")
    assert "Late, Eve is new: nobody in the gradebook has their address or name" in said


def test_what_the_platform_calls_them_is_kept_for_nobody_else_to_read(tiny: TinyCourse) -> None:
    imported(tiny, CANVAS)
    place = lms_names.place(tiny)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    kept = json.loads(place.read_text())["students"]["ada"]["columns"]
    assert kept == {
        "Student": "Lovelace, Ada",
        "ID": "12",
        "SIS User ID": "s1",
        "SIS Login ID": "ada",
        "Section": "A 1",
    }
    place.write_text("{")
    code, said = imported(tiny, CANVAS)
    assert code == 2
    assert "move it away, and import the roster and collect again" in said


def test_groups_go_out_and_come_in_again(tiny: TinyCourse) -> None:
    imported(tiny, "id,name,group\nada,Ada,=Team\nalan,Alan,\n")
    assert export_roster(tiny, tiny.root / "out.csv") == 2
    text = (tiny.root / "out.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "id,name,lms_id,email,group"
    assert ",'=Team" in text
    assert imported(tiny, text, "again.csv")[0] == 0
    assert LmsNames.of(tiny).students["ada"].groups == ["=Team"]


def test_a_workbook_is_named(tiny: TinyCourse) -> None:
    code, said = imported(tiny, "PK\x03\x04 and so on")
    assert code == 2
    assert "save the sheet as CSV" in said


def test_work_that_was_refused_is_not_the_same_as_none(tiny: TinyCourse) -> None:
    """It is told in the report until something of the student's is taken, and no export calls it missing."""
    assert imported(tiny, "id,name,lms_id\nada,Ada King,12\nbob,Bob Ito,13\n")[0] == 0
    right = tiny.hand_in("x", **RIGHT).read_bytes()
    shutil.rmtree(tiny.submitted)
    assert collected(tiny, {"kingada_12_1_essay.pdf": b"%PDF-1.7", "itobob_13_2_tiny.ipynb": right})[0] == 3
    assert autograder(tiny.root, "grade", "tiny")[0] == 0

    def state() -> tuple[str, str]:
        assert autograder(tiny.root, "report", "tiny")[0] == 0
        students = json.loads((tiny.reports / "tiny" / "report.json").read_text())["students"]
        (ada,) = (student for student in students if student["id"] == "ada")
        return ada["state"], ada["why"]

    assert state()[0] == "refused"
    assert "no notebook" in state()[1]
    out = autograder(tiny.root, "export", "tiny", "--missing-as-zero")[1]
    assert "ada" in out
    assert "could not be graded" in out or "not graded" in out
    assert collected(tiny, {"kingada_12_3_tiny.ipynb": right})[0] == 0
    assert state() == ("not graded yet", "")
