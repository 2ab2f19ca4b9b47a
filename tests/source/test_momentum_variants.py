"""Answers of the assignment `momentum` through the real engine: mistakes fail the tests meant for them, and no other.

A variant runs with the tests of its own exercise only, beside the reference; the whole notebook is run for the
reference and for the stubs, and once more on the real letters where `$DIGITS_DATA` has them.
"""

from __future__ import annotations

from assignment_variants import NamesFaults, OnRealImages, VariantTests

from bank.momentum import CLASS as SAMPLES

PARTS = ("visible", "trajectory", "history", "velocity", "start")  # the accuracy needs a whole run
OF_TRAINING = tuple(f"train-{part}" for part in PARTS)

GROUPS = {"train": OF_TRAINING}


def sample(student: str, exercise: str) -> str:
    """Return what a student of the sample class answers."""
    return SAMPLES[student].answers[exercise]


def plain(body: str) -> str:
    """Return a function of the backward pass with another way to the first layer."""
    return f"""
        def back_propagation(X, Y, caches, parameters):
            d2 = grad_ce(Y, caches["A2"])
            {body}
            return {{"dW1": d1 @ X.T, "db1": d1.sum(1, keepdims=True), "dW2": dW2, "db2": db2}}
    """


def a_step(parameter: str, velocity: str = "gamma * u + learning_rate * g") -> str:
    """Return a step that makes the velocity of its old value u and the gradient g, then the parameter of p and v."""
    return f"""
        def momentum_step(parameters, velocity, gradients, learning_rate, gamma):
            moved, kept = {{}}, {{}}
            for k, p in parameters.items():
                u, g = velocity[k], gradients["d" + k]
                v = kept[k] = {velocity}
                moved[k] = {parameter}
            return moved, kept
    """


RIGHT_ABOVE = 'dW2, db2 = d2 @ caches["A1"].T, d2.sum(1, keepdims=True)'
TO_FIRST = 'd1 = (parameters["W2"].T @ d2) * (caches["Z1"] > 0)'

# exercise, answer, the tests that must fail; the visible test has no points.
MISTAKES = {
    "absolute value": (
        "relu",
        "def relu(Z):\n    return np.abs(Z), {'Z': Z}",
        {"visible", "values", "cache", "input"},
    ),
    "no cache": ("relu", "def relu(Z):\n    return np.maximum(Z, 0)", {"visible", "cache"}),
    "cuts in place": ("relu", "def relu(Z):\n    Z[Z < 0] = 0\n    return Z, {'Z': Z}", {"visible", "cache", "input"}),
    "no maximum": ("softmax", sample("goran", "softmax"), {"visible", "huge", "apart"}),
    "global maximum": (
        "softmax",
        "def softmax(Z):\n    E = np.exp(Z - np.max(Z))\n    return E / E.sum(axis=0)",
        {"visible", "apart"},
    ),
    "constant below": (
        "softmax",
        "def softmax(Z):\n    E = np.exp(Z - Z.max(axis=0))\n    return E / (E.sum(axis=0) + 1e-5)",
        {"visible", "exact"},
    ),
    "rows": (
        "softmax",
        "def softmax(Z):\n    E = np.exp(Z - Z.max(1, keepdims=True))\n    return E / E.sum(1, keepdims=True)",
        {"visible", "values", "huge", "apart", "exact", "input"},
    ),
    "no bias": ("compute_layer", "def compute_layer(A_prev, W, b):\n    return W @ A_prev", {"visible", "bias"}),
    "mean over all entries": ("average_ce", sample("emil", "average_ce"), {"visible", "mean"}),
    "sum": (
        "average_ce",
        "def average_ce(Y, A):\n    return -np.log(A[Y[0], np.arange(Y.size)]).sum()",
        {"visible", "mean"},
    ),
    "a constant that can be seen": (
        "average_ce",
        "def average_ce(Y, A):\n    return -np.log(A[Y[0], np.arange(Y.size)] + 1e-5).mean()",
        {"visible", "zero"},
    ),
    "decimal logarithm": (
        "average_ce",
        "def average_ce(Y, A):\n    return -np.log10(A[Y[0], np.arange(Y.size)]).mean()",
        {"visible", "mean"},
    ),
    "loss without a minus": (
        "average_ce",
        "def average_ce(Y, A):\n    return np.log(A[Y[0], np.arange(Y.size)]).mean()",
        {"visible", "surprise"},
    ),
    "both classes": (
        "average_ce",
        """
        def average_ce(Y, A):
            T = np.arange(len(A))[:, None] == Y
            return -np.sum(np.log(np.where(T, A, 1 - A))) / Y.size
        """,
        {"visible", "surprise", "mean", "zero", "inputs"},
    ),
    "zero times minus infinity": (
        "average_ce",
        "def average_ce(Y, A):\n    T = np.arange(len(A))[:, None] == Y\n    return -np.sum(T * np.log(A)) / Y.size",
        {"visible", "zero"},
    ),
    "no 1/m": ("grad_ce", sample("fatou", "grad_ce"), {"visible", "scale"}),
    "sign": (
        "grad_ce",
        "def grad_ce(Y, A):\n    return ((np.arange(len(A))[:, None] == Y) - A) / Y.size",
        {"visible", "direction"},
    ),
    "rows for labels": (
        "grad_ce",
        "def grad_ce(Y, A):\n    dZ = A.copy()\n    dZ[Y[0]] -= 1\n    return dZ / Y.size",
        {"visible", "direction", "scale", "classes", "inputs"},
    ),
    "derivative in place": (
        "grad_ce",
        "def grad_ce(Y, A):\n    A[Y[0], np.arange(Y.size)] -= 1\n    return A / Y.size",
        {"inputs"},
    ),
    "as many classes as the batch shows": (
        "grad_ce",
        """
        def grad_ce(Y, A):
            n = Y.max() + 1
            return (A[:n] - (np.arange(n)[:, None] == Y)) / Y.size
        """,
        {"classes"},
    ),
    "no gate": ("back_propagation", sample("dana", "back_propagation"), {"visible", "dW1", "db1", "zero"}),
    "gate open at zero": (
        "back_propagation",
        plain(f"{RIGHT_ABOVE}; {TO_FIRST.replace('> 0', '>= 0')}"),
        {"zero"},
    ),
    "gate inside the activations": ("back_propagation", sample("jun", "back_propagation"), {"inputs"}),
    "bias averaged": (
        "back_propagation",
        plain(f'dW2, db2 = d2 @ caches["A1"].T, d2.mean(1, keepdims=True); {TO_FIRST}'),
        {"slopes"},
    ),
    "1/m twice": (
        "back_propagation",
        plain(f'dW2, db2 = d2 @ caches["A1"].T / Y.size, d2.sum(1, keepdims=True); {TO_FIRST}'),
        {"slopes"},
    ),
    "1/m twice everywhere": ("back_propagation", plain(f"d2 /= Y.size; {RIGHT_ABOVE}; {TO_FIRST}"), {"slopes"}),
    "features for samples": (
        "back_propagation",
        plain(f"d2 *= Y.size / len(X); {RIGHT_ABOVE}; {TO_FIRST}"),
        {"slopes"},
    ),
    "db1 without a gate": (
        "back_propagation",
        """
        def back_propagation(X, Y, caches, parameters):
            d2 = grad_ce(Y, caches["A2"])
            d1 = parameters["W2"].T @ d2
            dW1 = (d1 * (caches["Z1"] > 0)) @ X.T
            dW2, db2 = d2 @ caches["A1"].T, d2.sum(1, keepdims=True)
            return {"dW1": dW1, "db1": d1.sum(1, keepdims=True), "dW2": dW2, "db2": db2}
        """,
        {"visible", "db1"},
    ),
    "db as rows": (
        "back_propagation",
        plain(f"{RIGHT_ABOVE}; {TO_FIRST}").replace("keepdims=True)", ")"),
        {"visible", "shapes"},
    ),
    "db as one number": (
        "back_propagation",
        plain(f'dW2, db2 = d2 @ caches["A1"].T, d2.sum(); {TO_FIRST}'),
        {"visible", "db2", "shapes"},
    ),
    "a tuple of derivatives": (
        "back_propagation",
        plain(f"{RIGHT_ABOVE}; {TO_FIRST}").replace("return {", "return tuple({").replace("db2}", "db2}.values())"),
        {"visible", "dW2", "db2", "dW1", "db1", "zero", "slopes", "shapes", "inputs"},
    ),
    "averaged velocity": ("momentum_step", sample("hana", "momentum_step"), {"visible", "constant"}),
    "rate twice": ("momentum_step", a_step("p - learning_rate * v"), {"visible", "constant"}),
    "uphill": ("momentum_step", a_step("p + v"), {"visible", "constant"}),
    "rate outside the velocity": (
        "momentum_step",
        a_step("p - learning_rate * v", "gamma * u + g"),
        {"visible", "constant"},
    ),
    "gradient instead of the velocity": (
        "momentum_step",
        a_step("p - learning_rate * g"),
        {"visible", "constant", "each"},
    ),
    "no step for the biases": (
        "momentum_step",
        a_step("p - v if k.startswith('W') else p"),
        {"each", "plain"},
    ),
    "velocity with the wrong sign": (
        "momentum_step",
        """
        def momentum_step(parameters, velocity, gradients, learning_rate, gamma):
            v = {k: learning_rate * gradients["d" + k] - gamma * velocity[k] for k in parameters}
            return {k: parameters[k] - v[k] for k in parameters}, v
        """,
        {"visible", "constant", "each"},
    ),
    "step in place": (
        "momentum_step",
        """
        def momentum_step(parameters, velocity, gradients, learning_rate, gamma):
            for k in parameters:
                velocity[k] = gamma * velocity[k] + learning_rate * gradients["d" + k]
                parameters[k] = parameters[k] - velocity[k]
            return parameters, velocity
        """,
        {"arguments"},
    ),
    "velocity forgotten": ("train", sample("ivo", "train"), {"trajectory", "velocity"}),
    "velocity of another call": (
        "train",
        """
        kept = {}
        def train(X, Y, parameters, learning_rate, gamma, epochs):
            history = []
            for name in parameters:
                kept.setdefault(name, np.zeros_like(parameters[name]))
            velocity = dict(kept)
            for _ in range(epochs):
                A2, caches = forward(X, parameters)
                history.append(average_ce(Y, A2))
                gradients = back_propagation(X, Y, caches, parameters)
                parameters, velocity = momentum_step(parameters, velocity, gradients, learning_rate, gamma)
            kept.update(velocity)
            return parameters, history
        """,
        {"trajectory", "history", "velocity"},
    ),
    "velocity for one parameter": (
        "train",
        """
        def train(X, Y, parameters, learning_rate, gamma, epochs):
            velocity, history = {k: 0 * v for k, v in parameters.items()}, []
            for _ in range(epochs):
                A2, caches = forward(X, parameters)
                history.append(average_ce(Y, A2))
                gradients = back_propagation(X, Y, caches, parameters)
                parameters, velocity = momentum_step(parameters, velocity, gradients, learning_rate, gamma)
                velocity = {k: v if k == "W2" else 0 * v for k, v in velocity.items()}
            return parameters, history
        """,
        {"trajectory", "velocity"},
    ),
    "starting weights moved": (
        "train",
        """
        def train(X, Y, parameters, learning_rate, gamma, epochs):
            velocity, history, given = {k: 0 * v for k, v in parameters.items()}, [], parameters
            for _ in range(epochs):
                A2, caches = forward(X, parameters)
                history.append(average_ce(Y, A2))
                gradients = back_propagation(X, Y, caches, parameters)
                parameters, velocity = momentum_step(parameters, velocity, gradients, learning_rate, gamma)
            given.update(parameters)
            return parameters, history
        """,
        {"visible", "start"},
    ),
    "no history": (
        "train",
        """
        def train(X, Y, parameters, learning_rate, gamma, epochs):
            velocity = {k: 0 * v for k, v in parameters.items()}
            for _ in range(epochs):
                gradients = back_propagation(X, Y, forward(X, parameters)[1], parameters)
                parameters, velocity = momentum_step(parameters, velocity, gradients, learning_rate, gamma)
            return parameters
        """,
        {"visible", "history"},
    ),
    "loss after the step": (
        "train",
        """
        def train(X, Y, parameters, learning_rate, gamma, epochs):
            velocity, history = {k: 0 * v for k, v in parameters.items()}, []
            for _ in range(epochs):
                gradients = back_propagation(X, Y, forward(X, parameters)[1], parameters)
                parameters, velocity = momentum_step(parameters, velocity, gradients, learning_rate, gamma)
                history.append(average_ce(Y, forward(X, parameters)[0]))
            return parameters, history
        """,
        {"visible", "history"},
    ),
}

# What a message must say: mistake, test, words.
SAID = {
    "no gate": ("dW1", "first in row"),
    "1/m twice everywhere": (
        "slopes",
        "dW1, db1, dW2, db2: 0.125 times the right one for 8 samples, 0.3333 times for 3",
    ),
    "sign": ("direction", "wrong sign"),
    "a constant that can be seen": ("zero", "something is added to these probabilities"),
    "no 1/m": ("scale", "3 times the right one for 3 samples, 8 times for 8"),
    "sum": ("mean", "6 times for 10 classes and 6 samples, 9 times for 4 classes"),
    "db as one number": ("db2", "db2 has the shape ()"),
    "a tuple of derivatives": ("dW2", "back_propagation returns 4 results; a dictionary is asked for"),
    "no history": ("history", "train returns the network alone; 2 results are asked for: parameters, history"),
    "no cache": ("cache", "relu returns an array of shape (4, 6); 2 results must be returned: A, cache"),
    "no maximum": ("apart", "come out wrong even alone"),
    "global maximum": ("apart", "right alone and wrong in one batch"),
}

RIGHT = {
    "relu by a product": ("relu", "def relu(Z):\n    return Z * (Z > 0), {'Z': np.array(Z), 'A': None}"),
    "softmax by logarithms": (
        "softmax",
        """
        def softmax(Z):
            S = Z - np.amax(Z, 0, keepdims=True)
            return np.exp(S - np.log(np.exp(S).sum(0)))
        """,
    ),
    "softmax with loops": ("softmax", sample("boris", "softmax")),
    "a layer by einsum": (
        "compute_layer",
        "def compute_layer(A_prev, W, b):\n    return np.einsum('op,pj->oj', W, A_prev) + np.reshape(b, (-1, 1))",
    ),
    "a loss as 1x1, with a small constant": (
        "average_ce",
        "def average_ce(Y, A):\n    return np.array([[-np.log(A[Y[0], range(Y.size)] + 1e-6).mean()]])",
    ),
    "a gradient by loops": (
        "grad_ce",
        """
        def grad_ce(Y, A):
            dZ = A.copy()
            for j in range(A.shape[1]):
                dZ[int(Y[0, j]), j] -= 1
            return dZ / A.shape[1]
        """,
    ),
    "back-propagation sample by sample": (
        "back_propagation",
        """
        def back_propagation(X, Y, caches, parameters):
            g = {"d" + k: np.zeros_like(v) for k, v in parameters.items()}
            d2 = grad_ce(Y, caches["A2"])
            for j in range(X.shape[1]):
                d1 = np.where(caches["A1"][:, j] > 0, d2[:, j] @ parameters["W2"], 0.0)
                g["dW2"] += np.outer(d2[:, j], caches["A1"][:, j])
                g["dW1"] += np.outer(d1, X[:, j])
                g["db2"] += d2[:, [j]]
                g["db1"] += d1[:, None]
            return g
        """,
    ),
    "another sign inside the velocity": (
        "momentum_step",
        """
        def momentum_step(parameters, velocity, gradients, learning_rate, gamma):
            old = {k: -velocity[k] for k in velocity}
            new = {k: gamma * old[k] - learning_rate * gradients["d" + k] for k in old}
            return {k: parameters[k] + new[k] for k in new}, {k: -new[k] for k in new}, "done"
        """,
    ),
    "a talkative loop": (
        "train",
        """
        import copy
        def train(X, Y, parameters, learning_rate, gamma, epochs):
            p, v, costs = copy.deepcopy(parameters), {}, []
            for k in p:
                v[k] = np.zeros(np.shape(p[k]))
            epoch = 0
            while epoch < epochs:
                A2, caches = forward(X, p)
                costs += [average_ce(Y, A2)]
                print("epoch", epoch, costs[-1])
                p, v = momentum_step(p, v, back_propagation(X, Y, caches, p), learning_rate, gamma)
                epoch += 1
            return p, np.array(costs)
        """,
    ),
}


class TestMomentum(NamesFaults, OnRealImages, VariantTests):
    """Variants of `momentum`."""

    name = "momentum"
    by_machine = 85
    mistakes = MISTAKES
    right = RIGHT
    told = SAID
    groups = GROUPS
