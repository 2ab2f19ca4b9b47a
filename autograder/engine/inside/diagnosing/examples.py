"""Draws inputs from a bank's strategy, always the same ones, and shrinks one that shows a mistake."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, cast

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


class _Enough(BaseException):
    """Ends a search that has looked often enough: Hypothesis would draw on, to no avail."""


def draw(strategy: Any, most: int) -> list[Drawn]:
    """Return inputs of a strategy."""
    from hypothesis import Phase, given

    found: list[Drawn] = []

    def collect(drawn: Drawn) -> None:
        found.append(drawn)

    _settings(most, Phase.generate)(given(strategy)(collect))()
    return found


def smallest(strategy: Any, shows: Callable[[Drawn], bool], most: int) -> Drawn | None:
    """Return the smallest input that shows something, as far as `most` looks find it; None if none does."""
    from hypothesis import Phase, find
    from hypothesis.errors import NoSuchExample

    looks, found = 0, None

    def still_shows(drawn: Drawn) -> bool:
        nonlocal looks, found
        if looks == most:
            raise _Enough
        looks += 1
        if not shows(drawn):
            return False
        found = drawn
        return True

    with contextlib.suppress(NoSuchExample, _Enough):
        return cast(Drawn, find(strategy, still_shows, settings=_settings(most, Phase.generate, Phase.shrink)))
    return found
