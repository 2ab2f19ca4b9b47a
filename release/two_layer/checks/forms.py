"""The forms that a result of the course's functions can have: what is wrong with one, in words.

A form knows types, shapes and names, and nothing of values. Whatever means the same passes: a row of
labels with one axis or two, a number as an array of one entry, more results than are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

Values = dict[str, Any]
Shape = tuple[int | None, ...]


class Form(Protocol):
    """What a result should look like."""

    @property
    def name(self) -> str:
        """What the docstring calls it."""

    def type_fault(self, value: Any, v: Values) -> str:
        """Say what is wrong with its type, or nothing."""

    def shape_fault(self, value: Any, v: Values) -> str:
        """Say what is wrong with its shape, or nothing."""

    def said(self, value: Any) -> str:
        """Name its type and its shape, if it is the only result."""

    def part(self, value: Any) -> str:
        """Name it, if it is one of several results."""


@dataclass(frozen=True)
class Array:
    """An array of numbers: of the shape of the value `like`, or of `shape`; None is any size."""

    name: str
    like: str = ""
    shape: Callable[[Values], Shape] | None = None

    def type_fault(self, value: Any, v: Values) -> str:
        if value is None or _as_array(value) is None:
            return f"{self.name} is {_a(value)}, not an array of numbers"
        return ""

    def shape_fault(self, value: Any, v: Values) -> str:
        wanted = self.shape(v) if self.shape else np.shape(v[self.like])
        found = np.shape(value)
        same = len(found) == len(wanted) and all(w in (None, f) for w, f in zip(wanted, found, strict=True))
        if same:
            return ""
        sizes = ", ".join("any" if size is None else str(size) for size in wanted)
        asked = f"({sizes},)" if len(wanted) == 1 else f"({sizes})"
        return f"{self.name} has the shape {found}, where the docstring asks for {asked}"

    def said(self, value: Any) -> str:
        return f"{type(value).__name__}, shape {np.shape(value)}"

    def part(self, value: Any) -> str:
        return f"{self.name} {np.shape(value)}"


@dataclass(frozen=True)
class Number:
    """One number."""

    name: str

    def type_fault(self, value: Any, v: Values) -> str:
        if value is None:
            return f"{self.name} is None"
        array = _as_array(value)
        return "" if array is not None else f"{self.name} is {_a(value)}, not a number"

    def shape_fault(self, value: Any, v: Values) -> str:
        if np.size(value) == 1:
            return ""
        return f"{self.name} has the shape {np.shape(value)}, where one number is asked for"

    def said(self, value: Any) -> str:
        return "a number"

    def part(self, value: Any) -> str:
        return self.name


@dataclass(frozen=True)
class Numbers:
    """So many numbers, in a list or an array."""

    name: str
    count: int

    def type_fault(self, value: Any, v: Values) -> str:
        array = _as_array(value)
        return "" if array is not None else f"{self.name} is {_a(value)}, not a list of numbers"

    def shape_fault(self, value: Any, v: Values) -> str:
        if np.size(value) == self.count:
            return ""
        return f"{self.name} holds {np.size(value)} numbers, where {self.count} is asked for"

    def said(self, value: Any) -> str:
        return f"{self.count} numbers"

    def part(self, value: Any) -> str:
        return self.name


@dataclass(frozen=True)
class Labels:
    """A row of integers, one for each sample of the value `of`."""

    name: str
    of: str

    def type_fault(self, value: Any, v: Values) -> str:
        array = _as_array(value)
        if array is None:
            return f"{self.name} is {_a(value)}, not an array"
        if np.any(array != np.round(array)):
            return f"{self.name} holds numbers that are no integers"
        return ""

    def shape_fault(self, value: Any, v: Values) -> str:
        m, found = v[self.of].shape[1], np.shape(value)
        if found in ((1, m), (m,)):
            return ""
        return f"{self.name} has the shape {found}, where the docstring asks for (1, {m})"

    def said(self, value: Any) -> str:
        return f"labels, shape {np.shape(value)}"

    def part(self, value: Any) -> str:
        return f"{self.name} {np.shape(value)}"


@dataclass(frozen=True)
class Dict:
    """A dictionary with the given entries, and more if it likes."""

    entries: Callable[[Values], Mapping[Any, Form]]
    name: str = "the result"

    def type_fault(self, value: Any, v: Values) -> str:
        if value is None:
            return f"{self.name} is None"
        if not hasattr(value, "keys"):
            return f"{self.name} is {_a(value)}, not a dictionary"
        for key, form in self.entries(v).items():
            if key not in value:
                return f"{self.name} has no entry {key!r}"
            if fault := form.type_fault(value[key], v):
                return f"in {self.name}, {fault}"
        return ""

    def shape_fault(self, value: Any, v: Values) -> str:
        for key, form in self.entries(v).items():
            if fault := form.shape_fault(value[key], v):
                return f"in {self.name}, {fault}"
        return ""

    def said(self, value: Any) -> str:
        return f"dict with {', '.join(map(str, value))}"

    def part(self, value: Any) -> str:
        return self.name


@dataclass(frozen=True)
class Cache:
    """Whatever the forward pass leaves for the backward pass: only these two read it."""

    name: str = "cache"

    def type_fault(self, value: Any, v: Values) -> str:
        return f"{self.name} is None" if value is None else ""

    def shape_fault(self, value: Any, v: Values) -> str:
        return ""

    def said(self, value: Any) -> str:
        return self.name

    def part(self, value: Any) -> str:
        return self.name


class Tuple:
    """Several results, each with its form; more of them are no fault."""

    def __init__(self, *forms: Form) -> None:
        self.forms = forms
        self.name = ", ".join(form.name for form in forms)

    def type_fault(self, value: Any, v: Values) -> str:
        names = ", ".join(form.name for form in self.forms)
        if not isinstance(value, (tuple, list)):
            return f"it returns {_a(value)}, where {names} are asked for"
        if len(value) < len(self.forms):
            return f"it returns {len(value)} results, where {names} are asked for"
        return next(filter(None, (form.type_fault(one, v) for form, one in self._pairs(value))), "")

    def shape_fault(self, value: Any, v: Values) -> str:
        return next(filter(None, (form.shape_fault(one, v) for form, one in self._pairs(value))), "")

    def said(self, value: Any) -> str:
        return f"returns {', '.join(form.part(one) for form, one in self._pairs(value))}"

    def part(self, value: Any) -> str:
        return self.said(value)

    def _pairs(self, value: Any) -> Iterator[tuple[Form, Any]]:
        return zip(self.forms, value, strict=False)


@dataclass(frozen=True)
class Batches:
    """Pairs of samples and labels, in the number and the size that the values say."""

    name: str = "the batches"

    def type_fault(self, value: Any, v: Values) -> str:
        for pair in value:
            if not isinstance(pair, (tuple, list)) or len(pair) < 2:
                return f"it yields {_a(pair)}, where pairs of samples and labels are asked for"
        return ""

    def shape_fault(self, value: Any, v: Values) -> str:
        (n, m), size = v["X"].shape, v["batch_size"]
        if len(value) != m // size:
            return f"{m} samples in batches of {size} gave {len(value)} batches"
        for X, Y, *_ in value:
            if (np.shape(X), np.shape(Y)) != ((n, size), (1, size)):
                return f"a batch has the shapes {np.shape(X)} and {np.shape(Y)}"
        return ""

    def said(self, value: Any) -> str:
        return f"{len(value)} batches"

    def part(self, value: Any) -> str:
        return self.said(value)


def _a(value: Any) -> str:
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _as_array(value: Any) -> Any:
    """Return a value as an array of numbers, or None if it is not one."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    return array if array.dtype.kind in "buif" else None
