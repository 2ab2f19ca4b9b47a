"""The banks of misconceptions: each is told from all others on the bank's own inputs, and gives nothing away."""

from __future__ import annotations

import re

import pytest
from assignment_cells import REPOSITORY
from banks import ASSIGNMENTS, FEWEST, author, bank, examined, function, solutions

LABELS = set(
    re.findall(
        r"\((eq:[\w-]+)\)|label: (eq:[\w-]+)", "".join(p.read_text() for p in (REPOSITORY / "book").glob("*.md"))
    )
)
EQUATIONS = {one or other for one, other in LABELS}
KINDS = ("wrong", "fragile", "side effect", "slow", "environment")
EXERCISES = [(name, exercise) for name in ASSIGNMENTS for exercise in solutions(name)]
WRONG = [(name, index) for name in ASSIGNMENTS for index in range(len(bank(name).wrong))]
UNUSUAL = [(name, index) for name in ASSIGNMENTS for index in range(len(bank(name).unusual))]


def named(case: tuple[str, int], kind: str) -> str:
    known = getattr(bank(case[0]), kind)[case[1]]
    return f"{case[0]}-{known.of}-{known.name}"


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_an_exercise_has_inputs_and_enough_misconceptions_and_an_unusual_right_answer(name: str, exercise: str) -> None:
    known = bank(name).of(exercise)
    assert known.inputs
    assert len(known.wrong) >= FEWEST
    assert known.unusual


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_each_misconception_has_a_name_of_its_own_and_belongs_to_an_exercise(name: str) -> None:
    known = bank(name)
    assert len({wrong.name for wrong in known.wrong}) == len(known.wrong)
    assert {one.of for one in [*known.wrong, *known.unusual, *known.inputs]} <= solutions(name).keys()


@pytest.mark.parametrize("case", WRONG, ids=[named(case, "wrong") for case in WRONG])
def test_a_misconception_is_diagnosed_as_itself(case: tuple[str, int]) -> None:
    name, wrong = case[0], bank(case[0]).wrong[case[1]]
    if wrong.kind == "slow":
        assert examined(name, wrong.of, function(name, wrong)) is None
        return
    found = examined(name, wrong.of, function(name, wrong))
    assert found is not None, "no input of the bank shows it"
    assert found["labels"] == [wrong.name]
    assert found["example"] is not None


@pytest.mark.parametrize("case", WRONG, ids=[named(case, "wrong") for case in WRONG])
def test_a_misconception_says_what_helps_and_where_to_read_on(case: tuple[str, int]) -> None:
    wrong = bank(case[0]).wrong[case[1]]
    assert wrong.kind in KINDS
    assert 30 <= len(wrong.says) <= 300
    assert wrong.says[-1] == "."
    assert wrong.see in EQUATIONS


@pytest.mark.parametrize("case", WRONG, ids=[named(case, "wrong") for case in WRONG])
def test_a_misconception_tells_no_line_of_the_solution(case: tuple[str, int]) -> None:
    name, wrong = case[0], bank(case[0]).wrong[case[1]]
    body = solutions(name)[wrong.of].partition("### BEGIN SOLUTION")[2]
    right = [line.split("=", 1)[-1].removeprefix("return ").replace(" ", "") for line in body.splitlines()]
    said = wrong.says.replace(" ", "").replace("`", "")
    assert not [line for line in right if len(line) > 8 and line in said]


@pytest.mark.parametrize("case", UNUSUAL, ids=[named(case, "unusual") for case in UNUSUAL])
def test_what_is_right_though_unusual_has_no_diagnosis(case: tuple[str, int]) -> None:
    name, right = case[0], bank(case[0]).unusual[case[1]]
    assert examined(name, right.of, function(name, right)) is None


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_the_author_has_no_diagnosis(name: str, exercise: str) -> None:
    assert examined(name, exercise, author(name)(exercise)) is None
