"""Strategies for what most inputs are made of: numbers that are easy to read, matrices of them, labels."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

# Hypothesis is imported only where something has failed: it takes a while. A strategy is kept, since it costs more to
# make one than to draw from it.


@cache
def halves(least: float = -3, most: float = 3) -> Any:
    """Return a strategy for halves of integers, both signs and 0, which shrink to 0."""
    from hypothesis import strategies as st

    return st.integers(round(2 * least), round(2 * most)).map(lambda number: number / 2)


@cache
def matrix(rows: int, columns: int, elements: Any = None) -> Any:
    """Return a strategy for arrays (rows, columns) of floats: of halves, unless other elements are named."""
    from hypothesis import strategies as st

    size = rows * columns
    entries = st.lists(halves() if elements is None else elements, min_size=size, max_size=size)
    return entries.map(lambda numbers: np.array(numbers, dtype=float).reshape(rows, columns))


@cache
def labels(classes: int, samples: int) -> Any:
    """Return a strategy for labels (1, samples), integers from 0 to classes - 1."""
    from hypothesis import strategies as st

    entries = st.lists(st.integers(0, classes - 1), min_size=samples, max_size=samples)
    return entries.map(lambda numbers: np.array(numbers, dtype=int).reshape(1, samples))


@cache
def sizes(*ranges: tuple[int, int]) -> Any:
    """Return a strategy for sizes, one out of each range; most often all of them are different."""
    from hypothesis import strategies as st

    return st.tuples(*(st.integers(*ends) for ends in ranges))


def parameters(dims: Iterable[int], elements: Any = None) -> Any:
    """Return a strategy for a network's parameters: {"W1": (n1, n0), "b1": (n1, 1), ...}."""
    return _parameters(tuple(dims), elements)


@cache
def _parameters(widths: tuple[int, ...], elements: Any) -> Any:
    from hypothesis import strategies as st

    shapes: dict[str, Any] = {}
    for layer, (n_in, n_out) in enumerate(pairwise(widths), start=1):
        shapes[f"W{layer}"] = matrix(n_out, n_in, elements)
        shapes[f"b{layer}"] = matrix(n_out, 1, elements)
    drawn = st.fixed_dictionaries(shapes)  # in whatever order
    return drawn.map(lambda arrays: {name: arrays[name] for name in shapes})
