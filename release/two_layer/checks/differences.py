"""Central differences: the slope of a function in each entry, and where a derivative differs.

It calls the function and looks at nothing else, so it knows no derivative of its own. `checks.py`
and the puzzles of the book judge with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

STEP = 1e-5  # the error of a central difference, and that of rounding, are below 1e-9 with it
KINK = 1e-3  # slopes to the left and to the right that differ by more do not belong to one tangent
# A right derivative may differ by this fraction: 1e-6 inside a logarithm is allowed.
CLOSE = 1e-4


@dataclass(frozen=True)
class Slopes:
    """The slopes of a function at a point, and in which entries it has one: not at a kink."""

    values: NDArray[np.float64]
    smooth: NDArray[np.bool_]


@dataclass(frozen=True)
class Difference:
    """The entry in which a derivative is farthest from the slope."""

    name: str
    entry: tuple[int, ...]
    yours: float
    numerical: float

    @property
    def place(self) -> str:
        """The entry as it is written in Python."""
        return self.name + (str(list(self.entry)) if self.entry else "")

    def sentence(self, function: str) -> str:
        """Say what is wrong in this entry; `function` is what was differentiated."""
        off = abs(self.yours - self.numerical)
        return (
            f"{self.place} is {_tidy(self.yours):.6g}, but central differences of {function} give "
            f"{_tidy(self.numerical):.6g}: it is off by {off:.3g}"
        )


def slopes(function: Callable[[NDArray[np.float64]], Any], at: ArrayLike) -> Slopes:
    """Return the slopes of a function of an array, which returns one number, at a point."""
    point = np.array(at, dtype=float)
    values, smooth = np.zeros(point.shape), np.zeros(point.shape, dtype=bool)
    here = _number(function(point.copy()))
    for entry in np.ndindex(point.shape):
        above, below = point.copy(), point.copy()
        above[entry] += STEP
        below[entry] -= STEP
        up, down = _number(function(above)), _number(function(below))
        values[entry] = (up - down) / (2 * STEP)
        bend = abs((up - here) - (here - down)) / STEP
        smooth[entry] = bend <= KINK * (1 + abs(values[entry]))
    return Slopes(values, smooth)


def differs(name: str, yours: Any, numerical: Slopes) -> Difference | None:
    """Return where a derivative of the same shape differs most from the slopes; None if nowhere."""
    derivative = np.asarray(yours, dtype=float)
    off = np.where(numerical.smooth, np.abs(derivative - numerical.values), 0.0)
    off[np.isnan(off)] = np.inf
    scale = max(0.1, float(np.max(np.abs(numerical.values[numerical.smooth]), initial=0.0)))
    if not off.size or not np.max(off) > CLOSE * scale:
        return None
    entry = tuple(int(i) for i in np.unravel_index(np.argmax(off), off.shape))
    return Difference(name, entry, float(derivative[entry]), float(numerical.values[entry]))


def farthest(yours: Any, numerical: Slopes) -> float:
    """Return the largest difference in the entries that have a slope."""
    off = np.abs(np.asarray(yours, dtype=float) - numerical.values)[numerical.smooth]
    return float(np.max(off, initial=0.0))


def shown(value: Any) -> str:
    """Write a small value as it is written in Python."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name!r}: {shown(one)}" for name, one in value.items()) + "}"
    if isinstance(value, tuple):
        return ", ".join(shown(one) for one in value)
    return str(np.round(value, 4).tolist()) if np.size(value) else "[]"


def apart(rng: np.random.Generator, *shape: int) -> NDArray[np.float64]:
    """Return tenths of both signs whose sizes are all different and at least 0.3."""
    count = int(np.prod(shape))
    sizes = rng.permutation(np.arange(3, 3 + count)) / 10
    return (sizes * rng.choice([-1.0, 1.0], count)).reshape(shape)


def _number(value: Any) -> float:
    return float(np.asarray(value, dtype=float).reshape(-1)[0]) if np.size(value) == 1 else np.nan


def _tidy(value: float) -> float:
    """Return a slope without what rounding leaves of a 0."""
    return 0.0 if abs(value) < 1e-8 else value
