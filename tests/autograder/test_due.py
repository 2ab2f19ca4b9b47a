"""Due dates, extensions and late penalties: set at any door, applied without running code, listed with their reason."""

from __future__ import annotations

import csv
import shutil
import zipfile
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import nbformat
import pytest
from assignment_cells import REPOSITORY
from command import autograder, run
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from tiny_course import RIGHT, TinyCourse, tiny_notebook

from autograder.records.lateness import lateness

Run = Callable[..., tuple[int, str, str]]
TIMES = {"ada": "2027-03-01 12:00", "bob": "2027-03-03 22:00", "mo": "2027-03-01 23:05"}  # UTC
HALF = """from nbgrader.plugins import BasePlugin


class Half(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score / 2
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    """Return a graded course: `ada` in time, `bob` two days late, `mo` minutes late, `eve` marked late by Canvas.

    There is a written answer worth 5 points that a person has yet to grade.
    """
    root = tmp_path_factory.mktemp("due") / "a course"
    root.mkdir()
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    course, notebook = TinyCourse(root), tiny_notebook()
    role = {"schema_version": 3, "grade": True, "solution": True, "locked": False, "task": False, "points": 5}
    notebook.cells.append(new_markdown_cell("so", id="why", metadata={"nbgrader": {**role, "grade_id": "why"}}))
    course.write_source(notebook)
    for cell in notebook.cells:
        cell.source = {**RIGHT, "why": "Since."}.get(cell.id, cell.source)
    for student in ("ada", "bob", "eve", "mo"):
        path = course.hand_in_bytes(student, nbformat.writes(notebook).encode())
        if student in TIMES:
            (path.parent / "timestamp.txt").write_text(f"{TIMES[student]}:00 UTC")
    (course.submitted / "eve" / "tiny" / "late-mark.txt").write_text("Canvas\n")
    say = partial(autograder, root)
    code, out, _ = say("due", "tiny", "2027-03-01", "--zone", "Europe/Berlin", "--per-day", "20%", "--grace", "15m")
    assert code == 0
    assert "2027-03-01 23:59 CET (Europe/Berlin)" in out
    code, out, _ = say("grade", "tiny")
    assert code == 0
    assert "bob: 1 day 23 hours late (2 days at 20% each): 2 points off" in out
    assert "mo: 6 minutes late, within the grace of 15m: no points off" in out
    assert "eve: marked late by Canvas, time unknown: no points off" in out
    return course


@pytest.fixture
def late(graded: TinyCourse, tmp_path: Path) -> TinyCourse:
    """Return a copy of the graded course."""
    return TinyCourse(Path(shutil.copytree(graded.root, tmp_path / "a course")))


@pytest.fixture
def say(late: TinyCourse) -> Run:
    """Return a function that runs the command line in the course: (exit code, stdout, stderr)."""
    return partial(autograder, late.root)


def penalties(course: TinyCourse) -> dict[str, float]:
    """Return what is taken off, as nbgrader has it."""
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        found = {s.student.id: float(s.late_submission_penalty) for s in book.assignment_submissions("tiny")}
    return {student: penalty for student, penalty in found.items() if penalty}


def listed(course: TinyCourse) -> list[list[str]]:
    """Return what changed, but for the time."""
    path = course.reports / "tiny" / "changes.csv"
    if not path.exists():
        return []
    with path.open(newline="") as lines:
        return [row[1:] for row in csv.reader(lines)][1:]


def test_a_first_grade_is_no_change(late: TinyCourse, say: Run) -> None:
    assert penalties(late) == {"bob": 2}
    assert listed(late) == []
    assert "4 unchanged" in say("grade", "tiny")[1]
    assert listed(late) == []


def test_the_formgraders_due_date_and_an_extension_of_the_api_count(late: TinyCourse, say: Run) -> None:
    verdicts = {path: path.stat().st_mtime_ns for path in late.reports.glob("tiny/verdicts/*")}
    with Gradebook(f"sqlite:///{late.gradebook}") as book:
        book.update_or_create_assignment("tiny", duedate="2027-03-03T22:00 +0100")  # as its handler joins the fields
    code, out, _ = say("grade", "tiny")
    assert code == 0
    assert "4 unchanged" in out
    assert penalties(late) == {"bob": 1}
    with Gradebook(f"sqlite:///{late.gradebook}") as book:
        book.grant_extension("tiny", "bob", hours=1)
    code, out, _ = say("grade", "tiny", "--student", "bob")
    assert penalties(late) == {}
    assert "extension" in out.split("scores that have changed")[1]
    assert listed(late) == [
        ["bob", "late penalty", "2", "1", "due date changed"],
        ["bob", "late penalty", "1", "0", "extension"],
    ]
    assert verdicts == {path: path.stat().st_mtime_ns for path in late.reports.glob("tiny/verdicts/*")}, "no code ran"
    assert "2027-03-03 22:00 CET" in say("due", "tiny")[1]


def test_a_time_stamp_counts_whenever_it_comes(late: TinyCourse, say: Run) -> None:
    stamp = late.submitted / "ada" / "tiny" / "timestamp.txt"
    stamp.write_text("2027-03-02 10:00:00 UTC")
    code, out, _ = say("grade", "tiny")
    assert "4 unchanged" in out
    assert penalties(late) == {"ada": 1, "bob": 2}
    assert listed(late) == [["ada", "late penalty", "0", "1", "handed in late"]]
    stamp.write_text("soon")
    code, _, err = say("grade", "tiny")
    assert code == 3
    assert "1 could not be graded" in err
    assert say("due", "tiny")[0] == 3
    assert penalties(late) == {"ada": 1, "bob": 2}


def test_a_percentage_follows_what_a_person_gives(late: TinyCourse, say: Run) -> None:
    with Gradebook(f"sqlite:///{late.gradebook}") as book:
        grade = book.find_grade("why", "tiny", "tiny", "bob")
        grade.manual_score, grade.needs_manual_grade = 5.0, False
        book.db.commit()
    code, out, _ = say("report", "tiny")
    assert code == 0
    assert "(2 days at 20% each): 4 points off" in out
    assert penalties(late) == {"bob": 4}
    assert listed(late) == [["bob", "late penalty", "2", "4", "points changed"]]
    with Gradebook(f"sqlite:///{late.gradebook}") as book:
        book.find_grade("why", "tiny", "tiny", "bob").manual_score = 2.5
        book.db.commit()
    code, _, err = run(late.root, "nbgrader", "export")
    assert code == 0, err
    with (late.root / "grades.csv").open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert (rows["bob"]["late_submission_penalty"], rows["bob"]["score"]) == ("3.0", "4.5")


def test_the_command_sets_tries_and_takes_back(late: TinyCourse, say: Run) -> None:
    before = late.gradebook.read_bytes()
    out = say("due", "tiny", "--per-day", "3", "--cap", "4", "--dry-run")[1]
    assert "would be; nothing was written" in out
    assert "bob: 1 day 23 hours late (2 days at 3 points each, capped at 4 points): 4 points off" in out
    assert late.gradebook.read_bytes() == before
    assert "bob 2 -> 4 points off (penalty changed)" in say("due", "tiny", "--per-day", "3", "--cap", "4")[1]
    out = say("due", "tiny", "--extend", "bob", "1d")[1]
    assert "extension: bob until 2027-03-02 23:59 CET (Europe/Berlin), +1d" in out
    assert penalties(late) == {"bob": 3}
    with Gradebook(f"sqlite:///{late.gradebook}") as book:
        assert book.find_submission("tiny", "bob").duedate == datetime(2027, 3, 2, 22, 59)
    say("due", "tiny", "--until", "bob", "2027-03-04")
    assert penalties(late) == {}
    say("due", "tiny", "--extend", "bob", "0")
    assert penalties(late) == {"bob": 4}
    assert say("due", "tiny", "--per-day", "0")[0] == 0
    assert penalties(late) == {}
    code, out, _ = say("due", "tiny", "--clear")
    assert code == 0
    assert "no due date" in out
    with Gradebook(f"sqlite:///{late.gradebook}") as book:
        assert book.find_assignment("tiny").duedate is None
    assert [row[2:] for row in listed(late)] == [
        ["2", "4", "penalty changed"],
        ["4", "3", "extension"],
        ["3", "0", "extension"],
        ["0", "4", "extension"],
        ["4", "0", "penalty changed"],
    ]


def test_what_only_the_platform_marks_costs_nothing_until_somebody_says_when(late: TinyCourse, say: Run) -> None:
    assert lateness(late, "tiny")["eve"].mark == "Canvas"
    assert lateness(late, "tiny")["eve"].penalty == 0
    say("due", "tiny", "--handed-in", "eve", "2027-03-05T12:00", "--dry-run")
    assert penalties(late) == {"bob": 2}
    assert "eve 0 -> 4 points off (handed in late)" in say("due", "tiny", "--handed-in", "eve", "2027-03-05T12:00")[1]
    found = lateness(late, "tiny")["eve"]
    assert (found.penalty, found.days, found.handed_in) == (4, 4, datetime(2027, 3, 5, 11))
    assert "4 unchanged" in say("grade", "tiny")[1]


def test_collect_keeps_the_mark_and_who_has_longer_before_handing_in_has_it_afterwards(
    late: TinyCourse, say: Run, tmp_path: Path
) -> None:
    (late.root / "roster.csv").write_text("id,name,lms_id\nzoe,Zoe Zett,77\nyan,Yan Ypsilon,78\n")
    assert say("roster", "import", "roster.csv")[0] == 0
    for student in ("zoe", "yan"):
        assert f"extension: {student} until" in say("due", "tiny", "--extend", student, "2d")[1]
    content = (late.submitted / "ada" / "tiny" / "tiny.ipynb").read_bytes()
    download = tmp_path / "download.zip"
    with zipfile.ZipFile(download, "w") as archive:
        archive.writestr("zettzoe_LATE_77_901_tiny.ipynb", content)
        archive.writestr("ypsilonyan_78_902_tiny.ipynb", content)
    assert "LATE" in say("collect", "tiny", str(download))[1]
    assert lateness(late, "tiny")["zoe"].reason.startswith(
        "marked late by Canvas, time unknown (extended to 2027-03-03"
    )
    for student in ("zoe", "yan"):
        assert say("due", "tiny", "--handed-in", student, "2027-03-04")[0] == 0
    assert "unchanged" in say("collect", "tiny", str(download))[1]
    assert say("grade", "tiny", "--student", "zoe")[0] == 0
    code, _, err = run(late.root, "nbgrader", "autograde", "tiny", "--student", "yan", "--create")
    assert code == 0, err
    assert penalties(late) == {"bob": 2, "zoe": 1, "yan": 1}, "one day late, at any door"
    with Gradebook(f"sqlite:///{late.gradebook}") as book:
        assert book.find_submission("tiny", "yan").extension.days == 2
    assert not any("late-mark" in path.name for path in late.submitted.glob("yan/tiny/*"))


def test_work_that_is_collected_anew_does_not_keep_the_time_of_earlier_work(
    late: TinyCourse, say: Run, tmp_path: Path
) -> None:
    content = (late.submitted / "ada" / "tiny" / "tiny.ipynb").read_bytes()
    for student in ("ada", "bob"):
        place = tmp_path / "download" / student
        place.mkdir(parents=True)
        (place / "tiny.ipynb").write_bytes(content)
        (place / "data.csv").write_text("1")
    said = " ".join(say("collect", "tiny", str(tmp_path / "download"))[1].split())
    assert "nothing tells when" in said
    out = say("grade", "tiny")[1]
    assert "ada: handed in anew, time unknown: no points off" in out
    assert lateness(late, "tiny")["ada"].handed_in is None
    assert penalties(late) == {}
    (tmp_path / "download" / "ada" / "data.csv").write_text("2")
    assert say("collect", "tiny", str(tmp_path / "download"))[0] == 0
    assert lateness(late, "tiny")["ada"].handed_in is None, "it is still unknown"
    assert say("due", "tiny", "--handed-in", "ada", "2027-03-04T12:00")[0] == 0
    assert penalties(late).keys() == {"ada"}
    assert "unchanged" in say("collect", "tiny", str(tmp_path / "download"))[1]
    assert lateness(late, "tiny")["ada"].handed_in == datetime(2027, 3, 4, 11)


def test_a_plugin_of_the_course_decides_alone(late: TinyCourse, say: Run) -> None:
    config = late.root / "nbgrader_config.py"
    (late.root / "late_half.py").write_text(HALF)
    own = "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path.cwd()))\n"
    config.write_text(f"{own}{config.read_text()}\nc.AssignLatePenalties.plugin_class = 'late_half.Half'\n")
    code, _, err = say("grade", "tiny")
    assert code == 2
    assert "take one of them out" in err
    assert err.count("\n") == 1
    say("due", "tiny", "--clear")
    out = say("due", "tiny", "2027-03-01", "--zone", "Europe/Berlin")[1]
    assert "as the plugin Half says" in out
    assert penalties(late) == {"bob": 2.5, "mo": 2.5}
    assert "4 unchanged" in say("grade", "tiny")[1]
    assert penalties(late) == {"bob": 2.5, "mo": 2.5}


def test_a_course_may_have_a_rule_for_all_assignments(late: TinyCourse, say: Run) -> None:
    say("due", "tiny", "--clear")
    config = late.root / "nbgrader_config.py"
    own = "c.Autograder.late_per_day, c.Autograder.late_cap, c.Autograder.zone = '40%', '50%', 'Asia/Tokyo'"
    config.write_text(f"{config.read_text()}\n{own}\n")
    out = say("due", "tiny", "2027-03-01")[1]
    assert "2027-03-01 23:59 JST (Asia/Tokyo)" in out
    assert penalties(late) == {"bob": 2.5, "mo": 2}
    say("due", "tiny", "--per-day", "0")
    assert penalties(late) == {}
    config.write_text(config.read_text().replace("'40%'", "'forty'"))
    code, _, err = say("due", "tiny")
    assert code == 2
    assert "sets c.Autograder.late_per_day to 'forty'" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["2027-02-30"], "is not a date"),
        (["2027-03-28T02:30"], "does not exist in Europe/Berlin: the clocks go forward then"),
        (["2027-03-01", "--zone", "Europe/Paris2"], "There is no time zone"),
        (["--extend", "bobb", "3d"], "There is no student 'bobb' in the gradebook or in submitted/. Is it bob?"),
        (["--extend", "bob", "-3d"], "is not a span of time"),
        (["--until", "bob", "2027-02-01"], "An extension ends after the due date"),
        (["--handed-in", "nobody-like-this", "2027-02-01"], "Import the roster first"),
        (["--per-day", "-10%"], "is not an amount"),
        (["--per-day", "nan"], "is not an amount"),
        (["--cap", "101%"], "is not an amount"),
        (["--grace", "ages"], "is not a span of time"),
        (["--clear", "2027-03-01"], "run it alone"),
        (["--extend", "bob", "1d", "--until", "bob", "2027-04-01"], "not with both"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_changes_nothing(
    late: TinyCourse, say: Run, words: list[str], said: str
) -> None:
    before = late.gradebook.read_bytes()
    code, _, err = say("due", "tiny", *words)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert late.gradebook.read_bytes() == before


def test_due_before_anything_else(tiny: TinyCourse, run_autograder: Run) -> None:
    assert "no due date" in run_autograder("due", "tiny")[1]
    assert not tiny.gradebook.exists()
    code, _, err = run_autograder("due", "tinny")
    assert (code, "no assignment called 'tinny'" in err) == (2, True)
    assert "mean nothing without a penalty" in run_autograder("due", "tiny", "--cap", "50%")[2]
    code, out, _ = run_autograder("due", "tiny", "1999-12-31", "--per-day", "10%", "--zone", "UTC")
    assert (code, "1999-12-31 23:59 UTC" in out) == (0, True)
    assert run_autograder("release", "tiny")[0] == 0
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        assert book.find_assignment("tiny").duedate == datetime(1999, 12, 31, 23, 59)
