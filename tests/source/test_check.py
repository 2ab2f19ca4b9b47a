"""`check` on all that is known of students' answers: it passes what is right, and names where a derivative is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from typing import Any

import numpy as np
import pytest
from assignment_cells import REPOSITORY
from assignment_variants import Variants
from banks import ASSIGNMENTS, bank, function, solutions

from autograder.course.reference import reference

EXERCISES = [(name, exercise) for name in ASSIGNMENTS for exercise in solutions(name)]
DERIVATIVES = [
    *(("two_layer", exercise) for exercise in ("relu_der", "softmax_cross_entropy_der", "backward")),
    *(("multi_layer", exercise) for exercise in ("relu_der", "softmax_cross_entropy_loss_der", "linear_backward")),
    *(("momentum", exercise) for exercise in ("grad_ce", "back_propagation")),
    ("foundations", "l1_subgradient"),
    *(("deep", exercise) for exercise in ("dsigmoid", "train_one_sample")),
]
# What differs from the right derivative where its function has a kink or where numbers are huge, or is only slow.
OUT_OF_SIGHT = {
    ("two_layer", "relu_der_passes_at_zero"),
    ("two_layer", "relu_der_half_at_zero"),
    ("two_layer", "relu_der_double_loop"),
    ("multi_layer", "relu_der_passes_at_zero"),
    ("multi_layer", "relu_der_half_at_zero"),
    ("multi_layer", "relu_der_double_loop"),
    ("multi_layer", "der_in_loops"),
    ("momentum", "gate_at_zero"),
    ("momentum", "half_gate_at_zero"),
    ("foundations", "zero_through_zero"),
    ("deep", "quotient_rule"),
}


def said_of(name: str, exercise: str, answer: Callable[..., Any]) -> str:
    """Return what `check` prints of an answer beside the author's other functions."""
    names = vars(reference(name))  # puts source/ on the path too
    import checks

    answer.__name__ = exercise
    printed = StringIO()
    with redirect_stdout(printed):
        checks.check(answer, {**names, exercise: answer})
    return printed.getvalue()


@cache
def author(name: str) -> dict[str, Any]:
    return vars(reference(name))


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_check_knows_every_exercise_and_passes_the_author(name: str, exercise: str, capsys) -> None:
    answer = author(name)[exercise]  # puts source/ on the path
    import digits

    digits.check(answer)
    said = capsys.readouterr().out
    assert said.startswith(f"{exercise}: defined, runs, "), said
    assert "leaves its inputs alone" in said
    assert "Wrong" not in said
    assert ("agrees with central differences" in said) or (name, exercise) not in DERIVATIVES


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_unusual_right_answers_are_not_blamed(name: str) -> None:
    for known in bank(name).unusual:
        said = said_of(name, known.of, function(name, known))
        assert said.startswith(f"{known.of}: defined, runs, "), (known.name, said)
        assert "Wrong" not in said, (known.name, said)


@pytest.mark.parametrize(("name", "exercise"), DERIVATIVES)
def test_a_wrong_derivative_is_noticed(name: str, exercise: str) -> None:
    wrong = [one for one in bank(name).of(exercise).wrong if (name, one.name) not in OUT_OF_SIGHT]
    assert len(wrong) >= 5
    for known in wrong:
        said = said_of(name, exercise, function(name, known))
        assert "agrees" not in said, (known.name, said)
        assert said.count("\n") in (1, 2), (known.name, said)


ENTRY = re.compile(
    r"Wrong: dZ\[(\d), (\d)\] is (\S+), but central differences of your relu give (\S+): .* "
    r"with Z = (\[.*\]), dA = (\[.*\])\."
)


@pytest.mark.parametrize("name", ["two_layer", "multi_layer"])
def test_the_entry_that_is_named_differs_from_the_right_derivative(name: str) -> None:
    named = 0
    for known in bank(name).of("relu_der").wrong:
        answer = function(name, known)
        if not (found := ENTRY.search(said_of(name, "relu_der", answer))):
            continue
        row, column, yours, numerical, Z, dA = (eval(text) for text in found.groups())
        cache = {"Z": np.array(Z)}
        right = author(name)["relu_der"](np.array(dA), cache)
        assert right[row, column] == pytest.approx(numerical, abs=1e-6), known.name
        assert answer(np.array(dA), cache)[row, column] == pytest.approx(yours, abs=1e-6), known.name
        assert np.size(Z) <= 2, "a smaller input shows it too"
        named += 1
    assert named >= 5


def test_the_first_wrong_gradient_is_named_in_backward_order() -> None:
    right = author("two_layer")["backward"]

    def backward(Y, caches, parameters):
        gradients = right(Y, caches, parameters)
        return {name: 2 * one if name in {"dW1", "db2"} else one for name, one in gradients.items()}

    assert "Wrong: db2[" in said_of("two_layer", "backward", backward)


def test_the_jacobian_is_compared_where_a_softmax_stands_in_the_notebook() -> None:
    import checks

    right = author("foundations")["softmax_jacobian"]
    printed = StringIO()
    names = {"softmax": lambda z: np.diag(right(z)) * 2, "softmax_jacobian": right}
    with redirect_stdout(printed):
        checks.check(right, names)
    assert "Wrong: row " in printed.getvalue()
    assert "differences of your softmax give" in printed.getvalue()


def test_no_line_of_a_solution_stands_in_the_checks() -> None:
    """`vet` looks at pairs of lines; here a single one is too many."""
    texts = [path.read_text(encoding="utf-8") for path in (REPOSITORY / "source").glob("checks/*.py")]
    texts.append((REPOSITORY / "source" / "digits.py").read_text(encoding="utf-8"))
    lines = {" ".join(line.split()) for text in texts for line in text.splitlines()}
    assert len(lines) > 500
    for name in ASSIGNMENTS:
        for exercise, cell in solutions(name).items():
            region = cell.partition("### BEGIN SOLUTION")[2].partition("### END SOLUTION")[0]
            telling = {" ".join(line.split()) for line in region.splitlines() if set("=(@*") & set(line)}
            assert not telling & lines, exercise


def test_a_call_that_is_handed_in_changes_no_grade(tmp_path) -> None:
    variants = Variants("two_layer", tmp_path)
    wrong = "def relu_der(dA, cache):\n    return 2 * dA\n\n"
    # If the call failed, the wrong function would stay.
    called = f"{wrong}\nfrom digits import check\n\ncheck(relu_der)\n\n{variants.right['relu_der']}\n\ncheck(relu_der)"
    outcome = variants.run({"relu_der": called}, ["relu_der"])
    assert outcome.points
    assert not outcome.lost, outcome.said
