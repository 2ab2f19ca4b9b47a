"""Answers of the assignment `multi_layer` through the real engine: mistakes fail the tests meant for them, no others.

A variant runs with the tests of its own exercise only, beside the reference; the whole notebook is run for the
reference and for the stubs, and once more on the real images where `$DIGITS_DATA` has them.
"""

from __future__ import annotations

import pytest
from assignment_variants import OnRealImages, TakesOwnCaches, Variants, VariantTests

from bank.multi_layer import CLASS as SAMPLES

OF_TRAINING = ("visible", "trajectory", "costs", "start", "inputs", "made")  # the accuracy needs a whole run

GROUPS = {"multi_layer_network": tuple(f"multi_layer_network-{part}" for part in OF_TRAINING)}


def sample(student: str, exercise: str) -> str:
    """Return what a student of the sample class answers."""
    return SAMPLES[student].answers[exercise]


def scores(body: str, loss: str = "-np.log(A[Y[0], np.arange(Z.shape[1])]).mean()", last: str = "") -> str:
    """Return a softmax with its loss; `body` makes A."""
    return f"""
        def softmax_cross_entropy_loss(Z, Y=np.array([])):
            {body}
            loss = {loss} if np.size(Y) else []
            {last or 'return A, {"A": A}, loss'}
    """


SOFTMAX = "E = np.exp(Z - Z.max(axis=0)); A = E / E.sum(axis=0)"


def start(weights: str, bias: str = "np.zeros((net_dims[l], 1))", first: str = "pass") -> str:
    """Return an initialize_network; `weights` and `bias` make the arrays of layer l."""
    return f"""
        def initialize_network(net_dims):
            {first}
            parameters = {{}}
            for l in range(1, len(net_dims)):
                parameters["W%d" % l] = {weights}
                parameters["b%d" % l] = {bias}
            return parameters
    """


NORMAL = "0.01 * np.random.randn(net_dims[l], net_dims[l - 1])"


def back(dA_prev: str = "W.T @ dZ", dW: str = 'dZ @ cache["A"].T', db: str = "dZ.sum(axis=1, keepdims=True)") -> str:
    """Return a linear_backward."""
    return f"""
        def linear_backward(dZ, cache, W, b):
            return {dA_prev}, {dW}, {db}
    """


def loop(
    before: str = "pass",
    iterations: str = "range(1, num_iterations + 1)",
    record: str = "if i % 20 == 1: costs.append(cost)",
    step: str = "p = update_parameters(p, gradients, i, learning_rate)",
    last: str = "pass",
) -> str:
    """Return a training loop."""
    return f"""
        def multi_layer_network(X, Y, net_dims, num_iterations=500, learning_rate=0.1, log=True, parameters=None):
            p = initialize_network(net_dims) if parameters is None else dict(parameters)
            costs = []
            {before}
            for i in {iterations}:
                Z, caches = multi_layer_forward(X, p)
                A, cache, cost = softmax_cross_entropy_loss(Z, Y)
                {record}
                gradients = multi_layer_backward(softmax_cross_entropy_loss_der(Y, cache), caches, p)
                {step}
                {last}
            return costs, p
    """


ALL_OF_RELU = {"visible", "values", "list", "cache", "input"}
OF_RELU_DER = {"visible", "values", "zero", "inputs", "cache"}
ALL_OF_DER = {"visible", "direction", "scale", "classes", "inputs", "cache"}

# exercise, answer, the tests that must fail; the visible test has no points.
MISTAKES = {
    "relu: the mask": ("relu", "def relu(Z):\n    return 1.0 * (np.array(Z) > 0), {'Z': Z}", ALL_OF_RELU),
    "relu: a leak": ("relu", "def relu(Z):\n    return np.maximum(0.01 * np.array(Z), Z), {'Z': Z}", ALL_OF_RELU),
    "relu: cuts in place": (
        "relu",
        "def relu(Z):\n    Z = np.asarray(Z)\n    Z[Z < 0] = 0\n    return Z, {'Z': Z}",
        {"visible", "cache", "input"},
    ),
    "relu: no lists": ("relu", "def relu(Z):\n    return Z * (Z > 0), {'Z': Z}", {"visible", "list"}),
    "relu: keeps A under the name of Z": (
        "relu",
        "def relu(Z):\n    A = np.maximum(0, Z)\n    return A, {'Z': A}",
        {"visible", "cache"},
    ),
    "relu: no cache": ("relu", "def relu(Z):\n    return np.maximum(0, Z)", ALL_OF_RELU),
    "relu: whole numbers": (
        "relu",
        "def relu(Z):\n    return np.vectorize(lambda z: z if z > 0 else 0)(Z), {'Z': Z}",
        {"visible", "values", "list", "input"},
    ),
    "relu_der: no gate": ("relu_der", sample("dana", "relu_der"), OF_RELU_DER),
    "relu_der: gate from dA": (
        "relu_der",
        "def relu_der(dA, cache):\n    return dA * (dA > 0)",
        OF_RELU_DER,
    ),
    "relu_der: the mask alone": (
        "relu_der",
        "def relu_der(dA, cache):\n    return 1.0 * (cache['Z'] > 0)",
        OF_RELU_DER,
    ),
    "relu_der: open at zero": (
        "relu_der",
        "def relu_der(dA, cache):\n    return dA * (cache['Z'] >= 0)",
        {"visible", "zero"},
    ),
    "relu_der: half open at zero": (
        "relu_der",
        "def relu_der(dA, cache):\n    return dA * np.heaviside(cache['Z'], 0.5)",
        {"visible", "zero"},
    ),
    "relu_der: cuts dA": (
        "relu_der",
        "def relu_der(dA, cache):\n    dA[cache['Z'] <= 0] = 0\n    return dA",
        {"inputs"},
    ),
    "relu_der: writes into the cache": (
        "relu_der",
        "def relu_der(dA, cache):\n    cache['Z'][:] = cache['Z'] > 0\n    return dA * cache['Z']",
        {"inputs"},
    ),
    "softmax: no maximum": (
        "softmax_cross_entropy_loss",
        scores("E = np.exp(Z); A = E / E.sum(axis=0)"),
        {"visible", "stable", "finite", "exact"},
    ),
    "softmax: one maximum for the batch": (
        "softmax_cross_entropy_loss",
        scores("E = np.exp(Z - Z.max()); A = E / E.sum(axis=0)"),
        {"visible", "stable", "finite", "exact"},
    ),
    "softmax: a constant below": (
        "softmax_cross_entropy_loss",
        scores(
            "E = np.exp(Z - Z.max(axis=0)); A = E / (E.sum(axis=0) + 1e-5)",
            "-np.log(A[Y[0], range(Y.size)] + 1e-8).mean()",
        ),
        {"stable", "exact"},
    ),
    "softmax: rows": (
        "softmax_cross_entropy_loss",
        scores("E = np.exp(Z - Z.max(axis=1, keepdims=True)); A = E / E.sum(axis=1, keepdims=True)"),
        {"visible", "probabilities", "stable", "finite", "exact", "no-labels", "cache", "inputs"},
    ),
    "softmax: the grand total": (
        "softmax_cross_entropy_loss",
        scores("E = np.exp(Z - Z.max()); A = E / E.sum()"),
        {"visible", "probabilities", "stable", "finite", "exact", "no-labels", "cache", "inputs"},
    ),
    "softmax: twice": (
        "softmax_cross_entropy_loss",
        scores(f"{SOFTMAX}; E = np.exp(A); A = E / E.sum(axis=0)"),
        {"visible", "probabilities", "stable", "finite", "exact", "no-labels", "cache", "inputs"},
    ),
    "loss: logarithm of 0": ("softmax_cross_entropy_loss", scores(SOFTMAX), {"visible", "finite", "exact"}),
    "loss: a constant in the logarithm": (
        "softmax_cross_entropy_loss",
        scores(SOFTMAX, "-np.log(A[Y[0], np.arange(Y.size)] + 1e-8).mean()"),
        {"exact"},
    ),
    "loss: a sum": (
        "softmax_cross_entropy_loss",
        scores(SOFTMAX, "-np.log(A[Y[0], np.arange(Y.size)] + 1e-8).sum()"),
        {"visible", "loss", "exact"},
    ),
    "loss: mean over all entries": (
        "softmax_cross_entropy_loss",
        sample("emil", "softmax_cross_entropy_loss"),
        {"visible", "loss"},
    ),
    "loss: no minus": (
        "softmax_cross_entropy_loss",
        scores(SOFTMAX, "np.log(A[Y[0], np.arange(Y.size)] + 1e-8).mean()"),
        {"visible", "loss", "exact"},
    ),
    "loss: base 10": (
        "softmax_cross_entropy_loss",
        scores(SOFTMAX, "-np.log10(A[Y[0], np.arange(Y.size)] + 1e-8).mean()"),
        {"visible", "loss", "exact"},
    ),
    "loss: whole rows": (
        "softmax_cross_entropy_loss",
        scores(SOFTMAX, "-np.log(A[Y[0]] + 1e-8).mean()"),
        {"visible", "loss", "finite", "exact"},
    ),
    "loss: all classes": (
        "softmax_cross_entropy_loss",
        scores(
            SOFTMAX + "; T = np.arange(len(Z))[:, None] == Y if np.size(Y) else 0",
            "-(T * np.log(A + 1e-8) + (1 - T) * np.log(1 - A + 1e-8)).sum() / Y.size",
        ),
        {"visible", "loss", "finite", "exact"},
    ),
    "loss: wants labels": (
        "softmax_cross_entropy_loss",
        """
        def softmax_cross_entropy_loss(Z, Y):
            S = Z - Z.max(axis=0)
            L = S - np.log(np.exp(S).sum(axis=0))
            A = np.exp(L)
            return A, {"A": A}, -L[Y[0], np.arange(Y.size)].mean()
        """,
        {"no-labels"},
    ),
    "loss: one line too early": (
        "softmax_cross_entropy_loss",
        """
        def softmax_cross_entropy_loss(Z, Y=np.array([])):
            loss = []
            if Y.size:
                loss = -np.mean(np.log(A[Y[0], np.arange(Y.size)]))
            E = np.exp(Z - Z.max(axis=0))
            A = E / E.sum(axis=0)
            return A, {"A": A}, loss
        """,
        {"visible", "loss", "classes", "finite", "exact", "inputs"},
    ),
    "loss: ten classes": (
        "softmax_cross_entropy_loss",
        scores(SOFTMAX, "-(np.eye(10)[Y[0]].T * np.log(A + 1e-8)).sum() / Y.size"),
        {"visible", "classes", "exact"},
    ),
    "loss: two results": (
        "softmax_cross_entropy_loss",
        scores(SOFTMAX, last="return A, loss"),
        {"visible", "probabilities", "stable", "loss", "classes", "finite", "exact", "no-labels", "cache", "inputs"},
    ),
    "der: no mean": (
        "softmax_cross_entropy_loss_der",
        sample("fatou", "softmax_cross_entropy_loss_der"),
        {"visible", "scale"},
    ),
    "der: the mean over all entries": (
        "softmax_cross_entropy_loss_der",
        "def softmax_cross_entropy_loss_der(Y, cache):\n    A = cache['A']\n"
        "    return (A - (np.arange(len(A))[:, None] == Y)) / A.size",
        {"visible", "scale"},
    ),
    "der: sign": (
        "softmax_cross_entropy_loss_der",
        "def softmax_cross_entropy_loss_der(Y, cache):\n    A = cache['A']\n"
        "    return ((np.arange(len(A))[:, None] == Y) - A) / Y.size",
        {"visible", "direction"},
    ),
    "der: brackets": (
        "softmax_cross_entropy_loss_der",
        "def softmax_cross_entropy_loss_der(Y, cache):\n    A = cache['A']\n"
        "    return A - (np.arange(len(A))[:, None] == Y) / Y.size",
        ALL_OF_DER,
    ),
    "der: the true class alone": (
        "softmax_cross_entropy_loss_der",
        "def softmax_cross_entropy_loss_der(Y, cache):\n    A = cache['A']\n"
        "    T = np.arange(len(A))[:, None] == Y\n    return T * (A - T) / Y.size",
        ALL_OF_DER,
    ),
    "der: classes from the labels": (
        "softmax_cross_entropy_loss_der",
        "def softmax_cross_entropy_loss_der(Y, cache):\n    T = np.eye(Y.max() + 1)[Y[0]].T\n"
        "    return (cache['A'] - T) / Y.size",
        {"visible", "classes"},
    ),
    "der: reshaped": (
        "softmax_cross_entropy_loss_der",
        "def softmax_cross_entropy_loss_der(Y, cache):\n    A = cache['A']\n"
        "    return (A - np.eye(len(A))[Y[0]].reshape(A.shape)) / Y.size",
        ALL_OF_DER,
    ),
    "der: writes over A": (
        "softmax_cross_entropy_loss_der",
        "def softmax_cross_entropy_loss_der(Y, cache):\n    dZ = cache['A']\n"
        "    dZ[Y[0], np.arange(Y.size)] -= 1\n    return dZ / Y.size",
        {"inputs"},
    ),
    "start: turned round": (
        "initialize_network",
        start("0.01 * np.random.randn(net_dims[l - 1], net_dims[l])"),
        {"visible", "shapes"},
    ),
    "start: too wide": ("initialize_network", sample("goran", "initialize_network"), {"visible", "std"}),
    "start: no factor": (
        "initialize_network",
        start("np.random.randn(net_dims[l], net_dims[l - 1])"),
        {"visible", "std"},
    ),
    "start: uniform": (
        "initialize_network",
        start("0.01 * np.random.rand(net_dims[l], net_dims[l - 1])"),
        {"visible", "normal", "std"},
    ),
    "start: zeros": (
        "initialize_network",
        start("np.zeros((net_dims[l], net_dims[l - 1]))"),
        {"visible", "shapes", "bias", "normal", "std", "distinct", "seed"},
    ),
    "start: flat biases": ("initialize_network", start(NORMAL, "np.zeros(net_dims[l])"), {"visible", "bias"}),
    "start: random biases": (
        "initialize_network",
        start(NORMAL, "0.01 * np.random.randn(net_dims[l], 1)"),
        {"visible", "bias"},
    ),
    "start: a seed inside": (
        "initialize_network",
        start(NORMAL, first="np.random.seed(1)"),
        {"visible", "seed"},
    ),
    "start: a seed for each layer": (
        "initialize_network",
        start(f"(np.random.seed(1), {NORMAL})[1]"),
        {"visible", "distinct", "seed"},
    ),
    "start: a generator of its own": (
        "initialize_network",
        start("np.random.default_rng().normal(0, 0.01, (net_dims[l], net_dims[l - 1]))"),
        {"visible", "seed"},
    ),
    "start: a pair": (
        "initialize_network",
        start(NORMAL).replace("return parameters", 'return parameters["W1"], parameters["b1"]'),
        {"visible", "shapes", "bias", "normal", "std", "distinct", "seed"},
    ),
    "forward: no bias": (
        "linear_forward",
        "def linear_forward(A_prev, W, b):\n    return W @ A_prev, {'A': A_prev}",
        {"visible", "bias"},
    ),
    "forward: a flat bias": (
        "linear_forward",
        "def linear_forward(A_prev, W, b):\n    return W @ A_prev + b.sum(), {'A': A_prev}",
        {"visible", "bias"},
    ),
    "forward: W turned round": (
        "linear_forward",
        "def linear_forward(A_prev, W, b):\n    return W.T @ A_prev + b, {'A': A_prev}",
        {"visible", "product", "bias", "cache"},
    ),
    "forward: turned round where it fits": (
        "linear_forward",
        "def linear_forward(A_prev, W, b):\n    V = W.T if W.shape[0] == len(A_prev) else W\n"
        "    return V @ A_prev + b, {'A': A_prev}",
        {"visible", "product"},
    ),
    "forward: keeps Z": (
        "linear_forward",
        "def linear_forward(A_prev, W, b):\n    Z = W @ A_prev + b\n    return Z, {'A': Z}",
        {"visible", "cache"},
    ),
    "backward: db averaged": ("linear_backward", sample("hana", "linear_backward"), {"visible", "sum"}),
    "backward: 1/m again": (
        "linear_backward",
        back(dW='dZ @ cache["A"].T / dZ.shape[1]', db="dZ.mean(axis=1, keepdims=True)"),
        {"visible", "sum"},
    ),
    "backward: db without its second axis": ("linear_backward", back(db="dZ.sum(axis=1)"), {"visible", "db"}),
    "backward: db one number": ("linear_backward", back(db="dZ.sum() * np.ones_like(b)"), {"visible", "db"}),
    "backward: db of samples": (
        "linear_backward",
        back(db="dZ.sum(axis=0, keepdims=True)"),
        {"visible", "db"},
    ),
    "backward: dA_prev without turning W": (
        "linear_backward",
        back(dA_prev="(W.T if W.shape[0] != W.shape[1] else W) @ dZ"),
        {"visible", "dA_prev"},
    ),
    "backward: dW turned round": ("linear_backward", back(dW='cache["A"] @ dZ.T'), {"visible", "dW"}),
    "backward: dW with the wrong sign": ("linear_backward", back(dW='-dZ @ cache["A"].T'), {"visible", "dW"}),
    "backward: divides in place": (
        "linear_backward",
        back(db="(dZ.sum(axis=1, keepdims=True), dZ.__imul__(0))[0]"),
        {"inputs"},
    ),
    "backward: two results": (
        "linear_backward",
        "def linear_backward(dZ, cache, W, b):\n    return dZ @ cache['A'].T, dZ.sum(axis=1, keepdims=True)",
        {"visible", "dA_prev", "dW", "db", "sum", "inputs", "cache"},
    ),
    "backward: another order": (
        "linear_backward",
        "def linear_backward(dZ, cache, W, b):\n    return dZ @ cache['A'].T, dZ.sum(axis=1, keepdims=True), W.T @ dZ",
        {"visible", "sum"},
    ),
    "classify: along the samples": (
        "classify",
        "def classify(X, parameters):\n    return multi_layer_forward(X, parameters)[0].argmax(axis=1).reshape(1, -1)",
        {"visible", "values", "shape", "single", "depth"},
    ),
    "classify: a column": (
        "classify",
        "def classify(X, parameters):\n    return multi_layer_forward(X, parameters)[0].argmax(axis=0).reshape(-1, 1)",
        {"visible", "shape"},
    ),
    "classify: the lowest": (
        "classify",
        "def classify(X, parameters):\n    return multi_layer_forward(X, parameters)[0].argmin(axis=0)",
        {"visible", "values", "shape", "single", "depth"},
    ),
    "classify: not for one": (
        "classify",
        "def classify(X, parameters):\n    Z = np.squeeze(multi_layer_forward(X, parameters)[0])\n"
        "    return np.argmax(Z, axis=0) if Z.ndim == 2 else np.argmax(Z.reshape(1, -1), axis=0)",
        {"visible", "single"},
    ),
    "classify: two layers": (
        "classify",
        "def classify(X, parameters):\n    p = {k: parameters[k] for k in ('W1', 'b1', 'W2', 'b2')}\n"
        "    return multi_layer_forward(X, p)[0].argmax(axis=0)",
        {"depth"},
    ),
    "classify: one-hot": (
        "classify",
        "def classify(X, parameters):\n    Z = multi_layer_forward(X, parameters)[0]\n    return 1 * (Z == Z.max(0))",
        {"visible", "values", "shape", "single", "depth"},
    ),
    "step: uphill": (
        "update_parameters",
        "def update_parameters(parameters, gradients, epoch, alpha):\n"
        "    return {k: parameters[k] + alpha * gradients['d' + k] for k in parameters}",
        {"visible", "weights", "biases"},
    ),
    "step: biases stay": (
        "update_parameters",
        "def update_parameters(parameters, gradients, epoch, alpha):\n"
        "    return {k: v - (k[0] == 'W') * alpha * gradients['d' + k] for k, v in parameters.items()}",
        {"visible", "biases"},
    ),
    "step: the rate twice": (
        "update_parameters",
        "def update_parameters(parameters, gradients, epoch, alpha):\n"
        "    return {k: parameters[k] - alpha**2 * gradients['d' + k] for k in parameters}",
        {"visible", "weights", "biases"},
    ),
    "step: two layers": (
        "update_parameters",
        """
        def update_parameters(parameters, gradients, epoch, alpha):
            p = dict(parameters)
            for l in range(1, 2):
                p["W%d" % l] = p["W%d" % l] - alpha * gradients["dW%d" % l]
                p["b%d" % l] = p["b%d" % l] - alpha * gradients["db%d" % l]
            return p
        """,
        {"visible", "weights", "biases"},
    ),
    "step: smaller and smaller": (
        "update_parameters",
        "def update_parameters(parameters, gradients, epoch, alpha):\n"
        "    return {k: parameters[k] - alpha * 0.99**epoch * gradients['d' + k] for k in parameters}",
        {"arguments"},
    ),
    "step: in place": (
        "update_parameters",
        "def update_parameters(parameters, gradients, epoch, alpha):\n    for k in parameters:\n"
        "        parameters[k] -= alpha * gradients['d' + k]\n    return parameters",
        {"visible", "arguments"},
    ),
    "loop: one step short": (
        "multi_layer_network",
        loop(iterations="range(1, num_iterations)"),
        {"visible", "trajectory"},
    ),
    "loop: cost after the step": (
        "multi_layer_network",
        loop(
            record="pass",
            last="if i % 20 == 1: costs.append(softmax_cross_entropy_loss(multi_layer_forward(X, p)[0], Y)[2])",
        ),
        {"visible", "costs"},
    ),
    "loop: every cost": ("multi_layer_network", loop(record="costs.append(cost)"), {"visible", "costs"}),
    "loop: starts anew each time": (
        "multi_layer_network",
        loop(step="p = update_parameters(initialize_network(net_dims), gradients, i, learning_rate)"),
        {"visible", "trajectory", "start", "inputs"},
    ),
    "loop: its own rate": (
        "multi_layer_network",
        loop(step="p = update_parameters(p, gradients, i, 0.1)"),
        {"visible", "trajectory"},
    ),
    "loop: changes the start": (
        "multi_layer_network",
        loop(last="parameters = parameters or {}; parameters.update(p)"),
        {"visible", "start"},
    ),
    "loop: changes X": ("multi_layer_network", loop(before="X -= X.mean()"), {"trajectory", "costs", "inputs"}),
    "loop: changes Y afterwards": (
        "multi_layer_network",
        loop(last="Y.__imul__(1 if i < num_iterations else 0)"),
        {"inputs"},
    ),
    "loop: ignores the given start": (
        "multi_layer_network",
        loop(before="p = initialize_network(net_dims)"),
        {"visible", "trajectory", "costs"},
    ),
    "loop: two layers only": (
        "multi_layer_network",
        loop(before="p = p if parameters else initialize_network([net_dims[0], net_dims[1], net_dims[-1]])"),
        {"made"},
    ),
    "loop: only the parameters": (
        "multi_layer_network",
        loop().replace("return costs, p", "return p"),
        {"visible", "trajectory", "costs", "start", "inputs", "made"},
    ),
}

RIGHT = {
    "relu by a product, with a longer cache": (
        "relu",
        "def relu(Z):\n    M = np.asarray(Z)\n    return M * (M > 0), {'Z': Z, 'A': None}, 'done'",
    ),
    "relu in a loop, with a longer cache": (
        "relu",
        """
        def relu(Z):
            z = np.array(Z, dtype=np.float32)
            A = np.zeros(z.shape)
            for place in np.ndindex(z.shape):
                A[place] = max(0, z[place])
            return A, {"Z": Z, "on": z > 0}
        """,
    ),
    "relu by absolute values": ("relu", "def relu(Z):\n    Y = np.array(Z)\n    return [(Y + abs(Y)) / 2, {'Z': Z}]"),
    "relu_der in loops": ("relu_der", sample("boris", "relu_der")),
    "relu_der by indexing": (
        "relu_der",
        "def relu_der(dA, cache):\n    dZ = np.array(dA, np.float32)\n    dZ[~(cache['Z'] > 0)] = 0\n    return dZ",
    ),
    "relu_der by a step": ("relu_der", "def relu_der(dA, cache):\n    return dA * np.heaviside(cache['Z'], 0)"),
    "softmax in loops": ("softmax_cross_entropy_loss", sample("boris", "softmax_cross_entropy_loss")),
    "a loss as 1x1, no loss as 0": (
        "softmax_cross_entropy_loss",
        """
        def softmax_cross_entropy_loss(Z, Y=np.array([])):
            S = Z - np.amax(Z, axis=0, keepdims=True)
            log_sum = np.log(np.exp(S).sum(0, keepdims=True))
            A = np.exp(S - log_sum)
            if len(np.ravel(Y)) == 0:
                return A, {"A": A, "probabilities": A}, 0
            picked = np.take_along_axis(S - log_sum, np.reshape(Y, (1, -1)), axis=0)
            return A, {"A": A, "probabilities": A}, -picked.mean(axis=1, keepdims=True)
        """,
    ),
    "32 bits, labels flattened, None without labels": (
        "softmax_cross_entropy_loss",
        """
        def softmax_cross_entropy_loss(Z, Y=np.array([])):
            Z = (Z - Z.max(axis=0)).astype(np.float32)
            A = np.exp(Z) / np.einsum("kj->j", np.exp(Z))
            Y = np.ravel(Y).astype(int)
            logs = np.log(np.exp(Z).sum(axis=0)) - Z[Y, range(Y.size)] if Y.size else None
            return A, {"A": A}, logs.mean() if Y.size else None
        """,
    ),
    "the derivative in loops": ("softmax_cross_entropy_loss_der", sample("boris", "softmax_cross_entropy_loss_der")),
    "the derivative at one entry a column, flat labels": (
        "softmax_cross_entropy_loss_der",
        """
        def softmax_cross_entropy_loss_der(Y, cache):
            labels = np.asarray(Y).ravel()
            dZ = cache["A"] / labels.size
            dZ[labels, np.arange(labels.size)] -= 1 / labels.size
            return np.asfortranarray(dZ)
        """,
    ),
    "the derivative by the Jacobian": (
        "softmax_cross_entropy_loss_der",
        """
        def softmax_cross_entropy_loss_der(Y, cache):
            A, columns = cache["A"].astype(np.float32), []
            for j, label in enumerate(Y[0]):
                p = A[:, j]
                columns.append((np.diag(p) - np.outer(p, p)) @ (-np.eye(len(p))[label] / p[label]) / Y.size)
            return np.array(columns).T
        """,
    ),
    "a start by np.random.normal": (
        "initialize_network",
        start("np.random.normal(scale=0.01, size=(net_dims[l], net_dims[l - 1]))", "np.array([[0]] * net_dims[l])"),
    ),
    "a start drawn sideways": ("initialize_network", start("np.random.randn(net_dims[l - 1], net_dims[l]).T / 100")),
    "a start number by number": (
        "initialize_network",
        start("np.array([[np.random.normal(0, 0.01) for _ in range(net_dims[l - 1])] for _ in range(net_dims[l])])"),
    ),
    "a layer by einsum": (
        "linear_forward",
        "def linear_forward(A_prev, W, b):\n"
        "    return np.einsum('op,pj->oj', W, A_prev) + np.reshape(b, (-1, 1)), dict(A=A_prev, W=W)",
    ),
    "a layer in loops": (
        "linear_forward",
        """
        def linear_forward(A_prev, W, b):
            Z = np.zeros((len(W), A_prev.shape[1]), np.float32)
            for i in range(len(W)):
                for j in range(A_prev.shape[1]):
                    Z[i, j] = sum(W[i, k] * A_prev[k, j] for k in range(len(A_prev))) + b[i, 0]
            return Z, {"A": A_prev, "W": W}
        """,
    ),
    "a layer with the bias as a weight": (
        "linear_forward",
        "def linear_forward(A_prev, W, b):\n    ones = np.ones((1, A_prev.shape[1]))\n"
        "    return np.hstack([W, b]) @ np.vstack([A_prev, ones]), {'A': A_prev}, None",
    ),
    "back sample by sample": (
        "linear_backward",
        """
        def linear_backward(dZ, cache, W, b):
            dW, db = np.zeros(W.shape), np.zeros(b.shape)
            for j in range(dZ.shape[1]):
                dW += np.outer(dZ[:, j], cache["A"][:, j])
                db[:, 0] += dZ[:, j]
            return np.transpose(dZ.T @ W), dW, db
        """,
    ),
    "back by einsum, in 32 bits": (
        "linear_backward",
        """
        def linear_backward(dZ, cache, W, b):
            d, W, A = (np.asarray(array, np.float32) for array in (dZ, W, cache["A"]))
            return np.einsum("oi,oj->ij", W, d), np.einsum("oj,ij->oi", d, A), d @ np.ones((d.shape[1], 1)), "done"
        """,
    ),
    "back as a list, b looked at": (
        "linear_backward",
        "def linear_backward(dZ, cache, W, b):\n"
        "    return [np.dot(W.T, dZ), np.dot(dZ, cache['A'].T), np.sum(dZ, axis=1).reshape(b.shape)]",
    ),
    "labels as a flat list": (
        "classify",
        "def classify(X, parameters):\n    Z, caches = multi_layer_forward(X, parameters)\n"
        "    return [int(np.argmax(column)) for column in Z.T]",
    ),
    "labels by probabilities, as floats": (
        "classify",
        "def classify(X, parameters):\n    A = softmax_cross_entropy_loss(multi_layer_forward(X, parameters)[0])[0]\n"
        "    return np.argmax(A, axis=0).reshape(1, -1).astype(float)",
    ),
    "a step into the given dictionary": (
        "update_parameters",
        """
        def update_parameters(parameters, gradients, epoch, alpha):
            for l in range(1, len(parameters) // 2 + 1):
                for kind in "Wb":
                    parameters[f"{kind}{l}"] = parameters[f"{kind}{l}"] - alpha * gradients[f"d{kind}{l}"]
            return parameters
        """,
    ),
    "a step on a deep copy": (
        "update_parameters",
        """
        import copy
        def update_parameters(parameters, gradients, epoch, alpha):
            new = copy.deepcopy(parameters)
            for name in new:
                new[name] -= alpha * gradients["d" + name]
            print("epoch", epoch)
            return new
        """,
    ),
    "a talkative loop": (
        "multi_layer_network",
        """
        import copy
        def multi_layer_network(X, Y, net_dims, num_iterations=500, learning_rate=0.1, log=True, parameters=None):
            p = copy.deepcopy(parameters) if parameters is not None else initialize_network(net_dims)
            costs, i = np.array([]), 0
            while i < num_iterations:
                Z, caches = multi_layer_forward(X, p)
                _, cache, cost = softmax_cross_entropy_loss(Z, Y)
                if i % 20 == 0:
                    costs = np.append(costs, cost)
                print("iteration", i, "cost", cost)
                slopes = multi_layer_backward(softmax_cross_entropy_loss_der(Y, cache), caches, p)
                p = update_parameters(p, slopes, i, learning_rate)
                i += 1
            return costs, p, "done"
        """,
    ),
    "a loop of its own step, costs as 1x1": (
        "multi_layer_network",
        loop(
            record="costs += [np.reshape(cost, (1, 1))] * (i in range(1, 9999, 20))",
            step="p = {k: p[k] - learning_rate * gradients['d' + k] for k in p}",
        ),
    ),
}


# Caches of the student's own, which only the two functions together understand.
OWN_CACHES = {
    "relu": {
        "relu": "def relu(Z):\n    return np.maximum(Z, 0), (np.asarray(Z) > 0,)",
        "relu_der": """
        def relu_der(dA, cache):
            (mask,) = cache
            if not isinstance(mask, np.ndarray):
                raise TypeError("this is not the cache that relu makes")
            return np.where(mask, dA, 0.0)
        """,
    },
    "softmax": {
        "softmax_cross_entropy_loss": """
        def softmax_cross_entropy_loss(Z, Y=np.array([])):
            S = Z - Z.max(axis=0)
            logs = S - np.log(np.exp(S).sum(axis=0))
            loss = -np.take_along_axis(logs, Y, axis=0).mean() if np.size(Y) else []
            return np.exp(logs), {"logs": logs}, loss
        """,
        "softmax_cross_entropy_loss_der": """
        def softmax_cross_entropy_loss_der(Y, cache):
            A = np.exp(cache["logs"])
            A[Y[0], np.arange(Y.size)] -= 1
            return A / Y.size
        """,
    },
    "layer": {
        "linear_forward": "def linear_forward(A_prev, W, b):\n    return W @ A_prev + b, [A_prev, W]",
        "linear_backward": """
        def linear_backward(dZ, cache, W, b):
            A, W = cache if isinstance(cache, list) else cache["x"]
            return W.T @ dZ, dZ @ A.T, dZ.sum(axis=1, keepdims=True)
        """,
    },
}


# Right but for a name in the cache that the other function does not know: both functions, and the first one.
OWN_NAMES = {
    "relu": ("relu", "relu_der", "def relu(Z):\n    return np.maximum(Z, 0), {'mine': Z}"),
    "softmax": (
        "softmax_cross_entropy_loss",
        "softmax_cross_entropy_loss_der",
        OWN_CACHES["softmax"]["softmax_cross_entropy_loss"].replace('"logs"', '"mine"'),
    ),
    "layer": (
        "linear_forward",
        "linear_backward",
        "def linear_forward(A_prev, W, b):\n    return W @ A_prev + b, {'mine': A_prev}",
    ),
}


class TestMultiLayer(TakesOwnCaches, OnRealImages, VariantTests):
    """Variants of `multi_layer`."""

    name = "multi_layer"
    by_machine = 100
    mistakes = MISTAKES
    right = RIGHT
    own_caches = OWN_CACHES
    own_names = OWN_NAMES
    groups = GROUPS

    @pytest.mark.parametrize("exercise", ["softmax_cross_entropy_loss", "relu_der"])
    def test_no_mistake_of_size_or_corner_costs_more_than_its_part(self, variants: Variants, exercise: str) -> None:
        """What a person would call a slip costs little."""
        slips = {
            "softmax_cross_entropy_loss": {"loss: mean over all entries": 3, "loss: wants labels": 1},
            "relu_der": {"relu_der: open at zero": 1, "relu_der: cuts dA": 1},
        }
        for slip, cost in slips[exercise].items():
            outcome = self.judged(variants, *self.mistakes[slip][:2])
            assert sum(outcome.lost.values()) == cost, slip

    def test_the_accuracy_quotes_what_has_ended_the_training(self, variants: Variants) -> None:
        answer = variants.right["multi_layer_network"].replace("gradients, iteration", 'gradients["dW"], iteration')
        told = variants.run({"multi_layer_network": answer}).said["test-multi_layer_network-accuracy-train"]
        assert "did the training cell run to its end? The cell training has ended with this: KeyError: 'dW'" in told
        assert ", in multi_layer_network: " in told
        assert "What this line reads has no such key" in told

    def test_the_first_of_two_errors_is_told(self, variants: Variants) -> None:
        """The student's own cache is tried when that of the specification fails; its error says nothing new."""
        forward = 'def linear_forward(A_prev, W, b):\n    return W @ A_prev + b, {"x": [1, 2, 3]}["A"]'
        backward = "def linear_backward(dZ, cache, W, b):\n    return undefined"
        outcome = variants.run({"linear_forward": forward, "linear_backward": backward}, ["linear_backward"])
        hidden = [said for test, said in outcome.said.items() if not test.endswith("-visible")]
        assert len(hidden) == 6
        assert all("'undefined' is not defined" in said for said in hidden), hidden
