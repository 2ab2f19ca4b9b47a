"""Strategies for what most inputs are made of: numbers that are easy to read, matrices of them, labels."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

# Hypothesis is imported only where something has failed: it takes a while. A strategy is kept, since it costs more to
# make one than to draw from it.


def up_to(most: float) -> tuple[float, ...]:
    """Return the halves of integers up to a number, both signs and 0, the simplest first."""
    return 0.0, *(sign * number / 2 for number in range(1, round(2 * most) + 1) for sign in (1, -1))


@cache
def halves(least: float = -3, most: float = 3) -> Any:
    """Return a strategy for halves of integers, both signs and 0, which shrink to 0."""
    from hypothesis import strategies as st

    return st.integers(round(2 * least), round(2 * most)).map(lambda number: number / 2)


SMALL = up_to(3)


@cache
def matrix(rows: int, columns: int, elements: Any = SMALL) -> Any:
    """Return a strategy for arrays (rows, columns) of floats.

    Its elements come out of a few numbers, the simplest first, or of a strategy, which takes several times as long.
    """
    from hypothesis import strategies as st

    if isinstance(elements, tuple):
        return _out_of(np.array(elements, dtype=float), rows * columns).map(
            lambda numbers: numbers.reshape(rows, columns)
        )
    entries = st.tuples(*[elements] * (rows * columns))
    return entries.map(lambda numbers: np.array(numbers, dtype=float).reshape(rows, columns))


@cache
def labels(classes: int, samples: int) -> Any:
    """Return a strategy for labels (1, samples), integers from 0 to classes - 1."""
    return _out_of(np.arange(classes), samples).map(lambda numbers: numbers.reshape(1, samples))


def _out_of(numbers: np.ndarray, size: int) -> Any:
    """Return a strategy for rows of some numbers, the simplest first: each is a single draw, and shrinks quickly."""
    from hypothesis import strategies as st

    def row(drawn: bytes) -> np.ndarray:
        return numbers[np.frombuffer(drawn, dtype=np.uint8) % len(numbers)]

    return st.binary(min_size=size, max_size=size).map(row)


@cache
def sizes(*ranges: tuple[int, int]) -> Any:
    """Return a strategy for sizes, one out of each range; most often all of them are different."""
    from hypothesis import strategies as st

    return st.tuples(*(st.integers(*ends) for ends in ranges))


def parameters(dims: Iterable[int], elements: tuple[float, ...] = SMALL) -> Any:
    """Return a strategy for a network's parameters: {"W1": (n1, n0), "b1": (n1, 1), ...}."""
    return _parameters(tuple(dims), elements)


@cache
def _parameters(widths: tuple[int, ...], elements: tuple[float, ...]) -> Any:
    shapes = {}
    for layer, (n_in, n_out) in enumerate(pairwise(widths), start=1):
        shapes[f"W{layer}"], shapes[f"b{layer}"] = (n_out, n_in), (n_out, 1)
    ends = np.cumsum([rows * columns for rows, columns in shapes.values()])

    def arrays(numbers: np.ndarray) -> dict[str, np.ndarray]:
        parts = np.split(numbers, ends[:-1])
        return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}

    return _out_of(np.array(elements, dtype=float), int(ends[-1])).map(arrays)
