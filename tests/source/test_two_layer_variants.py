"""Answers of the assignment `two_layer` through the real engine: mistakes fail the tests meant for them, no others.

A variant runs with the tests of its own exercise only, beside the reference; the whole notebook is run for the
reference and for the stubs, and once more on the real images where `$DIGITS_DATA` has them.
"""

from __future__ import annotations

import pytest
from assignment_variants import OnRealImages, TakesOwnCaches, Variants, VariantTests, real_data

from bank.two_layer import CLASS as SAMPLES

OF_TRAINING = ("visible", "trajectory", "costs", "batches", "order", "rng", "start")  # the accuracy needs a whole run

GROUPS = {"train": tuple(f"train-{part}" for part in OF_TRAINING)}


def sample(student: str, exercise: str) -> str:
    """Return what a student of the sample class answers."""
    return SAMPLES[student].answers[exercise]


def there(
    Z1: str = 'parameters["W1"] @ X + parameters["b1"]',
    A1: str = "relu(Z1)[0]",
    Z2: str = 'parameters["W2"] @ A1 + parameters["b2"]',
    caches: str = '{"X": X, "Z1": Z1, "A1": A1, "A2": A2}',
) -> str:
    """Return a forward pass."""
    return f"""
        def forward(X, parameters):
            Z1 = {Z1}
            A1 = {A1}
            A2 = softmax({Z2})
            return A2, {caches}
    """


def back(
    dZ2: str = 'softmax_cross_entropy_der(caches["A2"], Y)',
    dA1: str = 'parameters["W2"].T @ dZ2',
    dZ1: str = 'relu_der(dA1, {"Z": caches["Z1"]})',
    dW1: str = 'dZ1 @ caches["X"].T',
    db1: str = "dZ1.sum(axis=1, keepdims=True)",
    dW2: str = 'dZ2 @ caches["A1"].T',
    db2: str = "dZ2.sum(axis=1, keepdims=True)",
) -> str:
    """Return a backward pass."""
    return f"""
        def backward(Y, caches, parameters):
            m = Y.shape[1]
            dZ2 = {dZ2}
            dA1 = {dA1}
            dZ1 = {dZ1}
            return {{"dW1": {dW1}, "db1": {db1}, "dW2": {dW2}, "db2": {db2}}}
    """


def loop(
    before: str = "pass",
    order: str = "rng.permutation(m)",
    firsts: str = "range(0, m - batch_size + 1, batch_size)",
    labels: str = "Y[:, batch]",
    record: str = "losses.append(cross_entropy(A2, y))",
    sign: str = "-",
    last: str = "pass",
) -> str:
    """Return a training loop."""
    return f"""
        def train(X, Y, parameters, learning_rate, batch_size, epochs, rng):
            p, costs, m = dict(parameters), [], Y.size
            {before}
            for epoch in range(epochs):
                losses, order = [], {order}
                for first in {firsts}:
                    batch = order[first : first + batch_size]
                    x, y = X[:, batch], {labels}
                    A2, caches = forward(x, p)
                    {record}
                    gradients = backward(y, caches, p)
                    p = {{k: v {sign} learning_rate * gradients["d" + k] for k, v in p.items()}}
                    {last}
                costs.append(np.mean(losses))
            return p, costs
    """


OF_RELU = {"visible", "values", "cache", "input"}
OF_RELU_DER = {"visible", "slope", "zero", "inputs", "cache"}
OF_SOFTMAX = {"visible", "values", "huge", "far-apart", "sum", "input"}
OF_LOSS = {"visible", "picks", "mean", "classes", "inputs"}
OF_DER = {"visible", "direction", "slope", "classes", "inputs"}
OF_BACKWARD = {"visible", "dW1", "db1", "dW2", "db2", "size", "inputs"}

# exercise, answer, the tests that must fail; the visible test has no points.
MISTAKES = {
    "one_hot: classes from the labels": ("one_hot", sample("jun", "one_hot"), {"visible", "classes"}),
    "one_hot: one row too high": (
        "one_hot",
        """
        def one_hot(Y, n_classes):
            T = np.zeros((n_classes, Y.size))
            T[Y[0] - 1, np.arange(Y.size)] = 1
            return T
        """,
        {"visible", "values", "classes", "input"},
    ),
    "one_hot: reshaped": (
        "one_hot",
        "def one_hot(Y, n_classes):\n    return np.eye(n_classes)[Y[0]].reshape(n_classes, -1)",
        {"visible", "values", "classes", "input"},
    ),
    "one_hot: rows": (
        "one_hot",
        "def one_hot(Y, n_classes):\n    return np.eye(n_classes)[Y[0]]",
        {"visible", "values", "classes", "input"},
    ),
    "one_hot: counts the labels down": (
        "one_hot",
        """
        def one_hot(Y, n_classes):
            T = np.zeros((n_classes, Y.size))
            for c in range(n_classes):
                T[c] = Y[0] == 0
                Y -= 1
            return T
        """,
        {"input"},
    ),
    "relu: cuts in place": (
        "relu",
        "def relu(Z):\n    Z[Z < 0] = 0\n    return Z, {'Z': Z}",
        {"visible", "cache", "input"},
    ),
    "relu: a leak": ("relu", "def relu(Z):\n    return np.where(Z > 0, Z, 0.01 * Z), {'Z': Z}", OF_RELU),
    "relu: the mask": ("relu", "def relu(Z):\n    return 1.0 * (Z > 0), {'Z': Z}", OF_RELU),
    "relu: reduces": ("relu", "def relu(Z):\n    return np.max(Z, 0), {'Z': Z}", OF_RELU),
    "relu: a limit": ("relu", "def relu(Z):\n    return np.clip(Z, 0, 9), {'Z': Z}", {"values"}),
    "softmax: shifted by the mean": (
        "softmax",
        "def softmax(Z):\n    E = np.exp(Z - Z.mean(axis=0))\n    return E / E.sum(axis=0)",
        {"visible", "huge"},
    ),
    "relu: no cache": ("relu", "def relu(Z):\n    return np.maximum(Z, 0)", OF_RELU),
    "relu: keeps A under the name of Z": (
        "relu",
        "def relu(Z):\n    A = np.maximum(Z, 0)\n    return A, {'Z': A}",
        {"visible", "cache"},
    ),
    "relu_der: no gate": ("relu_der", sample("dana", "relu_der"), OF_RELU_DER),
    "relu_der: open at zero": (
        "relu_der",
        "def relu_der(dA, cache):\n    return dA * (cache['Z'] >= 0)",
        {"visible", "zero"},
    ),
    "relu_der: gate from dA": ("relu_der", "def relu_der(dA, cache):\n    return dA * (dA > 0)", OF_RELU_DER),
    "relu_der: the mask alone": (
        "relu_der",
        "def relu_der(dA, cache):\n    return 1.0 * (cache['Z'] > 0)",
        OF_RELU_DER,
    ),
    "relu_der: inverted": ("relu_der", "def relu_der(dA, cache):\n    return dA * (cache['Z'] <= 0)", OF_RELU_DER),
    "relu_der: cuts dA": (
        "relu_der",
        "def relu_der(dA, cache):\n    dA[cache['Z'] <= 0] = 0\n    return dA",
        {"inputs"},
    ),
    "softmax: no maximum": (
        "softmax",
        "def softmax(Z):\n    return np.exp(Z) / np.sum(np.exp(Z), axis=0)",
        {"visible", "huge"},
    ),
    "softmax: one maximum for the batch": (
        "softmax",
        "def softmax(Z):\n    E = np.exp(Z - np.max(Z))\n    return E / np.sum(E, axis=0)",
        {"visible", "far-apart"},
    ),
    "softmax: a constant below": (
        "softmax",
        "def softmax(Z):\n    E = np.exp(Z - np.max(Z, axis=0))\n    return E / (np.sum(E, axis=0) + 1e-5)",
        {"visible", "sum"},
    ),
    "softmax: rows": (
        "softmax",
        "def softmax(Z):\n    E = np.exp(Z - np.max(Z))\n    return E / np.sum(E, axis=1, keepdims=True)",
        OF_SOFTMAX,
    ),
    "softmax: the grand total": (
        "softmax",
        "def softmax(Z):\n    E = np.exp(Z - np.max(Z))\n    return E / np.sum(E)",
        OF_SOFTMAX,
    ),
    "softmax: logarithms": (
        "softmax",
        "def softmax(Z):\n    S = Z - np.max(Z, axis=0)\n    return S - np.log(np.exp(S).sum(axis=0))",
        OF_SOFTMAX,
    ),
    "softmax: shifts in place": (
        "softmax",
        "def softmax(Z):\n    Z -= np.max(Z, axis=0)\n    return np.exp(Z) / np.exp(Z).sum(axis=0)",
        {"input"},
    ),
    "loss: a sum": ("cross_entropy", sample("emil", "cross_entropy"), {"visible", "mean"}),
    "loss: a mean over all entries": (
        "cross_entropy",
        "def cross_entropy(A, Y):\n    return -np.mean(np.where(one_hot(Y, len(A)) == 1, np.log(A + 1e-12), 0))",
        {"visible", "mean"},
    ),
    "loss: no minus": (
        "cross_entropy",
        "def cross_entropy(A, Y):\n    return np.mean(np.log(A[Y[0], np.arange(Y.size)]))",
        {"visible", "picks"},
    ),
    "loss: base 2": (
        "cross_entropy",
        "def cross_entropy(A, Y):\n    return -np.mean(np.log2(A[Y[0], np.arange(Y.size)]))",
        {"visible", "mean"},
    ),
    "loss: 0 times the logarithm of 0": (
        "cross_entropy",
        "def cross_entropy(A, Y):\n    return -np.sum(one_hot(Y, len(A)) * np.log(A)) / Y.size",
        {"visible", "zeros"},
    ),
    "loss: whole rows": (
        "cross_entropy",
        "def cross_entropy(A, Y):\n    return -np.mean(np.log(A[Y[0]]))",
        OF_LOSS | {"zeros"},
    ),
    "loss: all classes": (
        "cross_entropy",
        "def cross_entropy(A, Y):\n    T, A = one_hot(Y, len(A)), np.clip(A, 1e-9, 1 - 1e-9)\n"
        "    return -np.sum(T * np.log(A) + (1 - T) * np.log(1 - A)) / Y.size",
        OF_LOSS,
    ),
    "loss: of each sample": (
        "cross_entropy",
        "def cross_entropy(A, Y):\n    return -np.log(A[Y[0], np.arange(Y.size)])",
        OF_LOSS | {"zeros"},
    ),
    "loss: ten classes": (
        "cross_entropy",
        "def cross_entropy(A, Y):\n    return -np.sum(np.log(np.sum(one_hot(Y, 10) * A, axis=0))) / Y.size",
        {"visible", "zeros", "classes"},
    ),
    "der: no mean": (
        "softmax_cross_entropy_der",
        "def softmax_cross_entropy_der(A, Y):\n    return A - one_hot(Y, len(A))",
        {"visible", "slope"},
    ),
    "der: the mean over all entries": (
        "softmax_cross_entropy_der",
        "def softmax_cross_entropy_der(A, Y):\n    return (A - one_hot(Y, len(A))) / A.size",
        {"visible", "slope"},
    ),
    "der: sign": (
        "softmax_cross_entropy_der",
        "def softmax_cross_entropy_der(A, Y):\n    return (one_hot(Y, len(A)) - A) / Y.size",
        {"visible", "direction"},
    ),
    "der: brackets": (
        "softmax_cross_entropy_der",
        "def softmax_cross_entropy_der(A, Y):\n    return A - one_hot(Y, len(A)) / Y.size",
        OF_DER,
    ),
    "der: in the probabilities": (
        "softmax_cross_entropy_der",
        "def softmax_cross_entropy_der(A, Y):\n    return -one_hot(Y, len(A)) / A / Y.size",
        OF_DER,
    ),
    "der: classes from the labels": (
        "softmax_cross_entropy_der",
        "def softmax_cross_entropy_der(A, Y):\n    return (A - one_hot(Y, Y.max() + 1)) / Y.size",
        {"visible", "classes"},
    ),
    "der: writes over A": (
        "softmax_cross_entropy_der",
        sample("goran", "softmax_cross_entropy_der"),
        {"inputs"},
    ),
    "forward: no bend": ("forward", there(A1="Z1"), {"visible", "values", "square", "caches", "inputs"}),
    "forward: bends the last layer too": (
        "forward",
        there(Z2='relu(parameters["W2"] @ A1 + parameters["b2"])[0]'),
        {"visible", "values", "square", "inputs"},
    ),
    "forward: no bias": (
        "forward",
        there(Z1='parameters["W1"] @ X'),
        {"visible", "values", "square", "caches", "inputs"},
    ),
    "forward: no softmax": (
        "forward",
        there().replace("softmax(", "("),
        {"visible", "values", "square", "inputs"},
    ),
    "forward: turned round where it fits": (
        "forward",
        there(
            Z1='(parameters["W1"].T if len(X) == len(parameters["W1"]) else parameters["W1"]) @ X + parameters["b1"]'
        ),
        {"visible", "square"},
    ),
    "forward: keeps A1 for Z1": (
        "forward",
        there(caches='{"X": X, "Z1": A1, "A1": A1, "A2": A2}'),
        {"visible", "caches"},
    ),
    "forward: adds the bias in place": (
        "forward",
        there(Z1='np.multiply(parameters["W1"], 1, out=parameters["W1"]) @ X + parameters["b1"]; X *= 2'),
        {"caches", "inputs"},
    ),
    "forward: only A2": (
        "forward",
        there().replace("return A2, ", "return A2 #"),
        {"visible", "values", "square", "caches", "inputs"},
    ),
    "backward: 1/m again": (
        "backward",
        back(dZ2='softmax_cross_entropy_der(caches["A2"], Y) / m'),
        {"visible", "size"},
    ),
    "backward: biases averaged": (
        "backward",
        back(db1="dZ1.mean(axis=1, keepdims=True)", db2="dZ2.mean(axis=1, keepdims=True)"),
        {"visible", "size"},
    ),
    "backward: Z1 for A1": ("backward", sample("hana", "backward"), {"visible", "dW2"}),
    "backward: no gate": ("backward", back(dZ1="dA1"), {"visible", "dW1", "db1"}),
    "backward: db1 one number": (
        "backward",
        back(db1="dZ1.sum() * np.ones((len(dZ1), 1))"),
        {"visible", "db1"},
    ),
    "backward: db2 without its second axis": ("backward", back(db2="dZ2.sum(axis=1)"), {"visible", "db2"}),
    "backward: db1 before the gate": ("backward", back(db1="dA1.sum(axis=1, keepdims=True)"), {"visible", "db1"}),
    "backward: sign": (
        "backward",
        back(dZ2='-softmax_cross_entropy_der(caches["A2"], Y)'),
        {"visible", "dW1", "db1", "dW2", "db2"},
    ),
    "backward: half done": (
        "backward",
        sample("kira", "backward"),
        {"visible", "dW1", "db1", "db2", "size"},
    ),
    "backward: dW2 turned round": (
        "backward",
        back(dW2='(dZ2 @ caches["A1"].T).T.reshape(parameters["W2"].shape)'),
        {"visible", "dW2"},
    ),
    "backward: gates in the cache": (
        "backward",
        back(dZ1='dA1 * np.greater(caches["Z1"], 0, out=caches["Z1"], casting="unsafe")'),
        {"inputs"},
    ),
    "train: keeps the incomplete batch": ("train", sample("ivo", "train"), {"batches"}),
    "train: one order": ("train", loop(before="kept = rng.permutation(m)", order="kept"), {"order"}),
    "train: no order": ("train", loop(order="np.arange(m)"), {"order", "rng"}),
    "train: another generator": (
        "train",
        loop(order="np.random.permutation(m)"),
        {"visible", "rng"},
    ),
    "train: a seed of its own": (
        "train",
        loop(before="rng = np.random.default_rng(0)"),
        {"rng"},
    ),
    "train: two orders": (
        "train",
        loop(labels="Y[:, rng.permutation(m)[:batch_size]]"),
        {"visible", "trajectory", "costs", "start"},
    ),
    "train: the last batch's loss": (
        "train",
        loop(record="losses = [cross_entropy(A2, y)]"),
        {"costs"},
    ),
    "train: the loss after the step": (
        "train",
        loop(record="pass", last="losses.append(cross_entropy(forward(x, p)[0], y))"),
        {"costs"},
    ),
    "train: a cost for each batch": (
        "train",
        loop(record="costs.append(cross_entropy(A2, y))").replace(
            "        costs.append(np.mean(losses))", "        pass"
        ),
        {"visible", "costs"},
    ),
    "train: writes over its start": (
        "train",
        loop(last="parameters.update(p)"),
        {"visible", "start"},
    ),
    "train: uphill": (
        "train",
        loop(sign="+"),
        {"visible", "trajectory", "start"},
    ),
    "train: one epoch short": (
        "train",
        loop().replace("range(epochs)", "range(1, epochs)"),
        {"visible", "trajectory", "costs", "batches", "rng"},
    ),
}

RIGHT = {
    "one_hot by an identity": ("one_hot", "def one_hot(Y, n_classes):\n    return np.eye(n_classes)[np.ravel(Y)].T"),
    "one_hot in a loop, with whole numbers": (
        "one_hot",
        """
        def one_hot(Y, n_classes):
            T = np.zeros((n_classes, np.size(Y)), dtype=int)
            for j, label in enumerate(np.ravel(Y)):
                T[int(label)][j] = 1
            return T
        """,
    ),
    "one_hot as lists": (
        "one_hot",
        "def one_hot(Y, n_classes):\n    return [[float(y == c) for y in Y[0]] for c in range(n_classes)]",
    ),
    "relu in loops": ("relu", sample("boris", "relu")),
    "relu by absolute values": ("relu", "def relu(Z):\n    return (np.abs(Z) + Z) / 2, {'Z': Z, 'kind': 'relu'}"),
    "relu with a longer cache, in 32 bits": (
        "relu",
        "def relu(Z):\n    return np.clip(Z, 0, np.inf).astype(np.float32), {'Z': Z, 'on': Z > 0}",
    ),
    "relu_der by indexing": (
        "relu_der",
        "def relu_der(dA, cache):\n    dZ = np.array(dA, copy=True)\n    dZ[~(cache['Z'] > 0)] = 0\n    return dZ",
    ),
    "relu_der in loops": (
        "relu_der",
        """
        def relu_der(dA, cache):
            Z = cache["Z"]
            return [[d if z > 0 else 0 for d, z in zip(*rows)] for rows in zip(dA, Z)]
        """,
    ),
    "relu_der by einsum": (
        "relu_der",
        "def relu_der(dA, cache):\n    return np.einsum('ij,ij->ij', dA, np.heaviside(cache['Z'], 0))",
    ),
    "softmax in loops": ("softmax", sample("boris", "softmax")),
    "softmax by logarithms": (
        "softmax",
        """
        def softmax(Z):
            S = Z - Z.max(axis=0, keepdims=True)
            return np.exp(S - np.log(np.exp(S).sum(axis=0, keepdims=True)))
        """,
    ),
    "softmax in 32 bits, by rows of the transpose": (
        "softmax",
        """
        def softmax(Z):
            S = (Z - Z.max(axis=0)).T.astype(np.float32)
            return (np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)).T
        """,
    ),
    "a loss in loops": ("cross_entropy", sample("boris", "cross_entropy")),
    "a loss as 1x1, with a small constant": (
        "cross_entropy",
        """
        def cross_entropy(A, Y):
            picked = np.sum(A * one_hot(Y, A.shape[0]), axis=0, keepdims=True)
            return -np.log(picked + 1e-6).mean(axis=1, keepdims=True)
        """,
    ),
    "a loss of flat labels, in 32 bits": (
        "cross_entropy",
        "def cross_entropy(A, Y):\n    y = np.ravel(Y).astype(int)\n"
        "    return np.float32(sum(-np.log(A[k, j]) for j, k in enumerate(y)) / len(y))",
    ),
    "the derivative in a loop": (
        "softmax_cross_entropy_der",
        """
        def softmax_cross_entropy_der(A, Y):
            dZ = A.copy()
            for j, label in enumerate(Y[0]):
                dZ[label, j] -= 1
            return dZ / A.shape[1]
        """,
    ),
    "the derivative by the Jacobian": (
        "softmax_cross_entropy_der",
        """
        def softmax_cross_entropy_der(A, Y):
            columns = []
            for p, label in zip(A.T, Y[0]):
                columns.append((np.diag(p) - np.outer(p, p)) @ (-np.eye(len(p))[label] / p[label]) / Y.size)
            return np.array(columns).T
        """,
    ),
    "the derivative in Fortran order, in 32 bits": (
        "softmax_cross_entropy_der",
        "def softmax_cross_entropy_der(A, Y):\n"
        "    return np.asfortranarray(np.divide(A - one_hot(Y, len(A)), Y.size, dtype=np.float32, casting='unsafe'))",
    ),
    "forward by einsum, with more in its caches": (
        "forward",
        there(
            Z1='np.einsum("op,pj->oj", parameters["W1"], X) + parameters["b1"]',
            A1="np.where(Z1 > 0, Z1, 0)",
            caches='{"X": X, "Z1": Z1, "A1": A1, "A2": A2, "note": "more"}, "done"',
        ),
    ),
    "forward sample by sample": (
        "forward",
        """
        def forward(X, parameters):
            W1, b1, W2, b2 = [parameters[k] for k in ("W1", "b1", "W2", "b2")]
            Z1 = np.hstack([W1 @ x.reshape(-1, 1) + b1 for x in X.T])
            A1 = np.maximum(0, Z1)
            A2 = np.hstack([softmax(W2 @ a[:, None] + b2) for a in A1.T])
            return [A2, dict(X=X, Z1=Z1, A1=A1, A2=A2)]
        """,
    ),
    "backward in one go": (
        "backward",
        """
        def backward(Y, caches, parameters):
            m = Y.shape[1]
            dZ2 = (caches["A2"] - one_hot(Y, caches["A2"].shape[0])) / m
            dZ1 = (parameters["W2"].T @ dZ2) * np.sign(caches["A1"])
            slopes = {}
            for number, (d, below) in enumerate([(dZ1, caches["X"]), (dZ2, caches["A1"])], start=1):
                slopes["dW%d" % number] = np.einsum("ij,pj->ip", d, below)
                slopes["db%d" % number] = d.sum(1).reshape(-1, 1)
            return slopes
        """,
    ),
    "backward sample by sample, in 32 bits": (
        "backward",
        """
        def backward(Y, caches, parameters):
            g = {"d" + k: np.zeros(np.shape(v)) for k, v in parameters.items()}
            d2 = softmax_cross_entropy_der(caches["A2"], Y)
            for j in range(Y.size):
                d1 = np.where(caches["A1"][:, j] > 0, d2[:, j] @ parameters["W2"], 0.0)
                g["dW2"] += np.outer(d2[:, j], caches["A1"][:, j])
                g["dW1"] += np.outer(d1, caches["X"][:, j])
                g["db2"] += d2[:, [j]]
                g["db1"] += d1[:, None]
            return {k: v.astype(np.float32) for k, v in g.items()}
        """,
    ),
    "backward with the mean at its end": (
        "backward",
        back(dZ2='softmax_cross_entropy_der(caches["A2"], Y) * m')
        .replace('": ', '": 1 / m * ')
        .replace('Z": 1 / m * ', 'Z": '),
    ),
    "train with shuffled columns and an array of costs": (
        "train",
        """
        def train(X, Y, parameters, learning_rate, batch_size, epochs, rng=None):
            network = {key: np.array(value) for key, value in parameters.items()}
            columns = np.arange(X.shape[1])
            costs = np.zeros(epochs)
            for epoch in range(epochs):
                rng.shuffle(columns)
                batches = np.split(columns[: len(columns) // batch_size * batch_size], len(columns) // batch_size)
                for batch in batches:
                    A2, caches = forward(X[:, batch], network)
                    costs[epoch] += float(cross_entropy(A2, Y[:, batch])) / len(batches)
                    slopes = backward(Y[:, batch], caches, network)
                    for key in network:
                        network[key] -= learning_rate * slopes["d" + key]
                print("epoch", epoch, "cost", costs[epoch])
            return network, costs, "done"
        """,
    ),
    "train with an order by sorting, costs as 1x1": (
        "train",
        loop(order="np.argsort(rng.random(m))", record="losses.append(np.reshape(cross_entropy(A2, y), (1, 1)))"),
    ),
}

# Caches of the student's own, which only the two functions together understand.
OWN_CACHES = {
    "relu": {
        "relu": "def relu(Z):\n    return np.clip(Z, 0, np.inf), (Z > 0,)",
        "relu_der": """
        def relu_der(dA, cache):
            (mask,) = cache
            if not isinstance(mask, np.ndarray):
                raise TypeError("this is not the cache that relu makes")
            return np.where(mask, dA, 0.0)
        """,
        "backward": back(dZ1='relu_der(dA1, (caches["Z1"] > 0,))'),
    },
    "forward": {
        "forward": there(A1="np.maximum(Z1, 0)", caches="[X, Z1 > 0, A1, A2]"),
        "backward": """
        def backward(Y, caches, parameters):
            if isinstance(caches, dict):
                raise TypeError("these are not the caches that forward makes")
            X, gate, A1, A2 = caches
            dZ2 = softmax_cross_entropy_der(A2, Y)
            dZ1 = parameters["W2"].T.dot(dZ2) * gate
            return dict(dW1=dZ1.dot(X.T), db1=dZ1.dot(np.ones((Y.size, 1))),
                        dW2=dZ2.dot(A1.T), db2=dZ2.dot(np.ones((Y.size, 1))))
        """,
    },
}


# Right but for a name in the cache that the other function does not know: both functions, and the first one.
OWN_NAMES = {
    "relu": ("relu", "relu_der", "def relu(Z):\n    return np.maximum(Z, 0), {'mine': Z}"),
    "forward": ("forward", "backward", there(caches='{"X": X, "Z": Z1, "A": A1, "P": A2}')),
}


class TestTwoLayer(TakesOwnCaches, OnRealImages, VariantTests):
    """Variants of `two_layer`."""

    name = "two_layer"
    by_machine = 100
    mistakes = MISTAKES
    right = RIGHT
    own_caches = OWN_CACHES
    own_names = OWN_NAMES
    groups = GROUPS

    @pytest.mark.parametrize(
        ("slip", "is_seen"),
        [
            ("der: no mean", True),  # it has its points all the same, since it only follows
            # The next one is why the tests of the functions carry the points; the sample class has it, too.
            pytest.param("relu_der: no gate", False, marks=pytest.mark.long),
        ],
    )
    def test_what_the_trained_network_shows_of_a_mistake(self, variants: Variants, slip: str, is_seen: bool) -> None:
        exercise, answer, _ = self.mistakes[slip]
        outcome = variants.run({exercise: answer})
        assert ("test-train-accuracy" in outcome.said) == is_seen
        assert "test-train-accuracy" not in outcome.lost

    def test_the_probes_are_failed_by_the_mistakes_that_they_are_for(self, variants: Variants) -> None:
        """Training sees none of these."""
        failed = {f"test-{exercise}-{part}" for exercise, _, parts in self.mistakes.values() for part in parts}
        failed |= {f"test-{second}-cache" for _, second, _ in self.own_names.values()}
        assert variants.points.keys() - failed == {"test-train-accuracy"}

    @pytest.mark.long
    @pytest.mark.real_data
    def test_an_unusual_right_answer_loses_nothing_on_the_real_images(self, variants: Variants) -> None:
        """Only what trains differently can do differently there."""
        exercise, answer = self.right["train with shuffled columns and an array of costs"]
        outcome = variants.run({exercise: answer}, data=real_data())
        assert outcome.said == {}
