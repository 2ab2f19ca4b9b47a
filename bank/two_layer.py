"""The sample class of `two_layer`."""

from __future__ import annotations

from autograder.course.samples import Edit, code
from bank.multi_layer import NO_MASK

SLOW_LOOPS = {
    "relu": code("""
        def relu(Z):
            A = np.zeros(Z.shape)
            for i in range(Z.shape[0]):
                for j in range(Z.shape[1]):
                    A[i, j] = max(0, Z[i, j])
            return A, {"Z": Z}
        """),
    "softmax": code("""
        def softmax(Z):
            A = np.zeros(Z.shape)
            for j in range(Z.shape[1]):
                weights = [np.exp(z - max(Z[:, j])) for z in Z[:, j]]
                A[:, j] = [w / sum(weights) for w in weights]
            return A
        """),
    "cross_entropy": code("""
        def cross_entropy(A, Y):
            loss = 0
            for j in range(Y.shape[1]):
                loss = loss - np.log(A[Y[0, j], j] + 1e-9)
            return loss / Y.shape[1]
        """),
}
CLASSES_FROM_LABELS = code("""
    def one_hot(Y, n_classes):
        T = np.zeros((np.max(Y) + 1, Y.shape[1]))
        for j in range(Y.shape[1]):
            T[Y[0, j], j] = 1
        return T
    """)
SUM_OVER_SAMPLES = code("""
    def cross_entropy(A, Y):
        return -np.sum(one_hot(Y, A.shape[0]) * np.log(A + 1e-8))
    """)
ONE_MAXIMUM_AND_A_CONSTANT = code("""
    def softmax(Z):
        exps = np.exp(Z - np.max(Z))
        return exps / (np.sum(exps, axis=0, keepdims=True) + 1e-5)
    """)
PROBABILITIES_OVERWRITTEN = code("""
    def softmax_cross_entropy_der(A, Y):
        m = Y.shape[1]
        A[Y[0], range(m)] -= 1
        return A / m
    """)
BEFORE_THE_BEND = code("""
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
INCOMPLETE_BATCH_KEPT = code("""
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
HALF_DONE = code("""
    def backward(Y, caches, parameters):
        dZ2 = softmax_cross_entropy_der(caches["A2"], Y)
        dW2 = dZ2 @ caches["A1"].T
        return {"dW2": dW2}  # no idea how to go on
    """)

CLASS = {
    "ada": Edit("right and vectorised", {}),
    "boris": Edit("right, with slow Python loops", SLOW_LOOPS),
    "chen": Edit("untouched", {}, untouched=True),
    "dana": Edit("no mask in relu_der", {"relu_der": NO_MASK}),
    "emil": Edit("loss added up, not averaged", {"cross_entropy": SUM_OVER_SAMPLES}),
    "fatou": Edit("one maximum for the batch, and a constant", {"softmax": ONE_MAXIMUM_AND_A_CONSTANT}),
    "goran": Edit("probabilities overwritten", {"softmax_cross_entropy_der": PROBABILITIES_OVERWRITTEN}),
    "hana": Edit("dW2 from Z1 where A1 belongs", {"backward": BEFORE_THE_BEND}),
    "ivo": Edit("the incomplete batch is kept", {"train": INCOMPLETE_BATCH_KEPT}),
    "jun": Edit("classes counted from the labels", {"one_hot": CLASSES_FROM_LABELS}),
    "kira": Edit("backward half done", {"backward": HALF_DONE}),
}
