"""Answers of the assignment `foundations` through the real engine: mistakes fail the tests meant for them, no other.

A variant runs with the tests of its own exercise only, beside the reference; the whole notebook is run for the
reference and for the stubs.
"""

from __future__ import annotations

from assignment_variants import NamesFaults, Variants, VariantTests

from bank.foundations import CLASS as SAMPLES


def sample(student: str, exercise: str) -> str:
    """Return what a student of the sample class answers."""
    return SAMPLES[student].answers[exercise]


def staircase(pieces: str, place: str) -> str:
    """Return a staircase with so many pieces, which take their values at `place`."""
    return f"""
        def approximate(f, lipschitz, B, eps):
            N = max(1, int(np.ceil({pieces})))
            edges = np.linspace(-B, B, N + 1)
            values = f({place})
            return np.ones((N, 1)), -edges[:-1, None], np.diff(values, prepend=0)[None], np.zeros((1, 1))
    """


MIDDLE, LEFT_END = "(edges[:-1] + edges[1:]) / 2", "edges[:-1]"

# exercise, answer, the tests that must fail; the visible test has no points.
MISTAKES = {
    "one loss a sample": ("l1_loss", sample("dana", "l1_loss"), {"visible", "deviations", "mean", "inputs"}),
    "squares": (
        "l1_loss",
        "def l1_loss(X, Y, w):\n    return np.mean((w.T @ X - Y) ** 2)",
        {"visible", "deviations", "mean", "inputs"},
    ),
    "a sum": ("l1_loss", "def l1_loss(X, Y, w):\n    return np.sum(np.abs(w.T @ X - Y))", {"visible", "mean"}),
    "residuals in place": (
        "l1_loss",
        "def l1_loss(X, Y, w):\n    Y -= w.T @ X\n    return np.abs(Y).mean()",
        {"inputs"},
    ),
    "no signs": (
        "l1_subgradient",
        sample("dana", "l1_subgradient"),
        {"visible", "direction", "mean", "kinks", "shape", "inputs"},
    ),
    "every sample by itself": (
        "l1_subgradient",
        "def l1_subgradient(X, Y, w):\n    return X * np.sign(w.T @ X - Y) / X.shape[1]",
        {"visible", "direction", "mean", "kinks", "shape", "inputs"},
    ),
    "the residuals and not their signs": (
        "l1_subgradient",
        "def l1_subgradient(X, Y, w):\n    return X @ (w.T @ X - Y).T / X.shape[1]",
        {"visible", "direction", "mean", "kinks", "shape", "inputs"},
    ),
    "the other sign": (
        "l1_subgradient",
        "def l1_subgradient(X, Y, w):\n    return X @ np.sign(Y - w.T @ X).T / X.shape[1]",
        {"visible", "direction"},
    ),
    "no mean": (
        "l1_subgradient",
        "def l1_subgradient(X, Y, w):\n    return X @ np.sign(w.T @ X - Y).T",
        {"visible", "mean"},
    ),
    "a mean over features": (
        "l1_subgradient",
        "def l1_subgradient(X, Y, w):\n    return X @ np.sign(w.T @ X - Y).T / len(X)",
        {"mean"},
    ),
    "zero through zero": (
        "l1_subgradient",
        "def l1_subgradient(X, Y, w):\n    r = w.T @ X - Y\n    return X @ (r / np.abs(r)).T / X.shape[1]",
        {"kinks"},
    ),
    "flat": (
        "l1_subgradient",
        "def l1_subgradient(X, Y, w):\n    return (X @ np.sign(w.T @ X - Y).T / X.shape[1]).ravel()",
        {"visible", "shape"},
    ),
    "least squares": ("l1_fit", sample("emil", "l1_fit"), {"visible", "outliers", "feature", "ties"}),
    "no weights found": (
        "l1_fit",
        "def l1_fit(X, Y):\n    return np.zeros((len(X), 1))",
        {"visible", "outliers", "feature", "exact", "ties", "shape", "inputs"},
    ),
    "the median of the quotients": (
        "l1_fit",
        "def l1_fit(X, Y):\n    return np.median(Y / X, axis=1, keepdims=True)",
        {"outliers", "feature", "exact", "ties"},
    ),
    "the first samples fitted exactly": (
        "l1_fit",
        "def l1_fit(X, Y):\n    d = len(X)\n    return np.linalg.pinv(X[:, :d].T) @ Y[:, :d].T",
        {"visible", "outliers", "feature", "ties"},
    ),
    "a few fixed steps": (
        "l1_fit",
        """
        def l1_fit(X, Y):
            w = np.zeros((len(X), 1))
            for _ in range(200):
                w = w - 0.1 * l1_subgradient(X, Y, w)
            return w
        """,
        {"feature", "exact", "ties"},
    ),
    "plain median": ("weighted_median", sample("emil", "weighted_median"), {"visible", "weights", "interval"}),
    "a weighted mean": (
        "weighted_median",
        "def weighted_median(values, weights):\n    return np.average(values, weights=weights)",
        {"visible", "weights", "interval", "inputs"},
    ),
    "weights not sorted with the values": (
        "weighted_median",
        """
        def weighted_median(values, weights):
            reached = np.cumsum(weights)
            return np.sort(values)[np.searchsorted(reached, reached[-1] / 2)]
        """,
        {"visible", "weights", "interval"},
    ),
    "sorted in place": (
        "weighted_median",
        """
        def weighted_median(values, weights):
            order = np.argsort(values)
            values[:], weights[:] = values[order], weights[order]
            return values[np.searchsorted(np.cumsum(weights), weights.sum() / 2)]
        """,
        {"inputs"},
    ),
    "a box on the left": ("box_network", sample("fatou", "box_network"), {"visible", "box"}),
    "a box that never ends": (
        "box_network",
        """
        def box_network(height, delta):
            return np.ones((2, 1)), np.array([[0.0], [-delta]]), np.array([[height, 0.0]]), np.zeros((1, 1))
        """,
        {"visible", "box"},
    ),
    "only upwards": (
        "box_network",
        """
        def box_network(height, delta):
            h = abs(height)
            return np.ones((2, 1)), np.array([[0.0], [-delta]]), np.array([[h, -h]]), np.zeros((1, 1))
        """,
        {"negative"},
    ),
    "an output bias for each unit": (
        "box_network",
        """
        def box_network(height, delta):
            return np.ones((2, 1)), np.array([[0.0], [-delta]]), np.array([[height, -height]]), np.zeros((2, 1))
        """,
        {"visible", "box", "negative", "shapes"},
    ),
    "flat arrays": (
        "box_network",
        """
        def box_network(height, delta):
            return np.ones(2), np.array([0.0, -delta]), np.array([height, -height]), 0.0
        """,
        {"visible", "shapes"},
    ),
    "half the pieces": ("approximate", sample("fatou", "approximate"), {"visible", "sine", "bend"}),
    "the value at the left end": (
        "approximate",
        staircase("lipschitz * B / eps", LEFT_END),
        {"visible", "sine", "bend"},
    ),
    "many units": ("approximate", staircase("5 * lipschitz * B / eps", MIDDLE), {"visible", "units"}),
    "boxes, twice too many": (
        "approximate",
        sample("boris", "approximate").replace("lipschitz * B / eps", "2 * lipschitz * B / eps"),
        {"visible", "units"},
    ),
    "rounded down": (
        "approximate",
        staircase("np.floor(lipschitz * B / eps)", MIDDLE),
        {"visible", "sine", "bend"},
    ),
    "always the sine": (
        "approximate",
        staircase("lipschitz * B / eps", MIDDLE).replace(" f(", " np.sin("),
        {"visible", "sine", "bend", "unseen", "units", "shapes"},
    ),
    "nothing": (
        "approximate",
        """
        def approximate(f, lipschitz, B, eps):
            return np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1))
        """,
        {"visible", "sine", "bend", "unseen", "units", "shapes"},
    ),
    "diagonal only": ("softmax_jacobian", sample("goran", "softmax_jacobian"), {"visible", "others"}),
    "a plus between the parts": (
        "softmax_jacobian",
        """
        def softmax_jacobian(z):
            p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
            return np.diag(p) + np.outer(p, p)
        """,
        {"visible", "diagonal", "others"},
    ),
    "no diagonal": (
        "softmax_jacobian",
        """
        def softmax_jacobian(z):
            p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
            return -np.outer(p, p)
        """,
        {"visible", "diagonal"},
    ),
    "no shift": (
        "softmax_jacobian",
        """
        def softmax_jacobian(z):
            p = np.exp(z) / np.exp(z).sum()
            return np.diag(p) - np.outer(p, p)
        """,
        {"huge"},
    ),
    "shift in place": (
        "softmax_jacobian",
        """
        def softmax_jacobian(z):
            z -= z.max()
            p = np.exp(z) / np.exp(z).sum()
            return np.diag(p) - np.outer(p, p)
        """,
        {"inputs"},
    ),
    "three classes": (
        "softmax_jacobian",
        """
        def softmax_jacobian(z):
            p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
            return np.eye(3) * p - np.outer(p, p)
        """,
        {"classes"},
    ),
    "no minus before the fraction": (
        "cross_entropy_via_jacobian",
        """
        def cross_entropy_via_jacobian(z, y):
            p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
            return softmax_jacobian(z) @ (np.eye(len(z))[y] / p)
        """,
        {"visible", "slopes"},
    ),
    "all classes in the fraction": (
        "cross_entropy_via_jacobian",
        """
        def cross_entropy_via_jacobian(z, y):
            p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
            return softmax_jacobian(z) @ (-1 / p)
        """,
        {"visible", "slopes", "classes", "apart", "inputs"},
    ),
    "the chain cut short": (
        "cross_entropy_via_jacobian",
        """
        def cross_entropy_via_jacobian(z, y):
            p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
            return np.diag(softmax_jacobian(z)) * -np.eye(len(z))[y] / p
        """,
        {"visible", "slopes", "classes", "apart", "inputs"},
    ),
    "a constant below the fraction": (
        "cross_entropy_via_jacobian",
        """
        def cross_entropy_via_jacobian(z, y):
            p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
            return -softmax_jacobian(z)[y] / (p[y] + 1e-9)
        """,
        {"visible", "apart"},
    ),
}

# What a message must say: mistake, test, words.
SAID = {
    "a sum": ("mean", "8 times for 3 features and 8 samples"),
    "the other sign": ("direction", "wrong sign"),
    "no mean": ("mean", "8 times for 3 features and 8 samples"),
    "least squares": ("outliers", "times the smallest one"),
    "half the pieces": ("bend", "times eps for |x - c|"),
    "rounded down": ("sine", "larger than eps by"),
    "an output bias for each unit": ("box", "they have 2, 2, 2, 2 numbers"),
    "diagonal only": ("others", "They are all 0"),
    "no minus before the fraction": ("slopes", "wrong sign"),
    "a constant below the fraction": ("apart", "scores that are 95 apart"),
}

RIGHT = {
    "a loss by a loop, as 1x1": (
        "l1_loss",
        """
        def l1_loss(X, Y, w):
            total = 0.0
            for j in range(X.shape[1]):
                total = total + abs(sum(w[i, 0] * X[i, j] for i in range(len(X))) - Y[0, j])
            return np.array([[total / X.shape[1]]])
        """,
    ),
    "always up at a kink": (
        "l1_subgradient",
        """
        def l1_subgradient(X, Y, w):
            g = np.zeros(w.shape)
            for x, y in zip(X.T, Y[0]):
                g += (1 if x @ w[:, 0] >= y else -1) * x[:, None]
            return g / Y.size
        """,
    ),
    "somewhere between at a kink": (
        "l1_subgradient",
        """
        def l1_subgradient(X, Y, w):
            r = w.T @ X - Y
            return np.mean(np.where(r > 0, 1, np.where(r < 0, -1, 0.3)) * X, axis=1, keepdims=True)
        """,
    ),
    "a fit by all subsets": ("l1_fit", sample("boris", "l1_fit")),
    "a fit by subgradients": (
        "l1_fit",
        """
        def l1_fit(X, Y):
            best = np.zeros((len(X), 1))
            for stage in range(20):  # steps become shorter within a stage, and from stage to stage
                w = best
                for k in range(100):
                    g = l1_subgradient(X, Y, w)
                    w = w - 20 / 1.6**stage * g / (np.linalg.norm(g) + 1e-30) / np.sqrt(k + 1)
                    best = w if l1_loss(X, Y, w) < l1_loss(X, Y, best) else best
            return best
        """,
    ),
    "a median by all values": ("weighted_median", sample("boris", "weighted_median")),
    "a median by bisection": (
        "weighted_median",
        """
        def weighted_median(values, weights):
            low, high = min(values), max(values)
            for _ in range(80):
                middle = (low + high) / 2
                if np.sum(weights * np.sign(middle - values)) < 0:
                    low = middle
                else:
                    high = middle
            return np.array([high])
        """,
    ),
    "the middle of the right interval": (
        "weighted_median",
        """
        def weighted_median(values, weights):
            sums = [np.sum(weights * np.abs(values - t)) for t in values]
            best = [t for t, s in zip(values, sums) if s <= min(sums) + 1e-12]
            return (min(best) + max(best)) / 2
        """,
    ),
    "two units that face each other": ("box_network", sample("boris", "box_network")),
    "steep units": (
        "box_network",
        """
        def box_network(height, delta):
            h = float(height)
            return np.array([[50.0], [7]]), np.array([[-50.0 * delta], [0]]), np.array([[-h, h]]), np.array([[0]])
        """,
    ),
    "boxes side by side": ("approximate", sample("boris", "approximate")),
    "a staircase from below": ("approximate", staircase("lipschitz * B / eps", MIDDLE)),
    "left ends, twice the pieces": ("approximate", staircase("2 * lipschitz * B / eps", LEFT_END)),
    "f at one number at a time": (
        "approximate",
        staircase("lipschitz * B / eps", MIDDLE).replace(f"f({MIDDLE})", f"[f(float(x)) for x in {MIDDLE}]"),
    ),
    "a Jacobian by loops": ("softmax_jacobian", sample("boris", "softmax_jacobian")),
    "a Jacobian as a list": (
        "softmax_jacobian",
        """
        def softmax_jacobian(z):
            p = np.exp(z - np.logaddexp.reduce(z))
            return [[float(-p[i] * p[j] if i != j else p[i] - p[i] ** 2) for j in range(len(z))] for i in range(len(z))]
        """,
    ),
    "one row of the Jacobian": (
        "cross_entropy_via_jacobian",
        """
        def cross_entropy_via_jacobian(z, y):
            p = np.exp(z - np.logaddexp.reduce(z))
            return -softmax_jacobian(z)[y] / p[y]
        """,
    ),
    "the short way": (
        "cross_entropy_via_jacobian",
        """
        def cross_entropy_via_jacobian(z, y):
            p = np.exp(z - z.max())
            return p / p.sum() - (np.arange(len(z)) == y)
        """,
    ),
}


class TestFoundations(NamesFaults, VariantTests):
    """Variants of `foundations`."""

    name = "foundations"
    by_machine = 90
    mistakes = MISTAKES
    right = RIGHT
    told = SAID

    def test_what_a_wrong_jacobian_costs(self, variants: Variants) -> None:
        wrong = {"softmax_jacobian": sample("goran", "softmax_jacobian")}
        outcome = variants.run(wrong, ("softmax_jacobian", "cross_entropy_via_jacobian"))
        assert set(outcome.lost) == {"test-softmax_jacobian-others"}
