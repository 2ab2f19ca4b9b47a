"""Right and wrong answers to `two_layer`: each mistake loses the points of the tests that it should fail, and no more.

The tests of one exercise judge it by what follows from the student's own earlier functions, so most mistakes cost their
own exercise and the two points of the trajectory, where everything comes together.
"""

from __future__ import annotations

import pytest
from assignment_variants import Outcome, Variants, real_data

TRAJECTORY = {"train-trajectory"}
# The tests that see a function through another one, besides those of its own.
SEEN_IN = {
    "one_hot": {"softmax_cross_entropy_der", "train-trajectory"},
    "relu": {"relu_der", "forward", "train-trajectory"},
    "relu_der": {"backward", "train-trajectory"},
    "softmax": {"forward", "train-costs", "train-trajectory"},
    "cross_entropy": {"train-costs", "train-trajectory"},
    "softmax_cross_entropy_der": {"backward", "train-trajectory"},
    "forward": {"backward", "train-costs", "train-trajectory"},
    "backward": {"train-batches", "train-trajectory"},
    "train": set(),
}

# What students write, and the hidden tests that have to fail for it.
MISTAKES: dict[str, tuple[dict[str, str], set[str]]] = {
    "one_hot counts its classes itself": (
        {
            "one_hot": """
            def one_hot(Y, n_classes):
                return np.eye(Y.max() + 1)[Y[0]].T
            """
        },
        # Where the last class is missing the derivative cannot go on with it.
        {"one_hot-classes", "softmax_cross_entropy_der-classes"},
    ),
    "one_hot has its rows shifted by one": (
        {
            "one_hot": """
            def one_hot(Y, n_classes):
                T = np.zeros((n_classes, Y.size))
                T[Y[0] - 1, np.arange(Y.size)] = 1
                return T
            """
        },
        {"one_hot-values", "one_hot-classes"} | TRAJECTORY,
    ),
    "one_hot is reshaped instead of transposed": (
        {
            "one_hot": """
            def one_hot(Y, n_classes):
                return np.eye(n_classes)[Y[0]].reshape(n_classes, -1)
            """
        },
        {"one_hot-values", "one_hot-classes"} | TRAJECTORY,
    ),
    "relu changes its input": (
        {
            "relu": """
            def relu(Z):
                Z[Z < 0] = 0
                return Z, {"Z": Z}
            """
        },
        # What it leaves in the cache has lost its negative entries; forward keeps the same array.
        {"relu-cache", "relu-input", "forward-caches"},
    ),
    "relu is a leaky one": (
        {
            "relu": """
            def relu(Z):
                return np.where(Z > 0, Z, 0.01 * Z), {"Z": Z}
            """
        },
        {"relu-values"} | TRAJECTORY,
    ),
    "relu_der has no mask": (
        {
            "relu_der": """
            def relu_der(dA, cache):
                return 1 * dA
            """
        },
        {"relu_der-slope", "relu_der-zero"} | TRAJECTORY,
    ),
    "relu_der is open at 0": (
        {
            "relu_der": """
            def relu_der(dA, cache):
                return dA * (cache["Z"] >= 0)
            """
        },
        {"relu_der-zero"},
    ),
    "relu_der takes its mask from dA": (
        {
            "relu_der": """
            def relu_der(dA, cache):
                return dA * (dA > 0)
            """
        },
        {"relu_der-slope", "relu_der-zero"} | TRAJECTORY,
    ),
    "relu_der overwrites dA": (
        {
            "relu_der": """
            def relu_der(dA, cache):
                dA[cache["Z"] <= 0] = 0
                return dA
            """
        },
        {"relu_der-inputs"},
    ),
    "softmax has no maximum": (
        {
            "softmax": """
            def softmax(Z):
                return np.exp(Z) / np.sum(np.exp(Z), axis=0)
            """
        },
        {"softmax-huge"},
    ),
    "softmax has one maximum for the whole batch": (
        {
            "softmax": """
            def softmax(Z):
                E = np.exp(Z - np.max(Z))
                return E / np.sum(E, axis=0)
            """
        },
        {"softmax-far-apart"},
    ),
    "softmax has a constant in its denominator": (
        {
            "softmax": """
            def softmax(Z):
                E = np.exp(Z - np.max(Z, axis=0))
                return E / (np.sum(E, axis=0) + 1e-5)
            """
        },
        {"softmax-sum"},
    ),
    "softmax along the wrong axis": (
        {
            "softmax": """
            def softmax(Z):
                E = np.exp(Z - np.max(Z))
                return E / np.sum(E, axis=1, keepdims=True)
            """
        },
        {"softmax-values", "softmax-huge", "softmax-far-apart", "softmax-sum"} | TRAJECTORY,
    ),
    "cross_entropy is a sum": (
        {
            "cross_entropy": """
            def cross_entropy(A, Y):
                return -np.sum(np.log(A[Y[0], np.arange(Y.size)]))
            """
        },
        {"cross_entropy-mean"},
    ),
    "cross_entropy is a mean over all entries": (
        {
            "cross_entropy": """
            def cross_entropy(A, Y):
                return -np.mean(np.where(one_hot(Y, len(A)) == 1, np.log(A + 1e-12), 0))
            """
        },
        {"cross_entropy-mean"},
    ),
    "cross_entropy has no minus": (
        {
            "cross_entropy": """
            def cross_entropy(A, Y):
                return np.mean(np.log(A[Y[0], np.arange(Y.size)]))
            """
        },
        {"cross_entropy-picks", "cross_entropy-mean", "cross_entropy-classes"},
    ),
    "cross_entropy multiplies 0 by the logarithm of 0": (
        {
            "cross_entropy": """
            def cross_entropy(A, Y):
                return -np.sum(one_hot(Y, len(A)) * np.log(A)) / Y.size
            """
        },
        {"cross_entropy-zeros"},
    ),
    "cross_entropy takes whole rows": (
        {
            "cross_entropy": """
            def cross_entropy(A, Y):
                return -np.mean(np.log(A[Y[0]]))
            """
        },
        {"cross_entropy-picks", "cross_entropy-mean", "cross_entropy-classes", "cross_entropy-zeros"},
    ),
    "the gradient in the logits lacks the mean": (
        {
            "softmax_cross_entropy_der": """
            def softmax_cross_entropy_der(A, Y):
                return A - one_hot(Y, len(A))
            """
        },
        {"softmax_cross_entropy_der-slope"} | TRAJECTORY,
    ),
    "the gradient in the logits has the wrong sign": (
        {
            "softmax_cross_entropy_der": """
            def softmax_cross_entropy_der(A, Y):
                return (one_hot(Y, len(A)) - A) / Y.size
            """
        },
        {
            "softmax_cross_entropy_der-direction",
            "softmax_cross_entropy_der-slope",
            "softmax_cross_entropy_der-classes",
        }
        | TRAJECTORY,
    ),
    "the gradient in the logits overwrites the probabilities": (
        {
            "softmax_cross_entropy_der": """
            def softmax_cross_entropy_der(A, Y):
                A[Y[0], np.arange(Y.size)] -= 1
                return A / Y.size
            """
        },
        # It is the same array that the caches of the backward pass hold.
        {"softmax_cross_entropy_der-inputs", "backward-inputs"},
    ),
    "forward has no bend": (
        {
            "forward": """
            def forward(X, parameters):
                Z1 = parameters["W1"] @ X + parameters["b1"]
                A2 = softmax(parameters["W2"] @ Z1 + parameters["b2"])
                return A2, {"X": X, "Z1": Z1, "A1": Z1, "A2": A2}
            """
        },
        {"forward-values", "forward-square", "forward-caches"} | TRAJECTORY,
    ),
    "forward bends the last layer too": (
        {
            "forward": """
            def forward(X, parameters):
                Z1 = parameters["W1"] @ X + parameters["b1"]
                A1 = relu(Z1)[0]
                A2 = softmax(relu(parameters["W2"] @ A1 + parameters["b2"])[0])
                return A2, {"X": X, "Z1": Z1, "A1": A1, "A2": A2}
            """
        },
        {"forward-values", "forward-square"} | TRAJECTORY,
    ),
    "backward divides by m once more": (
        {
            "backward": """
            def backward(Y, caches, parameters):
                m = Y.shape[1]
                dZ2 = softmax_cross_entropy_der(caches["A2"], Y)
                dZ1 = relu_der(np.dot(parameters["W2"].T, dZ2), {"Z": caches["Z1"]})
                return {
                    "dW2": np.dot(dZ2, caches["A1"].T) / m,
                    "db2": np.sum(dZ2, axis=1, keepdims=True) / m,
                    "dW1": np.dot(dZ1, caches["X"].T) / m,
                    "db1": np.sum(dZ1, axis=1, keepdims=True) / m,
                }
            """
        },
        {"backward-slope"} | TRAJECTORY,
    ),
    "backward takes Z1 where A1 belongs": (
        {
            "backward": """
            def backward(Y, caches, parameters):
                dZ2 = softmax_cross_entropy_der(caches["A2"], Y)
                dZ1 = relu_der(np.dot(parameters["W2"].T, dZ2), {"Z": caches["Z1"]})
                return {
                    "dW2": np.dot(dZ2, caches["Z1"].T),
                    "db2": np.sum(dZ2, axis=1, keepdims=True),
                    "dW1": np.dot(dZ1, caches["X"].T),
                    "db1": np.sum(dZ1, axis=1, keepdims=True),
                }
            """
        },
        {"backward-last", "backward-slope"} | TRAJECTORY,
    ),
    "backward adds the bias up to one number": (
        {
            "backward": """
            def backward(Y, caches, parameters):
                dZ2 = softmax_cross_entropy_der(caches["A2"], Y)
                dZ1 = relu_der(np.dot(parameters["W2"].T, dZ2), {"Z": caches["Z1"]})
                return {
                    "dW2": np.dot(dZ2, caches["A1"].T),
                    "db2": np.sum(dZ2, axis=1, keepdims=True),
                    "dW1": np.dot(dZ1, caches["X"].T),
                    "db1": np.sum(dZ1) * np.ones((dZ1.shape[0], 1)),
                }
            """
        },
        {"backward-first", "backward-slope"} | TRAJECTORY,
    ),
    "train keeps the incomplete batch": (
        {
            "train": """
            def train(X, Y, parameters, learning_rate, batch_size, epochs, rng):
                parameters, costs = dict(parameters), []
                for epoch in range(epochs):
                    order, losses = rng.permutation(Y.size), []
                    for i in range(0, Y.size, batch_size):
                        x, y = X[:, order[i:i + batch_size]], Y[:, order[i:i + batch_size]]
                        A2, caches = forward(x, parameters)
                        losses.append(cross_entropy(A2, y))
                        gradients = backward(y, caches, parameters)
                        for name in parameters:
                            parameters[name] = parameters[name] - learning_rate * gradients["d" + name]
                    costs.append(np.mean(losses))
                return parameters, costs
            """
        },
        {"train-batches"},
    ),
    "train shuffles once, writes over its start, records the last batch": (
        {
            "train": """
            def train(X, Y, parameters, learning_rate, batch_size, epochs, rng):
                costs, order = [], rng.permutation(Y.size)
                X, Y = X[:, order], Y[:, order]
                for epoch in range(epochs):
                    for i in range(Y.size // batch_size):
                        here = slice(i * batch_size, (i + 1) * batch_size)
                        A2, caches = forward(X[:, here], parameters)
                        gradients = backward(Y[:, here], caches, parameters)
                        for name in ("W1", "b1", "W2", "b2"):
                            parameters[name] -= learning_rate * gradients["d" + name]
                    costs.append(float(cross_entropy(A2, Y[:, here])))
                return parameters, costs
            """
        },
        {"train-costs", "train-order", "train-start"},
    ),
    "train walks uphill": (
        {
            "train": """
            def train(X, Y, parameters, learning_rate, batch_size, epochs, rng):
                parameters, costs = dict(parameters), []
                for epoch in range(epochs):
                    order, losses = rng.permutation(Y.size), []
                    for i in range(Y.size // batch_size):
                        batch = order[i * batch_size : (i + 1) * batch_size]
                        A2, caches = forward(X[:, batch], parameters)
                        losses.append(cross_entropy(A2, Y[:, batch]))
                        gradients = backward(Y[:, batch], caches, parameters)
                        for name in parameters:
                            parameters[name] = parameters[name] + learning_rate * gradients["d" + name]
                    costs.append(np.mean(losses))
                return parameters, costs
            """
        },
        TRAJECTORY,
    ),
}

# Unusual, and right.
RIGHT: dict[str, dict[str, str]] = {
    "loops": {
        "relu": """
        def relu(Z):
            A = [[z if z > 0 else 0.0 for z in row] for row in Z]
            return np.array(A), {"Z": Z}
        """,
        "softmax": """
        def softmax(Z):
            A = np.zeros(Z.shape)
            for j in range(Z.shape[1]):
                top = max(Z[:, j])
                weights = [np.exp(z - top) for z in Z[:, j]]
                for k in range(Z.shape[0]):
                    A[k, j] = weights[k] / sum(weights)
            return A
        """,
        "cross_entropy": """
        def cross_entropy(A, Y):
            total = 0
            for j in range(A.shape[1]):
                total -= np.log(A[int(Y[0][j]), j])
            return total / A.shape[1]
        """,
    },
    "a loss of shape (1, 1) with a constant inside the logarithm, logarithms before exponentials": {
        "cross_entropy": """
        def cross_entropy(A, Y):
            picked = np.sum(A * one_hot(Y, A.shape[0]), axis=0, keepdims=True)
            return -np.log(picked + 1e-6).mean(axis=1, keepdims=True)
        """,
        "softmax": """
        def softmax(Z):
            top = Z.max(axis=0, keepdims=True)
            return np.exp(Z - top - np.log(np.exp(Z - top).sum(axis=0, keepdims=True)))
        """,
    },
    "caches of its own, from the first function to the last": {
        "relu": """
        def relu(Z):
            return np.clip(Z, 0, np.inf), (Z > 0,)
        """,
        "relu_der": """
        def relu_der(dA, cache):
            (mask,) = cache
            if not isinstance(mask, np.ndarray):
                raise TypeError("this is not the cache that relu makes")
            return np.where(mask, dA, 0.0)
        """,
        "forward": """
        def forward(X, parameters):
            A1, gate = relu(np.dot(parameters["W1"], X) + parameters["b1"])
            A2 = softmax(np.dot(parameters["W2"], A1) + parameters["b2"])
            return A2, [X, gate, A1, A2]
        """,
        "backward": """
        def backward(Y, caches, parameters):
            if isinstance(caches, dict):
                raise TypeError("these are not the caches that forward makes")
            X, gate, A1, A2 = caches
            dZ2 = softmax_cross_entropy_der(A2, Y)
            dZ1 = relu_der(parameters["W2"].T.dot(dZ2), gate)
            return dict(dW1=dZ1.dot(X.T), db1=dZ1.dot(np.ones((Y.size, 1))),
                        dW2=dZ2.dot(A1.T), db2=dZ2.dot(np.ones((Y.size, 1))))
        """,
    },
    "another random stream, an array of costs and one more result": {
        "train": """
        def train(X, Y, parameters, learning_rate, batch_size, epochs, rng=None):
            network = {key: np.array(value) for key, value in parameters.items()}
            columns = np.arange(X.shape[1])
            costs = np.zeros(epochs)
            for epoch in range(epochs):
                np.random.shuffle(columns)
                batches = np.split(columns[: len(columns) // batch_size * batch_size], len(columns) // batch_size)
                for batch in batches:
                    A2, caches = forward(X[:, batch], network)
                    costs[epoch] += float(cross_entropy(A2, Y[:, batch])) / len(batches)
                    slopes = backward(Y[:, batch], caches, network)
                    for key in network:
                        network[key] -= learning_rate * slopes["d" + key]
                print("epoch", epoch, "cost", costs[epoch])
            return network, costs, "done"
        """
    },
    "the whole backward pass in one function, other ways to write the parts": {
        "one_hot": """
        def one_hot(Y, n_classes):
            return np.eye(n_classes)[np.ravel(Y)].T
        """,
        "relu": """
        def relu(Z):
            return (np.abs(Z) + Z) / 2, {"Z": Z}
        """,
        "relu_der": """
        def relu_der(dA, cache):
            dZ = np.array(dA, copy=True)
            dZ[~(cache["Z"] > 0)] = 0
            return dZ
        """,
        "softmax_cross_entropy_der": """
        def softmax_cross_entropy_der(A, Y):
            dZ = A.copy()
            for j, label in enumerate(Y[0]):
                dZ[label, j] -= 1
            return dZ / A.shape[1]
        """,
        "backward": """
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
    },
}


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Variants:
    return Variants("two_layer", tmp_path_factory.mktemp("two_layer"))


def noticing(answers: dict[str, str]) -> set[str]:
    """Return what the names of the tests begin with that can notice these answers, training aside."""
    tests = set(answers).union(*(SEEN_IN[name] for name in answers))
    parts = {"train-visible", "train-trajectory", "train-costs", "train-batches", "train-order", "train-start"}
    return tests - {"train"} | parts if "train" in tests else tests


def failing(outcome: Outcome) -> set[str]:
    """Return the hidden tests that failed, without the word that all their names begin with."""
    return {name.removeprefix("test-") for name in outcome.lost}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_loses_the_points_that_it_should(variants: Variants, mistake: str) -> None:
    answers, expected = MISTAKES[mistake]
    outcome = variants.run(answers, noticing(answers))
    assert failing(outcome) == expected, outcome.said
    assert sum(outcome.lost.values()) == sum(variants.points[f"test-{name}"] for name in expected)
    for name, message in outcome.said.items():
        assert len(message) > 20, f"{name} says {message!r}"


@pytest.mark.parametrize("name", RIGHT)
def test_an_unusual_right_answer_loses_nothing(variants: Variants, name: str) -> None:
    outcome = variants.run(RIGHT[name], noticing(RIGHT[name]))
    assert outcome.lost == {}, outcome.said
    assert outcome.score == sum(outcome.points.values()) > 0


def test_the_stub_earns_nothing(variants: Variants) -> None:
    outcome = variants.run_stub()
    assert outcome.lost == variants.points
    assert sum(variants.points.values()) == 100


@pytest.mark.long
def test_the_reference_earns_all_points(variants: Variants) -> None:
    """The first of the sample class hands it in."""
    outcome = variants.run({})
    assert outcome.said == {}
    assert outcome.score == 100


@pytest.mark.long
@pytest.mark.real_data
def test_the_reference_earns_all_points_on_the_real_images(variants: Variants) -> None:
    outcome = variants.run({}, data=real_data())
    assert outcome.said == {}
    assert outcome.score == 100


@pytest.mark.long
@pytest.mark.real_data
def test_an_unusual_right_answer_loses_nothing_on_the_real_images(variants: Variants) -> None:
    """Only what trains differently can do differently there."""
    (answers,) = [answers for answers in RIGHT.values() if "train" in answers]
    outcome = variants.run(answers, data=real_data())
    assert outcome.lost == {}, outcome.said


@pytest.mark.parametrize(
    ("mistake", "is_seen"),
    [
        ("the gradient in the logits lacks the mean", True),
        # The next one is why the tests of the functions carry the points; the sample class has it, too.
        pytest.param("relu_der has no mask", False, marks=pytest.mark.long),
    ],
)
def test_what_the_trained_network_shows_of_a_mistake(variants: Variants, mistake: str, is_seen: bool) -> None:
    outcome = variants.run(MISTAKES[mistake][0])
    assert ("test-train-accuracy" in outcome.lost) == is_seen
    assert failing(outcome) - {"train-accuracy"} == MISTAKES[mistake][1], outcome.said


def test_the_probes_are_failed_by_the_mistakes_that_they_are_for(variants: Variants) -> None:
    """Training sees none of these."""
    failed = set().union(*(expected for _, expected in MISTAKES.values()))
    probes = {"relu_der-zero", "softmax-huge", "softmax-far-apart", "softmax-sum", "backward-slope", "train-order"}
    assert probes <= failed
    assert {f"test-{name}" for name in failed} <= variants.points.keys()
