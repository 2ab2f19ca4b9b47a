"""What goes wrong in `multi_layer`."""

import numpy as np
from hypothesis import strategies as st

from autograder.misconceptions import (
    author,
    edited,
    halves,
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

# relu


@inputs("relu", call="relu(Z)[0]")
@st.composite
def scores(draw):
    n, m = draw(sizes((1, 4), (1, 5)))
    return {"Z": draw(st.one_of(matrix(n, m), matrix(n, m, (0.0, 1000.0, -1000.0, 1.5))))}


@inputs("relu", call="A, cache, *_ = relu(Z)\ncache['Z'] if hasattr(cache, 'keys') and 'Z' in cache else Z")
@st.composite
def kept_scores(draw):
    n, m = draw(sizes((2, 4), (1, 5)))
    return {"Z": draw(matrix(n, m))}


@inputs("relu", call="relu(Z)[0]")
@st.composite
def lists_of_scores(draw):
    n, m = draw(sizes((1, 3), (1, 4)))
    row = st.lists(st.one_of(halves(), st.integers(-3, 3)), min_size=m, max_size=m)
    return {"Z": draw(st.one_of(row, st.lists(row, min_size=n, max_size=n)))}


relu_mask = edited(
    "relu",
    ("np.maximum(0, Z)", "1.0 * (np.asarray(Z) > 0)"),
    says="You return whether an entry is positive, a 0 or a 1. The size of a positive entry is what the next "
    "layer needs.",
    see="eq:relu",
)
relu_leak = edited(
    "relu",
    ("np.maximum(0, Z)", "np.maximum(0.01 * np.asarray(Z), Z)"),
    says="Your negative entries leak through with a small slope. That is another activation; here a unit below 0 "
    "is off.",
    see="eq:relu",
)
relu_absolute = edited(
    "relu",
    ("np.maximum(0, Z)", "np.abs(Z)"),
    says="Your negative entries come out positive. A score far below 0 then counts as much as one far above it.",
    see="eq:relu",
)
relu_reduces = edited(
    "relu",
    ("np.maximum(0, Z)", "np.max(Z, 0)"),
    says="Your A has lost a dimension: your function looks for the largest entry along an axis, "
    "instead of comparing every entry with 0.",
    see="eq:relu",
)
relu_limit = edited(
    "relu",
    ("np.maximum(0, Z)", "np.clip(Z, 0, 1)"),
    says="Your entries stop at 1. This activation has no upper limit, so large scores must come through at full size.",
    see="eq:relu",
)
relu_negative_part = edited(
    "relu",
    ("np.maximum(0, Z)", "np.minimum(0, Z)"),
    says="You keep the negative entries and drop the positive ones, which is the wrong way round.",
    see="eq:relu",
)
relu_sigmoid = edited(
    "relu",
    ("np.maximum(0, Z)", "1 / (1 + np.exp(-np.asarray(Z, dtype=float)))"),
    says="Your A looks like a sigmoid: it is 0.5 where Z is 0, and never above 1. Another activation is asked "
    "for here.",
    see="eq:relu",
)
relu_arrays_only = edited(
    "relu",
    ("np.maximum(0, Z)", "Z * (Z > 0)"),
    says="Your function works for arrays, but a plain list cannot be compared with a number. Make an array of it "
    "first.",
    see="eq:relu",
)
relu_keeps_result = edited(
    "relu",
    ('cache = {"Z": Z}', 'cache = {"Z": A}'),
    says="Your cache holds what comes out, under the name of what came in. "
    "The negative entries are gone there and cannot be recovered.",
    see="eq:relu-der",
)
relu_one_result = edited(
    "relu",
    ("return A, cache", "return A"),
    says="You return A alone. The backward pass needs to know Z, so a cache belongs to the result as well.",
    see="eq:relu-der",
)


@misconception("relu", see="eq:relu", kind="side effect")
def relu_in_place(Z):
    """You write the zeros into the array that was passed in. Its negative entries are lost, for the caller and for
    your own cache."""
    Z = np.asarray(Z)
    Z[Z < 0] = 0
    return Z, {"Z": Z}


@misconception("relu", see="eq:relu", kind="side effect")
def relu_in_place_arrays_only(Z):
    """You write the zeros into Z itself: the caller's negative entries are lost, and your cache's too. With a plain
    list, the comparison fails altogether."""
    Z[Z < 0] = 0
    return Z, {"Z": Z}


relu_whole_numbers = edited(
    "relu",
    ("np.maximum(0, Z)", "np.vectorize(lambda z: z if z > 0 else 0)(Z)"),
    says="Some of your results have lost their decimals: np.vectorize takes the type of all results from the "
    "first one, "
    "and a plain 0 is a whole number.",
    see="eq:relu",
)


@unusual("relu")
def relu_by_a_product(Z):
    M = np.asarray(Z)
    return M * (M > 0), {"Z": Z, "on": M > 0}, "done"


@unusual("relu")
def relu_in_a_loop(Z):
    z = np.array(Z, dtype=float)
    A = np.zeros(z.shape)
    for place in np.ndindex(z.shape):
        if z[place] > 0:
            A[place] = z[place]
    return [A, {"input": Z}]


relu_where = unusual_edit("relu", ("np.maximum(0, Z)", "np.where(np.array(Z) > 0, Z, 0.0)"))

# relu_der


@inputs("relu_der", call="relu_der(dA, relu(Z)[1])")
@st.composite
def gradients(draw):
    n, m = draw(sizes((1, 3), (1, 3)))
    return {"Z": draw(matrix(n, m)), "dA": draw(matrix(n, m))}


relu_der_no_mask = edited(
    "relu_der",
    ('dA * (cache["Z"] > 0)', "np.array(dA)"),
    says="Your gradient passes everywhere: a unit that was off in the forward pass did not influence the loss.",
    see="eq:relu-der",
)
relu_der_passes_at_zero = edited(
    "relu_der",
    ('cache["Z"] > 0', 'cache["Z"] >= 0'),
    says="Exactly at 0 your gradient passes; this course takes the derivative there to be 0.",
    see="eq:relu-der",
)
relu_der_half_at_zero = edited(
    "relu_der",
    ('(cache["Z"] > 0)', 'np.heaviside(cache["Z"], 0.5)'),
    says="Exactly at 0 half of your gradient passes; this course takes the derivative there to be 0.",
    see="eq:relu-der",
)
relu_der_mask_alone = edited(
    "relu_der",
    ("dA * (", "1.0 * ("),
    says="You return the derivative alone; the chain rule multiplies it by the gradient that arrives.",
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
    ('(cache["Z"] > 0)', 'np.maximum(0, cache["Z"])'),
    says="You multiply by the activation itself. The chain rule asks for its derivative, which takes only two values.",
    see="eq:relu-der",
)
relu_der_keeps_negative = edited(
    "relu_der",
    ('(cache["Z"] > 0)', 'np.where(cache["Z"] > 0, 1, cache["Z"])'),
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
    ('(cache["Z"] > 0)', 'np.maximum(0, cache["Z"]) * (1 - np.maximum(0, cache["Z"]))'),
    says="You use A(1 - A), the derivative of the sigmoid. The activation here has another derivative.",
    see="eq:relu-der",
)
relu_der_fitted = edited(
    "relu_der",
    ('dA * (cache["Z"] > 0)', 'np.minimum(dA, np.maximum(0, cache["Z"]))'),
    says="Your formula fits some numbers by chance. Nothing in the chain rule compares the gradient with the "
    "activation: try gradients of both signs.",
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
def relu_der_where(dA, cache):
    return np.where(np.asarray(cache["Z"]) > 0, dA, 0.0)


@unusual("relu_der")
def relu_der_by_indexing(dA, cache):
    dZ = np.array(dA, copy=True)
    dZ[~(cache["Z"] > 0)] = 0
    return dZ


relu_der_step = unusual_edit("relu_der", ('(cache["Z"] > 0)', 'np.heaviside(cache["Z"], 0)'))

# softmax_cross_entropy_loss


def nearly(one, other):
    """A constant of 1e-5 in a logarithm or in a denominator is looked for elsewhere; two that are nan are the same."""
    return np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=2e-3, atol=2e-3, equal_nan=True)


def exactly(one, other):
    return np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=0, atol=2e-7, equal_nan=True)


def loss_is_near(one, other):
    return np.size(one) == np.size(other) == 1 and np.allclose(np.ravel(one), np.ravel(other), rtol=2e-3, atol=1e-3)


def capped_alike(one, other):
    """Whatever the constant in a logarithm is, it limits the loss to a small number."""
    one, other = (np.asarray(loss, dtype=float).item() for loss in (one, other))
    return bool(np.isclose(one, other, rtol=1e-5, equal_nan=True)) or (3 < one < 100 and 3 < other < 100)


@inputs("softmax_cross_entropy_loss", call="softmax_cross_entropy_loss(Z, Y)[0]", same=nearly)
@st.composite
def logits(draw):
    n, m = draw(st.sampled_from([2, 3, 4, 10])), draw(st.integers(1, 4))
    return {"Z": draw(matrix(n, m)), "Y": draw(labels(n, m))}


@inputs("softmax_cross_entropy_loss", call="softmax_cross_entropy_loss(Z, Y)[2]", same=loss_is_near)
@st.composite
def labelled_logits(draw):
    n, m = draw(st.sampled_from([2, 3, 4, 10])), draw(st.integers(1, 4))
    return {"Z": draw(matrix(n, m, up_to(2))), "Y": draw(labels(n, m))}


@inputs("softmax_cross_entropy_loss", call="softmax_cross_entropy_loss(Z)[0]", same=nearly)
@st.composite
def logits_at_levels(draw):
    n, m = draw(sizes((2, 4), (1, 3)))
    levels = draw(st.lists(st.sampled_from([0.0, 1000.0, -1000.0]), min_size=m, max_size=m))
    return {"Z": draw(matrix(n, m)) + np.array(levels)}


@inputs("softmax_cross_entropy_loss", call="softmax_cross_entropy_loss(Z, Y)[2]", same=capped_alike)
@st.composite
def confident_mistakes(draw):
    n, m = draw(sizes((2, 4), (1, 2)))
    Y = draw(labels(n, m))
    Z = draw(matrix(n, m, (0.0, -1000.0)))
    for j in range(m):
        Z[(Y[0, j] + 1) % n, j] = 1000.0
        Z[Y[0, j], j] = 0.0
    return {"Z": Z, "Y": Y}


@inputs("softmax_cross_entropy_loss", call="softmax_cross_entropy_loss(Z)[0]", same=exactly)
@st.composite
def one_sample(draw):
    (n,) = draw(sizes((2, 4)))
    return {"Z": draw(matrix(n, 1, up_to(1)))}


@inputs(
    "softmax_cross_entropy_loss",
    call="A, cache, *_ = softmax_cross_entropy_loss(Z, Y)\n"
    "cache['A'] if hasattr(cache, 'keys') and 'A' in cache else A",
    same=nearly,
)
@st.composite
def kept_probabilities(draw):
    n, m = draw(sizes((2, 4), (1, 3)))
    return {"Z": draw(matrix(n, m)), "Y": draw(labels(n, m))}


SHIFT = "shifted = Z - Z.max(axis=0)"
LOG_SUM = "shifted - np.log(np.exp(shifted).sum(axis=0))"
LOSS = "-np.take_along_axis(log_A, Y, axis=0).mean()"


def naive(formula):
    """An edit of the solution that takes the logarithm of what a formula gives, with E = exp(shifted)."""
    return (LOG_SUM, f"np.log((lambda E: {formula})(np.exp(shifted)))")


softmax_no_shift = edited(
    "softmax_cross_entropy_loss",
    (SHIFT, "shifted = Z * 1.0"),
    naive("E / E.sum(axis=0)"),
    says="Scores of 1000 give inf or nan: their exponentials overflow. "
    "Softmax does not change if the same number is taken off all scores of a sample, which you can use.",
    see="eq:softmax-shift",
    kind="fragile",
)
softmax_one_shift = edited(
    "softmax_cross_entropy_loss",
    (SHIFT, "shifted = Z - Z.max()"),
    naive("E / E.sum(axis=0)"),
    says="You shift the whole batch by one number. A sample whose scores lie far below those of another one "
    "has only exponentials of 0 left, and 0/0 is nan.",
    see="eq:softmax-shift",
    kind="fragile",
)
softmax_one_shift_and_constant = edited(
    "softmax_cross_entropy_loss",
    (SHIFT, "shifted = Z - Z.max()"),
    naive("E / (E.sum(axis=0) + 1e-5)"),
    says="You shift the whole batch by one number and save the division with a small constant. "
    "Samples with scores far below the others now get no probability at all: their columns add up to 0.",
    see="eq:softmax-shift",
    kind="fragile",
)
softmax_constant = edited(
    "softmax_cross_entropy_loss",
    ("A = np.exp(log_A)", "A = np.exp(shifted) / (np.exp(shifted).sum(axis=0) + 1e-5)"),
    says="Your columns do not quite add up to 1, because of the small constant in the denominator. "
    "It is not needed: after the shift the sum is at least 1.",
    see="eq:softmax-shift",
    kind="fragile",
)
softmax_of_rows = edited(
    "softmax_cross_entropy_loss",
    (SHIFT, "shifted = Z - Z.max(axis=1, keepdims=True)"),
    (LOG_SUM, "shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))"),
    says="Your rows add up to 1 instead of your columns. A sample is a column, and its classes share the probability.",
    see="eq:softmax",
)
softmax_of_all = edited(
    "softmax_cross_entropy_loss",
    (SHIFT, "shifted = Z - Z.max()"),
    (LOG_SUM, "shifted - np.log(np.exp(shifted).sum())"),
    says="All entries of your A together add up to 1: you divide by the sum over the whole batch, "
    "but every sample has probabilities of its own.",
    see="eq:softmax",
)
softmax_sums_as_rows = edited(
    "softmax_cross_entropy_loss",
    (SHIFT, "shifted = Z - Z.max(axis=1, keepdims=True)"),
    (LOG_SUM, "shifted - np.log(np.exp(shifted).sum(axis=1))"),
    says="You sum over the samples, and without keepdims the sums then meet the wrong axis. "
    "Only a square batch hides that. Think of which entries of Z belong to one sample.",
    see="eq:softmax",
)
softmax_shift_above_only = edited(
    "softmax_cross_entropy_loss",
    (LOG_SUM, "shifted - np.log(np.exp(Z).sum(axis=0))"),
    says="You shift the scores in the numerator only. The shift cancels only if numerator and denominator "
    "both have it; without that, your columns do not add up to 1.",
    see="eq:softmax-shift",
)
softmax_shift_of_rows = edited(
    "softmax_cross_entropy_loss",
    (SHIFT, "shifted = Z - Z.max(axis=1, keepdims=True)"),
    says="You take the largest score along the wrong axis, so each class is shifted by another number. "
    "Only a number that is the same for all classes of a sample cancels.",
    see="eq:softmax-shift",
)
softmax_logarithms = edited(
    "softmax_cross_entropy_loss",
    ("A = np.exp(log_A)", "A = log_A"),
    says="Your A holds negative numbers: these are logarithms of probabilities, not the probabilities themselves.",
    see="eq:softmax",
)
softmax_twice = edited(
    "softmax_cross_entropy_loss",
    (SHIFT, "shifted = np.exp(Z - Z.max(axis=0)) / np.exp(Z - Z.max(axis=0)).sum(axis=0)"),
    says="You apply softmax twice. Probabilities lie between 0 and 1, so a second softmax makes them nearly equal, "
    "and the loss cannot get near 0 any more.",
    see="eq:softmax",
)
softmax_no_exponential = edited(
    "softmax_cross_entropy_loss",
    (LOG_SUM, "np.log(Z / Z.sum(axis=0))"),
    ("A = np.exp(log_A)", "A = Z / Z.sum(axis=0)"),
    says="You divide the scores themselves by their sum. Scores can be negative, so some of your probabilities are "
    "negative or above 1; the exponential comes first.",
    see="eq:softmax",
)
softmax_sign = edited(
    "softmax_cross_entropy_loss",
    (SHIFT, "shifted = Z.min(axis=0) - Z"),
    says="Your largest score gets the smallest probability: the sign in the exponent is the wrong way round.",
    see="eq:softmax-shift",
)
softmax_sigmoid = edited(
    "softmax_cross_entropy_loss",
    (LOG_SUM, "-np.log(1 + np.exp(-Z))"),
    says="You squash every score for itself, like a sigmoid. The classes exclude each other, "
    "so the probabilities of one sample have to share a total of 1.",
    see="eq:softmax",
)
loss_no_minus = edited(
    "softmax_cross_entropy_loss",
    (LOSS, LOSS[1:]),
    says="Your loss is negative. The logarithm of a probability is negative, and a loss gets smaller as things "
    "improve.",
    see="eq:cross-entropy",
)
loss_sum = edited(
    "softmax_cross_entropy_loss",
    (".mean() if", ".sum() if"),
    says="You add up the losses of the samples, so your loss grows with the size of the batch. "
    "It is meant to be the loss of an average sample.",
    see="eq:cross-entropy",
)
loss_mean_of_all_entries = edited(
    "softmax_cross_entropy_loss",
    (LOSS, LOSS.replace("mean()", "sum() / Z.size")),
    says="You average over all entries of the matrix, classes included, so your loss is too small by the number of "
    "classes. The average is over the samples only.",
    see="eq:cross-entropy",
)
loss_mean_of_classes = edited(
    "softmax_cross_entropy_loss",
    (LOSS, LOSS.replace("mean()", "sum() / len(Z)")),
    says="You divide by the number of classes. The loss is an average over the samples, which are the columns.",
    see="eq:cross-entropy",
)
loss_base_10 = edited(
    "softmax_cross_entropy_loss",
    (LOSS, LOSS + " / np.log(10)"),
    says="Your loss is 2.3 times too small: you take the logarithm to base 10. "
    "The derivative that you use later belongs to the natural one.",
    see="eq:cross-entropy",
)
loss_base_2 = edited(
    "softmax_cross_entropy_loss",
    (LOSS, LOSS + " / np.log(2)"),
    says="Your loss is 1.44 times too large: you take the logarithm to base 2. "
    "The derivative that you use later belongs to the natural one.",
    see="eq:cross-entropy",
)
loss_log_of_zero = edited(
    "softmax_cross_entropy_loss",
    naive("E / E.sum(axis=0)"),
    says="Where the network is confident and wrong, your loss is inf: the probability has become exactly 0 before you "
    "take its logarithm. The logarithm can be worked out from the scores directly.",
    see="eq:log-softmax",
    kind="fragile",
)
loss_constant = edited(
    "softmax_cross_entropy_loss",
    (LOSS, "-np.log(np.take_along_axis(A, Y, axis=0) + 1e-8).mean()"),
    says="The constant in your logarithm keeps the loss finite, but also limits it: a confident mistake costs "
    "about 18, "
    "however wrong its scores are. The logarithm can be worked out from the scores directly.",
    see="eq:log-softmax",
    kind="fragile",
)
loss_all_classes = edited(
    "softmax_cross_entropy_loss",
    (
        LOSS,
        "-(lambda T: (T * log_A + (1 - T) * np.log(1 - A + 1e-8)).sum() / Y.size)(np.eye(len(Z))[Y[0]].T)",
    ),
    says="You add a term with log(1 - p) for the classes that are not true. That belongs to yes-or-no questions; "
    "after a softmax only the true class counts.",
    see="eq:cross-entropy",
)
loss_labels_shifted = edited(
    "softmax_cross_entropy_loss",
    (LOSS, LOSS.replace(" Y,", " Y - 1,")),
    says="You look up the class before the true one, as if labels started at 1. Here they start at 0.",
    see="eq:cross-entropy",
)
loss_whole_rows = edited(
    "softmax_cross_entropy_loss",
    (LOSS, "-log_A[Y[0]].mean()"),
    says="You pick whole rows, that is the probabilities of all samples for a class. "
    "Each sample should give one number, its probability of its own label.",
    see="eq:cross-entropy",
)
loss_log_of_mean = edited(
    "softmax_cross_entropy_loss",
    (LOSS, "-np.log(np.take_along_axis(A, Y, axis=0).mean())"),
    says="You average the probabilities and take one logarithm at the end. That hides bad mistakes: "
    "each sample has a logarithm of its own, and the average comes last.",
    see="eq:cross-entropy",
)
loss_squares = edited(
    "softmax_cross_entropy_loss",
    (LOSS, "((A - np.eye(len(Z))[Y[0]].T) ** 2).sum() / Y.size"),
    says="Your loss adds up squared differences. That is another loss, with another gradient; "
    "this one is about the logarithm of a probability.",
    see="eq:cross-entropy",
)
loss_one_minus = edited(
    "softmax_cross_entropy_loss",
    (LOSS, "(1 - np.take_along_axis(A, Y, axis=0)).mean()"),
    says="Your loss is 1 minus the probability of the label, and so never above 1. "
    "Cross-entropy has a logarithm, which makes confident mistakes expensive.",
    see="eq:cross-entropy",
)
loss_of_the_largest = edited(
    "softmax_cross_entropy_loss",
    (LOSS, "-log_A.max(axis=0).mean()"),
    says="You use the largest probability of each sample, whatever its label is. "
    "A network that is sure of the wrong class would look perfect.",
    see="eq:cross-entropy",
)
loss_entropy = edited(
    "softmax_cross_entropy_loss",
    (LOSS, "-(A * log_A).sum(axis=0).mean()"),
    says="Your loss compares the probabilities with themselves: the labels play no part in it. "
    "It says how undecided the network is, not how wrong.",
    see="eq:cross-entropy",
)
loss_arguments_exchanged = edited(
    "softmax_cross_entropy_loss",
    (LOSS, "-(A * np.log(np.eye(len(Z))[Y[0]].T + 1e-12)).sum() / Y.size"),
    says="You take the logarithm of the labels, which are zeros and ones. "
    "The logarithm belongs to what the network predicts.",
    see="eq:cross-entropy",
)
loss_of_logits = edited(
    "softmax_cross_entropy_loss",
    (LOSS, "-np.take_along_axis(Z, Y, axis=0).mean()"),
    says="Your loss uses the scores themselves where the logarithm of a probability belongs. "
    "It can be negative, and it could fall without end if all scores grew.",
    see="eq:log-softmax",
)
loss_ten_classes = edited(
    "softmax_cross_entropy_loss",
    (LOSS, "-(np.eye(10)[Y[0]].T * log_A).sum() / Y.size"),
    says="Your labels become columns of ten entries, whatever Z is. How many classes there are shows in the logits.",
    see="eq:one-hot",
)
loss_classes_from_labels = edited(
    "softmax_cross_entropy_loss",
    ("np.take_along_axis(log_A, Y, axis=0)", "(np.eye(Y.max() + 1)[Y[0]].T * log_A).sum(axis=0)"),
    says="You take the number of classes from the largest label. A batch without the last class then has too few rows; "
    "the logits know how many there are.",
    see="eq:one-hot",
    kind="fragile",
)
loss_of_each_sample = edited(
    "softmax_cross_entropy_loss",
    (LOSS, "-np.take_along_axis(log_A, Y, axis=0)[0]"),
    says="You return one loss for each sample. To know whether a step helps you need a single number for the batch.",
    see="eq:cross-entropy",
)
loss_needs_labels = edited(
    "softmax_cross_entropy_loss",
    (LOSS + " if np.size(Y) else []", LOSS),
    says="Without labels your function fails. When you only want to predict, you have no labels, "
    "and the probabilities should be returned all the same.",
    see="eq:cross-entropy",
)
loss_requires_labels = edited(
    "softmax_cross_entropy_loss",
    ("Y=np.array([])", "Y"),
    says="Your function cannot be called without labels. When you only want to predict, you have no labels, "
    "and the probabilities should be returned all the same.",
    see="eq:cross-entropy",
)


@misconception("softmax_cross_entropy_loss", see="eq:softmax", kind="side effect")
def softmax_in_place(Z, Y=()):
    """You take the maximum off Z itself, so the caller's scores are different after the call."""
    Z -= Z.max(axis=0)
    return author.softmax_cross_entropy_loss(Z, Y)


loss_keeps_logits = edited(
    "softmax_cross_entropy_loss",
    ('return A, {"A": A}, loss', 'return A, {"A": Z}, loss'),
    says="Your cache holds the scores under the name of the probabilities. "
    "The derivative looks there for numbers between 0 and 1.",
    see="eq:softmax-ce-grad",
)
loss_two_results = edited(
    "softmax_cross_entropy_loss",
    ('return A, {"A": A}, loss', "return A, loss"),
    says="You return two results where three are asked for: the cache is missing, and the backward pass will look for "
    "it.",
    see="eq:softmax-ce-grad",
)


@misconception("softmax_cross_entropy_loss", see="eq:softmax", kind="slow", costs=False)
def softmax_in_loops(Z, Y=()):
    """Your loops over classes and samples are right, but hundreds of times slower than operations on the whole "
    "array."""
    A, losses = np.zeros(Z.shape), []
    for j in range(Z.shape[1]):
        largest = max(Z[:, j])
        total = sum(np.exp(z - largest) for z in Z[:, j])
        for i in range(Z.shape[0]):
            A[i, j] = np.exp(Z[i, j] - largest) / total
        if np.size(Y):
            losses.append(np.log(total) + largest - Z[Y[0, j], j])
    return A, {"A": A}, sum(losses) / len(losses) if losses else []


@unusual("softmax_cross_entropy_loss")
def loss_with_flat_labels(Z, Y=()):
    S = Z - np.amax(Z, axis=0, keepdims=True)
    E = np.exp(S)
    A = E / np.einsum("kj->j", E)
    y = np.ravel(Y).astype(int)
    if len(y) == 0:
        return A, {"A": A}, None
    picked = np.log(E.sum(axis=0)) - S[y, np.arange(len(y))]
    return A, {"A": A, "y": y}, picked.mean()


@unusual("softmax_cross_entropy_loss")
def loss_by_one_hot(Z, Y=()):
    T = np.arange(Z.shape[0]).reshape(-1, 1) == Y if np.size(Y) else np.zeros(Z.shape)
    Z = Z - np.max(Z, axis=0)
    log_A = Z - np.log(np.sum(np.exp(Z), axis=0, keepdims=True))
    A = np.exp(log_A)
    return [A, (A,), np.reshape(-np.sum(T * log_A) / Z.shape[1], (1, 1))]


loss_of_zero_without_labels = unusual_edit("softmax_cross_entropy_loss", ("else []", "else 0"))

# softmax_cross_entropy_loss_der


@st.composite
def probabilities(draw, n, m):
    """Columns of sixteenths that add up to 1."""
    cuts = [sorted(draw(st.sets(st.integers(1, 15), min_size=n - 1, max_size=n - 1))) for _ in range(m)]
    return np.array([np.diff([0, *column, 16]) / 16 for column in cuts]).T


@inputs(
    "softmax_cross_entropy_loss_der",
    call="softmax_cross_entropy_loss_der(Y, softmax_cross_entropy_loss(np.log(A), Y)[1])",
)
@st.composite
def labelled_probabilities(draw):
    n, m = draw(st.sampled_from([2, 3, 4, 10])), draw(st.integers(1, 4))
    return {"A": draw(probabilities(n, m)), "Y": draw(labels(n, m))}


@inputs(
    "softmax_cross_entropy_loss_der",
    call="A, cache, *_ = softmax_cross_entropy_loss(Z, Y)\nsoftmax_cross_entropy_loss_der(Y, cache)\nA",
)
@st.composite
def looked_at_again(draw):
    n, m = draw(sizes((2, 3), (1, 3)))
    return {"Z": draw(matrix(n, m)), "Y": draw(labels(n, m))}


ONE_HOT = "np.arange(n_classes)[:, np.newaxis] == Y"
DER = "(A - one_hot) / m"

der_no_mean = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "A - one_hot"),
    says="Your gradient is too large by the number of samples: the loss is a mean over them, so each sample has "
    "only its "
    "share in it.",
    see="eq:softmax-ce-grad",
)
der_mean_of_all_entries = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "(A - one_hot) / A.size"),
    says="Your gradient is too small by the number of classes. The loss is a mean over the samples, not over all "
    "entries.",
    see="eq:softmax-ce-grad",
)
der_mean_twice = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "(A - one_hot) / m**2"),
    says="You divide by the number of samples twice, so that your gradient is far too small.",
    see="eq:softmax-ce-grad",
)
der_mean_of_classes = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "(A - one_hot) / n_classes"),
    says="You divide by the number of classes. The mean in the loss is over the samples, which are the columns.",
    see="eq:softmax-ce-grad",
)
der_fixed_number = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "(A - one_hot) / 2"),
    says="You divide by a fixed number, which is right for the small example alone. "
    "How many samples there are must come from the arrays.",
    see="eq:softmax-ce-grad",
)
der_sign = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "(1.0 * one_hot - A) / m"),
    says="Every entry has the wrong sign. With this gradient, each step of the training makes the loss larger.",
    see="eq:softmax-ce-grad",
)
der_whole_rows = edited(
    "softmax_cross_entropy_loss_der",
    (ONE_HOT, "np.isin(np.arange(n_classes), Y)[:, np.newaxis]"),
    says="You subtract 1 from whole rows, for all samples at once. "
    "Each column has one true class, so it loses 1 in a single place.",
    see="eq:softmax-ce-grad",
)
der_reshaped = edited(
    "softmax_cross_entropy_loss_der",
    (ONE_HOT, "np.eye(n_classes)[Y[0]].reshape(n_classes, m)"),
    says="Your one-hot labels get the right shape by reshape, which reads the numbers on in the same order: "
    "samples and classes are mixed up. Rows must become columns.",
    see="eq:one-hot",
)
der_labels_shifted = edited(
    "softmax_cross_entropy_loss_der",
    (ONE_HOT, "np.arange(n_classes)[:, np.newaxis] == (Y - 1) % n_classes"),
    says="You subtract the 1 one row too high, as if labels started at 1. Class 0 belongs to the first row.",
    see="eq:one-hot",
)
der_true_class_alone = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "one_hot * (A - 1) / m"),
    says="Only the true class gets a gradient in your result. The other classes share in every probability of their "
    "sample through the sum in softmax, so their scores matter, too.",
    see="eq:softmax-jacobian",
)
der_squares = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "(A - one_hot) * A * (1 - A) / m"),
    says="You multiply by A(1 - A). That factor belongs to a squared error after a sigmoid; "
    "with cross-entropy it cancels.",
    see="eq:softmax-ce-grad",
)
der_brackets = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "A - one_hot / m"),
    says="You divide only the labels by the number of samples: a division comes before a difference. "
    "That is why your columns do not add up to 0.",
    see="eq:softmax-ce-grad",
)
der_brackets_left = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "A / m - one_hot"),
    says="You divide only the probabilities by the number of samples. The labels belong to the same mean; "
    "that is why your columns do not add up to 0.",
    see="eq:softmax-ce-grad",
)
der_in_probabilities = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "-(1.0 * one_hot) / A / m"),
    says="That is the derivative with respect to the probabilities. You still have to go through softmax to get to "
    "the scores.",
    see="eq:softmax-ce-grad",
)
der_integer_labels = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "(A - Y) / m"),
    says="You subtract the labels as numbers from every row. A label is a name, not an amount: "
    "it says in which row a 1 belongs.",
    see="eq:one-hot",
)
der_of_decision = edited(
    "softmax_cross_entropy_loss_der",
    (DER, "((A == A.max(axis=0)) * 1.0 - one_hot) / m"),
    says="You compare the decision with the label, so your entries are only 0 and plus or minus 1/m. "
    "The gradient needs to know how sure the network was.",
    see="eq:softmax-ce-grad",
)


@misconception("softmax_cross_entropy_loss_der", see="eq:softmax-ce-grad", kind="side effect")
def der_overwrites_probabilities(Y, cache):
    """You subtract the labels in the cached array itself: after the call it no longer holds probabilities. Work on
    a copy."""
    dZ = cache["A"]
    dZ[Y[0], np.arange(Y.size)] -= 1
    return dZ / Y.size


der_classes_from_labels = edited(
    "softmax_cross_entropy_loss_der",
    (ONE_HOT, "np.eye(Y.max() + 1)[Y[0]].T"),
    says="You take the number of classes from the largest label. A batch without the last class then has too few rows; "
    "the probabilities know how many there are.",
    see="eq:one-hot",
)
der_ten_classes = edited(
    "softmax_cross_entropy_loss_der",
    (ONE_HOT, "np.eye(10)[Y[0]].T"),
    says="Your one-hot labels always have ten rows. How many classes there are shows in the probabilities.",
    see="eq:one-hot",
)


@misconception("softmax_cross_entropy_loss_der", see="eq:softmax-ce-grad", kind="slow", costs=False)
def der_in_loops(Y, cache):
    """Your two loops are right, but hundreds of times slower than operations on the whole array."""
    A = cache["A"]
    dZ = np.zeros(A.shape)
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            dZ[i, j] = (A[i, j] - (1 if i == Y[0, j] else 0)) / A.shape[1]
    return dZ


@unusual("softmax_cross_entropy_loss_der")
def der_at_one_place(Y, cache):
    y = np.asarray(Y).ravel()
    dZ = cache["A"].copy()
    dZ[y, np.arange(y.size)] -= 1
    return dZ / y.size


@unusual("softmax_cross_entropy_loss_der")
def der_by_the_jacobian(Y, cache):
    columns = []
    for p, label in zip(cache["A"].T, Y[0], strict=True):
        columns.append((np.diag(p) - np.outer(p, p)) @ (-np.eye(len(p))[label] / p[label]) / Y.size)
    return np.array(columns).T


der_identity = unusual_edit("softmax_cross_entropy_loss_der", (ONE_HOT, "np.eye(n_classes)[:, Y[0]]"))

# initialize_network


def same_form(one, other):
    """Which numbers are drawn, is left to the generator."""
    return list(one) == list(other) and all(
        np.shape(one[name]) == np.shape(other[name]) and np.any(one[name]) == np.any(other[name]) for name in one
    )


def same_spread(one, other):
    return all(np.isclose(one[word], other[word], rtol=0.1, atol=0.02 * (word != "std")) for word in other)


@inputs("initialize_network", call="np.random.seed(seed)\ninitialize_network(net_dims)", same=same_form)
@st.composite
def widths(draw):
    net_dims = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    return {"seed": draw(st.integers(0, 9)), "net_dims": draw(st.sampled_from([net_dims, tuple(net_dims)]))}


@inputs(
    "initialize_network",
    call="np.random.seed(seed)\n"
    "W1 = initialize_network(net_dims)['W1']\n"
    "{'std': np.std(W1), 'above 0': np.mean(np.greater(W1, 0)), "
    "'beyond 2 std': np.mean(np.abs(W1) > 2 * np.std(W1))}",
    same=same_spread,
)
@st.composite
def wide_layer(draw):
    return {"seed": draw(st.integers(0, 99)), "net_dims": [60, 50]}


@inputs(
    "initialize_network",
    call="np.random.seed(seed)\n"
    "first, second = initialize_network(net_dims), initialize_network(net_dims)\n"
    "np.random.seed(seed)\n"
    "again = initialize_network(net_dims)\n"
    "{'two calls agree': np.array_equal(first['W1'], second['W1']), "
    "'two layers agree': np.array_equal(first['W1'], first['W2']), "
    "'the same seed agrees': np.array_equal(first['W1'], again['W1'])}",
)
@st.composite
def equal_layers(draw):
    width = draw(st.integers(2, 4))
    return {"seed": draw(st.integers(0, 99)), "net_dims": [width] * 3}


DRAWN = "0.01 * np.random.randn(n_out, n_in)"

start_turned_round = edited(
    "initialize_network",
    (DRAWN, "0.01 * np.random.randn(n_in, n_out)"),
    says="Your weights have a row for each input. Here a row belongs to a unit of the layer, and a column to an input.",
    see="eq:initialisation",
)
start_uniform = edited(
    "initialize_network",
    ("randn(n_out, n_in)", "rand(n_out, n_in)"),
    says="Your weights are all positive: you draw them evenly between 0 and an upper end. "
    "With positive weights only, whole groups of units are on or off together.",
    see="eq:initialisation",
)
start_no_factor = edited(
    "initialize_network",
    ("0.01 * ", ""),
    says="Your weights are a hundred times too large. With weights that large the first scores, and the first "
    "cost, are huge.",
    see="eq:initialisation",
)
start_variance = edited(
    "initialize_network",
    ("0.01 * ", "0.1 * "),
    says="Your weights are ten times too large: 0.01 has become their variance. "
    "It is meant to be their standard deviation.",
    see="eq:initialisation",
)
start_squared = edited(
    "initialize_network",
    ("0.01 * ", "0.01**2 * "),
    says="Your weights are a hundred times too small: you square the number that is their standard deviation already. "
    "With so small a start nothing happens for many steps.",
    see="eq:initialisation",
)
start_he = edited(
    "initialize_network",
    ("0.01 * ", "np.sqrt(2 / n_in) * "),
    says="You scale the weights with the number of inputs. That is a good idea for deep networks; "
    "this exercise fixes one standard deviation for all layers.",
    see="eq:he-initialisation",
)
start_xavier = edited(
    "initialize_network",
    ("0.01 * ", "np.sqrt(1 / n_in) * "),
    says="You scale the weights with the number of inputs, which deep networks like; "
    "this exercise fixes one standard deviation for all layers.",
    see="eq:scaled-initialisation",
)
start_zeros = edited(
    "initialize_network",
    (DRAWN, "np.zeros((n_out, n_in))"),
    says="All your weights are 0. Then all units of a layer do the same and get the same gradient, "
    "so they can never become different.",
    see="eq:initialisation",
)
start_equal = edited(
    "initialize_network",
    (DRAWN, "0.01 * np.ones((n_out, n_in))"),
    says="All your weights are equal. Then all units of a layer do the same and get the same gradient, "
    "so they can never become different.",
    see="eq:initialisation",
)
start_flat_bias = edited(
    "initialize_network",
    ("np.zeros((n_out, 1))", "np.zeros(n_out)"),
    says="Your biases are flat, without a second axis. Added to a batch, a flat bias goes to the samples, "
    "not to the units: a bias is a column.",
    see="eq:linear-forward",
)
start_bias_table = edited(
    "initialize_network",
    ("np.zeros((n_out, 1))", "np.zeros((n_out, n_in))"),
    says="Your biases have the shape of the weights. A unit has one bias, whatever the number of its inputs is.",
    see="eq:linear-forward",
)
start_random_bias = edited(
    "initialize_network",
    ("np.zeros((n_out, 1))", "0.01 * np.random.randn(n_out, 1)"),
    says="You draw the biases as well. The weights make the units different already; the biases start at 0.",
    see="eq:initialisation",
)
start_seed_inside = edited(
    "initialize_network",
    ("parameters = {}", "np.random.seed(1)\n    parameters = {}"),
    says="You set a seed inside the function, so every call gives the same network. "
    "Whether a run is repeatable is for the caller to decide.",
    see="eq:initialisation",
)
start_seed_in_each_layer = edited(
    "initialize_network",
    ("        n_in, n_out =", "        np.random.seed(1)\n        n_in, n_out ="),
    says="You set a seed for every layer, so all layers start with the same numbers, in every call.",
    see="eq:initialisation",
)
start_own_generator = edited(
    "initialize_network",
    ("np.random.randn(n_out, n_in)", "np.random.default_rng().standard_normal((n_out, n_in))"),
    says="You draw from a generator of your own, so the caller's np.random.seed has no effect: no run can be repeated.",
    see="eq:initialisation",
)
start_counts_from_zero = edited(
    "initialize_network",
    ('f"W{layer}"', 'f"W{layer - 1}"'),
    ('f"b{layer}"', 'f"b{layer - 1}"'),
    says="You number the layers from 0. The first layer has the parameters W1 and b1, and all other functions look for "
    "these names.",
    see="eq:initialisation",
)
start_without_the_last = edited(
    "initialize_network",
    ("range(1, len(net_dims))", "range(1, len(net_dims) - 1)"),
    says="Your network lacks its last layer: the loop ends one layer too early. Think of which numbers range gives.",
    see="eq:initialisation",
)
start_returns_early = edited(
    "initialize_network",
    ("    return parameters", "        return parameters"),
    says="Your network has only its first layer: the function returns in the middle of the loop. "
    "Look at how far the last line is indented.",
    see="eq:initialisation",
)


@unusual("initialize_network")
def start_number_by_number(net_dims):
    parameters = {}
    for layer in range(1, len(net_dims)):
        n_in, n_out = net_dims[layer - 1], net_dims[layer]
        parameters["W" + str(layer)] = np.array(
            [[np.random.normal(0, 0.01) for _ in range(n_in)] for _ in range(n_out)]
        )
        parameters["b" + str(layer)] = np.array([[0]] * n_out)
    return parameters


start_sideways = unusual_edit("initialize_network", (DRAWN, "np.random.randn(n_in, n_out).T / 100"))
start_normal = unusual_edit("initialize_network", (DRAWN, "np.random.normal(scale=0.01, size=(n_out, n_in))"))

# linear_forward


@inputs("linear_forward", call="linear_forward(A_prev, W, b)[0]")
@st.composite
def layers(draw):
    n_in, n_out, m = draw(sizes((1, 3), (1, 3), (1, 3)))
    return {"A_prev": draw(matrix(n_in, m)), "W": draw(matrix(n_out, n_in)), "b": draw(matrix(n_out, 1))}


@inputs(
    "linear_forward",
    call="Z, cache, *_ = linear_forward(A_prev, W, b)\n"
    "cache['A'] if hasattr(cache, 'keys') and 'A' in cache else A_prev",
)
@st.composite
def layers_with_cache(draw):
    n_in, n_out, m = draw(sizes((1, 3), (2, 3), (1, 3)))
    return {"A_prev": draw(matrix(n_in, m)), "W": draw(matrix(n_out, n_in)), "b": draw(matrix(n_out, 1))}


AFFINE = "W @ A_prev + b"

forward_no_bias = edited(
    "linear_forward",
    (AFFINE, "W @ A_prev"),
    says="The bias is missing. Without it, a unit whose inputs are all 0 can only give 0.",
    see="eq:linear-forward",
)
forward_weights_turned_round = edited(
    "linear_forward",
    (AFFINE, "W.T @ A_prev + b"),
    says="You transpose the weights before the product. That fits only in a square layer, where it is wrong without a "
    "word: each unit has a row of W.",
    see="eq:linear-forward",
)
forward_wrong_order = edited(
    "linear_forward",
    (AFFINE, "A_prev @ W + b"),
    says="The factors of your product are in the wrong order: you mix samples instead of inputs. "
    "Only square arrays hide that.",
    see="eq:linear-forward",
)
forward_turned_round_samples = edited(
    "linear_forward",
    (AFFINE, "(A_prev.T @ W.T + b.T)"),
    says="Your Z has a row for each sample. Here a sample is a column, in every array.",
    see="eq:linear-forward",
)
forward_entrywise = edited(
    "linear_forward",
    (AFFINE, "W * A_prev + b"),
    says="You multiply entry by entry. A unit takes a weighted sum of all its inputs, and that is what a matrix "
    "product does.",
    see="eq:linear-forward",
)
forward_flat_bias = edited(
    "linear_forward",
    (AFFINE, "W @ A_prev + b.ravel()"),
    says="You flatten the bias. Then its numbers go to the samples instead of the units, or do not fit at all.",
    see="eq:linear-forward",
)
forward_sum_of_bias = edited(
    "linear_forward",
    (AFFINE, "W @ A_prev + b.sum()"),
    says="You add the sum of all biases to every unit. Each unit has a bias of its own.",
    see="eq:linear-forward",
)
forward_minus_bias = edited(
    "linear_forward",
    (AFFINE, "W @ A_prev - b"),
    says="You subtract the bias. The gradient that you will use for it belongs to a bias that is added.",
    see="eq:linear-forward",
)
forward_with_bend = edited(
    "linear_forward",
    (AFFINE, "np.maximum(0, W @ A_prev + b)"),
    says="Your Z is never negative: there is a ReLU in your layer. The activation comes after this function, "
    "and the last layer has none.",
    see="eq:network",
)
forward_bend_first = edited(
    "linear_forward",
    (AFFINE, "W @ np.maximum(0, A_prev) + b"),
    says="You cut the negative inputs away before the product. This function gets what the activation has left "
    "already, "
    "and the pixels themselves may be negative.",
    see="eq:linear-forward",
)
forward_keeps_result = edited(
    "linear_forward",
    ('cache = {"A": A_prev}', 'cache = {"A": Z}'),
    says="Your cache holds what comes out of the layer. The gradient of the weights needs what went in.",
    see="eq:dW",
)
forward_one_result = edited(
    "linear_forward",
    ("return Z, cache", "return Z"),
    says="You return Z alone. The backward pass needs what came in, so a cache belongs to the result as well.",
    see="eq:dW",
)


@misconception("linear_forward", see="eq:linear-forward", kind="slow", costs=False)
def forward_in_loops(A_prev, W, b):
    """Your loops are right, but hundreds of times slower than a matrix product."""
    Z = np.zeros((W.shape[0], A_prev.shape[1]))
    for i in range(Z.shape[0]):
        for j in range(Z.shape[1]):
            Z[i, j] = b[i, 0]
            for k in range(W.shape[1]):
                Z[i, j] += W[i, k] * A_prev[k, j]
    return Z, {"A": A_prev}


@unusual("linear_forward")
def forward_with_a_one(A_prev, W, b):
    ones = np.ones((1, A_prev.shape[1]))
    return [np.hstack([W, b]) @ np.vstack([A_prev, ones]), (W, A_prev)]


@unusual("linear_forward")
def forward_sample_by_sample(A_prev, W, b):
    columns = [W.dot(A_prev[:, [j]]) + b for j in range(A_prev.shape[1])]
    return np.concatenate(columns, axis=1), {"A": A_prev, "W": W}, None


forward_einsum = unusual_edit("linear_forward", ("W @ A_prev", 'np.einsum("op,pj->oj", W, A_prev)'))

# linear_backward


@inputs(
    "linear_backward",
    call="dict(zip(('dA_prev', 'dW', 'db'), linear_backward(dZ, linear_forward(A_prev, W, b)[1], W, b)))",
)
@st.composite
def gradients_of_layers(draw):
    n_in, n_out, m = draw(sizes((1, 3), (1, 3), (1, 3)))
    return {
        "dZ": draw(matrix(n_out, m)),
        "A_prev": draw(matrix(n_in, m)),
        "W": draw(matrix(n_out, n_in)),
        "b": draw(matrix(n_out, 1)),
    }


D_W = 'dW = dZ @ cache["A"].T'
D_B = "dZ.sum(axis=1, keepdims=True)"

mean_of_dW = edited(
    "linear_backward",
    (D_W, D_W + " / dZ.shape[1]"),
    says="You average dW over the samples, but dZ carries the 1/m of the loss already.",
    see="eq:dW",
)
mean_of_db = edited(
    "linear_backward",
    ("dZ.sum(", "dZ.mean("),
    says="You average db over the samples, but dZ carries the 1/m of the loss already.",
    see="eq:db",
)
mean_of_both = edited(
    "linear_backward",
    (D_W, D_W + " / dZ.shape[1]"),
    (D_B, D_B + " / dZ.shape[1]"),
    says="You divide dW and db by the number of samples. The mean is taken once, in the derivative of the loss, "
    "and dZ brings it along.",
    see="eq:dW",
)
mean_of_all_three = edited(
    "linear_backward",
    ("dA_prev = W.T @ dZ", "dZ = dZ / dZ.shape[1]\n    dA_prev = W.T @ dZ"),
    says="You divide everything by the number of samples. The mean is taken once, in the derivative of the loss; "
    "in this way it is taken again in every layer.",
    see="eq:dA-prev",
)
db_of_samples = edited(
    "linear_backward",
    (D_B, "dZ.sum(axis=0, keepdims=True)"),
    says="Your db adds up the units and leaves one number for each sample. A bias belongs to a unit and serves "
    "all samples.",
    see="eq:db",
)
db_flat = edited(
    "linear_backward",
    (D_B, "dZ.sum(axis=1)"),
    says="Your db has lost its second axis. Taken off a column, a flat array makes a whole table of it.",
    see="eq:db",
)
db_one_number = edited(
    "linear_backward",
    (D_B, "dZ.sum() * np.ones_like(b)"),
    says="Your db is one total for the whole layer. Each unit has a bias of its own, which collects from its own row.",
    see="eq:db",
)
db_one_scalar = edited(
    "linear_backward",
    (D_B, "np.sum(dZ)"),
    says="Your db is a single number, the sum over everything. "
    "Each unit has a bias of its own, which collects from its own row.",
    see="eq:db",
)
db_not_summed = edited(
    "linear_backward",
    (D_B, "1.0 * dZ"),
    says="Your db still has a column for each sample. A bias is shared by all samples, so it collects from all "
    "of them.",
    see="eq:db",
)
dW_turned_round = edited(
    "linear_backward",
    (D_W, 'dW = cache["A"] @ dZ.T'),
    says="Your dW is transposed: its rows belong to the inputs. A gradient has the shape of its parameter, "
    "and only a square layer hides that it has not.",
    see="eq:dW",
)
dW_sign = edited(
    "linear_backward",
    (D_W, 'dW = -dZ @ cache["A"].T'),
    says="Your dW has the wrong sign. The step downhill gets its minus later; the gradient itself points uphill.",
    see="eq:dW",
)
dA_without_turning = edited(
    "linear_backward",
    ("W.T @ dZ", "W @ dZ"),
    says="You go back through W as it is. It leads from inputs to units; the backward pass needs it the other way "
    "round, which a square layer does not tell you.",
    see="eq:dA-prev",
)
dA_skips_weights = edited(
    "linear_backward",
    ("W.T @ dZ", "1.0 * dZ"),
    says="You pass dZ down unchanged. How much an input contributed to the loss depends on the weights above it.",
    see="eq:dA-prev",
)
backward_order = edited(
    "linear_backward",
    ("return dA_prev, dW, db", "return dW, db, dA_prev"),
    says="Your three results come in another order than asked for, so the caller takes one for another.",
    see="eq:dA-prev",
)
backward_two_results = edited(
    "linear_backward",
    ("return dA_prev, dW, db", "return dW, db"),
    says="You return two results where three are asked for. "
    "The layers below cannot learn without the gradient of what they handed up.",
    see="eq:dA-prev",
)


@misconception("linear_backward", see="eq:dW", kind="side effect")
def backward_divides_in_place(dZ, cache, W, b):
    """You divide dZ itself by the number of samples: the caller's array changes, and the mean is taken twice."""
    dZ /= dZ.shape[1]
    return author.linear_backward(dZ, cache, W, b)


@unusual("linear_backward")
def backward_sample_by_sample(dZ, cache, W, b):
    A_prev = next(value for value in (cache.values() if hasattr(cache, "values") else cache))
    dW, db = np.zeros(W.shape), np.zeros(b.shape)
    for j in range(dZ.shape[1]):
        dW += np.outer(dZ[:, j], A_prev[:, j])
        db[:, 0] += dZ[:, j]
    return [np.transpose(dZ.T @ W), dW, db]


@unusual("linear_backward")
def backward_by_einsum(dZ, cache, W, b):
    A_prev = cache["A"]
    return (
        np.einsum("oi,oj->ij", W, dZ),
        np.einsum("oj,ij->oi", dZ, A_prev),
        dZ @ np.ones((dZ.shape[1], 1)),
        "done",
    )


backward_reshapes = unusual_edit("linear_backward", (D_B, "np.sum(dZ, axis=1).reshape(b.shape)"))

# classify


@inputs("classify", call="np.atleast_2d(classify(X, parameters))")
@st.composite
def networks(draw):
    dims = draw(st.sampled_from([(2, 2), (2, 3), (2, 1, 2), (3, 2, 2), (2, 1, 2, 2)]))
    network, m = draw(parameters(dims)), draw(st.integers(1, 3))
    network[f"b{len(dims) - 1}"] += 0.1 * np.arange(dims[-1])[:, np.newaxis]  # so that no two scores are equal
    return {"X": draw(matrix(dims[0], m)), "parameters": network}


ARGMAX = "logits.argmax(axis=0, keepdims=True)"

classify_along_samples = edited(
    "classify",
    (ARGMAX, "logits.argmax(axis=1).reshape(1, -1)"),
    says="You look for the largest score along the samples, so you get one answer for each class. "
    "Each column is a sample and needs a label.",
    see="eq:classify",
)
classify_column = edited(
    "classify",
    (ARGMAX, "logits.argmax(axis=0).reshape(-1, 1)"),
    says="Your labels stand in a column. Compared with a row of true labels, a column makes a table, "
    "and an accuracy of about one in ten.",
    see="eq:classify",
)
classify_of_all = edited(
    "classify",
    (ARGMAX, "logits.argmax()"),
    says="You look for the largest score in the whole batch and get one place. Each sample needs a label of its own.",
    see="eq:classify",
)
classify_probabilities = edited(
    "classify",
    (ARGMAX, "softmax_cross_entropy_loss(logits)[0]"),
    says="You return a table of probabilities. What is asked for is the name of the class that has the largest one.",
    see="eq:classify",
)
classify_scores = edited(
    "classify",
    (ARGMAX, "logits.max(axis=0, keepdims=True)"),
    says="You return how large the largest score is, not where it stands. The place is the name of the class.",
    see="eq:classify",
)
classify_largest_probability = edited(
    "classify",
    (ARGMAX, "softmax_cross_entropy_loss(logits)[0].max(axis=0, keepdims=True)"),
    says="You return how large the largest probability is, not where it stands. The place is the name of the class.",
    see="eq:classify",
)
classify_one_hot = edited(
    "classify",
    (ARGMAX, "1 * (logits == logits.max(axis=0))"),
    says="You return a table with a 1 in every column. What is asked for is the number of the row in which it stands.",
    see="eq:classify",
)
classify_lowest = edited(
    "classify",
    (ARGMAX, "logits.argmin(axis=0, keepdims=True)"),
    says="You name the class with the lowest score, which is the least probable one.",
    see="eq:classify",
)
classify_from_one = edited(
    "classify",
    (ARGMAX, ARGMAX + " + 1"),
    says="Your labels start at 1. The classes are counted from 0, so every one of your labels is one too high.",
    see="eq:classify",
)
classify_bend = edited(
    "classify",
    (ARGMAX, "np.maximum(0, logits).argmax(axis=0, keepdims=True)"),
    says="You cut the scores of the last layer at 0. Where all of them are negative, the largest one is lost, "
    "and you always answer with class 0.",
    see="eq:network",
)
classify_two_layers = edited(
    "classify",
    ("(X, parameters)\n    return", "(X, {k: parameters[k] for k in ('W1', 'b1', 'W2', 'b2')})\n    return"),
    says="You use the first two layers, however many there are. A network may have more or fewer.",
    see="eq:network",
)
classify_not_one_sample = edited(
    "classify",
    (
        ARGMAX,
        "(lambda Z: np.argmax(Z, axis=0) if Z.ndim == 2 else np.argmax(Z.reshape(1, -1), axis=0))(np.squeeze(logits))",
    ),
    says="A single sample gets wrong labels: np.squeeze takes its axis away, and the classes then look like samples.",
    see="eq:classify",
)


@misconception("classify", see="eq:classify", kind="slow", costs=False)
def classify_in_loops(X, parameters):
    """You run the network once for each sample. That is right, but much slower than one run for the whole batch."""
    return np.array([[int(np.argmax(author.multi_layer_forward(x[:, np.newaxis], parameters)[0])) for x in X.T]])


@unusual("classify")
def classify_as_a_list(X, parameters):
    logits, _ = author.multi_layer_forward(X, parameters)
    return [int(np.argmax(column)) for column in logits.T]


@unusual("classify")
def classify_by_probabilities(X, parameters):
    A = author.softmax_cross_entropy_loss(author.multi_layer_forward(X, parameters)[0])[0]
    return np.argmax(A, axis=0).astype(float)


classify_reshapes = unusual_edit("classify", (ARGMAX, "np.reshape(np.argmax(logits, axis=0), (1, -1))"))

# update_parameters


@st.composite
def slopes_of(draw, network):
    """Gradients of the shapes of a network's parameters."""
    return {f"d{name}": draw(matrix(*value.shape)) for name, value in network.items()}


@inputs("update_parameters", call="update_parameters(dict(parameters), gradients, 0, alpha)")
@st.composite
def steps(draw):
    network = draw(parameters(draw(st.sampled_from([(1, 1, 1), (2, 1, 1), (1, 2, 1, 1)]))))
    alpha = draw(st.sampled_from([0.5, 0.1, 2.0]))
    return {"parameters": network, "gradients": draw(slopes_of(network)), "alpha": alpha}


@inputs(
    "update_parameters",
    call="first = update_parameters(dict(parameters), gradients, 0, alpha)\n"
    "later = update_parameters(dict(parameters), gradients, epoch, alpha)\n"
    "{f'{name} takes the same step': np.allclose(first[name], later[name]) for name in first}",
)
@st.composite
def later_steps(draw):
    network = draw(parameters([2, 1]))
    slopes = {name: value + 4 for name, value in draw(slopes_of(network)).items()}  # none is 0
    return {"parameters": network, "gradients": slopes, "epoch": draw(st.integers(20, 200)), "alpha": 0.5}


STEP = 'value - alpha * gradients[f"d{name}"]'

step_uphill = edited(
    "update_parameters",
    ("value - alpha", "value + alpha"),
    says="You walk along the gradient, which leads uphill: the cost rises with every step.",
    see="eq:gradient-descent",
)
step_weights_only = edited(
    "update_parameters",
    (STEP, STEP + ' * (name[0] == "W")'),
    says="Your biases never move. They are parameters like the weights and have gradients of their own.",
    see="eq:gradient-descent",
)
step_rate_twice = edited(
    "update_parameters",
    ("- alpha *", "- alpha**2 *"),
    says="The learning rate is in your step twice, so the steps are much too small where it is below 1.",
    see="eq:gradient-descent",
)
step_no_rate = edited(
    "update_parameters",
    ("- alpha *", "-"),
    says="The learning rate is missing: you take the whole gradient off, which is far too much for most networks.",
    see="eq:gradient-descent",
)
step_decays = edited(
    "update_parameters",
    ("- alpha *", "- alpha / (1 + epoch) *"),
    says="Your steps get smaller from epoch to epoch. The number of the epoch is passed for information only; "
    "the learning rate stays as it is.",
    see="eq:gradient-descent",
)
step_not_last_layer = edited(
    "update_parameters",
    (STEP, STEP + " * (int(name[1:]) < len(parameters) // 2)"),
    says="The last layer never moves: your loop ends one layer too early. Think of which numbers range gives.",
    see="eq:gradient-descent",
)
step_first_layer_only = edited(
    "update_parameters",
    (STEP, STEP + ' * (name[1:] == "1")'),
    says="Only the first layer moves. The others have gradients as well, and the same rule holds for them.",
    see="eq:gradient-descent",
)
step_last_layer_only = edited(
    "update_parameters",
    (STEP, STEP + " * (int(name[1:]) == len(parameters) // 2)"),
    says="Only the last layer moves. The others have gradients as well, and the same rule holds for them.",
    see="eq:gradient-descent",
)
step_gradient_alone = edited(
    "update_parameters",
    ("value - alpha", "-alpha"),
    says="You return the step alone. The parameters after the step are the old ones and the step together.",
    see="eq:gradient-descent",
)


@misconception("update_parameters", see="eq:gradient-descent")
def step_too_many_layers(parameters, gradients, epoch, alpha):
    """You ask for a name that the dictionary does not have. Each layer has two entries there, so there are half as many
    layers as entries."""
    stepped = {}
    for layer in range(1, len(parameters) + 1):
        for kind in "Wb":
            stepped[f"{kind}{layer}"] = parameters[f"{kind}{layer}"] - alpha * gradients[f"d{kind}{layer}"]
    return stepped


@misconception("update_parameters", see="eq:gradient-descent")
def step_returns_nothing(parameters, gradients, epoch, alpha):
    """You put the new values into the dictionary but return nothing, so the caller gets None."""
    parameters.update(author.update_parameters(parameters, gradients, epoch, alpha))


@misconception("update_parameters", see="eq:gradient-descent", kind="side effect")
def step_in_place(parameters, gradients, epoch, alpha):
    """You change the arrays themselves, as -= does. Other code that still holds them has lost its old values."""
    for name in parameters:
        parameters[name] -= alpha * gradients["d" + name]
    return parameters


@unusual("update_parameters")
def step_into_the_dictionary(parameters, gradients, epoch, alpha):
    for layer in range(1, len(parameters) // 2 + 1):
        for kind in "Wb":
            parameters[f"{kind}{layer}"] = parameters[f"{kind}{layer}"] - alpha * gradients[f"d{kind}{layer}"]
    return parameters


@unusual("update_parameters")
def step_on_copies(parameters, gradients, epoch, alpha):
    stepped = {name: np.array(value) for name, value in parameters.items()}
    for name in stepped:
        stepped[name] += np.multiply(-alpha, gradients["d" + name])
    print("epoch", epoch)
    return stepped


step_by_subtract = unusual_edit("update_parameters", (STEP, 'np.subtract(value, gradients[f"d{name}"] * alpha)'))

# multi_layer_network


def same_training(one, other):
    """Costs may come as a list or as an array, each in whatever shape."""
    costs = [np.ravel(np.asarray(result["costs"], dtype=float)) for result in (one, other)]
    networks = [result["parameters"] for result in (one, other)]
    return (
        costs[0].shape == costs[1].shape
        and np.allclose(*costs, rtol=1e-5)
        and networks[0].keys() == networks[1].keys()
        and all(np.shape(networks[0][name]) == np.shape(networks[1][name]) for name in networks[1])
        and all(np.allclose(networks[0][name], networks[1][name], rtol=1e-5, atol=1e-8) for name in networks[1])
    )


@inputs(
    "multi_layer_network",
    call="np.random.seed(0)\n"
    "answer = multi_layer_network(X, Y, net_dims, num_iterations, learning_rate, False, parameters)\n"
    "dict(zip(('costs', 'parameters'), answer))",
    same=same_training,
)
@st.composite
def trainings(draw):
    net_dims, m = draw(st.sampled_from([[1, 1, 2], [2, 1, 2], [1, 2, 3], [2, 2, 2]])), draw(st.integers(1, 3))
    return {
        "X": draw(matrix(net_dims[0], m)),
        "Y": draw(labels(net_dims[-1], m)),
        "net_dims": net_dims,
        "num_iterations": draw(st.sampled_from([2, 3, 1, 21])),
        "learning_rate": draw(st.sampled_from([0.5, 0.25])),
        "parameters": draw(parameters(net_dims)),
    }


@inputs(
    "multi_layer_network",
    call="np.random.seed(0)\n"
    "costs, network, *_ = multi_layer_network(X, Y, net_dims, 1, 0.1, False)\n"
    "{name: np.shape(value) for name, value in network.items()}",
)
@st.composite
def trainings_from_nothing(draw):
    net_dims, m = draw(st.lists(st.integers(2, 4), min_size=2, max_size=4)), draw(st.integers(1, 3))
    return {"X": draw(matrix(net_dims[0], m)), "Y": draw(labels(net_dims[-1], m)), "net_dims": net_dims}


COPY = "parameters = {name: value.copy() for name, value in start.items()}"
FORWARD = "logits, caches = multi_layer_forward(X, parameters)"
UPDATE = "parameters = update_parameters(parameters, gradients, iteration, learning_rate)"
BACKWARD = "gradients = multi_layer_backward(d_logits, caches, parameters)"
RECORD = """
        if iteration % 20 == 1:
            costs.append(cost)
            if log:
                print(f"iteration {iteration:4d}: cost {cost:.5f}")"""

training_one_step_short = edited(
    "multi_layer_network",
    ("range(1, num_iterations + 1)", "range(1, num_iterations)"),
    says="You make one step too few: range stops before its end.",
    see="eq:gradient-descent",
)
training_starts_again = edited(
    "multi_layer_network",
    (FORWARD, f"{COPY}\n        {FORWARD}"),
    says="Each of your iterations begins with the starting parameters again, so the cost stays the same. "
    "What a step has learned must be there in the next one.",
    see="eq:gradient-descent",
)
training_draws_again = edited(
    "multi_layer_network",
    (FORWARD, f"parameters = initialize_network(net_dims)\n        {FORWARD}"),
    says="Each of your iterations draws a new network, so nothing is ever learned. The start belongs before the loop.",
    see="eq:gradient-descent",
)
training_forgets_step = edited(
    "multi_layer_network",
    (UPDATE, UPDATE.removeprefix("parameters = ")),
    says="Your parameters never change: you work out the step, but do not keep what it returns.",
    see="eq:gradient-descent",
)
training_own_rate = edited(
    "multi_layer_network",
    (UPDATE, UPDATE.replace("learning_rate", "0.1")),
    says="You train with a fixed learning rate, whatever the caller asks for.",
    see="eq:gradient-descent",
)
training_cost_of_each_step = edited(
    "multi_layer_network",
    ("if iteration % 20 == 1:", "if True:"),
    says="You record the cost of every iteration; that of every twentieth is asked for, beginning with the first.",
    see="eq:gradient-descent",
)
training_cost_at_twenty = edited(
    "multi_layer_network",
    ("iteration % 20 == 1", "iteration % 20 == 0"),
    says="Your first cost is that of iteration 20. The cost of the first iteration is worth keeping: "
    "it shows whether the start is sound.",
    see="eq:gradient-descent",
)
training_cost_after_step = edited(
    "multi_layer_network",
    (RECORD, ""),
    (
        UPDATE,
        UPDATE + RECORD.replace("(cost)", "(softmax_cross_entropy_loss(multi_layer_forward(X, parameters)[0], Y)[2])"),
    ),
    says="Your costs are those after the step. The first cost then says nothing about the start, "
    "where an expected value is known.",
    see="eq:gradient-descent",
)
training_adds_gradients = edited(
    "multi_layer_network",
    ("costs = []", "costs, total = [], {}"),
    (
        BACKWARD,
        f"{BACKWARD}\n"
        "        total = {name: total.get(name, 0) + value for name, value in gradients.items()}\n"
        "        gradients = total",
    ),
    says="Your gradients add up from iteration to iteration. A step goes by the gradient where the network is now, "
    "so each iteration begins with a fresh gradient.",
    see="eq:gradient-descent",
)
training_softmax_twice = edited(
    "multi_layer_network",
    ("softmax_cross_entropy_loss(logits, Y)", "softmax_cross_entropy_loss(softmax_cross_entropy_loss(logits)[0], Y)"),
    says="You hand probabilities to a function that takes softmax itself. After two of them the probabilities "
    "are nearly "
    "equal, and the cost cannot get near 0.",
    see="eq:softmax",
)
training_ignores_start = edited(
    "multi_layer_network",
    ("initialize_network(net_dims) if parameters is None else parameters", "initialize_network(net_dims)"),
    says="You draw a new network even where parameters were passed in. Who passes some wants the training to go "
    "on from "
    "there.",
    see="eq:gradient-descent",
)
training_changes_start = edited(
    "multi_layer_network",
    (COPY, "parameters = start"),
    (UPDATE, "parameters.update(" + UPDATE.removeprefix("parameters = ") + ")"),
    says="The dictionary that was passed in is not the same after the training. "
    "The caller may want to start from it again.",
    see="eq:gradient-descent",
    kind="side effect",
)
training_changes_images = edited(
    "multi_layer_network",
    ("costs = []", "costs = []\n    X -= X.mean()"),
    says="You move the pixels in the array that was passed in. The caller's images are different after the training.",
    see="eq:network",
    kind="side effect",
)
training_two_layers = edited(
    "multi_layer_network",
    ("initialize_network(net_dims) if", "initialize_network([net_dims[0], net_dims[1], net_dims[-1]]) if"),
    says="You make a network with two layers, whatever net_dims asks for. It may be of any length.",
    see="eq:network",
)
training_one_result = edited(
    "multi_layer_network",
    ("return costs, parameters", "return parameters"),
    says="You return the parameters alone. The costs are asked for as well, and they come first.",
    see="eq:gradient-descent",
)
training_order_of_results = edited(
    "multi_layer_network",
    ("return costs, parameters", "return parameters, costs"),
    says="Your two results come in the wrong order, so the caller takes the parameters for the costs.",
    see="eq:gradient-descent",
)


@unusual("multi_layer_network")
def training_with_while(X, Y, net_dims, num_iterations=500, learning_rate=0.1, log=True, parameters=None):
    network = author.initialize_network(net_dims) if parameters is None else dict(parameters)
    costs, i = np.array([]), 0
    while i < num_iterations:
        Z, caches = author.multi_layer_forward(X, network)
        _, cache, cost = author.softmax_cross_entropy_loss(Z, Y)
        if i % 20 == 0:
            costs = np.append(costs, cost)
        print("iteration", i, "cost", cost)
        slopes = author.multi_layer_backward(author.softmax_cross_entropy_loss_der(Y, cache), caches, network)
        network = {name: network[name] - learning_rate * slopes["d" + name] for name in network}
        i += 1
    return costs, network, "done"


training_costs_as_1x1 = unusual_edit(
    "multi_layer_network", ("costs.append(cost)", "costs.append(np.reshape(cost, (1, 1)))")
)
