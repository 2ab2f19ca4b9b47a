"""What wrong values have to do with the right ones, on all inputs alike: a factor, a sign, a place, an order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .ladder import Relation

ROUNDING = 1e-6


@dataclass(frozen=True)
class Pair:
    """A wrong array, the right one of the same shape, and the input that they belong to."""

    theirs: np.ndarray
    right: np.ndarray
    drawn: Mapping[str, Any] = field(default_factory=dict)


def relation(pairs: list[Pair]) -> Relation | None:
    """Return what holds between wrong and right values on all inputs; the simplest one comes first."""
    telling = [pair for pair in pairs if np.any(pair.right) and np.isfinite(pair.theirs).all()]
    if len(telling) < 2 or not any(_differs(pair) for pair in telling):  # what is wrong does not show here
        return None
    if any(pair.theirs.shape != pair.right.shape for pair in telling):
        return Relation("transposed") if all(map(_is_transposed, telling)) else None
    for look in LOOKS:
        with np.errstate(all="ignore"):
            found = look(telling)
        if found is not None and np.isfinite(found.number):  # huge numbers can overflow on the way
            return found
    return None


def _factor(pairs: list[Pair]) -> Relation | None:
    ratios = [_ratio(pair) for pair in pairs]
    if any(ratio is None for ratio in ratios) or not _all_close(ratios, [ratios[0]] * len(ratios)):
        return None
    number = float(ratios[0] or 0.0)
    return Relation("sign", -1.0) if abs(number + 1) < ROUNDING else Relation("factor", number)


def _ratio(pair: Pair) -> float | None:
    """Return the number by which all entries are too large; None if there is no such number, or it is 0."""
    scale = float(np.sum(pair.theirs * pair.right) / np.sum(pair.right * pair.right))
    if abs(scale) < ROUNDING or not np.allclose(pair.theirs, scale * pair.right, rtol=ROUNDING, atol=1e-9):
        return None
    return scale


def _factor_of_a_size(pairs: list[Pair]) -> Relation | None:
    ratios = [_ratio(pair) for pair in pairs]
    if any(ratio is None for ratio in ratios):
        return None
    for words, sizes in _sizes(pairs):
        for text, sign in ((words, 1), (f"1 / {words}", -1), (f"-{words}", 1), (f"-1 / {words}", -1)):
            wanted = [(-1 if text.startswith("-") else 1) * float(size) ** sign for size in sizes]
            if _all_close(ratios, wanted):
                return Relation("factor", wanted[-1], text)
    return None


def _sizes(pairs: list[Pair]) -> Iterator[tuple[str, list[int]]]:
    """Yield the sizes of the input's arrays that change from input to input, with words for each.

    Inputs of another kind may lack an array, or have a number in its place: such a size explains nothing.
    """
    for name, value in pairs[0].drawn.items():
        if any(name not in pair.drawn or np.ndim(pair.drawn[name]) != np.ndim(value) for pair in pairs):
            continue
        for axis, word in enumerate(("rows", "columns")[: np.ndim(value)] if np.ndim(value) == 2 else ()):
            sizes = [np.shape(pair.drawn[name])[axis] for pair in pairs]
            if all(sizes) and len(set(sizes)) > 1:
                yield f"the number of {word} of {name}", sizes


def _all_close(found: Iterable[float | None], wanted: Iterable[float | None]) -> bool:
    return bool(np.allclose([x or 0.0 for x in found], [x or 0.0 for x in wanted], rtol=ROUNDING))


def _offset(pairs: list[Pair]) -> Relation | None:
    offsets = [float(np.mean(pair.theirs - pair.right)) for pair in pairs]
    exact = all(np.allclose(pair.theirs - pair.right, off) for pair, off in zip(pairs, offsets, strict=True))
    return Relation("offset", offsets[0]) if exact and _all_close(offsets, [offsets[0]] * len(pairs)) else None


def _transposed(pairs: list[Pair]) -> Relation | None:
    return Relation("transposed") if all(map(_is_transposed, pairs)) else None


def _is_transposed(pair: Pair) -> bool:
    return pair.theirs.shape == pair.right.T.shape and np.allclose(pair.theirs, pair.right.T)


def _signs(pairs: list[Pair]) -> Relation | None:
    exact = all(np.allclose(np.abs(pair.theirs), np.abs(pair.right)) for pair in pairs)
    return Relation("signs") if exact else None


def _order(pairs: list[Pair]) -> Relation | None:
    exact = all(np.allclose(np.sort(pair.theirs, axis=None), np.sort(pair.right, axis=None)) for pair in pairs)
    return Relation("order") if exact else None


def _wrong(pair: Pair) -> np.ndarray:
    return ~np.isclose(pair.theirs, pair.right, rtol=ROUNDING, atol=1e-9)


def _differs(pair: Pair) -> bool:
    with np.errstate(all="ignore"):
        return pair.theirs.shape != pair.right.shape or bool(_wrong(pair).any())


def _zeros(pairs: list[Pair]) -> Relation | None:
    """Look whether only those entries are wrong at whose place an input is 0."""

    def explains(pair: Pair) -> bool:
        same = [value for value in pair.drawn.values() if np.shape(value) == pair.right.shape]
        return any(not np.any(_wrong(pair) & (np.asarray(value) != 0)) for value in same)

    return Relation("zeros") if all(map(explains, pairs)) else None


def _each_line(pairs: list[Pair]) -> Relation | None:
    """Look whether every column, or every row, is the right one times a factor of its own."""
    if any(np.ndim(pair.right) != 2 for pair in pairs):
        return None
    matrices = [pair for pair in pairs if min(pair.right.shape) > 1]
    for kind, turned in (("columns", np.transpose), ("rows", np.asarray)):
        factors = [
            [_ratio(Pair(*line)) for line in zip(turned(pair.theirs), turned(pair.right), strict=True) if line[1].any()]
            for pair in matrices
        ]
        exact = not any(None in found for found in factors)
        if exact and any(not _all_close(found, found[:1] * len(found)) for found in factors):
            return Relation(kind)
    return None


def _one_place(pairs: list[Pair]) -> Relation | None:
    """Look whether only one row or one column is wrong, the same one everywhere, counted from either end."""
    matrices = [pair for pair in pairs if np.ndim(pair.right) == 2]
    if matrices != pairs:
        return None
    for axis, kind in enumerate(("row", "column")):
        if all(pair.right.shape[axis] < 2 for pair in pairs):
            continue
        places = [np.flatnonzero(_wrong(pair).any(axis=1 - axis)) for pair in pairs]
        if any(len(place) != 1 for place in places):
            continue
        ends: tuple[tuple[int, Callable[[int, Pair], int]], ...] = (
            (1, lambda place, pair: place),
            (-1, lambda place, pair: place - pair.right.shape[axis]),  # noqa: B023 - used at once
        )
        for sign, count in ends:
            found = {count(int(place[0]), pair) for place, pair in zip(places, pairs, strict=True)}
            if len(found) == 1:
                return Relation(kind, float(found.pop() + (1 if sign > 0 else 0)))
    return None


LOOKS = (_factor, _factor_of_a_size, _offset, _transposed, _signs, _order, _zeros, _one_place, _each_line)
