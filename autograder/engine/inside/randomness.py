"""Random numbers in two processes: the state of `random` and `numpy.random` travels with calls whenever it has moved.

Of what a student's process says of it, a test believes only what drawing numbers leads to.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np

from .frames import Malformed
from .twister import Kept, State, leads_to, numpy_normal, python_normal
from .values import Packer, Reference

FRESH = 20230  # the seed that every process starts with
MOST_IN_VAIN = 3  # searches in one test for how a state came about


class Randomness:
    """Keeps `random` and `numpy.random` of two processes in step over one channel."""

    def __init__(self) -> None:
        self.last: tuple[Any, ...] | None = None

    def outgoing(self, packer: Packer) -> Reference:
        """Return what to send: nothing if the other side has this state already."""
        state = _random_state()
        if state == self.last:
            return None
        self.last = state
        if state is None:
            return None
        ours, normal, plain, plain_normal = state
        return packer.put((*ours, normal, array("I", plain).tobytes(), plain_normal))

    def incoming(self, sent: Any) -> None:
        """Take over the state of the other side.

        Raises
        ------
        Malformed
            If it is no state.
        """
        if sent is None:
            return
        try:
            key, position, normal, plain, plain_normal = sent
            *plain_key, plain_position = array("I", plain)
            states = (
                State.of(np.frombuffer(key, np.uint32), int(position), _number(normal)),
                State.of(np.array(plain_key, np.uint32), plain_position, _number(plain_normal)),
            )
        except (TypeError, ValueError, OverflowError) as error:
            raise Malformed("A random number generator is in a state that cannot be.") from error
        self.take(*states)

    def take(self, state: State, plain: State) -> None:
        """Go on from these states of `numpy.random` and of `random`."""
        _go_on_from(state)
        _go_on_plainly_from(plain)
        self.last = _random_state()


class GuardedRandomness(Randomness):
    """The side of the tests: takes over only what drawing numbers leads to, and goes its own way otherwise.

    Parameters
    ----------
    seeds
        Whole numbers that the instructor's text makes a generator start from.
    """

    def __init__(self, seeds: Iterable[int]) -> None:
        super().__init__()
        start_afresh()
        self.starts = [(_seeded(seed), _plainly_seeded(seed)) for seed in seeds]
        self.in_vain = 0

    def take(self, state: State, plain: State) -> None:
        """Go on from each of the two states that can have come about."""
        starts = [(_state(self.last), _plain_state(self.last)), *self.starts] if self.last else self.starts
        if honest := self._comes_about([one for one, _ in starts], state, numpy_normal):
            _go_on_from(state)
        if honest_too := self._comes_about([one for _, one in starts], plain, python_normal):
            _go_on_plainly_from(plain)
        self.last = _random_state() if honest and honest_too else None

    def _comes_about(self, starts: list[State], state: State, kept: Kept) -> bool:
        if state in starts:
            return True
        if self.in_vain >= MOST_IN_VAIN:
            return False
        found = any(leads_to(start, state, kept) for start in starts)
        self.in_vain += not found
        return found


def start_afresh() -> None:
    """Let both generators start as they do in every process."""
    random.seed(FRESH)
    np.random.seed(FRESH)  # noqa: NPY002 - the global generator is what students use


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _go_on_from(state: State) -> None:
    kept = int(state.normal is not None), state.normal or 0.0
    np.random.set_state(("MT19937", state.words(), state.position, *kept))  # noqa: NPY002


def _go_on_plainly_from(state: State) -> None:
    random.setstate((3, (*state.words().tolist(), state.position), state.normal))


def _seeded(seed: int) -> State:
    _, key, position, *_ = np.random.RandomState(seed % 2**32).get_state(legacy=True)
    return State.of(np.asarray(key), int(position), None)


def _plainly_seeded(seed: int) -> State:
    *key, position = random.Random(seed).getstate()[1]
    return State.of(np.array(key, np.uint32), position, None)


def _state(found: tuple[Any, ...]) -> State:
    (key, position), normal, _, _ = found
    return State(key, position, normal)


def _plain_state(found: tuple[Any, ...]) -> State:
    _, _, (*key, position), normal = found
    return State.of(np.array(key, np.uint32), position, normal)


class OwnRandomness:
    """Random numbers apart from everybody else's, for what is computed at another time than in the notebook."""

    def __init__(self) -> None:
        self._own = _generators()

    def __enter__(self) -> None:
        self._others = _generators()
        _set_generators(self._own)

    def __exit__(self, *_: object) -> None:
        self._own = _generators()
        _set_generators(self._others)


def _generators() -> tuple[Any, Any]:
    return random.getstate(), np.random.get_state()  # noqa: NPY002


def _set_generators(states: tuple[Any, Any]) -> None:
    random.setstate(states[0])
    np.random.set_state(states[1])  # noqa: NPY002


def _random_state() -> tuple[Any, ...] | None:
    """Return key and position of `numpy.random`, its kept normal number, and the same of `random`."""
    found = np.random.get_state(legacy=False)  # noqa: NPY002
    version, plain, plain_normal = random.getstate()
    if not isinstance(found, dict) or found["bit_generator"] != "MT19937" or version != 3:
        return None
    state, normal = found["state"], found["gauss"] if found["has_gauss"] else None
    return (state["key"].tobytes(), state["pos"]), normal, plain, plain_normal
