"""The checks that a student can make before handing in, run with one function replaced: which of them notices that.

Each check is a function that returns whether all is well; one that raises an exception has noticed something too. They
never use the author's functions, which a student does not have.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from autograder.course.cells import code_cells
from autograder.course.course import Course
from bank.bench.learning import RATE, SEED, Array, Functions, Learning, Parameters

DIMS, SAMPLES = (5, 4, 3), 6
HALF = 1e-5  # of the interval over which a slope is measured
LARGEST_ERROR = 1e-4  # relative; right gradients stay below 1e-7
NEAR_START = 0.5  # a sound start of the course is at most 0.4 off ln 10
START_IMAGES = 200


class AbsoluteLoss(Learning):
    """The fit by absolute deviations of `foundations`: a loss and its derivative, without a training to be measured."""

    assignment = "foundations"
    checked = frozenset({"l1_loss", "l1_subgradient"})

    def start(self, functions: Functions) -> Parameters:
        """There is nothing to be trained."""
        raise NotImplementedError

    def loss(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Any:
        """Return the loss as the notebook's functions compute it."""
        return functions.l1_loss(X, Y, parameters["W1"])

    def step(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Parameters:
        """Return the parameters after one step."""
        return {"W1": parameters["W1"] - RATE * functions.l1_subgradient(X, Y, parameters["W1"])}

    def train(self, functions: Functions, data: Any) -> tuple[Any, float]:
        """There is nothing to be trained."""
        raise NotImplementedError


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Show nothing of what is printed or warned of, and let nothing be drawn without a seed."""
    given = np.random.default_rng
    np.random.seed(SEED)  # noqa: NPY002 - some mistakes draw with it

    def seeded(seed: Any = None) -> np.random.Generator:
        return given(SEED if seed is None else seed)

    np.random.default_rng = seeded
    try:
        with _silence():
            yield
    finally:
        np.random.default_rng = given


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def small_problem(learning: Learning) -> tuple[Array, Array, Parameters]:
    """Return a few samples and a small network, in which nothing is 0."""
    rng = np.random.default_rng(3)
    X = rng.uniform(0.1, 1, (DIMS[0], SAMPLES))
    if isinstance(learning, AbsoluteLoss):
        return X, rng.standard_normal((1, SAMPLES)), {"W1": rng.standard_normal((DIMS[0], 1))}
    parameters = {}
    for layer, (n_in, n_out) in enumerate(pairwise(DIMS), 1):
        parameters[f"W{layer}"] = rng.standard_normal((n_out, n_in))
        parameters[f"b{layer}"] = 0.5 * rng.standard_normal((n_out, 1))
    return X, rng.permutation(np.arange(SAMPLES) % DIMS[-1])[np.newaxis], parameters


def number(value: Any) -> float:
    """Return a loss as a number; what is not one number is nan."""
    return float(np.asarray(value, dtype=float).item()) if np.size(value) == 1 else np.nan


def copied(parameters: Parameters) -> Parameters:
    """Return fresh copies, which a function may change."""
    return {name: value.copy() for name, value in parameters.items()}


def error(one: Any, other: Any) -> float:
    """Return the relative error of two gradients, `eq:relative-error`."""
    one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if one.shape != other.shape:
        return np.inf
    size = np.linalg.norm(one) + np.linalg.norm(other)
    return float(np.linalg.norm(one - other) / size) if size else 0.0


def used_gradient(learning: Learning, functions: Functions, X: Array, Y: Array, at: Parameters) -> Parameters:
    """Return the gradient that a step has used, `eq:implied-gradient`."""
    after = learning.step(functions, X.copy(), Y.copy(), copied(at))
    return {name: (value - np.asarray(after[name])) / RATE for name, value in at.items()}


def gradient_is_right(learning: Learning, functions: Functions) -> bool:
    """Return whether the step uses the gradient of the loss, measured by central differences."""
    X, Y, parameters = small_problem(learning)
    if not learning.batches:
        X, Y = X[:, :1], Y[:, :1]

    def loss_at(name: str, place: tuple[int, ...], moved: float) -> float:
        there = copied(parameters)
        there[name][place] += moved
        return number(learning.loss(functions, X.copy(), Y.copy(), there))

    used = used_gradient(learning, functions, X, Y, parameters)
    for name, value in parameters.items():
        measured = np.zeros(value.shape)
        for place in np.ndindex(value.shape):
            measured[place] = (loss_at(name, place, HALF) - loss_at(name, place, -HALF)) / (2 * HALF)
        if not error(used[name], measured) < LARGEST_ERROR:
            return False
    return True


def doubling_changes_nothing(learning: Learning, functions: Functions) -> bool:
    """Return whether loss and gradient stay the same when each sample stands in the batch twice."""
    X, Y, parameters = small_problem(learning)
    once, twice = (X, Y), (np.hstack([X, X]), np.hstack([Y, Y]))
    losses = [number(learning.loss(functions, x.copy(), y.copy(), copied(parameters))) for x, y in (once, twice)]
    if not np.isclose(losses[0], losses[1], rtol=LARGEST_ERROR):
        return False
    used = [used_gradient(learning, functions, *batch, parameters) for batch in (once, twice)]
    return all(error(used[0][name], used[1][name]) < LARGEST_ERROR for name in parameters)


def start_knows_nothing(learning: Learning, functions: Functions) -> bool:
    """Return whether the loss of an untrained network on ten classes is near ln 10."""
    X, Y, *_ = learning.data()
    loss = number(learning.loss(functions, X[:, :START_IMAGES], Y[:, :START_IMAGES], learning.start(functions)))
    return bool(abs(loss - np.log(10)) < NEAR_START)


@cache
def visible_tests(course: Course, assignment: str) -> dict[str, str]:
    """Return the text of each visible test of an assignment, by its id."""
    cells = code_cells(course.read_source(assignment))
    return {str(cell.id): cell.source for cell in cells if str(cell.id).endswith("-visible")}


def visible_test_passes(course: Course, assignment: str, exercise: str, functions: Functions) -> bool:
    """Return True; a failing test raises its error."""
    test = f"test-{exercise}-visible"
    exec(compile(visible_tests(course, assignment)[test], f"<{test}>", "exec"), vars(functions).copy())
    return True


def notice(
    course: Course, learning: Learning | None, exercise: str, assignment: str, functions: Functions
) -> list[str]:
    """Return which checks notice that one of the functions is wrong."""
    checks: dict[str, Any] = {}
    if learning is not None:
        if not isinstance(learning, AbsoluteLoss):
            checks["start"] = lambda: start_knows_nothing(learning, functions)
        checks["gradient"] = lambda: gradient_is_right(learning, functions)
        if learning.batches:
            checks["double"] = lambda: doubling_changes_nothing(learning, functions)
    checks["visible"] = lambda: visible_test_passes(course, assignment, exercise, functions)
    return [name for name, check in checks.items() if not _is_well(check)]


def _is_well(check: Any) -> bool:
    with quiet():
        try:
            return bool(check())
        except Exception:
            return False
