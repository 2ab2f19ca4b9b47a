"""Values as Python text that can be pasted into a notebook: few digits, and nothing of large arrays but their shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

DIGITS = 6
MOST_ENTRIES = 12
MOST_TEXT = 300


def shown(value: Any) -> str:
    """Return a value as text with six digits, or its type if it has no text: an integer can be too long for one."""
    try:
        text = _shown(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 4]} ..."


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_shown(held)}" for key, held in value.items()) + "}"
    if isinstance(value, tuple):
        inner = ", ".join(map(_shown, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, (bool, np.bool_)) or value is None:
        return str(value)
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return _number(float(value))
    return repr(value) if isinstance(value, (str, complex)) else f"<{type(value).__name__}>"


def _array(value: np.ndarray) -> str:
    if value.size > MOST_ENTRIES:
        return f"<array of shape {value.shape}>"
    if value.size == 0:
        return f"np.zeros({value.shape})"
    return f"np.array({_nested(value.tolist())})"


def _nested(value: Any) -> str:
    return f"[{', '.join(map(_nested, value))}]" if isinstance(value, list) else _shown(value)


def _number(value: float) -> str:
    if np.isnan(value):
        return "np.nan"
    if np.isinf(value):
        return "np.inf" if value > 0 else "-np.inf"
    text = f"{value + 0.0:.{DIGITS}g}"  # -0.0 is shown as 0.0
    return text if any(mark in text for mark in ".en") else f"{text}.0"
