"""The shape that all codecs have: how values of a type become a node, and a node such a value.

What a node is stands in `values`, which calls the codecs; they know of it only what `Writer` and `Reader` say.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ..protocol import Node, Reference


class Writer(Protocol):
    """What a codec can do while it writes."""

    def put(self, value: Any, depth: int = 0) -> Reference:
        """Write a part; return the reference to it."""

    def blob(self, content: bytes) -> int:
        """Add bytes to the message; return their number."""

    def stream(self, generator: Any) -> Node | None:
        """Return the node of a random number generator that both sides have."""


class Reader(Protocol):
    """What a codec can do while it reads."""

    def get(self, reference: Reference, depth: int = 0) -> Any:
        """Return the part that a reference stands for."""

    def blob(self, number: Any) -> bytearray:
        """Return bytes of the message."""

    def claim(self, size: int) -> None:
        """Say how many bytes are about to be made; together they are limited."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of a type cross.

    Attributes
    ----------
    tag
        The first part of the node.
    kinds
        The types, whose subclasses cross as what they are underneath.
    write
        Returns the node; None for a value that stays where it is.
    read
        Returns the value, given the parts of a node, which may be anything: whatever Python raises makes it malformed.
    empty, fill
        For what may contain itself, instead of `read`: make it without its parts, and put them in.
    snapshot, same
        For what can be changed: what tells later whether it was, and the comparison of two of these.
    replace
        For what can be changed: make it hold what a value of the same kind holds.
    """

    tag: str
    kinds: tuple[type, ...]
    write: Callable[[Writer, Any, int], Node | None]
    read: Callable[[Reader, Node, int], Any] | None = None
    empty: Callable[[], Any] | None = None
    fill: Callable[[Any, list[Any]], None] | None = None
    snapshot: Callable[[Any], Any] | None = None
    same: Callable[[Any, Any], bool] = operator.eq
    replace: Callable[[Any, Any], None] | None = None
