"""The sample class of `momentum`."""

from __future__ import annotations

from autograder.course.samples import Edit, code

SLOW_LOOPS = {
    "softmax": code("""
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
    "average_ce": code("""
        def average_ce(Y, A):
            total = 0.0
            for j in range(A.shape[1]):
                total -= np.log(A[Y[0, j], j])
            return total / A.shape[1]
        """),
}
ON_PAPER = code("""
    For one sample let $p$ be the probabilities and $y$ the true class, so the loss is $-\\ln p_y$.
    Since $\\partial p_y / \\partial z_k = p_y (1 - p_y)$ for $k = y$ and $-p_y p_k$ else, its derivative in the scores
    is $p_k - 1$ at the true class and $p_k$ elsewhere.
    For the batch: $dZ_2 = (P - T)/m$ of shape (10, m), and the mean enters here only, for all that follows is linear;
    $dA_1 = W_2^T dZ_2$ is (100, m), $dZ_1$ is the same with zeros where $Z_1 \\le 0$, and
    $dW_1 = dZ_1 X^T$ is (100, m)(m, 784) = (100, 784), a sum over the samples.
    At 0 I take 0; exact zeros hardly ever occur.
    Central differences would find a mistake.
    """)
NO_SHIFT = code("""
    def softmax(Z):
        E = np.exp(Z)
        return E / np.sum(E, axis=0)
    """)
MEAN_OVER_ENTRIES = code("""
    def average_ce(Y, A):
        one_hot = (np.arange(len(A)).reshape(-1, 1) == Y).astype(float)
        return -np.mean(one_hot * np.log(A + 1e-9))
    """)
MEAN_FORGOTTEN = code("""
    def grad_ce(Y, A):
        dZ = A.copy()
        dZ[Y[0], np.arange(Y.shape[1])] -= 1
        return dZ
    """)
NO_GATE = code("""
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
GATE_IN_THE_ACTIVATIONS = code("""
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
AVERAGED_VELOCITY = code("""
    def momentum_step(parameters, velocity, gradients, learning_rate, gamma):
        new_parameters, new_velocity = {}, {}
        for name in parameters:
            new_velocity[name] = gamma * velocity[name] + (1 - gamma) * learning_rate * gradients["d" + name]
            new_parameters[name] = parameters[name] - new_velocity[name]
        return new_parameters, new_velocity
    """)
VELOCITY_FORGOTTEN = code("""
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

CLASS = {
    "ada": Edit("right and vectorised, the derivation too", {"written-answer": ON_PAPER}),
    "boris": Edit("right, with slow Python loops", SLOW_LOOPS),
    "chen": Edit("untouched", {}, untouched=True),
    "dana": Edit("no gate on the way back", {"back_propagation": NO_GATE}),
    "emil": Edit("loss averaged over all entries", {"average_ce": MEAN_OVER_ENTRIES}),
    "fatou": Edit("1/m forgotten in the gradient", {"grad_ce": MEAN_FORGOTTEN}),
    "goran": Edit("no shift in the softmax", {"softmax": NO_SHIFT}),
    "hana": Edit("gradient averaged into the velocity", {"momentum_step": AVERAGED_VELOCITY}),
    "ivo": Edit("the velocity set to zero in every epoch", {"train": VELOCITY_FORGOTTEN}),
    "jun": Edit("the gate built inside the activations", {"back_propagation": GATE_IN_THE_ACTIVATIONS}),
}
