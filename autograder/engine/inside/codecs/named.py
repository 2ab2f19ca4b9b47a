"""Named tuples: rebuilt as a named tuple of this side's own with the same name and fields, without the class's methods.

The class of the other side is never looked for here: what it is called and its fields are all that crosses.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from ..bounds import LONGEST_NAME, MOST_FIELDS
from ..frames import Malformed
from ..protocol import Node
from .codec import Codec, Reader, Writer

Kind = tuple[str, tuple[str, ...]]
MOST_CLASSES = 256  # that are kept for the next named tuple of the kind
BYTES_OF_A_CLASS = 100_000  # what a new one is counted as: it takes as long as that many bytes of an array
CLASSES: dict[Kind, Any] = {}
MAKE: Any = namedtuple  # whose arguments a type checker wants to know


def codec_of(value: Any) -> Codec | None:
    """Return the codec of a named tuple, if it is one that can be made anew."""
    if not isinstance(value, tuple):
        return None
    name, fields = type(value).__name__, getattr(type(value), "_fields", None)
    if type(fields) is not tuple or len(fields) != tuple.__len__(value) or not _is_short(name, fields):
        return None
    return named if _class_of((name, fields)) is not None else None


def _is_short(name: Any, fields: tuple[Any, ...]) -> bool:
    words = (name, *fields)
    return len(fields) <= MOST_FIELDS and all(type(word) is str and len(word) <= LONGEST_NAME for word in words)


def _class_of(kind: Kind) -> Any:
    """Return the class of that name with these fields; None if there cannot be one."""
    if kind not in CLASSES:
        if len(CLASSES) >= MOST_CLASSES:
            CLASSES.clear()
        name, fields = kind
        try:
            made: Any = MAKE(name, fields, rename=True, module="__main__")
        except ValueError:  # the name is not a valid one
            CLASSES[kind] = None
        else:
            CLASSES[kind] = made if made._fields == fields else None
    return CLASSES[kind]


def _write(writer: Writer, value: Any, depth: int) -> Node:
    fields = list(type(value)._fields)
    return ["named", type(value).__name__, fields, *[writer.put(part, depth) for part in tuple.__iter__(value)]]


def _read(reader: Reader, parts: Node, depth: int) -> Any:
    name, fields, *values = parts
    if type(fields) is not list or len(fields) != len(values) or not _is_short(name, tuple(fields)):
        raise Malformed("A named tuple has fields that it cannot have.")
    kind = name, tuple(fields)
    if kind not in CLASSES:
        reader.claim(BYTES_OF_A_CLASS)
    made = _class_of(kind)
    if made is None:
        raise Malformed("A named tuple has fields that it cannot have.")
    return tuple.__new__(made, [reader.get(value, depth) for value in values])


named = Codec("named", (), _write, _read)
CODECS = (named,)
