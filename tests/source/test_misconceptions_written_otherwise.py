"""Mistakes that look unlike the bank's own text are called by their names, single ones and two in one function."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
from banks import author, examined, solutions

from autograder.course.reference import reference
from autograder.engine.limits import Effort

AT_A_GLANCE = Effort(looks=1)  # without the search for the smallest example

OTHERWISE = [
    (
        "momentum",
        "momentum_step",
        ["old_velocities"],
        """
        def momentum_step(parameters, velocity, gradients, learning_rate, gamma):
            new = {}
            for p in parameters:
                v = gamma * velocity[p] + learning_rate * gradients["d" + p]
                new[p] = parameters[p] - v
            return new, velocity
        """,
    ),
    (
        "momentum",
        "grad_ce",
        ["targets_in_the_row_before"],
        """
        def grad_ce(Y, A):
            dZ = A.copy()
            for j in range(Y.size):
                dZ[Y[0, j] - 1, j] -= 1
            return dZ / Y.size
        """,
    ),
    (
        "momentum",
        "grad_ce",
        ["downhill", "targets_in_the_row_before"],
        """
        def grad_ce(Y, A):
            n, m = A.shape
            return (np.eye(n)[:, Y[0] - 1] - A) / m
        """,
    ),
    (
        "momentum",
        "grad_ce",
        ["downhill", "shifted_targets"],
        """
        def grad_ce(Y, A):
            n, m = A.shape
            T = np.array([[float(label == row) for label in Y[0]] for row in range(1, n + 1)])
            return (T - A) / m
        """,
    ),
]


def made(name: str, exercise: str, text: str) -> Any:
    """Return the function of a text, which may call the author's."""
    names = vars(reference(name)) | {other: author(name)(other) for other in solutions(name)}
    exec(dedent(text), names)
    return names[exercise]


@pytest.mark.parametrize(
    ("name", "exercise", "labels", "text"),
    OTHERWISE,
    ids=[f"{name}-{'-and-'.join(labels)}-{place}" for place, (name, _, labels, _) in enumerate(OTHERWISE)],
)
def test_a_mistake_is_named_however_it_is_written(name: str, exercise: str, labels: list[str], text: str) -> None:
    found = examined(name, exercise, made(name, exercise, text), AT_A_GLANCE)
    assert found is not None
    assert found["labels"] == labels
