"""The sample class of `multi_layer`."""

from __future__ import annotations

from autograder.course.samples import Edit, code

SLOW_LOOPS = {
    "relu_der": code("""
        def relu_der(dA, cache):
            Z = cache["Z"]
            dZ = np.zeros(np.shape(dA))
            for j in range(dZ.shape[1]):
                on = [i for i, z in enumerate(Z[:, j].tolist()) if z > 0]
                dZ[on, j] = dA[on, j]
            return dZ
        """),
    "softmax_cross_entropy_loss": code("""
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
    "softmax_cross_entropy_loss_der": code("""
        def softmax_cross_entropy_loss_der(Y, cache):
            n, m = cache["A"].shape
            dZ = np.zeros((n, m))
            for i in range(n):
                for j in range(m):
                    dZ[i, j] = (cache["A"][i, j] - (1 if i == Y[0, j] else 0)) / m
            return dZ
        """),
}
NO_MASK = code("""
    def relu_der(dA, cache):
        dZ = np.array(dA)
        return dZ
    """)
MEAN_OVER_ALL_ENTRIES = code("""
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
FORGOT_THE_MEAN = code("""
    def softmax_cross_entropy_loss_der(Y, cache):
        dZ = cache["A"].copy()
        dZ[Y[0], np.arange(Y.shape[1])] -= 1
        return dZ
    """)
VARIANCE_FOR_DEVIATION = code("""
    def initialize_network(net_dims):
        parameters = {}
        for l in range(1, len(net_dims)):
            parameters["W" + str(l)] = np.random.normal(0, 0.1, (net_dims[l], net_dims[l - 1]))
            parameters["b" + str(l)] = np.zeros((net_dims[l], 1))
        return parameters
    """)
BIAS_GRADIENT_AVERAGED = code("""
    def linear_backward(dZ, cache, W, b):
        dA_prev = np.dot(W.T, dZ)
        dW = np.dot(dZ, cache["A"].T)
        db = np.mean(dZ, axis=1, keepdims=True)
        return dA_prev, dW, db
    """)
IMPORT_FAILS = code("""
    import tensorflow as tf

    def relu(Z):
        return np.maximum(Z, 0), {"Z": Z}
    """)
ENDLESS_LOOP = code("""
    tries = 0
    while tries >= 0:  # until it works
        tries += 1

    def classify(X, parameters):
        logits, caches = multi_layer_forward(X, parameters)
        return np.argmax(logits, axis=0).reshape(1, -1)
    """)

CLASS = {
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
}
