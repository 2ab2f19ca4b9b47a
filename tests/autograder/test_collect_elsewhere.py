"""A download that belongs to another assignment of the course: refused, with the assignment that it looks like."""

from __future__ import annotations

import json

import nbformat
import pytest
from command import autograder
from downloads import collected, submitted
from tiny_course import RIGHT, TinyCourse, tiny_notebook


@pytest.fixture
def course(tiny: TinyCourse) -> TinyCourse:
    """Return the tiny course with a second assignment, `small`, which shares a cell with the first."""
    notebook = small()
    path = tiny.source / "small" / "small.ipynb"
    path.parent.mkdir()
    nbformat.write(notebook, path)
    return tiny


def small() -> nbformat.NotebookNode:
    notebook = tiny_notebook()
    for cell in notebook.cells[2:]:
        cell.metadata.nbgrader.grade_id = cell.id = f"small-{cell.id}"
    return notebook


def other() -> bytes:
    return nbformat.writes(small()).encode()


def right(course: TinyCourse) -> bytes:
    return course.hand_in("zoe", **RIGHT).read_bytes()


def test_one_notebook_of_another_assignment_is_refused_and_keeps_nobody_from_their_grade(course: TinyCourse) -> None:
    good = right(course)
    assert collected(course, {"ada/tiny.ipynb": good, "bob/tiny.ipynb": good})[0] == 0
    code, said = collected(course, {"ada/small.ipynb": other(), "bob/tiny.ipynb": good, "cem/tiny.ipynb": good})
    said = " ".join(said.split())
    assert code == 3
    assert "ada: It does not have the cells of tiny (this looks like your assignment small): ask the student" in said
    assert "submitted/ada/tiny/ yourself" in said
    assert "1 could not be taken, the others (2) are." in said
    assert "autograder collect small" not in said
    assert submitted(course) == dict.fromkeys(("ada", "bob", "cem", "zoe"), good), "what ada had handed in stays"


def test_a_whole_download_of_another_assignment_names_the_command(course: TinyCourse) -> None:
    for options in (("--dry-run",), ()):
        code, said = collected(course, {f"{s}/small.ipynb": other() for s in ("ada", "bob", "cem")}, *options)
        said = " ".join(said.split())
        assert code == 3
        assert "Most of this download looks like your assignment small" in said
        assert "`autograder collect small " in said
        assert "download.zip`" in said
    assert submitted(course) == {}
    download = course.root.parent / "download.zip"
    assert autograder(course.root, "collect", "small", str(download))[0] == 0
    assert (course.submitted / "ada" / "small" / "small.ipynb").read_bytes() == other()


def test_who_was_refused_is_in_the_report_with_the_reason(course: TinyCourse) -> None:
    good = right(course)
    (course.root / "roster.csv").write_text("id,name\nada,Ada King\nbob,Bob\n")
    assert autograder(course.root, "roster", "import", "roster.csv")[0] == 0
    assert collected(course, {"ada/small.ipynb": other(), "bob/tiny.ipynb": good})[0] == 3
    assert autograder(course.root, "grade", "tiny")[0] == 0
    assert autograder(course.root, "report", "tiny")[0] == 0
    students = json.loads((course.reports / "tiny" / "report.json").read_text())["students"]
    (ada,) = [student for student in students if student["id"] == "ada"]
    assert ada["state"] == "refused"
    assert "looks like your assignment small" in ada["why"]
    irregular = json.loads((course.reports / "tiny" / "report.json").read_text())["irregular"]
    assert [one["text"] for one in irregular] == ["this looks like your assignment small"]


def test_a_source_that_cannot_be_read_keeps_nobodys_work_out(course: TinyCourse) -> None:
    work = {"ada/small.ipynb": other(), "bob/tiny.ipynb": right(course)}
    for name in ("small", "tiny"):
        (course.source / name / f"{name}.ipynb").write_text("{")
        assert collected(course, work)[0] == 0
    assert {"ada", "bob"} <= submitted(course).keys()


def test_what_nobody_knows_or_cannot_read_is_collected(course: TinyCourse) -> None:
    strange = tiny_notebook()
    for cell in strange.cells[1:]:
        cell.metadata.nbgrader.grade_id = f"unknown-{cell.id}"
    work = {"ada/tiny.ipynb": nbformat.writes(strange).encode(), "bob/tiny.ipynb": b"{", "cem/tiny.ipynb": b"[" * 10**6}
    assert collected(course, work)[0] == 0
    assert submitted(course).keys() == {"ada", "bob", "cem"}
