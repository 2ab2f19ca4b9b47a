"""What tests leave behind in the test process: their names stay for later cells, as long as they are small together.

A test binds what the student's functions give it. Each value is bounded while it crosses; this bounds all of them.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Collection, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from .bounds import LARGEST_KEPT
from .codecs import sparse

CONTAINERS = (list, tuple, set, frozenset, deque)


class Kept:
    """How much memory the names hold that tests have bound."""

    def __init__(self) -> None:
        self.sizes: dict[tuple[int, str], int] = {}

    def forget_large(self, names: dict[str, Any], bound: Collection[str], place: int) -> list[str]:
        """Delete those of the `bound` names for which there is no room; return them.

        Parameters
        ----------
        names
            Where they are bound.
        place
            Of the test: what it binds is kept apart from what tests at other places bind under the same name.
        """
        here = {name: dict.__getitem__(names, name) for name in bound if dict.__contains__(names, name)}
        for name in bound:
            self.sizes.pop((place, name), None)
        left, forgotten = LARGEST_KEPT - sum(self.sizes.values()), []
        sizes = {name: size_of(value, LARGEST_KEPT) for name, value in here.items()}
        for name in sorted(sizes, key=lambda name: (sizes[name], name)):  # as many as there is room for
            if sizes[name] > left:
                forgotten.append(name)
                dict.__delitem__(names, name)
                continue
            left -= sizes[name]
            self.sizes[place, name] = sizes[name]
        return forgotten


def size_of(value: Any, enough: int) -> int:
    """Return about how many bytes a value holds; what is more than `enough` is not counted to its end."""
    size, seen, waiting = 0, set[int](), [value]
    while waiting and size <= enough:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        size += _own_size(part)
        waiting += _parts(part)
    return size


def _own_size(value: Any) -> int:
    if isinstance(value, np.ndarray):
        held = value.base.nbytes if isinstance(value.base, np.ndarray) else 0
        return max(value.nbytes, held)  # a view holds all that it looks at, and crosses as what it shows
    return sys.getsizeof(value)  # of a table of pandas', that is all it holds


def _parts(value: Any) -> Iterator[Any]:
    if sparse.codec_of(value) is not None:  # a dict by descent, one kind of them, and empty as that
        yield from vars(value).values()
    elif isinstance(value, dict):
        yield from dict.keys(value)
        yield from dict.values(value)
    elif isinstance(value, CONTAINERS):
        yield from value
    elif isinstance(value, np.ndarray) and value.dtype == object:  # of a sparse matrix' lists
        yield from value.flat
    elif isinstance(value, Fraction):
        yield from (value.numerator, value.denominator)
    elif type(value).__module__ == "__main__" and hasattr(value, "__dict__"):  # of a class of the notebook's
        yield from vars(value).values()
