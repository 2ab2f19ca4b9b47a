"""Answers of the assignment `deep` through the real engine: mistakes fail the tests meant for them, and no other.

A variant runs with the tests of its own exercise only, beside the reference; the whole notebook is run for the
reference and for the stubs, and once more on real images where `$DIGITS_DATA` has them.
"""

from __future__ import annotations

import pytest
from assignment_variants import NamesFaults, OnRealImages, Variants, VariantTests

from bank.deep import CLASS as SAMPLES

UNTRAINED = {  # the accuracies need a whole run
    "train_one_sample": tuple(
        f"train_one_sample-{part}" for part in ("visible", "last", "hidden", "slopes", "layers", "sweep", "inputs")
    ),
    "train": tuple(f"train-{part}" for part in ("visible", "trajectory", "history", "batches", "start")),
}


def sample(student: str, exercise: str) -> str:
    """Return what a student of the sample class answers."""
    return SAMPLES[student].answers[exercise]


def one_step(way_down: str, start: str = "d = softmax(Z[L]); d[y] -= 1", layers: str = "range(L, 0, -1)") -> str:
    """Return a training step with another way down, which finds d, the derivative in the scores of layer l."""
    return f"""
        def train_one_sample(x, y, parameters, learning_rate):
            p, L = dict(parameters), len(parameters) // 2
            Z, A = [None], [x]
            for l in range(1, L + 1):
                Z.append(p[f"W{{l}}"] @ A[-1] + p[f"b{{l}}"])
                A.append(sigmoid(Z[-1]))
            {start}
            new = dict(parameters)
            for l in {layers}:
                new[f"W{{l}}"] = p[f"W{{l}}"] - learning_rate * np.outer(d, A[l - 1])
                new[f"b{{l}}"] = p[f"b{{l}}"] - learning_rate * d
                {way_down}
            return new
    """


def deep_train(
    gate: str = "(A > 0)",
    loss: str = "before",
    batches: str = "minibatches(X, Y, batch_size, rng)",
    weight: str = "W",
    count: str = "bY.size",
) -> str:
    """Return a training loop with another gate, another moment for the loss, other batches, weights or numbers."""
    record = "losses.append(-np.log(deep_forward(bX, parameters)[0][t]).mean())"
    return f"""
        def train(X, Y, parameters, learning_rate, batch_size, epochs, rng):
            history, L = [], len(parameters) // 2
            for _ in range(epochs):
                losses = []
                for bX, bY in {batches}:
                    P, received = deep_forward(bX, parameters)
                    t = bY[0], np.arange(bY.size)
                    {record if loss == "before" else ""}
                    d = P.copy()
                    d[t] -= 1
                    d /= {count}
                    new = {{}}
                    for l in range(L, 0, -1):
                        A, W = received[l - 1], parameters[f"W{{l}}"]
                        new[f"W{{l}}"] = W - learning_rate * d @ A.T
                        new[f"b{{l}}"] = parameters[f"b{{l}}"] - learning_rate * d.sum(1, keepdims=True)
                        d = ({weight}.T @ d) * {gate}
                    parameters = new
                    {record if loss == "after" else ""}
                history.append(np.mean(losses))
            return parameters, history
    """


DOWN = 'd = (p[f"W{l}"].T @ d) * dsigmoid(Z[l - 1]) if l > 1 else d'
ERRORS = """
    def gradient_errors(step, x, y, parameters):
        before = {{k: v.copy() for k, v in parameters.items()}}
        after = step(x.copy(), y, {{k: v.copy() for k, v in parameters.items()}}, {rate})
        errors = {{}}
        for l in range(1, len(before) // 2 + 1):
            g, n = [], []
            for name in {names}:
                for i in np.ndindex(before[name].shape):
                    ends = []
                    for sign in (1, -1):
                        q = {{k: v.copy() for k, v in before.items()}}
                        q[name][i] += sign * {half}
                        ends.append(feed_forward_sample(x, y, q)[0])
                    n.append((ends[0] - ends[1]) / (2 * {half}))
                    g.append((before[name][i] - after[name][i]) / {rate})
            g, n = np.array(g), np.array(n)
            errors[l] = {error}
        return errors
"""
USUAL = {
    "rate": "1.0",
    "half": "1e-5",
    "names": "(f'W{l}', f'b{l}')",
    "error": "np.linalg.norm(g - n) / (np.linalg.norm(g) + np.linalg.norm(n))",
}


def instrument(**other: str) -> str:
    """Return an instrument in which something is done in another way."""
    return ERRORS.format(**{**USUAL, **other})


BINARY_LOSS = """
    def feed_forward_sample(x, y, parameters):
        A, L = x, len(parameters) // 2
        for l in range(1, L):
            A = sigmoid(parameters[f"W{l}"] @ A + parameters[f"b{l}"])
        P = softmax(parameters[f"W{L}"] @ A + parameters[f"b{L}"])
        return -np.log2(P[y, 0]), P.argmax()
"""

# exercise, answer, the tests that must fail; the visible test has no points.
MISTAKES = {
    "a ratio of two exponentials": (
        "sigmoid",
        "def sigmoid(Z):\n    return np.exp(Z) / (1 + np.exp(Z))",
        {"visible", "extremes"},
    ),
    "the hyperbolic tangent": (
        "sigmoid",
        "def sigmoid(Z):\n    return np.tanh(Z)",
        {"visible", "values", "extremes", "input"},
    ),
    "sigmoid in place": (
        "sigmoid",
        "def sigmoid(Z):\n    Z *= -0.5\n    return 0.5 - 0.5 * np.tanh(Z)",
        {"input"},
    ),
    "the slope of the activation": (
        "dsigmoid",
        "def dsigmoid(Z):\n    A = sigmoid(sigmoid(Z))\n    return A * (1 - A)",
        {"visible", "slope", "tails", "extremes", "input"},
    ),
    "an activation expected": (
        "dsigmoid",
        "def dsigmoid(Z):\n    return Z * (1 - Z)",
        {"visible", "slope", "tails", "extremes", "input"},
    ),
    "the sigmoid itself": (
        "dsigmoid",
        "def dsigmoid(Z):\n    return sigmoid(Z)",
        {"visible", "slope", "tails", "extremes", "input"},
    ),
    "the quotient rule, overflowing": (
        "dsigmoid",
        "def dsigmoid(Z):\n    return np.exp(-Z) / (1 + np.exp(-Z)) ** 2",
        {"extremes"},
    ),
    "the variance as deviation": ("initialise", sample("emil", "initialise"), {"visible", "width"}),
    "a layer 0": (
        "initialise",
        """
        def initialise(net_dims, rng):
            p = {}
            for l in range(len(net_dims)):
                n, k = net_dims[l], net_dims[l - 1]
                p[f"W{l}"], p[f"b{l}"] = rng.standard_normal((n, k)) / max(n, k) ** 0.5, np.zeros((n, 1))
            return p
        """,
        {"shapes"},
    ),
    "a layer 0 of ReLU units": (
        "he_initialise",
        """
        def he_initialise(net_dims, rng):
            p = {}
            for l in range(len(net_dims)):
                p[f"W{l}"] = rng.standard_normal((net_dims[l], net_dims[l - 1])) * (2 / net_dims[l - 1]) ** 0.5
                p[f"b{l}"] = np.zeros((net_dims[l], 1))
            return p
        """,
        {"shapes"},
    ),
    "the inputs count alone": (
        "initialise",
        """
        def initialise(net_dims, rng):
            p = {}
            for l in range(1, len(net_dims)):
                p[f"W{l}"] = rng.standard_normal((net_dims[l], net_dims[l - 1])) / np.sqrt(net_dims[l - 1])
                p[f"b{l}"] = np.zeros((net_dims[l], 1))
            return p
        """,
        {"visible", "width"},
    ),
    "a start from the other generator": (
        "initialise",
        """
        def initialise(net_dims, rng):
            parameters, sizes = {}, list(net_dims)
            for l, (n, k) in enumerate(zip(sizes, sizes[1:])):
                parameters["W%d" % (l + 1)] = np.random.randn(k, n) * max(n, k) ** -0.5
                parameters["b%d" % (l + 1)] = np.zeros(k)[:, None]
            return parameters
        """,
        {"distinct"},
    ),
    "a seed inside": (
        "initialise",
        """
        def initialise(net_dims, rng):
            rng, p = np.random.default_rng(1), {}
            for l, (n, k) in enumerate(zip(net_dims, net_dims[1:]), 1):
                p[f"W{l}"], p[f"b{l}"] = rng.standard_normal((k, n)) * max(n, k) ** -0.5, np.zeros((k, 1))
            return p
        """,
        {"distinct"},
    ),
    "weights from 0 to 1": (
        "initialise",
        """
        def initialise(net_dims, rng):
            p = {}
            for l, (n, k) in enumerate(zip(net_dims, net_dims[1:]), 1):
                p[f"W{l}"], p[f"b{l}"] = rng.random((k, n)), np.zeros((k, 1))
            return p
        """,
        {"visible", "normal", "width"},
    ),
    "uniform weights of the right variance, random biases": (
        "initialise",
        """
        def initialise(net_dims, rng):
            p = {}
            for l in range(1, len(net_dims)):
                s = np.sqrt(3 / max(net_dims[l - 1], net_dims[l]))
                p[f"W{l}"] = rng.uniform(-s, s, (net_dims[l], net_dims[l - 1]))
                p[f"b{l}"] = rng.uniform(-s, s, (net_dims[l], 1))
            return p
        """,
        {"visible", "bias", "normal"},
    ),
    "a sigmoid on the scores": (
        "feed_forward_sample",
        """
        def feed_forward_sample(x, y, parameters):
            A = x
            for l in range(1, len(parameters) // 2 + 1):
                A = sigmoid(parameters[f"W{l}"] @ A + parameters[f"b{l}"])
            return -np.log(softmax(A)[y, 0]), np.argmax(A)
        """,
        {"visible", "loss", "layers", "inputs"},
    ),
    "a loss to the base 2": ("feed_forward_sample", BINARY_LOSS, {"visible", "loss"}),
    "a loss without a minus": ("feed_forward_sample", BINARY_LOSS.replace("-np.log2", "np.log"), {"visible", "loss"}),
    "the loss alone": (
        "feed_forward_sample",
        BINARY_LOSS.replace("-np.log2(P[y, 0]), P.argmax()", "-np.log(P[y, 0])"),
        {"visible", "loss", "layers", "label", "inputs"},
    ),
    "half the slope": (
        "dsigmoid",
        "def dsigmoid(Z):\n    return sigmoid(Z) * (1 - sigmoid(Z)) / 2",
        {"visible", "slope"},
    ),
    "the true label returned": (
        "feed_forward_sample",
        """
        def feed_forward_sample(x, y, parameters):
            A, L = x, len(parameters) // 2
            for l in range(1, L):
                A = sigmoid(parameters[f"W{l}"] @ A + parameters[f"b{l}"])
            return -np.log(softmax(parameters[f"W{L}"] @ A + parameters[f"b{L}"])[y, 0]), y
        """,
        {"visible", "label"},
    ),
    "three layers for ever": (
        "feed_forward_sample",
        """
        def feed_forward_sample(x, y, parameters):
            p = parameters
            A = sigmoid(p["W1"] @ x + p["b1"])
            if "W3" in p:
                A = sigmoid(p["W2"] @ A + p["b2"])
                P = softmax(p["W3"] @ A + p["b3"])
            else:
                P = softmax(p["W2"] @ A + p["b2"])
            return -np.log(P[y, 0]), np.argmax(P)
        """,
        {"layers"},
    ),
    "every answer compared with every label": (
        "feed_forward_dataset",
        """
        def feed_forward_dataset(X, Y, parameters):
            answers = [feed_forward_sample(X[:, [j]], Y[0, j], parameters) for j in range(Y.size)]
            labels = np.array([label for _, label in answers]).reshape(-1, 1)
            return np.mean([loss for loss, _ in answers]), np.mean(labels == Y)
        """,
        {"share"},
    ),
    "a sum of losses, a percentage": (
        "feed_forward_dataset",
        """
        def feed_forward_dataset(X, Y, parameters):
            found = [feed_forward_sample(X[:, [j]], Y[0, j], parameters) for j in range(Y.size)]
            return sum(f[0] for f in found), 100 * np.mean([f[1] == y for f, y in zip(found, Y[0])])
        """,
        {"visible", "loss", "share"},
    ),
    "the slope taken of the activation": (
        "train_one_sample",
        sample("dana", "train_one_sample"),
        {"visible", "hidden"},
    ),
    "weights moved on the way down": (
        "train_one_sample",
        sample("fatou", "train_one_sample"),
        {"visible", "sweep", "inputs"},
    ),
    "the last layer never moves": (
        "train_one_sample",
        one_step(
            DOWN, "d = softmax(Z[L]); d[y] -= 1; d = p[f'W{L}'].T @ d * dsigmoid(Z[L - 1])", "range(L - 1, 0, -1)"
        ),
        {"visible", "last", "layers"},
    ),
    "a sigmoid's slope at the scores": (
        "train_one_sample",
        one_step(DOWN, "d = softmax(Z[L]); d[y] -= 1; d = d * dsigmoid(Z[L])"),
        {"visible", "last", "hidden", "slopes", "layers", "inputs"},
    ),
    "uphill": (
        "train_one_sample",
        one_step(DOWN, "d = -softmax(Z[L]); d[y] += 1"),
        {"visible", "last"},
    ),
    "weights not transposed where they are square": (
        "train_one_sample",
        one_step(
            "w = p[f'W{l}']; w = w if w.shape[0] == w.shape[1] else w.T; d = w @ d * dsigmoid(Z[l-1]) if l > 1 else d"
        ),
        {"hidden"},
    ),
    "twice as far": (
        "train_one_sample",
        one_step(DOWN).replace("learning_rate *", "2 * learning_rate *"),
        {"visible", "slopes"},
    ),
    "three layers by name": (
        "train_one_sample",
        """
        def train_one_sample(x, y, parameters, learning_rate):
            W1, b1, W2, b2, W3, b3 = (parameters[k] for k in ("W1", "b1", "W2", "b2", "W3", "b3"))
            Z1 = W1 @ x + b1
            Z2 = W2 @ sigmoid(Z1) + b2
            d3 = softmax(W3 @ sigmoid(Z2) + b3)
            d3[y] -= 1
            d2 = W3.T @ d3 * dsigmoid(Z2)
            d1 = W2.T @ d2 * dsigmoid(Z1)
            g = {"W1": d1 @ x.T, "b1": d1, "W2": d2 @ sigmoid(Z1).T, "b2": d2, "W3": d3 @ sigmoid(Z2).T, "b3": d3}
            return {k: parameters[k] - learning_rate * g[k] for k in g}
        """,
        {"visible", "layers"},
    ),
    "no copies for the step": ("gradient_errors", sample("fatou", "gradient_errors"), {"arguments"}),
    "biases not looked at": ("gradient_errors", instrument(names="(f'W{l}',)"), {"others"}),
    "only the weights": ("gradient_errors", instrument(names="(f'W{l}',)", rate="1e-6"), {"others"}),
    "one error for all layers": (
        "gradient_errors",
        """
        def gradient_errors(step, x, y, parameters):
            after = step(x.copy(), y, {k: v.copy() for k, v in parameters.items()}, 1.0)
            g, n = [], []
            for name, value in parameters.items():
                g += list(np.ravel(value - after[name]))
                for i in np.ndindex(value.shape):
                    up, down = value.copy(), value.copy()
                    up[i] += 1e-5
                    down[i] -= 1e-5
                    ends = [feed_forward_sample(x, y, {**parameters, name: v})[0] for v in (up, down)]
                    n.append((ends[0] - ends[1]) / 2e-5)
            error = np.linalg.norm(np.subtract(g, n)) / np.linalg.norm(n)
            return {l: error for l in range(1, len(parameters) // 2 + 1)}
        """,
        {"visible", "bug", "others"},
    ),
    "sizes compared, not directions": (
        "gradient_errors",
        instrument(error="abs(np.linalg.norm(g) - np.linalg.norm(n)) / np.linalg.norm(n)"),
        {"others"},
    ),
    "a half-width that measures the bend": (
        "gradient_errors",
        instrument(half="0.3"),
        {"visible", "right", "arguments", "bug", "others"},
    ),
    "constants": (
        "gradient_errors",
        "def gradient_errors(step, x, y, parameters):\n    return {l + 1: 1e-9 for l in range(len(parameters) // 2)}",
        {"visible", "right", "bug", "others", "arguments"},
    ),
    "a start for sigmoids": (
        "he_initialise",
        "def he_initialise(net_dims, rng):\n    return initialise(net_dims, rng)",
        {"visible", "width"},
    ),
    "an order that no rng draws": (
        "minibatches",
        """
        def minibatches(X, Y, batch_size, rng):
            order = np.random.default_rng(0).permutation(Y.size)
            for last in range(batch_size, Y.size + 1, batch_size):
                chosen = order[last - batch_size : last]
                yield X[:, chosen], Y[:, chosen]
        """,
        {"order"},
    ),
    "samples shuffled without their labels": ("minibatches", sample("emil", "minibatches"), {"visible", "pairs"}),
    "the incomplete batch kept, no order drawn": (
        "minibatches",
        """
        def minibatches(X, Y, batch_size, rng):
            for k in range(0, Y.size, batch_size):
                yield X[:, k:k + batch_size], Y[:, k:k + batch_size]
        """,
        {"visible", "sizes", "order"},
    ),
    "the data shuffled": (
        "minibatches",
        """
        def minibatches(X, Y, batch_size, rng):
            order = rng.permutation(Y.size)
            X[:], Y[:] = X[:, order], Y[:, order]
            for k in range(Y.size // batch_size):
                yield X[:, k * batch_size:(k + 1) * batch_size], Y[:, k * batch_size:(k + 1) * batch_size]
        """,
        {"order"},
    ),
    "rng ignored": (
        "minibatches",
        """
        def minibatches(X, Y, batch_size, rng):
            order = np.random.permutation(Y.size)
            for k in range(Y.size // batch_size):
                chosen = order[k * batch_size:(k + 1) * batch_size]
                yield X[:, chosen], Y[:, chosen]
        """,
        {"order"},
    ),
    "rng ignored by the start": (
        "he_initialise",
        """
        def he_initialise(net_dims, rng):
            p = {}
            for l, (n, k) in enumerate(zip(net_dims, net_dims[1:]), 1):
                p[f"W{l}"], p[f"b{l}"] = np.random.randn(k, n) * np.sqrt(2 / n), np.zeros((k, 1))
            return p
        """,
        {"rng"},
    ),
    "batches from another generator": (
        "train",
        deep_train(batches="minibatches(X, Y, batch_size, np.random.default_rng())"),
        {"batches"},
    ),
    "divided by all samples": ("train", deep_train(count="Y.size"), {"batches"}),
    "no gate": ("train", deep_train(gate="1"), {"trajectory"}),
    "the new weights on the way down": ("train", deep_train(weight="new[f'W{l}']"), {"trajectory"}),
    "the loss after the step": ("train", deep_train(loss="after"), {"history"}),
    "batches dealt once": (
        "train",
        deep_train(batches="minibatches(X, Y, batch_size, np.random.default_rng(0))"),
        {"batches"},
    ),
    "one-hot rows for labels": (
        "predict",
        "def predict(X, parameters):\n    P, _ = deep_forward(X, parameters)\n    return np.eye(10)[P.argmax(0)], P",
        {"visible", "labels"},
    ),
    "the class along the wrong axis, scores for probabilities": (
        "predict",
        """
        def predict(X, parameters):
            P, received = deep_forward(X, parameters)
            L = len(parameters) // 2
            return P.argmax(axis=1)[None], parameters[f"W{L}"] @ received[-1] + parameters[f"b{L}"]
        """,
        {"visible", "labels", "probabilities", "inputs"},
    ),
}

# What a message must say: mistake, test, words.
SAID = {
    "a loss to the base 2": ("loss", "1.443 times the right one"),
    "a loss without a minus": ("loss", "wrong sign"),
    "the loss alone": ("loss", "feed_forward_sample returns one number; 2 results must be returned: loss, label"),
    "half the slope": ("slope", "0.5 times the right ones"),
    "a sum of losses, a percentage": ("share", "100 times the right one"),
    "every answer compared with every label": ("share", "beside the label of its own sample"),
    "biases not looked at": ("others", "the biases of the second layer never move"),
    "the data shuffled": ("order", "come back in another order"),
    "divided by all samples": ("batches", "0.526 times as long"),
    "uphill": ("last", "uphill"),
    "twice as far": ("slopes", "2 and 2 times"),
    "a seed inside": ("distinct", "different seeds give the same weights"),
    "samples shuffled without their labels": ("pairs", "have got the label of another one"),
}

RIGHT = {
    "sigmoid by the hyperbolic tangent": ("sigmoid", sample("boris", "sigmoid")),
    "sigmoid from the book of a friend": ("sigmoid", "def sigmoid(x):\n    return 1 / (1 + np.exp(-x))"),
    "slope by the symmetry": (
        "dsigmoid",
        "def dsigmoid(Z):\n    return sigmoid(Z) * sigmoid(-np.asarray(Z))",
    ),
    "one sample, by recursion, with a small constant": (
        "feed_forward_sample",
        """
        def feed_forward_sample(x, y, parameters):
            def up(l):
                below = x if l == 1 else sigmoid(up(l - 1))
                return parameters[f"W{l}"].dot(below) + parameters[f"b{l}"]
            P = softmax(up(len(parameters) // 2))
            return -np.log(P[y] + 1e-6), P.argmax(axis=0)
        """,
    ),
    "a data set at once": ("feed_forward_dataset", sample("boris", "feed_forward_dataset")),
    "a step by loops": (
        "train_one_sample",
        """
        import copy
        def train_one_sample(x, y, parameters, learning_rate):
            new, L = copy.deepcopy(parameters), len(parameters) // 2
            a = {0: x.ravel()}
            for l in range(1, L):
                a[l] = sigmoid(parameters[f"W{l}"] @ a[l - 1] + parameters[f"b{l}"][:, 0])
            d = softmax((parameters[f"W{L}"] @ a[L - 1])[:, None] + parameters[f"b{L}"])[:, 0]
            d[y] = d[y] - 1
            for l in range(L, 0, -1):
                W = parameters[f"W{l}"]
                for i in range(W.shape[0]):
                    for j in range(W.shape[1]):
                        new[f"W{l}"][i, j] -= learning_rate * d[i] * a[l - 1][j]
                    new[f"b{l}"][i, 0] -= learning_rate * d[i]
                d = W.T @ d * a[l - 1] * (1 - a[l - 1])
            return new
        """,
    ),
    "an instrument for each parameter": ("gradient_errors", sample("boris", "gradient_errors")),
    "an instrument with another norm": (
        "gradient_errors",
        instrument(error="np.abs(g - n).max() / max(np.abs(g).max(), np.abs(n).max())", half="1e-4", rate="0.5"),
    ),
    "another start for the ReLU": (
        "he_initialise",
        """
        def he_initialise(net_dims, rng):
            sizes = list(enumerate(zip(net_dims, net_dims[1:]), 1))
            W = {f"W{i}": rng.normal(scale=(2 / a) ** 0.5, size=(b, a)) for i, (a, b) in sizes}
            return W | {f"b{i}": np.zeros((b, 1)) for i, (_, b) in sizes}
        """,
    ),
    "batches in a list": ("minibatches", sample("boris", "minibatches")),
    "a talkative loop": (
        "train",
        deep_train(gate="np.where(A == 0, 0, 1)").replace("return parameters", "print('done'); return parameters"),
    ),
    "labels in a row": ("predict", sample("boris", "predict")),
}


# A wrong answer, tests of later exercises, which call it, and which of these only follow.
CONSEQUENCES = {
    "a loss to the base 2": (
        "feed_forward_sample",
        BINARY_LOSS,
        ("feed_forward_dataset", "gradient_errors-right", "gradient_errors-others", "gradient_errors-arguments"),
        {
            *("feed_forward_dataset-visible", "feed_forward_dataset-loss"),
            *("gradient_errors-right", "gradient_errors-others", "gradient_errors-arguments"),
        },
    ),
    "a tangent for a sigmoid": (
        "sigmoid",
        "def sigmoid(Z):\n    return np.tanh(Z)",
        ("feed_forward_sample-loss", "feed_forward_sample-layers"),
        {"feed_forward_sample-loss", "feed_forward_sample-layers"},
    ),
    "half the slope": (
        "dsigmoid",
        "def dsigmoid(Z):\n    return sigmoid(Z) * (1 - sigmoid(Z)) / 2",
        ("train_one_sample-last", "train_one_sample-hidden", "train_one_sample-sweep"),
        set(),
    ),
}


class TestDeep(NamesFaults, OnRealImages, VariantTests):
    """Variants of `deep`."""

    name = "deep"
    by_machine = 95
    mistakes = MISTAKES
    right = RIGHT
    told = SAID
    groups = UNTRAINED
    in_64_bits = ("gradient_errors",)

    @pytest.mark.parametrize("name", CONSEQUENCES)
    def test_a_mistake_costs_the_exercises_after_it_nothing(self, variants: Variants, name: str) -> None:
        exercise, answer, tests, following = CONSEQUENCES[name]
        outcome = variants.run({exercise: answer}, (exercise, *tests))
        assert {test for test in outcome.lost if not test.startswith(f"test-{exercise}-")} == set()
        later = {test: message for test, message in outcome.said.items() if not test.startswith(f"test-{exercise}-")}
        assert {
            test.removeprefix("test-") for test, message in later.items() if "Right in itself" in message
        } == following
