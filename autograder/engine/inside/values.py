"""Values as a flat table of nodes: what may cross between student and test, and what becomes of everything else.

A scalar stands for itself in JSON; anything else is a node, written once and referred to as ``[index]``, so that two
arguments that are one object arrive as one object. `Packer` writes; `Unpacker` rebuilds exact built-in and NumPy types
and checks kind, size, depth and count while it does. Nothing is ever executed to rebuild a value. How each type is
written and read stands in `codecs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .bounds import DEEPEST, LARGEST_BLOBS, MOST_NODES
from .codecs import BY_TAG, codec_of
from .codecs.scalars import PLAIN
from .errors import CannotCross
from .frames import Malformed
from .generators import Generator
from .protocol import Node, Reference

Table = dict[int, Any]
# What a codec's `read` may run into. CannotCross, a TypeError, says more and goes on.
REFUSALS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, AssertionError, NotImplementedError)


class Packer:
    """Writes values into one message.

    Parameters
    ----------
    foreign
        Gives the node of anything that is not a plain value (a function, an instance), or raises `CannotCross`.
    known
        Objects that the other side has already: id -> index in the table of its message.
    stream
        Gives the node of a random number generator that both sides have, or None: then it is a value like others.
    """

    def __init__(
        self,
        foreign: Callable[[Any], Node],
        known: dict[int, int] | None = None,
        stream: Callable[[Generator], Node | None] = lambda generator: None,
    ) -> None:
        self.foreign = foreign
        self.known = known or {}
        self.stream = stream
        self.nodes: list[Node] = []
        self.blobs: list[bytes] = []
        self.objects: Table = {}
        self._index: dict[int, int] = {}
        self._kept: list[Any] = []  # an id is only good while its object lives

    def put(self, value: Any, depth: int = 0) -> Reference:
        """Write a value and all that it holds; return the reference to it."""
        kind = type(value)
        if kind in PLAIN and not (kind is int and abs(value) >= 2**63):
            return value
        if id(value) in self.known:
            return self._append(["u", self.known[id(value)]])
        if id(value) in self._index:
            return [self._index[id(value)]]
        if depth > DEEPEST:
            raise CannotCross(f"It is nested deeper than {DEEPEST} levels.")
        return self._new(value, depth)

    def content(self, value: Any) -> Reference:
        """Write what a known object holds now."""
        return self._new(value, 0)

    def message(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a message together with the nodes that they refer to."""
        return {**fields, "nodes": self.nodes}

    def _append(self, node: Node) -> Reference:
        if len(self.nodes) >= MOST_NODES:
            raise CannotCross(f"It has more than {MOST_NODES} parts.")
        self.nodes.append(node)
        return [len(self.nodes) - 1]

    def _new(self, value: Any, depth: int) -> Reference:
        reference = self._append([])
        index = reference[0]
        self._index[id(value)] = index
        self._kept.append(value)
        self.nodes[index] = self._node(value, index, depth + 1)
        return reference

    def blob(self, content: bytes) -> int:
        """Add bytes to the message; return their number."""
        self.blobs.append(content)
        return len(self.blobs) - 1

    def _node(self, value: Any, index: int, depth: int) -> Node:
        codec = codec_of(value)
        node = None if codec is None else codec.write(self, value, depth)
        if codec is None or node is None:
            return self.foreign(value)
        if codec.snapshot is not None and node[0] == codec.tag:  # not a generator that both sides have
            self.objects[index] = value
        return node


class Unpacker:
    """Rebuilds the values of one message.

    Parameters
    ----------
    nodes, blobs
        The message's table, straight from the pipe.
    foreign
        Rebuilds a node that is not a plain value; it is called with the node, whose tag is a string.
    own
        What an index in the other side's table of known objects stands for here.
    """

    def __init__(
        self, nodes: Any, blobs: list[bytearray], foreign: Callable[[Node], Any], own: Table | None = None
    ) -> None:
        if not isinstance(nodes, list) or len(nodes) > MOST_NODES:
            raise Malformed("A message has no table of values, or too many.")
        self.nodes = nodes
        self.blobs = blobs
        self.foreign = foreign
        self.own = own or {}
        self.objects: Table = {}
        self._done: Table = {}
        self._parts = self._bytes = 0

    def get(self, reference: Reference, depth: int = 0) -> Any:
        """Return the value that a reference stands for.

        Raises
        ------
        Malformed
            If it is not a value that may cross.
        """
        if type(reference) in PLAIN:
            return reference
        if type(reference) is not list or len(reference) != 1 or type(reference[0]) is not int:
            raise Malformed("A message refers to a value in a way that is not allowed.")
        index = reference[0]
        if not 0 <= index < len(self.nodes) or depth > DEEPEST + 2:
            raise Malformed("A message refers to a value that it does not hold, or nests too deeply.")
        if index not in self._done:
            node = self.nodes[index]
            if type(node) is not list or not node or type(node[0]) is not str:
                raise Malformed("A message holds something that is not a value.")
            self._parts += len(node)
            if self._parts > 4 * MOST_NODES:
                raise Malformed("A message holds more values than allowed.")
            self._done[index] = _PENDING
            try:
                self._done[index] = self._build(index, node, depth + 1)
            except CannotCross:
                raise
            except REFUSALS as error:
                raise Malformed("A message holds a value that cannot be rebuilt.") from error
        if self._done[index] is _PENDING:
            raise Malformed("A message holds a value that contains itself.")
        return self._done[index]

    def blob(self, number: Any) -> bytearray:
        """Return bytes of the message.

        Raises
        ------
        Malformed
            If it has none of that number.
        """
        if type(number) is not int or not 0 <= number < len(self.blobs):
            raise Malformed("A message refers to a blob that it does not hold.")
        return self.blobs[number]

    def claim(self, size: int) -> None:
        """Say how many bytes are about to be made of the message.

        Raises
        ------
        Malformed
            If they are too many, together with those before.
        """
        self._bytes += size
        if self._bytes > LARGEST_BLOBS:
            raise Malformed("A message holds larger arrays than allowed.")

    def _build(self, index: int, node: Node, depth: int) -> Any:
        tag, parts = node[0], node[1:]
        codec = BY_TAG.get(tag)
        if codec is None:
            return self.own[parts[0]] if tag == "u" else self.foreign(node)
        if codec.fill is not None and codec.empty is not None:  # it may contain itself: it is there before its parts
            value = self._done[index] = codec.empty()
            codec.fill(value, [self.get(part, depth) for part in parts])
        elif codec.read is not None:
            value = codec.read(self, parts, depth)
        if codec.snapshot is not None:
            self.objects[index] = value
        return value


_PENDING = object()
