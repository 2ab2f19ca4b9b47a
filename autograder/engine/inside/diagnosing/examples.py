"""Draws inputs from a bank's strategy, always the same ones, and shrinks one that shows a mistake."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

Drawn = Mapping[str, Any]

# Hypothesis is imported only where something has failed: it takes a while.


def _settings(most: int, *phases: Any) -> Any:
    from hypothesis import HealthCheck, settings

    return settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=most,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )


def draw(strategy: Any, most: int) -> list[Drawn]:
    """Return inputs of a strategy."""
    from hypothesis import Phase, given

    found: list[Drawn] = []
    _settings(most, Phase.generate)(given(strategy)(_collector(found)))()
    return found


def _collector(found: list[Drawn]) -> Callable[[Drawn], None]:
    def collect(drawn: Drawn) -> None:
        found.append(drawn)

    return collect


def smallest(strategy: Any, shows: Callable[[Drawn], bool], most: int) -> Drawn | None:
    """Return the smallest input that shows something, as far as `most` looks find it; None if none does.

    Shrinking ends where no single step makes an input smaller, so it is tried again whether others have fewer numbers.
    Twice as many inputs are drawn as are looked at: to draw one takes time, too.
    """
    looks = draws = 0
    size: float = math.inf

    def still_shows(drawn: Drawn) -> bool:
        nonlocal looks, draws
        draws += 1
        if draws > 2 * most:
            raise _Enough
        if count(drawn) >= size:
            return False
        looks += 1
        if looks > most:
            raise _Enough
        return shows(drawn)

    found = smaller = _shrunk(strategy, still_shows, most)
    while smaller is not None and looks <= most and draws <= 2 * most:
        found, size = smaller, count(smaller)
        smaller = _shrunk(strategy, still_shows, most)
    return found if smaller is None else smaller


def _shrunk(strategy: Any, shows: Callable[[Drawn], bool], most: int) -> Drawn | None:
    from hypothesis import Phase, find
    from hypothesis.errors import NoSuchExample

    found = None

    def noted(drawn: Drawn) -> bool:
        nonlocal found
        if not shows(drawn):
            return False
        found = drawn
        return True

    with contextlib.suppress(NoSuchExample, _Enough):
        return cast(Drawn, find(strategy, noted, settings=_settings(most, Phase.generate, Phase.shrink)))
    return found


def count(value: Any) -> int:
    """Return how many numbers there are in an input."""
    if isinstance(value, Mapping):
        return sum(map(count, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(count, value))
    return int(np.size(value))


class _Enough(BaseException):
    """Ends the search: Hypothesis takes any `Exception` for a mistake that it has found."""
