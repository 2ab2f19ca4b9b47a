"""What goes wrong in `multi_layer`."""

import numpy as np
from hypothesis import strategies as st

from autograder.misconceptions import edited, inputs, matrix, misconception, sizes, unusual


@inputs("relu_der", call="relu_der(dA, relu(Z)[1])")
@st.composite
def gradients(draw):
    n, m = draw(sizes((1, 4), (1, 5)))
    return {"Z": draw(matrix(n, m)), "dA": draw(matrix(n, m))}


@misconception("relu_der", see="eq:relu-der")
def no_mask(dA, cache):
    """Your gradient passes everywhere: a unit that was off in the forward pass did not influence the loss."""
    return np.array(dA)


@misconception("relu_der", see="eq:relu-der")
def passes_at_zero(dA, cache):
    """Exactly at 0 your gradient passes; this course takes the slope there to be 0."""
    return dA * (cache["Z"] >= 0)


@misconception("relu_der", see="eq:relu-der")
def only_the_mask(dA, cache):
    """You return the slope alone; the chain rule multiplies it by the gradient that arrives."""
    return 1.0 * (cache["Z"] > 0)


@unusual("relu_der")
def where(dA, cache):
    return np.where(np.asarray(cache["Z"]) > 0, dA, 0.0)


@inputs("linear_backward", call="linear_backward(dZ, {'A': A}, W, b)")
@st.composite
def layers(draw):
    n_out, n_in, m = draw(sizes((1, 4), (1, 4), (1, 5)))
    return {
        "dZ": draw(matrix(n_out, m)),
        "A": draw(matrix(n_in, m)),
        "W": draw(matrix(n_out, n_in)),
        "b": draw(matrix(n_out, 1)),
    }


mean_of_dW = edited(
    "linear_backward",
    ('dW = dZ @ cache["A"].T', 'dW = dZ @ cache["A"].T / dZ.shape[1]'),
    says="You average dW over the samples, but dZ carries the 1/m of the loss already.",
    see="eq:dW",
)
mean_of_db = edited(
    "linear_backward",
    ("dZ.sum(", "dZ.mean("),
    says="You average db over the samples, but dZ carries the 1/m of the loss already.",
    see="eq:db",
)
