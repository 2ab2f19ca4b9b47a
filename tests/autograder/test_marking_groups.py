"""What a group has handed in is marked once for all its members, and the mark of one of them may still be changed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import autograder
from downloads import collected
from marked_course import a_copy, form_a_team
from nbgrader.api import Gradebook
from test_marking_desk import CHAIN, OTHER, PAGE, in_gradebook, listed, save
from tiny_course import TinyCourse

from autograder.errors import UsageError
from autograder.marking.desk import Conflict, Desk
from autograder.marking.entries import Entry, Wanted
from autograder.marking.order import Part

pytestmark = pytest.mark.xdist_group("marking")
TEAM = ("cem", "dora", "emil")


@pytest.fixture
def course(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> TinyCourse:
    found = a_copy(tmp_path_factory, tmp_path / "a course")
    form_a_team(found)
    return found


@pytest.fixture
def desk(course: TinyCourse) -> Iterator[Desk]:
    found = Desk(course, "tiny", Wanted("eve"))
    yield found
    found.close()


def by_hand(course: TinyCourse, student: str, points: float) -> None:
    """Mark one student's essay as the formgrader does."""
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        grade = book.find_grade("essay", "tiny", "tiny", student)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


def labels(desk: Desk) -> list[str]:
    return [line["label"] for line in listed(desk)]


def shown(desk: Desk, student: str) -> dict[str, object]:
    return desk.answer(1, desk.listing.order.handle(student))


def test_one_mark_reaches_every_member(course: TinyCourse, desk: Desk) -> None:
    team = "Cem Doe (cem), Dora Doe (dora), Emil Doe (emil)"
    assert labels(desk)[2:] == [team]
    assert desk.counts() == (0, 6)
    assert "your mark reaches all 3" in str(shown(desk, "dora")["group"])
    assert shown(desk, "ada")["group"] == ""
    done = save(desk, "emil", "2", CHAIN, comment="Nearly.")
    assert (done["label"], done["state"], done["points"]) == (team, "marked", "2")
    comment = f"[2] {CHAIN[1]}\n\nNearly."
    assert [in_gradebook(course, member)[:3] for member in TEAM] == [(2, False, comment)] * 3
    assert in_gradebook(course, "ada")[:2] == (None, True)
    assert desk.counts() == (1, 6)
    assert desk.watch(PAGE, "eve", 1, "", "")["comments"] == [{"text": "Nearly.", "times": 1}]
    desk.undo(PAGE)
    assert [in_gradebook(course, member)[:3] for member in TEAM] == [(None, True, None)] * 3


def test_a_mark_that_was_changed_for_one_member_stays_with_that_member(course: TinyCourse, desk: Desk) -> None:
    save(desk, "cem", "2")
    by_hand(course, "dora", 3)
    assert labels(desk)[2:] == ["Cem Doe (cem), Emil Doe (emil)", "Dora Doe (dora)"]
    assert "Dora Doe (dora), of the same group, has 3 of 4, which stays" in str(shown(desk, "emil")["group"])
    assert "has 2 of 4" in str(shown(desk, "dora")["group"])
    save(desk, "cem", "1")
    assert [in_gradebook(course, member)[0] for member in TEAM] == [1, 3, 1]
    save(desk, "dora", "1")
    assert len(labels(desk)) == 3, "with one mark they are one again"
    save(desk, "dora", "4")
    assert [in_gradebook(course, member)[0] for member in TEAM] == [4, 4, 4]


def test_a_member_who_alone_has_a_mark_gives_it_to_the_group(course: TinyCourse, desk: Desk) -> None:
    by_hand(course, "dora", 3)
    found = shown(desk, "cem")
    assert (found["state"], found["points"]) == ("partly", "3")
    assert desk.counts() == (0, 6)
    save(desk, "cem", "3")
    assert [in_gradebook(course, member)[:2] for member in TEAM] == [(3, False)] * 3
    desk.undo(PAGE)
    assert [in_gradebook(course, member)[:2] for member in TEAM] == [(None, True), (3, False), (None, True)]


def test_a_change_for_one_member_meanwhile_is_a_conflict_and_nothing_is_written(course: TinyCourse, desk: Desk) -> None:
    seen = str(shown(desk, "cem")["version"])
    by_hand(course, "emil", 4)
    with pytest.raises(Conflict) as caught:
        save(desk, "cem", "1", seen=seen)
    assert caught.value.theirs["points"] == "4"
    assert [in_gradebook(course, member)[0] for member in TEAM] == [None, None, 4]


def test_only_what_nobody_has_changed_since_is_taken_back(course: TinyCourse, desk: Desk) -> None:
    save(desk, "cem", "2")
    by_hand(course, "emil", 4)
    done = desk.undo(PAGE)
    assert done["left"] == 1
    assert [in_gradebook(course, member)[:2] for member in TEAM] == [(None, True), (None, True), (4, False)]


def test_of_two_who_mark_a_group_at_once_one_is_told(course: TinyCourse) -> None:
    desks = [Desk(course, "tiny", Wanted("eve")) for _ in range(4)]
    handle = desks[0].listing.order.handle("dora")
    seen = desks[0].answer(1, handle)["version"]
    told: list[object] = []

    def mark(desk: Desk, points: int) -> None:
        try:
            told.append(desk.save(PAGE, Entry(1, handle, seen, str(points)))["points"])
        except Conflict as error:
            told.append(error.theirs["points"])

    threads = [threading.Thread(target=mark, args=(desk, points)) for points, desk in enumerate(desks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for desk in desks:
        desk.close()
    (points,) = {in_gradebook(course, member)[0] for member in TEAM}
    assert told == [f"{points:g}"] * 4, "one has written it for all, and the others were shown what"


def test_a_group_stays_in_one_part_and_without_names(course: TinyCourse) -> None:
    found = []
    for number in (1, 2, 3):
        desk = Desk(course, "tiny", Wanted("eve", Part(number, 3), is_anonymous=True))
        lines = listed(desk)
        found += [line["id"] for line in lines]
        said = json.dumps([desk.answer(1, line["id"]) for line in lines] + lines)
        assert "Team" not in said
        assert "Doe" not in said
        desk.close()
    assert len(found) == len(set(found)) == 3
    desk = Desk(course, "tiny", Wanted("eve", is_anonymous=True))
    assert "your mark reaches each" in str(shown(desk, "cem")["group"])
    by_hand(course, "dora", 3)
    by_hand(course, "emil", 1)
    assert "Somebody of the same group has another mark" in str(shown(desk, "dora")["group"])
    desk.close()


def test_who_hands_in_something_else_is_marked_alone(course: TinyCourse, desk: Desk) -> None:
    save(desk, "cem", "2")
    other = (course.submitted / "ada" / "tiny" / "tiny.ipynb").read_bytes()
    assert collected(course, {"Emil Doe_9_assignsubmission_file/tiny.ipynb": other})[0] == 0
    assert len(labels(desk)) == 4, "it is not the group's any more, though not graded yet"
    assert autograder(course.root, "grade", "tiny")[0] == 0
    assert labels(desk)[2:] == ["Cem Doe (cem), Dora Doe (dora)", "Emil Doe (emil)"]
    assert shown(desk, "emil")["state"] == "changed"
    save(desk, "emil", "4")
    assert [in_gradebook(course, member)[0] for member in TEAM] == [2, 2, 4]


def test_all_empty_answers_get_no_points_in_one_step(course: TinyCourse, desk: Desk) -> None:
    blank = (course.submitted / "cem" / "tiny" / "tiny.ipynb").read_text().replace("I do not know.", "  ")
    assert collected(course, {"Team A_345_assignsubmission_file/tiny.ipynb": blank.encode()})[0] == 0
    assert autograder(course.root, "grade", "tiny")[0] == 0
    empty = [line["label"] for line in listed(desk) if line["empty"]]
    assert empty == ["Cem Doe (cem), Dora Doe (dora), Emil Doe (emil)"]
    assert desk.zero_empty(PAGE, 1)["labels"] == empty
    assert [in_gradebook(course, member)[:3] for member in TEAM] == [(0, False, None)] * 3
    assert in_gradebook(course, "ada")[:2] == (None, True)
    with pytest.raises(UsageError, match="No answer to this exercise waits that is empty"):
        desk.zero_empty(PAGE, 1)
    assert desk.undo(PAGE)["taken"] == 1
    assert [in_gradebook(course, member)[:2] for member in TEAM] == [(None, True)] * 3
    with pytest.raises(UsageError, match="nothing to take back"):
        desk.undo(OTHER)


def test_what_counts_as_empty(course: TinyCourse, desk: Desk) -> None:
    text = (course.submitted / "dora" / "tiny" / "tiny.ipynb").read_text()
    untouched = text.replace("I do not know.", "*Your answer*").replace("Words of mine: 14", "YOUR ANSWER HERE")
    beside = json.loads(untouched)
    beside["cells"].insert(2, {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": ["By the chain rule."]})
    blank = json.loads(untouched)
    blank["cells"][-1]["source"] = "\n "
    for student, content in {"fay": untouched, "gus": json.dumps(beside), "hal": json.dumps(blank)}.items():
        course.hand_in_bytes(student, content.encode())
    assert autograder(course.root, "grade", "tiny")[0] == 0
    found = {n: {line["label"] for line in listed(desk, n) if line["empty"]} for n in (1, 2)}
    assert found == {1: {"fay", "hal"}, 2: {"hal"}}, "gus may have answered beside"
    assert in_gradebook(course, "fay", "words")[:2] == (None, False), "nbgrader gives 0 for what was not touched"
    assert desk.zero_empty(PAGE, 1)["labels"] == ["fay", "hal"]
    save(desk, "fay", "1")
    done = desk.undo(PAGE) and desk.undo(PAGE)
    assert (done["taken"], done["left"]) == (2, 0)
    assert in_gradebook(course, "fay")[:2] == (None, True)
