"""Random numbers in two processes: a test draws from its own generators, the student's code from copies of them.

A copy is set whenever the test's generator has moved, and goes on by itself otherwise. Nothing ever comes back: what
the student's code draws, seeds or claims does not change the next number that a test draws.
"""

from __future__ import annotations

import contextlib
import random
from typing import Any

import numpy as np

from .frames import Malformed
from .generators import GLOBAL, Generator, glance, is_same_glance, marked, rebuilt, set_state, state_of
from .protocol import State

FRESH = 20230  # the seed that every process starts with


class Streams:
    """The generators of a test that the student's code draws from as well: the global ones, and those that it passes.

    Each has a number, by which both sides call it.
    """

    def __init__(self) -> None:
        self.generators: list[Generator] = []
        self._numbers: dict[int, int] = {}
        self._told: list[Any] = []  # the states that the other side knows
        self._mentioned: set[int] = set()  # since the last news
        self._times = 0
        for generator in GLOBAL:
            self.number(generator)

    def number(self, generator: Generator) -> int:
        """Return the number of a generator, which gets one if it has none.

        Raises
        ------
        CannotCross
            If the other side could not rebuild a generator of its kind.
        """
        if id(generator) not in self._numbers:
            state_of(generator)
            self._numbers[id(generator)] = len(self.generators)
            self.generators.append(generator)
            self._told.append(None)
        self._mentioned.add(self._numbers[id(generator)])
        return self._numbers[id(generator)]

    def generator(self, number: int) -> Generator:
        """Return the generator that has a number.

        Raises
        ------
        Malformed
            If the number belongs to no generator.
        """
        if type(number) is not int or not 0 <= number < len(self.generators):
            raise Malformed("The student's process named a random number generator that was not passed to it.")
        self._mentioned.add(number)
        return self.generators[number]

    def news(self) -> list[tuple[int, State]]:
        """Return the states that the other side does not know, of the global generators and those just mentioned."""
        found = []
        for number in sorted({*range(len(GLOBAL)), *self._mentioned}):
            generator = self.generators[number]
            if is_same_glance(glance(generator), self._told[number]):
                continue
            state = state_of(generator)
            found.append((number, state))
            # Without a mark, a generator that is seeded once more, just like before, would not be news.
            self._times += 1
            set_state(generator, marked(state, self._times))
            self._told[number] = glance(generator)
        self._mentioned.clear()
        return found


class Copies:
    """The copies that the student's code draws from: one for each of the test's generators, for the whole test."""

    def __init__(self) -> None:
        self.generators: dict[int, Generator] = dict(enumerate(GLOBAL))
        self._numbers = {id(generator): number for number, generator in self.generators.items()}

    def take(self, news: list[tuple[int, State]]) -> None:
        """Follow the test's generators."""
        for number, state in news:
            if number not in self.generators:
                self.generators[number] = rebuilt(state)
                self._numbers[id(self.generators[number])] = number
            else:
                with contextlib.suppress(ValueError, TypeError):  # the student has made another generator of it
                    set_state(self.generators[number], state)

    def number(self, value: Any) -> int | None:
        """Return the number of the generator that a value is a copy of; None if it is not a copy."""
        return self._numbers.get(id(value))


def start_afresh() -> None:
    """Seed both global generators as they are seeded in every process."""
    random.seed(FRESH)
    np.random.seed(FRESH)  # noqa: NPY002 - the global generator is what students use


class OwnRandomness:
    """Random numbers of its own, for code that runs at another time than in the notebook."""

    def __init__(self) -> None:
        self._own = _global_states()

    def __enter__(self) -> None:
        self._others = _global_states()
        _set_global_states(self._own)

    def __exit__(self, *_: object) -> None:
        self._own = _global_states()
        _set_global_states(self._others)


class Aside:
    """The global generators for code of the author's that the student's code calls: as a copy of the test's would be.

    It begins where the test's stand, begins anew when these have moved, and goes on by itself otherwise. The test's
    own stay where they were.
    """

    def __init__(self) -> None:
        self._seen: list[Any] | None = None
        self._own: list[State] = []

    def __enter__(self) -> None:
        self._others, now = _global_states(), [glance(generator) for generator in GLOBAL]
        seen = self._seen
        if seen is not None and all(is_same_glance(one, other) for one, other in zip(now, seen, strict=True)):
            _set_global_states(self._own)

    def __exit__(self, *_: object) -> None:
        self._own = _global_states()
        _set_global_states(self._others)
        self._seen = [glance(generator) for generator in GLOBAL]


def _global_states() -> list[State]:
    return [state_of(generator) for generator in GLOBAL]


def _set_global_states(states: list[State]) -> None:
    for generator, state in zip(GLOBAL, states, strict=True):
        set_state(generator, state)
