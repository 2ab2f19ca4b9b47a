"""Strategies for what most inputs are made of: numbers that are easy to read, matrices of them, labels."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np

HALVES = np.array([0.0, *(sign * number / 2 for number in range(1, 7) for sign in (1, -1))])

# Hypothesis is imported only where something has failed: it takes a while.


def halves(least: float = -3, most: float = 3) -> Any:
    """Return a strategy for halves of integers, both signs and 0, which shrink to 0."""
    from hypothesis import strategies as st

    return st.integers(round(2 * least), round(2 * most)).map(lambda number: number / 2)


def matrix(rows: int, columns: int, elements: Any = None) -> Any:
    """Return a strategy for arrays (rows, columns) of floats: of halves, unless other elements are named."""
    from hypothesis import strategies as st

    if elements is None:
        return _out_of(HALVES, rows, columns)
    entries = st.tuples(*[elements] * (rows * columns))
    return entries.map(lambda numbers: np.array(numbers, dtype=float).reshape(rows, columns))


def labels(classes: int, samples: int) -> Any:
    """Return a strategy for labels (1, samples), integers from 0 to classes - 1."""
    return _out_of(np.arange(classes), 1, samples)


def _out_of(numbers: np.ndarray, rows: int, columns: int) -> Any:
    """Return a strategy for arrays of some numbers, the simplest first: each is a single draw, and shrinks quickly."""
    from hypothesis import strategies as st

    def array(drawn: bytes) -> np.ndarray:
        return numbers[np.frombuffer(drawn, dtype=np.uint8) % len(numbers)].reshape(rows, columns)

    size = rows * columns
    return st.binary(min_size=size, max_size=size).map(array)


def sizes(*ranges: tuple[int, int]) -> Any:
    """Return a strategy for sizes, one out of each range; most often all of them are different."""
    from hypothesis import strategies as st

    return st.tuples(*(st.integers(*ends) for ends in ranges))


def parameters(dims: Iterable[int], elements: Any = None) -> Any:
    """Return a strategy for a network's parameters: {"W1": (n1, n0), "b1": (n1, 1), ...}."""
    from hypothesis import strategies as st

    widths = list(dims)
    shapes: dict[str, Any] = {}
    for layer, (n_in, n_out) in enumerate(pairwise(widths), start=1):
        shapes[f"W{layer}"] = matrix(n_out, n_in, elements)
        shapes[f"b{layer}"] = matrix(n_out, 1, elements)
    return st.fixed_dictionaries(shapes)
