"""NumPy's arrays and scalars: dtype, shape and order in the node, their bytes as a blob.

They may hold numbers, text, dates, durations, and records of these; never objects.
"""

from __future__ import annotations

import math
import re
from typing import Any, Literal

import numpy as np

from ..bounds import DEEPEST, MOST_DIMENSIONS, MOST_NODES
from ..errors import OTHER_SHAPE, CannotCross
from ..frames import Malformed
from ..protocol import Node
from .codec import Codec, Reader, Writer

ARRAY_KINDS = frozenset("biufcUSmM")
DTYPE = re.compile(r"[<>|=](?:[biufcUS][0-9]{1,9}|[mM]8(?:\[[0-9]{0,9}(?:Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?)")


def _write_array(writer: Writer, value: np.ndarray, depth: int) -> Node:
    value = np.asarray(value)  # a subclass crosses as what it is underneath
    code = _code(value.dtype)
    if value.dtype.names is not None:
        value = value.astype(_dtype(code), copy=False)  # without gaps between fields
    order: Literal["F", "C"] = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    blob = writer.blob(value.tobytes(order))
    return ["a", code, list(value.shape), order, bool(value.flags.writeable), blob]


def _write_scalar(writer: Writer, value: np.generic, depth: int) -> Node:
    _, code, _, _, _, blob = _write_array(writer, np.asarray(value), depth)
    return ["x", code, blob]


def _read_array(reader: Reader, parts: Node, depth: int) -> np.ndarray:
    code, shape, order, writeable, blob = parts
    content, dtype = reader.blob(blob), _dtype(code)
    if not all(type(n) is int and n >= 0 for n in shape) or len(shape) > MOST_DIMENSIONS:
        raise Malformed("An array has an impossible shape.")
    size = dtype.itemsize
    for n in shape:
        size *= n
    if size != len(content) or (dtype.itemsize == 0 and math.prod(shape) > MOST_NODES):
        raise Malformed("An array's bytes do not fit its shape.")
    reader.claim(size)  # many arrays may name one blob
    if dtype.itemsize == 0 or not content:
        value: np.ndarray = np.zeros(shape, dtype)
    else:  # a copy: two arrays may name the same blob
        value = np.frombuffer(content, dtype).reshape(shape, order="F" if order == "F" else "C").copy("K")
    value.flags.writeable = bool(writeable)
    return value


def _read_scalar(reader: Reader, parts: Node, depth: int) -> Any:
    code, blob = parts
    return _read_array(reader, [code, [], "C", True, blob], depth)[()]


def _code(dtype: np.dtype) -> Any:
    """Return how a dtype is written: as NumPy's short text, or as a list with name, dtype and shape of each field."""
    if dtype.names is not None and dtype.fields is not None:
        parts = [(name, dtype.fields[name][0]) for name in dtype.names]
        return [[name, _code(part.base), list(part.shape)] for name, part in parts]
    if dtype.kind not in ARRAY_KINDS:
        raise CannotCross(
            f"An array of dtype {dtype} cannot be handed over: only numbers, text and dates can. "
            "Use a list, or an array of such a dtype."
        )
    return dtype.str


def _dtype(code: Any, depth: int = 0) -> np.dtype:
    if type(code) is list and depth < DEEPEST:
        return np.dtype([_field(field, depth) for field in code])
    if type(code) is not str or not DTYPE.fullmatch(code):  # NumPy would evaluate other texts
        raise Malformed("An array has a dtype that may not cross.")
    dtype = np.dtype(code)
    if dtype.kind not in ARRAY_KINDS or dtype.hasobject:
        raise Malformed("An array has a dtype that may not cross.")
    return dtype


def _field(field: Any, depth: int) -> tuple[str, np.dtype, tuple[int, ...]]:
    name, code, shape = field
    if type(name) is not str or type(shape) is not list or len(shape) > MOST_DIMENSIONS:
        raise Malformed("An array has a field that may not cross.")
    if not all(type(n) is int and n >= 0 for n in shape):
        raise Malformed("An array has an impossible shape.")
    return name, _dtype(code, depth + 1), tuple(shape)


def _replace(old: np.ndarray, new: Any) -> None:
    if not isinstance(new, np.ndarray) or new.shape != old.shape or new.dtype != _dtype(_code(old.dtype)):
        raise CannotCross(OTHER_SHAPE)  # NumPy cannot change these from outside
    if old.flags.writeable:
        old[...] = new


scalars = Codec("x", (np.generic,), _write_scalar, _read_scalar)
arrays = Codec(
    "a",
    (np.ndarray,),
    _write_array,
    _read_array,
    snapshot=lambda value: (value.shape, value.dtype, value.tobytes()),
    replace=_replace,
)
CODECS = (scalars, arrays)
