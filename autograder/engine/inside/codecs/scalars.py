"""Scalars: those that JSON has, once a subclass hides them; large whole numbers; complex numbers; names of types."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frames import Malformed
from ..protocol import Node
from .codec import Codec, Reader, Writer

PLAIN = frozenset({bool, int, float, str, type(None)})  # these need no node
TYPES = {kind.__name__: kind for kind in (bool, int, float, complex, str, bytes, list, tuple, dict, set, object)}
TYPES |= {f"numpy.{name}": getattr(np, name) for name in ("float32", "float64", "int32", "int64", "bool_", "ndarray")}
TYPE_NAMES = {kind: name for name, kind in TYPES.items()}


def _write_plain(writer: Writer, value: Any, depth: int) -> Node:
    return ["j", str.__str__(value) if isinstance(value, str) else float(value)]


def _read_plain(reader: Reader, parts: Node, depth: int) -> Any:
    (value,) = parts
    if type(value) not in PLAIN:
        raise Malformed("A message holds something that is not a scalar.")
    return value


def _read_complex(reader: Reader, parts: Node, depth: int) -> complex:
    real, imaginary = parts
    return complex(float(real), float(imaginary))


def _write_type(writer: Writer, value: Any, depth: int) -> Node | None:
    return ["T", TYPE_NAMES[value]] if value in TYPE_NAMES else None


def _read_whole(reader: Reader, parts: Node, depth: int) -> int:
    (digits,) = parts
    return int(digits, 16)


def _read_type(reader: Reader, parts: Node, depth: int) -> type:
    (name,) = parts
    return TYPES[name]


plain = Codec("j", (float, str), _write_plain, _read_plain)
whole = Codec("i", (int,), lambda writer, value, depth: ["i", hex(int(value))], _read_whole)
complexes = Codec("c", (complex,), lambda writer, value, depth: ["c", value.real, value.imag], _read_complex)
types = Codec("T", (type,), _write_type, _read_type)
CODECS = (plain, whole, complexes, types)
