"""The banks of misconceptions: each is told from all others on the bank's own inputs, and gives nothing away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from assignment_cells import REPOSITORY
from banks import ASSIGNMENTS, FEWEST, answer, author, bank, drawn, examined, function, solutions
from cases_on_cores import variants

from autograder.engine.limits import Effort

LABELS = set(
    re.findall(
        r"\((eq:[\w-]+)\)|label: (eq:[\w-]+)", "".join(p.read_text() for p in (REPOSITORY / "book").glob("*.md"))
    )
)
EQUATIONS = {one or other for one, other in LABELS}
AT_A_GLANCE = Effort(looks=1)  # without the search for the smallest example
KINDS = ("wrong", "fragile", "side effect", "slow", "environment")
EXERCISES = [(name, exercise) for name in ASSIGNMENTS for exercise in solutions(name)]
UNUSUAL = [(name, index) for name in ASSIGNMENTS for index in range(len(bank(name).unusual))]


EACH = 8  # of so many misconceptions, the short tests look at one


def named(case: tuple[str, int], kind: str) -> str:
    """Return the name of a test about a misconception or an unusual answer."""
    known = getattr(bank(case[0]), kind)[case[1]]
    return f"{case[0]}-{known.of}-{known.name}"


WRONG = [(name, index) for name in ASSIGNMENTS for index in range(len(bank(name).wrong))]
SHORT = [pytest.param(case, id=named(case, "wrong")) for case in WRONG[::EACH]]
REST = [
    pytest.param(case, id=named(case, "wrong"), marks=pytest.mark.long)
    for place, case in enumerate(WRONG)
    if place % EACH
]


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


@pytest.mark.parametrize("case", SHORT + REST)
def test_a_misconception_is_diagnosed_as_itself(case: tuple[str, int]) -> None:
    name, wrong = case[0], bank(case[0]).wrong[case[1]]
    found = examined(name, wrong.of, function(name, wrong), AT_A_GLANCE)
    if wrong.kind == "slow":
        assert found is None
        return
    assert found is not None, "no input of the bank shows it"
    assert found["labels"] == [wrong.name]
    assert found["example"] is not None


IN_THE_SANDBOX = [  # the calls of their banks need more of the notebook than the function itself
    ("foundations", "box_on_the_left"),
    ("foundations", "flat_network"),
    ("multi_layer", "relu_der_mask_alone"),
    ("deep", "layers_from_0"),
]


@pytest.mark.parametrize(("name", "label"), IN_THE_SANDBOX)
def test_a_misconception_is_named_where_the_call_needs_more_of_the_notebook(name: str, label: str) -> None:
    """`autograder vet` tries them all."""
    wrong = next(wrong for wrong in bank(name).wrong if wrong.name == label)
    found = variants(name, diagnosed=True).run({wrong.of: answer(name, wrong)}, [wrong.of]).diagnoses[wrong.of]
    assert [known.label for known in found.known] == [label]


@pytest.mark.long
@pytest.mark.parametrize("case", SHORT + REST)
def test_the_smallest_example_fits_on_a_screen(case: tuple[str, int]) -> None:
    name, wrong = case[0], bank(case[0]).wrong[case[1]]
    if wrong.kind == "slow":
        return
    found = examined(name, wrong.of, function(name, wrong), Effort())
    assert found is not None
    assert found["example"] is not None
    assert len(found["example"]["lines"]) < 12
    assert max(map(len, found["example"]["lines"])) < 300


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_a_misconception_says_what_helps_and_where_to_read_on(name: str, exercise: str) -> None:
    for wrong in bank(name).of(exercise).wrong:
        assert wrong.kind in KINDS, wrong.name
        assert 30 <= len(wrong.says) <= 300, wrong.name
        assert wrong.says[-1] == ".", wrong.name
        assert wrong.see in EQUATIONS, wrong.name


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_a_misconception_tells_no_line_of_the_solution(name: str, exercise: str) -> None:
    body = solutions(name)[exercise].partition("### BEGIN SOLUTION")[2]
    right = [line.split("=", 1)[-1].removeprefix("return ").replace(" ", "") for line in body.splitlines()]
    for wrong in bank(name).of(exercise).wrong:
        said = wrong.says.replace(" ", "").replace("`", "")
        assert not [line for line in right if len(line) > 8 and line in said], wrong.name


# What inputs of an exercise cannot hold, since they are probabilities, flat arrays, labels or the sizes of networks.
PROBABILITIES, FLAT, LABELS = {"negative"}, {"oblong", "single"}, {"zero", "negative", "positive"}
SIZES = FLAT | LABELS
CANNOT_HOLD = {
    ("foundations", "weighted_median"): FLAT,
    ("foundations", "box_network"): FLAT,
    ("foundations", "approximate"): FLAT | {"zero", "negative"},  # an interval and an error
    ("foundations", "softmax_jacobian"): FLAT,
    ("foundations", "cross_entropy_via_jacobian"): FLAT,
    ("momentum", "average_ce"): PROBABILITIES,
    ("momentum", "grad_ce"): PROBABILITIES,
    ("multi_layer", "initialize_network"): SIZES,
    ("two_layer", "one_hot"): LABELS,
    ("two_layer", "cross_entropy"): PROBABILITIES,
    ("two_layer", "softmax_cross_entropy_der"): PROBABILITIES | {"zero"},
    ("deep", "initialise"): SIZES,
    ("deep", "he_initialise"): SIZES,
    ("deep", "minibatches"): PROBABILITIES,
}


def arrays(value: Any) -> Iterator[np.ndarray]:
    """Yield the arrays of numbers in an input, and its numbers."""
    if isinstance(value, Mapping):
        for held in value.values():
            yield from arrays(held)
    elif isinstance(value, (int, float, list, tuple, np.ndarray)):
        yield np.asarray(value)


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_each_generator_gives_inputs_and_together_they_are_of_all_kinds(name: str, exercise: str) -> None:
    given = drawn(name, exercise)
    assert all(tried and len(taken) == tried for tried, taken in given)
    numbers = [array for _, taken in given for one in taken for array in arrays(one)]
    matrices = [array for array in numbers if array.ndim == 2]
    floats = [array for array in numbers if array.dtype.kind == "f"]
    kinds = {
        "oblong": any(len(set(array.shape)) == 2 for array in matrices),
        "single": any(array.shape[1] == 1 for array in matrices),
        "zero": any(np.any(array == 0) for array in floats),
        "negative": any(np.any(array < 0) for array in floats),
        "positive": any(np.any(array > 0) for array in floats),
    }
    assert {kind for kind, there in kinds.items() if not there} == CANNOT_HOLD.get((name, exercise), set())


@pytest.mark.parametrize("case", UNUSUAL, ids=[named(case, "unusual") for case in UNUSUAL])
def test_what_is_right_though_unusual_has_no_diagnosis(case: tuple[str, int]) -> None:
    name, right = case[0], bank(case[0]).unusual[case[1]]
    assert examined(name, right.of, function(name, right), AT_A_GLANCE) is None


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_the_author_has_no_diagnosis(name: str, exercise: str) -> None:
    assert examined(name, exercise, author(name)(exercise), AT_A_GLANCE) is None


@pytest.mark.long
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_a_mistake_that_the_bank_does_not_know_is_hardly_ever_called_another(name: str) -> None:
    """Each misconception is examined by a bank without it; what it is called then says much the same as a rule."""
    told = {}
    for wrong in bank(name).wrong:
        known = bank(name).of(wrong.of)
        others = replace(known, wrong=[other for other in known.wrong if other is not wrong])
        found = examined(name, wrong.of, function(name, wrong), AT_A_GLANCE, others)
        if found and found["labels"]:
            told[wrong.name] = found["labels"]
    assert len(told) <= 0.05 * len(bank(name).wrong), told
