"""Whether drawing numbers leads a Mersenne Twister from one state to another.

A student's process may say anything of its random numbers. A test takes over only what drawing leads to: else its
random inputs could be made to order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WORDS = 624
MOST_TWISTS = 4000  # two and a half million words; the weights and batches of a training are far fewer
MOST_SEARCHED = 2**20  # words among which the pair behind a kept normal number is looked for

Words = NDArray[np.uint32]
Kept = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class State:
    """A Mersenne Twister, and the normal number that it keeps: they are drawn in pairs.

    Attributes
    ----------
    key
        624 words of 32 bits.
    position
        How many words of the key are used up, 0 to 624.
    normal
        The second normal number of a pair whose first was asked for; None if there is none.
    """

    key: bytes
    position: int
    normal: float | None

    @staticmethod
    def of(key: Words, position: int, normal: float | None) -> State:
        """Return the state of these.

        Raises
        ------
        ValueError
            If there is no such state.
        """
        if key.shape != (WORDS,) or not 0 <= position <= WORDS:
            raise ValueError("no state of a Mersenne Twister")
        return State(key.astype(np.uint32).tobytes(), position, normal)

    def words(self) -> Words:
        """Return the key as numbers."""
        return np.frombuffer(self.key, np.uint32)


def numpy_normal(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what `numpy.random` keeps of pairs of uniform numbers: Marsaglia's polar method."""
    one, other = 2 * first - 1, 2 * second - 1
    square = one**2 + other**2
    inside = (square > 0) & (square < 1)
    safe = np.where(inside, square, 0.5)
    return np.where(inside, one * np.sqrt(-2 * np.log(safe) / safe), np.nan)


def python_normal(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what `random` keeps of pairs of uniform numbers: the method of Box and Muller."""
    return np.asarray(np.sin(2 * math.pi * first) * np.sqrt(-2 * np.log(1 - second)))


def leads_to(before: State, after: State, kept: Kept) -> bool:
    """Tell whether drawing numbers, at most about two million words, turns one state into the other."""
    twists = _twists(before, after)
    if twists is None:
        return False
    if after.normal is None or after.normal == before.normal:
        return True
    drawn = twists * WORDS + after.position - before.position
    return _is_among(after.normal, _last_words(before, drawn), kept)


def _generator(state: State) -> np.random.MT19937:
    generator = np.random.MT19937(0)
    generator.state = {"bit_generator": "MT19937", "state": {"key": state.words(), "pos": state.position}}
    return generator


def _twists(before: State, after: State) -> int | None:
    """Return how often the key is made anew on the way, or None if there is no way."""
    if after.key == before.key and after.position >= before.position:
        return 0
    wanted = after.words()
    generator = _generator(State(before.key, WORDS, None))
    for twists in range(1, MOST_TWISTS + 1):
        generator.random_raw(1, output=False)
        if np.array_equal(generator.state["state"]["key"], wanted):
            return twists
        generator.random_raw(WORDS - 1, output=False)
    return None


def _last_words(before: State, drawn: int) -> Words:
    generator = _generator(before)
    searched = min(drawn, MOST_SEARCHED)
    generator.random_raw(drawn - searched, output=False)
    return generator.random_raw(searched).astype(np.uint32)


def _is_among(normal: float, words: Words, kept: Kept) -> bool:
    """Tell whether a pair of uniform numbers, each of two words that follow each other, leaves this normal number."""
    if len(words) < 4:
        return False
    high, low = words[:-1] >> 5, words[1:] >> 6
    uniform = (high * 2.0**26 + low) / 2.0**53
    return bool(np.isclose(kept(uniform[:-2], uniform[2:]), normal, rtol=1e-9, atol=1e-12).any())
