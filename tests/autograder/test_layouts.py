"""Whose a file is: downloads of many platforms, groups, what was entered instead of a file, one's own pattern."""

from __future__ import annotations

import pytest
from downloads import collected, imported, submitted, zipped
from tiny_course import TinyCourse

from autograder.collecting.lms_names import LmsNames

ROSTER = """id,name,lms_id,email,group
ada,Ada Lovelace,5001,ada@example.org,Group 1
alan,Alan Turing,5002,alan@example.org,Group 1
kim_lee,Kim Lee,5003,kim@example.org,Die Müden
grace,Grace Hopper,5004,grace@example.org,
"""
METADATA = b"""---
submission_17:
  :submitters:
  - :name: Ada Lovelace
    :sid: 5001
    :email: ada@example.org
  - :name: Kim L
    :sid: '5003'
    :email: nobody@example.org
  :created_at: 2024-05-02 10:00:00.000000000 Z
  :score: 0.0
submission_18:
  :submitters:
  - :name: Alan Turing
    :sid: ''
    :email: ''
"""
MOODLE = "_assignsubmission_file"


@pytest.mark.parametrize(
    ("layout", "content", "students"),
    [
        (
            "blackboard",
            {
                "HW 1_ada_attempt_2024-05-02-10-00-00_tiny.ipynb": b"old",
                "HW 1_ada_attempt_2024-05-03-10-00-00_tiny.ipynb": b"A",
                "HW 1_ada_attempt_2024-05-03-10-00-00.txt": b"Name: Ada Lovelace (ada)",
                "HW 1_kim_lee_attempt_2024-05-03-11-00-00_tiny.ipynb": b"K",
            },
            {"ada": b"A", "kim_lee": b"K"},
        ),
        (
            "brightspace",
            {
                "24614-5463 - Ada Lovelace - May 23, 2024 1014 AM/tiny.ipynb": b"old",
                "24614-5463 - Ada Lovelace - May 23, 2024 1214 PM/tiny.ipynb": b"A",
                "24615-5463 - Kim Lee- May 23, 2024 1014 AM - tiny.ipynb": b"K",
                "index.html": b"<html>",
            },
            {"ada": b"A", "kim_lee": b"K"},
        ),
        (
            "sakai",
            {
                "HW 1/grades.csv": b"",
                "HW 1/Lovelace, Ada(ada)/timestamp.txt": b"20240502100000000",
                "HW 1/Lovelace, Ada(ada)/Submission attachment(s)/tiny.ipynb": b"A",
                "HW 1/Lee, Kim(kim_lee)/Submission attachment(s)/my tiny.ipynb": b"K",
            },
            {"ada": b"A", "kim_lee": b"K"},
        ),
        (
            "gradescope",
            {
                "assignment_9_export/submission_metadata.yml": METADATA,
                "assignment_9_export/submission_17/tiny.ipynb": b"A",
                "assignment_9_export/submission_18/tiny.ipynb": b"T",
            },
            {"ada": b"A", "kim_lee": b"A", "alan": b"T"},
        ),
        (
            "exchange",
            {
                "ada+tiny+2024-05-02 15:58:23.948203 UTC+abc/tiny.ipynb": b"old",
                "ada+tiny+2024-05-03 15:58:23.948203 UTC+abd/tiny.ipynb": b"A",
                "ada+other+2024-05-03 15:58:23.948203 UTC+abd/other.ipynb": b"O",
                "kim_lee+tiny+2024-05-03 15:58:23 UTC/tiny.ipynb": b"K",
                "kim_lee+tiny+2024-05-03 15:58:23 UTC/timestamp.txt": b"2024",
            },
            {"ada": b"A", "kim_lee": b"K"},
        ),
    ],
)
def test_downloads_of_other_platforms(
    tiny: TinyCourse, layout: str, content: dict[str, bytes], students: dict[str, bytes]
) -> None:
    imported(tiny, ROSTER)
    code, said = collected(tiny, content)
    assert (code, submitted(tiny)) == (0, students)
    assert f"layout: {layout}" in said
    assert collected(tiny, content, "--lms", layout)[0] == 0
    if layout != "sakai":
        timestamps = {path.parts[-3] for path in tiny.submitted.glob("*/tiny/timestamp.txt")}
        assert timestamps == students.keys() - ({"alan"} if layout == "gradescope" else set())


@pytest.mark.parametrize("inner", ["ada/tiny.ipynb", "ada/work.ipynb", "ada.ipynb", "Ada Lovelace/lib/tiny.ipynb"])
def test_a_folder_within_that_of_a_student_is_nobody_elses(tiny: TinyCourse, inner: str) -> None:
    imported(tiny, ROSTER)
    for more in ({}, {"newcomer/data/notes.ipynb": b"N"}):
        code, said = collected(tiny, {f"newcomer/{inner}": b"N", **more})
        assert (code, submitted(tiny)) == (2, {})
        assert "may be the work of newcomer or, within that folder, of" in " ".join(said.split())
    assert collected(tiny, {f"tiny/{inner}": b"A"})[0] == 0, "the assignment's name is no student's"
    assert submitted(tiny) == {"ada": b"A"}
    content = {f"download/{inner}": b"B", "download/alan/tiny.ipynb": b"T"}
    assert collected(tiny, content)[0] == 0
    assert submitted(tiny) == {"ada": b"B", "alan": b"T"}


def test_the_name_that_a_student_gives_a_file_is_nobody_elses_in_blackboard(tiny: TinyCourse) -> None:
    imported(tiny, ROSTER)
    file = "x_kim_lee_attempt_2024-05-01-08-00-00_tiny.ipynb"
    content = {
        "HW 1_kim_lee_attempt_2024-05-02-10-00-00_tiny.ipynb": b"K",
        f"HW 1_ada_attempt_2024-05-03-10-00-00_{file}": b"A",
    }
    code, said = collected(tiny, content)
    assert (code, submitted(tiny)) == (0, {"kim_lee": b"K", "ada": b"A"}), said
    assert (tiny.submitted / "ada" / "tiny" / "timestamp.txt").read_text().startswith("2024-05-03")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"Lovelace_Ada_ada_12345/tiny.ipynb": b"A", "Turing_Alan_alan_12346/tiny.ipynb": b"B"}, "ILIAS"),
        ({"tiny-adalove/tiny.ipynb": b"A", "tiny-turing/tiny.ipynb": b"B"}, "GitHub Classroom"),
        ({"anon_x1y2z_99_tiny.ipynb": b"A", "LATE_anon_abcde_98_tiny.ipynb": b"B"}, "anonymous download of Canvas"),
        ({"submission_17/tiny.ipynb": b"A", "submission_18/tiny.ipynb": b"A"}, "no submission_metadata.yml"),
    ],
)
def test_names_that_do_not_say_enough_are_told_by_platform(
    tiny: TinyCourse, content: dict[str, bytes], said: str
) -> None:
    imported(tiny, ROSTER)
    code, told = collected(tiny, content)
    assert code == 2
    assert said in told
    if "--pattern" in told:
        pattern = told.split("--pattern '")[1].rsplit("'", 1)[0]
        assert "No name" not in collected(tiny, content, "--pattern", pattern, "--dry-run")[1]


@pytest.mark.parametrize("top", ["", "Exercise 1/", "Exercise 1/HW_1_x_9/"])
@pytest.mark.parametrize("form", ["N_N_{}_900", "tiny-{}"])
def test_the_proposed_pattern_reads_no_folder_of_a_student(tiny: TinyCourse, top: str, form: str) -> None:
    imported(tiny, ROSTER)
    inner = form.format("kim_lee" if form.startswith("tiny") else "alan")
    content = {
        f"{top}{form.format('ada')}/{inner}/tiny.ipynb": b"A",
        f"{top}{form.format('alan')}/tiny.ipynb": b"B",
    }
    told = collected(tiny, content)[1]
    pattern = told.split("--pattern '")[1].rsplit("'", 1)[0]
    code, said = collected(tiny, content, "--pattern", pattern)
    assert (code, submitted(tiny)) == (0, {"ada": b"A", "alan": b"B"}), said


def test_a_pattern_of_ones_own(tiny: TinyCourse) -> None:
    imported(tiny, ROSTER)
    pattern = r"\w+_(?P<student>\w+?)_on_(?P<timestamp>[0-9-]+)_(?P<file_id>\w+)"
    content = {
        "ps_ada_on_2024-01-30-15-00-00_tiny.ipynb": b"A",
        "ps_5003_on_2024-01-31-15-00-00_tiny.ipynb": b"K",
        "readme.txt": b"",
    }
    code, said = collected(tiny, content, "--pattern", pattern)
    assert (code, submitted(tiny)) == (3, {"ada": b"A", "kim_lee": b"K"})
    assert "readme.txt was not taken: the pattern does not fit it" in said
    assert (tiny.submitted / "ada" / "tiny" / "timestamp.txt").read_text().startswith("2024-01-30")
    for options, told in [
        (["--pattern", "(?P<who>.*)"], "does not say which part of a name is the student"),
        (["--pattern", "("], "is not a regular expression"),
        (["--pattern", "(?P<student>x+)"], "fits no name in it"),
        (["--pattern", pattern, "--lms", "canvas"], "give one of them"),
    ]:
        code, said = collected(tiny, content, *options)
        assert code == 2
        assert told in said


def test_text_and_links_in_canvas_are_named(tiny: TinyCourse) -> None:
    files = {"adalovelace_5001_text.html": b"x", "paul_LATE_5010_link.html": b"x"}
    code, said = collected(tiny, {**files, "kim_5003_98_text.html": b"own", "kim_5003_97_tiny.ipynb": b"K"})
    assert (code, list(submitted(tiny))) == (3, ["kim"])
    assert "adalovelace (Canvas 5001) typed a text into Canvas instead of a file" in said
    assert "paul (Canvas 5010) handed in a link instead of a file" in said


@pytest.mark.parametrize(
    ("name", "both"),
    [
        ("adalovelace_5003_5001_77_tiny.ipynb", ("adalovelace (Canvas 5003)", "adalovelace_5003 (Canvas 5001)")),
        ("leekim_5003_9999_77_5001_76_tiny.ipynb", ("leekim (Canvas 5003)", "leekim_5003_9999_77 (Canvas 5001)")),
        ("x_5003_9001_77_tiny.ipynb", ("x (Canvas 5003)", "x_5003 (Canvas 9001)")),
        ("x_5003_5001_text.html", ("x (Canvas 5003)", "x_5003 (Canvas 5001)")),
        ("ada_5001_5_LATE_5001_77_tiny.ipynb", ("ada (Canvas 5001)", "ada_5001_5 (Canvas 5001), late")),
        ("zoe_9_5_LATE_9_77_tiny.ipynb", ("zoe (Canvas 9)", "zoe_9_5 (Canvas 9), late")),
    ],
)
def test_a_name_in_canvas_that_may_be_two_peoples_is_refused(
    tiny: TinyCourse, name: str, both: tuple[str, str]
) -> None:
    imported(tiny, ROSTER)
    code, said = collected(tiny, {name: b"?", "turingalan_5002_78_tiny.ipynb": b"T"})
    assert (code, submitted(tiny)) == (3, {"alan": b"T"})
    assert all(one in " ".join(said.split()) for one in both), said


@pytest.mark.parametrize("name", ["lovelaceada_5001_77_2_tiny.ipynb", "adalove_5001_77_tiny-1_2_x.ipynb"])
def test_files_in_canvas_may_have_numbers(tiny: TinyCourse, name: str) -> None:
    collected(tiny, {"ada_12_77_1_2_tiny.ipynb": b"A"})
    assert submitted(tiny) == {"ada": b"A"}, "without a roster, too"
    imported(tiny, ROSTER)
    assert collected(tiny, {name: b"B"})[0] == 0
    assert submitted(tiny) == {"ada": b"B"}


@pytest.mark.parametrize(
    "groups",
    [
        "",
        "name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id\n"
        "Ada Lovelace,5001,s1,adal,A,Group 1,7,\nAlan Turing,5002,s2,alant,A,Group 1,7,\nKim Lee,5003,,,A,,,\n",
        'First name,Last name,Email address,Groups\nAda,Lovelace,ada@example.org,"Group 1, Tutorial B"\n'
        "Alan,Turing,alan@example.org,Group 1\nKim,Lee,kim@example.org,Tutorial B\n",
    ],
)
def test_a_group_hands_in_for_all_its_members(tiny: TinyCourse, groups: str) -> None:
    imported(tiny, ROSTER if not groups else ROSTER.replace("Group 1", "").replace("Die Müden", ""))
    if groups:
        assert imported(tiny, groups)[0] == 0
    for content in ({"group1_5002_99_tiny.ipynb": b"C"}, {f"Group 1_345{MOODLE}/tiny.ipynb": b"M"}):
        code, said = collected(tiny, content)
        (work,) = content.values()
        assert (code, submitted(tiny)) == (0, {"ada": work, "alan": work})
        assert "handed in by" in said


def test_groups_with_other_names_and_those_in_none(tiny: TinyCourse) -> None:
    imported(tiny, ROSTER)
    content = {f"Die Müden_9{MOODLE}/tiny.ipynb": b"K", f"Default group{MOODLE}/tiny.ipynb": b"G"}
    assert collected(tiny, content)[0] == 0
    assert submitted(tiny) == {"kim_lee": b"K", "grace": b"G"}
    work = LmsNames.of(tiny).work["tiny"]
    assert {name.participant for name in work.values()} == {""}, "the number is the group's"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"group7_5001_99_tiny.ipynb": b"A"}, "group7 (Canvas 5001) is a group, and nothing says who is in it"),
        ({f"Group B_345{MOODLE}/tiny.ipynb": b"A"}, "Group B (Moodle 345) is a group"),
        ({"group1_5003_99_tiny.ipynb": b"A"}, "kim_lee, whose number it has, is not in it"),
    ],
)
def test_an_unknown_group_is_asked_for(tiny: TinyCourse, content: dict[str, bytes], said: str) -> None:
    imported(tiny, ROSTER)
    code, told = collected(tiny, content)
    assert (code, submitted(tiny)) == (3, {})
    assert said in told


def test_a_group_is_asked_for_where_the_roster_has_numbers_only(tiny: TinyCourse) -> None:
    imported(tiny, "id,lms_id\nada,5001\ngroup2,5002\n")
    code, said = collected(tiny, {"group1_5001_99_tiny.ipynb": b"A", "group2_5002_98_tiny.ipynb": b"B"})
    assert (code, submitted(tiny)) == (3, {"group2": b"B"})
    assert "group1 (Canvas 5001) is a group" in said


def test_without_groups_the_default_group_is_asked_for_too(tiny: TinyCourse) -> None:
    imported(tiny, "id,name\nada,Ada\n")
    code, said = collected(tiny, {f"Default group{MOODLE}/tiny.ipynb": b"G"})
    assert (code, submitted(tiny)) == (3, {})
    assert "Default group (Moodle) is a group" in said


def test_a_group_before_a_name_in_moodle(tiny: TinyCourse) -> None:
    imported(tiny, ROSTER)
    code, _ = collected(tiny, {f"Group 1-Ada Lovelace_101{MOODLE}/tiny.ipynb": b"A"})
    assert (code, submitted(tiny)) == (0, {"ada": b"A"})


def test_own_work_and_a_groups_work_are_both_named(tiny: TinyCourse) -> None:
    imported(tiny, ROSTER)
    content = {"group1_5001_99_tiny.ipynb": b"A", "lovelaceada_5001_98_tiny.ipynb": b"B"}
    code, said = collected(tiny, content)
    assert (code, submitted(tiny)) == (3, {"alan": b"A"})
    assert "group1 (Canvas 5001) and lovelaceada (Canvas 5001) would all be ada" in said


@pytest.mark.parametrize("name", ["tiny.ipynb.json", "tiny.ipynb.txt", "TINY.IPYNB", "my tiny.ipynb.txt", "w.zip"])
def test_endings_that_browsers_and_windows_make(tiny: TinyCourse, name: str) -> None:
    content = zipped({"tiny.ipynb.json": b"A"}) if name == "w.zip" else b"A"
    code, said = collected(tiny, {f"ada/{name}": content, "alan/tiny.ipynb": b"B"})
    assert (code, submitted(tiny)) == (0, {"ada": b"A", "alan": b"B"})
    assert "was called" in said


def test_metadata_of_gradescope_that_is_made_to_do_harm(tiny: TinyCourse) -> None:
    bomb = b"a: &a [x, x]\nb: &b [*a, *a]\nsubmission_1: {':submitters': [{':name': *b}]}\n"
    for metadata in (bomb, b"- [", b"!!python/object/apply:os.system ['true']", b"7"):
        content = {"submission_metadata.yml": metadata, "submission_1/tiny.ipynb": b"A"}
        code, said = collected(tiny, content, "--lms", "gradescope")
        assert code in (2, 3)
        assert "Traceback" not in said
        assert submitted(tiny) == {}
