"""The sample class of `deep`."""

from __future__ import annotations

from autograder.course.samples import Edit, code

UNUSUAL = {
    "sigmoid": code("""
        def sigmoid(Z):
            return (1 + np.tanh(np.asarray(Z) / 2)) / 2
        """),
    "feed_forward_dataset": code("""
        def feed_forward_dataset(X, Y, parameters):
            L = len(parameters) // 2
            A = X
            for l in range(1, L):
                A = sigmoid(np.dot(parameters["W%d" % l], A) + parameters["b%d" % l])
            P = softmax(np.dot(parameters["W%d" % L], A) + parameters["b%d" % L])
            picked = P[Y[0], np.arange(Y.shape[1])]
            return -np.log(picked + 1e-9).sum() / Y.shape[1], (P.argmax(0) == Y[0]).sum() / Y.shape[1]
        """),
    "gradient_errors": code("""
        def gradient_errors(step, x, y, parameters):
            import copy
            moved = step(np.array(x), y, copy.deepcopy(parameters), 0.5)
            errors = {}
            for name in parameters:
                work = copy.deepcopy(parameters)
                slopes = np.zeros(work[name].shape)
                flat, out = work[name].ravel(), slopes.ravel()
                for k in range(flat.size):
                    old = flat[k]
                    flat[k] = old + 1e-4
                    up = feed_forward_sample(x, y, work)[0]
                    flat[k] = old - 1e-4
                    out[k] = (up - feed_forward_sample(x, y, work)[0]) / 2e-4
                    flat[k] = old
                implied = (parameters[name] - moved[name]) / 0.5
                errors[name] = np.linalg.norm(implied - slopes) / np.linalg.norm(slopes)
            return {l + 1: max(errors["W%d" % (l + 1)], errors["b%d" % (l + 1)]) for l in range(len(errors) // 2)}
        """),
    "minibatches": code("""
        def minibatches(X, Y, batch_size, rng):
            m = Y.shape[1]
            order = list(range(m))
            rng.shuffle(order)
            batches = []
            while len(order) >= batch_size:
                batches.append((X[:, order[:batch_size]], Y[:, order[:batch_size]]))
                order = order[batch_size:]
            return batches
        """),
    "predict": code("""
        def predict(X, parameters):
            P = deep_forward(X, parameters)[0]
            return np.array([int(np.argmax(column)) for column in P.T]), P
        """),
}
ON_PAPER = code("""
    2.3026 is $-\\ln \\frac{1}{10}$: all ten classes get the probability 0.1, for every image,
    as if nothing had been looked at.
    On its way up the signal shrinks: the weights of a unit are 0.01 wide, it adds up $n$ of them, half of the inputs
    are cut off, so one layer multiplies by about $0.01\\sqrt{n/2}$, which is 0.20, 0.11, 0.08, 0.06.
    The product is $10^{-4}$, and that is what the table says: 0.00005 instead of 0.5 in the scores.
    So only the last biases can learn something, namely how frequent the classes are, and they are all as frequent.
    The derivatives of the weights are products of what comes down (through the same small weights) and of what
    comes up (tiny), so they are right and almost 0, and thousands of steps go by until the weights have grown.
    With variance $2/n$ the factor is 1 in every layer.
    A rate that is 10,000 times larger would blow the network up as soon as it has woken.
    """)
SLOPE_OF_THE_ACTIVATION = code("""
    def train_one_sample(x, y, parameters, learning_rate):
        L = len(parameters) // 2
        A = [x]
        for l in range(1, L):
            A.append(sigmoid(parameters[f"W{l}"] @ A[-1] + parameters[f"b{l}"]))
        delta = softmax(parameters[f"W{L}"] @ A[-1] + parameters[f"b{L}"])
        delta[y] -= 1
        new = {}
        for l in range(L, 0, -1):
            new[f"W{l}"] = parameters[f"W{l}"] - learning_rate * np.outer(delta, A[l - 1])
            new[f"b{l}"] = parameters[f"b{l}"] - learning_rate * delta
            delta = (parameters[f"W{l}"].T @ delta) * dsigmoid(A[l - 1])
        return new
    """)
VARIANCE_AS_DEVIATION = code("""
    def initialise(net_dims, rng):
        params = {}
        for l in range(1, len(net_dims)):
            variance = 1 / max(net_dims[l - 1], net_dims[l])
            params["W" + str(l)] = rng.normal(0, variance, size=(net_dims[l], net_dims[l - 1]))
            params["b" + str(l)] = np.zeros((net_dims[l], 1))
        return params
    """)
UPDATED_ON_THE_WAY = code("""
    def train_one_sample(x, y, parameters, learning_rate):
        p = parameters
        L = len(p) // 2
        Z, A = [None], [x]
        for l in range(1, L + 1):
            Z.append(p[f"W{l}"] @ A[-1] + p[f"b{l}"])
            A.append(sigmoid(Z[-1]))
        delta = softmax(Z[L])
        delta[y] -= 1
        for l in reversed(range(1, L + 1)):
            p[f"W{l}"] -= learning_rate * delta @ A[l - 1].T
            p[f"b{l}"] -= learning_rate * delta
            if l > 1:
                delta = p[f"W{l}"].T @ delta * dsigmoid(Z[l - 1])
        return p
    """)
NO_COPIES = code("""
    def gradient_errors(step, x, y, parameters):
        after = step(x, y, parameters, 1)
        errors = {}
        for l in range(1, len(parameters) // 2 + 1):
            wrong, size = 0, 0
            for name in ("W%d" % l, "b%d" % l):
                for i in np.ndindex(parameters[name].shape):
                    old = parameters[name][i]
                    parameters[name][i] = old + 1e-5
                    up = feed_forward_sample(x, y, parameters)[0]
                    parameters[name][i] = old - 1e-5
                    down = feed_forward_sample(x, y, parameters)[0]
                    parameters[name][i] = old
                    slope = (up - down) / 2e-5
                    wrong += (old - after[name][i] - slope) ** 2
                    size += slope**2
            errors[l] = np.sqrt(wrong / size)
        return errors
    """)
SAMPLES_WITHOUT_LABELS = code("""
    def minibatches(X, Y, batch_size, rng):
        m = X.shape[1]
        X = X[:, rng.permutation(m)]
        Y = Y[:, rng.permutation(m)]
        for k in range(m // batch_size):
            yield X[:, k * batch_size:(k + 1) * batch_size], Y[:, k * batch_size:(k + 1) * batch_size]
    """)

CLASS = {
    "ada": Edit("right and vectorised, the explanation too", {"written-answer": ON_PAPER}),
    "boris": Edit("right, by other ways", UNUSUAL),
    "chen": Edit("untouched", {}, untouched=True),
    "dana": Edit("the derivative taken of the activation", {"train_one_sample": SLOPE_OF_THE_ACTIVATION}),
    "emil": Edit(
        "the variance taken for the standard deviation, samples shuffled without their labels",
        {"initialise": VARIANCE_AS_DEVIATION, "minibatches": SAMPLES_WITHOUT_LABELS},
    ),
    "fatou": Edit(
        "weights moved on the way down, an instrument that hands out no copies",
        {"train_one_sample": UPDATED_ON_THE_WAY, "gradient_errors": NO_COPIES},
    ),
}
