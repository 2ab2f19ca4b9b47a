"""Hands numbers from a cell of a page to the live figure on it.

They stand in the page itself, as JSON, so that a figure works from a file as well as from a server. It draws and
computes nothing; `_static/figures/kit.js` reads them.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
from IPython.display import HTML, display

PACKED = 64  # entries: a larger array is written as the bytes of its float32 values


def publish(figure: str, **values: Any) -> None:
    """Write values into the page for the live figure of that name: numbers, strings, lists, dicts and arrays.

    A large array loses all but its first seven digits: compare results with `packed(array)`.
    """
    text = json.dumps(values, default=_plain, separators=(",", ":")).replace("<", "\\u003c")
    display(HTML(f'<script type="application/json" id="live-{figure}">{text}</script>'))


def packed(array: np.ndarray) -> np.ndarray:
    """Return an array (of any shape) with the values that the page will have."""
    return array.astype(np.float32).astype(np.float64) if array.size > PACKED else array


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.size > PACKED:
        data = np.ascontiguousarray(value, dtype="<f4").tobytes()
        return {"shape": list(value.shape), "float32": base64.b64encode(data).decode()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"A live figure cannot read a {type(value).__name__}.")
