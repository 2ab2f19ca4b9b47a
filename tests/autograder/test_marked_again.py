"""A written answer that is handed in anew after it was marked waits for a person again, and nobody's mark is lost."""

from __future__ import annotations

import csv
from pathlib import Path

import nbformat
import pytest
from command import autograder
from marked_course import a_copy
from nbgrader.api import Gradebook
from test_stock_commands import nbgrader
from tiny_course import TinyCourse

from autograder.marking.desk import Desk
from autograder.marking.entries import Entry, Wanted

pytestmark = pytest.mark.xdist_group("marking")
PAGE = "a" * 32
CHANGED = "changed since it was marked"


@pytest.fixture
def course(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> TinyCourse:
    """Return the graded course; ada's essay has 3 points, and bob's."""
    found = a_copy(tmp_path_factory, tmp_path / "a course")
    desk = Desk(found, "tiny", Wanted("eve"))
    for student in ("ada", "bob"):
        mark(desk, student, "3", comment="Good.")
    desk.close()
    return found


def mark(desk: Desk, student: str, points: str, exercise: int = 1, comment: str = "") -> None:
    handle = desk.listing.order.handle(student)
    seen = desk.answer(exercise, handle)["version"]
    desk.save(PAGE, Entry(exercise, handle, seen, points, comment=comment))


def hand_in_anew(course: TinyCourse, student: str, before: str, after: str) -> None:
    path = course.submitted / student / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if before in cell.source)
    cell.source = cell.source.replace(before, after)
    nbformat.write(notebook, path)


def grade(course: TinyCourse, *options: str) -> None:
    assert autograder(course.root, "grade", "tiny", *options)[0] == 0


def waits(course: TinyCourse, student: str, cell: str = "essay") -> tuple[float | None, bool]:
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        found = book.find_grade(cell, "tiny", "tiny", student)
        return found.manual_score, bool(found.needs_manual_grade)


def state(course: TinyCourse, student: str, exercise: int = 1) -> tuple[str, str, str]:
    desk = Desk(course, "tiny", Wanted("eve"))
    shown = desk.answer(exercise, desk.listing.order.handle(student))
    desk.close()
    return shown["state"], shown["points"], shown["comment"]


def test_a_changed_answer_waits_again_with_its_old_mark(course: TinyCourse) -> None:
    hand_in_anew(course, "ada", "chain rule", "product rule")
    hand_in_anew(course, "bob", "return x + x", "return 2 * x")
    grade(course)
    assert waits(course, "ada") == (3, True)
    assert waits(course, "bob") == (3, False), "only other answers of his have changed"
    assert state(course, "ada") == ("changed", "3", "Good.")
    assert state(course, "bob")[0] == "marked"
    for _ in range(2):
        assert autograder(course.root, "report", "tiny")[0] == 0
        rows = {row["student"]: row for row in csv.DictReader((course.reports / "tiny" / "report.csv").open())}
        assert rows["ada"]["essay"] == ""
        assert rows["bob"]["essay"] == "3.0"
        page = (course.reports / "tiny" / "report.html").read_text()
        assert page.count(CHANGED) == 1
        assert "with 3 then" in page
        grade(course, "--force", "--student", "ada")
    assert autograder(course.root, "feedback", "tiny")[0] == 0
    page = (course.feedback / "ada" / "tiny" / "tiny.html").read_text()
    assert "waits to be graded again" in page
    assert "Good." not in page, "that was said of another answer"
    assert "<strong>5</strong> of 5" in page


@pytest.mark.parametrize(
    "shown",
    [
        "![](proof.png)",
        "![](files/proof.png)",
        '<img src="pr&#111;of.png">',
        "![][a]\n\n[a]: proof\\.png",
        "![](proof.png) ![](gone.png)",
        f"![](proof.png) ![]({'long' * 100}.png)",
    ],
)
def test_another_picture_is_another_answer(course: TinyCourse, shown: str) -> None:
    pictures = {student: course.submitted / student / "tiny" / "proof.png" for student in ("ada", "bob")}
    for path in pictures.values():
        path.write_bytes(b"a picture")
    hand_in_anew(course, "ada", "chain rule", shown)
    grade(course)
    desk = Desk(course, "tiny", Wanted("eve"))
    mark(desk, "ada", "3")
    desk.close()
    grade(course, "--force", "--student", "ada")
    assert waits(course, "ada") == (3, False), "all is as it was marked"
    for path in pictures.values():
        path.write_bytes(b"another picture")
    grade(course)
    assert waits(course, "ada") == (3, True)
    assert state(course, "ada")[:2] == ("changed", "3")
    assert waits(course, "bob") == (3, False), "his answer shows no picture"
    pictures["ada"].write_bytes(b"a picture")
    grade(course)
    assert waits(course, "ada") == (3, False)


def test_another_picture_in_the_cell_is_another_answer(course: TinyCourse) -> None:
    path = course.submitted / "ada" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if "chain rule" in cell.source)
    cell.attachments = {"proof.png": {"image/png": "YQ=="}}
    nbformat.write(notebook, path)
    grade(course)
    assert waits(course, "ada") == (3, True)


def test_a_new_mark_is_for_the_new_answer(course: TinyCourse) -> None:
    hand_in_anew(course, "ada", "chain rule", "product rule")
    grade(course)
    desk = Desk(course, "tiny", Wanted("eve"))
    mark(desk, "ada", "1")
    desk.close()
    grade(course, "--force", "--student", "ada")
    assert waits(course, "ada") == (1, False)
    hand_in_anew(course, "ada", "product rule", "chain rule")
    grade(course)
    assert waits(course, "ada") == (1, True), "it has 1 for what it was last, and 3 are forgotten"


def test_an_answer_that_is_as_it_was_marked_after_all_waits_no_longer(course: TinyCourse) -> None:
    hand_in_anew(course, "ada", "chain rule", "product rule")
    grade(course)
    hand_in_anew(course, "ada", "product rule", "chain rule")
    grade(course)
    assert waits(course, "ada") == (3, False)
    assert state(course, "ada")[0] == "marked"


def test_an_answer_that_is_graded_itself_says_whether_it_has_changed(course: TinyCourse) -> None:
    desk = Desk(course, "tiny", Wanted("eve"))
    mark(desk, "ada", "2", exercise=2)
    mark(desk, "bob", "2", exercise=2)
    desk.close()
    hand_in_anew(course, "ada", "Words of mine", "Other words")
    grade(course, "--force")
    assert state(course, "ada", 2)[:2] == ("changed", "2")
    assert state(course, "bob", 2)[:2] == ("again", "2")


def test_what_was_marked_in_the_formgrader_counts_as_well(course: TinyCourse) -> None:
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        found = book.find_grade("essay", "tiny", "tiny", "cem")
        found.manual_score, found.needs_manual_grade = 0.5, False
        book.db.commit()
    hand_in_anew(course, "cem", "I do not know", "I know")
    grade(course)
    assert state(course, "cem")[:2] == ("changed", "0.5")


def test_a_run_that_was_killed_before_the_notebook_was_in_place_changes_nothing(
    course: TinyCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in_anew(course, "ada", "chain rule", "product rule")
    with monkeypatch.context() as killed:
        killed.setattr("autograder.records.record.swap_in", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert autograder(course.root, "grade", "tiny", "--student", "ada")[0] != 0
    grade(course)
    assert waits(course, "ada") == (3, True)
    assert state(course, "ada")[0] == "changed"


def test_nbgraders_own_command_asks_again_too(course: TinyCourse) -> None:
    hand_in_anew(course, "ada", "chain rule", "product rule")
    for _ in range(2):
        done = nbgrader(course.root, "autograde", "tiny", "--force")
        assert done.returncode == 0, done.stderr
        assert [waits(course, student) for student in ("ada", "bob", "cem")] == [(3, True), (3, False), (None, True)]
        assert state(course, "ada")[0] == "changed"
    hand_in_anew(course, "ada", "product rule", "chain rule")
    assert nbgrader(course.root, "autograde", "tiny", "--force").returncode == 0
    assert waits(course, "ada") == (3, False)
