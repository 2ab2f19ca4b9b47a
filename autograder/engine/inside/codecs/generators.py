"""NumPy's random number generators: as one that both sides have, or else as a value, which is a state."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frames import Malformed
from ..generators import rebuilt, set_state, state_of
from ..protocol import Node
from .codec import Codec, Reader, Writer


def _write(writer: Writer, value: Any, depth: int) -> Node:
    return writer.stream(value) or ["g", state_of(value)]


def _read(reader: Reader, parts: Node, depth: int) -> Any:
    (state,) = parts
    if state["kind"] not in ("legacy", "new"):
        raise Malformed("A random number generator is of an unknown kind.")
    return rebuilt(state)


def _replace(old: Any, new: Any) -> None:
    if type(old) is not type(new):
        raise Malformed("An argument was changed into something else.")
    set_state(old, state_of(new))


generators = Codec(
    "g", (np.random.Generator, np.random.RandomState), _write, _read, snapshot=state_of, replace=_replace
)
CODECS = (generators,)
