"""Calls from one process into the other, the same way in both directions.

A caller packs the arguments and remembers which objects they were; whoever is called runs the function and answers
with its result and with what it changed in the arguments; the caller changes its own objects likewise. Random state
travels along whenever it has moved.
"""

from __future__ import annotations

import contextlib
import random
from array import array
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .frames import Malformed, Message
from .values import Node, Packer, Reference, Table, Unpacker, has_changed, replace_content, snapshot

FEWEST_WORDS = 600  # different words among the 624 of a Mersenne Twister; a seed gives about 624
LARGEST_NORMAL = 40.0  # no generator draws a normal number beyond it
DEEPEST_CALLS = 20


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
        words, position, has_gauss, gauss, plain, plain_gauss = state
        return packer.put((words, position, has_gauss, gauss, array("I", plain).tobytes(), plain_gauss))

    def incoming(self, state: Any) -> None:
        """Take over the state of the other side.

        Raises
        ------
        Malformed
            If no seed leads to such a state: a generator of zeros would make every random test input a zero.
        """
        if state is None:
            return
        try:
            words, position, has_gauss, gauss, plain, plain_gauss = state
            key, plain_words = np.frombuffer(words, np.uint32), tuple(array("I", plain))
            if len(set(key.tolist())) < FEWEST_WORDS or len(set(plain_words)) < FEWEST_WORDS:
                raise Malformed("A random number generator is in a state that no seed leads to.")
            where = ("MT19937", key, int(position), int(has_gauss), float(gauss))
            _require_plausible(int(position), int(has_gauss), float(gauss), plain_words[-1], plain_gauss)
            np.random.set_state(where)  # noqa: NPY002 - the global generator is what students use
            random.setstate((3, plain_words, plain_gauss))
        except (TypeError, ValueError, OverflowError) as error:
            raise Malformed("A random number generator is in a state that cannot be.") from error
        self.last = _random_state()


def _require_plausible(position: int, has_gauss: int, gauss: float, place: int, plain_gauss: Any) -> None:
    normal = [gauss, *([] if plain_gauss is None else [float(plain_gauss)])]
    sound = 0 <= position <= 624 and 0 <= place <= 624 and has_gauss in (0, 1)
    if not sound or not all(abs(number) < LARGEST_NORMAL for number in normal):
        raise Malformed("A random number generator is in a state that no seed leads to.")


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
    found = np.random.get_state(legacy=False)  # noqa: NPY002
    version, plain, plain_gauss = random.getstate()
    if not isinstance(found, dict) or found["bit_generator"] != "MT19937" or version != 3:
        return None
    state = found["state"]
    return state["key"].tobytes(), state["pos"], found["has_gauss"], found["gauss"], plain, plain_gauss


def pack_arguments(packer: Packer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Reference, Reference]:
    """Write the arguments of a call."""
    return packer.put(args), packer.put(kwargs)


def unpack_arguments(unpacker: Unpacker, message: Message) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Rebuild the arguments of a call.

    Raises
    ------
    Malformed
        If they are no arguments.
    """
    args, kwargs = unpacker.get(message.get("args")), unpacker.get(message.get("kwargs"))
    if type(args) is not tuple or type(kwargs) is not dict or not all(type(name) is str for name in kwargs):
        raise Malformed("A call has arguments that are none.")
    return args, kwargs


class Watched:
    """The mutable arguments of a call as they were before it."""

    def __init__(self, objects: Table) -> None:
        self.objects = objects
        self.before = {index: snapshot(value) for index, value in objects.items()}
        self.known = {id(value): index for index, value in objects.items()}

    def changes(self, packer: Packer) -> list[list[Any]]:
        """Write what has changed since: pairs of an index and what the object there holds now."""
        changed = [index for index, value in self.objects.items() if has_changed(value, self.before[index])]
        return [[index, packer.content(self.objects[index])] for index in changed]


def apply_changes(changes: Any, unpacker: Unpacker, objects: Table) -> None:
    """Change one's own objects as the other side has changed its copies.

    Raises
    ------
    Malformed
        If the changes are none.
    """
    if not isinstance(changes, list):
        raise Malformed("An answer does not say what has changed.")
    for change in changes:
        if type(change) is not list or len(change) != 2 or type(change[0]) is not int or change[0] not in objects:
            raise Malformed("An answer changes an argument that was not passed.")
    for index, reference in changes:
        replace_content(objects[index], unpacker.get(reference))


class Depth:
    """Counts calls inside calls: test, student, callback, student, ..."""

    def __init__(self) -> None:
        self.now = 0

    @contextlib.contextmanager
    def one_deeper(self) -> Iterator[None]:
        """Go one call deeper.

        Raises
        ------
        RecursionError
            Beyond `DEEPEST_CALLS`.
        """
        if self.now >= DEEPEST_CALLS:
            raise RecursionError("The test and the function call each other without end.")
        self.now += 1
        try:
            yield
        finally:
            self.now -= 1


Foreign = Callable[[Any], Node]
