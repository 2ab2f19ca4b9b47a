"""The ladder that a function climbs: written, runs, type, shape, inputs, central differences.

It prints how far a function gets, and what is wrong on the next rung with the smallest input that shows it.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import random
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .differences import Slopes, differs, farthest, shown, slopes
from .forms import Values
from .functions import FUNCTIONS
from .known import Draw, Known
from .networks import NETWORK_FUNCTIONS

KNOWN = {**FUNCTIONS, **NETWORK_FUNCTIONS}
DRAWS = 3  # cases of each size
MOST = 200  # characters of an input that are printed
NO_GRADE = "check compares your derivative with your own forward function; the graded tests look at more."
NO_FORWARD = (
    "There is no forward function to compare with: write {}(z) for one sample in a cell of your own, and check uses it."
)
NO_VALUES = "Whether the values are right, check cannot tell here: see the visible test. The graded tests look at more."


class _FaultError(Exception):
    """What is wrong on a rung, in a sentence."""


@dataclass
class _Case:
    """One input, and what the function made of it."""

    values: Values
    arguments: tuple[Any, ...] = ()
    result: Any = None
    changed: bool = False


@dataclass
class _Climb:
    """How far a function has come: what to print."""

    name: str
    rungs: list[str] = field(default_factory=list)
    fault: str = ""
    remarks: list[str] = field(default_factory=list)


class _Own:
    """The functions of the student's notebook as attributes; each gets copies of its arguments."""

    def __init__(self, names: Mapping[str, Any], asked: str, function: Callable[..., Any]) -> None:
        self._names, self._asked, self._function = names, asked, function

    def __getattr__(self, name: str) -> Callable[..., Any]:
        found = self._function if name == self._asked else self._names.get(name)
        if not callable(found):
            raise _FaultError(f"it needs your {name}, which is not defined: run its cell first")

        def call(*arguments: Any) -> Any:
            try:
                return found(*deepcopy(arguments))
            except Exception as error:
                if name == self._asked:
                    raise
                raise _FaultError(f"your {name} fails on its input: run check({name}) first") from error

        return call


def check(function: Any, names: Mapping[str, Any]) -> None:
    """Print how far a function comes, and what is wrong with it.

    `names` are those of the caller; the names that the function itself sees come first.
    """
    names = {**names, **getattr(_unwrapped(function), "__globals__", {})}
    name = _name(function, names)
    if not name:
        print(_no_function(function))
        return
    with _undisturbed(), contextlib.redirect_stdout(io.StringIO()):
        climb = _climb(name, function, names, _Own(names, name, function))
    print(f"{name}: {', '.join(climb.rungs) or climb.fault}.")
    if climb.rungs and climb.fault:
        print(f"Wrong: {climb.fault}.")
    for remark in climb.remarks:
        print(remark)


def _unwrapped(function: Any) -> Any:
    try:
        return inspect.unwrap(function)
    except ValueError:
        return function


def _name(function: Any, names: Mapping[str, Any]) -> str:
    """Return the name that the table knows a function by."""
    if not callable(function):
        return ""
    own = getattr(function, "__name__", "")
    bound = (name for name in KNOWN if names.get(name) is function)
    return own if own in KNOWN else next(bound, "")


def _no_function(given: Any) -> str:
    if not callable(given):
        what = "a text" if isinstance(given, str) else f"{_type(given)}"
        return f"check takes the function itself, as in check(relu), and got {what}."
    name = getattr(given, "__name__", type(given).__name__)
    return f"check does not know {name}. It knows the functions of the exercises, under their own names."


def _type(value: Any) -> str:
    """Name the type of a value, as in a sentence."""
    return "None" if value is None else f"a value of the type {type(value).__name__}"


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep the state of the random numbers as it is, and warnings quiet."""
    state, other = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
        random.setstate(other)


def _climb(name: str, function: Callable[..., Any], names: Mapping[str, Any], own: _Own) -> _Climb:
    known, climb = _known(name, function), _Climb(name)
    try:
        cases = _cases(known)
        _run(climb, known, own, function, cases)
        _look(climb, known, cases)
        _leave_alone(climb, cases)
        if known.loss is None:
            climb.remarks.append(NO_VALUES)
        else:
            _compare(climb, known, own, names, cases)
    except _FaultError as fault:
        climb.fault = str(fault)
    except Exception as error:  # a result of a kind that nobody has thought of
        climb.fault = f"check cannot read the result ({type(error).__name__}: {error})"
    return climb


def _known(name: str, function: Callable[..., Any]) -> Known:
    """Return what is known of a function: where assignments differ, what fits its arguments."""
    first, *others = KNOWN[name]
    if others:
        with contextlib.suppress(TypeError, ValueError):
            count = len(inspect.signature(function).parameters)
            return next((one for one in (first, *others) if one.arguments == count), first)
    return first


def _cases(known: Known) -> list[_Case]:
    """Return the inputs, the smallest first."""
    drawn = ((size, Draw(seed)) for size in known.sizes for seed in range(DRAWS))
    return [_Case(known.draw(draw, *size)) for size, draw in drawn]


def _run(climb: _Climb, known: Known, own: _Own, function: Callable[..., Any], cases: list[_Case]) -> None:
    printed = io.StringIO()
    for case in cases:
        arguments = known.call(own, deepcopy(case.values))
        case.arguments = deepcopy(arguments)
        given = [*_arrays(arguments)] if known.new_entries else arguments
        before = deepcopy(given)
        with contextlib.redirect_stdout(printed):
            try:
                case.result = known.read(function(*arguments))
            except Exception as error:
                raise _FaultError(_raised(error, function)) from error
        if case.result is None:
            raise _FaultError("it returns None: the last line needs a return")
        case.changed = not _same(before, given)
    climb.rungs += ["defined", "runs"]
    if printed.getvalue():
        climb.remarks.append("It prints something too, which nobody reads when it is graded.")


def _raised(error: Exception, function: Any) -> str:
    code = getattr(_unwrapped(function), "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, NotImplementedError):
        inner = frames[-1].name
        mine = code is None or inner == code.co_name
        return "it is not written yet" if mine else f"it calls {inner}, which is not written yet"
    own = [one for one in frames if code is not None and one.filename == code.co_filename]
    place = f" in line {own[-1].lineno} of its cell" if own else ""
    line = f", `{own[-1].line}`" if own and own[-1].line else ""
    said = f": {error}" if str(error) else ""
    return f"it raises {type(error).__name__}{place}{line}{said.rstrip('.')}"


def _look(climb: _Climb, known: Known, cases: list[_Case]) -> None:
    for look in (known.result.type_fault, known.result.shape_fault):
        for case in cases:
            if fault := look(case.result, case.values):
                raise _FaultError(fault)
    climb.rungs.append(known.result.said(cases[-1].result))


def _leave_alone(climb: _Climb, cases: list[_Case]) -> None:
    for case in cases:
        if case.changed:
            raise _FaultError(f"it changes its input; it was called with {_written(case.arguments)}")
    climb.rungs.append("leaves its inputs alone")
    for case in cases:
        if not all(np.all(np.isfinite(array)) for array in _arrays(case.result)):
            raise _FaultError(f"its result contains nan or inf for the input {_written(case.arguments)}")


def _compare(climb: _Climb, known: Known, own: _Own, names: Mapping[str, Any], cases: list[_Case]) -> None:
    if known.optional and not all(callable(names.get(name)) for name in known.needs):
        climb.remarks.append(NO_FORWARD.format(known.needs[0]))
        return
    if not known.optional:
        _be_ready(known.needs, own, names)
    against = known.against or "your " + " and ".join(known.needs)
    largest, entries = 0.0, 0
    for case in cases:
        for name, gradient in known.gradients(case.result, case.values).items():
            numerical = _slopes(known, own, case.values, name)
            label = known.named.format(name, **case.values)
            if difference := differs(label, gradient, numerical):
                raise _FaultError(f"{difference.sentence(against)}, {_where(case.values)}")
            largest = max(largest, farthest(gradient, numerical))
            entries += int(numerical.smooth.sum())
    if not entries:
        raise _FaultError(f"{against} has no derivative at the inputs that check draws: check it first")
    agrees = f"(largest difference {largest:.0e} in {entries} entries)"
    climb.rungs.append(f"agrees with central differences of {against} {agrees}")
    climb.remarks += [known.note, NO_GRADE] if known.note else [NO_GRADE]


def _be_ready(needs: tuple[str, ...], own: _Own, names: Mapping[str, Any]) -> None:
    """Climb the ladder with each function that a derivative is compared with."""
    for name in needs:
        getattr(own, name)  # says so if it is missing
        if name in KNOWN and (fault := _climb(name, names[name], names, own).fault):
            raise _FaultError(f"{name} comes first, and is not ready: {fault}")


def _slopes(known: Known, own: _Own, values: Values, name: str) -> Slopes:
    assert known.loss is not None
    loss = known.loss
    return slopes(lambda moved: loss(own, {**values, name: moved}), values[name])


def _where(values: Values) -> str:
    return "with " + ", ".join(f"{name} = {shown(value)}" for name, value in values.items())


def _written(arguments: tuple[Any, ...]) -> str:
    text = shown(tuple(one for one in arguments if not callable(one)))
    return text if len(text) < MOST else f"{text[:MOST]}..."


def _arrays(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """Yield all the numbers in a result."""
    if hasattr(value, "keys"):
        value = [value[name] for name in value]
    if isinstance(value, (tuple, list)):
        for one in value:
            yield from _arrays(one)
    else:
        array = np.asarray(value)
        yield array if array.dtype.kind in "buif" else np.zeros(0)


def _same(one: Any, other: Any) -> bool:
    """Return whether two inputs are equal, entry by entry."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, np.ndarray):
        return one.shape == np.shape(other) and bool(np.array_equal(one, other))
    return True  # numbers and functions cannot change
