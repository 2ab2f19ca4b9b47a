"""What goes wrong in `two_layer`."""

import numpy as np
from hypothesis import strategies as st

from autograder.misconceptions import (
    author,
    edited,
    inputs,
    labels,
    matrix,
    misconception,
    parameters,
    sizes,
    unusual,
    unusual_edit,
    up_to,
)

# one_hot


@inputs("one_hot", call="one_hot(Y, n_classes)")
@st.composite
def some_labels(draw):
    n_classes, m = draw(st.sampled_from([2, 3, 4, 1, 10])), draw(st.integers(1, 4))
    return {"Y": draw(labels(n_classes, m)), "n_classes": n_classes}


HOT = "(classes == Y).astype(float)"

hot_classes_from_labels = edited(
    "one_hot",
    ("np.arange(n_classes)", "np.arange(Y.max() + 1)"),
    says="You count the classes from the largest label. A batch need not show all classes, so n_classes is passed in.",
    see="eq:one-hot",
)
hot_ten_classes = edited(
    "one_hot",
    ("np.arange(n_classes)", "np.arange(10)"),
    says="You always make ten rows. The number of classes is passed in as n_classes.",
    see="eq:one-hot",
)
hot_one_row_too_high = edited(
    "one_hot",
    (HOT, "(classes == (Y - 1) % n_classes).astype(float)"),
    says="Your ones stand one row too high, as if labels started at 1. Class 0 has the first row, which is row 0.",
    see="eq:one-hot",
)
hot_rows = edited(
    "one_hot",
    (HOT, HOT + ".T"),
    says="Your samples are rows. In this course a sample is a column, so a class has a row.",
    see="eq:one-hot",
)
hot_square = edited(
    "one_hot",
    (HOT, "np.hstack([classes == Y, np.zeros((n_classes, n_classes))])[:, :n_classes]"),
    says="You make as many columns as there are classes. Each column is a sample, so you need one for each label.",
    see="eq:one-hot",
)
hot_reshaped = edited(
    "one_hot",
    (HOT, "np.eye(n_classes)[Y[0]].reshape(n_classes, -1)"),
    says="You get the right shape by reshape, which reads the numbers on in the same order: "
    "samples and classes are mixed up. Rows must become columns.",
    see="eq:one-hot",
)
hot_whole_rows = edited(
    "one_hot",
    (HOT, "np.isin(classes, Y) * np.ones(Y.size)"),
    says="You fill whole rows with ones: an index for the row alone means all columns. "
    "Each column has a single 1, in a row of its own.",
    see="eq:one-hot",
)
hot_label_as_value = edited(
    "one_hot",
    (HOT, "(classes == Y) * 1.0 * Y"),
    says="You write the label itself into the column. The row says which class it is; the entry there is 1 for "
    "all of them.",
    see="eq:one-hot",
)


@misconception("one_hot", see="eq:one-hot", kind="side effect")
def hot_counts_down(Y, n_classes):
    """You count the labels down in the array that was passed in, so the caller's labels are lost."""
    T = np.zeros((n_classes, Y.size))
    for c in range(n_classes):
        T[c] = Y[0] == 0
        Y -= 1
    return T


@unusual("one_hot")
def hot_by_an_identity(Y, n_classes):
    return np.eye(n_classes)[np.ravel(Y)].T


@unusual("one_hot")
def hot_in_a_loop(Y, n_classes):
    T = np.zeros((n_classes, np.size(Y)), dtype=int)
    for j, label in enumerate(np.ravel(Y)):
        T[int(label)][j] = 1
    return T


hot_as_lists = unusual_edit("one_hot", (HOT, "[[float(y == c) for y in Y[0]] for c in range(n_classes)]"))

# relu


@inputs("relu", call="relu(Z)[0]")
@st.composite
def scores(draw):
    n, m = draw(sizes((1, 3), (1, 3)))
    return {"Z": draw(st.one_of(matrix(n, m), matrix(n, m, SOME_HUGE)))}


SOME_HUGE = (0.0, 1000.0, -1000.0, 1.5)


@inputs("relu", call="A, cache, *_ = relu(Z)\ncache['Z'] if hasattr(cache, 'keys') and 'Z' in cache else Z")
@st.composite
def kept_scores(draw):
    n, m = draw(sizes((2, 3), (1, 3)))
    return {"Z": draw(matrix(n, m))}


POSITIVE = "np.maximum(Z, 0)"

relu_mask = edited(
    "relu",
    (POSITIVE, "1.0 * (Z > 0)"),
    says="You return whether an entry is positive, a 0 or a 1. The next layer needs to know how large it is.",
    see="eq:relu",
)
relu_leak = edited(
    "relu",
    (POSITIVE, "np.where(Z > 0, Z, 0.01 * Z)"),
    says="Your negative entries leak through with a small slope. That is another activation; here a unit below 0 "
    "is off.",
    see="eq:relu",
)
relu_absolute = edited(
    "relu",
    (POSITIVE, "np.abs(Z)"),
    says="Your negative entries come out positive. A score far below 0 then counts as much as one far above it.",
    see="eq:relu",
)
relu_reduces = edited(
    "relu",
    (POSITIVE, "np.max(Z, 0)"),
    says="Your A has lost a dimension: your function looks for the largest entry along an axis, "
    "instead of comparing every entry with 0.",
    see="eq:relu",
)
relu_limit = edited(
    "relu",
    (POSITIVE, "np.clip(Z, 0, 1)"),
    says="Your entries stop at 1. This activation has no upper limit, so large scores must come through at full size.",
    see="eq:relu",
)
relu_negative_part = edited(
    "relu",
    (POSITIVE, "np.minimum(Z, 0)"),
    says="You keep the negative entries and drop the positive ones, which is the wrong way round.",
    see="eq:relu",
)
relu_sigmoid = edited(
    "relu",
    (POSITIVE, "1 / (1 + np.exp(-Z))"),
    says="Your A looks like a sigmoid: it is 0.5 where Z is 0, and never above 1. Another activation is asked "
    "for here.",
    see="eq:relu",
)
relu_whole_numbers = edited(
    "relu",
    (POSITIVE, "np.vectorize(lambda z: z if z > 0 else 0)(Z)"),
    says="Some of your results have lost their decimals: np.vectorize takes the type of all results from the "
    "first one, "
    "and a plain 0 is a whole number.",
    see="eq:relu",
)
relu_keeps_result = edited(
    "relu",
    ('return A, {"Z": Z}', 'return A, {"Z": A}'),
    says="Your cache holds what comes out, under the name of what came in. "
    "The negative entries are gone there and cannot be recovered.",
    see="eq:relu-der",
)
relu_one_result = edited(
    "relu",
    ('return A, {"Z": Z}', "return A"),
    says="You return A alone. The backward pass needs to know Z, so a cache belongs to the result as well.",
    see="eq:relu-der",
)


@misconception("relu", see="eq:relu", kind="side effect")
def relu_in_place(Z):
    """You write the zeros into the array that was passed in. Its negative entries are lost, for the caller and for
    your own cache."""
    Z[Z < 0] = 0
    return Z, {"Z": Z}


@misconception("relu", see="eq:relu", kind="slow", costs=False)
def relu_double_loop(Z):
    """Your two loops are right, but hundreds of times slower than one operation on the whole array."""
    A = np.zeros(Z.shape)
    for i in range(Z.shape[0]):
        for j in range(Z.shape[1]):
            A[i, j] = max(0, Z[i, j])
    return A, {"Z": Z}


@unusual("relu")
def relu_by_absolute_values(Z):
    return [(np.abs(Z) + Z) / 2, {"Z": Z, "kind": "relu"}]


@unusual("relu")
def relu_by_a_mask(Z):
    on = Z > 0
    return on * Z, (on,), "done"


relu_where = unusual_edit("relu", (POSITIVE, "np.where(Z > 0, Z, 0)"))

# relu_der


@inputs("relu_der", call="relu_der(dA, relu(Z)[1])")
@st.composite
def gradients(draw):
    n, m = draw(sizes((1, 3), (1, 3)))
    return {"Z": draw(matrix(n, m)), "dA": draw(matrix(n, m))}


GATE = 'np.where(cache["Z"] > 0, dA, 0)'

relu_der_no_mask = edited(
    "relu_der",
    (GATE, "np.array(dA)"),
    says="Your gradient passes everywhere. Where a unit was off, its output did not depend on Z, "
    "so nothing may come back through it.",
    see="eq:relu-der",
)
relu_der_passes_at_zero = edited(
    "relu_der",
    ('cache["Z"] > 0', 'cache["Z"] >= 0'),
    says="Exactly at 0 your gate is open; this course treats it as shut there.",
    see="eq:relu-der",
)
relu_der_half_at_zero = edited(
    "relu_der",
    (GATE, 'dA * np.heaviside(cache["Z"], 0.5)'),
    says="Exactly at 0 half of your gradient passes; this course treats the gate as shut there.",
    see="eq:relu-der",
)
relu_der_mask_alone = edited(
    "relu_der",
    (GATE, '1.0 * (cache["Z"] > 0)'),
    says="You return the derivative alone, zeros and ones. The chain rule multiplies it by the gradient that arrives.",
    see="eq:relu-der",
)
relu_der_mask_of_gradient = edited(
    "relu_der",
    ('cache["Z"] > 0', "dA > 0"),
    says="Your gate looks at the sign of the gradient. Whether a unit was on was decided in the forward pass, by Z.",
    see="eq:relu-der",
)
relu_der_times_output = edited(
    "relu_der",
    (GATE, 'dA * np.maximum(cache["Z"], 0)'),
    says="You multiply by the activation itself. The chain rule asks for its derivative, which takes only two values.",
    see="eq:relu-der",
)
relu_der_keeps_negative = edited(
    "relu_der",
    (GATE, 'dA * np.where(cache["Z"] > 0, 1, cache["Z"])'),
    says="You replace the positive entries of Z by 1 but leave the negative ones as they are, "
    "so they get into the gradient as factors.",
    see="eq:relu-der",
)
relu_der_inverted = edited(
    "relu_der",
    ('cache["Z"] > 0', 'cache["Z"] <= 0'),
    says="Your gate is the wrong way round: the units that were on get no gradient, and those that were off get "
    "it all.",
    see="eq:relu-der",
)
relu_der_of_sigmoid = edited(
    "relu_der",
    (GATE, 'dA * np.maximum(cache["Z"], 0) * (1 - np.maximum(cache["Z"], 0))'),
    says="You use A(1 - A), the derivative of the sigmoid. The activation here has another derivative.",
    see="eq:relu-der",
)
relu_der_fitted = edited(
    "relu_der",
    (GATE, 'np.minimum(dA, np.maximum(0, cache["Z"]))'),
    says="Your formula fits some numbers by chance. Nothing in the chain rule compares the gradient with the "
    "activation: try gradients of both signs.",
    see="eq:relu-der",
)
relu_der_of_activation = edited(
    "relu_der",
    (GATE, 'np.where(cache["Z"] > 0, cache["Z"], 0)'),
    says="You apply the ReLU to Z a second time, and the gradient that arrives plays no part in your result. "
    "The backward pass carries gradients, not activations.",
    see="eq:relu-der",
)


@misconception("relu_der", see="eq:relu-der", kind="side effect")
def relu_der_cuts_gradient(dA, cache):
    """You write zeros into the gradient that was passed in. The caller still needs it as it was."""
    dA[cache["Z"] <= 0] = 0
    return dA


@misconception("relu_der", see="eq:relu-der", kind="side effect")
def relu_der_overwrites_cache(dA, cache):
    """You use the cached Z as scratch memory: after the call it holds zeros and ones instead of the scores."""
    Z = cache["Z"]
    Z[Z <= 0] = 0
    Z[Z > 0] = 1
    return dA * Z


@misconception("relu_der", see="eq:relu-der", kind="slow", costs=False)
def relu_der_double_loop(dA, cache):
    """Your two loops are right, but hundreds of times slower than one comparison of the whole array."""
    dZ = np.zeros(dA.shape)
    for i in range(dA.shape[0]):
        for j in range(dA.shape[1]):
            if cache["Z"][i, j] > 0:
                dZ[i, j] = dA[i, j]
    return dZ


@unusual("relu_der")
def relu_der_by_indexing(dA, cache):
    dZ = np.array(dA, copy=True)
    dZ[~(cache["Z"] > 0)] = 0
    return dZ


@unusual("relu_der")
def relu_der_as_lists(dA, cache):
    return [[d if z > 0 else 0 for d, z in zip(*rows, strict=True)] for rows in zip(dA, cache["Z"], strict=True)]


relu_der_einsum = unusual_edit("relu_der", (GATE, 'np.einsum("ij,ij->ij", dA, np.heaviside(cache["Z"], 0))'))

# softmax


def nearly(one, other):
    """A constant of 1e-5 in a denominator is looked for elsewhere."""
    return np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=2e-3, atol=2e-3)


def exactly(one, other):
    return np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=0, atol=2e-7)


@inputs("softmax", call="softmax(Z)", same=nearly)
@st.composite
def logits(draw):
    n, m = draw(sizes((2, 4), (1, 4)))
    return {"Z": draw(matrix(n, m))}


@inputs("softmax", call="softmax(Z)", same=nearly)
@st.composite
def logits_at_levels(draw):
    n, m = draw(sizes((2, 4), (1, 3)))
    levels = draw(st.lists(st.sampled_from([0.0, 1000.0, -1000.0]), min_size=m, max_size=m))
    return {"Z": draw(matrix(n, m)) + np.array(levels)}


@inputs("softmax", call="softmax(Z)", same=nearly)
@st.composite
def logits_far_above(draw):
    n, m = draw(sizes((3, 4), (1, 2)))
    Z = draw(matrix(n, m))
    Z[draw(st.integers(0, n - 1)), 0] += 1500.0
    return {"Z": Z}


@inputs("softmax", call="softmax(Z)", same=exactly)
@st.composite
def one_sample(draw):
    (n,) = draw(sizes((2, 4)))
    return {"Z": draw(matrix(n, 1, up_to(1)))}


EXP = "np.exp(Z - Z.max(axis=0))"
SHARE = "return E / E.sum(axis=0)"

softmax_no_shift = edited(
    "softmax",
    (EXP, "np.exp(Z)"),
    says="Scores of 1000 give nan: their exponentials overflow. "
    "Softmax does not change if the same number is taken off all scores of a sample, which you can use.",
    see="eq:softmax-shift",
    kind="fragile",
)
softmax_one_shift = edited(
    "softmax",
    (EXP, "np.exp(Z - Z.max())"),
    says="You shift the whole batch by one number. A sample whose scores lie far below those of another one "
    "has only exponentials of 0 left, and 0/0 is nan.",
    see="eq:softmax-shift",
    kind="fragile",
)
softmax_shift_by_mean = edited(
    "softmax",
    (EXP, "np.exp(Z - Z.mean(axis=0))"),
    says="You shift by the mean of each sample. One score far above the others still overflows: "
    "the shift has to bring the largest score to 0.",
    see="eq:softmax-shift",
    kind="fragile",
)
softmax_one_shift_and_constant = edited(
    "softmax",
    (EXP, "np.exp(Z - Z.max())"),
    (SHARE, "return E / (E.sum(axis=0) + 1e-5)"),
    says="You shift the whole batch by one number and save the division with a small constant. "
    "Samples with scores far below the others now get no probability at all: their columns add up to 0.",
    see="eq:softmax-shift",
    kind="fragile",
)
softmax_constant = edited(
    "softmax",
    (SHARE, "return E / (E.sum(axis=0) + 1e-5)"),
    says="Your columns do not quite add up to 1, because of the small constant in the denominator. "
    "It is not needed: after the shift the sum is at least 1.",
    see="eq:softmax-shift",
    kind="fragile",
)
softmax_of_rows = edited(
    "softmax",
    (EXP, "np.exp(Z - Z.max(axis=1, keepdims=True))"),
    (SHARE, "return E / E.sum(axis=1, keepdims=True)"),
    says="Your rows add up to 1 instead of your columns. A sample is a column, and its classes share the probability.",
    see="eq:softmax",
)
softmax_of_all = edited(
    "softmax",
    (EXP, "np.exp(Z - Z.max())"),
    (SHARE, "return E / E.sum()"),
    says="All entries of your A together add up to 1: you divide by the sum over the whole batch, "
    "but every sample has probabilities of its own.",
    see="eq:softmax",
)
softmax_sum_of_all = edited(
    "softmax",
    (SHARE, "return E / E.sum()"),
    says="You divide by the sum over the whole batch, so your columns do not add up to 1: "
    "every sample has probabilities of its own.",
    see="eq:softmax",
)
softmax_shift_above_only = edited(
    "softmax",
    (SHARE, "return E / np.exp(Z).sum(axis=0)"),
    says="You shift the scores in the numerator only. The shift cancels only if numerator and denominator "
    "both have it; without that, your columns do not add up to 1.",
    see="eq:softmax-shift",
)
softmax_shift_of_rows = edited(
    "softmax",
    (EXP, "np.exp(Z - Z.max(axis=1, keepdims=True))"),
    says="You take the largest score along the wrong axis, so each class is shifted by another number. "
    "Only a number that is the same for all classes of a sample cancels.",
    see="eq:softmax-shift",
)
softmax_logarithms = edited(
    "softmax",
    (SHARE, "return Z - Z.max(axis=0) - np.log(E.sum(axis=0))"),
    says="You return negative numbers: these are logarithms of probabilities, not the probabilities themselves.",
    see="eq:softmax",
)
softmax_no_exponential = edited(
    "softmax",
    (SHARE, "return Z / Z.sum(axis=0)"),
    says="You divide the scores themselves by their sum. Scores can be negative, so some of your probabilities are "
    "negative or above 1; the exponential comes first.",
    see="eq:softmax",
)
softmax_not_divided = edited(
    "softmax",
    (SHARE, "return E"),
    says="You return the exponentials as they are. To become probabilities they have to share a total of 1.",
    see="eq:softmax",
)
softmax_sign = edited(
    "softmax",
    (EXP, "np.exp(Z.min(axis=0) - Z)"),
    says="Your largest score gets the smallest probability: the sign in the exponent is the wrong way round.",
    see="eq:softmax-shift",
)
softmax_sigmoid = edited(
    "softmax",
    (SHARE, "return 1 / (1 + np.exp(-Z))"),
    says="You squash every score for itself, like a sigmoid. The classes exclude each other, "
    "so the probabilities of one sample have to share a total of 1.",
    see="eq:softmax",
)
softmax_twice = edited(
    "softmax",
    (SHARE, "A = E / E.sum(axis=0)\n    return np.exp(A) / np.exp(A).sum(axis=0)"),
    says="You apply softmax twice. Probabilities lie between 0 and 1, so a second softmax makes them nearly equal.",
    see="eq:softmax",
)


@misconception("softmax", see="eq:softmax-shift", kind="side effect")
def softmax_in_place(Z):
    """You take the maximum off Z itself, so the caller's scores are different after the call."""
    Z -= Z.max(axis=0)
    E = np.exp(Z)
    return E / E.sum(axis=0)


@misconception("softmax", see="eq:softmax", kind="slow", costs=False)
def softmax_in_loops(Z):
    """Your loops over classes and samples are right, but hundreds of times slower than operations on the whole
    array."""
    A = np.zeros(Z.shape)
    for j in range(Z.shape[1]):
        weights = [np.exp(z - max(Z[:, j])) for z in Z[:, j]]
        A[:, j] = [w / sum(weights) for w in weights]
    return A


@unusual("softmax")
def softmax_by_logarithms(Z):
    S = Z - Z.max(axis=0, keepdims=True)
    return np.exp(S - np.log(np.exp(S).sum(axis=0, keepdims=True)))


@unusual("softmax")
def softmax_of_the_transpose(Z):
    rows = np.exp(Z.T - np.amax(Z.T, axis=1)[:, None])
    return (rows / rows.sum(axis=1).reshape(-1, 1)).T


softmax_einsum = unusual_edit("softmax", ("E.sum(axis=0)", 'np.einsum("kj->j", E)'))

# cross_entropy


@st.composite
def probabilities(draw, n, m):
    """Columns of sixteenths that add up to 1."""
    cuts = [sorted(draw(st.sets(st.integers(1, 15), min_size=n - 1, max_size=n - 1))) for _ in range(m)]
    return np.array([np.diff([0, *column, 16]) / 16 for column in cuts]).T


def loss_is_near(one, other):
    return np.size(one) == np.size(other) == 1 and np.allclose(np.ravel(one), np.ravel(other), rtol=1e-4, atol=2e-5)


@inputs("cross_entropy", call="cross_entropy(A, Y)", same=loss_is_near)
@st.composite
def labelled_probabilities(draw):
    n, m = draw(st.sampled_from([2, 3, 4, 10])), draw(st.integers(1, 4))
    return {"A": draw(probabilities(n, m)), "Y": draw(labels(n, m))}


@inputs("cross_entropy", call="cross_entropy(A, Y)", same=loss_is_near)
@st.composite
def sure_of_some(draw):
    n, m = draw(sizes((2, 3), (1, 3)))
    Y, A = draw(labels(n, m)), np.zeros((n, m))
    A[Y[0], np.arange(m)] = draw(st.lists(st.sampled_from([1.0, 0.5, 0.25]), min_size=m, max_size=m))
    A[(Y[0] + 1) % n, np.arange(m)] = 1 - A[Y[0], np.arange(m)]
    return {"A": A, "Y": Y}


LOSS = "-np.log(of_the_label).mean()"

loss_no_minus = edited(
    "cross_entropy",
    (LOSS, "np.log(of_the_label).mean()"),
    says="Your loss is negative. The logarithm of a probability is negative, and a loss gets smaller as things "
    "improve.",
    see="eq:cross-entropy",
)
loss_sum = edited(
    "cross_entropy",
    (LOSS, "-np.log(of_the_label).sum()"),
    says="You add up the losses of the samples, so your loss grows with the size of the batch. "
    "It is meant to be the loss of an average sample.",
    see="eq:cross-entropy",
)
loss_mean_of_all_entries = edited(
    "cross_entropy",
    (LOSS, "-np.log(of_the_label).sum() / A.size"),
    says="You average over all entries of the matrix, classes included, so your loss is too small by the number of "
    "classes. The average is over the samples only.",
    see="eq:cross-entropy",
)
loss_mean_of_classes = edited(
    "cross_entropy",
    (LOSS, "-np.log(of_the_label).sum() / len(A)"),
    says="You divide by the number of classes. The loss is an average over the samples, which are the columns.",
    see="eq:cross-entropy",
)
loss_base_10 = edited(
    "cross_entropy",
    ("np.log(", "np.log10("),
    says="Your loss is 2.3 times too small: you take the logarithm to base 10. "
    "The derivative that you use later belongs to the natural one.",
    see="eq:cross-entropy",
)
loss_base_2 = edited(
    "cross_entropy",
    ("np.log(", "np.log2("),
    says="Your loss is 1.44 times too large: you take the logarithm to base 2. "
    "The derivative that you use later belongs to the natural one.",
    see="eq:cross-entropy",
)
loss_zero_times_log = edited(
    "cross_entropy",
    (LOSS, "-np.sum(one_hot(Y, len(A)) * np.log(A)) / Y.size"),
    says="Where a wrong class has the probability 0, your loss is nan: you take all logarithms and multiply most "
    "of them "
    "by 0, but 0 times infinity is not a number. Those classes should play no part.",
    see="eq:cross-entropy",
    kind="fragile",
)
loss_large_constant = edited(
    "cross_entropy",
    ("np.log(of_the_label)", "np.log(of_the_label + 1e-3)"),
    says="The constant in your logarithm is so large that it changes ordinary losses. "
    "If you want one at all, it must be far below the probabilities that occur.",
    see="eq:cross-entropy",
)
loss_all_classes = edited(
    "cross_entropy",
    (
        LOSS,
        "(lambda T, P: -np.sum(T * np.log(P) + (1 - T) * np.log(1 - P)) / Y.size)"
        "(one_hot(Y, len(A)), np.clip(A, 1e-9, 1 - 1e-9))",
    ),
    says="You add a term with log(1 - p) for the classes that are not true. That belongs to yes-or-no questions; "
    "after a softmax only the true class counts.",
    see="eq:cross-entropy",
)
loss_labels_shifted = edited(
    "cross_entropy",
    ("A[Y[0],", "A[Y[0] - 1,"),
    says="You look up the class before the true one, as if labels started at 1. Here they start at 0.",
    see="eq:cross-entropy",
)
loss_whole_rows = edited(
    "cross_entropy",
    ("A[Y[0], np.arange(Y.size)]", "A[Y[0]]"),
    says="You pick whole rows, that is the probabilities of all samples for a class. "
    "Each sample should give one number, its probability of its own label.",
    see="eq:cross-entropy",
)
loss_log_of_mean = edited(
    "cross_entropy",
    (LOSS, "-np.log(of_the_label.mean())"),
    says="You average the probabilities and take one logarithm at the end. That hides bad mistakes: "
    "each sample has a logarithm of its own, and the average comes last.",
    see="eq:cross-entropy",
)
loss_squares = edited(
    "cross_entropy",
    (LOSS, "((A - one_hot(Y, len(A))) ** 2).sum() / Y.size"),
    says="Your loss adds up squared differences. That is another loss, with another gradient; "
    "this one is about the logarithm of a probability.",
    see="eq:cross-entropy",
)
loss_one_minus = edited(
    "cross_entropy",
    (LOSS, "(1 - of_the_label).mean()"),
    says="Your loss is 1 minus the probability of the label, and so never above 1. "
    "Cross-entropy has a logarithm, which makes confident mistakes expensive.",
    see="eq:cross-entropy",
)
loss_of_the_largest = edited(
    "cross_entropy",
    (LOSS, "-np.log(A.max(axis=0)).mean()"),
    says="You use the largest probability of each sample, whatever its label is. "
    "A network that is sure of the wrong class would look perfect.",
    see="eq:cross-entropy",
)
loss_entropy = edited(
    "cross_entropy",
    (LOSS, "-np.sum(A * np.log(A + 1e-12)) / Y.size"),
    says="Your loss compares the probabilities with themselves: the labels play no part in it. "
    "It says how undecided the network is, not how wrong.",
    see="eq:cross-entropy",
)
loss_arguments_exchanged = edited(
    "cross_entropy",
    (LOSS, "-np.sum(A * np.log(one_hot(Y, len(A)) + 1e-12)) / Y.size"),
    says="You take the logarithm of the labels, which are zeros and ones. "
    "The logarithm belongs to what the network predicts.",
    see="eq:cross-entropy",
)
loss_of_each_sample = edited(
    "cross_entropy",
    (LOSS, "-np.log(of_the_label)"),
    says="You return one loss for each sample. To know whether a step helps you need a single number for the batch.",
    see="eq:cross-entropy",
)
loss_ten_classes = edited(
    "cross_entropy",
    (LOSS, "-np.sum(np.log(np.sum(one_hot(Y, 10) * A, axis=0))) / Y.size"),
    says="You make labels of ten rows, whatever A is. How many classes there are shows in the probabilities.",
    see="eq:one-hot",
)


@misconception("cross_entropy", see="eq:cross-entropy", kind="side effect")
def loss_clips_in_place(A, Y):
    """You add a small constant to the probabilities themselves. The array that was passed in is no longer what softmax
    gave."""
    A += 1e-8
    return -np.log(A[Y[0], np.arange(Y.size)]).mean()


@misconception("cross_entropy", see="eq:cross-entropy", kind="slow", costs=False)
def loss_in_a_loop(A, Y):
    """Your loop is right, but much slower than picking all probabilities at once."""
    loss = 0.0
    for j in range(Y.shape[1]):
        loss = loss - np.log(A[Y[0, j], j] + 1e-9)
    return loss / Y.shape[1]


@unusual("cross_entropy")
def loss_as_1x1(A, Y):
    picked = np.sum(A * author.one_hot(Y, A.shape[0]), axis=0, keepdims=True)
    return -np.log(picked + 1e-6).mean(axis=1, keepdims=True)


@unusual("cross_entropy")
def loss_of_flat_labels(A, Y):
    y = np.ravel(Y).astype(int)
    return float(sum(-np.log(A[k, j]) for j, k in enumerate(y)) / len(y))


loss_take_along = unusual_edit("cross_entropy", ("A[Y[0], np.arange(Y.size)]", "np.take_along_axis(A, Y, axis=0)"))

# softmax_cross_entropy_der


@inputs("softmax_cross_entropy_der", call="softmax_cross_entropy_der(A, Y)")
@st.composite
def probabilities_on_the_way_back(draw):
    n, m = draw(st.sampled_from([2, 3, 4, 10])), draw(st.integers(1, 4))
    return {"A": draw(probabilities(n, m)), "Y": draw(labels(n, m))}


ONE_HOT = "one_hot(Y, n_classes)"
DER = "(A - one_hot(Y, n_classes)) / m"

der_no_mean = edited(
    "softmax_cross_entropy_der",
    (DER, "A - one_hot(Y, n_classes)"),
    says="Your gradient is too large by the number of samples: the loss is a mean over them, so each sample is "
    "only a fraction of it.",
    see="eq:softmax-ce-grad",
)
der_mean_of_all_entries = edited(
    "softmax_cross_entropy_der",
    (") / m", ") / A.size"),
    says="Your gradient is too small by the number of classes. The loss is a mean over the samples, not over all "
    "entries.",
    see="eq:softmax-ce-grad",
)
der_mean_twice = edited(
    "softmax_cross_entropy_der",
    (") / m", ") / m**2"),
    says="You divide by the number of samples twice, so that your gradient is far too small.",
    see="eq:softmax-ce-grad",
)
der_mean_of_classes = edited(
    "softmax_cross_entropy_der",
    (") / m", ") / n_classes"),
    says="You divide by the number of classes. The mean in the loss is over the samples, which are the columns.",
    see="eq:softmax-ce-grad",
)
der_fixed_number = edited(
    "softmax_cross_entropy_der",
    (") / m", ") / 2"),
    says="You divide by a fixed number, which is right for the small example alone. "
    "How many samples there are must come from the arrays.",
    see="eq:softmax-ce-grad",
)
der_sign = edited(
    "softmax_cross_entropy_der",
    (DER, "(one_hot(Y, n_classes) - A) / m"),
    says="Every entry has the wrong sign. With this gradient, each step of the training makes the loss larger.",
    see="eq:softmax-ce-grad",
)
der_one_number = edited(
    "softmax_cross_entropy_der",
    (DER, "np.sum(A - one_hot(Y, n_classes)) / m"),
    says="You return a single number. Each score of each sample has a derivative of its own; the mean in the loss is "
    "a factor, and nothing is added up here.",
    see="eq:softmax-ce-grad",
)
der_mean_of_samples = edited(
    "softmax_cross_entropy_der",
    (DER, "np.mean(A - one_hot(Y, n_classes), axis=1, keepdims=True)"),
    says="You average over the samples, so one column is left. The mean in the loss is only a factor here: "
    "each sample keeps a column of its own.",
    see="eq:softmax-ce-grad",
)
der_ignores_labels = edited(
    "softmax_cross_entropy_der",
    (DER, "A * (1 - A) / m"),
    says="The labels play no part in your result. Which way the scores should move depends on the true class.",
    see="eq:softmax-ce-grad",
)
der_whole_rows = edited(
    "softmax_cross_entropy_der",
    (ONE_HOT + ")", "np.isin(np.arange(n_classes), Y)[:, np.newaxis])"),
    says="You subtract 1 from whole rows, for all samples at once. "
    "Each column has one true class, so it loses 1 in a single place.",
    see="eq:softmax-ce-grad",
)
der_reshaped = edited(
    "softmax_cross_entropy_der",
    (ONE_HOT, "np.eye(n_classes)[Y[0]].reshape(n_classes, m)"),
    says="Your one-hot labels get the right shape by reshape, which reads the numbers on in the same order: "
    "samples and classes are mixed up. Rows must become columns.",
    see="eq:one-hot",
)
der_true_class_alone = edited(
    "softmax_cross_entropy_der",
    (DER, "one_hot(Y, n_classes) * (A - 1) / m"),
    says="Only the true class gets a gradient in your result. The other classes share in every probability of their "
    "sample through the sum in softmax, so their scores matter, too.",
    see="eq:softmax-jacobian",
)
der_squares = edited(
    "softmax_cross_entropy_der",
    (DER, "(A - one_hot(Y, n_classes)) * A * (1 - A) / m"),
    says="You multiply by A(1 - A). That factor belongs to a squared error after a sigmoid; "
    "with cross-entropy it cancels.",
    see="eq:softmax-ce-grad",
)
der_brackets = edited(
    "softmax_cross_entropy_der",
    (DER, "A - one_hot(Y, n_classes) / m"),
    says="You divide only the labels by the number of samples: a division comes before a difference. "
    "That is why your columns do not add up to 0.",
    see="eq:softmax-ce-grad",
)
der_brackets_left = edited(
    "softmax_cross_entropy_der",
    (DER, "A / m - one_hot(Y, n_classes)"),
    says="You divide only the probabilities by the number of samples. The labels belong to the same mean; "
    "that is why your columns do not add up to 0.",
    see="eq:softmax-ce-grad",
)
der_in_probabilities = edited(
    "softmax_cross_entropy_der",
    (DER, "-one_hot(Y, n_classes) / A / m"),
    says="That is the derivative with respect to the probabilities. You still have to go through softmax to get to "
    "the scores.",
    see="eq:softmax-ce-grad",
)
der_integer_labels = edited(
    "softmax_cross_entropy_der",
    (DER, "(A - Y) / m"),
    says="You subtract the labels as numbers from every row. A label is a name, not an amount: "
    "it says in which row a 1 belongs.",
    see="eq:one-hot",
)
der_of_decision = edited(
    "softmax_cross_entropy_der",
    (DER, "((A == A.max(axis=0)) * 1.0 - one_hot(Y, n_classes)) / m"),
    says="You compare the decision with the label, so your entries are only 0 and plus or minus 1/m. "
    "The gradient needs to know how sure the network was.",
    see="eq:softmax-ce-grad",
)
der_classes_from_labels = edited(
    "softmax_cross_entropy_der",
    (ONE_HOT + ")", "one_hot(Y, Y.max() + 1))"),
    says="You take the number of classes from the largest label. A batch without the last class then has too few rows; "
    "the probabilities know how many there are.",
    see="eq:one-hot",
)
der_ten_classes = edited(
    "softmax_cross_entropy_der",
    (ONE_HOT + ")", "one_hot(Y, 10))"),
    says="Your one-hot labels always have ten rows. How many classes there are shows in the probabilities.",
    see="eq:one-hot",
)


@misconception("softmax_cross_entropy_der", see="eq:softmax-ce-grad", kind="side effect")
def der_overwrites_probabilities(A, Y):
    """You subtract the labels in the array that was passed in: after the call it no longer holds probabilities."""
    A[Y[0], np.arange(Y.size)] -= 1
    return A / Y.size


@unusual("softmax_cross_entropy_der")
def der_in_a_loop(A, Y):
    dZ = A.copy()
    for j, label in enumerate(Y[0]):
        dZ[label, j] -= 1
    return dZ / A.shape[1]


@unusual("softmax_cross_entropy_der")
def der_by_the_jacobian(A, Y):
    columns = []
    for p, label in zip(A.T, Y[0], strict=True):
        columns.append((np.diag(p) - np.outer(p, p)) @ (-np.eye(len(p))[label] / p[label]) / Y.size)
    return np.array(columns).T


der_identity = unusual_edit("softmax_cross_entropy_der", (DER, "np.divide(A - np.eye(len(A))[:, Y.ravel()], m)"))

# forward


def same_caches(one, other):
    """The form of the caches is open; where the four names are there, what they hold is compared."""
    names = ("X", "Z1", "A1", "A2")
    if not all(hasattr(caches, "keys") and set(caches) >= set(names) for caches in (one, other)):
        return True
    return all(
        np.shape(one[name]) == np.shape(other[name]) and np.allclose(one[name], other[name], rtol=1e-5, atol=5e-5)
        for name in names
    )


DIMS = st.sampled_from([(1, 1, 2), (2, 1, 2), (1, 2, 3), (2, 2, 2), (3, 3, 3)])


@inputs("forward", call="forward(X, parameters)[0]", same=nearly)
@st.composite
def networks(draw):
    dims, m = draw(DIMS), draw(st.integers(1, 3))
    return {"X": draw(matrix(dims[0], m)), "parameters": draw(parameters(dims))}


@inputs("forward", call="A2, caches, *_ = forward(X, parameters)\ncaches", same=same_caches)
@st.composite
def networks_with_caches(draw):
    dims, m = draw(DIMS), draw(st.integers(1, 3))
    return {"X": draw(matrix(dims[0], m)), "parameters": draw(parameters(dims))}


HIDDEN = "Z1 = W1 @ X + b1"
BEND = "A1, _ = relu(Z1)"
OUT = "A2 = softmax(W2 @ A1 + b2)"
KEPT = '{"X": X, "Z1": Z1, "A1": A1, "A2": A2}\n    ###'

forward_no_bend = edited(
    "forward",
    (BEND, "A1 = Z1"),
    says="There is no activation function between your two layers. Two affine maps in a row are only another affine "
    "map, so the hidden layer adds nothing.",
    see="eq:two-layer-forward",
)
forward_two_bends = edited(
    "forward",
    (OUT, "A2 = softmax(relu(W2 @ A1 + b2)[0])"),
    says="You apply the ReLU to the scores of the last layer as well. Softmax needs the negative ones: "
    "cut off, all unlikely classes become equally likely.",
    see="eq:two-layer-forward",
)
forward_bends_early = edited(
    "forward",
    (HIDDEN, "Z1 = W1 @ relu(X)[0] + b1"),
    (BEND, "A1 = Z1"),
    says="You apply the ReLU to the samples before the first layer, not the hidden values after it. "
    "Without a nonlinearity between them, both layers together are one affine map.",
    see="eq:two-layer-forward",
)
forward_no_hidden_bias = edited(
    "forward",
    (HIDDEN, "Z1 = W1 @ X"),
    says="The bias of your hidden layer is missing, so the ReLUs of all its units have their corner at 0.",
    see="eq:two-layer-forward",
)
forward_no_output_bias = edited(
    "forward",
    (OUT, "A2 = softmax(W2 @ A1)"),
    says="The bias of your last layer is missing: where all hidden units are off, all classes get the same score.",
    see="eq:two-layer-forward",
)
forward_no_softmax = edited(
    "forward",
    (OUT, "A2 = W2 @ A1 + b2"),
    says="Your A2 holds scores. They have to go through softmax before they are probabilities.",
    see="eq:two-layer-forward",
)
forward_softmax_twice = edited(
    "forward",
    (OUT, "A2 = softmax(softmax(W2 @ A1 + b2))"),
    says="You apply softmax twice. A second softmax makes the probabilities nearly equal, whatever the scores say.",
    see="eq:two-layer-forward",
)
forward_turned_round = edited(
    "forward",
    (HIDDEN, "Z1 = W1.T @ X + b1"),
    says="You transpose W1. That fits only in a square layer, where it is silently wrong: each unit has a row of W1.",
    see="eq:two-layer-forward",
)
forward_turned_round_where_it_fits = edited(
    "forward",
    (HIDDEN, "Z1 = (W1.T if W1.shape[0] == W1.shape[1] else W1) @ X + b1"),
    says="You choose the direction of W1 by what fits. In a square layer both fit, and you take the wrong one: "
    "each unit has a row of W1.",
    see="eq:two-layer-forward",
)
forward_keeps_the_pair = edited(
    "forward",
    (BEND, "A1 = relu(Z1)"),
    says="You go on with all that relu returns, the activations and the cache together. "
    "The next layer needs the activations alone.",
    see="eq:two-layer-forward",
)
forward_skips_hidden = edited(
    "forward",
    (OUT, "A2 = softmax(W2 @ Z1 + b2)"),
    says="Your second layer gets Z1, the hidden values before the ReLU. The output of the ReLU is in A1, and "
    "nobody uses it.",
    see="eq:two-layer-forward",
)
forward_flat_bias = edited(
    "forward",
    (HIDDEN, "Z1 = W1 @ X + b1.ravel()"),
    says="You flatten the bias. Then its numbers go to the samples instead of the units, or do not fit at all.",
    see="eq:linear-forward",
)
forward_keeps_bent = edited(
    "forward",
    ('"Z1": Z1, "A1": A1, "A2": A2}\n', '"Z1": A1, "A1": A1, "A2": A2}\n'),
    says="Your caches hold A1 under the name of Z1. The backward pass asks for the values before the ReLU; "
    "they are gone as well if you apply the ReLU in place.",
    see="eq:two-layer-backward",
)
forward_keeps_scores = edited(
    "forward",
    ('"A1": A1, "A2": A2}\n', '"A1": A1, "A2": W2 @ A1 + b2}\n'),
    says="Your caches hold the scores under the name of A2. The backward pass expects probabilities there.",
    see="eq:two-layer-backward",
)
forward_one_result = edited(
    "forward",
    ("return A2, {", "return A2  # {"),
    says="You return A2 alone. The backward pass needs what the layers saw, so the caches belong to the result as "
    "well.",
    see="eq:two-layer-backward",
)


@unusual("forward")
def forward_sample_by_sample(X, parameters):
    W1, b1, W2, b2 = [parameters[name] for name in ("W1", "b1", "W2", "b2")]
    Z1 = np.hstack([W1 @ x.reshape(-1, 1) + b1 for x in X.T])
    A1 = np.maximum(0, Z1)
    A2 = np.hstack([author.softmax(W2 @ a[:, None] + b2) for a in A1.T])
    return [A2, {"X": X, "Z1": Z1, "A1": A1, "A2": A2, "note": "more"}, "done"]


@unusual("forward")
def forward_with_a_list(X, parameters):
    Z1 = np.einsum("op,pj->oj", parameters["W1"], X) + parameters["b1"]
    A1 = np.where(Z1 > 0, Z1, 0)
    A2 = author.softmax(np.dot(parameters["W2"], A1) + np.reshape(parameters["b2"], (-1, 1)))
    return A2, [X, Z1 > 0, A1, A2]


forward_by_product = unusual_edit("forward", (BEND, "A1 = Z1 * (Z1 > 0)"))

# backward


@inputs("backward", call="backward(Y, forward(X, parameters)[1], parameters)")
@st.composite
def networks_on_the_way_back(draw):
    dims, m = draw(DIMS), draw(st.integers(1, 3))
    return {
        "X": draw(matrix(dims[0], m)),
        "Y": draw(labels(dims[2], m)),
        "parameters": draw(parameters(dims, up_to(1))),
    }


@inputs(
    "backward",
    call="caches = forward(X, parameters)[1]\ngradients = backward(Y, caches, parameters)\ncaches",
    same=same_caches,
)
@st.composite
def caches_looked_at_again(draw):
    dims, m = draw(DIMS), draw(st.integers(1, 3))
    return {
        "X": draw(matrix(dims[0], m)),
        "Y": draw(labels(dims[2], m)),
        "parameters": draw(parameters(dims, up_to(1))),
    }


D_Z2 = 'dZ2 = softmax_cross_entropy_der(caches["A2"], Y)'
D_A1 = 'dA1 = parameters["W2"].T @ dZ2'
D_Z1 = 'dZ1 = relu_der(dA1, {"Z": caches["Z1"]})'
D_W1, D_B1 = 'dZ1 @ caches["X"].T', "dZ1.sum(axis=1, keepdims=True)"
D_W2, D_B2 = 'dZ2 @ caches["A1"].T', "dZ2.sum(axis=1, keepdims=True)"

backward_mean_again = edited(
    "backward",
    (D_Z2, D_Z2 + " / Y.size"),
    says="All your gradients are too small by the number of samples: the mean is in dZ2 already, and you take it "
    "again.",
    see="eq:two-layer-backward",
)
backward_mean_of_weights = edited(
    "backward",
    (D_W1, D_W1 + " / Y.size"),
    (D_W2, D_W2 + " / Y.size"),
    says="You average the gradients of the weights over the samples. The mean is in dZ2 already; here they add up.",
    see="eq:dW",
)
backward_mean_of_biases = edited(
    "backward",
    ("sum(axis=1, keepdims=True)", "mean(axis=1, keepdims=True)"),
    says="You average the gradients of the biases over the samples. The mean is in dZ2 already; here they add up.",
    see="eq:db",
)
backward_before_the_bend = edited(
    "backward",
    ('caches["A1"]', 'caches["Z1"]'),
    says="Your dW2 uses the hidden values before the ReLU. The second layer never saw those: it saw what the "
    "ReLU left.",
    see="eq:two-layer-backward",
)
backward_no_gate = edited(
    "backward",
    (D_Z1, "dZ1 = dA1"),
    says="You carry the gradient past the ReLU. Hidden units that were off did not influence the loss, "
    "and their weights must get nothing.",
    see="eq:two-layer-backward",
)
backward_gate_by_gradient = edited(
    "backward",
    (D_Z1, "dZ1 = dA1 * (dA1 > 0)"),
    says="Your gate looks at the sign of the gradient. Whether a unit was on was decided in the forward pass, by Z1.",
    see="eq:two-layer-backward",
)
backward_times_activation = edited(
    "backward",
    (D_Z1, 'dZ1 = dA1 * caches["A1"]'),
    says="You multiply by the hidden activations. The chain rule asks for the derivative of the ReLU, "
    "which is the same for small and large values.",
    see="eq:two-layer-backward",
)
backward_gate_on_the_scores = edited(
    "backward",
    (D_Z2, D_Z2.replace("= ", "= relu_der(") + ', {"Z": parameters["W2"] @ caches["A1"] + parameters["b2"]})'),
    says="You put a gate on the scores. There is no ReLU after the last layer: a negative score counts as well.",
    see="eq:two-layer-backward",
)
backward_bias_one_number = edited(
    "backward",
    (D_B1, "dZ1.sum() * np.ones((len(dZ1), 1))"),
    (D_B2, "dZ2.sum() * np.ones((len(dZ2), 1))"),
    says="All entries of db1 are equal, and so are those of db2: you add up the whole layer. "
    "Each bias collects from its own unit alone.",
    see="eq:db",
)
backward_bias_scalar = edited(
    "backward",
    (D_B1, "np.sum(dZ1)"),
    (D_B2, "np.sum(dZ2)"),
    says="Your db1 and db2 are single numbers, sums over the whole layer. Each bias collects from its own unit alone.",
    see="eq:db",
)
backward_hidden_bias_one_number = edited(
    "backward",
    (D_B1, "dZ1.sum() * np.ones((len(dZ1), 1))"),
    says="All entries of your db1 are equal: you add up the whole layer. Each bias collects from its own unit alone.",
    see="eq:db",
)
backward_bias_flat = edited(
    "backward",
    ("sum(axis=1, keepdims=True)", "sum(axis=1)"),
    says="Your db1 and db2 have lost their second axis. Taken off a column, a flat array makes a whole table of it.",
    see="eq:db",
)
backward_bias_of_samples = edited(
    "backward",
    ("sum(axis=1, keepdims=True)", "sum(axis=0, keepdims=True)"),
    says="Your db1 and db2 add up the units and leave one number for each sample. "
    "A bias belongs to a unit and serves all samples.",
    see="eq:db",
)
backward_hidden_bias_before_gate = edited(
    "backward",
    (D_B1, "dA1.sum(axis=1, keepdims=True)"),
    says="Your db1 adds up the gradient before the gate. The bias comes before the ReLU, "
    "so units that were off give it nothing.",
    see="eq:two-layer-backward",
)
backward_sign = edited(
    "backward",
    (D_Z2, D_Z2.replace("= ", "= -")),
    says="All your gradients have the wrong sign. The step downhill gets its minus later; a gradient points uphill.",
    see="eq:two-layer-backward",
)
backward_weights_turned_round = edited(
    "backward",
    (D_W2, 'caches["A1"] @ dZ2.T'),
    says="Your dW2 is transposed: its rows belong to the hidden units. "
    "A gradient has the shape of its parameter, which only a square layer hides.",
    see="eq:dW",
)
backward_through_weights = edited(
    "backward",
    (D_A1, 'dA1 = parameters["W2"] @ dZ2'),
    says="You go back through W2 as it is. It leads from hidden units to classes; the backward pass needs it the "
    "other way round, which a square layer does not tell you.",
    see="eq:dA-prev",
)
backward_past_weights = edited(
    "backward",
    (D_A1, "dA1 = dZ2"),
    says="You hand dZ2 down as it is. What a hidden unit is to blame for depends on the weights through which it "
    "was heard.",
    see="eq:dA-prev",
)
backward_first_weights = edited(
    "backward",
    (D_W1, 'dZ1 @ caches["A1"].T'),
    says="Your dW1 uses the hidden values. The first layer saw the samples themselves.",
    see="eq:two-layer-backward",
)
backward_last_layer_only = edited(
    "backward",
    (D_Z1, "dZ1 = 0 * dA1"),
    says="Your first layer gets a gradient of 0, so only the last one would learn.",
    see="eq:two-layer-backward",
)
backward_half_done = edited(
    "backward",
    (f'"dW1": {D_W1},\n        "db1": {D_B1},\n', ""),
    says="Gradients are missing in your result. Each of the four parameters needs one.",
    see="eq:two-layer-backward",
)
backward_first_layer_only = edited(
    "backward",
    (f'"dW2": {D_W2},', '"dW2": 0 * parameters["W2"],'),
    (f'"db2": {D_B2},', '"db2": 0 * parameters["b2"],'),
    says="Your last layer gets a gradient of 0, so only the first one would learn.",
    see="eq:two-layer-backward",
)
backward_gate_in_the_cache = edited(
    "backward",
    (D_Z1, 'Z1 = caches["Z1"]\n    Z1[Z1 <= 0] = 0\n    Z1[Z1 > 0] = 1\n    dZ1 = dA1 * Z1'),
    says="You make the gate in the cached Z1 itself: after the call it holds zeros and ones instead of the "
    "hidden values.",
    see="eq:relu-der",
    kind="side effect",
)
backward_labels_in_the_cache = edited(
    "backward",
    (D_Z2, 'dZ2 = caches["A2"]\n    dZ2[Y[0], np.arange(Y.size)] -= 1\n    dZ2 /= Y.size'),
    says="You work on the cached A2 itself: after the call it no longer holds probabilities.",
    see="eq:softmax-ce-grad",
    kind="side effect",
)


@unusual("backward")
def backward_sample_by_sample(Y, caches, parameters):
    slopes = {"d" + name: np.zeros(np.shape(value)) for name, value in parameters.items()}
    d2 = author.softmax_cross_entropy_der(caches["A2"], Y)
    for j in range(Y.size):
        d1 = np.where(caches["A1"][:, j] > 0, d2[:, j] @ parameters["W2"], 0.0)
        slopes["dW2"] += np.outer(d2[:, j], caches["A1"][:, j])
        slopes["dW1"] += np.outer(d1, caches["X"][:, j])
        slopes["db2"] += d2[:, [j]]
        slopes["db1"] += d1[:, None]
    return slopes


@unusual("backward")
def backward_in_one_go(Y, caches, parameters):
    dZ2 = (caches["A2"] - author.one_hot(Y, caches["A2"].shape[0])) / Y.shape[1]
    dZ1 = (parameters["W2"].T @ dZ2) * np.sign(caches["A1"])
    slopes = {}
    for number, (d, below) in enumerate([(dZ1, caches["X"]), (dZ2, caches["A1"])], start=1):
        slopes[f"dW{number}"] = np.einsum("ij,pj->ip", d, below)
        slopes[f"db{number}"] = d.sum(1).reshape(-1, 1)
    return slopes


backward_mean_at_the_end = unusual_edit(
    "backward",
    (D_Z2, D_Z2 + " * Y.size"),
    (D_W1, D_W1 + " / Y.size"),
    (D_W2, D_W2 + " / Y.size"),
    ("sum(axis=1, keepdims=True)", "mean(axis=1, keepdims=True)"),
)

# train


def same_training(one, other):
    """Costs may come as a list or as an array, each in whatever shape."""
    costs = [np.ravel(np.asarray(result["costs"], dtype=float)) for result in (one, other)]
    networks = [result["parameters"] for result in (one, other)]
    return (
        costs[0].shape == costs[1].shape
        and np.allclose(*costs, rtol=1e-4)
        and networks[0].keys() == networks[1].keys()
        and all(np.shape(networks[0][name]) == np.shape(networks[1][name]) for name in networks[1])
        and all(np.allclose(networks[0][name], networks[1][name], rtol=1e-5, atol=1e-8) for name in networks[1])
    )


def same_costs(one, other):
    one, other = (np.ravel(np.asarray(costs, dtype=float)) for costs in (one, other))
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-4, atol=1e-6)


@inputs(
    "train",
    call="answer = train(X, Y, parameters, learning_rate, len(X.T), epochs, np.random.default_rng(1))\n"
    "dict(zip(('parameters', 'costs'), answer))",
    same=same_training,
)
@st.composite
def whole_batches(draw):
    dims, m = draw(st.sampled_from([(1, 1, 2), (2, 1, 2), (1, 2, 3)])), draw(st.integers(2, 3))
    return {
        "X": draw(matrix(dims[0], m)),
        "Y": draw(labels(dims[2], m)),
        "parameters": draw(parameters(dims, up_to(1))),
        "learning_rate": draw(st.sampled_from([0.5, 0.25])),
        "epochs": draw(st.sampled_from([2, 3, 1])),
    }


@inputs(
    "train",
    call="costs = train(X, Y, parameters, 1e-9, batch_size, epochs, np.random.default_rng(1))[1]\ncosts",
    same=same_costs,
)
@st.composite
def costs_of_resting_networks(draw):
    dims = (1, 1, 2)
    return {
        "X": draw(matrix(1, 4)),
        "Y": draw(labels(2, 4)),
        "parameters": draw(parameters(dims, up_to(1))),
        "batch_size": draw(st.sampled_from([2, 1])),
        "epochs": draw(st.sampled_from([1, 2])),
    }


def start_for(pixels):
    """Weights with which every sample that lights one pixel moves its column of W1, and no other one."""
    return {
        "W1": np.full((2, pixels), 0.5),
        "b1": np.full((2, 1), 0.5),
        "W2": np.array([[1.0, 0.5], [-1.0, 0.5]]),
        "b2": np.zeros((2, 1)),
    }


@inputs(
    "train",
    call="X, Y = np.eye(5), np.zeros((1, 5), dtype=int)\n"
    "once = train(X, Y, parameters, 0.01, batch_size, 1, np.random.default_rng(seed))[0]\n"
    "often = train(X, Y, parameters, 0.01, batch_size, 8, np.random.default_rng(seed))[0]\n"
    "{f'samples used in {word}': int(np.sum(np.any(network['W1'] != parameters['W1'], axis=0)))\n"
    " for word, network in {'one epoch': once, 'eight epochs': often}.items()}",
)
@st.composite
def incomplete_batches(draw):
    return {
        "parameters": start_for(5),
        "batch_size": draw(st.sampled_from([2, 4])),
        "seed": draw(st.integers(0, 3)),
    }


@inputs(
    "train",
    call="X, Y = np.eye(6), np.array([[0, 1, 0, 0, 1, 1]])\n"
    "one, same, other = (\n"
    "    train(X, Y, parameters, 0.5, 2, 3, np.random.default_rng(number))[0]['W1']\n"
    "    for number in (seed, seed, seed + 10)\n"
    ")\n"
    "{'the same seed, the same network': np.allclose(one, same, rtol=0, atol=1e-9),\n"
    " 'another seed, another network': not np.allclose(one, other, rtol=0, atol=1e-9)}",
)
@st.composite
def seeds(draw):
    return {
        "parameters": start_for(6),
        "seed": draw(st.integers(0, 1)),
    }


BATCHES = "range(0, m - batch_size + 1, batch_size)"
ORDER = "order, losses = rng.permutation(m), []"
RECORD = "losses.append(cross_entropy(A2, Y[:, batch]))"
STEP = 'parameters = {name: value - learning_rate * gradients[f"d{name}"] for name, value in parameters.items()}\n'
COST = "costs.append(float(np.mean(losses)))"

train_keeps_incomplete_batch = edited(
    "train",
    (BATCHES, "range(0, m, batch_size)"),
    says="You use the samples that are left at the end of an epoch as a smaller batch. "
    "Its average weighs each of them more; here such a batch is dropped.",
    see="eq:minibatch-gradient",
)
train_one_batch_short = edited(
    "train",
    (BATCHES, "range(0, m - batch_size, batch_size)"),
    says="You leave out the last batch even if it is complete: your range ends one batch too early.",
    see="eq:minibatch-gradient",
)
train_one_order = edited(
    "train",
    ("m, costs = Y.size, []", "m, costs = Y.size, []\n    kept = rng.permutation(m)"),
    (ORDER, "order, losses = kept, []"),
    says="You draw one order and use it in every epoch, so the batches are always the same "
    "and the samples that are left over never get their turn.",
    see="eq:minibatch-gradient",
)
train_no_order = edited(
    "train",
    (ORDER, "order, losses = np.arange(m), []"),
    says="You take the samples as they come. If they are sorted, your batches show one class at a time; "
    "each epoch needs a new order.",
    see="eq:minibatch-gradient",
)
train_global_generator = edited(
    "train",
    ("rng.permutation(m)", "np.random.permutation(m)"),
    says="You draw the order from NumPy's global generator, not from the rng that was passed in, "
    "so the caller cannot repeat a run.",
    see="eq:minibatch-gradient",
)
train_own_seed = edited(
    "train",
    ("m, costs = Y.size, []", "m, costs = Y.size, []\n    rng = np.random.default_rng(0)"),
    says="You make a generator of your own. Every run has the same orders then, whatever rng the caller passes in.",
    see="eq:minibatch-gradient",
)
train_with_replacement = edited(
    "train",
    ("rng.permutation(m)", "rng.integers(0, m, m)"),
    says="You draw samples with replacement: in an epoch some are used twice and others not at all.",
    see="eq:minibatch-gradient",
)
train_two_orders = edited(
    "train",
    ("A2, caches = forward(", "labels = Y[:, rng.permutation(m)[:batch_size]]\n            A2, caches = forward("),
    ("Y[:, batch]", "labels"),
    says="You shuffle samples and labels in two different orders, so most samples get the label of another one. "
    "One order must serve both.",
    see="eq:minibatch-gradient",
)
train_labels_not_shuffled = edited(
    "train",
    ("Y[:, batch]", "Y[:, first : first + batch_size]"),
    says="You shuffle the samples but not their labels, so most samples get the label of another one.",
    see="eq:minibatch-gradient",
)
train_cost_of_last_batch = edited(
    "train",
    (COST, "costs.append(losses[-1])"),
    says="Your cost is that of the last batch of the epoch alone. One small batch says little; "
    "the mean over all of them is asked for.",
    see="eq:two-layer-step",
)
train_cost_of_first_batch = edited(
    "train",
    (COST, "costs.append(losses[0])"),
    says="Your cost is that of the first batch of the epoch alone. One small batch says little; "
    "the mean over all of them is asked for.",
    see="eq:two-layer-step",
)
train_cost_added_up = edited(
    "train",
    (COST, "costs.append(float(np.sum(losses)))"),
    says="You add up the losses of the batches, so your cost grows with their number. "
    "Then it cannot be compared with the expected value at the start.",
    see="eq:two-layer-step",
)
train_cost_of_each_batch = edited(
    "train",
    (RECORD, RECORD.replace("losses", "costs")),
    (COST, "pass"),
    says="You keep a cost for every batch; one for each epoch is asked for.",
    see="eq:two-layer-step",
)
train_cost_after_step = edited(
    "train",
    (RECORD, "pass"),
    (STEP, STEP + "            " + RECORD.replace("A2", "forward(X[:, batch], parameters)[0]") + "\n"),
    says="You measure the loss of a batch after the step that it was used for. "
    "It looks too good there: the network has just been adapted to it.",
    see="eq:two-layer-step",
)
train_uphill = edited(
    "train",
    ("value - learning_rate", "value + learning_rate"),
    says="You walk along the gradient, which leads uphill: the cost rises with every step.",
    see="eq:two-layer-step",
)
train_weights_only = edited(
    "train",
    ('gradients[f"d{name}"] for', 'gradients[f"d{name}"] * (name[0] == "W") for'),
    says="Your biases never move. They are parameters like the weights and have gradients of their own.",
    see="eq:two-layer-step",
)
train_last_layer_stays = edited(
    "train",
    ('gradients[f"d{name}"] for', 'gradients[f"d{name}"] * (name[1] == "1") for'),
    says="Your second layer never moves: W2 and b2 are the same after the training as before.",
    see="eq:two-layer-step",
)
train_rate_twice = edited(
    "train",
    ("- learning_rate *", "- learning_rate**2 *"),
    says="The learning rate is in your step twice, so the steps are much too small where it is below 1.",
    see="eq:two-layer-step",
)
train_with_momentum = edited(
    "train",
    ("m, costs = Y.size, []", "m, costs, moving = Y.size, [], dict.fromkeys(parameters, 0.0)"),
    (
        STEP,
        'moving = {name: 0.9 * moving[name] + gradients[f"d{name}"] for name in parameters}\n'
        "            parameters = {name: parameters[name] - learning_rate * moving[name] for name in parameters}\n",
    ),
    says="You keep nine tenths of the steps before and add them to each new one. That is momentum, another method: "
    "its steps grow up to ten times as long, and the rates of this chapter are meant for plain ones.",
    see="eq:two-layer-step",
)
train_mean_again = edited(
    "train",
    ("- learning_rate *", "- learning_rate / batch_size *"),
    says="You divide the step by the size of the batch. The gradient is that of a mean already, "
    "so your steps are too small.",
    see="eq:minibatch-gradient",
)
train_one_epoch_short = edited(
    "train",
    ("range(epochs)", "range(1, epochs)"),
    says="You go through the samples once less than asked for: range(1, n) has n - 1 numbers.",
    see="eq:two-layer-step",
)
train_starts_again = edited(
    "train",
    ("m, costs = Y.size, []", "m, costs, start = Y.size, [], parameters"),
    (ORDER, ORDER + "\n        parameters = start"),
    says="Each of your epochs begins with the starting parameters again, so nothing is kept of the epoch before.",
    see="eq:two-layer-step",
)
train_in_place = edited(
    "train",
    (
        STEP,
        'for name in parameters:\n                parameters[name] -= learning_rate * gradients[f"d{name}"]\n',
    ),
    says="You change the arrays that were passed in, as -= does. The caller may want to start from them again.",
    see="eq:two-layer-step",
    kind="side effect",
)
train_results_exchanged = edited(
    "train",
    ("return parameters, costs", "return costs, parameters"),
    says="Your two results come in the wrong order, so the caller takes the costs for the parameters.",
    see="eq:two-layer-step",
)
train_one_result = edited(
    "train",
    ("return parameters, costs", "return parameters"),
    says="You return the parameters alone. The costs are asked for as well: they show whether the training goes well.",
    see="eq:two-layer-step",
)


@unusual("train")
def train_with_shuffled_columns(X, Y, parameters, learning_rate, batch_size, epochs, rng=None):
    network = {name: np.array(value) for name, value in parameters.items()}
    columns, costs = np.arange(X.shape[1]), np.zeros(epochs)
    for epoch in range(epochs):
        rng.shuffle(columns)
        count = len(columns) // batch_size
        for batch in np.split(columns[: count * batch_size], count):
            A2, caches = author.forward(X[:, batch], network)
            costs[epoch] += float(author.cross_entropy(A2, Y[:, batch])) / count
            slopes = author.backward(Y[:, batch], caches, network)
            for name in network:
                network[name] -= learning_rate * slopes["d" + name]
        print("epoch", epoch, "cost", costs[epoch])
    return network, costs, "done"


train_sorted_numbers = unusual_edit("train", ("rng.permutation(m)", "np.argsort(rng.random(m))"))
train_costs_as_1x1 = unusual_edit(
    "train", (RECORD, "losses.append(np.reshape(cross_entropy(A2, Y[:, batch]), (1, 1)))")
)
