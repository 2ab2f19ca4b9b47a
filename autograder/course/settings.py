"""What a course's configuration may say to us, as `c.Autograder.NAME`: what each setting is without it, and may be."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitlets.config import Config

from autograder.course.late_rule import Amount
from autograder.course.times import Span, zone_of
from autograder.errors import UsageError


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_address(value: Any) -> bool:
    return (
        isinstance(value, str)
        and not value.endswith(".html")
        and bool(re.fullmatch(r"(https?://[\w.~:/@!$&'*+,;=%\[\]-]+)?", value, re.ASCII))
    )


def _can_be_read(read: Callable[[str], object]) -> Callable[[Any], bool]:
    """Return what says whether a value is a text that can be read in this way, or empty."""

    def may_be(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        try:
            return not value or read(value) is not None
        except UsageError:
            return False

    return may_be


def _is_weights(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    weights = value.values()
    are_numbers = all(isinstance(weight, int | float) and not isinstance(weight, bool) for weight in weights)
    return are_numbers and all(isinstance(name, str) for name in value) and all(0 <= w < math.inf for w in weights)


@dataclass(frozen=True)
class Setting:
    """A setting: its value where nobody says it, what it may be, and that in words."""

    usual: Any
    may_be: Callable[[Any], bool]
    words: str


SETTINGS = {
    "book_url": Setting(
        "",
        _is_address,
        "the address of the folder in which the book's index.html lies, such as https://example.org/backprop",
    ),
    "draw": Setting("", _is_text, "a text"),
    "follow_through": Setting(
        1.0,
        _is_share,
        "a number from 0 to 1, the fraction of its points that a test gives if only earlier exercises make it fail",
    ),
    "late_cap": Setting("", _can_be_read(Amount.read), "a text like '50%' or '10', the most that a penalty takes off"),
    "late_grace": Setting("", _can_be_read(Span.read), "a text like '15m', how late is not late yet"),
    "late_per_day": Setting(
        "", _can_be_read(Amount.read), "a text like '10%' or '2', what each day that has begun takes off"
    ),
    "misconceptions": Setting("misconceptions", _is_text, "the name of a folder"),
    "secret": Setting("", _is_text, "the name of a file"),
    "weights": Setting({}, _is_weights, "a dictionary with the weight of each assignment, such as {'two_layer': 1.5}"),
    "zone": Setting("", _can_be_read(zone_of), "the name of a time zone like 'Europe/Berlin'"),
}


def setting(config: Config, name: str, path: Path) -> Any:
    """Return a setting of a configuration, which the file at `path` holds.

    Raises
    ------
    UsageError
        If its value is not one that it may have.
    """
    known = SETTINGS[name]
    value = config.Autograder.get(name, known.usual)
    if not known.may_be(value):
        raise UsageError(f"{path} sets c.Autograder.{name} to {value!r}: it has to be {known.words}.")
    return value
