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
    (
        "deep",
        "minibatches",
        ["labels_not_shuffled"],
        """
        def minibatches(X, Y, batch_size, rng):
            m = X.shape[1]
            Xs = X[:, rng.permutation(m)]
            for k in range(m // batch_size):
                s = slice(k * batch_size, (k + 1) * batch_size)
                yield Xs[:, s], Y[:, s]
        """,
    ),
    (
        "deep",
        "minibatches",
        ["labels_not_shuffled"],
        """
        def minibatches(X, Y, batch_size, rng):
            Xs = X[:, np.argsort(rng.random(Y.size))]
            for k in range(0, Y.size - batch_size + 1, batch_size):
                yield Xs[:, k : k + batch_size], Y[:, k : k + batch_size]
        """,
    ),
    (
        "deep",
        "predict",
        ["gate_on_the_scores"],
        """
        def predict(X, parameters):
            A = X
            for layer in range(1, len(parameters) // 2 + 1):
                A = np.maximum(0, parameters[f"W{layer}"] @ A + parameters[f"b{layer}"])
            P = softmax(A)
            return np.argmax(P, axis=0, keepdims=True), P
        """,
    ),
    (
        "deep",
        "train_one_sample",
        ["first_layer_stays"],
        """
        def train_one_sample(x, y, parameters, learning_rate):
            L, a = len(parameters) // 2, [x]
            for k in range(1, L):
                a.append(sigmoid(parameters[f"W{k}"] @ a[-1] + parameters[f"b{k}"]))
            d = softmax(parameters[f"W{L}"] @ a[-1] + parameters[f"b{L}"])
            d[y] -= 1
            after = {name: value.copy() for name, value in parameters.items()}
            k = L
            while k > 1:
                after[f"W{k}"] -= learning_rate * np.outer(d, a[k - 1])
                after[f"b{k}"] -= learning_rate * d
                d = (parameters[f"W{k}"].T @ d) * a[k - 1] * (1 - a[k - 1])
                k -= 1
            return after
        """,
    ),
    (
        "deep",
        "gradient_errors",
        ["tiny_differences"],
        """
        def gradient_errors(step, x, y, parameters):
            eps, errors = 1e-12, {}
            work = {name: value.copy() for name, value in parameters.items()}
            after = step(x.copy(), y, {name: value.copy() for name, value in parameters.items()}, 1)
            for layer in range(1, len(parameters) // 2 + 1):
                apart = one = other = 0
                for name in (f"W{layer}", f"b{layer}"):
                    g, n = parameters[name] - after[name], np.zeros(parameters[name].shape)
                    for place in np.ndindex(n.shape):
                        work[name][place] = parameters[name][place] + eps
                        plus = feed_forward_sample(x, y, work)[0]
                        work[name][place] = parameters[name][place] - eps
                        minus = feed_forward_sample(x, y, work)[0]
                        work[name][place] = parameters[name][place]
                        n[place] = (plus - minus) / (2 * eps)
                    apart, one, other = apart + np.sum((g - n) ** 2), one + np.sum(g**2), other + np.sum(n**2)
                errors[layer] = np.sqrt(apart) / (np.sqrt(one) + np.sqrt(other))
            return errors
        """,
    ),
    (
        "two_layer",
        "train",
        ["train_with_momentum"],
        """
        def train(X, Y, parameters, learning_rate, batch_size, epochs, rng):
            params, costs = {k: v.copy() for k, v in parameters.items()}, []
            velocity = {k: np.zeros_like(v) for k, v in params.items()}
            for _ in range(epochs):
                order, found = rng.permutation(X.shape[1]), []
                for b in range(X.shape[1] // batch_size):
                    batch = order[b * batch_size : (b + 1) * batch_size]
                    A2, caches = forward(X[:, batch], params)
                    found.append(cross_entropy(A2, Y[:, batch]))
                    grads = backward(Y[:, batch], caches, params)
                    for k in params:
                        velocity[k] = 0.9 * velocity[k] + learning_rate * grads["d" + k]
                        params[k] = params[k] - velocity[k]
                costs.append(np.mean(found))
            return params, costs
        """,
    ),
    (
        "foundations",
        "l1_fit",
        ["one_weight_after_the_other"],
        """
        def l1_fit(X, Y):
            w = np.zeros((len(X), 1))
            for _ in range(300):
                before = w.copy()
                for k, x in enumerate(X):
                    rest = Y[0] - (w.T @ X)[0] + w[k, 0] * x
                    order = np.argsort(rest / x)
                    reached = np.cumsum(np.abs(x)[order])
                    w[k, 0] = (rest / x)[order][np.searchsorted(reached, reached[-1] / 2)]
                if np.array_equal(before, w):
                    break
            return w
        """,
    ),
    (
        "foundations",
        "approximate",
        ["divided_by_no_piece"],
        """
        def approximate(f, lipschitz, B, eps):
            n = int(lipschitz * B / eps)
            h = 2 * B / n
            y = f(-B + h * (np.arange(n) + 0.5))
            b1 = (B - h * np.arange(n)).reshape(n, 1)
            b1[0] += 1
            return np.ones((n, 1)), b1, np.diff(y, prepend=0).reshape(1, n), np.zeros((1, 1))
        """,
    ),
    (
        "multi_layer",
        "softmax_cross_entropy_loss",
        ["softmax_one_shift", "loss_constant"],
        """
        def softmax_cross_entropy_loss(Z, Y=np.array([])):
            E = np.exp(Z - np.max(Z))
            A = E / np.sum(E, axis=0, keepdims=True)
            if len(Y) == 0:
                return A, {"A": A}, []
            losses = [-np.log(A[Y[0, i], i] + 1e-8) for i in range(Y.shape[1])]
            return A, {"A": A}, sum(losses) / len(losses)
        """,
    ),
    (
        "multi_layer",
        "softmax_cross_entropy_loss",
        ["loss_sum", "loss_classes_from_labels"],
        """
        def softmax_cross_entropy_loss(Z, Y=np.array([])):
            top = np.max(Z, axis=0, keepdims=True)
            logarithms = Z - top - np.log(np.sum(np.exp(Z - top), axis=0, keepdims=True))
            A = np.exp(logarithms)
            if Y.size == 0:
                return A, {"A": A}, []
            T = np.zeros((int(Y.max()) + 1, Y.shape[1]))
            T[Y[0], np.arange(Y.shape[1])] = 1
            return A, {"A": A}, -np.sum(T * logarithms)
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
