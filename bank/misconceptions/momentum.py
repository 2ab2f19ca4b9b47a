"""What goes wrong in `momentum`."""

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

FAR = (0.0, 1.5, -2.0, 1000.0, -1000.0)


@st.composite
def probabilities(draw, classes, samples, Y):
    """Probabilities in columns, simple fractions; that of a true class is above 0."""
    counts = draw(matrix(classes, samples, (0, 1, 2, 3, 4)))
    counts[Y[0], np.arange(samples)] += 1
    return counts / counts.sum(axis=0)


# 1. relu


def same_relu(theirs, right):
    """A cache of another form is fine, as long as the input is in it."""
    kept = theirs[1].values() if hasattr(theirs[1], "values") else [theirs[1]]
    fits = np.shape(theirs[0]) == np.shape(right[0]) and np.allclose(theirs[0], right[0])
    return fits and any(np.array_equal(entry, right[1]["Z"]) for entry in kept)


@inputs("relu", call="relu(Z)", same=same_relu)
@st.composite
def scores(draw):
    n, m = draw(sizes((1, 4), (1, 5)))
    return {"Z": draw(st.one_of(matrix(n, m), matrix(n, m, up_to(50))))}


@misconception("relu", see="eq:relu")
def mask(Z):
    """You return whether a number is above 0, not the number: everything that is on comes out as 1."""
    return (Z > 0) * 1.0, {"Z": Z}


absolute = edited(
    "relu",
    ("np.maximum(Z, 0)", "np.abs(Z)"),
    says="You turn the sign of negative numbers. A unit below 0 is off: what it sends is 0, not how far below it is.",
    see="eq:relu",
)
largest = edited(
    "relu",
    ("np.maximum(Z, 0)", "np.max(Z, 0)"),
    says="You look for the largest number along an axis, so entries get lost. "
    "The comparison with 0 is made for every entry by itself.",
    see="eq:relu",
)
leaky = edited(
    "relu",
    ("np.maximum(Z, 0)", "np.where(Z > 0, Z, 0.01 * Z)"),
    says="Below 0 you keep a small slope. That is a leaky unit; the one in this exercise is exactly 0 there.",
    see="eq:relu",
)
capped = edited(
    "relu",
    ("np.maximum(Z, 0)", "np.clip(Z, 0, 1)"),
    says="You cut large numbers off at 1. This unit has no upper limit: what is above 0 passes as it is.",
    see="eq:relu",
)
negative_part = edited(
    "relu",
    ("np.maximum(Z, 0)", "np.minimum(Z, 0)"),
    says="You keep the negative numbers and drop the positive ones: it should be the other way round.",
    see="eq:relu",
)
squashed = edited(
    "relu",
    ("np.maximum(Z, 0)", "1 / (1 + np.exp(-Z))"),
    says="That is the sigmoid: it makes 0.5 of 0 and never goes above 1. This exercise asks for another activation "
    "function.",
    see="eq:relu",
)


@misconception("relu", see="eq:relu")
def whole_numbers(Z):
    """Your decimals are cut off: np.vectorize takes the type of the first result for all others, and yours is a whole
    number where the first entry is not above 0."""
    return np.vectorize(lambda z: z if z > 0 else 0)(Z), {"Z": Z}


@misconception("relu", see="eq:relu")
def drops_entries(Z):
    """You leave the negative entries out instead of setting them to 0, so the result has lost its shape."""
    return Z[Z > 0], {"Z": Z}


caches_result = edited(
    "relu",
    ('return np.maximum(Z, 0), {"Z": Z}', 'A = np.maximum(Z, 0)\n    return A, {"Z": A}'),
    says="Your cache holds the result. The backward pass needs the input, whose negative entries the result has lost.",
    see="eq:relu-der",
)
no_cache = edited(
    "relu",
    ('return np.maximum(Z, 0), {"Z": Z}', "return np.maximum(Z, 0)"),
    says="You return the result alone. A second result is asked for, the cache: the backward pass will look up the "
    "input in it.",
    see="eq:relu-der",
)
clears_input = edited(
    "relu",
    ("return np.maximum(Z, 0)", "Z[Z < 0] = 0\n    return Z"),
    says="You write the zeros into the array that was passed in. "
    "The caller and your cache have lost their negative numbers then.",
    see="eq:relu",
    kind="side effect",
)


@unusual("relu")
def by_a_product(Z):
    return Z * (Z > 0), {"Z": np.array(Z), "A": None}


@unusual("relu")
def with_loops(Z):
    A = np.zeros(Z.shape)
    for i, row in enumerate(Z):
        for j, z in enumerate(row):
            if z > 0:
                A[i, j] = z
    return A, {"Z": Z}


halved_sum = unusual_edit("relu", ("np.maximum(Z, 0)", "(np.abs(Z) + Z) / 2"))


# 2. softmax


def same_probabilities(theirs, right):
    """As exact as 32-bit floats: a small constant below the fraction shows."""
    return np.shape(theirs) == np.shape(right) and np.allclose(theirs, right, rtol=0, atol=2e-7, equal_nan=True)


@inputs("softmax", call="softmax(Z)", same=same_probabilities)
@st.composite
def scores_of_samples(draw):
    n, m = draw(sizes((1, 4), (1, 5)))
    Z = draw(st.one_of(matrix(n, m), matrix(n, m, FAR)))
    if draw(st.booleans()):
        Z = Z + draw(matrix(1, m, (0.0, 800.0, -800.0)))
    return {"Z": Z}


SHIFTED = "Z - Z.max(axis=0)"

no_shift = edited(
    "softmax",
    (SHIFTED, "Z"),
    says="Your exponentials overflow for large scores, and for very negative ones all of them are 0: then you get nan. "
    "A shift of all scores of a sample costs nothing and brings them into a safe range.",
    see="eq:softmax-shift",
    kind="fragile",
)
shift_of_the_batch = edited(
    "softmax",
    (SHIFTED, "Z - Z.max()"),
    says="You shift the whole batch by its one largest score. A sample whose scores lie far below it gets nothing but "
    "zeros, and 0/0 is nan: each sample needs a shift of its own.",
    see="eq:softmax-shift",
    kind="fragile",
)
shift_of_each_class = edited(
    "softmax",
    (SHIFTED, "Z - Z.max(axis=1, keepdims=True)"),
    says="You shift each class by another number, and that changes the probabilities. "
    "A shift is harmless only if it is the same for all classes of one sample.",
    see="eq:softmax-shift",
)
classes_for_samples = edited(
    "softmax",
    (SHIFTED, "Z - Z.max(axis=1, keepdims=True)"),
    ("E.sum(axis=0)", "E.sum(axis=1, keepdims=True)"),
    says="Your rows add up to 1. A sample is a column here, and it is the probabilities of one sample that must add up "
    "to 1.",
    see="eq:softmax",
)
divides_by_rows = edited(
    "softmax",
    ("E.sum(axis=0)", "E.sum(axis=1, keepdims=True)"),
    says="You divide by the sum over the samples. What has to add up to 1 are the classes of one sample, a column.",
    see="eq:softmax",
)
loses_the_axis = edited(
    "softmax",
    ("E.sum(axis=0)", "E.sum(axis=1)"),
    says="You add up rows, and without keepdims the sums do not even line up with them: NumPy refuses, or, in a square "
    "batch, silently divides by the wrong sums.",
    see="eq:softmax",
)
grand_total = edited(
    "softmax",
    ("E.sum(axis=0)", "E.sum()"),
    says="You divide by the sum over the whole batch, so that all samples together have the probability 1. "
    "Each sample has to have it for itself.",
    see="eq:softmax",
)
constant_below = edited(
    "softmax",
    ("E.sum(axis=0)", "(E.sum(axis=0) + 1e-5)"),
    says="The constant in the denominator makes your probabilities a little too small. "
    "It protects from nothing: after the shift of each sample the sum is never below 1.",
    see="eq:softmax-shift",
    kind="fragile",
)
shift_above_only = edited(
    "softmax",
    ("E.sum(axis=0)", "np.exp(Z).sum(axis=0)"),
    says="You shift the scores in the numerator and not in the denominator, so the factor no longer cancels: "
    "your columns do not add up to 1.",
    see="eq:softmax-shift",
)
shift_below_only = edited(
    "softmax",
    ("return E / ", "return np.exp(Z) / "),
    says="You shift the scores in the denominator and not in the numerator, so the factor no longer cancels: "
    "your columns do not add up to 1.",
    see="eq:softmax-shift",
)
logarithms = edited(
    "softmax",
    ("return E / E.sum(axis=0)", "return np.log(E / E.sum(axis=0))"),
    says="You return the logarithms of the probabilities: a probability is never below 0.",
    see="eq:softmax",
)
twice = edited(
    "softmax",
    ("return E / E.sum(axis=0)", "P = np.exp(E / E.sum(axis=0))\n    return P / P.sum(axis=0)"),
    says="You apply the softmax to its own result. "
    "Your probabilities come far too close to each other, and even a sure network seems to doubt.",
    see="eq:softmax",
)
no_exponential = edited(
    "softmax",
    ("E = np.exp(Z - Z.max(axis=0))", "E = Z"),
    says="You divide the scores by their sum, without exponentials. "
    "Scores may be negative or add up to 0, and then the results are not probabilities.",
    see="eq:softmax",
)
upside_down = edited(
    "softmax",
    (SHIFTED, "Z.max(axis=0) - Z"),
    says="You have turned the sign inside the exponential: the smallest score gets the largest probability.",
    see="eq:softmax",
)
each_by_itself = edited(
    "softmax",
    ("return E / E.sum(axis=0)", "return 1 / (1 + np.exp(-Z))"),
    says="You take the sigmoid of each score by itself, so your columns do not add up to 1. "
    "The classes exclude each other: what one of them gains the others lose.",
    see="eq:softmax",
)
two_results = edited(
    "softmax",
    ("return E / E.sum(axis=0)", 'return E / E.sum(axis=0), {"Z": Z}'),
    says="You return a cache as well. Here the probabilities alone are asked for, and the caller of softmax uses the "
    "result as an array.",
    see="eq:softmax",
)
shifts_input = edited(
    "softmax",
    ("E = np.exp(Z - Z.max(axis=0))", "Z -= Z.max(axis=0)\n    E = np.exp(Z)"),
    says="Your shift moves the very scores that were passed in. The probabilities are right, but the caller's scores "
    "are other numbers now.",
    see="eq:softmax-shift",
    kind="side effect",
)


@misconception("softmax", see="eq:softmax", kind="slow", costs=False)
def entry_by_entry(Z):
    """Your probabilities are right, but a Python loop over all entries is some hundred times slower than NumPy on the
    whole array."""
    A = np.zeros(Z.shape)
    for j in range(Z.shape[1]):
        total = sum(np.exp(z - max(Z[:, j])) for z in Z[:, j])
        for i in range(Z.shape[0]):
            A[i, j] = np.exp(Z[i, j] - max(Z[:, j])) / total
    return A


@unusual("softmax")
def by_logarithms(Z):
    S = Z - np.amax(Z, 0, keepdims=True)
    return np.exp(S - np.log(np.exp(S).sum(0)))


@unusual("softmax")
def sample_by_sample(Z):
    columns = []
    for z in Z.T:
        e = np.exp(z - max(z))
        columns.append(e / sum(e))
    return np.array(columns).T


# 3. compute_layer


@inputs("compute_layer", call="compute_layer(A_prev, W, b)")
@st.composite
def layers(draw):
    n_out, n_in, m = draw(st.one_of(sizes((1, 4), (1, 4), (1, 5)), st.integers(2, 3).map(lambda n: (n, n, n))))
    return {"A_prev": draw(matrix(n_in, m)), "W": draw(matrix(n_out, n_in)), "b": draw(matrix(n_out, 1))}


no_bias = edited(
    "compute_layer",
    ("W @ A_prev + b", "W @ A_prev"),
    says="The bias is missing: without it a unit that sees only zeros can say nothing but 0.",
    see="eq:linear-forward",
)
turned_weights = edited(
    "compute_layer",
    ("W @ A_prev", "W.T @ A_prev"),
    says="You transpose the weights. The rows of W are the units already, one number for each input; "
    "in a square layer the wrong product raises no error.",
    see="eq:linear-forward",
)
other_order = edited(
    "compute_layer",
    ("W @ A_prev", "A_prev @ W"),
    says="The factors are in the wrong order, so samples are mixed with each other. "
    "A unit mixes the entries of one column with its own row of weights.",
    see="eq:linear-forward",
)
entry_times_entry = edited(
    "compute_layer",
    ("W @ A_prev", "W * A_prev"),
    says="The star multiplies entry by entry. A unit needs the sum over all of its inputs, which is a matrix product.",
    see="eq:linear-forward",
)
flat_bias = edited(
    "compute_layer",
    ("+ b", "+ b.ravel()"),
    says="You lay the biases out as a row, one for each sample instead of one for each unit. "
    "NumPy only complains where the two numbers differ.",
    see="eq:linear-forward",
)
one_bias = edited(
    "compute_layer",
    ("+ b", "+ b.sum()"),
    says="You add one number to all units. Each unit has a bias of its own, the same for every sample.",
    see="eq:linear-forward",
)
minus_bias = edited(
    "compute_layer",
    ("+ b", "- b"),
    says="You subtract the bias instead of adding it: a positive bias makes your unit weaker.",
    see="eq:linear-forward",
)
bias_on_the_input = edited(
    "compute_layer",
    ("W @ A_prev + b", "W @ (A_prev + b)"),
    says="You add the biases to the input, before the weights. They belong to the units, so they come after the "
    "product.",
    see="eq:linear-forward",
)
bent = edited(
    "compute_layer",
    ("W @ A_prev + b", "np.maximum(W @ A_prev + b, 0)"),
    says="You apply the ReLU to the result. This layer is affine and may go below 0: the ReLU is a function of its "
    "own, and the last layer is not followed by one.",
    see="eq:linear-forward",
)
layer_and_cache = edited(
    "compute_layer",
    ("return W @ A_prev + b", 'return W @ A_prev + b, {"A": A_prev}'),
    says="You return a cache as well. Here the array alone is asked for; what the backward pass needs is kept by "
    "forward.",
    see="eq:linear-forward",
)


@unusual("compute_layer")
def by_einsum(A_prev, W, b):
    return np.einsum("op,pj->oj", W, A_prev) + np.reshape(b, (-1, 1))


@unusual("compute_layer")
def column_by_column(A_prev, W, b):
    Z = np.zeros((W.shape[0], A_prev.shape[1]))
    for j in range(A_prev.shape[1]):
        for i in range(W.shape[0]):
            Z[i, j] = sum(W[i, k] * A_prev[k, j] for k in range(W.shape[1])) + b[i, 0]
    return Z


# 4. average_ce


def same_loss(theirs, right):
    """A constant of up to 1e-6 inside the logarithm is accepted."""
    return np.size(theirs) == 1 and np.isclose(np.squeeze(theirs), right, rtol=1e-5, atol=2e-5)


@inputs("average_ce", call="average_ce(Y, A)", same=same_loss)
@st.composite
def batches(draw):
    n, m = draw(sizes((2, 5), (1, 6)))
    Y = draw(labels(n, m))
    return {"Y": Y, "A": draw(probabilities(n, m, Y))}


LOGARITHM, TARGETS = "np.log(chosen)", "(np.arange(len(A))[:, np.newaxis] == Y)"

loss_below_zero = edited(
    "average_ce",
    ("-np.log", "np.log"),
    says="Your loss is negative: the logarithm of a probability is never above 0, and a loss is never below it.",
    see="eq:cross-entropy",
)
summed = edited(
    "average_ce",
    (".mean()", ".sum()"),
    says="You add the samples up. The loss is a mean over them, so that it does not grow with the size of the batch.",
    see="eq:cross-entropy",
)
mean_over_entries = edited(
    "average_ce",
    (".mean()", ".sum() / A.size"),
    says="You take the mean over all entries, classes and samples alike, so your loss is as many times too small as "
    "there are classes. Only samples are averaged.",
    see="eq:cross-entropy",
)
mean_over_classes = edited(
    "average_ce",
    (".mean()", ".sum() / len(A)"),
    says="You divide by the number of classes, the rows. The samples are the columns, and the mean is taken over them.",
    see="eq:cross-entropy",
)
not_averaged = edited(
    "average_ce",
    (".mean()", ""),
    says="You return one number for each sample. The loss of a batch is a single number, their mean.",
    see="eq:cross-entropy",
)
decimal = edited(
    "average_ce",
    ("np.log", "np.log10"),
    says="That is the logarithm to the base 10, and your loss is 0.434 times the right one. "
    "The derivative that you will use belongs to the natural logarithm.",
    see="eq:cross-entropy",
)
binary = edited(
    "average_ce",
    ("np.log", "np.log2"),
    says="That is the logarithm to the base 2, and your loss is 1.44 times the right one. "
    "The derivative that you will use belongs to the natural logarithm.",
    see="eq:cross-entropy",
)
large_constant = edited(
    "average_ce",
    (LOGARITHM, "np.log(chosen + 1e-5)"),
    says="The constant inside your logarithm is large enough to be seen in the loss, which even falls below 0 for a "
    "sure network. The probability of a true class is above 0, so nothing has to be added.",
    see="eq:cross-entropy",
    kind="fragile",
)
zero_times_infinity = edited(
    "average_ce",
    (LOGARITHM, f"({TARGETS} * np.log(A)).sum(axis=0)"),
    says="You take the logarithm of every entry and multiply by 0 or 1 afterwards. Where a class that does not count "
    "has the probability 0, that is 0 times minus infinity, and the whole loss becomes nan.",
    see="eq:cross-entropy",
    kind="fragile",
)
both_sides = edited(
    "average_ce",
    (LOGARITHM, f"np.log(np.where({TARGETS}, A, 1 - A)).sum(axis=0)"),
    says="You add a term for the classes that are not the true one. That belongs to yes-or-no questions; with a "
    "softmax only the probability of the true class counts.",
    see="eq:cross-entropy",
)
labels_from_one = edited(
    "average_ce",
    ("A, Y, axis=0", "A, Y - 1, axis=0"),
    says="You count the labels from 1. They start at 0, so you look at the class before the true one.",
    see="eq:cross-entropy",
)
whole_rows = edited(
    "average_ce",
    ("np.take_along_axis(A, Y, axis=0)", "A[Y]"),
    says="Indexing with the labels alone takes whole rows: for each label the probabilities of all samples. "
    "One entry is wanted for each sample, so the index needs the column, too.",
    see="eq:cross-entropy",
)
logarithm_of_mean = edited(
    "average_ce",
    ("np.log(chosen).mean()", "np.log(chosen.mean())"),
    says="You take the mean first and then the logarithm. One hopeless sample is hardly seen then: "
    "each sample has its own surprise, and these are averaged.",
    see="eq:cross-entropy",
)
squared_error = edited(
    "average_ce",
    ("-np.log(chosen).mean()", f"((A - {TARGETS}) ** 2).sum(axis=0).mean()"),
    says="That is the squared error, another loss: it hardly minds a true class of nearly no probability.",
    see="eq:cross-entropy",
)
missing_share = edited(
    "average_ce",
    ("-np.log(chosen).mean()", "(1 - chosen).mean()"),
    says="There is no logarithm: you add up what is missing to 1. "
    "The surprise grows without limit as the probability of the true class goes to 0, yours never goes above 1.",
    see="eq:cross-entropy",
)
no_logarithm = edited(
    "average_ce",
    (LOGARITHM, "chosen"),
    says="There is no logarithm: you average the probabilities themselves, and the loss of a perfect network is -1.",
    see="eq:cross-entropy",
)
surest_class = edited(
    "average_ce",
    ("np.take_along_axis(A, Y, axis=0)", "A.max(axis=0)"),
    says="You take the largest probability of each sample, whatever its label: a network that is sure and wrong has no "
    "loss.",
    see="eq:cross-entropy",
)
entropy = edited(
    "average_ce",
    (LOGARITHM, "(A * np.log(np.where(A > 0, A, 1))).sum(axis=0)"),
    says="The labels do not enter: you measure how undecided the network is, not whether it is right.",
    see="eq:cross-entropy",
)
exchanged = edited(
    "average_ce",
    (LOGARITHM, f"(A * np.log({TARGETS} + 1e-12)).sum(axis=0)"),
    says="Targets and probabilities have changed places: the logarithm belongs to what the network says, not to the "
    "labels, whose zeros it cannot take.",
    see="eq:cross-entropy",
)
softmax_again = edited(
    "average_ce",
    ("np.take_along_axis(A, Y, axis=0)", "np.take_along_axis(softmax(A), Y, axis=0)"),
    says="You apply the softmax, but A holds probabilities already. "
    "The second one presses them together, and your loss can never come near 0.",
    see="eq:cross-entropy",
)


@unusual("average_ce")
def loss_of_one_by_one(Y, A):
    return np.array([[-np.log(A[Y[0], range(Y.size)] + 1e-6).mean()]])


@unusual("average_ce")
def loss_in_a_loop(Y, A):
    total = 0.0
    for j in range(A.shape[1]):
        total -= np.log(A[int(Y[0, j]), j])
    return float(total / A.shape[1])


@unusual("average_ce")
def logarithm_of_products(Y, A):
    T = np.eye(A.shape[0])[Y.ravel()].T
    return -np.sum(np.log(np.sum(T * A, axis=0))) / A.shape[1]


# 5. grad_ce


@inputs("grad_ce", call="grad_ce(Y, A)")
@st.composite
def batches_to_derive(draw):
    n, m = draw(sizes((2, 5), (1, 6)))
    Y = draw(labels(n, m))
    return {"Y": Y, "A": draw(probabilities(n, m, Y))}


DERIVATIVE = "(A - targets) / m"

no_mean = edited(
    "grad_ce",
    (DERIVATIVE, "A - targets"),
    says="Your derivative is as many times too large as there are samples: the loss is a mean over them, and this is "
    "the one place where that enters the backward pass.",
    see="eq:softmax-ce-grad",
)
mean_over_all = edited(
    "grad_ce",
    (DERIVATIVE, "(A - targets) / (n * m)"),
    says="You divide by the number of entries. The loss is a mean over the samples only, so your derivative is too "
    "small by the number of classes.",
    see="eq:softmax-ce-grad",
)
mean_twice = edited(
    "grad_ce",
    (DERIVATIVE, "(A - targets) / m**2"),
    says="You divide by the number of samples twice, so that your derivative is far too small.",
    see="eq:softmax-ce-grad",
)
mean_of_classes = edited(
    "grad_ce",
    (DERIVATIVE, "(A - targets) / n"),
    says="You divide by the number of classes, the rows. The mean of the loss goes over the samples, which are the "
    "columns.",
    see="eq:softmax-ce-grad",
)
downhill = edited(
    "grad_ce",
    ("A - targets", "targets - A"),
    says="Your derivative has the wrong sign: more of a score that is too high would lower your loss.",
    see="eq:softmax-ce-grad",
)
rows_of_labels = edited(
    "grad_ce",
    (
        "return (A - targets) / m",
        "dZ = A.copy()\n    dZ[Y[0]] -= 1\n    return dZ / m",
    ),
    says="Indexing with the labels alone takes 1 off whole rows, for all samples. "
    "It should be taken off one entry in each column.",
    see="eq:softmax-ce-grad",
)
reshaped_targets = edited(
    "grad_ce",
    ("targets = np.arange(n)[:, np.newaxis] == Y", "targets = (Y.T == np.arange(n)).reshape(n, m)"),
    says="Your targets are reshaped where they had to be transposed. "
    "The shape is right, but the ones of one sample end up with another.",
    see="eq:one-hot",
)
shifted_targets = edited(
    "grad_ce",
    ("== Y", "== Y - 1"),
    says="You count the labels from 1. They start at 0: the first row of the probabilities belongs to class 0.",
    see="eq:one-hot",
)
targets_in_the_row_before = edited(
    "grad_ce",
    ("== Y", "== (Y - 1) % n"),
    says="Your targets stand one row too high, as if labels were counted from 1. They start at 0, so the samples of "
    "class 0 get the last class as their target: the index -1 raises no error.",
    see="eq:one-hot",
)
true_class_only = edited(
    "grad_ce",
    (DERIVATIVE, "targets * (A - 1) / m"),
    says="You differentiate with respect to the score of the true class only. All probabilities of a sample share one "
    "sum, so every score moves the loss: your columns do not add up to 0.",
    see="eq:softmax-ce-grad",
)
extra_slope = edited(
    "grad_ce",
    (DERIVATIVE, "(A - targets) * A * (1 - A) / m"),
    says="You multiply by the derivative of a sigmoid. With the cross-entropy the derivative of the softmax cancels "
    "against the logarithm, so a network that is sure and wrong gets a strong pull, and yours gets none.",
    see="eq:softmax-ce-grad",
)
brackets_on_the_targets = edited(
    "grad_ce",
    (DERIVATIVE, "A - targets / m"),
    says="Only the targets are divided by the number of samples: division comes before subtraction. "
    "Your columns do not add up to 0.",
    see="eq:softmax-ce-grad",
)
brackets_on_the_probabilities = edited(
    "grad_ce",
    (DERIVATIVE, "A / m - targets"),
    says="Only the probabilities are divided by the number of samples, not the whole difference. "
    "Your columns do not add up to 0.",
    see="eq:softmax-ce-grad",
)
in_the_probabilities = edited(
    "grad_ce",
    (DERIVATIVE, "-1.0 * targets / A / m"),
    says="That is the derivative with respect to the probabilities. The one in the scores is asked for: the step back "
    "through the softmax is still missing.",
    see="eq:softmax-ce-grad",
)
plain_labels = edited(
    "grad_ce",
    ("A - targets", "A - Y"),
    says="You subtract the number of the class from all probabilities. A label is a name, not an amount: "
    "it only says in which row something is taken off.",
    see="eq:one-hot",
)
decisions = edited(
    "grad_ce",
    ("A - targets", "(np.arange(n)[:, np.newaxis] == A.argmax(axis=0)) - targets * 1.0"),
    says="You compare the network's decisions with the labels. A decision does not say how sure it was, so a sample "
    "that is only just right teaches you nothing.",
    see="eq:softmax-ce-grad",
)
classes_of_the_batch = edited(
    "grad_ce",
    ("n, m = A.shape", "n, m = Y.max() + 1, Y.size"),
    says="You take the number of classes from the labels. Where the batch lacks the last class that is one too few: "
    "ask the probabilities how many there are.",
    see="eq:one-hot",
    kind="fragile",
)
hard_coded = edited(
    "grad_ce",
    (") / m", ") / 2"),
    says="You always divide by 2. That is the number of samples in the small example: it has to come from the data.",
    see="eq:softmax-ce-grad",
)
one_number = edited(
    "grad_ce",
    (DERIVATIVE, "((A - targets) / m).sum()"),
    says="You add everything up. A derivative is asked for in every score, so it has the shape of the scores.",
    see="eq:softmax-ce-grad",
)
mean_of_columns = edited(
    "grad_ce",
    (DERIVATIVE, "(A - targets).mean(axis=1, keepdims=True)"),
    says="You average the columns. Each sample keeps its own column in the backward pass; of the mean only the factor "
    "is left.",
    see="eq:softmax-ce-grad",
)
overwrites = edited(
    "grad_ce",
    ("return (A - targets) / m", "A -= targets\n    return A / m"),
    says="You subtract inside the array that was passed in. The next function that reads it finds no probabilities.",
    see="eq:softmax-ce-grad",
    kind="side effect",
)


@unusual("grad_ce")
def derivative_in_a_loop(Y, A):
    dZ = A.copy()
    for j in range(A.shape[1]):
        dZ[int(Y[0, j]), j] -= 1
    return dZ / A.shape[1]


@unusual("grad_ce")
def rows_of_the_unit_matrix(Y, A):
    return A / Y.size - np.eye(A.shape[0])[:, Y.ravel()] / Y.size


# 6. back_propagation


@st.composite
def networks(draw):
    """A network of its own sizes, or one in which all sizes are the same."""
    n0, n1, n2, m = draw(st.one_of(sizes((1, 2), (1, 3), (2, 3), (1, 3)), st.just((2, 2, 2, 2))))
    drawn = {"X": draw(matrix(n0, m)), "Y": draw(labels(n2, m)), "parameters": draw(parameters((n0, n1, n2)))}
    if draw(st.integers(0, 2)) == 1:  # for the first sample, all hidden units are exactly at their bend
        drawn["X"][:, 0] = 0
        drawn["parameters"]["b1"][:] = 0
    return drawn


@inputs("back_propagation", call="A, caches = forward(X, parameters)\nback_propagation(X, Y, caches, parameters)")
def networks_to_derive():
    return networks()


@inputs("back_propagation", call="back_propagation(X, Y, caches, parameters)")
@st.composite
def networks_with_caches(draw):
    network = draw(networks())
    _, caches = author.forward(network["X"], network["parameters"])
    return {**network, "caches": caches}


GATED = 'np.where(caches["Z1"] > 0, dA1, 0)'

open_gate = edited(
    "back_propagation",
    (GATED, "dA1"),
    says="Your derivative passes through every hidden unit. One that was off for a sample did not influence its loss, "
    "so nothing may come down through it.",
    see="eq:relu-der",
)
gate_at_zero = edited(
    "back_propagation",
    ('caches["Z1"] > 0', 'caches["Z1"] >= 0'),
    says="Exactly at 0 your gate is open; this course treats it as shut there.",
    see="eq:relu-der",
    kind="fragile",
)
half_gate_at_zero = edited(
    "back_propagation",
    (GATED, 'dA1 * np.heaviside(caches["Z1"], 0.5)'),
    says="Exactly at 0 half of your derivative passes; this course treats the gate as shut there.",
    see="eq:relu-der",
    kind="fragile",
)
gate_of_the_derivative = edited(
    "back_propagation",
    ('caches["Z1"] > 0', "dA1 > 0"),
    says="Your gate looks at the sign of the derivative. It depends on the way forward: on whether the unit was on.",
    see="eq:relu-der",
)
gate_alone = edited(
    "back_propagation",
    (GATED, '1.0 * (caches["Z1"] > 0)'),
    says="You go on with the gate alone. It multiplies the derivative that comes down from above; without that the "
    "labels have no influence on the first layer.",
    see="eq:relu-der",
)
gate_of_activations = edited(
    "back_propagation",
    (GATED, 'dA1 * caches["A1"]'),
    says="You multiply by the activation. The derivative of the ReLU is 0 or 1, however strong the unit is.",
    see="eq:relu-der",
)
gate_turned = edited(
    "back_propagation",
    ('caches["Z1"] > 0', 'caches["Z1"] <= 0'),
    says="Your gate is open for the units that were off and shut for those that were on.",
    see="eq:relu-der",
)
gate_of_a_sigmoid = edited(
    "back_propagation",
    (GATED, 'dA1 * caches["A1"] * (1 - caches["A1"])'),
    says="That is the derivative of a sigmoid. The hidden units of this network are ReLUs, whose derivative is 0 or 1.",
    see="eq:relu-der",
)
gate_on_the_scores = edited(
    "back_propagation",
    ("dA1 = ", 'dZ2 = np.where(caches["Z2"] > 0, dZ2, 0)\n    dA1 = '),
    says="You put a gate on the scores. There is no ReLU after the last layer: a negative score counts as well.",
    see="eq:layer-recursion",
)
weights_not_turned = edited(
    "back_propagation",
    ('parameters["W2"].T @ dZ2', 'parameters["W2"] @ dZ2'),
    says="In the backward pass the weights of the last layer lead from its scores to its inputs, so they are needed "
    "the other way round. In a square layer the mistake raises no error.",
    see="eq:dA-prev",
)
past_the_weights = edited(
    "back_propagation",
    ('parameters["W2"].T @ dZ2', "dZ2"),
    says="What reaches the hidden units has not been through the weights above them. "
    "These say how much each unit had to do with each score.",
    see="eq:dA-prev",
)
mean_of_db = edited(
    "back_propagation",
    ("dZ.sum(", "dZ.mean("),
    says="You average db over the samples, but the mean is in the derivative of the scores already: "
    "it enters once, so your db is too small by the number of samples.",
    see="eq:db",
)
mean_of_dW = edited(
    "back_propagation",
    ("dZ @ below.T", "dZ @ below.T / dZ.shape[1]"),
    says="You average dW over the samples, but the mean is in the derivative of the scores already: "
    "it enters once, so your dW is too small by the number of samples.",
    see="eq:dW",
)
mean_again = edited(
    "back_propagation",
    ('grad_ce(Y, caches["A2"])', 'grad_ce(Y, caches["A2"]) / Y.size'),
    says="All four derivatives are too small by the number of samples: grad_ce has taken the mean already, and you "
    "take it again.",
    see="eq:softmax-ce-grad",
)
sum_again = edited(
    "back_propagation",
    ('grad_ce(Y, caches["A2"])', 'grad_ce(Y, caches["A2"]) * Y.size'),
    says="All four derivatives are too large by the number of samples: they are those of a sum, but the loss is a "
    "mean.",
    see="eq:softmax-ce-grad",
)
db_over_units = edited(
    "back_propagation",
    ("dZ.sum(axis=1, keepdims=True)", "dZ.sum(axis=0, keepdims=True)"),
    says="You add up the units of each sample. A bias collects over the samples: one number for each unit.",
    see="eq:db",
)
flat_db = edited(
    "back_propagation",
    ("dZ.sum(axis=1, keepdims=True)", "dZ.sum(axis=1)"),
    says="Your db is flat, of shape (n,), but the bias is a column. "
    "Subtracted from it, a row spreads the bias out into a whole matrix.",
    see="eq:db",
)
one_db = edited(
    "back_propagation",
    ("dZ.sum(axis=1, keepdims=True)", "dZ.sum()"),
    says="You add everything up to one number. Each unit has a bias of its own, and so a derivative of its own.",
    see="eq:db",
)
db_of_each_sample = edited(
    "back_propagation",
    ("dZ.sum(axis=1, keepdims=True)", "dZ"),
    says="Your db has a column for every sample. The bias is the same for all of them, so their contributions are "
    "added up.",
    see="eq:db",
)
db_without_gate = edited(
    "back_propagation",
    ("return gradients", 'gradients["db1"] = dA1.sum(axis=1, keepdims=True)\n    return gradients'),
    says="For db1 you add up what arrives before the gate. A unit that was off gets no derivative for its bias either.",
    see="eq:db",
)
turned_dW = edited(
    "back_propagation",
    ("dZ @ below.T", "below @ dZ.T"),
    says="Your dW is transposed. It has the shape of W: a row for each unit, a column for each input.",
    see="eq:dW",
)
scores_below = edited(
    "back_propagation",
    ('dZ2, caches["A1"])', 'dZ2, caches["Z1"])'),
    says="For dW2 you use what the hidden units held before the ReLU. The last layer has seen them after it.",
    see="eq:dW",
)
last_layer_only = edited(
    "back_propagation",
    (GATED, "0 * dA1"),
    says="The first layer gets nothing but zeros, so it would never learn: every layer needs its derivative.",
    see="eq:layer-recursion",
)
first_layer_only = edited(
    "back_propagation",
    ('("2", dZ2, caches["A1"])', '("2", 0 * dZ2, caches["A1"])'),
    says="The last layer gets nothing but zeros, so it would never learn: every layer needs its derivative.",
    see="eq:layer-recursion",
)
uphill_gradient = edited(
    "back_propagation",
    ('grad_ce(Y, caches["A2"])', '-grad_ce(Y, caches["A2"])'),
    says="All four derivatives have the wrong sign. The minus of descent belongs to the step, not to the derivative.",
    see="eq:gradient-descent",
)
a_tuple = edited(
    "back_propagation",
    ("return gradients", "return tuple(gradients.values())"),
    says="You return the derivatives without their names. "
    "A dictionary is asked for, so that the step finds the derivative of each parameter.",
    see="eq:layer-recursion",
)
names_of_parameters = edited(
    "back_propagation",
    ("return gradients", "return {name[1:]: value for name, value in gradients.items()}"),
    says="Your derivatives carry the names of the parameters. The names dW1, db1, dW2 and db2 keep the two apart.",
    see="eq:layer-recursion",
)
gate_inside_activations = edited(
    "back_propagation",
    (
        GATED,
        'dA1 * (caches["Z1"] > 0)',
    ),
    ("return gradients", 'caches["A1"][caches["A1"] > 0] = 1\n    return gradients'),
    says="You build the gate inside A1: afterwards the cache holds ones where the activations were, and code that "
    "needs them next gets wrong numbers.",
    see="eq:relu-der",
    kind="side effect",
)
gate_inside_activations_too_early = edited(
    "back_propagation",
    (GATED, 'dA1 * (caches["Z1"] > 0)\n    caches["A1"][caches["A1"] > 0] = 1'),
    says="You build the gate inside A1 before dW2 is computed, which then sees ones instead of the activations. "
    "The cache is spoilt, too.",
    see="eq:relu-der",
    kind="side effect",
)


@unusual("back_propagation")
def one_sample_after_another(X, Y, caches, parameters):
    g = {"d" + k: np.zeros_like(v) for k, v in parameters.items()}
    d2 = author.grad_ce(Y, caches["A2"])
    for j in range(X.shape[1]):
        d1 = np.where(caches["A1"][:, j] > 0, d2[:, j] @ parameters["W2"], 0.0)
        g["dW2"] += np.outer(d2[:, j], caches["A1"][:, j])
        g["dW1"] += np.outer(d1, X[:, j])
        g["db2"] += d2[:, [j]]
        g["db1"] += d1[:, None]
    return g


@unusual("back_propagation")
def written_out(X, Y, caches, parameters):
    m = X.shape[1]
    d2 = (caches["A2"] - np.eye(len(caches["A2"]))[:, Y[0]]) / m
    d1 = (parameters["W2"].T @ d2) * (caches["Z1"] > 0)
    ones = np.ones((m, 1))
    return {"dW2": np.einsum("ij,kj->ik", d2, caches["A1"]), "db2": d2 @ ones, "dW1": d1 @ X.T, "db1": d1 @ ones}


# 7. momentum_step


@inputs("momentum_step", call="momentum_step(parameters, velocity, gradients, learning_rate, gamma)")
@st.composite
def steps(draw):
    widths = draw(st.sampled_from([(1, 1), (2, 1), (1, 2, 3), (2, 3, 1), (2, 1, 3, 2)]))
    values, velocity, gradients = (draw(parameters(widths)) for _ in range(3))
    if draw(st.integers(0, 3)) == 1:  # weights alone, as in the notebook's small example
        weights = [name for name in values if name.startswith("W")]
        values, velocity, gradients = ({name: held[name] for name in weights} for held in (values, velocity, gradients))
    return {
        "parameters": values,
        "velocity": velocity,
        "gradients": {f"d{name}": value for name, value in gradients.items()},
        "learning_rate": draw(st.sampled_from([0.5, 1.0, 0.1, 2.0])),
        "gamma": draw(st.sampled_from([0.5, 0.9, 0.0, 0.25])),
    }


NEW = "gamma * velocity[name] + learning_rate * gradients"
MOVED = "parameters[name] - velocity[name]"

climbs = edited(
    "momentum_step",
    (MOVED, "parameters[name] + velocity[name]"),
    says="Your step goes uphill: the velocity points along the derivative, which is where the loss grows.",
    see="eq:momentum",
)
velocity_turned = edited(
    "momentum_step",
    (NEW, "gamma * velocity[name] - learning_rate * gradients"),
    (MOVED, "parameters[name] + velocity[name]"),
    says="You keep velocities of the other sign and add them. Both ways can be found in books, but velocities are "
    "passed in and handed back, so their sign is not yours to choose: yours meet those of this course as if they "
    "were opposite.",
    see="eq:momentum",
)
minus_twice = edited(
    "momentum_step",
    (NEW, "gamma * velocity[name] - learning_rate * gradients"),
    says="There are two minus signs, one in the velocity and one in the step: together they lead uphill.",
    see="eq:momentum",
)
forgets = edited(
    "momentum_step",
    (NEW, "learning_rate * gradients"),
    says="The old velocity does not enter. Without memory this is plain gradient descent, as if gamma were 0.",
    see="eq:momentum",
)
share_of_the_new = edited(
    "momentum_step",
    ("learning_rate * gradients", "(1 - gamma) * learning_rate * gradients"),
    says="You mix old and new as a weighted average, with 1 - gamma at the derivative. "
    "Here the new step is taken up in full; with yours every step is 1/(1 - gamma) times too short.",
    see="eq:momentum",
)
brakes = edited(
    "momentum_step",
    ("gamma * velocity[name] + ", "-gamma * velocity[name] + "),
    says="You subtract the old velocity, so that every step brakes the one before it. "
    "A momentum keeps its direction: steps that agree become longer.",
    see="eq:momentum",
)
rate_twice = edited(
    "momentum_step",
    (MOVED, "parameters[name] - learning_rate * velocity[name]"),
    says="The learning rate enters twice, in the velocity and in the step. "
    "It belongs to one of the two, and in this course to the velocity.",
    see="eq:momentum",
)
rate_in_the_step = edited(
    "momentum_step",
    ("learning_rate * gradients", "gradients"),
    (MOVED, "parameters[name] - learning_rate * velocity[name]"),
    says="You let the rate multiply the velocity in the step. From velocity 0 and with a fixed rate the weights move "
    "in the same way, but in this course a velocity is the step itself, so the rate is in it already.",
    see="eq:momentum",
)
no_rate = edited(
    "momentum_step",
    ("learning_rate * gradients", "gradients"),
    says="The learning rate does not enter: the velocity takes up the whole derivative.",
    see="eq:momentum",
)
rate_on_everything = edited(
    "momentum_step",
    (NEW + '["d" + name]', 'learning_rate * (gamma * velocity[name] + gradients["d" + name])'),
    says="Your rate multiplies the old velocity as well. It has been in there since that step was taken, so the memory "
    "fades much faster than gamma says.",
    see="eq:momentum",
)
gamma_on_the_derivative = edited(
    "momentum_step",
    (NEW, "velocity[name] + gamma * learning_rate * gradients"),
    says="Your gamma multiplies the derivative, and the old velocity stays in full: nothing is ever forgotten, and the "
    "steps grow without end.",
    see="eq:momentum",
)
one_step_late = edited(
    "momentum_step",
    ("    velocity = {name:", "    old = velocity\n    velocity = {name:"),
    (MOVED, "parameters[name] - old[name]"),
    says="You move with the old velocity. The new one has to be made first: as it is, each derivative comes one step "
    "too late, and the first step goes nowhere.",
    see="eq:momentum",
)
derivative_moves = edited(
    "momentum_step",
    (MOVED, 'parameters[name] - learning_rate * gradients["d" + name]'),
    says="You compute a velocity, but the derivative moves the parameters: that is plain gradient descent.",
    see="eq:momentum",
)
looks_ahead = edited(
    "momentum_step",
    (MOVED, 'parameters[name] - gamma * velocity[name] - learning_rate * gradients["d" + name]'),
    says="The velocity enters your step and the derivative once more beside it. That is Nesterov's way; here the new "
    "velocity alone is the step.",
    see="eq:momentum",
)
no_biases = edited(
    "momentum_step",
    (MOVED, 'parameters[name] - velocity[name] * name.startswith("W")'),
    says="Your biases stay where they are. They are parameters like the weights, each with a velocity of its own.",
    see="eq:momentum",
)
one_velocity = edited(
    "momentum_step",
    ("gamma * velocity[name]", 'gamma * velocity["W1"]'),
    says="All parameters share the velocity of W1. Each has its own, of its own shape.",
    see="eq:momentum",
)
parameters_alone = edited(
    "momentum_step",
    ("return parameters, velocity", "return parameters"),
    says="You return the parameters alone. Without the new velocities the next step cannot remember this one.",
    see="eq:momentum",
)
old_velocities = edited(
    "momentum_step",
    ("    velocity = {name:", "    old = velocity\n    velocity = {name:"),
    ("return parameters, velocity", "return parameters, old"),
    says="The parameters are right, but you hand back the velocities that were passed in. The next step gets the same "
    "ones again, so no step is ever remembered.",
    see="eq:momentum",
)
results_exchanged = edited(
    "momentum_step",
    ("return parameters, velocity", "return velocity, parameters"),
    says="Your two results have changed places: the parameters come first, then the velocities.",
    see="eq:momentum",
)


@misconception("momentum_step", see="eq:momentum", kind="side effect")
def dictionaries_changed(parameters, velocity, gradients, learning_rate, gamma):
    """You put the new arrays into the dictionaries that were passed in. The numbers are right, but a caller who kept
    the old parameters, to compare or to start again, has lost them."""
    moved, kept = author.momentum_step(parameters, velocity, gradients, learning_rate, gamma)
    parameters.update(moved)
    velocity.update(kept)
    return parameters, velocity


@misconception("momentum_step", see="eq:momentum", kind="side effect")
def parameters_changed(parameters, velocity, gradients, learning_rate, gamma):
    """You change the parameters that were passed in. The numbers are right, but a caller who kept the old ones, to
    compare or to start again, has lost them."""
    moved, kept = author.momentum_step(parameters, velocity, gradients, learning_rate, gamma)
    parameters.update(moved)
    return parameters, kept


@misconception("momentum_step", see="eq:momentum", kind="side effect")
def velocities_changed(parameters, velocity, gradients, learning_rate, gamma):
    """You change the velocities that were passed in. The numbers are right, but a second call with the same arguments
    gives something else."""
    moved, kept = author.momentum_step(parameters, velocity, gradients, learning_rate, gamma)
    velocity.update(kept)
    return moved, velocity


@misconception("momentum_step", see="eq:momentum")
def two_for_each_layer(parameters, velocity, gradients, learning_rate, gamma):
    """You count layers and take two entries for each, so a dictionary of weights alone comes back empty or with entries
    missing. Go by the names that are there."""
    moved, kept = author.momentum_step(parameters, velocity, gradients, learning_rate, gamma)
    names = [f"{letter}{layer}" for layer in range(1, len(parameters) // 2 + 1) for letter in "Wb"]
    return {name: moved[name] for name in names}, {name: kept[name] for name in names}


@unusual("momentum_step")
def sign_inside(parameters, velocity, gradients, learning_rate, gamma):
    old = {k: -velocity[k] for k in velocity}
    new = {k: gamma * old[k] - learning_rate * gradients["d" + k] for k in old}
    return {k: parameters[k] + new[k] for k in new}, {k: -new[k] for k in new}


@unusual("momentum_step")
def array_by_array(parameters, velocity, gradients, learning_rate, gamma):
    p, v = {}, {}
    for k in sorted(parameters):
        v[k] = np.copy(velocity[k])
        v[k] *= gamma
        v[k] += learning_rate * gradients[f"d{k}"]
        p[k] = np.subtract(parameters[k], v[k])
    return p, v


# 8. train


@st.composite
def trainings(draw):
    """A tiny network, always of the same shape: what a function keeps from one call fits into the next."""
    m = draw(st.integers(1, 4))
    return {
        "X": draw(matrix(1, m)),
        "Y": draw(labels(3, m)),
        "parameters": draw(parameters((1, 2, 3))),
        "epochs": draw(st.integers(1, 4)),
    }


# With gamma 0 nothing that is left of an earlier call comes through.
@inputs("train", call="train(X, Y, parameters, 0.5, 0.0, epochs)")
def plain_trainings():
    return trainings()


@inputs("train", call="train(X, Y, parameters, 0.5, 0.5, epochs)\ntrain(X, Y, parameters, 0.5, 0.5, epochs)")
def trainings_with_momentum():
    return trainings()


EVALUATED = "A2, caches = forward(X, parameters)"
RECORD = "        history.append(float(average_ce(Y, A2)))\n"
STEP = "parameters, velocity = momentum_step(parameters, velocity, gradients, learning_rate, gamma)"
START = "velocity = {name: np.zeros_like(value) for name, value in parameters.items()}"

velocity_forgotten = edited(
    "train",
    (f"parameters, velocity{STEP[20:]}", f"parameters, _{STEP[20:]}"),
    says="The velocities are 0 again in every epoch, so nothing is remembered: this is plain gradient descent, "
    "whatever gamma says.",
    see="eq:momentum",
)
velocity_kept = edited(
    "train",
    (
        f"    {START}\n",
        f"    old = globals().setdefault('kept', {{}})\n    {START}\n"
        "    velocity.update({n: v for n, v in old.items() if np.shape(velocity.get(n)) == v.shape})\n",
    ),
    ("    return parameters, history", "    old.update(velocity)\n    return parameters, history"),
    says="What is left of the velocities of one training enters the next, so that two equal calls give different "
    "networks. They start at 0 in every call.",
    see="eq:momentum",
)
loss_after_the_step = edited(
    "train",
    (RECORD, ""),
    (f"{STEP}\n", f"{STEP}\n        history.append(float(average_ce(Y, forward(X, parameters)[0])))\n"),
    says="You record the loss after the step. The first number of the history should be the loss of the network that "
    "was passed in.",
    see="eq:momentum",
)
no_history = edited(
    "train",
    ("return parameters, history", "return parameters"),
    says="You return the network alone. A second result is asked for, the history: one loss for each epoch.",
    see="eq:momentum",
)
history_alone = edited(
    "train",
    ("return parameters, history", "return history"),
    says="You return the history alone, and the network that you have trained is lost.",
    see="eq:momentum",
)
last_loss = edited(
    "train",
    ("return parameters, history", "return parameters, history[-1]"),
    says="Your history is a single number, the last loss. One number for each epoch is asked for: only their course "
    "shows whether the rate is right.",
    see="eq:momentum",
)
returns_in_the_loop = edited(
    "train",
    ("    return parameters, history", "        return parameters, history"),
    says="Your return stands inside the loop, so the training ends after the first epoch.",
    see="eq:momentum",
)
one_epoch_short = edited(
    "train",
    ("range(epochs)", "range(1, epochs)"),
    says="Your training takes one step too few: there are as many steps as epochs, and as many numbers in the history.",
    see="eq:momentum",
)
one_epoch_more = edited(
    "train",
    ("range(epochs)", "range(epochs + 1)"),
    says="Your training takes one step too many: there are as many steps as epochs, and as many numbers in the "
    "history.",
    see="eq:momentum",
)
forward_once = edited(
    "train",
    (f"        {EVALUATED}\n", ""),
    ("    for _ in range(epochs):", f"    {EVALUATED}\n    for _ in range(epochs):"),
    says="You go forward once, before the loop. After a step the probabilities are other ones, but you keep using the "
    "first: the same loss and nearly the same derivatives in every epoch.",
    see="eq:network",
)
starts_again = edited(
    "train",
    ("    history = []\n", "    history, start = [], parameters\n"),
    (f"        {EVALUATED}", f"        parameters = start\n        {EVALUATED}"),
    says="Every epoch starts from the parameters that were passed in, so only the last step counts. "
    "Each step has to begin where the one before it has ended.",
    see="eq:momentum",
)
derivatives_pile_up = edited(
    "train",
    ("    history = []\n", "    history, total = [], {}\n"),
    (
        "back_propagation(X, Y, caches, parameters)\n",
        "back_propagation(X, Y, caches, parameters)\n"
        "        gradients = total = {name: value + total.get(name, 0) for name, value in gradients.items()}\n",
    ),
    says="The derivatives of all epochs pile up. Each epoch has new ones; what is remembered of the old steps is in "
    "the velocities already.",
    see="eq:momentum",
)
rate_falls = edited(
    "train",
    ("for _ in range", "for epoch in range"),
    ("gradients, learning_rate,", "gradients, learning_rate / (epoch + 1),"),
    says="Your learning rate falls from epoch to epoch. Here it is the same in all of them.",
    see="eq:momentum",
)
never_steps = edited(
    "train",
    (STEP, STEP.replace("parameters, velocity =", "new, velocity =")),
    says="The parameters that a step makes are not used any more: your network stays as it was, and so does its loss.",
    see="eq:momentum",
)


@misconception("train", see="eq:momentum", kind="side effect")
def start_changed(X, Y, parameters, learning_rate, gamma, epochs):
    """Your training changes the parameters that were passed in. The result is right, but nobody can start from the same
    network again."""
    trained, history = author.train(X, Y, parameters, learning_rate, gamma, epochs)
    parameters.update(trained)
    return parameters, history


@unusual("train")
def talkative(X, Y, parameters, learning_rate, gamma, epochs):
    p, v, costs = {k: a.copy() for k, a in parameters.items()}, {}, []
    for k in p:
        v[k] = np.zeros(np.shape(p[k]))
    while len(costs) < epochs:
        A2, caches = author.forward(X, p)
        costs += [author.average_ce(Y, A2)]
        print("epoch", len(costs), costs[-1])
        p, v = author.momentum_step(p, v, author.back_propagation(X, Y, caches, p), learning_rate, gamma)
    return p, np.array(costs)


@unusual("train")
def step_by_itself(X, Y, parameters, learning_rate, gamma, epochs):
    parameters, history = dict(parameters), []
    v = dict.fromkeys(parameters, 0.0)
    for _ in range(epochs):
        A2, caches = author.forward(X, parameters)
        history = [*history, author.average_ce(Y, A2)]
        g = author.back_propagation(X, Y, caches, parameters)
        for k in v:
            v[k] = gamma * v[k] + learning_rate * g["d" + k]
            parameters[k] = parameters[k] - v[k]
    return parameters, history
