"""The states of random number generators: read, written as JSON, checked, put into a generator.

It does not decide which process may set the generators of which: that is the business of `randomness`.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from .errors import CannotCross
from .frames import Malformed
from .protocol import State

Generator = np.random.Generator | np.random.RandomState | random.Random

BIT_GENERATORS = {name: getattr(np.random, name) for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")}
BUFFERS = {"MT19937": 624, "Philox": 4}  # how many words each keeps; NumPy does not check where it reads them
GLOBAL: tuple[Generator, ...] = random._inst, np.random.mtrand._rand  # those of the modules themselves


def state_of(generator: Generator) -> State:
    """Return the state of a generator as JSON has it.

    Raises
    ------
    CannotCross
        If the other side could not rebuild a generator of its kind.
    """
    if isinstance(generator, random.Random):
        version, words, normal = generator.getstate()
        return {"kind": "python", "version": version, "words": list(words), "normal": normal}
    kind, state = _numpy_state(generator)
    if state.get("bit_generator") not in BIT_GENERATORS:
        raise CannotCross("This kind of random number generator cannot be handed over.")
    return {"kind": kind, **to_wire(state)}


def glance(generator: Generator) -> Any:
    """Return its state as it is at hand, to compare with `is_same_glance`: much faster than `state_of`."""
    return generator.getstate() if isinstance(generator, random.Random) else _numpy_state(generator)[1]


def is_same_glance(one: Any, other: Any) -> bool:
    """Return whether two states at hand are the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same_glance(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return type(one) is type(other) and bool(one == other)


def _numpy_state(generator: np.random.Generator | np.random.RandomState) -> tuple[str, Any]:
    if isinstance(generator, np.random.RandomState):
        return "legacy", generator.get_state(legacy=False)
    return "new", generator.bit_generator.state


def rebuilt(state: State) -> Generator:
    """Return a new generator in a state.

    Raises
    ------
    Malformed
        If NumPy would read beyond its buffers in this state.
    """
    generator: Generator
    if state["kind"] == "python":
        generator = random.Random()
    else:
        bits = BIT_GENERATORS[state["bit_generator"]](0)
        generator = np.random.RandomState(bits) if state["kind"] == "legacy" else np.random.Generator(bits)
    set_state(generator, state)
    return generator


def set_state(generator: Generator, state: State) -> None:
    """Put a generator into a state.

    Raises
    ------
    Malformed
        If NumPy would read beyond its buffers in this state.
    """
    if isinstance(generator, random.Random):
        generator.setstate((state["version"], tuple(state["words"]), state["normal"]))
        return
    numbers = from_wire({name: value for name, value in state.items() if name != "kind"})
    place = numbers["state"].get("pos") if numbers["bit_generator"] == "MT19937" else numbers.get("buffer_pos", 0)
    if not 0 <= place <= BUFFERS.get(numbers["bit_generator"], 0):
        raise Malformed("A random number generator is in an impossible state.")
    if isinstance(generator, np.random.RandomState):
        generator.set_state(numbers)
    else:
        generator.bit_generator.state = numbers


def marked(state: State, number: int) -> State:
    """Return the same state with a number (of 31 bits) in a place that no draw depends on, if there is such a place.

    The mark shows later that a generator was put back into an earlier state, with the same seed for example. A
    Mersenne Twister that has used its first word needs only the uppermost bit of it; the others do not look at the
    half number that they keep, unless they have noted that there is one.
    """
    if state["kind"] == "python":
        *words, used = state["words"]
        return {**state, "words": [*_marked(words, used, number), used]}
    if state["bit_generator"] == "MT19937":
        words, used = state["state"]["key"]["words"], int(state["state"]["pos"], 16)
        return {**state, "state": {**state["state"], "key": {"words": _marked(words, used, number)}}}
    return state if int(state["has_uint32"], 16) else {**state, "uinteger": hex(number)}


def _marked(words: list[int], used: int, number: int) -> list[int]:
    return [words[0] & 0x80000000 | number & 0x7FFFFFFF, *words[1:]] if used else words


def to_wire(state: Any) -> Any:
    """Return a state of NumPy's as JSON has it: arrays as lists, whole numbers of any size as text."""
    if isinstance(state, dict):
        return {key: to_wire(value) for key, value in state.items()}
    if isinstance(state, np.ndarray):
        return {"words": state.ravel().tolist()}
    return hex(state) if isinstance(state, int) else state


def from_wire(state: Any) -> Any:
    """Return a state as NumPy wants it."""
    if isinstance(state, dict):
        if "words" in state:
            return np.array(state["words"], dtype=np.uint64)
        return {str(key): from_wire(value) for key, value in state.items()}
    if isinstance(state, str) and state.startswith("0x"):
        return int(state, 16)
    return state
