"""Marking a class that was graded: what comes into the gradebook, and from there into feedback and report."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from command import autograder
from marked_course import ESSAYS, NAMES, a_copy
from nbgrader.api import Gradebook
from tiny_course import TinyCourse

from autograder.errors import EnvironmentProblem, UsageError
from autograder.marking.desk import Conflict, Desk
from autograder.marking.entries import Entry, Wanted
from autograder.marking.order import Part

pytestmark = pytest.mark.xdist_group("marking")  # for which a class is graded once
PAGE, OTHER = "a" * 32, "b" * 32
CHAIN, SHAPE = ("2", "names the chain rule"), ("1", "has the shape of $W^{[1]}$, with a reason")


@pytest.fixture
def course(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> TinyCourse:
    return a_copy(tmp_path_factory, tmp_path / "a course")


@pytest.fixture
def desk(course: TinyCourse) -> Iterator[Desk]:
    found = Desk(course, "tiny", Wanted("eve"))
    yield found
    found.close()


def listed(desk: Desk, exercise: int = 1) -> list[dict[str, Any]]:
    return list(desk.watch(PAGE, "eve", exercise, "", "")["answers"])


def save(desk: Desk, student: str, points: str, *items: tuple[str, str], **more: Any) -> dict[str, Any]:
    """Mark a student's answer as a page would that has just opened it."""
    exercise = more.pop("exercise", 1)
    handle = desk.listing.order.handle(student)
    seen = more.pop("seen", desk.answer(exercise, handle)["version"])
    page = more.pop("page", PAGE)
    return desk.save(page, Entry(exercise, handle, seen, points, items, **more))


def in_gradebook(course: TinyCourse, student: str, cell: str = "essay") -> tuple[Any, ...]:
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        grade = book.find_grade(cell, "tiny", "tiny", student)
        comment = book.find_comment(cell, "tiny", "tiny", student)
        return grade.manual_score, bool(grade.needs_manual_grade), comment.manual_comment, grade.extra_credit


def test_what_waits_is_listed(desk: Desk) -> None:
    begin = desk.begin()
    assert [(one["name"], one["title"], one["most"]) for one in begin["exercises"]] == [
        ("essay", "An essay", 4),
        ("words", "Two words", 3),
    ]
    assert "Why is" in begin["exercises"][0]["asked"]
    assert "chain rule" not in begin["exercises"][0]["asked"]
    assert "Any notation" in begin["exercises"][0]["notes"]
    assert not begin["exercises"][0]["differs"]
    assert [line["state"] for line in listed(desk)] == ["waiting"] * 4
    assert listed(desk)[0]["label"] == "Ada King (ada)"
    assert desk.counts() == (0, 8)


def test_an_answer_is_shown_with_its_formulas_and_without_the_rest_of_the_notebook(desk: Desk) -> None:
    essay, words = (desk.answer(number, desk.listing.order.handle("ada"))["html"] for number in (1, 2))
    assert "<math" in essay
    assert "<strong>chain rule</strong>" in essay
    assert "def double" not in essay
    assert "Words of mine" in words
    assert "chain" not in words


def test_an_empty_answer_is_called_that(desk: Desk) -> None:
    assert "Nothing is written here" in desk.answer(1, desk.listing.order.handle("dora"))["html"]


def test_hostile_answers_and_names_are_text(desk: Desk) -> None:
    shown = desk.answer(1, desk.listing.order.handle("bob"))
    soup = BeautifulSoup(shown["html"], "html.parser")
    assert not soup.find_all(["script", "img", "form", "button", "a"])
    assert {name for tag in soup.find_all(True) for name in tag.attrs} <= {"class", "tabindex"}
    assert "\u202e" not in shown["label"]


def test_a_mark_is_in_the_gradebook_in_feedback_and_in_the_report(course: TinyCourse, desk: Desk) -> None:
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        book.find_grade("essay", "tiny", "tiny", "ada").extra_credit = 0.5
        book.db.commit()
    done = save(desk, "ada", "2.5", CHAIN, SHAPE, comment="Nearly.\nSee <b>.")
    assert (done["state"], done["points"], done["comment"]) == ("marked", "2.5", "Nearly.\nSee <b>.")
    comment = f"[2] {CHAIN[1]}\n[1] {SHAPE[1]}\n\nNearly.\nSee <b>."
    assert in_gradebook(course, "ada") == (2.5, False, comment, 0.5)
    assert in_gradebook(course, "bob") == (None, True, None, None)
    assert desk.counts() == (1, 8)
    for _ in range(2):
        assert autograder(course.root, "feedback", "tiny")[0] == 0
        page = (course.feedback / "ada" / "tiny" / "tiny.html").read_text()
        assert "names the chain rule" in page
        assert "says where the mean enters" not in page, "items that were not chosen are the instructor's"
        assert "Nearly.\nSee &lt;b&gt;." in page
        assert "[2] names" not in page
        assert autograder(course.root, "grade", "tiny", "--force", "--student", "ada")[0] == 0
        assert in_gradebook(course, "ada") == (2.5, False, comment, 0.5), "grading again keeps a mark"
    assert autograder(course.root, "report", "tiny")[0] == 0
    row = next(line for line in (course.reports / "tiny" / "report.csv").read_text().splitlines() if "ada" in line)
    assert row.endswith(",2.0,3.0,3.0,"), "with the extra credit; the last answer waits"


def test_an_answer_that_is_graded_itself_asks_for_a_second_look(course: TinyCourse, desk: Desk) -> None:
    save(desk, "ada", "3", exercise=2)
    assert in_gradebook(course, "ada", "words")[:2] == (3.0, False)
    assert autograder(course.root, "grade", "tiny", "--force", "--student", "ada")[0] == 0
    assert [line["state"] for line in listed(desk, 2)] == ["again", "waiting", "waiting", "waiting"]
    shown = desk.answer(2, desk.listing.order.handle("ada"))
    assert shown["points"] == "3"


def test_the_second_of_two_different_marks_is_refused_and_shows_the_first(course: TinyCourse, desk: Desk) -> None:
    seen = desk.answer(1, desk.listing.order.handle("ada"))["version"]
    save(desk, "ada", "4", comment="First.")
    with pytest.raises(Conflict) as caught:
        save(desk, "ada", "1", page=OTHER, seen=seen, comment="Second.")
    theirs = caught.value.theirs
    assert (theirs["points"], theirs["comment"]) == ("4", "First.")
    assert in_gradebook(course, "ada")[0] == 4
    save(desk, "ada", "1", page=OTHER, seen=theirs["version"], comment="Second.")
    assert in_gradebook(course, "ada")[::2] == (1, "Second.")


def test_what_the_formgrader_changes_is_seen_and_not_written_over(course: TinyCourse, desk: Desk) -> None:
    seen = save(desk, "ada", "2", CHAIN)["version"]
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        book.find_comment("essay", "tiny", "tiny", "ada").manual_comment = "[1] says where the mean enters\n\nNo."
        book.db.commit()
    with pytest.raises(Conflict) as caught:
        save(desk, "ada", "3", seen=seen)
    assert [item["text"] for item in caught.value.theirs["items"]] == ["says where the mean enters"]
    assert caught.value.theirs["comment"] == "No."


def test_marks_are_taken_back_one_by_one(course: TinyCourse, desk: Desk) -> None:
    save(desk, "ada", "1")
    save(desk, "ada", "2", CHAIN, comment="Yes.")
    save(desk, "bob", "3")
    assert desk.undo(PAGE)["label"].startswith("\N{REPLACEMENT CHARACTER}") is False
    assert in_gradebook(course, "bob") == (None, True, None, None)
    desk.undo(PAGE)
    assert in_gradebook(course, "ada")[:3] == (1, False, None)
    desk.undo(PAGE)
    assert in_gradebook(course, "ada") == (None, True, None, None)
    with pytest.raises(UsageError, match="nothing to take back"):
        desk.undo(PAGE)


def test_nothing_is_taken_back_that_somebody_else_has_changed(course: TinyCourse, desk: Desk) -> None:
    save(desk, "ada", "1")
    save(desk, "ada", "2", page=OTHER)
    with pytest.raises(Conflict):
        desk.undo(PAGE)
    assert in_gradebook(course, "ada")[0] == 2


def test_points_and_comments_that_are_refused_change_nothing(course: TinyCourse, desk: Desk) -> None:
    for points in ("nan", "5", "-1", ""):
        with pytest.raises(UsageError):
            save(desk, "ada", points)
    with pytest.raises(UsageError, match="characters"):
        save(desk, "ada", "1", comment="a" * 10_001)
    with pytest.raises(UsageError, match="at most"):
        save(desk, "ada", "1", *[CHAIN] * 61)
    assert in_gradebook(course, "ada") == (None, True, None, None)
    wide = Desk(course, "tiny", Wanted("eve", beyond=True))
    save(wide, "ada", "5")
    wide.close()
    assert in_gradebook(course, "ada")[0] == 5


def test_without_names_nothing_tells_who_it_is(course: TinyCourse) -> None:
    desk = Desk(course, "tiny", Wanted("eve", is_anonymous=True))
    lines = listed(desk)
    said = [desk.begin(), desk.watch(PAGE, "eve", 1, lines[0]["id"], "")]
    said += [desk.answer(number, line["id"]) for number in (1, 2) for line in listed(desk, number)]
    handle = desk.listing.order.handle("ada")
    said.append(desk.save(PAGE, Entry(1, handle, desk.answer(1, handle)["version"], "2")))
    with pytest.raises(Conflict) as caught:
        desk.save(PAGE, Entry(1, handle, "", "3"))
    said += [caught.value.theirs, desk.undo(PAGE)]
    path = course.autograded / "ada" / "tiny" / "tiny.ipynb"
    path.chmod(0o644)
    path.write_text("{")
    said.append(desk.answer(1, handle))
    assert "cannot be read" in said[-1]["html"]
    desk.close()
    text = json.dumps(said).lower()
    for word in (*ESSAYS, *(name.lower() for names in NAMES.values() for name in names), "example.org", "rowles"):
        assert f'"{word}' not in text
        assert f"{word} " not in text
    assert [line["label"] for line in lines] == [f"Answer {number}" for number in (1, 2, 3, 4)]


def test_items_are_added_for_everybody_and_forgotten(course: TinyCourse, desk: Desk) -> None:
    found = desk.add_item(1, "0.5", "a  *neat* sketch")["items"]
    assert (found[-1]["text"], found[-1]["points"], found[-1]["added"]) == ("a *neat* sketch", "0.5", True)
    assert "<em>neat</em>" in found[-1]["html"]
    save(desk, "ada", "0.5", ("0.5", "a *neat* sketch"))
    other = Desk(course, "tiny", Wanted("fay"))
    assert len(other.watch(OTHER, "fay", 1, "", "")["items"]) == 5
    assert len(other.watch(OTHER, "fay", 2, "", "")["items"]) == 0
    other.close()
    assert len(desk.forget_item(1, "a *neat* sketch")["items"]) == 4
    assert [item["text"] for item in desk.answer(1, desk.listing.order.handle("ada"))["items"]] == ["a *neat* sketch"]
    with pytest.raises(UsageError, match="mark scheme has an item"):
        desk.add_item(1, "1", CHAIN[1])


def test_hostile_items_are_text(desk: Desk) -> None:
    item = desk.add_item(1, "1", "<img src=x onerror=alert(1)> [x](javascript:alert(1)) # a")["items"][-1]
    assert "<img" not in item["html"]
    assert "href" not in item["html"]


def test_comments_come_again_by_how_often_they_were_given(desk: Desk) -> None:
    save(desk, "ada", "1", comment="Rare.")
    save(desk, "bob", "1", CHAIN, comment="Often.")
    save(desk, "cem", "1", comment="Often.")
    found = desk.watch(PAGE, "eve", 1, "", "")
    assert found["comments"] == [{"text": "Often.", "times": 2}, {"text": "Rare.", "times": 1}]
    again = desk.watch(PAGE, "eve", 1, "", found["seen"])
    assert "answers" not in again, "what a page knows is not sent again"
    assert again["progress"] == [{"number": 1, "marked": 3, "total": 4}, {"number": 2, "marked": 0, "total": 4}]


def test_everybody_sees_where_the_others_are(course: TinyCourse, desk: Desk) -> None:
    other = Desk(course, "tiny", Wanted("fay"))
    handle = desk.listing.order.handle("cem")
    other.watch(OTHER, "\x1bfay" * 30, 1, handle, "")
    (seen,) = desk.watch(PAGE, "eve", 1, "", "")["others"]
    assert (seen["exercise"], seen["answer"]) == (1, handle)
    assert seen["who"].startswith("\N{REPLACEMENT CHARACTER}fay")
    assert len(seen["who"]) <= 40
    other.leave(OTHER)
    other.close()
    assert desk.watch(PAGE, "eve", 1, "", "")["others"] == []


def test_parts_share_the_class_out(course: TinyCourse) -> None:
    found: list[str] = []
    for number in (1, 2, 3):
        desk = Desk(course, "tiny", Wanted("eve", Part(number, 3)))
        found += [line["id"] for line in listed(desk)]
        desk.close()
    assert len(found) == len(set(found)) == 4


def test_an_answer_that_is_gone_is_a_sentence(course: TinyCourse, desk: Desk) -> None:
    handle = desk.listing.order.handle("ada")
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        book.remove_submission("tiny", "ada")
    with pytest.raises(UsageError, match="no such answer"):
        desk.answer(1, handle)


def test_a_locked_gradebook_is_a_sentence_and_nothing_is_lost(course: TinyCourse, desk: Desk) -> None:
    seen = desk.answer(1, desk.listing.order.handle("ada"))["version"]
    holder = sqlite3.connect(course.gradebook, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(EnvironmentProblem, match=r"cannot be written .*grading run"):
        save(desk, "ada", "1", seen=seen)
    holder.close()
    save(desk, "ada", "1", seen=seen)
    assert in_gradebook(course, "ada")[0] == 1


def test_what_somebody_was_graded_for_is_shown_even_if_the_scheme_has_changed(course: TinyCourse, desk: Desk) -> None:
    save(desk, "ada", "2", CHAIN)
    path = course.source / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("names the chain rule", "uses the chain rule")
    nbformat.write(notebook, path)
    later = Desk(course, "tiny", Wanted("eve"))
    shown = later.answer(1, later.listing.order.handle("ada"))
    assert [item["text"] for item in shown["items"]] == ["names the chain rule"]
    assert "uses the chain rule" in [item["text"] for item in later.watch(PAGE, "eve", 1, "", "")["items"]]
    later.close()
