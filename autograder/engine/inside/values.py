"""Values as a flat table of nodes: what may cross between student and test, and what becomes of everything else.

A scalar stands for itself in JSON; anything else is a node, written once and referred to as ``[index]``, so that two
arguments that are one object arrive as one object. `Packer` writes, `unpack` rebuilds exact built-in and NumPy types
and checks while it does: kind, size, depth, count. Nothing is ever executed to rebuild a value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from .errors import OTHER_SHAPE, CannotCross
from .frames import LARGEST_BLOBS, Malformed
from .generators import Generator, rebuilt, set_state, state_of
from .protocol import Node, Reference

DEEPEST = 64
MOST_NODES = 1_000_000
PLAIN = (bool, int, float, str, type(None))
ARRAY_KINDS = frozenset("biufcUS")
DTYPE = re.compile(r"[<>|=][biufcUS][0-9]{1,9}")
TYPES = {kind.__name__: kind for kind in (bool, int, float, complex, str, bytes, list, tuple, dict, set, object)}
TYPES |= {f"numpy.{name}": getattr(np, name) for name in ("float32", "float64", "int32", "int64", "bool_", "ndarray")}
GENERATORS = (np.random.Generator, np.random.RandomState)
TYPE_NAMES = {kind: name for name, kind in TYPES.items()}

Table = dict[int, Any]


class Packer:
    """Writes values into one message.

    Parameters
    ----------
    foreign
        Gives the node of anything that is no plain value (a function, an instance), or raises `CannotCross`.
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

    def _node(self, value: Any, index: int, depth: int) -> Node:
        if isinstance(value, GENERATORS) and (stream := self.stream(value)):
            return stream  # and not an object that the other side may change
        for kind, write in _WRITERS:
            if isinstance(value, kind):
                if isinstance(value, _MUTABLE):
                    self.objects[index] = value
                return write(self, value, depth)
        if isinstance(value, type) and value in TYPE_NAMES:
            return ["T", TYPE_NAMES[value]]
        return self.foreign(value)

    def _all(self, tag: str, values: Any, depth: int) -> Node:
        return [tag, *(self.put(value, depth) for value in values)]

    def _blob(self, content: bytes) -> int:
        self.blobs.append(content)
        return len(self.blobs) - 1

    def _array(self, value: np.ndarray, depth: int) -> Node:
        value = np.asarray(value)  # a subclass crosses as what it is underneath
        if value.dtype.kind not in ARRAY_KINDS:
            raise CannotCross(f"An array of dtype {value.dtype} cannot be handed over: only numbers and text can.")
        order: Literal["F", "C"] = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        blob = self._blob(value.tobytes(order))
        return ["a", value.dtype.str, list(value.shape), order, bool(value.flags.writeable), blob]


_MUTABLE = (list, dict, set, bytearray, np.ndarray, *GENERATORS)
_WRITERS: list[tuple[type | tuple[type, ...], Callable[[Packer, Any, int], Node]]] = [
    (np.generic, lambda p, v, d: ["x", *p._array(np.asarray(v), d)[1::4]]),
    (bool, lambda p, v, d: ["j", bool(v)]),
    (int, lambda p, v, d: ["i", hex(int(v))]),
    (float, lambda p, v, d: ["j", float(v)]),
    (str, lambda p, v, d: ["j", str.__str__(v)]),
    (complex, lambda p, v, d: ["c", v.real, v.imag]),
    (bytes, lambda p, v, d: ["b", p._blob(bytes(v))]),
    (bytearray, lambda p, v, d: ["B", p._blob(bytes(v))]),
    (list, lambda p, v, d: p._all("l", list.__iter__(v), d)),
    (tuple, lambda p, v, d: p._all("t", tuple.__iter__(v), d)),
    (dict, lambda p, v, d: p._all("d", [part for item in dict.items(v) for part in item], d)),
    (set, lambda p, v, d: p._all("s", set.__iter__(v), d)),
    (frozenset, lambda p, v, d: p._all("f", frozenset.__iter__(v), d)),
    (range, lambda p, v, d: ["r", v.start, v.stop, v.step]),
    (np.ndarray, lambda p, v, d: p._array(v, d)),
    (GENERATORS, lambda p, v, d: ["g", state_of(v)]),
]


class Unpacker:
    """Rebuilds the values of one message.

    Parameters
    ----------
    nodes, blobs
        The message's table, straight from the pipe.
    foreign
        Rebuilds a node that is no plain value; called with the node, whose tag is a string.
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
            If it is none that may cross.
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
                raise Malformed("A message holds something that is no value.")
            self._parts += len(node)
            if self._parts > 4 * MOST_NODES:
                raise Malformed("A message holds more values than allowed.")
            self._done[index] = _PENDING
            try:
                self._done[index] = self._build(index, node, depth + 1)
            except (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError) as error:
                raise Malformed("A message holds a value that cannot be rebuilt.") from error
        if self._done[index] is _PENDING:
            raise Malformed("A message holds a value that contains itself.")
        return self._done[index]

    def _build(self, index: int, node: Node, depth: int) -> Any:
        tag, parts = node[0], node[1:]
        if tag in _FILLED:  # these may contain themselves: they are there before their parts are
            shell = _FILLED[tag]()
            self._done[index] = self.objects[index] = shell
            values = [self.get(part, depth) for part in parts]
            if tag == "l":
                shell.extend(values)
            elif tag == "s":
                shell.update(values)
            else:
                shell.update(zip(values[::2], values[1::2], strict=True))
            return shell
        if tag in "tf":
            return {"t": tuple, "f": frozenset}[tag](self.get(part, depth) for part in parts)
        if tag == "u":
            return self.own[parts[0]]
        reader = _READERS.get(tag)
        if reader is None:
            return self.foreign(node)
        value = reader(self, *parts)
        if isinstance(value, _MUTABLE):
            self.objects[index] = value
        return value

    def _blob(self, index: int) -> bytearray:
        if type(index) is not int or index < 0:
            raise Malformed("A message refers to a blob that it does not hold.")
        return self.blobs[index]

    def _array(self, code: str, shape: list[int], order: str, writeable: bool, blob: int) -> np.ndarray:
        content, dtype = self._blob(blob), _dtype(code)
        if not all(type(n) is int and n >= 0 for n in shape) or len(shape) > 32:
            raise Malformed("An array has an impossible shape.")
        size = dtype.itemsize
        for n in shape:
            size *= n
        if size != len(content) or (dtype.itemsize == 0 and math.prod(shape) > MOST_NODES):
            raise Malformed("An array's bytes do not fit its shape.")
        self._bytes += size
        if self._bytes > LARGEST_BLOBS:  # many arrays may name one blob
            raise Malformed("A message holds larger arrays than allowed.")
        if dtype.itemsize == 0 or not content:
            value: np.ndarray = np.zeros(shape, dtype)
        else:  # a copy: two arrays may name the same blob
            value = np.frombuffer(content, dtype).reshape(shape, order="F" if order == "F" else "C").copy("K")
        value.flags.writeable = bool(writeable)
        return value

    def _scalar(self, code: str, blob: int) -> Any:
        return self._array(code, [], "C", True, blob)[()]


def _dtype(code: Any) -> np.dtype:
    if type(code) is not str or not DTYPE.fullmatch(code):  # NumPy would evaluate other texts
        raise Malformed("An array has a dtype that may not cross.")
    dtype = np.dtype(code)
    if dtype.kind not in ARRAY_KINDS or dtype.hasobject:
        raise Malformed("An array has a dtype that may not cross.")
    return dtype


def _generator(state: Any) -> Generator:
    if state["kind"] not in ("legacy", "new"):
        raise Malformed("A random number generator is of an unknown kind.")
    return rebuilt(state)


def _plain(value: Any) -> Any:
    if type(value) not in PLAIN:
        raise Malformed("A message holds a scalar that is none.")
    return value


_PENDING = object()
_FILLED: dict[str, Callable[[], Any]] = {"l": list, "d": dict, "s": set}
_READERS: dict[str, Callable[..., Any]] = {
    "j": lambda u, value: _plain(value),
    "i": lambda u, digits: int(digits, 16),
    "c": lambda u, real, imaginary: complex(float(real), float(imaginary)),
    "b": lambda u, blob: bytes(u._blob(blob)),
    "B": lambda u, blob: bytearray(u._blob(blob)),
    "r": lambda u, start, stop, step: range(start, stop, step),
    "a": Unpacker._array,
    "x": Unpacker._scalar,
    "g": lambda u, state: _generator(state),
    "T": lambda u, name: TYPES[name],
}


def snapshot(value: Any) -> Any:
    """Return what tells later whether a mutable object was changed; what it holds is looked at from outside only."""
    if isinstance(value, dict):
        return [part for item in value.items() for part in item]
    if isinstance(value, list):
        return list(value)
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype, value.tobytes()
    if isinstance(value, GENERATORS):
        return state_of(value)
    return type(value)(value)


def has_changed(value: Any, before: Any) -> bool:
    """Tell whether a mutable object holds other things than when `before` was taken."""
    now = snapshot(value)
    if isinstance(value, (list, dict)):
        return len(now) != len(before) or any(a is not b for a, b in zip(now, before, strict=True))
    return bool(now != before)


def replace_content(old: Any, new: Any) -> None:
    """Make a mutable object hold what `new`, of the same kind, holds.

    Raises
    ------
    CannotCross
        If an array has got another shape or dtype: NumPy cannot do that from outside.
    """
    if isinstance(old, np.ndarray):
        if not isinstance(new, np.ndarray) or new.shape != old.shape or new.dtype != old.dtype:
            raise CannotCross(OTHER_SHAPE)
        if old.flags.writeable:
            old[...] = new
    elif isinstance(old, GENERATORS) and type(old) is type(new):
        set_state(old, state_of(new))
    elif isinstance(old, (list, bytearray)) and type(old) is type(new):
        old[:] = new
    elif isinstance(old, (dict, set)) and type(old) is type(new):
        old.clear()
        old.update(new)
    else:
        raise Malformed("An argument was changed into something else.")
