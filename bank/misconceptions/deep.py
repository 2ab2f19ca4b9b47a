"""What goes wrong in `deep`."""

from functools import cache
from itertools import permutations

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

# Networks whose answer is clear: no two classes are equally likely, whatever else is 0.
LAST_BIASES = st.sampled_from(list(permutations([0.6, 0.0, -0.6, 1.2])))


def network(draw, dims):
    """Draw the parameters of a network with small entries, whose last biases differ from each other."""
    drawn = draw(parameters(dims, up_to(1)))
    last = draw(LAST_BIASES)[: dims[-1]]
    return {**drawn, f"b{len(dims) - 1}": np.array(last).reshape(-1, 1)}


@cache
def widths(most_layers, classes=(2, 4), units=(1, 3)):
    """Return a strategy for the widths of a network's layers."""
    hidden = st.lists(st.integers(*units), max_size=most_layers - 1)
    return st.builds(lambda first, rest, last: [first, *rest, last], st.integers(*units), hidden, st.integers(*classes))


# Exercise 1: sigmoid.

FAR = (0.0, 1000.0, -1000.0, 1.5, -1.5, 710.0, -710.0)


@inputs("sigmoid", call="sigmoid(Z)")
@st.composite
def received(draw):
    n, m = draw(sizes((1, 4), (1, 5)))
    return {"Z": draw(matrix(n, m))}


@inputs("sigmoid", call="sigmoid(Z)")
@st.composite
def received_far_from_0(draw):
    n, m = draw(sizes((1, 4), (1, 5)))
    return {"Z": draw(matrix(n, m, FAR))}


@misconception("sigmoid", see="eq:sigmoid", kind="fragile")
def overflows_on_the_right(Z):
    """For large pre-activations you divide infinity by infinity: from about 710 on an exponential of a positive number
    is too large for a float."""
    return np.exp(Z) / (1 + np.exp(Z))


@misconception("sigmoid", see="eq:sigmoid", kind="fragile")
def one_form_for_all_entries(Z):
    """You choose one of the two forms for the whole array, but each entry has a sign of its own: one far entry on the
    wrong side is enough for nan."""
    return 1 / (1 + np.exp(-Z)) if np.all(np.asarray(Z) >= 0) else np.exp(Z) / (1 + np.exp(Z))


@misconception("sigmoid", see="eq:sigmoid")
def mirrored(Z):
    """Your sigmoid falls from 1 to 0 as Z grows; it should rise. Look at the sign in the exponent."""
    return 1 - author.sigmoid(Z)


@misconception("sigmoid", see="eq:sigmoid")
def tangent(Z):
    """You return the hyperbolic tangent, which runs from -1 to 1 and is 0 at 0; a sigmoid stays between 0 and 1."""
    return np.tanh(Z)


@misconception("sigmoid", see="eq:sigmoid")
def brackets_missing(Z):
    """Your values exceed 1: without brackets Python divides first and adds the exponential afterwards."""
    return 1 / 1 + np.exp(-Z)


@misconception("sigmoid", see="eq:sigmoid")
def a_step(Z):
    """You return 0 or 1 only. That is a jump without a slope: the sigmoid rises smoothly, so that it can learn."""
    return np.where(np.asarray(Z) >= 0, 1.0, 0.0)


@misconception("sigmoid", see="eq:sigmoid")
def softmax_instead(Z):
    """Your columns add up to 1: you divide by a sum over all units, but a sigmoid looks at the number of its own unit
    alone."""
    return np.exp(Z) / np.exp(Z).sum(axis=0)


@misconception("sigmoid", see="eq:sigmoid", kind="side effect")
def sigmoid_in_place(Z):
    """Your activations are right, but they overwrite Z, and the backward pass still needs the pre-activations."""
    Z[:] = author.sigmoid(Z)
    return Z


@unusual("sigmoid")
def by_the_tangent(Z):
    return (1 + np.tanh(np.asarray(Z) / 2)) / 2


@unusual("sigmoid")
def left_form(x):
    return 1 / (1 + np.exp(-x))


@unusual("sigmoid")
def by_masks(Z):
    A, up = np.empty(np.shape(Z)), Z > 0
    A[up] = 1 / (1 + np.exp(-Z[up]))
    A[~up] = np.exp(Z[~up]) / (1 + np.exp(Z[~up]))
    return A


# Exercise 2: dsigmoid.

slopes = inputs("dsigmoid", call="dsigmoid(Z)")(received.draw)
slopes_far_from_0 = inputs("dsigmoid", call="dsigmoid(Z)")(received_far_from_0.draw)

slope_at_the_activation = edited(
    "dsigmoid",
    ("A = sigmoid(Z)", "A = sigmoid(sigmoid(Z))"),
    says="You apply the sigmoid twice, so the derivative belongs to what the unit gives, not to what it received. All "
    "your derivatives lie between 0.19 and 0.25: a unit that is far from 0 seems to learn.",
    see="eq:sigmoid-der",
)


@misconception("dsigmoid", see="eq:sigmoid-der")
def activation_expected(Z):
    """You use Z as if it were the activation already; here the argument is the pre-activation, so the sigmoid is still
    missing."""
    return Z * (1 - Z)


@misconception("dsigmoid", see="eq:sigmoid-der")
def value_for_slope(Z):
    """You return the sigmoid's value, not its derivative: at 0 the curve is at one half but rises by a quarter only."""
    return author.sigmoid(Z)


quotient_rule = edited(
    "dsigmoid",
    ("return A * (1 - A)", "return np.exp(-Z) / (1 + np.exp(-Z)) ** 2"),
    says="Far to the left you divide infinity by infinity and get nan: the exponential overflows for a pre-activation "
    "of -710. The derivative can be had without a new exponential.",
    see="eq:sigmoid-der",
    kind="fragile",
)
uphill_slope = edited(
    "dsigmoid",
    ("(1 - A)", "(A - 1)"),
    says="Your derivatives are negative, but the sigmoid rises everywhere: the difference is the wrong way round.",
    see="eq:sigmoid-der",
)
slope_of_the_tangent = edited(
    "dsigmoid",
    ("A * (1 - A)", "1 - A**2"),
    says="That is how the derivative of the hyperbolic tangent follows from its value; the sigmoid has another rule. "
    "Its derivative at 0 is a quarter.",
    see="eq:sigmoid-der",
)
slope_without_brackets = edited(
    "dsigmoid",
    ("A * (1 - A)", "A * 1 - A"),
    says="You get 0 everywhere: without brackets Python multiplies first and subtracts the same number again.",
    see="eq:sigmoid-der",
)
matrix_of_slopes = edited(
    "dsigmoid",
    ("A * (1 - A)", "A @ (1 - A).T"),
    says="You multiply matrices, which mixes units and samples; each entry of Z has a derivative of its own, so the "
    "shape stays that of Z.",
    see="eq:sigmoid-der",
)


@misconception("dsigmoid", see="eq:sigmoid-der")
def gate_for_slope(Z):
    """Derivatives of 0 and 1 belong to the ReLU; the sigmoid is smooth, and its derivative is at most a quarter."""
    return 1.0 * (np.asarray(Z) > 0)


@misconception("dsigmoid", see="eq:sigmoid-der", kind="side effect")
def dsigmoid_in_place(Z):
    """Your derivatives are right, but Z holds the activations afterwards: the caller needs the pre-activations."""
    Z[:] = author.sigmoid(Z)
    return Z * (1 - Z)


slope_by_symmetry = unusual_edit("dsigmoid", ("return A * (1 - A)", "return A * sigmoid(-np.asarray(Z))"))


@unusual("dsigmoid")
def slope_by_the_cosine(Z):
    return 0.25 / np.cosh(np.asarray(Z) / 2) ** 2


# Exercises 3 and 8: initialise, he_initialise. Other streams of random numbers are right, so a call tells of their
# sizes and of how they are spread.

SHAPES = "{name: list(np.shape(value)) for name, value in START(net_dims, np.random.default_rng(seed)).items()}"
SPREAD = """
network = START(net_dims, np.random.default_rng(seed))
{name: [np.mean(value), np.std(value)] for name, value in network.items()}
""".strip()
TAILS = """
W = START(net_dims, np.random.default_rng(seed))["W1"]
np.mean(np.abs(W) > 2 * np.std(W))  # of normal numbers about 0.046
""".strip()
DRAWN = """
one, again, other = (START(net_dims, np.random.default_rng(s)) for s in (seed, seed, seed + 1))
{
    "the same seed gives the same W1": np.array_equal(one["W1"], again["W1"]),
    "another seed gives the same W1": np.array_equal(one["W1"], other["W1"]),
    "W1 and W2 are the same": np.array_equal(one["W1"], one["W2"]),
}
""".strip()


@st.composite
def small_starts(draw):
    net_dims = draw(st.lists(st.integers(1, 6), min_size=2, max_size=4, unique=True))
    return {"net_dims": draw(st.sampled_from([list, tuple]))(net_dims), "seed": draw(st.integers(0, 9))}


@st.composite
def wide_starts(draw):
    net_dims = draw(st.permutations([180, 60, 20]))
    return {"net_dims": net_dims[: draw(st.integers(2, 3))], "seed": draw(st.integers(0, 9))}


@st.composite
def large_starts(draw):
    return {"net_dims": draw(st.permutations([50, 100])), "seed": draw(st.integers(0, 9))}


@st.composite
def square_starts(draw):
    return {"net_dims": [draw(st.integers(2, 6))] * 3, "seed": draw(st.integers(0, 9))}


def same_spread(one, other):
    """Return whether means and deviations differ by no more than those of other random numbers do."""
    pairs = [(*one[name], *other[name]) for name in other]
    near = all(
        abs(mean - right_mean) <= 0.15 * right_width + 1e-12 and abs(width - right_width) <= 0.1 * right_width + 1e-12
        for mean, width, right_mean, right_width in pairs
    )
    return set(one) == set(other) and near


def same_tails(one, other):
    """Return whether as many numbers are far out."""
    return abs(one - other) < 0.02


def of_start(name, text, same=None):
    """Return what says that a function returns the inputs of one of the two starts."""
    return inputs(name, call=text.replace("START", name), same=same)


shapes_of_a_start = of_start("initialise", SHAPES)(small_starts)
spread_of_a_start = of_start("initialise", SPREAD, same_spread)(wide_starts)
tails_of_a_start = of_start("initialise", TAILS, same_tails)(large_starts)
seeds_of_a_start = of_start("initialise", DRAWN)(square_starts)

SCALE = "1 / np.sqrt(max(n_in, n_out))"
WEIGHTS = f"rng.normal(0, {SCALE}, (n_out, n_in))"
COLUMN = "np.zeros((n_out, 1))"
variance_as_deviation = edited(
    "initialise",
    (SCALE, "1 / max(n_in, n_out)"),
    says="Your weights are too small: NumPy asks for the standard deviation, and you give it the variance. An image "
    "hardly reaches the last layer then.",
    see="eq:max-fan-initialisation",
)
inputs_alone = edited(
    "initialise",
    ("max(n_in, n_out)", "n_in"),
    says="You scale by the inputs of a layer alone. Where a layer has more units than inputs, what comes down on the "
    "backward pass grows.",
    see="eq:max-fan-initialisation",
)
units_alone = edited(
    "initialise",
    ("max(n_in, n_out)", "n_out"),
    says="You scale by the units of a layer alone. Where a layer has more inputs than units, its sums come out too "
    "wide and drive the sigmoids into their flat ends.",
    see="eq:max-fan-initialisation",
)
narrower_side = edited(
    "initialise",
    ("max(n_in, n_out)", "min(n_in, n_out)"),
    says="You scale by the narrower side of a layer, so its weights come out too wide; the other side is the one that "
    "needs small weights.",
    see="eq:max-fan-initialisation",
)
unscaled = edited(
    "initialise",
    (SCALE, "1"),
    says="Your weights have the standard deviation 1 in every layer. A sum over many inputs is then far from 0, where "
    "the sigmoids are flat and hardly learn.",
    see="eq:max-fan-initialisation",
)
positive_weights = edited(
    "initialise",
    (WEIGHTS, "rng.random((n_out, n_in))"),
    says="Your weights all lie between 0 and 1. They need both signs, around 0: otherwise every unit adds up the same "
    "way and saturates.",
    see="eq:max-fan-initialisation",
)
uniform_weights = edited(
    "initialise",
    (WEIGHTS, "rng.uniform(-1, 1, (n_out, n_in)) * np.sqrt(3 / max(n_in, n_out))"),
    says="Your weights have the right standard deviation, but they are uniform: none lies far out. The exercise asks "
    "for normal numbers.",
    see="eq:max-fan-initialisation",
)
no_weights = edited(
    "initialise",
    (WEIGHTS, "np.zeros((n_out, n_in))"),
    says="All your weights are 0, so all units of a layer get the same gradient and stay identical for ever.",
    see="eq:max-fan-initialisation",
)
weights_transposed = edited(
    "initialise",
    ("(n_out, n_in)", "(n_in, n_out)"),
    says="Your weights are transposed: a row belongs to a unit of the layer, a column to one of its inputs.",
    see="eq:max-fan-initialisation",
)
flat_biases = edited(
    "initialise",
    (COLUMN, "np.zeros(n_out)"),
    says="Your biases have one axis only. Added to a matrix such an array runs along the samples, not along the "
    "units: a bias is a column.",
    see="eq:max-fan-initialisation",
)
random_biases = edited(
    "initialise",
    (COLUMN, "rng.normal(0, 1 / np.sqrt(n_out), (n_out, 1))"),
    says="Your biases are drawn at random. The weights alone make the units different; the biases start at 0.",
    see="eq:max-fan-initialisation",
)
other_generator = edited(
    "initialise",
    ("rng.normal", "np.random.normal"),
    says="You draw from NumPy's global generator, not from the one that was passed in, so the same seed gives another "
    "start each time.",
    see="eq:max-fan-initialisation",
)
seed_inside = edited(
    "initialise",
    ("rng.normal", "np.random.default_rng(1).normal"),
    says="You make a generator of your own inside, with a fixed seed, so every call draws the same numbers, and "
    "layers of equal size start as copies of each other.",
    see="eq:max-fan-initialisation",
)
last_layer_missing = edited(
    "initialise",
    ("range(1, len(net_dims))", "range(1, len(net_dims) - 1)"),
    says="The last layer is missing in your dictionary: there is one layer fewer than there are numbers in net_dims, "
    "and range leaves out its end already.",
    see="eq:max-fan-initialisation",
)
scaled_afterwards = unusual_edit(
    "initialise", (WEIGHTS, "rng.standard_normal((n_out, n_in)) * max(n_in, n_out) ** -0.5")
)


@unusual("initialise")
def weights_first(net_dims, rng):
    sides = [(net_dims[i], net_dims[i + 1]) for i in range(len(net_dims) - 1)]
    weights = {f"W{i}": rng.normal(scale=max(a, b) ** -0.5, size=(b, a)) for i, (a, b) in enumerate(sides, 1)}
    return weights | {f"b{i}": np.zeros(b)[:, None] for i, (_, b) in enumerate(sides, 1)}


shapes_of_he = of_start("he_initialise", SHAPES)(small_starts)
spread_of_he = of_start("he_initialise", SPREAD, same_spread)(wide_starts)
tails_of_he = of_start("he_initialise", TAILS, same_tails)(large_starts)
seeds_of_he = of_start("he_initialise", DRAWN)(square_starts)

HE_WEIGHTS = "np.sqrt(2 / n_in) * rng.standard_normal((n_out, n_in))"
he_variance_as_deviation = edited(
    "he_initialise",
    ("np.sqrt(2 / n_in)", "(2 / n_in)"),
    says="You multiply by the variance where the standard deviation belongs. The signal shrinks from layer to layer, "
    "and the loss does not move.",
    see="eq:he-initialisation",
)
he_half_the_variance = edited(
    "he_initialise",
    ("2 / n_in", "1 / n_in"),
    says="Your variance is half as large as asked for. That would fit linear units; a ReLU cuts off half of the "
    "signal, so each layer would lose half of it.",
    see="eq:he-initialisation",
)
he_units = edited(
    "he_initialise",
    ("2 / n_in", "2 / n_out"),
    says="You scale by the number of units, but a unit adds up as many products as the layer has inputs: that number "
    "sets how wide a sum gets.",
    see="eq:he-initialisation",
)
he_root_of_a_part = edited(
    "he_initialise",
    ("np.sqrt(2 / n_in)", "2 / np.sqrt(n_in)"),
    says="You take the root of the number of inputs alone; the 2 belongs to the variance as well. Your weights are "
    "wider than asked for by a factor of 1.41.",
    see="eq:he-initialisation",
)
he_small_weights = edited(
    "he_initialise",
    ("np.sqrt(2 / n_in)", "0.01"),
    says="Your weights have the standard deviation 0.01 in every layer, however many inputs it has. In a deep network "
    "the signal dies out on its way up, and the loss stays on its plateau.",
    see="eq:signal-factor",
)


@misconception("he_initialise", see="eq:he-initialisation")
def start_for_sigmoids(net_dims, rng):
    """That is the start for sigmoid units of exercise 3. ReLU units need another variance, which the inputs of a layer
    set alone."""
    return author.initialise(net_dims, rng)


he_uniform = edited(
    "he_initialise",
    (HE_WEIGHTS, "rng.uniform(-1, 1, (n_out, n_in)) * np.sqrt(6 / n_in)"),
    says="Your weights have the right standard deviation, but they are uniform: none lies far out. The exercise asks "
    "for normal numbers.",
    see="eq:he-initialisation",
)
he_positive = edited(
    "he_initialise",
    ("rng.standard_normal", "rng.random"),
    says="Your weights are all positive. They need both signs, around 0: otherwise no ReLU ever switches off, and the "
    "network stays linear.",
    see="eq:he-initialisation",
)
he_transposed = edited(
    "he_initialise",
    ("(n_out, n_in)", "(n_in, n_out)"),
    says="Your weights are transposed: a row belongs to a unit of the layer, a column to one of its inputs.",
    see="eq:he-initialisation",
)
he_flat_biases = edited(
    "he_initialise",
    (COLUMN, "np.zeros(n_out)"),
    says="Your biases have one axis only. Added to a matrix such an array runs along the samples, not along the "
    "units: a bias is a column.",
    see="eq:he-initialisation",
)
he_random_biases = edited(
    "he_initialise",
    (COLUMN, "rng.standard_normal((n_out, 1))"),
    says="Your biases are drawn at random. The weights alone make the units different; the biases start at 0.",
    see="eq:he-initialisation",
)
he_other_generator = edited(
    "he_initialise",
    ("rng.standard_normal((n_out, n_in))", "np.random.randn(n_out, n_in)"),
    says="You draw from NumPy's global generator, not from the one that was passed in, so the same seed gives another "
    "start each time.",
    see="eq:he-initialisation",
)
he_last_layer_missing = edited(
    "he_initialise",
    ("range(1, len(net_dims))", "range(1, len(net_dims) - 1)"),
    says="The last layer is missing in your dictionary: there is one layer fewer than there are numbers in net_dims, "
    "and range leaves out its end already.",
    see="eq:he-initialisation",
)
he_by_scale = unusual_edit("he_initialise", (HE_WEIGHTS, "rng.normal(scale=(2 / n_in) ** 0.5, size=(n_out, n_in))"))


@unusual("he_initialise")
def he_biases_first(net_dims, rng):
    start = {f"b{i}": np.zeros((n, 1)) for i, n in enumerate(net_dims) if i}
    for i, b in enumerate(list(start.values()), 1):
        start[f"W{i}"] = rng.normal(0, np.sqrt(2) / np.sqrt(net_dims[i - 1]), (len(b), net_dims[i - 1]))
    return start


# Exercise 4: feed_forward_sample. A constant of up to 1e-6 inside the logarithm is right.


def same_loss_and_choice(one, other):
    """Return whether two losses are the same, up to a small constant inside the logarithm, and two labels."""
    (loss, label, *_), (right_loss, right_label, *_) = one, other
    near = np.size(loss) == 1 and np.allclose(loss, right_loss, rtol=1e-3, atol=1e-4)
    return near and np.array_equal(np.ravel(label), np.ravel(right_label))


@inputs("feed_forward_sample", call="feed_forward_sample(x, y, parameters)", same=same_loss_and_choice)
@st.composite
def one_sample(draw):
    dims = draw(widths(3))
    y = draw(st.integers(0, dims[-1] - 1))
    return {"x": draw(matrix(dims[0], 1, up_to(2))), "y": y, "parameters": network(draw, dims)}


ACTIVATION = 'A = sigmoid(parameters[f"W{layer}"] @ A + parameters[f"b{layer}"])'
LOSS = "-float(np.log(softmax(scores)[y, 0]))"
sigmoid_on_the_scores = edited(
    "feed_forward_sample",
    ("return -float", "scores = sigmoid(scores)\n    return -float"),
    says="You apply a sigmoid to the scores before the softmax. That squeezes them between 0 and 1, so no class can "
    "ever become much more likely than another.",
    see="eq:one-sample-forward",
)
no_sigmoid = edited(
    "feed_forward_sample",
    (ACTIVATION, 'A = parameters[f"W{layer}"] @ A + parameters[f"b{layer}"]'),
    says="Your hidden layers have no activation function. Several affine maps in a row are one affine map: such "
    "layers add nothing.",
    see="eq:one-sample-forward",
)
softmax_twice = edited(
    "feed_forward_sample",
    ("softmax(scores)", "softmax(softmax(scores))"),
    says="The softmax is applied twice: what it gets the second time are probabilities, which are so close to each "
    "other that the loss cannot become small.",
    see="eq:one-sample-forward",
)
no_minus = edited(
    "feed_forward_sample",
    ("-float", "float"),
    says="Your loss is negative: the logarithm of a probability is never above 0, so a sign is missing.",
    see="eq:cross-entropy",
)
other_base = edited(
    "feed_forward_sample",
    ("np.log(", "np.log10("),
    says="Your loss is 0.434 times the right one: you take the logarithm to the base 10, and the gradients of this "
    "course belong to the natural one.",
    see="eq:cross-entropy",
)
loss_of_the_choice = edited(
    "feed_forward_sample",
    ("[y, 0]", "[scores.argmax(), 0]"),
    says="You take the probability of the class that the network would choose, so your loss does not depend on the "
    "true label: a wrong answer looks as good as a right one.",
    see="eq:cross-entropy",
)
score_for_loss = edited(
    "feed_forward_sample",
    ("np.log(softmax(scores)[y, 0])", "scores[y, 0]"),
    says="Your loss uses the score of the true class, not its probability. It is not normalised and can become "
    "negative without end.",
    see="eq:one-sample-forward",
)
probability_missed = edited(
    "feed_forward_sample",
    (LOSS, "1 - float(softmax(scores)[y, 0])"),
    says="Your loss is the missing probability of the true class, never more than 1. The cross-entropy takes its "
    "logarithm, so that a confident mistake costs a lot.",
    see="eq:cross-entropy",
)


@misconception("feed_forward_sample", see="eq:cross-entropy")
def two_sided_loss(x, y, parameters):
    """You also add the logarithms for the classes that are not the true one. With a softmax the true class is enough:
    the others are in its denominator."""
    others = [c for c in range(len(parameters[f"b{len(parameters) // 2}"])) if c != y]
    loss, label = author.feed_forward_sample(x, y, parameters)
    misses = [np.log1p(-np.exp(-author.feed_forward_sample(x, c, parameters)[0])) for c in others]
    return loss - sum(misses), label


label_passed_on = edited(
    "feed_forward_sample",
    ("int(scores.argmax())", "y"),
    says="You return the true label that you were given. The second result is what the network would answer, also "
    "where it is wrong: otherwise the accuracy is always 1.",
    see="eq:classify",
)
whether_right = edited(
    "feed_forward_sample",
    ("int(scores.argmax())", "bool(scores.argmax() == y)"),
    says="You return whether the network is right; return the label that it would choose.",
    see="eq:classify",
)
probability_for_label = edited(
    "feed_forward_sample",
    ("int(scores.argmax())", "float(softmax(scores).max())"),
    says="Your second result is the largest probability; return the class that has it, a whole number.",
    see="eq:classify",
)
loss_alone = edited(
    "feed_forward_sample",
    (", int(scores.argmax())", ""),
    says="You return the loss alone; the label that the network would choose is asked for as well.",
    see="eq:one-sample-forward",
)
no_biases = edited(
    "feed_forward_sample",
    (' + parameters[f"b{layer}"]', ""),
    (' + parameters[f"b{n_layers}"]', ""),
    says="You leave out the biases. With them a unit can be on although its input is 0.",
    see="eq:one-sample-forward",
)


@misconception("feed_forward_sample", see="eq:one-sample-forward")
def two_layers_for_ever(x, y, parameters):
    """You use two layers, whatever is in the dictionary. Count them, so that any number of layers is passed through."""
    return author.feed_forward_sample(x, y, {name: parameters[name] for name in ("W1", "b1", "W2", "b2")})


bias_overwritten = edited(
    "feed_forward_sample",
    (
        'scores = parameters[f"W{n_layers}"] @ A + parameters[f"b{n_layers}"]',
        'scores = parameters[f"b{n_layers}"]\n    scores += parameters[f"W{n_layers}"] @ A',
    ),
    says="The += adds into the array of biases that you were given: they are other ones after the call, and the next "
    "sample meets another network.",
    see="eq:one-sample-forward",
    kind="side effect",
)


@unusual("feed_forward_sample")
def by_recursion(x, y, parameters):
    def scores(layer):
        below = x if layer == 1 else author.sigmoid(scores(layer - 1))
        return parameters[f"W{layer}"].dot(below) + parameters[f"b{layer}"]

    P = author.softmax(scores(len(parameters) // 2))
    return -np.log(P[y] + 1e-6), P.argmax(axis=0)


by_one_hot = unusual_edit(
    "feed_forward_sample", (LOSS, "-np.sum((np.arange(len(scores))[:, None] == y) * np.log(softmax(scores)))")
)


# Exercise 5: feed_forward_dataset.


def same_loss_and_share(one, other):
    """Return whether two losses are the same, up to a small constant inside the logarithm, and two accuracies."""
    (loss, share, *_), (right_loss, right_share, *_) = one, other
    near = np.size(loss) == 1 and np.allclose(loss, right_loss, rtol=1e-3, atol=1e-4)
    return near and np.size(share) == 1 and np.allclose(share, right_share, atol=1e-6)


@inputs("feed_forward_dataset", call="feed_forward_dataset(X, Y, parameters)", same=same_loss_and_share)
@st.composite
def samples(draw):
    dims, m = draw(widths(2)), draw(st.integers(1, 5))
    X, Y = draw(matrix(dims[0], m, up_to(2))), draw(labels(dims[-1], m))
    return {"X": X, "Y": Y, "parameters": network(draw, dims)}


SHARE = "float(np.mean(np.equal(labels, Y[0])))"
sum_of_losses = edited(
    "feed_forward_dataset",
    ("np.mean(losses)", "np.sum(losses)"),
    says="Your loss grows with the number of samples: it is their sum, not their mean. Mind that labels of shape (1, "
    "m) have the length 1.",
    see="eq:sum-or-mean",
)
divided_by_inputs = edited(
    "feed_forward_dataset",
    ("np.mean(losses)", "np.sum(losses) / len(X)"),
    says="You divide the losses by the number of rows of X, which are the inputs; the samples are its columns.",
    see="eq:sum-or-mean",
)
last_loss = edited(
    "feed_forward_dataset",
    ("np.mean(losses)", "losses[-1]"),
    says="Your loss is that of the last sample alone: it is overwritten in the loop, and nothing is added up.",
    see="eq:sum-or-mean",
)
first_sample_alone = edited(
    "feed_forward_dataset",
    ("range(Y.size)", "range(len(Y))"),
    says="You look at the first sample alone: len counts the rows, and labels of shape (1, m) have one row.",
    see="eq:classify",
)
percentage = edited(
    "feed_forward_dataset",
    (SHARE, "100 * " + SHARE),
    says="Your accuracy is a percentage; it should be a fraction between 0 and 1.",
    see="eq:classify",
)
number_right = edited(
    "feed_forward_dataset",
    (SHARE, SHARE.replace("np.mean", "np.sum")),
    says="Your accuracy is the number of samples that are read correctly; a fraction also says out of how many.",
    see="eq:classify",
)
share_wrong = edited(
    "feed_forward_dataset",
    ("np.equal", "np.not_equal"),
    says="Your second result is the fraction of samples that are misread. The accuracy counts those that are right.",
    see="eq:classify",
)
all_pairs_compared = edited(
    "feed_forward_dataset",
    ("np.equal(labels, Y[0])", "np.array(labels)[:, np.newaxis] == Y"),
    says="You compare a column of answers with a row of labels. NumPy then silently compares every answer with "
    "every label.",
    see="eq:classify",
)
exchanged = edited(
    "feed_forward_dataset",
    (f"float(np.mean(losses)), {SHARE}", f"{SHARE}, float(np.mean(losses))"),
    says="You return the two results the other way round: the loss comes first.",
    see="eq:classify",
)
sample_without_a_column = edited(
    "feed_forward_dataset",
    ("X[:, [j]]", "X[:, j]"),
    says="A single index takes the second axis away. What is left is not a column, and adding the biases makes a whole "
    "matrix of it.",
    see="eq:one-sample-forward",
)


@unusual("feed_forward_dataset")
def counted_in_a_loop(X, Y, parameters):
    m, total, right = Y.shape[1], 0.0, 0
    for j in range(m):
        loss, label = author.feed_forward_sample(X[:, j : j + 1], int(Y[0, j]), parameters)
        total, right = total + loss, right + (label == Y[0, j])
    return np.array(total / m), right / m


@unusual("feed_forward_dataset")
def all_at_once(X, Y, parameters):
    A, n_layers = X, len(parameters) // 2
    for layer in range(1, n_layers):
        A = author.sigmoid(np.einsum("ij,jk->ik", parameters[f"W{layer}"], A) + parameters[f"b{layer}"])
    P = author.softmax(parameters[f"W{n_layers}"] @ A + parameters[f"b{n_layers}"])
    return -np.log(P[Y[0], np.arange(Y.size)] + 1e-9).mean(), (P.argmax(0) == Y[0]).mean()


# Exercise 6: train_one_sample.


@inputs("train_one_sample", call="train_one_sample(x, y, parameters, learning_rate)")
@st.composite
def one_step(draw):
    dims = draw(widths(3))
    return {
        "x": draw(matrix(dims[0], 1, up_to(2))),
        "y": draw(st.integers(0, dims[-1] - 1)),
        "parameters": network(draw, dims),
        "learning_rate": draw(st.sampled_from([1.0, 0.5, 2.0])),
    }


SLOPE = "dsigmoid(Zs[layer - 1])"
slope_taken_of_the_activation = edited(
    "train_one_sample",
    (SLOPE, "dsigmoid(As[layer - 1])"),
    says="You take the derivative at what the hidden unit gave, but it belongs to what the unit received. Training "
    "still works, only worse, so nothing but a measurement shows it.",
    see="eq:one-sample-backward",
)
no_slope = edited(
    "train_one_sample",
    (f" * {SLOPE}", ""),
    says="On the way down you leave out the derivative of the sigmoid: a unit that is far from 0 hardly reacts, and so "
    "has hardly any influence on the loss.",
    see="eq:one-sample-backward",
)
gate_of_a_relu = edited(
    "train_one_sample",
    (SLOPE, "(Zs[layer - 1] > 0)"),
    says="On the way down you use the derivative of a ReLU, 0 or 1, but these hidden units are sigmoids.",
    see="eq:one-sample-backward",
)
moved_too_early = edited(
    "train_one_sample",
    ('(parameters[f"W{layer}"].T @ dZ)', '(updated[f"W{layer}"].T @ dZ)'),
    says="The derivative passes down through weights that have moved already. Every gradient belongs to the "
    "parameters that were passed in; with a large rate the difference shows.",
    see="eq:one-sample-backward",
)
weights_not_transposed = edited(
    "train_one_sample",
    (".T @ dZ)", " @ dZ)"),
    says="On the way down you use the weights as on the way up. That fails unless a layer is square, and there it is "
    "silently wrong: what comes down goes from the units back to the inputs.",
    see="eq:one-sample-backward",
)
uphill = edited(
    "train_one_sample",
    ("- learning_rate", "+ learning_rate"),
    says="You walk with the gradient, so the loss of this sample grows: the gradient points uphill. Look at the "
    "signs, also at that of the first difference.",
    see="eq:gradient-descent",
)
no_target = edited(
    "train_one_sample",
    ("dZ[y] -= 1\n", "\n"),
    says="Your backward pass begins with the probabilities alone. The true class does not appear, so the network is "
    "told to make all classes less likely.",
    see="eq:one-sample-backward",
)
true_class_alone = edited(
    "train_one_sample",
    ("dZ[y] -= 1", "dZ = (dZ - 1) * (np.arange(len(dZ))[:, np.newaxis] == y)"),
    says="Only the true class gets a derivative. The other scores stand in the denominator of the softmax, so the "
    "loss depends on them too.",
    see="eq:softmax-ce-grad",
)
slope_at_the_scores = edited(
    "train_one_sample",
    ("dZ[y] -= 1", "dZ[y] -= 1\n    dZ = dZ * dsigmoid(Zs[n_layers])"),
    says="You multiply by a derivative of the sigmoid at the scores as well. Between the scores and the loss there is "
    "the softmax only, and its derivative is in the first difference already.",
    see="eq:one-sample-backward",
)
sigmoid_before_the_softmax = edited(
    "train_one_sample",
    ("softmax(Zs[n_layers])", "softmax(As[n_layers])"),
    says="You apply a sigmoid to the last layer before the softmax. The scores go into the softmax as they are.",
    see="eq:one-sample-forward",
)
weights_of_what_was_received = edited(
    "train_one_sample",
    ("{}, {0: x}", "{0: x}, {0: x}"),
    ("As[layer - 1].T", "Zs[layer - 1].T"),
    says="The derivative in the weights uses what the layer below received, not what it gave. The weights multiply "
    "the activations.",
    see="eq:one-sample-backward",
)
layers_in_forward_order = edited(
    "train_one_sample",
    ("range(n_layers, 0, -1)", "range(1, n_layers + 1)"),
    says="You go through the layers as on the way up. The derivative begins at the scores, so the last layer comes "
    "first, and each hands on what the layer below needs.",
    see="eq:layer-recursion",
)
activation_one_layer_late = edited(
    "train_one_sample",
    ("As[layer - 1].T", "As[layer].T"),
    says="The derivative in the weights uses what the layer gave itself. Its weights multiply what came in, which "
    "is one place earlier in your list.",
    see="eq:one-sample-backward",
)
outer_product_turned = edited(
    "train_one_sample",
    ("dZ @ As[layer - 1].T", "As[layer - 1] @ dZ.T"),
    says="Your outer product is the other way round: it has a row for each input. That fails unless a layer is square, "
    "and there it is silently wrong.",
    see="eq:one-sample-backward",
)
first_layer_stays = edited(
    "train_one_sample",
    ("updated = {}", "updated = {name: value.copy() for name, value in parameters.items()}"),
    ("range(n_layers, 0, -1)", "range(n_layers, 1, -1)"),
    says="Your first layer never moves: the loop over the layers ends one too early, since range leaves out its end. "
    "What the network sees in an image then stays as random as at the start.",
    see="eq:layer-recursion",
)


@misconception("train_one_sample", see="eq:one-sample-backward")
def last_layer_stays(x, y, parameters, learning_rate):
    """Your last layer never moves: the backward pass passes through its weights, but they need a step of their own
    too."""
    last = len(parameters) // 2
    after = author.train_one_sample(x, y, parameters, learning_rate)
    return {**after, f"W{last}": parameters[f"W{last}"].copy(), f"b{last}": parameters[f"b{last}"].copy()}


@misconception("train_one_sample", see="eq:one-sample-backward")
def last_layer_alone(x, y, parameters, learning_rate):
    """Only your last layer moves. What the layers below give it stays random for ever, unless they learn as well."""
    last = str(len(parameters) // 2)
    after = author.train_one_sample(x, y, parameters, learning_rate)
    return {name: (after if name[1:] == last else parameters)[name].copy() for name in after}


biases_stay = edited(
    "train_one_sample",
    ('parameters[f"b{layer}"] - learning_rate * dZ', 'parameters[f"b{layer}"].copy()'),
    says="Your biases never move. A network often learns even so, only worse; they have derivatives of their own.",
    see="eq:one-sample-backward",
)
rate_twice = edited(
    "train_one_sample",
    ("learning_rate * dZ", "learning_rate * learning_rate * dZ"),
    says="The learning rate is in your step twice. With a rate of 1 nobody notices; with 0.05 the network hardly "
    "moves.",
    see="eq:gradient-descent",
)


@misconception("train_one_sample", see="eq:one-sample-backward")
def three_layers_by_name(x, y, parameters, learning_rate):
    """You name the parameters of three layers, so networks of another depth raise a KeyError or lose layers: count them
    in a loop."""
    named = {name: parameters[name] for name in ("W1", "b1", "W2", "b2", "W3", "b3")}
    return author.train_one_sample(x, y, named, learning_rate)


parameters_overwritten = edited(
    "train_one_sample",
    (
        'updated[f"b{layer}"] = parameters[f"b{layer}"] - learning_rate * dZ',
        'parameters[f"b{layer}"] -= learning_rate * dZ\n        updated[f"b{layer}"] = parameters[f"b{layer}"]',
    ),
    says="The step is right, but -= changes the caller's own arrays. A comparison of the network before and after the "
    "step then shows no difference.",
    see="eq:one-sample-backward",
    kind="side effect",
)


@unusual("train_one_sample")
def entry_by_entry(x, y, parameters, learning_rate):
    new, n_layers = {name: value.copy() for name, value in parameters.items()}, len(parameters) // 2
    a = {0: x.ravel()}
    for k in range(1, n_layers):
        a[k] = author.sigmoid(parameters[f"W{k}"] @ a[k - 1] + parameters[f"b{k}"][:, 0])
    d = author.softmax((parameters[f"W{n_layers}"] @ a[n_layers - 1])[:, None] + parameters[f"b{n_layers}"])[:, 0]
    d[y] = d[y] - 1
    for k in range(n_layers, 0, -1):
        for i, j in np.ndindex(new[f"W{k}"].shape):
            new[f"W{k}"][i, j] -= learning_rate * d[i] * a[k - 1][j]
        new[f"b{k}"][:, 0] -= learning_rate * d
        d = parameters[f"W{k}"].T @ d * a[k - 1] * (1 - a[k - 1])
    return new


outer_products = unusual_edit(
    "train_one_sample",
    ("learning_rate * dZ @ As[layer - 1].T", 'learning_rate * np.einsum("ik,jk->ij", dZ, As[layer - 1])'),
    ("updated = {}", "updated = dict(parameters)"),
)


# Exercise 7: gradient_errors. Another norm is right: where a layer is right and another is not, an instrument need only
# tell one from the other.


def same_reading(one, other):
    """Return whether two instruments agree about which layers are wrong, and, if all are, how wrong they are."""
    numbers = [
        {int("".join(c for c in str(key) if c.isdigit())): float(e) for key, e in r.items()} for r in (one, other)
    ]
    if set(numbers[0]) != set(numbers[1]):
        return False
    pairs = [(numbers[0][layer], numbers[1][layer]) for layer in numbers[1]]
    told = all((a < 1e-5) == (b < 1e-5) for a, b in pairs)
    return told and (any(b < 1e-5 for _, b in pairs) or np.allclose(*zip(*pairs, strict=True), rtol=1e-3))


@cache
def distinct(rows, columns):
    """Return a strategy for a matrix of numbers that all differ in size, and are not 0: no gradient through it is."""
    values = [(k + 1) / 2 * (-1) ** k for k in range(rows * columns)]
    return st.integers(0, len(values) - 1).map(lambda places: np.roll(values, places).reshape(rows, columns))


@st.composite
def a_small_network(draw):
    """Draw a sample and a network in which every layer has a gradient."""
    dims = [*draw(st.lists(st.integers(1, 2), min_size=2, max_size=3)), 2]
    drawn = {}
    for layer in range(1, len(dims)):
        drawn[f"W{layer}"] = draw(distinct(dims[layer], dims[layer - 1]))
        drawn[f"b{layer}"] = draw(distinct(dims[layer], 1))
    return {"x": draw(distinct(dims[0], 1)), "y": draw(st.integers(0, 1)), "parameters": drawn}


RIGHT_BUT_FOR_ONE = """
def step(x, y, p, rate):
    after = train_one_sample(x, y, p, rate)
    return {**after, name: p[name] + factor * (after[name] - p[name])}

gradient_errors(step, x, y, parameters)
""".strip()
IN_PLACE = """
def step(x, y, p, rate):
    after = train_one_sample(x, y, p, rate)
    x *= 0
    for name in p:
        p[name][:] = after[name]
    return p

gradient_errors(step, x, y, parameters)
""".strip()
IN_TWO_HALVES = """
def step(x, y, p, rate):
    half = train_one_sample(x, y, p, rate / 2)
    return {**train_one_sample(x, y, p, rate), name: train_one_sample(x, y, half, rate / 2)[name]}

gradient_errors(step, x, y, parameters)
""".strip()


@inputs("gradient_errors", call=RIGHT_BUT_FOR_ONE, same=same_reading)
@st.composite
def steps_with_a_factor(draw):
    drawn = draw(a_small_network())
    name, factor = draw(st.sampled_from(list(drawn["parameters"]))), draw(st.sampled_from([1.0, 0.0, 2.0, -1.0]))
    return {**drawn, "name": name, "factor": factor}


@inputs("gradient_errors", call=IN_PLACE, same=same_reading, slow=True)
@st.composite
def steps_in_place(draw):
    return draw(a_small_network())


@inputs("gradient_errors", call=IN_TWO_HALVES, same=same_reading, slow=True)
@st.composite
def steps_in_two_halves(draw):
    drawn = draw(a_small_network())
    return {**drawn, "name": draw(st.sampled_from([name for name in drawn["parameters"] if name[1:] == "1"]))}


COPIES = "step(x.copy(), y, {name: value.copy() for name, value in parameters.items()}, 1.0)"
no_copies = edited(
    "gradient_errors",
    (COPIES, "step(x, y, parameters, 1.0)"),
    says="You pass your own arrays to the step. If it changes them, the losses are measured after the step, and your "
    "caller's network has moved.",
    see="eq:implied-gradient",
    kind="side effect",
)
names_copied_alone = edited(
    "gradient_errors",
    (COPIES, "step(x.copy(), y, dict(parameters), 1.0)"),
    says="You copy the dictionary but not the arrays in it. A step that changes an array still changes yours: each "
    "array needs a copy.",
    see="eq:implied-gradient",
    kind="side effect",
)
tiny_rate = edited(
    "gradient_errors",
    ("}, 1.0)", "}, 1e-6)"),
    ("np.ravel(value - after[name])", "np.ravel(value - after[name]) / 1e-6"),
    says="At your small rate, a step that moves weights while they are still needed looks right: what it does "
    "wrong grows with the rate.",
    see="eq:implied-gradient",
)
rate_left_in = edited(
    "gradient_errors",
    ("}, 1.0)", "}, 0.1)"),
    says="You compare how far the parameters have moved with a gradient. The move still contains the rate that you "
    "have passed to the step.",
    see="eq:implied-gradient",
)
weights_alone = edited(
    "gradient_errors",
    ('(f"W{layer}", f"b{layer}")', '(f"W{layer}",)'),
    says="You measure the weights alone, so a step that moves the biases wrongly goes unnoticed.",
    see="eq:relative-error",
)
sizes_compared = edited(
    "gradient_errors",
    ("np.linalg.norm(np.subtract(implied, measured))", "abs(np.linalg.norm(implied) - np.linalg.norm(measured))"),
    says="You compare how long the two gradients are, not where they point: a step that goes uphill seems right.",
    see="eq:relative-error",
)
signs_dropped = edited(
    "gradient_errors",
    ("np.subtract(implied, measured)", "np.subtract(np.sum(implied), np.sum(measured))"),
    says="You add up the entries of a gradient before you compare. Errors in single entries cancel in a sum; the "
    "difference has to be taken entry by entry.",
    see="eq:relative-error",
)
one_error_for_all = edited(
    "gradient_errors",
    ("    return errors", "    return {layer: max(errors.values()) for layer in errors}"),
    says="All layers get the same error, so it cannot be seen in which layer a step is wrong: each layer is compared "
    "for itself.",
    see="eq:relative-error",
)
half_a_width = edited(
    "gradient_errors",
    ("(2 * half)", "half"),
    says="Your measured derivatives are twice too large: between the two losses the entry has moved by the whole "
    "width, once up and once down.",
    see="eq:numerical-gradient",
)
wide_differences = edited(
    "gradient_errors",
    ("half = 1e-5", "half = 0.1"),
    says="You move an entry so far that the loss bends in between. What you measure is the slope of a long chord, not "
    "that of the loss, and a right step looks wrong.",
    see="eq:numerical-gradient",
)
tiny_differences = edited(
    "gradient_errors",
    ("half = 1e-5", "half = 1e-12"),
    says="You move an entry so little that the two losses agree in nearly all of their digits. Their difference is "
    "mostly rounding, and a right step looks wrong.",
    see="eq:numerical-gradient",
)
one_array_moved = edited(
    "gradient_errors",
    ("value.copy(), value.copy()", "value, value"),
    says="Both names mean the same array, so what you add is taken off again and you measure no slope at all. An "
    "assignment makes no copy.",
    see="eq:numerical-gradient",
)
layers_from_0 = edited(
    "gradient_errors",
    ("errors[layer] =", "errors[layer - 1] ="),
    says="Your layers are counted from 0. In this course, as in the names of the parameters, the first layer is "
    "number 1.",
    see="eq:relative-error",
)


@unusual("gradient_errors")
def parameter_by_parameter(step, x, y, parameters):
    moved = step(np.array(x), y, {name: value.copy() for name, value in parameters.items()}, 1)
    errors = {}
    for name in parameters:
        work = {other: value.copy() for other, value in parameters.items()}
        slopes_found = np.zeros(work[name].shape)
        for place in np.ndindex(slopes_found.shape):
            ends = []
            for sign in (1, -1):
                work[name][place] = parameters[name][place] + sign * 1e-4
                ends.append(author.feed_forward_sample(x, y, work)[0])
            work[name][place] = parameters[name][place]
            slopes_found[place] = (ends[0] - ends[1]) / 2e-4
        implied = parameters[name] - moved[name]
        errors[name] = np.linalg.norm(implied - slopes_found) / np.linalg.norm(slopes_found)
    return {k: max(errors[f"W{k}"], errors[f"b{k}"]) for k in range(1, len(errors) // 2 + 1)}


largest_entries = unusual_edit(
    "gradient_errors",
    (
        "size = np.linalg.norm(implied) + np.linalg.norm(measured)",
        "size = max(np.abs(implied).max(), np.abs(measured).max())",
    ),
    ("np.linalg.norm(np.subtract(implied, measured))", "np.abs(np.subtract(implied, measured)).max()"),
)


# Exercise 9: minibatches. Any order is right, so a call tells of the batches and not of their samples. The label of a
# sample is its first entry.

NUMBERED = "X, Y = np.array([np.arange(m), np.arange(m) + 0.5]), np.arange(m).reshape(1, m)"
LOOP = "in minibatches(X, Y, batch_size, np.random.default_rng(seed))"
BATCHES = f"[(np.shape(batch_X), np.shape(batch_Y)) for batch_X, batch_Y {LOOP}]"
PARTED = f"""
{NUMBERED}
[int(np.sum(np.asarray(batch_X)[0] != np.ravel(batch_Y))) for batch_X, batch_Y {LOOP}]
""".strip()
REPEATED = f"""
{NUMBERED}
labels = [np.ravel(batch_Y).tolist() for _, batch_Y {LOOP}]
{{
    "a sample comes twice in a batch": any(len(set(batch)) < len(batch) for batch in labels),
    "a sample comes twice in an epoch": len(set(sum(labels, []))) < len(sum(labels, [])),
    "two batches are the same": len({{frozenset(batch) for batch in labels}}) < len(labels),
}}
""".strip()
ORDERS = f"""
{NUMBERED}
first, again, other = (
    [label for _, batch_Y in minibatches(X.copy(), Y.copy(), batch_size, rng) for label in np.ravel(batch_Y).tolist()]
    for rng in (np.random.default_rng(seed), np.random.default_rng(seed), np.random.default_rng(seed + 1))
)
{{
    "the order is that of the data": first == Y[0].tolist(),
    "the same seed gives the same order": first == again,
    "another seed gives the same order": first == other,
}}
""".strip()


@inputs("minibatches", call=BATCHES)
@st.composite
def few_samples(draw):
    m = draw(st.integers(1, 9))
    return {
        "X": np.array([np.arange(m), np.arange(m) + 0.5]),
        "Y": np.arange(m).reshape(1, m),
        "batch_size": draw(st.integers(1, m)),
        "seed": draw(st.integers(0, 9)),
    }


@st.composite
def many_samples(draw):
    half = draw(st.integers(12, 20))
    return {"m": 2 * half, "batch_size": draw(st.integers(half - 2, half)), "seed": draw(st.integers(0, 9))}


@st.composite
def whole_batches(draw):
    size, count = draw(sizes((3, 4), (4, 5)))
    return {"m": size * count, "batch_size": size, "seed": draw(st.integers(0, 9))}


def parted_alike(one, other):
    """How many samples of a batch have lost their labels is a matter of luck; whether any have is not."""
    return [count > 0 for count in one] == [count > 0 for count in other]


labels_of_batches = inputs("minibatches", call=PARTED, same=parted_alike)(many_samples)
repeats_in_batches = inputs("minibatches", call=REPEATED)(many_samples)
orders_of_batches = inputs("minibatches", call=ORDERS)(whole_batches)

ORDER = "rng.permutation(Y.size)"
parted_from_labels = edited(
    "minibatches",
    ("X[:, chosen], Y[:, chosen]", f"X[:, chosen], Y[:, {ORDER}[:batch_size]]"),
    says="You draw one order for the samples and another one for the labels, so samples lose their labels and nothing "
    "can be learnt. One order serves both.",
    see="eq:minibatch-gradient",
)
labels_not_shuffled = edited(
    "minibatches",
    ("X[:, chosen], Y[:, chosen]", "X[:, chosen], Y[:, last - batch_size : last]"),
    says="You shuffle the samples but leave the labels in their order, so most samples get the label of another one "
    "and nothing can be learnt.",
    see="eq:minibatch-gradient",
)
incomplete_batch_kept = edited(
    "minibatches",
    ("Y.size + 1, batch_size)", "Y.size + batch_size, batch_size)"),
    says="You hand out the incomplete batch at the end as well. A few samples would take a step as long as a whole "
    "batch.",
    see="eq:minibatch-gradient",
)
last_batch_lost = edited(
    "minibatches",
    ("Y.size + 1", "Y.size"),
    says="You lose the last batch where the batches come out even: range leaves out its end.",
    see="eq:minibatch-gradient",
)
order_of_the_data = edited(
    "minibatches",
    (ORDER, "np.arange(Y.size)"),
    says="You deal the samples out in the order of the data, the same in every epoch. Draw a new order each time, or "
    "batches of one class pull the network back and forth.",
    see="eq:minibatch-gradient",
)
order_of_another_generator = edited(
    "minibatches",
    (ORDER, "np.random.permutation(Y.size)"),
    says="You draw the order from NumPy's global generator, not from the one that was passed in, so the same seed "
    "gives another order each time.",
    see="eq:minibatch-gradient",
)
order_of_a_seed_inside = edited(
    "minibatches",
    (ORDER, "np.random.default_rng(0).permutation(Y.size)"),
    says="You make a generator of your own inside, with a fixed seed, so every epoch deals out the same batches.",
    see="eq:minibatch-gradient",
)
with_replacement = edited(
    "minibatches",
    (ORDER, "rng.integers(Y.size, size=Y.size)"),
    says="You draw each place independently, so some samples come twice in an epoch and others never. Shuffle all of "
    "them instead.",
    see="eq:minibatch-gradient",
)
order_in_each_batch = edited(
    "minibatches",
    ("chosen = order[last - batch_size : last]", f"chosen = {ORDER}[:batch_size]"),
    says="You draw a new order for each batch, so a sample may come in several batches of an epoch and others in "
    "none. One order serves the whole epoch.",
    see="eq:minibatch-gradient",
)
first_batch_again = edited(
    "minibatches",
    ("order[last - batch_size : last]", "order[:batch_size]"),
    says="You hand out the same samples in every batch: the piece that you cut from the order does not move on.",
    see="eq:minibatch-gradient",
)
flat_labels = edited(
    "minibatches",
    ("Y[:, chosen]", "Y[0, chosen]"),
    says="Your labels lose their first axis: they should stay a row of shape (1, batch_size), as they came.",
    see="eq:minibatch-gradient",
)
rows_chosen = edited(
    "minibatches",
    ("yield X[:, chosen]", "yield X[chosen]"),
    says="You choose rows of X, but the samples are its columns: a single index in brackets means the first axis.",
    see="eq:minibatch-gradient",
)
one_label_counted = edited(
    "minibatches",
    ("Y.size", "len(Y)"),
    says="You count one sample, whatever comes: len counts the rows, and labels of shape (1, m) have one row.",
    see="eq:minibatch-gradient",
)


@misconception("minibatches", see="eq:minibatch-gradient")
def returned_at_once(X, Y, batch_size, rng):
    """You return from inside the loop, so the function ends with its first batch; the others are never handed out."""
    chosen = rng.permutation(Y.size)[:batch_size]
    return X[:, chosen], Y[:, chosen]


data_shuffled = edited(
    "minibatches",
    (f"order = {ORDER}", f"order = {ORDER}\n    X[:], Y[:] = X[:, order], Y[:, order]\n    order = np.arange(Y.size)"),
    says="Your batches are right, but you shuffle the caller's own arrays: the data come back in another order.",
    see="eq:minibatch-gradient",
    kind="side effect",
)


@unusual("minibatches")
def in_a_list(X, Y, batch_size, rng):
    order = list(range(Y.shape[1]))
    rng.shuffle(order)
    batches = []
    while len(order) >= batch_size:
        batches.append((X[:, order[:batch_size]], Y[:, order[:batch_size]]))
        order = order[batch_size:]
    return batches


by_rows = unusual_edit(
    "minibatches",
    (
        f"order = {ORDER}",
        "order = np.argsort(rng.random(Y.size))\n    order = order[: Y.size // batch_size * batch_size]",
    ),
    ("Y.size + 1", "order.size + 1"),
)


# Exercise 10: train. The order of the samples is open, so it is shown either by one batch of all of them, or by samples
# that are all the same, or by what the training has used.


def same_training(one, other):
    """Return whether two trainings are the same, up to rounding and to a small constant inside the logarithm."""
    (found, history, *_), (right, losses, *_) = one, other
    near = np.shape(history) == np.shape(losses) and np.allclose(history, losses, rtol=1e-3, atol=1e-4)
    return near and all(np.allclose(found[name], right[name], rtol=1e-5, atol=1e-7) for name in right)


def training(draw, dims, **more):
    """Draw what a training starts from."""
    return {
        **more,
        "parameters": network(draw, dims),
        "learning_rate": draw(st.sampled_from([0.5, 1.0])),
        "epochs": draw(st.integers(1, 3)),
        "seed": draw(st.integers(0, 9)),
    }


TRAIN = "train(X, Y, parameters, learning_rate, BATCH, epochs, np.random.default_rng(seed))"


@inputs("train", call=TRAIN.replace("BATCH", "Y.size"), same=same_training)
@st.composite
def one_batch_of_all(draw):
    dims, m = draw(widths(3, classes=(2, 3))), draw(st.integers(1, 4))
    return training(draw, dims, X=draw(matrix(dims[0], m, up_to(2))), Y=draw(labels(dims[-1], m)))


@inputs("train", call=TRAIN.replace("BATCH", "batch_size"), same=same_training, slow=True)
@st.composite
def the_same_sample_again(draw):
    dims, m = draw(widths(2, classes=(2, 3))), draw(st.integers(2, 7))
    x, y = draw(matrix(dims[0], 1, up_to(2))), draw(st.integers(0, dims[-1] - 1))
    same = {"X": np.repeat(x, m, axis=1), "Y": np.full((1, m), y)}
    return training(draw, dims, **same, batch_size=draw(st.integers(1, m - 1)))


PIXELS = "X, Y = np.eye(m), np.arange(m).reshape(1, m) % 2"
USED = f"""
{PIXELS}
trained, *_ = train(X, Y, parameters, 0.01, batch_size, 12, np.random.default_rng(seed))
int(np.sum(np.any(trained["W1"] != parameters["W1"], axis=0)))  # of the samples that were used in twelve epochs
""".strip()
AGAIN = f"""
{PIXELS}
trained = [train(X, Y, parameters, 0.01, batch_size, 3, np.random.default_rng(s))[0] for s in (seed, seed, seed + 1)]
{{
    "the same seed gives the same network": np.allclose(trained[0]["W1"], trained[1]["W1"], atol=1e-12),
    "another seed gives the same network": np.allclose(trained[0]["W1"], trained[2]["W1"], atol=1e-12),
}}
""".strip()


def one_pixel_each(m, units=2):
    """Return a number of samples, each to light one pixel of its own, and a network in which all units are on."""
    rows = np.arange(1.0, units + 1).reshape(units, 1)
    start = {"W1": 0.5 * rows + 0.1 * np.arange(m), "b1": rows, "W2": np.array([[1.0, 0.5], [-1.0, 0.0]])}
    return {"m": m, "parameters": {**start, "b2": np.zeros((2, 1))}}


@inputs("train", call=USED, slow=True)
@st.composite
def samples_used(draw):
    batch_size = draw(st.integers(2, 3))
    return {**one_pixel_each(2 * batch_size - 1), "batch_size": batch_size, "seed": draw(st.integers(0, 9))}


@inputs("train", call=AGAIN, slow=True)
@st.composite
def trained_again(draw):
    batch_size = draw(st.integers(2, 3))
    return {**one_pixel_each(3 * batch_size), "batch_size": batch_size, "seed": draw(st.integers(0, 9))}


GATE = " * (A > 0)"
BACK = "dZ = (W.T @ dZ)"
RECORD = "history.append(float(np.mean(losses)))"
no_gate = edited(
    "train",
    (GATE, ""),
    says="On the way down everything passes. A unit that gave 0 had no influence on the loss, so nothing may pass "
    "through it; and no ReLU ever gives less than 0.",
    see="eq:relu-der",
)
activation_for_gate = edited(
    "train",
    (GATE, " * A"),
    says="On the way down you multiply by what the unit gave; its derivative is 0 or 1, however large its value is.",
    see="eq:relu-der",
)
slope_of_a_sigmoid = edited(
    "train",
    (GATE, " * A * (1 - A)"),
    says="On the way down you use the derivative of a sigmoid, but these hidden units are ReLUs.",
    see="eq:relu-der",
)
new_weights_on_the_way = edited(
    "train",
    (BACK, 'dZ = (updated[f"W{layer}"].T @ dZ)'),
    says="The derivative passes down through weights that have moved already. All gradients of a batch belong to the "
    "network that has answered.",
    see="eq:layer-recursion",
)
from_the_first_layer = edited(
    "train",
    ("range(n_layers, 0, -1)", "range(1, n_layers + 1)"),
    says="You go through the layers as on the way up. The derivative begins at the scores, so the last layer comes "
    "first, and each hands on what the layer below needs.",
    see="eq:layer-recursion",
)
received_one_layer_late = edited(
    "train",
    ("received[layer - 1]", "received[layer % n_layers]"),
    says="You take what another layer has received: your list counts the layers from 0, their names count from 1.",
    see="eq:layer-recursion",
)
sum_over_the_batch = edited(
    "train",
    ("P / batch_size", "P.copy()"),
    ("-= 1 / batch_size", "-= 1"),
    says="Your gradient is that of a sum over the batch, so your steps are as many times too long as the batch has "
    "samples.",
    see="eq:minibatch-gradient",
)
divided_by_all = edited(
    "train",
    ("P / batch_size", "P / Y.size"),
    ("-= 1 / batch_size", "-= 1 / Y.size"),
    says="You divide by the number of all samples, but the mean is over those of the batch: with small batches your "
    "steps are far too short.",
    see="eq:minibatch-gradient",
)
target_not_divided = edited(
    "train",
    ("-= 1 / batch_size", "-= 1"),
    says="You divide the probabilities by the batch size but not the target: the whole difference is part of the mean.",
    see="eq:softmax-ce-grad",
)
whole_rows = edited(
    "train",
    ("truth = batch_Y[0], np.arange(batch_size)", "truth = batch_Y[0]"),
    says="You pick whole rows of the probabilities: a list of labels alone chooses a class for all samples. Each "
    "sample has one entry, in its own column.",
    see="eq:softmax-ce-grad",
)
upwards = edited(
    "train",
    ("- learning_rate", "+ learning_rate"),
    says="You walk with the gradient, so the loss grows from step to step: the gradient points uphill.",
    see="eq:gradient-descent",
)
bias_mean = edited(
    "train",
    ("dZ.sum(axis=1", "dZ.mean(axis=1"),
    says="You average the derivative of the biases over the batch, but the mean is in dZ already: the biases learn "
    "too slowly.",
    see="eq:db",
)
bias_total = edited(
    "train",
    ("dZ.sum(axis=1, keepdims=True)", "dZ.sum()"),
    says="All biases of a layer move by the same number: you add up over the units too. Each unit has a bias of its "
    "own.",
    see="eq:db",
)
bias_forgotten = edited(
    "train",
    ("b - learning_rate * dZ.sum(axis=1, keepdims=True)", "b.copy()"),
    says="Your biases never move. A network often learns even so, only worse; they have derivatives of their own.",
    see="eq:db",
)
loss_after_the_step = edited(
    "train",
    ("losses.append(-np.mean(np.log(P[truth])))\n", "\n"),
    (
        "parameters = updated",
        "parameters = updated\n            P, _ = deep_forward(batch_X, parameters)\n"
        "            losses.append(-np.mean(np.log(P[truth])))",
    ),
    says="You record the loss of a batch after its step. The network has seen this batch by then, so the numbers look "
    "better than they are.",
    see="eq:minibatch-gradient",
)
number_for_each_batch = edited(
    "train",
    (RECORD, "history.extend(losses)"),
    says="Your history has a number for each batch; there should be one for each epoch, the mean over its batches.",
    see="eq:minibatch-gradient",
)
last_batch_recorded = edited(
    "train",
    (RECORD, "history.append(float(losses[-1]))"),
    says="You record the loss of the last batch of an epoch alone. A single batch is a matter of luck; the mean over "
    "all of them is asked for.",
    see="eq:minibatch-gradient",
)
losses_added = edited(
    "train",
    (RECORD, "history.append(float(np.sum(losses)))"),
    says="You add up the losses of an epoch. The number then depends on how many batches there are: asked for is "
    "their mean.",
    see="eq:minibatch-gradient",
)
begins_again = edited(
    "train",
    ("for _ in range(epochs):\n", "start = parameters\n    for _ in range(epochs):\n        parameters = start\n"),
    says="Every epoch begins with the first parameters again, so the work of the epochs before it is lost.",
    see="eq:minibatch-gradient",
)
dealt_once = edited(
    "train",
    ("for _ in range(epochs):\n", "dealt = list(minibatches(X, Y, batch_size, rng))\n    for _ in range(epochs):\n"),
    ("in minibatches(X, Y, batch_size, rng):", "in dealt:"),
    says="You deal the batches out once and use them in every epoch. What is left over at the end is never seen; each "
    "epoch needs an order of its own.",
    see="eq:minibatch-gradient",
)
generator_of_its_own = edited(
    "train",
    ("minibatches(X, Y, batch_size, rng)", "minibatches(X, Y, batch_size, np.random.default_rng())"),
    says="You deal with a generator of your own, not with the one that was passed in, so no training can be repeated.",
    see="eq:minibatch-gradient",
)
start_overwritten = edited(
    "train",
    (
        'updated[f"W{layer}"] = W - learning_rate * dZ @ A.T',
        'W_before = W.copy()\n                W -= learning_rate * dZ @ A.T\n                updated[f"W{layer}"] = W',
    ),
    ("(W.T @ dZ)", "(W_before.T @ dZ)"),
    says="The training is right, but -= changes the arrays that were passed in: a second training from the same start "
    "begins with the trained network.",
    see="eq:gradient-descent",
    kind="side effect",
)
by_signs = unusual_edit("train", (GATE, " * np.sign(A)"), ("P / batch_size", "np.divide(P, batch_size)"))


@unusual("train")
def with_one_hot_targets(X, Y, parameters, learning_rate, batch_size, epochs, rng):
    p, history = {name: value.copy() for name, value in parameters.items()}, []
    for _ in range(epochs):
        losses = []
        for batch, answers in author.minibatches(X, Y, batch_size, rng):
            P, received = author.deep_forward(batch, p)
            T = np.eye(len(P))[:, answers[0]]
            losses += [-np.log((P * T).sum(axis=0) + 1e-9).mean()]
            d = (P - T) / batch_size
            for k in range(len(p) // 2, 0, -1):
                below = p[f"W{k}"].T @ d
                p[f"W{k}"] -= learning_rate * np.einsum("ij,kj->ik", d, received[k - 1])
                p[f"b{k}"] -= learning_rate * d.sum(1)[:, None]
                d = np.where(received[k - 1] == 0, 0.0, below)
        history.append(sum(losses) / len(losses))
    return p, np.array(history)


# Exercise 11: predict.


def same_answers(one, other):
    """Return whether labels are the same, in a row, a list or a column, and probabilities."""
    (found, P, *_), (right, Q, *_) = one, other
    alike = np.size(found) == np.size(right) and np.array_equal(np.ravel(found), np.ravel(right))
    return alike and np.shape(P) == np.shape(Q) and np.allclose(P, Q, rtol=1e-5, atol=1e-7)


@inputs("predict", call="predict(X, parameters)", same=same_answers)
@st.composite
def to_be_answered(draw):
    dims, m = draw(widths(3)), draw(st.integers(1, 5))
    return {"X": draw(matrix(dims[0], m, up_to(2))), "parameters": network(draw, dims)}


CHOSEN = "probabilities.argmax(axis=0)[np.newaxis]"
along_the_samples = edited(
    "predict",
    ("argmax(axis=0)", "argmax(axis=1)"),
    says="You get a number for each class, not for each sample: the most likely class has to be found down each "
    "column.",
    see="eq:classify",
)
one_answer_for_all = edited(
    "predict",
    (CHOSEN, "probabilities.argmax()"),
    says="You get one number for the whole batch. Without an axis argmax counts through all entries; every sample "
    "needs its own answer.",
    see="eq:classify",
)
one_hot_answers = edited(
    "predict",
    (CHOSEN, "np.eye(len(probabilities))[:, probabilities.argmax(axis=0)]"),
    says="Your labels are columns of zeros with a single 1; return the number of the class.",
    see="eq:classify",
)
largest_probability = edited(
    "predict",
    (CHOSEN, "probabilities.max(axis=0, keepdims=True)"),
    says="Your labels are the largest probabilities themselves; return which class has them.",
    see="eq:classify",
)
counted_from_1 = edited(
    "predict",
    (CHOSEN, f"1 + {CHOSEN}"),
    says="Your labels are too large by 1: classes are counted from 0, as their rows are.",
    see="eq:classify",
)
least_likely = edited(
    "predict",
    ("argmax", "argmin"),
    says="You choose the class with the smallest probability, the one that the network thinks least likely.",
    see="eq:classify",
)
labels_alone = edited(
    "predict",
    (f"{CHOSEN}, probabilities", CHOSEN),
    says="You return the labels alone; the probabilities of all classes are asked for as well.",
    see="eq:classify",
)
results_exchanged = edited(
    "predict",
    (f"{CHOSEN}, probabilities", f"probabilities, {CHOSEN}"),
    says="You return the two results the other way round: the labels come first.",
    see="eq:classify",
)
scores_returned = edited(
    "predict",
    (
        "return",
        "last = len(parameters) // 2\n"
        '    probabilities = parameters[f"W{last}"] @ _[-1] + parameters[f"b{last}"]\n    return',
    ),
    says="Your second result is the scores. They may be negative and do not add up to 1; the softmax makes "
    "probabilities of them.",
    see="eq:softmax",
)
gate_on_the_scores = edited(
    "predict",
    (
        "deep_forward(X, parameters)\n",
        "deep_forward(X, parameters)\n"
        "    last = len(parameters) // 2\n"
        '    scores = parameters[f"W{last}"] @ _[-1] + parameters[f"b{last}"]\n'
        "    probabilities = softmax(np.maximum(scores, 0))\n",
    ),
    says="You apply the ReLU to the scores of the last layer as well. All negative scores become 0 there, so classes "
    "that are very unlikely come out as likely as those that are only just so.",
    see="eq:network",
)


@misconception("predict", see="eq:network")
def answers_of_sigmoids(X, parameters):
    """You answer with the network of part one: its hidden units are sigmoids, but those of this network are ReLUs."""
    A, last = X, len(parameters) // 2
    for layer in range(1, last):
        A = author.sigmoid(parameters[f"W{layer}"] @ A + parameters[f"b{layer}"])
    P = author.softmax(parameters[f"W{last}"] @ A + parameters[f"b{last}"])
    return P.argmax(axis=0)[np.newaxis], P


@unusual("predict")
def one_by_one(X, parameters):
    columns = [author.deep_forward(X[:, [j]], parameters)[0] for j in range(X.shape[1])]
    return [int(np.argmax(column)) for column in columns], np.hstack(columns)


flat_answers = unusual_edit("predict", (CHOSEN, "np.array([p.argmax() for p in probabilities.T])"))
