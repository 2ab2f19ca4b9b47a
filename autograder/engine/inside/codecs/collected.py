"""The containers of `collections`, rebuilt as exactly those types: counters, ordered and default dicts, deques."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

from ..frames import Malformed
from ..protocol import Node
from .codec import Codec, Reader, Writer
from .containers import fill_dict, items, mapping, same_objects


def _write_default(writer: Writer, value: defaultdict[Any, Any], depth: int) -> Node:
    factory = writer.put(value.default_factory, depth)
    return ["defaultdict", factory, *[writer.put(part, depth) for part in items(value)]]


def _fill_default(value: defaultdict[Any, Any], parts: list[Any]) -> None:
    factory, *pairs = parts
    if factory is not None and not callable(factory):
        raise Malformed("A defaultdict makes its defaults with something that is not a function.")
    value.default_factory = factory
    fill_dict(value, pairs)


def _write_deque(writer: Writer, value: deque[Any], depth: int) -> Node:
    return ["deque", value.maxlen, *[writer.put(part, depth) for part in deque.__iter__(value)]]


def _read_deque(reader: Reader, parts: Node, depth: int) -> deque[Any]:
    longest, *rest = parts
    return deque((reader.get(part, depth) for part in rest), longest)


def _replace_deque(old: deque[Any], new: Any) -> None:
    if type(new) is not deque:
        raise Malformed("An argument was changed into something else.")
    old.clear()
    old.extend(new)


def _ordered(value: OrderedDict[Any, Any]) -> list[Any]:
    return [part for item in OrderedDict.items(value) for part in item]  # dict.items knows no other order than its own


counters = mapping("counter", Counter)
ordered = mapping("ordereddict", OrderedDict, _ordered)
defaults = mapping("defaultdict", defaultdict, write=_write_default, fill=_fill_default)
deques = Codec(
    "deque",
    (deque,),
    write=_write_deque,
    read=_read_deque,
    snapshot=list,
    same=same_objects,
    replace=_replace_deque,
)
CODECS = (counters, ordered, defaults, deques)
