"""What became of a call: its result, or the exception, and the arguments that it changed; and how two differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .bank import ATOL, RTOL, Same
from .ladder import LADDER, Rung

NAMING = ("AttributeError", "KeyError", "NameError")  # what these say is what is wrong
Path = tuple[str | int, ...]  # the way into a result: the key of a dict, the place in a tuple
NOTHING = object()  # what a function has returned that has not come back


@dataclass(frozen=True)
class Outcome:
    """What became of one call.

    Parameters
    ----------
    value
        What it returned.
    error, text
        The type of the exception that it raised, by its name, and what that says; empty if it returned.
    changed
        The names of the arguments that are not what they were.
    returned
        What the function itself returned last, of which the call may take a part: a call that fails over it has
        an `error` and this.
    """

    value: Any = None
    error: str = ""
    text: str = ""
    changed: tuple[str, ...] = ()
    returned: Any = NOTHING

    @property
    def is_of_no_use(self) -> bool:
        """Whether the function returned, but not in the form that the call needs."""
        return bool(self.error) and self.returned is not NOTHING


@dataclass(frozen=True)
class Difference:
    """Where a result first parts from the right one: the rung of the ladder, the way there, both values there."""

    rung: Rung
    path: Path = ()
    theirs: Any = None
    right: Any = None


def difference(theirs: Outcome, right: Outcome, same: Same | None = None) -> Difference | None:
    """Return the first rung on which an outcome differs from the right one; None if it does not."""
    if theirs.error != right.error:
        if theirs.is_of_no_use:
            return Difference(Rung.form, (), theirs.returned, right.returned)
        return Difference(Rung.raises, (), theirs, right)
    if not theirs.error:
        found = _in_values(theirs.value, right.value, same)
        if found is not None:
            return found
    if set(theirs.changed) - set(right.changed):
        return Difference(Rung.side_effect, (), theirs.changed, right.changed)
    return None


def alike(one: Outcome, other: Outcome, same: Same | None = None) -> bool:
    """Return whether two wrong outcomes are the same."""
    if one.error or other.error:
        if one.is_of_no_use != other.is_of_no_use:
            return False
        return one.error == other.error and (one.error not in NAMING or one.text == other.text)
    if set(one.changed) != set(other.changed):
        return False
    if same is None:
        return _first(one.value, other.value, ()) is None
    return is_equal(one.value, other.value) or _is_same(same, one.value, other.value)


def is_equal(one: Any, other: Any) -> bool:
    """Return whether two values are the same to the last digit, and of the same types."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(is_equal(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(is_equal, one, other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
    return bool(one == other or (one != one and other != other))


def _is_same(same: Same, one: Any, other: Any) -> bool:
    try:
        return bool(same(one, other))
    except Exception:
        return False


def _in_values(theirs: Any, right: Any, same: Same | None) -> Difference | None:
    """Return the first difference between two results; a comparison of the bank's own may see none, or one more."""
    if same is None:
        return _first(theirs, right, ())
    if _is_same(same, theirs, right):
        return None
    return _first(theirs, right, ()) or Difference(Rung.value, (), theirs, right)


def _first(theirs: Any, right: Any, path: Path) -> Difference | None:
    """Return the first difference between two results, which may hold others."""
    if isinstance(right, Mapping):
        if not isinstance(theirs, Mapping) or set(theirs) != set(right):
            return Difference(Rung.form, path, theirs, right)
        return _worst(_first(theirs[key], right[key], (*path, key)) for key in right)
    if isinstance(right, tuple) or (isinstance(right, list) and not _is_numeric(right)):  # several results
        row = isinstance(theirs, np.ndarray) and theirs.ndim == 1
        if not (row or isinstance(theirs, (tuple, list))) or len(theirs) != len(right):
            return Difference(Rung.form, path, theirs, right)
        return _worst(_first(*pair, (*path, place)) for place, pair in enumerate(zip(theirs, right, strict=True)))
    return _of_numbers(theirs, right, path)


def _worst(found: Any) -> Difference | None:
    """Return the difference on the lowest rung, the first one of those."""
    there = [one for one in found if one is not None]
    return min(there, key=lambda one: LADDER.index(one.rung), default=None)


def _is_numeric(value: Any) -> bool:
    try:
        return np.asarray(value).dtype.kind in "biufc" and np.size(value) > 0
    except (ValueError, TypeError):
        return False


def _is_the_same_text(theirs: Any, right: Any) -> bool:
    """Return whether two values are the same that hold no number: texts, None, what is empty."""
    try:
        alike = type(theirs) is type(right) and np.size(theirs) == np.size(right)
        return alike and bool(np.size(right) == 0 or theirs == right)
    except ValueError:  # rows of different lengths
        return False


def _of_numbers(theirs: Any, right: Any, path: Path) -> Difference | None:
    if not _is_numeric(right):
        return None if _is_the_same_text(theirs, right) else Difference(Rung.form, path, theirs, right)
    if isinstance(theirs, (Mapping, str, tuple)) or not _is_numeric(theirs):
        return Difference(Rung.form, path, theirs, right)
    mine, given = np.asarray(right), np.asarray(theirs)
    if mine.shape != given.shape and not mine.size == given.size == 1:
        return Difference(Rung.shape, path, theirs, right)
    mine, given = mine.reshape(given.shape), given
    if np.allclose(given, mine, rtol=RTOL, atol=ATOL, equal_nan=True):
        return None
    if given.dtype.kind in "iu" and mine.dtype.kind == "f" and np.all(np.abs(given - mine) < 1):
        return Difference(Rung.integers, path, theirs, right)
    if not np.isfinite(given).all() and np.isfinite(mine).all():
        return Difference(Rung.not_finite, path, theirs, right)
    return Difference(Rung.value, path, theirs, right)
