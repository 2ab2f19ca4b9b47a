"""Grades and feedback on their way back: a platform's own file with nothing else changed, pages under its names."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from pathlib import Path

import pytest
from assignment_cells import REPOSITORY
from command import autograder
from downloads import collected, imported
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from tiny_course import RIGHT, TinyCourse, tiny_notebook

from autograder.collecting.sheet import Sheet
from autograder.errors import UsageError
from autograder.giving_back.feedback_zip import pack
from autograder.giving_back.formats import Platform
from autograder.pages.export import GradesAndComments

ROSTER = '''id,name,lms_id,email,group
ada,Ada Lovelace,12,ada@example.org,Group 1
alan,"Turing, Alan",13,alan@example.org,Group 1
taro,"山田, 太郎",14,taro@example.org,
eve,"=Eve, ""The Cell""",15,eve@example.org,
wes,Wes Wait,16,wes@example.org,
'''
CANVAS = '''Student,ID,SIS User ID,SIS Login ID,Section,Homework (70),tiny (77),Current Score,Final Score
,,,,,,Manual Posting,,
    Points Possible,,,,,10.00,5.00,(read only),(read only)
"Turing, Alan",13,"s,2",alan,"A ""1""",9.00,,88.1,90
"Lovelace, Ada",12,s1,ada,A 1,8.00,4.00,,
"山田, 太郎",14,,taro,A 1,,EX,,
"=Eve, ""The Cell""",15,,eve,A 1,,,,
"Wait, Wes",16,,wes,A 1,,,,
"Student, Test",99,,0a1b2c,A 1,,,,
'''
HEAD = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    '"Last modified (submission)","Last modified (grade)","Feedback comments"'
)
WORKSHEET = f'''\ufeff{HEAD}
"Participant 101","Ada Lovelace",ada@example.org,"Submitted for grading","",5.00,Yes,"Friday, 3 May 2024, 9:00 AM",-,""
"Participant 102","Alan Turing",alan@example.org,"Submitted for grading",,5.00,Yes,"Friday, 3 May 2024, 9:01 AM",-,
"Participant 103","太郎 山田",taro@example.org,"Submitted for grading",,5.00,No,"Friday, 3 May 2024, 9:02 AM",-,
"Participant 104","=Eve, ""The Cell""",eve@example.org,"No submission",,5.00,Yes,-,-,
"Participant 105","Wes Wait",wes@example.org,"Submitted for grading",,5.00,Yes,-,-,"<p>own words</p>"
'''.replace("\n", "\r\n")
TURING = '"Turing, Alan",13,"s,2",alan,"A ""1""",9.00,,88.1,90'
MOODLE = "_assignsubmission_file"
pytestmark = pytest.mark.xdist_group("giving-back")  # they share one graded course


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    """Return a graded course: a group of two, somebody with half of it, nothing handed in, and one who waits."""
    made = TinyCourse(tmp_path_factory.mktemp("back") / "course")
    made.root.mkdir()
    shutil.copy(REPOSITORY / "nbgrader_config.py", made.root)
    notebook = tiny_notebook()
    made.write_source(notebook)
    assert imported(made, ROSTER)[0] == 0
    half = made.hand_in("x", double=RIGHT["double"]).read_bytes()
    full = made.hand_in("x", **RIGHT).read_bytes()
    shutil.rmtree(made.submitted)
    content = {"group1_13_901_tiny-1.ipynb": full, "taro_LATE_14_902_my tiny.ipynb": half, "wes_16_903_w.ipynb": full}
    assert collected(made, content)[0] == 0
    assert autograder(made.root, "grade", "tiny")[0] == 0
    with Gradebook(f"sqlite:///{made.gradebook}") as book:
        grade = book.find_grade("test-double-hidden", "tiny", "tiny", "wes")
        grade.needs_manual_grade = True
        comment = book.find_comment("square", "tiny", "tiny", "taro")
        comment.manual_comment = "=1+1 <b>see</b> me"
        book.db.commit()
    return made


def exported(course: TinyCourse, *options: str) -> tuple[int, str, bytes]:
    """Export the grades; return the exit code, what was said, and the file."""
    path = course.root / "out.csv"
    path.unlink(missing_ok=True)
    code, out, err = autograder(course.root, "export", "tiny", "-o", str(path), *options)
    return code, f"{out}\n{err}", path.read_bytes() if path.exists() else b""


def written(course: TinyCourse, text: str, encoding: str = "utf-8") -> str:
    """Write a file of a platform; return its path."""
    path = course.root / "from the platform.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


def changed(before: str, after: bytes, encoding: str = "utf-8") -> list[tuple[str, str]]:
    """Return the lines that differ."""
    lines = zip(before.split("\n"), after.decode(encoding).split("\n"), strict=True)
    return [(old, new) for old, new in lines if old != new]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le"])
def test_canvas_takes_its_own_file_back_with_one_column_filled_in(course: TinyCourse, encoding: str) -> None:
    text = CANVAS if encoding != "utf-16-le" else f"\ufeff{CANVAS}"
    code, said, content = exported(course, "--format", "canvas", "--into", written(course, text, encoding))
    assert code == 0
    assert changed(text, content, encoding) == [
        (TURING, TURING.replace(",,88", ",5.00,88")),
        ('"Lovelace, Ada",12,s1,ada,A 1,8.00,4.00,,', '"Lovelace, Ada",12,s1,ada,A 1,8.00,5.00,,'),
    ]
    assert "taro: excused in Canvas" in said
    assert "No score was written for wes: a person has yet to grade an answer." in said
    assert "No score was written for eve: nothing handed in." in said
    assert "2 scores" in said


def test_zeros_for_the_missing_are_written_if_they_are_wanted(course: TinyCourse) -> None:
    into = written(course, CANVAS)
    code, said, content = exported(course, "--format", "canvas", "--into", into, "--missing-as-zero")
    assert code == 0
    assert '"=Eve, ""The Cell""",15,,eve,A 1,,0.00,,' in content.decode()
    assert "nothing handed in" not in said
    assert '"Wait, Wes",16,,wes,A 1,,,,' in content.decode()


def test_what_is_there_already_stays_byte_for_byte(course: TinyCourse) -> None:
    text = CANVAS.replace(",9.00,,88.1", ",9.00,5,88.1").replace(",8.00,4.00,", ',8.00,"5,00",')
    text = text.replace("\n", "\r\n").removesuffix("\r\n")
    _, _, content = exported(course, "--format", "canvas", "--into", written(course, text))
    assert content.decode() == text


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        (CANVAS.replace("tiny (77)", "Other (77)"), (), "Its assignments: Homework (70), Other (77)"),
        (CANVAS.replace("tiny (77)", "Other (77)"), ("--column", "Other"), "2 scores"),
        (CANVAS.replace("tiny (77)", "Other (77)"), ("--column", "77"), "2 scores"),
        (CANVAS, ("--column", "Current Score"), "is read only in Canvas"),
        (CANVAS.replace("5.00,(read", "100.00,(read"), (), "the assignment has 5: points are written as they are"),
        (
            CANVAS.replace('"Lovelace, Ada",12,s1,ada', '"Ghost, A",99,s1,ghost'),
            (),
            "has no row for these students, who have a score: ada.",
        ),
        (CANVAS.replace('"Lovelace, Ada",12,s1,ada', '"Ghost, A",98,s1,ghost'), (), "A Ghost was left as it is"),
        (CANVAS.replace('"Lovelace, Ada",12,s1,ada', '"Lovelace, Ada",,,l@x'), (), "2 scores"),
        (
            CANVAS.replace('"Lovelace, Ada",12,s1,ada', '"Turing, Alan",,,l@x'),
            (),
            "were left as they are: each could be",
        ),
        ("a,b\n1,2\n", (), "no column for the students' ids"),
        ("id,name\nada,Ada\n", (), "is not an export of Canvas's gradebook"),
        ('Student,ID,SIS Login ID,Section,"tiny (77)\n', (), "a quotation mark that does not end"),
    ],
)
def test_files_of_canvas_that_need_a_word(course: TinyCourse, text: str, options: tuple[str, ...], told: str) -> None:
    code, said, content = exported(course, "--format", "canvas", "--into", written(course, text), *options)
    assert told in said
    assert code == (0 if content else 2)


def test_a_file_for_canvas_is_made_of_what_the_roster_said(course: TinyCourse) -> None:
    assert imported(course, CANVAS.replace(",SIS Login ID,", ",SIS Login ID,"), "canvas.csv")[0] == 0
    code, said, content = exported(course, "--format", "canvas")
    assert code == 0
    assert "offer to make a new assignment of the column 'tiny'" in said
    rows = list(csv.reader(io.StringIO(content.decode())))
    assert rows[:3] == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "tiny"],
        ["    Points Possible", "", "", "", "", "5.00"],
        ["Lovelace, Ada", "12", "s1", "ada", "A 1", "5.00"],
    ]
    assert [row[0] for row in rows if row[1] == "15"] == ['\'=Eve, "The Cell"']
    assert {row[1]: row[-1] for row in rows[2:]} == {"12": "5.00", "13": "5.00", "14": "2.00", "15": "", "16": ""}


def test_moodle_takes_its_worksheet_back(course: TinyCourse) -> None:
    code, said, content = exported(course, "--format", "moodle", "--into", written(course, WORKSHEET))
    assert code == 0
    found = changed(WORKSHEET, content)
    comment = "Points by exercise: double 2 of 2, square 3 of 3."
    assert [new for _, new in found] == [
        old.replace('grading","",5', 'grading","5.00",5').replace(',""\r', f',"{comment}"\r')
        if "ada@" in old
        else old.replace('grading",,5', 'grading",5.00,5').replace("-,\r", f'-,"{comment}"\r')
        for old, _ in found
    ]
    assert len(found) == 2
    assert "taro: Moodle has locked the grade" in said
    again = content.decode().replace("Yes", "No", 0)
    assert exported(course, "--format", "moodle", "--into", written(course, again))[2] == content


def test_comments_for_moodle_are_harmless_html_and_a_persons_stay(course: TinyCourse) -> None:
    text = WORKSHEET.replace(",No,", ",Yes,").replace("wes@example.org", "alan@example.org")
    text = text.replace('"Alan Turing",alan@example.org', '"X",x@example.org')
    _, said, content = exported(course, "--format", "moodle", "--into", written(course, text))
    rows = {row["Email address"]: row for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}
    taro = rows["taro@example.org"]
    assert (taro["Grade"], taro["Last modified (grade)"]) == ("2.00", "-")
    assert taro["Feedback comments"] == (
        "Points by exercise: double 2 of 2, square 0 of 3. square: =1+1 &lt;b&gt;see&lt;/b&gt; me"
    )
    assert (rows["alan@example.org"]["Grade"], rows["alan@example.org"]["Feedback comments"]) == (
        "5.00",
        "<p>own words</p>",
    )
    assert "X was left as it is" in said


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--format", "moodle"), "download it from the assignment"),
        (("--format", "csv", "--into", "x.csv"), "say which with --format"),
        (("--format", "moodle", "--into", "nowhere.csv"), "cannot be read"),
        (("--format", "moodle", "--into", "roster.csv"), "is not Moodle's grading worksheet"),
    ],
)
def test_requests_that_make_no_sense(course: TinyCourse, options: tuple[str, ...], told: str) -> None:
    code, said, content = exported(course, *options)
    assert (code, content) == (2, b"")
    assert told in said


def test_all_exports_tell_one_truth(course: TinyCourse) -> None:
    code, _, content = exported(course)
    assert code == 0
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}
    scores = {student: row["score"] for student, row in rows.items()}
    assert scores == {"ada": "5.0", "alan": "5.0", "taro": "2.0", "eve": "", "wes": ""}
    assert autograder(course.root, "roster", "export", "same.csv", "tiny")[0] == 0
    assert (course.root / "same.csv").read_bytes() == content
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        plugin = GradesAndComments()
        plugin.to = str(course.root / "grades.csv")
        plugin.export(book)
    lines = list(csv.DictReader((course.root / "grades.csv").open(encoding="utf-8")))
    assert {line["student_id"]: line["score"] for line in lines} == scores
    assert {line["student_id"]: line["raw_score"] for line in lines} == {**scores, "wes": "5.0"}, "so far"
    assert {line["student_id"]: line["to_grade"] for line in lines} == {**dict.fromkeys(scores, "0"), "wes": "1"}
    assert ["'=Eve", '"The Cell"'] in [[line["last_name"], line["first_name"]] for line in lines]


def test_feedback_for_canvas_has_the_numbers_of_the_download(course: TinyCourse) -> None:
    assert autograder(course.root, "feedback", "tiny", "--zip", "canvas")[0] == 0
    path = course.reports / "tiny" / "feedback-canvas.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["group1_13_901_tiny.html", "taro_LATE_14_902_tiny.html", "wes_16_903_tiny.html"]
        page = archive.read("group1_13_901_tiny.html")
    assert page == (course.feedback / "alan" / "tiny" / "tiny.html").read_bytes(), "the member whose number it has"
    pages = sorted(course.feedback.glob("*/tiny/*.html"))
    again = pack(course, "tiny", pages, Platform.canvas, course.root / "again.zip")
    assert again.path.read_bytes() == path.read_bytes()
    with pytest.raises(UsageError, match="no work of it was collected from a download of canvas"):
        pack(course, "other", pages, Platform.canvas)


def test_feedback_for_moodle_reaches_every_member_of_a_group(course: TinyCourse) -> None:
    kept = (course.root / ".lms.json").read_bytes()
    work = {name: (course.submitted / name / "tiny" / "tiny.ipynb").read_bytes() for name in ("ada", "taro")}
    content = {f"Group 1_345{MOODLE}/tiny.ipynb": work["ada"], f"太郎 山田_103{MOODLE}_/tiny.ipynb": work["taro"]}
    try:
        (course.root / ".lms.json").write_text(kept.decode().replace('"participant"', '"unused"'))
        assert collected(course, content)[0] == 0
        code, out, _ = autograder(course.root, "feedback", "tiny", "--zip", "moodle", "-o", "moodle.zip")
        assert code == 0
        assert "ada, alan, wes: left out" in out
        with zipfile.ZipFile(course.root / "moodle.zip") as archive:
            assert archive.namelist() == [f"太郎 山田_103{MOODLE}_/tiny.html"]
        exported(course, "--format", "moodle", "--into", written(course, WORKSHEET))
        autograder(course.root, "feedback", "tiny", "--zip", "moodle", "-o", "moodle.zip")
        with zipfile.ZipFile(course.root / "moodle.zip") as archive:
            assert archive.namelist() == [
                f"Ada Lovelace_101{MOODLE}/tiny.html",
                f"Alan Turing_102{MOODLE}/tiny.html",
                f"Wes Wait_105{MOODLE}/tiny.html",
                f"太郎 山田_103{MOODLE}_/tiny.html",
            ]
    finally:
        (course.root / ".lms.json").write_bytes(kept)


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=6)


@given(
    rows=st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_sheet_is_read_as_csv_and_written_as_it_was(rows: list[list[str]], delimiter: str, quoting: int) -> None:
    file = io.StringIO()
    head = delimiter.join(["a"] * 9) + "\r\n"
    csv.writer(file, delimiter=delimiter, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    sheet = Sheet(Path("x.csv"), head + file.getvalue(), "utf-8")
    assert sheet.content().decode() == head + file.getvalue()
    reader = csv.reader(io.StringIO(file.getvalue(), newline=""), delimiter=delimiter)
    meant = [row for row in reader if "".join(row).strip()]
    assert sheet.rows[1:] == meant
    for number in range(1, len(sheet.rows)):
        sheet.put(number, 1, 'x"\n')
        meant[number - 1][1] = 'x"\n'
    again = Sheet(Path("x.csv"), sheet.content().decode(), "utf-8")
    assert again.rows[1:] == meant
