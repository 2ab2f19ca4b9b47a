"""What marking by hand rests on: mark schemes, comments, points, and whose answers are whose."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from marked_course import ESSAY, SCHEME
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.course.mark_scheme import Item, mark_scheme
from autograder.errors import UsageError
from autograder.marking.order import Order, Part
from autograder.marking.points import typed_points
from autograder.marking.rubric import typed_item
from autograder.records.said import Said, said


def task(text: str) -> NotebookNode:
    return new_markdown_cell(text, metadata={"nbgrader": {"grade_id": "a", "task": True, "points": 4}})


def test_a_scheme_has_items_and_text() -> None:
    found = mark_scheme(task(ESSAY + SCHEME))
    assert found.items == (
        Item(2, "names the chain rule"),
        Item(1, "has the shape of $W^{[1]}$, with a reason"),
        Item(1, "says where the mean enters"),
        Item(-1, "quotes the result"),
    )
    assert found.notes == "Any notation will do."
    assert found.total == 4


@pytest.mark.parametrize(
    "line", ["- **4** bold points", "- [x] done", "- [nan] a", "- [1e3] a", "- [2]", "[2] no list", "- [12345] a"]
)
def test_what_is_not_an_item_stays_text(line: str) -> None:
    found = mark_scheme(task(f"Why?\n### BEGIN MARK SCHEME\n{line}\n### END MARK SCHEME"))
    assert found.items == ()
    assert found.notes == line


def test_only_the_region_of_a_task_is_its_scheme_and_it_may_lack_an_end() -> None:
    assert mark_scheme(task("- [2] asked\n### BEGIN MARK SCHEME\n- [0,5] half")).items == (Item(0.5, "half"),)
    assert mark_scheme(task("- [2] asked")) == mark_scheme(task(""))


def test_what_stands_in_an_answer_of_the_author_is_the_scheme() -> None:
    cell = new_markdown_cell("### BEGIN SOLUTION\n- [3] both words\nA model answer.\n### END SOLUTION")
    found = mark_scheme(cell)
    assert (found.items, found.notes) == ((Item(3, "both words"),), "A model answer.")


ITEMS = st.builds(
    Item,
    st.integers(-9_999_000, 9_999_000).map(lambda number: number / 1000),
    st.text(min_size=1).map(lambda text: " ".join(text.split())).filter(bool),
)


@given(st.lists(ITEMS, max_size=4), st.text())
@example([], "[2] looks like an item")
@example([], "\n\n[2] looks like an item")
@example([Item(1, "a")], "[2] looks like an item\nbut is a comment")
@example([Item(1000000 / 1000, "[1] a")], "")
def test_a_comment_holds_items_and_words(items: list[Item], text: str) -> None:
    first = said(Said(tuple(items), text).comment)
    assert first.items == tuple(items)
    assert first.text.split() == text.split()
    assert said(first.comment) == first


@pytest.mark.parametrize("comment", [None, "", "Well done.", "Well done.\n[2] not an item"])
def test_a_comment_of_the_formgrader_has_no_items(comment: str | None) -> None:
    assert said(comment) == Said((), comment or "")


def test_the_formgrader_may_change_an_item() -> None:
    assert said("[2] a\r\n[0.5] b\r\n\r\nBecause.\r\n") == Said((Item(2, "a"), Item(0.5, "b")), "Because.")


@pytest.mark.parametrize(
    ("text", "points"), [("0", 0), (" 4 ", 4), ("2.5", 2.5), ("2,5", 2.5), ("+1", 1), ("0.125", 0.125)]
)
def test_points_are_numbers(text: str, points: float) -> None:
    assert typed_points(text, 4) == points


def test_nothing_has_no_sign() -> None:
    assert f"{typed_points('-0', 4):g}" == "0"


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "1e1", "two", "0x1", "1_0", "1/2", "٣", "--1", "2.3456", "99999", "1 2", "<b>"]
)
def test_what_is_not_a_number_of_points_is_refused(text: str) -> None:
    for beyond in (False, True):
        with pytest.raises(UsageError, match="is not a number of points"):
            typed_points(text, 4, beyond=beyond)


def test_points_beyond_the_limits_need_permission() -> None:
    for text in ("-0.5", "4.5"):
        with pytest.raises(UsageError, match=r"earns 0 to 4 points, not .*--beyond"):
            typed_points(text, 4)
        assert typed_points(text, 4, beyond=True) == float(text)
    with pytest.raises(UsageError, match="no points yet"):
        typed_points(" ", 4, beyond=True)


@pytest.mark.parametrize(("points", "text"), [("", "a"), ("nan", "a"), ("1", ""), ("1", " \n "), ("1", "a" * 1001)])
def test_what_is_not_an_item_is_refused(points: str, text: str) -> None:
    with pytest.raises(UsageError):
        typed_item(points, text)


def test_a_student_is_in_one_part_whoever_else_is_there() -> None:
    parts = [Part.parse(f"{number}/3") for number in (1, 2, 3)]
    found = [[part.has("tiny", f"s{number}") for part in parts].index(True) for number in range(300)]
    assert all(sum(part.has("tiny", f"s{number}") for part in parts) == 1 for number in range(300))
    assert min(Counter(found).values()) > 60


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3", "1/3/3", "1/1000"])
def test_a_part_that_does_not_exist(text: str) -> None:
    with pytest.raises(UsageError, match=r"write 1/3"):
        Part.parse(text)


def test_the_order_without_names_differs_by_exercise_and_stays() -> None:
    students = [f"s{number}" for number in range(30)]

    def order(key: bytes, exercise: str, is_anonymous: bool) -> list[str]:
        found = Order(key, "tiny", is_anonymous)
        return sorted(students, key=lambda student: found.place(student, exercise))

    assert order(b"k", "one", True) == order(b"k", "one", True)
    assert len({tuple(order(key, name, True)) for key in (b"k", b"l") for name in ("one", "two")}) == 4
    assert order(b"k", "one", False) == sorted(students)
    assert len({Order(b"k", "tiny", True).handle(student) for student in students}) == 30
    assert Order(b"k", "tiny", True).handle("s1") != Order(b"l", "tiny", True).handle("s1")
