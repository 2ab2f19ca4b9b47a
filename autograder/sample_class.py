"""The sample classes of the demonstration: what students hand in, each the release notebook with a named edit.

Ordinary mistakes and mishaps, no attacks. What each of them must score stands in the tests, not here.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from textwrap import dedent

import nbformat
from nbformat import NotebookNode

from autograder.course import Course
from autograder.errors import UsageError
from autograder.notebook import code_cells, grade_id, is_locked, is_solution

SOLUTION_MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")


@dataclass(frozen=True)
class Sample:
    """One submission: who hands it in, what is special about it, and the notebook."""

    student: str
    description: str
    notebook: NotebookNode


@dataclass(frozen=True)
class Edit:
    """Answers that take the place of right ones, by the id of the cell; `untouched` leaves every stub as it is."""

    description: str
    answers: dict[str, str]
    untouched: bool = False


def sample_class(course: Course, name: str) -> list[Sample]:
    """Return the sample submissions of assignment `name`, made from its release and its solutions.

    Raises
    ------
    UsageError
        If there is no such assignment, it has not been released, or it has no sample class.
    """
    if name not in EDITS:
        raise UsageError(f"There is no sample class for {name!r}; there is one for: {', '.join(EDITS)}.")
    path = course.release / name / f"{name}.ipynb"
    if not path.is_file():
        raise UsageError(f"{path} is missing: run `autograder release {name}` first.")
    released = nbformat.read(path, as_version=4)
    right = {str(grade_id(c)): without_marks(c.source) for c in code_cells(course.read_source(name)) if is_solution(c)}
    return [
        Sample(student, edit.description, _answered(released, {} if edit.untouched else {**right, **edit.answers}))
        for student, edit in EDITS[name].items()
    ]


def without_marks(source: str) -> str:
    """Return a solution cell as a student would write it: without the lines that mark the solution."""
    return "\n".join(line for line in source.splitlines() if line.strip() not in SOLUTION_MARKS)


def _answered(released: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        if is_solution(cell) or not is_locked(cell):  # stubs, and the text cells below written exercises
            cell.source = answers.get(str(grade_id(cell) or cell.get("id")), cell.source)
    return notebook


def _code(text: str) -> str:
    return dedent(text).strip()


SLOW_LOOPS = {
    "relu_der": _code("""
        def relu_der(dA, cache):
            Z = cache["Z"]
            dZ = np.zeros(np.shape(dA))
            for i in range(dZ.shape[0]):
                for j in range(dZ.shape[1]):
                    if Z[i][j] > 0:
                        dZ[i][j] = dA[i][j]
            return dZ
        """),
    "softmax_cross_entropy_loss": _code("""
        def softmax_cross_entropy_loss(Z, Y=np.array([])):
            n, m = Z.shape
            A = np.zeros((n, m))
            loss = 0.0
            for j in range(m):
                largest = max(Z[:, j])
                total = 0.0
                for i in range(n):
                    total += np.exp(Z[i, j] - largest)
                for i in range(n):
                    A[i, j] = np.exp(Z[i, j] - largest) / total
                if Y.size > 0:
                    loss += np.log(total) + largest - Z[Y[0, j], j]
            return A, {"A": A}, loss / m if Y.size > 0 else []
        """),
    "softmax_cross_entropy_loss_der": _code("""
        def softmax_cross_entropy_loss_der(Y, cache):
            n, m = cache["A"].shape
            dZ = np.zeros((n, m))
            for i in range(n):
                for j in range(m):
                    dZ[i, j] = (cache["A"][i, j] - (1 if i == Y[0, j] else 0)) / m
            return dZ
        """),
}
NO_MASK = _code("""
    def relu_der(dA, cache):
        dZ = np.array(dA)
        return dZ
    """)
MEAN_OVER_ALL_ENTRIES = _code("""
    def softmax_cross_entropy_loss(Z, Y=np.array([])):
        E = np.exp(Z - np.max(Z, axis=0))
        A = E / np.sum(E, axis=0)
        loss = []
        if Y.size > 0:
            one_hot = np.arange(Z.shape[0]).reshape(-1, 1) == Y
            log_A = Z - np.max(Z, axis=0) - np.log(np.sum(E, axis=0))
            loss = -np.mean(one_hot * log_A)
        return A, {"A": A}, loss
    """)
FORGOT_THE_MEAN = _code("""
    def softmax_cross_entropy_loss_der(Y, cache):
        dZ = cache["A"].copy()
        dZ[Y[0], np.arange(Y.shape[1])] -= 1
        return dZ
    """)
VARIANCE_FOR_DEVIATION = _code("""
    def initialize_network(net_dims):
        parameters = {}
        for l in range(1, len(net_dims)):
            parameters["W" + str(l)] = np.random.normal(0, 0.1, (net_dims[l], net_dims[l - 1]))
            parameters["b" + str(l)] = np.zeros((net_dims[l], 1))
        return parameters
    """)
BIAS_GRADIENT_AVERAGED = _code("""
    def linear_backward(dZ, cache, W, b):
        dA_prev = np.dot(W.T, dZ)
        dW = np.dot(dZ, cache["A"].T)
        db = np.mean(dZ, axis=1, keepdims=True)
        return dA_prev, dW, db
    """)
IMPORT_FAILS = _code("""
    import tensorflow as tf

    def relu(Z):
        return np.maximum(Z, 0), {"Z": Z}
    """)
ENDLESS_LOOP = _code("""
    tries = 0
    while tries >= 0:  # until it works
        tries += 1

    def classify(X, parameters):
        logits, caches = multi_layer_forward(X, parameters)
        return np.argmax(logits, axis=0).reshape(1, -1)
    """)

TWO_LAYER_LOOPS = {
    "relu": _code("""
        def relu(Z):
            A = np.zeros(Z.shape)
            for i in range(Z.shape[0]):
                for j in range(Z.shape[1]):
                    A[i, j] = max(0, Z[i, j])
            return A, {"Z": Z}
        """),
    "softmax": _code("""
        def softmax(Z):
            A = np.zeros(Z.shape)
            for j in range(Z.shape[1]):
                weights = [np.exp(z - max(Z[:, j])) for z in Z[:, j]]
                A[:, j] = [w / sum(weights) for w in weights]
            return A
        """),
    "cross_entropy": _code("""
        def cross_entropy(A, Y):
            loss = 0
            for j in range(Y.shape[1]):
                loss = loss - np.log(A[Y[0, j], j] + 1e-9)
            return loss / Y.shape[1]
        """),
}
CLASSES_FROM_LABELS = _code("""
    def one_hot(Y, n_classes):
        T = np.zeros((np.max(Y) + 1, Y.shape[1]))
        for j in range(Y.shape[1]):
            T[Y[0, j], j] = 1
        return T
    """)
SUM_OVER_SAMPLES = _code("""
    def cross_entropy(A, Y):
        return -np.sum(one_hot(Y, A.shape[0]) * np.log(A + 1e-8))
    """)
ONE_MAXIMUM_AND_A_CONSTANT = _code("""
    def softmax(Z):
        exps = np.exp(Z - np.max(Z))
        return exps / (np.sum(exps, axis=0, keepdims=True) + 1e-5)
    """)
PROBABILITIES_OVERWRITTEN = _code("""
    def softmax_cross_entropy_der(A, Y):
        m = Y.shape[1]
        A[Y[0], range(m)] -= 1
        return A / m
    """)
BEFORE_THE_BEND = _code("""
    def backward(Y, caches, parameters):
        dZ2 = softmax_cross_entropy_der(caches["A2"], Y)
        dA1 = np.dot(parameters["W2"].T, dZ2)
        dZ1 = relu_der(dA1, {"Z": caches["Z1"]})
        dW2 = np.dot(dZ2, caches["Z1"].T)
        dW1 = np.dot(dZ1, caches["X"].T)
        db2 = np.sum(dZ2, axis=1).reshape(-1, 1)
        db1 = np.sum(dZ1, axis=1).reshape(-1, 1)
        return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
    """)
INCOMPLETE_BATCH_KEPT = _code("""
    def train(X, Y, parameters, learning_rate, batch_size, epochs, rng):
        parameters = parameters.copy()
        costs = []
        for epoch in range(epochs):
            shuffled = rng.permutation(X.shape[1])
            epoch_costs = []
            for i in range(0, X.shape[1], batch_size):
                idx = shuffled[i:i + batch_size]
                A2, caches = forward(X[:, idx], parameters)
                epoch_costs.append(cross_entropy(A2, Y[:, idx]))
                grads = backward(Y[:, idx], caches, parameters)
                for p in ["W1", "b1", "W2", "b2"]:
                    parameters[p] = parameters[p] - learning_rate * grads["d" + p]
            costs.append(np.mean(epoch_costs))
        return parameters, costs
    """)
HALF_DONE = _code("""
    def backward(Y, caches, parameters):
        dZ2 = softmax_cross_entropy_der(caches["A2"], Y)
        dW2 = dZ2 @ caches["A1"].T
        return {"dW2": dW2}  # no idea how to go on
    """)

EDITS: dict[str, dict[str, Edit]] = {
    "two_layer": {
        "ada": Edit("right and vectorised", {}),
        "boris": Edit("right, with slow Python loops", TWO_LAYER_LOOPS),
        "chen": Edit("untouched", {}, untouched=True),
        "dana": Edit("no mask in relu_der", {"relu_der": NO_MASK}),
        "emil": Edit("loss added up, not averaged", {"cross_entropy": SUM_OVER_SAMPLES}),
        "fatou": Edit("one maximum for the batch, and a constant", {"softmax": ONE_MAXIMUM_AND_A_CONSTANT}),
        "goran": Edit("probabilities overwritten", {"softmax_cross_entropy_der": PROBABILITIES_OVERWRITTEN}),
        "hana": Edit("dW2 from Z1 where A1 belongs", {"backward": BEFORE_THE_BEND}),
        "ivo": Edit("the incomplete batch is kept", {"train": INCOMPLETE_BATCH_KEPT}),
        "jun": Edit("classes counted from the labels", {"one_hot": CLASSES_FROM_LABELS}),
        "kira": Edit("backward half done", {"backward": HALF_DONE}),
    },
    "multi_layer": {
        "ada": Edit("right and vectorised", {}),
        "boris": Edit("right, with slow Python loops", SLOW_LOOPS),
        "chen": Edit("untouched", {}, untouched=True),
        "dana": Edit("no mask in relu_der", {"relu_der": NO_MASK}),
        "emil": Edit("loss averaged over all entries", {"softmax_cross_entropy_loss": MEAN_OVER_ALL_ENTRIES}),
        "fatou": Edit("1/m forgotten in the gradient", {"softmax_cross_entropy_loss_der": FORGOT_THE_MEAN}),
        "goran": Edit("weights ten times too large", {"initialize_network": VARIANCE_FOR_DEVIATION}),
        "hana": Edit("db averaged, not added up", {"linear_backward": BIAS_GRADIENT_AVERAGED}),
        "ivo": Edit("an import that fails", {"relu": IMPORT_FAILS}),
        "jun": Edit("an endless loop in one cell", {"classify": ENDLESS_LOOP}),
    },
}

MOMENTUM_LOOPS = {
    "softmax": _code("""
        def softmax(Z):
            A = np.zeros(Z.shape)
            for j in range(Z.shape[1]):
                largest = max(Z[:, j])
                total = 0.0
                for i in range(Z.shape[0]):
                    A[i, j] = np.exp(Z[i, j] - largest)
                    total += A[i, j]
                for i in range(Z.shape[0]):
                    A[i, j] /= total
            return A
        """),
    "average_ce": _code("""
        def average_ce(Y, A):
            total = 0.0
            for j in range(A.shape[1]):
                total -= np.log(A[Y[0, j], j])
            return total / A.shape[1]
        """),
}
ON_PAPER = _code("""
    For one sample let $p$ be the probabilities and $y$ the true class, so the loss is $-\\ln p_y$.
    Since $\\partial p_y / \\partial z_k = p_y (1 - p_y)$ for $k = y$ and $-p_y p_k$ else, its derivative in the scores
    is $p_k - 1$ at the true class and $p_k$ elsewhere.
    For the batch: $dZ_2 = (P - T)/m$ of shape (10, m), and the mean enters here only, for all that follows is linear;
    $dA_1 = W_2^T dZ_2$ is (100, m), $dZ_1$ is the same with zeros where $Z_1 \\le 0$, and
    $dW_1 = dZ_1 X^T$ is (100, m)(m, 784) = (100, 784), a sum over the samples.
    At 0 I take 0; exact zeros hardly ever occur.
    Central differences would find a mistake.
    """)
NO_SHIFT = _code("""
    def softmax(Z):
        E = np.exp(Z)
        return E / np.sum(E, axis=0)
    """)
MEAN_OVER_ENTRIES = _code("""
    def average_ce(Y, A):
        one_hot = (np.arange(len(A)).reshape(-1, 1) == Y).astype(float)
        return -np.mean(one_hot * np.log(A + 1e-9))
    """)
MEAN_FORGOTTEN = _code("""
    def grad_ce(Y, A):
        dZ = A.copy()
        dZ[Y[0], np.arange(Y.shape[1])] -= 1
        return dZ
    """)
NO_GATE = _code("""
    def back_propagation(X, Y, caches, parameters):
        dZ2 = grad_ce(Y, caches["A2"])
        dZ1 = np.dot(parameters["W2"].T, dZ2)
        return {
            "dW1": np.dot(dZ1, X.T),
            "db1": np.sum(dZ1, axis=1, keepdims=True),
            "dW2": np.dot(dZ2, caches["A1"].T),
            "db2": np.sum(dZ2, axis=1, keepdims=True),
        }
    """)
GATE_IN_THE_ACTIVATIONS = _code("""
    def back_propagation(X, Y, caches, parameters):
        d2 = grad_ce(Y, caches["A2"])
        h = caches["A1"]
        dW2 = np.dot(d2, h.T)
        db2 = np.sum(d2, axis=1).reshape(-1, 1)
        h[h > 0] = 1
        d1 = np.dot(parameters["W2"].T, d2) * h
        dW1 = np.dot(d1, X.T)
        db1 = np.sum(d1, axis=1).reshape(-1, 1)
        return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
    """)
AVERAGED_VELOCITY = _code("""
    def momentum_step(parameters, velocity, gradients, learning_rate, gamma):
        new_parameters, new_velocity = {}, {}
        for name in parameters:
            new_velocity[name] = gamma * velocity[name] + (1 - gamma) * learning_rate * gradients["d" + name]
            new_parameters[name] = parameters[name] - new_velocity[name]
        return new_parameters, new_velocity
    """)
VELOCITY_FORGOTTEN = _code("""
    def train(X, Y, parameters, learning_rate, gamma, epochs):
        history = []
        for epoch in range(epochs):
            velocity = {name: np.zeros(parameters[name].shape) for name in parameters}
            A2, caches = forward(X, parameters)
            history.append(average_ce(Y, A2))
            gradients = back_propagation(X, Y, caches, parameters)
            parameters, velocity = momentum_step(parameters, velocity, gradients, learning_rate, gamma)
        return parameters, history
    """)

EDITS["momentum"] = {
    "ada": Edit("right and vectorised, the derivation too", {"written-answer": ON_PAPER}),
    "boris": Edit("right, with slow Python loops", MOMENTUM_LOOPS),
    "chen": Edit("untouched", {}, untouched=True),
    "dana": Edit("no gate on the way back", {"back_propagation": NO_GATE}),
    "emil": Edit("loss averaged over all entries", {"average_ce": MEAN_OVER_ENTRIES}),
    "fatou": Edit("1/m forgotten in the gradient", {"grad_ce": MEAN_FORGOTTEN}),
    "goran": Edit("no shift in the softmax", {"softmax": NO_SHIFT}),
    "hana": Edit("gradient averaged into the velocity", {"momentum_step": AVERAGED_VELOCITY}),
    "ivo": Edit("the velocity set to zero in every epoch", {"train": VELOCITY_FORGOTTEN}),
    "jun": Edit("the gate built inside the activations", {"back_propagation": GATE_IN_THE_ACTIVATIONS}),
}
