"""What is known of a function: how inputs for it are drawn, what form comes back, which number is differentiated.

It holds no way to compute any result: a derivative is compared with the student's own function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .differences import apart
from .forms import Array, Form, Values

Own = Any  # the functions of the student's notebook, as attributes


class Draw:
    """Draws the values of a case from a fixed seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def away(self, *shape: int) -> NDArray[np.float64]:
        """Return tenths of both signs, none of them near 0."""
        return apart(self.rng, *shape)

    def numbers(self, *shape: int) -> NDArray[np.float64]:
        """Return tenths between -1 and 1."""
        return self.rng.integers(-10, 11, shape) / 10

    def chances(self, n: int, m: int) -> NDArray[np.float64]:
        """Return columns of positive numbers that add up to 1."""
        parts = self.rng.integers(1, 6, (n, m))
        return parts / parts.sum(axis=0)

    def labels(self, n: int, m: int) -> NDArray[np.int64]:
        """Return labels of n classes as a row."""
        return self.rng.integers(0, n, (1, m))

    def network(self, *units: int) -> Values:
        """Return the parameters of a network with that many units in its layers."""
        found = {}
        for layer, (n_in, n_out) in enumerate(pairwise(units), 1):
            found[f"W{layer}"] = self.numbers(n_out, n_in)
            found[f"b{layer}"] = self.numbers(n_out, 1)
        return found

    def batch(self, m: int, *units: int) -> Values:
        """Return samples, their labels and the parameters of a network for them."""
        values = {"X": self.away(units[0], m), "Y": self.labels(units[-1], m)}
        return {**values, **self.network(*units)}


@dataclass(frozen=True)
class Known:
    """What is known of a function.

    `draw` gives the values of a case of one of the `sizes`, `call` the arguments that they make.
    A derivative has a `loss`, the number whose slopes are compared, computed with the functions
    `needs`; `gradients` takes the result of the function apart, by the names of values, in the
    order in which a backward pass finds them.
    """

    sizes: tuple[tuple[int, ...], ...]
    draw: Callable[..., Values]
    call: Callable[[Own, Values], tuple[Any, ...]]
    result: Form
    loss: Callable[[Own, Values], Any] | None = None
    gradients: Callable[[Any, Values], Mapping[str, Any]] = lambda result, v: {}
    needs: tuple[str, ...] = ()
    named: str = "d{}"  # what the gradient in a value is called
    against: str = ""  # what is differentiated, if not the functions `needs`
    note: str = ""
    arguments: int = 0  # how many there are, where that tells assignments apart
    read: Callable[[Any], Any] = lambda result: result  # takes what comes back as a value
    new_entries: bool = False  # whether it may put other arrays into a dictionary of the caller
    optional: bool = False  # whether a notebook can do without the functions `needs`


def network(v: Values) -> Values:
    """Return the parameters among the values."""
    return {name: v[name] for name in v if name[0] in "Wb" and name[1:].isdigit()}


def like_parameters(v: Values, prefix: str = "") -> dict[str, Form]:
    """Return the forms of entries that have the shapes of the parameters."""
    return {f"{prefix}{name}": Array(f"{prefix}{name}", like=name) for name in network(v)}


def backward_order(result: Any, v: Values) -> Values:
    """Return the gradients of all parameters, those of the last layer first."""
    return {name: result[f"d{name}"] for name in _last_first(v)}


def implied(after: Mapping[str, Any], v: Values, rate: float) -> Values:
    """Return the gradients that a step of gradient descent has followed, the last layer first."""
    return {name: (v[name] - np.asarray(after[name])) / rate for name in _last_first(v)}


def _last_first(v: Values) -> list[str]:
    return sorted(network(v), key=lambda name: (-int(name[1:]), name[0]))


def generator() -> np.random.Generator:
    """Return a generator that draws the same every time."""
    return np.random.default_rng(1)
