"""Finds expressions of the book that compute what a graded function returns, whatever their names are.

A program of its own, as `leak_runner` is: reads a JSON list of pages, each a list of code blocks, on standard input
and prints the JSON list of each page's leaks, `[expression, exercise]`, as its last line. An expression leaks an
exercise if it gives the function's result for inputs that are bound to its free names in some order, with samples in
columns or in rows; where a function returns several arrays, if expressions of one block give them all.
"""

from __future__ import annotations

import contextlib
import copy
import json
import signal
import sys
import warnings
from collections.abc import Iterator, Mapping
from itertools import permutations, product
from typing import Any

import numpy as np
from leak_candidates import BUILTINS, Candidate, candidates, functions_on
from leak_inputs import CALLS, SHAPES, Values, forms, inputs, shifted

from autograder import reference

SIZES = ("m", "n", "every class", "every sample")
LIMIT = 0.1  # seconds of the processor for a candidate
PARTED = (np.ndarray, Mapping, list, tuple)
Recipe = tuple[tuple[str, bool, int], ...]  # for each name an input or a size, whether in rows, the number of its form
Code = tuple[Any, Any]
Places = tuple[int, ...]
Title = tuple[str, int, bool]  # the exercise, which of its arrays, whether in rows


def bound(recipe: Recipe, values: Values) -> list[Any]:
    """Return the values of a candidate's names, in their order."""
    classes, samples = np.arange(values["Z"].shape[0]), np.arange(values["Z"].shape[1])
    sizes = dict(zip(SIZES, (samples.size, classes.size, classes[:, np.newaxis], samples), strict=True))
    found = [sizes[given] if given in sizes else forms(given, values)[rows][form] for given, rows, form in recipe]
    for value in found:
        for array in value.values() if isinstance(value, dict) else [value]:
            if isinstance(array, np.ndarray):
                array.flags.writeable = False  # a page's function may change what it gets
    return found


def recipes(
    count: int, numbers: tuple[tuple[int, bool], ...], calls: Places, needed: tuple[str, ...], values: Values
) -> Iterator[Recipe]:
    """Yield the ways to bind `count` names to the inputs that are needed; what is left over gets a size.

    Names at the places `numbers` get single numbers (those with True, integers), and those at `calls` no labels as
    columns of a 1 and zeros.
    """
    layouts = [rows for rows in (False, True) if not rows or any(np.ndim(values[name]) == 2 for name in needed)]
    for places, rows in product(permutations(range(count), len(needed)), layouts):
        # Labels as columns of a 1 and zeros are no input of the exercise that makes them.
        most = [2 if name == "Y" and "n_classes" in needed else 3 for name in needed]
        choices = [range(len(forms(name, values)[rows][:n])) for name, n in zip(needed, most, strict=True)]
        for picked, sizes in product(product(*choices), product(SIZES, repeat=count - len(needed))):
            found = {place: (name, rows, form) for place, name, form in zip(places, needed, picked, strict=True)}
            rest = (place for place in range(count) if place not in places)
            found |= {place: (size, rows, 0) for place, size in zip(rest, sizes, strict=True)}
            fits = all(is_number(found[place][0], values, whole) for place, whole in numbers)
            if fits and not any(found[place][0] == "Y" and found[place][2] == 2 for place in calls):
                yield tuple(found[place] for place in range(count))


def is_number(given: str, values: Values, whole: bool) -> bool:
    """Return whether an input or a size is a single number, and whether it counts something if `whole` says so."""
    return given in ("m", "n", "n_classes", "y") if whole else isinstance(values.get(given), float)


def arrays(value: Any) -> list[np.ndarray]:
    """Return the arrays in a result: itself, or those of its parts."""
    if isinstance(value, Mapping):
        return [array for part in value.values() for array in arrays(part)]
    if isinstance(value, (tuple, list)) and any(isinstance(part, PARTED) for part in value):
        parts = value if len(value) < 4 else [part for part in value if isinstance(part, PARTED)]
        return [array for part in parts for array in arrays(part)]
    with contextlib.suppress(ValueError, TypeError):
        return [np.asarray(value, dtype=float)]
    return []


def is_same(one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two arrays hold the same numbers, one perhaps transposed or without an axis of length 1."""
    if one.size != other.size or not abs(one.sum() - other.sum()) < 1e-4 * (1 + np.abs(other).sum()):
        return False
    one, other = one.squeeze(), other.squeeze()
    turned = one.T if one.ndim == 2 else one
    return any(a.shape == other.shape and np.allclose(a, other, rtol=1e-5, atol=1e-6) for a in (one, turned))


class Part:
    """One array that a graded function returns, and the inputs that it depends on."""

    def __init__(self, exercise: str, number: int, results: list[np.ndarray], needed: tuple[str, ...]) -> None:
        self.title = exercise, number
        self.results = results
        self.needed = needed


def parts() -> list[Part]:
    """Return all arrays of all calls but those that do not depend on an input."""
    found, sets = [], [inputs(number) for number in range(len(SHAPES))]
    for assignment, calls in CALLS.items():
        names = vars(reference(assignment))
        for exercise, call in calls.items():

            def results(values: Values, call: str = call, names: Values = names) -> list[np.ndarray]:
                return arrays(eval(call, dict(names), copy.deepcopy(values)))

            right = [results(values) for values in sets]
            given = [name for name in sets[0] if name in set(compile(call, "", "eval").co_names)]
            for number in range(len(right[0])):
                depends = tuple(name for name in given if any(moves(results, one, name, number) for one in sets))
                found.append(Part(exercise, number, [one[number] for one in right], depends))
    return [part for part in found if part.needed]


def moves(results: Any, values: Values, name: str, number: int) -> bool:
    """Return whether an array of a result changes if one input does."""
    other = {**values, name: shifted(name, values)}
    before, after = results(values)[number], results(other)[number]
    return before.shape != after.shape or not np.allclose(before, after)


class Late(BaseException):
    """A candidate has taken too long."""


def _late(*_: Any) -> None:
    raise Late


class Search:
    """Tries candidates on the inputs of all graded functions."""

    def __init__(self) -> None:
        self.sets = [inputs(number) for number in range(len(SHAPES))]
        self.ways: dict[Any, list[tuple[Recipe, list[Any]]]] = {}
        self.by_need: dict[tuple[str, ...], list[Part]] = {}
        for part in parts():
            self.by_need.setdefault(part.needed, []).append(part)
        self.all = {exercise: set() for calls in CALLS.values() for exercise in calls}
        for part in (one for group in self.by_need.values() for one in group):
            self.all[part.title[0]].add(part.title[1])
        signal.signal(signal.SIGVTALRM, _late)

    def matched(self, one: Candidate, functions: Values) -> set[Title]:
        """Return which arrays of which exercises a candidate computes."""
        code, found = one.code(), set()
        closest = sorted(self.by_need.items(), key=lambda item: -len(item[0]))
        ways = [(group, self._ways(one.names, needed)) for needed, group in closest]
        signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
        with contextlib.suppress(Late):
            try:
                for group, recipe, values in ((group, *way) for group, some in ways for way in some):
                    if got := arrays(computed(code, one, values, functions)):
                        left = [part for part in group if any(is_same(array, part.results[0]) for array in got)]
                        found |= self._confirmed(code, one, recipe, left, functions)
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return found

    def _ways(self, names: tuple[str, ...], needed: tuple[str, ...]) -> list[tuple[Recipe, list[Any]]]:
        """Return how names can be bound, each with their values in the first set of inputs."""
        if not 0 <= len(names) - len(needed) <= 1:
            return []
        numbers = tuple((place, name == "count") for place, name in enumerate(names) if name in ("number", "count"))
        calls = tuple(place for place, name in enumerate(names) if name.startswith("call"))
        key = len(names), numbers, calls, needed
        if key not in self.ways:
            self.ways[key] = [(recipe, bound(recipe, self.sets[0])) for recipe in recipes(*key, self.sets[0])]
        return self.ways[key]

    def _confirmed(self, code: Code, one: Candidate, recipe: Recipe, left: list[Part], functions: Values) -> set[Title]:
        """Return which of the arrays are computed from the other sets of inputs, too."""
        for number, values in list(enumerate(self.sets))[1:] if left else ():
            got = arrays(computed(code, one, bound(recipe, values), functions))
            left = [part for part in left if any(is_same(array, part.results[number]) for array in got)]
        rows = any(rows for _, rows, _ in recipe)
        return {(*part.title, rows) for part in left}


def computed(code: Code, one: Candidate, values: list[Any], functions: Values) -> Any:
    """Return what a candidate gives; None if it raises an exception."""
    before, value = code
    given = copy.deepcopy(values) if one.mutates else [dict(v) if isinstance(v, dict) else v for v in values]
    names = {"__builtins__": BUILTINS, "np": np, **functions, **dict(zip(one.names, given, strict=True))}
    try:
        if before is not None:
            exec(before, names)
        return eval(value, names)
    except Exception:
        return None


def leaks(page: list[str], search: Search, known: dict[str, set[Title]]) -> list[tuple[str, str]]:
    """Return a page's expressions and the exercises that they solve; `known` keeps what is known of a candidate."""
    functions = functions_on(page)
    by_block: dict[int, dict[Title, str]] = {}
    for one in candidates("", page, set(functions)):
        key = one.key + "".join(sorted(name for name in functions if name in one.key))
        if key not in known:
            known[key] = search.matched(one, functions)
        for title in known[key]:
            shortest = by_block.setdefault(next(iter(one.places))[1], {})
            shortest[title] = min(shortest.get(title, one.text), one.text, key=len)
    found = set()
    for shortest in by_block.values():
        for (exercise, wanted), rows in product(search.all.items(), (False, True)):
            titles = [(exercise, number, rows) for number in wanted]
            if wanted and all(title in shortest for title in titles):
                found.add(("\n".join(sorted({shortest[title] for title in titles})), exercise))
    return sorted(found)


def main(pages: list[list[str]]) -> list[list[tuple[str, str]]]:
    """Return the leaks of each page."""
    search, known = Search(), {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = [leaks(page, search, known) for page in pages]
    assert np.array_equal(search.sets[0]["Z"], inputs(0)["Z"]), "A page has changed the inputs; nothing is found then."
    return found


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
