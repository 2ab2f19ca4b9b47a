"""What goes wrong in `foundations`."""

import itertools

import numpy as np
from hypothesis import strategies as st

from autograder.misconceptions import (
    author,
    edited,
    halves,
    inputs,
    matrix,
    misconception,
    sizes,
    unusual,
    unusual_edit,
    up_to,
)

# 1. l1_loss


@inputs("l1_loss", call="l1_loss(X, Y, w)")
@st.composite
def predictions(draw):
    d, m = draw(sizes((1, 4), (1, 5)))
    return {"X": draw(matrix(d, m)), "Y": draw(matrix(1, m)), "w": draw(matrix(d, 1))}


LOSS = "np.abs(w.T @ X - Y).mean()"

loss_of_each_sample = edited(
    "l1_loss",
    (".mean()", ""),
    says="You return one number for each sample. A loss is a single number, or nobody could say which of two is "
    "smaller: here it is the mean of these.",
    see="eq:absolute-loss",
)
share_of_each_sample = edited(
    "l1_loss",
    (".mean()", " / X.shape[1]"),
    says="You divide by the number of samples, but you do not add them up: there is one number for each of them, and a "
    "loss is a single one.",
    see="eq:absolute-loss",
)
squares = edited(
    "l1_loss",
    (LOSS, "((w.T @ X - Y) ** 2).mean()"),
    says="You square the residuals. That is least squares, in which a few values that are far off outweigh all the "
    "others.",
    see="eq:absolute-loss",
)
root_of_squares = edited(
    "l1_loss",
    (LOSS, "np.sqrt(((w.T @ X - Y) ** 2).mean())"),
    says="The root of the mean square is not the mean deviation: the large residuals count for more in it. "
    "Each one has to lose its sign before the mean is taken.",
    see="eq:absolute-loss",
)
deviations_summed = edited(
    "l1_loss",
    (".mean()", ".sum()"),
    says="You add the samples up. The loss is a mean over them, so that it does not grow with their number.",
    see="eq:absolute-loss",
)
mean_over_features = edited(
    "l1_loss",
    (".mean()", ".sum() / len(X)"),
    says="You divide by the number of features, the rows. The samples are the columns, and the mean is taken over "
    "them.",
    see="eq:absolute-loss",
)
signed_mean = edited(
    "l1_loss",
    (LOSS, "(w.T @ X - Y).mean()"),
    says="Your residuals keep their signs, so that one that is too large makes up for one that is too small. "
    "A loss may not fall below 0.",
    see="eq:absolute-loss",
)
size_of_the_mean = edited(
    "l1_loss",
    (LOSS, "np.abs((w.T @ X - Y).mean())"),
    says="You take the mean first and then its size. By then residuals of opposite sign have cancelled each other.",
    see="eq:absolute-loss",
)
residuals_in_Y = edited(
    "l1_loss",
    ("return np.abs(w.T @ X - Y).mean()", "Y -= w.T @ X\n    return np.abs(Y).mean()"),
    says="You compute the residuals inside Y. The loss is right once; after that the caller has no data left to fit.",
    see="eq:absolute-loss",
    kind="side effect",
)


@unusual("l1_loss")
def loss_in_a_loop(X, Y, w):
    total = 0.0
    for j in range(X.shape[1]):
        total = total + abs(sum(w[i, 0] * X[i, j] for i in range(len(X))) - Y[0, j])
    return np.array([[total / X.shape[1]]])


by_a_norm = unusual_edit("l1_loss", (LOSS, "np.linalg.norm((Y - w.T @ X).ravel(), ord=1) / Y.size"))


# 2. l1_subgradient


@inputs("l1_subgradient", call="l1_subgradient(X, Y, w)")
@st.composite
def smooth_places(draw):
    """No residual is 0."""
    d, m = draw(sizes((1, 4), (1, 5)))
    X, w = draw(matrix(d, m)), draw(matrix(d, 1))
    r = draw(matrix(1, m, (1.0, -1.0, 0.5, -2.0, 3.0)))
    return {"X": X, "Y": w.T @ X - r, "w": w}


def within_a_sample(theirs, right):
    """Four samples, of which one is at its kink and made of ones: it may pull either way."""
    if np.shape(theirs) != np.shape(right):
        return False
    apart = np.asarray(theirs) - right
    return (np.abs(apart) <= 0.25 + 1e-6).all() and np.ptp(apart) < 1e-6


@inputs("l1_subgradient", call="l1_subgradient(X, Y, w)", same=within_a_sample)
@st.composite
def kinks(draw):
    d = draw(st.integers(1, 3))
    X, w = draw(matrix(d, 4)), draw(matrix(d, 1))
    X[:, 0] = 1
    r = draw(matrix(1, 4, (1.0, -2.0)))
    r[0, 0] = 0
    return {"X": X, "Y": w.T @ X - r, "w": w}


SUBGRADIENT, SIGNS = "X @ signs.T / X.shape[1]", "np.sign(w.T @ X - Y)"

no_signs = edited(
    "l1_subgradient",
    (SUBGRADIENT, "X.mean(axis=1, keepdims=True)"),
    says="The residuals play no part: your derivative is the same for all weights, even where the loss rises the other "
    "way. Each sample pulls to the side on which its residual is.",
    see="eq:absolute-subgradient",
)
samples_themselves = edited(
    "l1_subgradient",
    (SUBGRADIENT, "X"),
    says="You return the samples. A derivative in the weights has one number for each weight, and each sample enters "
    "it with the sign of its residual.",
    see="eq:absolute-subgradient",
)
every_sample_by_itself = edited(
    "l1_subgradient",
    (SUBGRADIENT, "X * signs / X.shape[1]"),
    says="Your derivatives of the single samples stand side by side. All samples share the weights, so what they say "
    "is added up.",
    see="eq:absolute-subgradient",
)
residuals = edited(
    "l1_subgradient",
    (SIGNS, "w.T @ X - Y"),
    says="The size of the residuals enters, which belongs to squares. The derivative of an absolute value is the same "
    "however far away one is.",
    see="eq:absolute-subgradient",
)
residuals_twice = edited(
    "l1_subgradient",
    (SIGNS, "2 * (w.T @ X - Y)"),
    says="That is the gradient of the mean square. That of an absolute value does not grow with the residual.",
    see="eq:absolute-subgradient",
)
signs_not_turned = edited(
    "l1_subgradient",
    (SUBGRADIENT, "X @ signs / X.shape[1]"),
    says="Your product does not fit: X has a column for each sample, and so have the signs. "
    "A sum over the samples needs them along the inner axis of both.",
    see="eq:absolute-subgradient",
)
absolute_residuals = edited(
    "l1_subgradient",
    (SIGNS, "np.abs(w.T @ X - Y)"),
    says="You go on with the absolute values themselves. What is needed is their derivative, which only says on which "
    "side of 0 a residual is.",
    see="eq:absolute-subgradient",
)
the_other_sign = edited(
    "l1_subgradient",
    (SIGNS, "np.sign(Y - w.T @ X)"),
    says="Your derivative has the wrong sign: it points to where the loss falls. "
    "Look at which way round the residual is taken.",
    see="eq:absolute-subgradient",
)
no_mean = edited(
    "l1_subgradient",
    (SUBGRADIENT, "X @ signs.T"),
    says="Your derivative is as many times too long as there are samples: the loss is a mean over them, and so is its "
    "derivative.",
    see="eq:absolute-subgradient",
)
mean_of_features = edited(
    "l1_subgradient",
    (SUBGRADIENT, "X @ signs.T / len(X)"),
    says="You divide by the number of features, the rows. The loss is a mean over the samples, which are the columns.",
    see="eq:absolute-subgradient",
)
signs_alone = edited(
    "l1_subgradient",
    (SUBGRADIENT, "np.full(w.shape, signs.mean())"),
    says="You average the signs, but the samples do not enter. A weight moves a prediction as much as its feature is "
    "large, so each sign counts with its sample.",
    see="eq:absolute-subgradient",
)
zero_through_zero = edited(
    "l1_subgradient",
    (SIGNS, "w.T @ X - Y\n    signs = signs / np.abs(signs)"),
    says="Where a residual is exactly 0 you divide 0 by 0 and get nan. At a kink any slope between the two sides will "
    "do, but it has to be a number.",
    see="eq:absolute-subgradient",
    kind="fragile",
)
flat_subgradient = edited(
    "l1_subgradient",
    (SUBGRADIENT, "(X @ signs.T / X.shape[1]).ravel()"),
    says="Your numbers are right, but flat. The weights are a column, and a row that is subtracted from a column "
    "becomes a whole matrix.",
    see="eq:absolute-subgradient",
)
subgradient_as_a_row = edited(
    "l1_subgradient",
    (SUBGRADIENT, "signs @ X.T / X.shape[1]"),
    says="Your numbers are right, but in a row. The weights are a column, and a row that is subtracted from a column "
    "becomes a whole matrix.",
    see="eq:absolute-subgradient",
)


@misconception("l1_subgradient", see="eq:absolute-subgradient", kind="side effect")
def residuals_into_Y(X, Y, w):
    """You compute the residuals inside Y. The derivative is right once; after that the caller has no data to fit."""
    found = author.l1_subgradient(X, Y, w)
    Y -= w.T @ X
    return found


@unusual("l1_subgradient")
def always_up(X, Y, w):
    g = np.zeros(w.shape)
    for x, y in zip(X.T, Y[0], strict=True):
        g += (1 if x @ w[:, 0] >= y else -1) * x[:, None]
    return g / Y.size


@unusual("l1_subgradient")
def somewhere_between(X, Y, w):
    r = w.T @ X - Y
    return np.mean(np.where(r > 0, 1, np.where(r < 0, -1, 0.3)) * X, axis=1, keepdims=True)


# 3. l1_fit


def as_small(theirs, right):
    """A loss may be a thousandth above the smallest one."""
    return np.size(theirs) == 1 and abs(np.squeeze(theirs) - right) <= 1e-3 * right + 1e-4


@st.composite
def data(draw):
    """Data sets with independent rows and without zeros in X, some values far off."""
    d = draw(st.integers(1, 2))
    m = draw(st.integers(d, 6))
    X = draw(matrix(d, m, (1.0, -1.0, 0.5, 1.5, -0.5))) + 3 * np.eye(d, m, m - d)
    Y = draw(matrix(1, m, st.one_of(halves(), halves(), st.sampled_from([50.0, -40.0]))))
    Y[0, 0] = draw(st.sampled_from([1.0, -2.0, 0.5, 20.0]))
    return {"X": X, "Y": Y}


@inputs("l1_fit", call="w = np.array(l1_fit(X, Y))\nl1_loss(X, Y, w)", same=as_small, slow=True)
def data_to_fit():
    return data()


@inputs("l1_fit", call="np.shape(l1_fit(X, Y))", slow=True)
def data_to_fit_in_a_shape():
    return data()


@misconception("l1_fit", see="eq:absolute-optimal")
def least_squares(X, Y):
    """You minimise the squares. Values that are far off pull such a fit towards them as hard as they are far away; in
    absolute deviations they pull no harder than the others."""
    return np.linalg.lstsq(X.T, Y.T, rcond=None)[0]


@misconception("l1_fit", see="eq:weighted-median")
def median_of_quotients(X, Y):
    """You take the plain median of the quotients y/x. They do not count alike: a small change of the weight moves the
    prediction of a large x by much more."""
    return np.median(Y / X, axis=1, keepdims=True)


@misconception("l1_fit", see="eq:weighted-median")
def mean_of_quotients(X, Y):
    """You average the quotients y/x. A mean follows values that are far off, and a sample with a tiny x, which hardly
    matters to the loss, may have a huge quotient."""
    return np.mean(Y / X, axis=1, keepdims=True)


@misconception("l1_fit", see="eq:absolute-optimal")
def feature_by_feature(X, Y):
    """You fit each feature as if it were the only one, so that together they explain Y more than once. The weights have
    to be found together."""
    return np.array([[author.weighted_median(Y[0] / x, np.abs(x))] for x in X])


@misconception("l1_fit", see="eq:absolute-optimal")
def one_weight_after_the_other(X, Y):
    """You find the best value of one weight at a time while the others rest. The loss has kinks, and at a kink every
    single weight may be at its best although a move of two together would go further down: you get stuck there."""
    w = np.zeros((len(X), 1))
    for _ in range(100):
        for k, x in enumerate(X):
            rest = (Y - w.T @ X)[0] + w[k] * x
            w[k] = author.weighted_median(rest / x, np.abs(x))
    return w


@misconception("l1_fit", see="eq:absolute-optimal")
def first_samples(X, Y):
    """Your weights fit the first samples exactly and do not look at the others. Some best fit does go through as many
    samples as there are features, but hardly through the first ones."""
    d = len(X)
    return np.linalg.pinv(X[:, :d].T) @ Y[:, :d].T


@misconception("l1_fit", see="eq:absolute-optimal")
def steps_of_one_length(X, Y):
    """You take a number of steps of fixed length. They stop too early or jump back and forth across the kink, since a
    subgradient does not become small near the minimum."""
    w = np.zeros((len(X), 1))
    for _ in range(200):
        w = w - 0.1 * author.l1_subgradient(X, Y, w)
    return w


@misconception("l1_fit", see="eq:absolute-optimal")
def one_reweighting(X, Y):
    """You reweight the least squares only once. The weights depend on the residuals and the residuals on the
    weights, so this has to be repeated until nothing moves any more."""
    w = np.linalg.lstsq(X.T, Y.T, rcond=None)[0]
    pulls = X / np.maximum(np.abs(w.T @ X - Y), 1e-9)
    return np.linalg.lstsq(pulls @ X.T, pulls @ Y.T, rcond=None)[0]


@misconception("l1_fit", see="eq:absolute-loss")
def flat_weights(X, Y):
    """Your loss is small enough, but the weights are flat. They are a column of shape (d, 1), also for one feature."""
    return author.l1_fit(X, Y).ravel()


@unusual("l1_fit")
def all_corners(X, Y):
    d, m = X.shape
    best, lowest = None, np.inf
    for some in map(list, itertools.combinations(range(m), d)):
        if abs(np.linalg.det(X[:, some])) > 1e-12:
            w = np.linalg.solve(X[:, some].T, Y[:, some].T)
            if author.l1_loss(X, Y, w) < lowest:
                best, lowest = w, author.l1_loss(X, Y, w)
    return best.tolist()


# 4. weighted_median


@inputs("weighted_median", call="t = weighted_median(values, weights)\nnp.sum(weights * np.abs(t - values))")
@st.composite
def weighted_values(draw):
    n = draw(st.integers(1, 6))
    weights = draw(matrix(1, n, (1.0, 2.0, 3.0, 0.5, 5.0)))
    return {"values": draw(matrix(1, n))[0], "weights": weights[0]}


ORDER, HALF = "order = np.argsort(values)", "reached[-1] / 2"

plain_median = edited(
    "weighted_median",
    ("return values[order][np.searchsorted(reached, reached[-1] / 2)]", "return np.median(values)"),
    says="The weights do not enter: that is the plain median, for which every value counts once.",
    see="eq:weighted-median",
)
weighted_mean = edited(
    "weighted_median",
    ("return values[order][np.searchsorted(reached, reached[-1] / 2)]", "return np.average(values, weights=weights)"),
    says="That is the weighted mean, which makes the squares of the distances small. One value that is far off drags "
    "it along.",
    see="eq:weighted-median",
)
heaviest = edited(
    "weighted_median",
    ("return values[order][np.searchsorted(reached, reached[-1] / 2)]", "return values[np.argmax(weights)]"),
    says="You take the value with the largest weight. Unless it has more than half of all, the others can outweigh it "
    "together.",
    see="eq:weighted-median",
)
median_of_products = edited(
    "weighted_median",
    ("return values[order][np.searchsorted(reached, reached[-1] / 2)]", "return np.median(values * weights)"),
    says="You multiply the values by the weights, so they no longer stand where they stood. "
    "A weight says how hard a value pulls, not where it is.",
    see="eq:weighted-median",
)
weights_left_behind = edited(
    "weighted_median",
    ("weights[order]", "weights"),
    says="You put the values in order but not the weights, so each value gets the weight of another.",
    see="eq:weighted-median",
)
never_sorted = edited(
    "weighted_median",
    (ORDER, "order = np.arange(len(values))"),
    says="You add up the weights in the order in which they come. What lies below a value is only known once the "
    "values are sorted.",
    see="eq:weighted-median",
)
half_of_one = edited(
    "weighted_median",
    (HALF, "0.5"),
    says="You look for where the weight passes 0.5. These weights need not add up to 1: it is half of all that counts.",
    see="eq:weighted-median",
)
half_of_the_number = edited(
    "weighted_median",
    (HALF, "len(values) / 2"),
    says="You compare with half the number of values. Half of the weight is what has to lie on either side.",
    see="eq:weighted-median",
)
one_too_far = edited(
    "weighted_median",
    (
        "np.searchsorted(reached, reached[-1] / 2)",
        "min(np.searchsorted(reached, reached[-1] / 2) + 1, len(values) - 1)",
    ),
    says="You go one value too far: the one at which half of the weight is passed is the balance itself, not the next.",
    see="eq:weighted-median",
)
place_for_value = edited(
    "weighted_median",
    ("values[order][np.searchsorted(reached, reached[-1] / 2)]", "np.searchsorted(reached, reached[-1] / 2)"),
    says="You return the place in the sorted list. The value that stands there is asked for.",
    see="eq:weighted-median",
)
sorted_in_place = edited(
    "weighted_median",
    (
        ORDER,
        "order = np.argsort(values)\n    values[:], weights[:] = values[order], weights[order]\n    order[:] = "
        "np.arange(len(values))",
    ),
    says="You sort inside the arrays that were passed in. Your number is right, but the caller's values stand in "
    "another order now, and no longer beside what belongs to them.",
    see="eq:weighted-median",
    kind="side effect",
)


@unusual("weighted_median")
def tries_all_values(values, weights):
    best = None
    for t in values:
        total = 0
        for v, c in zip(values, weights, strict=True):
            total += c * abs(t - v)
        if best is None or total < best[0]:
            best = total, t
    return best[1]


@unusual("weighted_median")
def by_bisection(values, weights):
    low, high = min(values), max(values)
    for _ in range(80):
        middle = (low + high) / 2
        if np.sum(weights * np.sign(middle - values)) < 0:
            low = middle
        else:
            high = middle
    return np.array([high])


@unusual("weighted_median")
def middle_of_the_interval(values, weights):
    sums = [np.sum(weights * np.abs(values - t)) for t in values]
    best = [t for t, s in zip(values, sums, strict=True) if s <= min(sums) + 1e-12]
    return (min(best) + max(best)) / 2


# 5. box_network


@st.composite
def boxes(draw):
    return {"height": draw(halves()), "delta": draw(st.sampled_from([1.0, 0.5, 2.0, 4.0]))}


@inputs(
    "box_network",
    call="x = delta * np.array([[-1.5, -0.75, -0.25, 0.25, 0.75, 1.25, 3]])\n"
    "step_network(x, *box_network(height, delta))",
)
def boxes_to_look_at():
    return boxes()


@inputs("box_network", call="[np.shape(part) for part in box_network(height, delta)]")
def boxes_to_measure():
    return boxes()


OUTPUT = "np.array([[height, -height]])"

box_on_the_left = edited(
    "box_network",
    ("-edges,", "edges,"),
    says="Your box stands on the left of 0 and points the other way. A unit jumps where its argument is 0, so a "
    "positive bias moves the jump to the left.",
    see="eq:box",
)
never_ends = edited(
    "box_network",
    (OUTPUT, "np.array([[height, 0.0]])"),
    says="Your box never ends: beyond delta it stays up. The second unit has to take away there what the first one "
    "gives.",
    see="eq:box",
)
second_step_up = edited(
    "box_network",
    (OUTPUT, "np.array([[height, height]])"),
    says="At delta your network goes up once more instead of coming back to 0: there both units are on, and what they "
    "add has to cancel.",
    see="eq:box",
)
only_upwards = edited(
    "box_network",
    (OUTPUT, "np.array([[abs(height), -abs(height)]])"),
    says="Your box always points up. The height may be negative, and then the box is a hole of that depth.",
    see="eq:box",
)
upside_down = edited(
    "box_network",
    (OUTPUT, "np.array([[-height, height]])"),
    says="Your box points the wrong way: the unit that jumps first has to bring the height, the second one takes it "
    "away.",
    see="eq:box",
)
box_around_zero = edited(
    "box_network",
    ("[[0.0], [delta]]", "[[-delta / 2], [delta / 2]]"),
    says="Your box stands around 0. It is asked for from 0 to delta.",
    see="eq:box",
)
height_inside = edited(
    "box_network",
    ("np.ones((2, 1))", "height * np.ones((2, 1))"),
    (OUTPUT, "np.array([[1.0, -1.0]])"),
    says="Your height is in front of the steps, where only the sign of their argument counts. "
    "What a step says is 0 or 1, so the height has to come after it.",
    see="eq:step-network",
)
steep_without_bias = edited(
    "box_network",
    ("np.ones((2, 1))", "100 * np.ones((2, 1))"),
    says="Your units are steep, but their biases were not made larger with them. A unit jumps where weight and bias "
    "cancel, so your second one jumps long before delta. A step needs no steepness.",
    see="eq:step-network",
)
edge_at_one = edited(
    "box_network",
    ("[[0.0], [delta]]", "[[0.0], [1.0]]"),
    says="Your box is 1 wide, whatever delta is.",
    see="eq:box",
)
lifted = edited(
    "box_network",
    ("np.zeros((1, 1))", "np.array([[height]])"),
    says="Your box stands on a floor of one height: the bias of the output is added everywhere, outside the box too.",
    see="eq:step-network",
)
bias_for_each_unit = edited(
    "box_network",
    ("np.zeros((1, 1))", "np.zeros((2, 1))"),
    says="The last bias belongs to the output, of which there is one. With one for each hidden unit the output has two "
    "rows.",
    see="eq:step-network",
)
flat_arrays = edited(
    "box_network",
    (
        "return np.ones((2, 1)), -edges, np.array([[height, -height]]), np.zeros((1, 1))",
        "return np.ones(2), -edges.ravel(), np.array([height, -height]), 0.0",
    ),
    says="Your arrays are flat. The network multiplies matrices: W1 and b1 have a row for each unit, W2 has a column "
    "for each.",
    see="eq:step-network",
)


@unusual("box_network")
def face_to_face(height, delta):
    W1 = np.array([[1.0], [-1.0]])
    return W1, np.array([[0.0], [delta]]), np.array([[height, height]]), np.array([[-height]])


@unusual("box_network")
def steep(height, delta):
    h = float(height)
    return np.array([[50.0], [7]]), np.array([[-50.0 * delta], [0]]), np.array([[-h, h]]), np.array([[0]])


# 6. approximate


def both_within(theirs, right):
    """What counts is that a number is 1 at most."""
    most = 1 + 1e-6
    return np.size(theirs) == 1 and (bool(theirs <= most and right <= most) or np.isclose(theirs, right, atol=0))


PLACES = "x = B * (np.arange(-1000, 1000)[np.newaxis] + 0.3) / 1000\n"
EPS = st.sampled_from([0.5, 0.3, 0.25, 1.0, 2.0, 0.4])


@inputs(
    "approximate",
    call=PLACES + "y = step_network(x, *approximate(np.abs, 1, B, eps))\n" + "np.max(np.abs(y - np.abs(x))) / eps",
    same=both_within,
)
@st.composite
def intervals(draw):
    return {"B": draw(st.sampled_from([1.0, 2.0, 1.5])), "eps": draw(EPS)}


@inputs(
    "approximate",
    call="def f(t):\n    return 3 - 2 * np.asarray(t)\n\n"
    + PLACES
    + "y = step_network(x, *approximate(f, 2, B, eps))\n"
    + "np.max(np.abs(y - f(x))) / eps",
    same=both_within,
)
@st.composite
def intervals_of_a_line(draw):
    return {"B": draw(st.sampled_from([1.0, 1.5])), "eps": draw(EPS)}


@inputs(
    "approximate",
    call="units = np.size(approximate(np.abs, 1, B, eps)[0])\nunits / (2 * np.ceil(B / eps) + 1)",
    same=both_within,
)
def intervals_to_count_on():
    return st.fixed_dictionaries({"B": st.sampled_from([1.0, 2.0, 1.5]), "eps": EPS})


def fit_together(theirs, right):
    """There may be another number of units."""
    n = theirs[0][0]
    return [tuple(shape) for shape in theirs] == [(n, 1), (n, 1), (1, n), (1, 1)]


@inputs("approximate", call="[np.shape(part) for part in approximate(np.abs, 1, B, eps)]", same=fit_together)
def intervals_to_measure():
    return st.fixed_dictionaries({"B": st.sampled_from([1.0, 2.0, 1.5]), "eps": EPS})


PIECES, EDGES = "np.ceil(lipschitz * B / eps)", "np.linspace(-B, B, N + 1)"
RETURNED = "return np.ones((N - 1, 1)), -edges[1:-1, np.newaxis], np.diff(levels)[np.newaxis], levels[:1, np.newaxis]"
BOXES = (
    "return np.ones((2 * N, 1)), -np.hstack([edges[:-1], edges[1:]])[:, np.newaxis], "
    "np.hstack([levels, -levels])[np.newaxis], np.zeros((1, 1))"
)

half_the_pieces = edited(
    "approximate",
    (PIECES, "np.ceil(lipschitz * B / (2 * eps))"),
    says="You take half as many pieces as the proof needs, so your error is up to 2 eps. "
    "A piece may only be so wide that its middle is within eps of both of its ends.",
    see="eq:pieces",
)
value_at_the_left = edited(
    "approximate",
    ("(edges[:-1] + edges[1:]) / 2", "edges[:-1]"),
    says="Each of your pieces takes its value at its left end, and by its right end the function may have moved twice "
    "as far as from the middle.",
    see="eq:midpoint-error",
)
too_many_boxes = edited(
    "approximate",
    (PIECES, "np.ceil(2 * lipschitz * B / eps)"),
    (RETURNED, BOXES),
    says="You build twice as many boxes as the proof needs, with two units each: that is more than you may use. "
    "Look at how wide a piece may be.",
    see="eq:pieces",
)
many_units = edited(
    "approximate",
    (PIECES, "np.ceil(5 * lipschitz * B / eps)"),
    says="Your network is close enough, but it uses far more units than allowed. "
    "The proof says how many pieces are enough, and none has to be spent for safety.",
    see="eq:pieces",
)
rounded_down = edited(
    "approximate",
    (PIECES, "np.floor(lipschitz * B / eps)"),
    says="You round the number of pieces down, so they are a little too wide, and where eps is large there is none at "
    "all.",
    see="eq:pieces",
)
divided_by_no_piece = edited(
    "approximate",
    (f"N = int({PIECES})", "N = int(lipschitz * B / eps)\n    width = 2 * B / N"),
    says="You round the number of pieces down, so they are a little too wide. If eps is large, you get no piece, "
    "and you divide the interval by 0.",
    see="eq:pieces",
)
slope_ignored = edited(
    "approximate",
    (PIECES, "np.ceil(B / eps)"),
    says="The Lipschitz constant does not enter your number of pieces. A function that is twice as steep needs twice "
    "as many.",
    see="eq:pieces",
)
eps_ignored = edited(
    "approximate",
    ("N = int(np.ceil(lipschitz * B / eps))", "N = 10"),
    says="Your number of pieces is always the same. How many are needed depends on how steep the function is, on the "
    "interval and on eps.",
    see="eq:pieces",
)
levels_for_jumps = edited(
    "approximate",
    ("np.diff(levels)", "levels[1:]"),
    says="You give each unit the value of its piece. Units that are on stay on, so their contributions add up: "
    "each one should bring only what changes at its jump.",
    see="eq:step-network",
)
starts_at_zero = edited(
    "approximate",
    ("levels[:1, np.newaxis]", "np.zeros((1, 1))"),
    says="The first piece is missing: on the left of all jumps every unit is off, and your network says 0 there. "
    "All other pieces are off by the same amount.",
    see="eq:step-network",
)
right_half = edited(
    "approximate",
    (EDGES, "np.linspace(0, B, N + 1)"),
    says="Your pieces cover the interval from 0 to B only. It begins at -B.",
    see="eq:pieces",
)
jumps_mirrored = edited(
    "approximate",
    ("-edges[1:-1", "edges[1:-1"),
    says="Your jumps are mirrored: a unit whose bias is positive jumps on the left of 0, so each jump happens at the "
    "wrong end of the interval.",
    see="eq:step-network",
)
one_jump_missing = edited(
    "approximate",
    (
        RETURNED,
        RETURNED.replace("N - 1, 1", "N - 2, 1")
        .replace("edges[1:-1", "edges[1:-2")
        .replace("np.diff(levels)", "np.diff(levels)[:-1]"),
    ),
    says="The last jump is missing, so that your last piece keeps the value of the one before it.",
    see="eq:step-network",
)
flat_network = edited(
    "approximate",
    (RETURNED, "return np.ones(N - 1), -edges[1:-1], np.diff(levels), levels[0]"),
    says="Your arrays are flat. The network multiplies matrices: W1 and b1 have a row for each unit, W2 has a column "
    "for each.",
    see="eq:step-network",
)

boxes_side_by_side = unusual_edit("approximate", (RETURNED, BOXES))
twice_the_pieces_at_the_left = unusual_edit(
    "approximate", (PIECES, "np.ceil(2 * lipschitz * B / eps)"), ("(edges[:-1] + edges[1:]) / 2", "edges[:-1]")
)
one_number_at_a_time = unusual_edit(
    "approximate",
    ("f((edges[:-1] + edges[1:]) / 2)", "np.array([float(f(float(x))) for x in (edges[:-1] + edges[1:]) / 2])"),
)


# 7. softmax_jacobian


@inputs("softmax_jacobian", call="softmax_jacobian(z)")
@st.composite
def scores(draw):
    K = draw(st.integers(2, 5))
    z = draw(st.one_of(matrix(1, K), matrix(1, K, (0.0, 1.5, 1000.0, -1000.0))))[0]
    return {"z": z + draw(st.sampled_from([0.0, 0.0, 1000.0, -1000.0]))}


JACOBIAN = "np.diag(p) - np.outer(p, p)"

diagonal_alone = edited(
    "softmax_jacobian",
    (JACOBIAN, "np.diag(p * (1 - p))"),
    says="Only your diagonal is filled. Every score moves all probabilities, since they share one sum: "
    "what one class gains the others lose, and your rows do not add up to 0.",
    see="eq:softmax-jacobian",
)
diagonal_as_a_row = edited(
    "softmax_jacobian",
    (JACOBIAN, "p * (1 - p)"),
    says="You return one number for each class, how it answers to its own score. There is one for every pair of a "
    "probability and a score: a whole matrix.",
    see="eq:jacobian-matrix",
)
no_diagonal = edited(
    "softmax_jacobian",
    (JACOBIAN, "-np.outer(p, p)"),
    says="What a probability has from its own score is missing: on your diagonal each one falls when its score rises.",
    see="eq:softmax-jacobian",
)
plus_between = edited(
    "softmax_jacobian",
    (JACOBIAN, "np.diag(p) + np.outer(p, p)"),
    says="All entries of your matrix are positive, as if every probability rose with every score. "
    "They add up to 1, so some must fall.",
    see="eq:softmax-jacobian",
)
plus_off_the_diagonal = edited(
    "softmax_jacobian",
    (JACOBIAN, "np.abs(np.diag(p) - np.outer(p, p))"),
    says="The sizes of your entries are right, but none is negative. The probabilities add up to 1: "
    "when a score rises, those of the other classes fall.",
    see="eq:softmax-jacobian",
)
turned_sign = edited(
    "softmax_jacobian",
    (JACOBIAN, "np.outer(p, p) - np.diag(p)"),
    says="Your signs are turned: a probability rises with its own score and falls with those of the others.",
    see="eq:softmax-jacobian",
)
one_product = edited(
    "softmax_jacobian",
    ("np.outer(p, p)", "p @ p.T"),
    says="For flat arrays your product is a single number, the same for all entries: a flat array has no columns that "
    "could be transposed. A product is needed for each pair.",
    see="eq:softmax-jacobian",
)
entry_times_entry = edited(
    "softmax_jacobian",
    ("np.outer(p, p)", "p * p"),
    says="You multiply entry by entry, so each probability meets only itself, and NumPy takes the same row off all "
    "rows. A product is needed for each pair.",
    see="eq:softmax-jacobian",
)
ones_on_the_diagonal = edited(
    "softmax_jacobian",
    ("np.diag(p) -", "np.eye(len(p)) -"),
    says="There are ones on your diagonal where the probabilities belong: a class of hardly any probability hardly "
    "moves.",
    see="eq:softmax-jacobian",
)
of_the_logarithm = edited(
    "softmax_jacobian",
    (JACOBIAN, "np.eye(len(p)) - p"),
    says="That is the Jacobian of the logarithms of the probabilities. In that of the probabilities each row has its "
    "own probability as a factor.",
    see="eq:softmax-jacobian",
)
not_normalised = edited(
    "softmax_jacobian",
    ("    p = p / p.sum()\n", ""),
    says="You go on with the exponentials. They become probabilities only once they are divided by their sum.",
    see="eq:softmax",
)
no_shift = edited(
    "softmax_jacobian",
    ("z - z.max()", "z"),
    says="Your exponentials overflow for large scores, and for very negative ones all of them are 0: then you get nan. "
    "A shift of all scores costs nothing and brings them into a safe range.",
    see="eq:softmax-shift",
    kind="fragile",
)
three_classes = edited(
    "softmax_jacobian",
    ("np.diag(p) -", "np.eye(3) * p -"),
    says="Your matrix is made for three classes. The number of classes has to come from the scores.",
    see="eq:jacobian-matrix",
    kind="fragile",
)
shift_inside = edited(
    "softmax_jacobian",
    ("p = np.exp(z - z.max())", "z -= z.max()\n    p = np.exp(z)"),
    says="Your shift moves the very scores that were passed in. Your matrix is right, but the caller's scores are "
    "other numbers now.",
    see="eq:softmax-shift",
    kind="side effect",
)


@unusual("softmax_jacobian")
def by_loops(z):
    K = len(z)
    e = [np.exp(s - max(z)) for s in z]
    p = [x / sum(e) for x in e]
    J = np.empty((K, K))
    for i in range(K):
        for j in range(K):
            J[i, j] = p[i] * ((i == j) - p[j])
    return J


@unusual("softmax_jacobian")
def as_a_list(z):
    p = np.exp(z - np.logaddexp.reduce(z))
    return [[float(-p[i] * p[j] if i != j else p[i] - p[i] ** 2) for j in range(len(z))] for i in range(len(z))]


# 8. cross_entropy_via_jacobian


@inputs("cross_entropy_via_jacobian", call="cross_entropy_via_jacobian(z, y)")
@st.composite
def sample_scores(draw):
    """Probabilities that are ordinary or below 1e-30: whatever small constant is added, it changes the same ones."""
    K = draw(st.integers(2, 5))
    z = draw(st.one_of(matrix(1, K, up_to(2)), matrix(1, K, (0.0, 1.5, 80.0))))[0]
    return {"z": z + draw(st.sampled_from([0.0, 0.0, 1000.0, -1000.0])), "y": draw(st.integers(0, K - 1))}


FRACTION, CHAIN = "-p.sum() / p[y]", "softmax_jacobian(z).T @ dp"

no_minus = edited(
    "cross_entropy_via_jacobian",
    (FRACTION, "p.sum() / p[y]"),
    says="Your derivative has the wrong sign: the loss is minus a logarithm, and it falls when the probability of the "
    "true class rises.",
    see="eq:chain-through-jacobian",
)
all_classes = edited(
    "cross_entropy_via_jacobian",
    ("dp[y] = -p.sum() / p[y]", "dp = -p.sum() / p"),
    says="You differentiate with respect to the probabilities of all classes. The loss of a sample looks at one of "
    "them only: in the others its derivative is 0.",
    see="eq:chain-through-jacobian",
)
diagonal_of_the_chain = edited(
    "cross_entropy_via_jacobian",
    (CHAIN, "np.diag(softmax_jacobian(z)) * dp"),
    says="You use the diagonal of the Jacobian alone, so only the score of the true class gets a derivative. "
    "Those of the others push its probability down: they get one as well.",
    see="eq:chain-through-jacobian",
)
no_sum = edited(
    "cross_entropy_via_jacobian",
    (CHAIN, "softmax_jacobian(z) * dp"),
    says="The star multiplies entry by entry and leaves you with a matrix. The chain rule adds up over all "
    "probabilities by which a score can reach the loss.",
    see="eq:chain-through-jacobian",
)
in_the_probabilities = edited(
    "cross_entropy_via_jacobian",
    (CHAIN, "dp"),
    says="You stop at the probabilities. The derivative in the scores is asked for: the step through the Jacobian is "
    "missing.",
    see="eq:chain-through-jacobian",
)
no_fraction = edited(
    "cross_entropy_via_jacobian",
    (FRACTION, "-1.0"),
    says="The derivative with respect to the probability of the true class is always -1 here. That of a logarithm "
    "grows as the probability gets smaller.",
    see="eq:chain-through-jacobian",
)
jacobian_alone = edited(
    "cross_entropy_via_jacobian",
    (CHAIN, "softmax_jacobian(z)[y]"),
    says="You return how the probability of the true class moves with the scores. The loss is minus its logarithm, "
    "whose own derivative is still missing.",
    see="eq:chain-through-jacobian",
)
exponential_for_probability = edited(
    "cross_entropy_via_jacobian",
    (FRACTION, "-1 / p[y]"),
    says="You divide by the exponential of the true class and not by its probability: the sum of all exponentials is "
    "forgotten.",
    see="eq:chain-through-jacobian",
)
score_for_probability = edited(
    "cross_entropy_via_jacobian",
    (FRACTION, "-1 / z[y]"),
    says="You divide by the score of the true class. The logarithm in the loss is that of its probability.",
    see="eq:chain-through-jacobian",
)
mean_over_classes = edited(
    "cross_entropy_via_jacobian",
    (CHAIN, "softmax_jacobian(z).T @ dp / len(z)"),
    says="You divide by the number of classes. There is one sample and so nothing to average.",
    see="eq:chain-through-jacobian",
)
constant_below = edited(
    "cross_entropy_via_jacobian",
    (FRACTION, "-1 / (p[y] / p.sum() + 1e-9)"),
    says="With a constant in the denominator, a true class of tiny probability gets next to no derivative, and it is "
    "the one that needs it most. In the promised range nothing has to be added.",
    see="eq:chain-through-jacobian",
    kind="fragile",
)
exponentials_overflow = edited(
    "cross_entropy_via_jacobian",
    ("z - z.max()", "z"),
    says="Your exponentials overflow for large scores, and for very negative ones they are 0. Scores may be large as "
    "long as they are near each other: a shift of all of them changes nothing.",
    see="eq:softmax-shift",
    kind="fragile",
)
shifts_the_scores = edited(
    "cross_entropy_via_jacobian",
    ("p = np.exp(z - z.max())", "z -= z.max()\n    p = np.exp(z)"),
    says="Your shift moves the very scores that were passed in. Your derivative is right, but the caller's scores are "
    "other numbers now.",
    see="eq:softmax-shift",
    kind="side effect",
)


@unusual("cross_entropy_via_jacobian")
def one_row(z, y):
    p = np.exp(z - np.logaddexp.reduce(z))
    return -author.softmax_jacobian(z)[y] / p[y]


@unusual("cross_entropy_via_jacobian")
def the_short_way(z, y):
    p = np.exp(z - z.max())
    return p / p.sum() - (np.arange(len(z)) == y)


@unusual("cross_entropy_via_jacobian")
def score_by_score(z, y):
    J = author.softmax_jacobian(z)
    slope = -np.exp(np.logaddexp.reduce(z) - z[y])
    return [float(J[y][k] * slope) for k in range(len(z))]
