"""The sample class of `foundations`."""

from __future__ import annotations

from autograder.course.samples import Edit, code

UNUSUAL = {
    "l1_fit": code("""
        from itertools import combinations
        def l1_fit(X, Y):
            # some best weights fit d of the samples exactly: try them all
            d, m = X.shape
            best, lowest = None, np.inf
            for some in combinations(range(m), d):
                some = list(some)
                if abs(np.linalg.det(X[:, some])) > 1e-12:
                    w = np.linalg.solve(X[:, some].T, Y[:, some].T)
                    loss = l1_loss(X, Y, w)
                    if loss < lowest:
                        best, lowest = w, loss
            return best
        """),
    "weighted_median": code("""
        def weighted_median(values, weights):
            best = None
            for t in values:
                total = 0
                for v, c in zip(values, weights):
                    total += c * abs(t - v)
                if best is None or total < best[0]:
                    best = total, t
            return best[1]
        """),
    "box_network": code("""
        def box_network(height, delta):
            # one unit is on to the right of 0, the other to the left of delta
            W1 = np.array([[1.0], [-1.0]])
            b1 = np.array([[0.0], [delta]])
            return W1, b1, np.array([[height, height]]), np.array([[-height]])
        """),
    "approximate": code("""
        def approximate(f, lipschitz, B, eps):
            pieces = int(np.ceil(lipschitz * B / eps))
            width = 2 * B / pieces
            W1, b1, W2 = [], [], []
            for k in range(pieces):  # a box for each piece
                left = -B + k * width
                height = f(left + width / 2)
                W1 += [[1.0], [1.0]]
                b1 += [[-left], [-(left + width)]]
                W2 += [height, -height]
            return np.array(W1), np.array(b1), np.array([W2]), np.array([[0.0]])
        """),
    "softmax_jacobian": code("""
        def softmax_jacobian(z):
            K = len(z)
            e = [np.exp(s - max(z)) for s in z]
            p = [x / sum(e) for x in e]
            J = np.empty((K, K))
            for i in range(K):
                for j in range(K):
                    J[i, j] = p[i] * ((i == j) - p[j])
            return J
        """),
}
IN_WRITING = code("""
    The loss is one number; as a function of $w$ it is convex and made of straight pieces, with kinks where
    a residual is 0.
    Squared loss: $X(X^T w - Y^T) = 0$ is a linear system for $w$.
    Absolute loss: $X s = 0$ holds signs only, which stay the same while $w$ moves and then jump, so there is nothing to
    solve for $w$.
    There is a minimum all the same: the loss is convex and not below 0. It lies at a kink, where many numbers in
    $[-1, 1]$ may stand for a sign, and 0 is one of the subgradients; with such numbers one checks it.
    A linear program finds it. With a single feature there is a formula, the weighted median.
    """)
NO_SIGNS = code("""
    def l1_subgradient(X, Y, w):
        return X.mean(axis=1, keepdims=True)
    """)
ONE_LOSS_A_SAMPLE = code("""
    def l1_loss(X, Y, w):
        return np.abs(w.T @ X - Y) / X.shape[1]
    """)
LEAST_SQUARES = code("""
    def l1_fit(X, Y):
        return np.linalg.solve(X @ X.T, X @ Y.T)
    """)
PLAIN_MEDIAN = code("""
    def weighted_median(values, weights):
        return np.median(values)
    """)
BOX_TO_THE_LEFT = code("""
    def box_network(height, delta):
        W1 = np.array([[1.0], [1.0]])
        b1 = np.array([[0.0], [delta]])
        W2 = np.array([[height, -height]])
        return W1, b1, W2, np.array([[0.0]])
    """)
TOO_FEW_PIECES = code("""
    def approximate(f, lipschitz, B, eps):
        N = int(np.ceil(lipschitz * B / (2 * eps)))
        edges = np.linspace(-B, B, N + 1)
        values = f((edges[:-1] + edges[1:]) / 2)
        heights = np.diff(values, prepend=0)
        return np.ones((N, 1)), -edges[:-1].reshape(-1, 1), heights.reshape(1, -1), np.zeros((1, 1))
    """)
DIAGONAL_ONLY = code("""
    def softmax_jacobian(z):
        e = np.exp(z - np.max(z))
        p = e / np.sum(e)
        return np.diag(p * (1 - p))
    """)

CLASS = {
    "ada": Edit("right and short, the explanation too", {"written-answer": IN_WRITING}),
    "boris": Edit("right, by other ways", UNUSUAL),
    "chen": Edit("untouched", {}, untouched=True),
    "dana": Edit(
        "no signs in the subgradient, one loss a sample", {"l1_subgradient": NO_SIGNS, "l1_loss": ONE_LOSS_A_SAMPLE}
    ),
    "emil": Edit(
        "means where medians belong: least squares, the plain median",
        {"l1_fit": LEAST_SQUARES, "weighted_median": PLAIN_MEDIAN},
    ),
    "fatou": Edit(
        "a box on the wrong side, half the pieces", {"box_network": BOX_TO_THE_LEFT, "approximate": TOO_FEW_PIECES}
    ),
    "goran": Edit("only the diagonal of the Jacobian", {"softmax_jacobian": DIAGONAL_ONLY}),
}
