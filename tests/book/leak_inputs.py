"""How each graded function is called, and the inputs that `leak_expressions` calls it with."""

from __future__ import annotations

from typing import Any

import numpy as np

# `relu` is left out: max(0, z) is its definition.
# What a call of each graded function returns, with the inputs by their names, without what it only passes through.
CALLS = {
    "two_layer": {
        "one_hot": "one_hot(Y, n_classes)",
        "relu_der": "relu_der(dA, {'Z': Z})",
        "softmax": "softmax(Z)",
        "cross_entropy": "cross_entropy(A, Y)",
        "softmax_cross_entropy_der": "softmax_cross_entropy_der(A, Y)",
    },
    "multi_layer": {
        "softmax_cross_entropy_loss": "softmax_cross_entropy_loss(Z, Y)[::2]",
        "softmax_cross_entropy_loss_der": "softmax_cross_entropy_loss_der(Y, {'A': A})",
        "linear_forward": "linear_forward(A_prev, W, b)[0]",
        "linear_backward": "linear_backward(dZ, {'A': A_prev}, W, b)",
        "update_parameters": "update_parameters(parameters, gradients, 1, rate)",
    },
    "momentum": {
        "compute_layer": "compute_layer(A_prev, W, b)",
        "average_ce": "average_ce(Y, A)",
        "grad_ce": "grad_ce(Y, A)",
        "momentum_step": "momentum_step(parameters, velocity, gradients, rate, gamma)",
    },
    "deep": {"sigmoid": "sigmoid(Z)", "dsigmoid": "dsigmoid(Z)"},
    "foundations": {
        "l1_loss": "l1_loss(X, targets, w)",
        "l1_subgradient": "l1_subgradient(X, targets, w)",
        "weighted_median": "weighted_median(values, weights)",
        "softmax_jacobian": "softmax_jacobian(z)",
        "cross_entropy_via_jacobian": "cross_entropy_via_jacobian(z, y)",
    },
}
Values = dict[str, Any]
SHAPES = ((3, 4, 5), (4, 6, 3), (5, 3, 4))  # inputs, units or classes, samples


def inputs(number: int) -> Values:
    """Return values for all names in `CALLS`; the third ones are far from 0, where a softmax has to be stable."""
    n_in, n, m = SHAPES[number]
    rng = np.random.default_rng(number)
    A, far = rng.uniform(0.1, 1, (n, m)), 1000 * (number == 2)
    two = {"W1": (2, 3), "b1": (2, 1)}
    networks = {
        kind: {key: rng.normal(size=shape) for key, shape in two.items()} for kind in ("parameters", "velocity")
    }
    return {
        "Z": rng.normal(size=(n, m)) + far * np.arange(-1, m - 1),
        "dA": rng.normal(size=(n, m)),
        "dZ": rng.normal(size=(n, m)),
        "A": A / A.sum(axis=0),
        "Y": np.append(rng.integers(0, n, m - 1), n - 1)[np.newaxis],
        "n_classes": n,
        "A_prev": rng.normal(size=(n_in, m)),
        "W": rng.normal(size=(n, n_in)),
        "b": rng.normal(size=(n, 1)),
        **networks,
        "gradients": {f"d{key}": rng.normal(size=shape) for key, shape in two.items()},
        "rate": rng.uniform(0.1, 0.9),
        "gamma": rng.uniform(0.1, 0.9),
        "X": rng.normal(size=(n_in, m)),
        "targets": rng.normal(size=(1, m)),
        "w": rng.normal(size=(n_in, 1)),
        "values": rng.normal(size=m),
        "weights": rng.uniform(0.1, 1, m),
        "z": rng.normal(size=n) + far,
        "y": n - 2,
    }


def forms(name: str, values: Values) -> dict[bool, list[Any]]:
    """Return the forms in which a page may hold an input: with samples in columns (False) and in rows (True)."""
    value = values[name]
    if name == "Y":
        T = np.eye(values["n_classes"])[:, value[0]]
        return {False: [value, value[0], T], True: [value.T, value[0], T.T]}
    if np.ndim(value) != 2:
        return {False: [value], True: [value]}
    flat = [value.ravel()] if 1 in value.shape else []
    return {False: [value, *flat], True: [value.T, *flat]}


def shifted(name: str, values: Values) -> Any:
    """Return another value of the same kind for an input."""
    value = values[name]
    if isinstance(value, dict):
        return {key: 1.3 * array for key, array in value.items()}
    if name in ("Y", "y"):
        return (value + 1) % values["n_classes"]
    return value + 1 if name == "n_classes" else 1.3 * np.roll(value, 1)
