"""Containers: list, dict and set, which may contain themselves and can be changed; tuple, frozenset and range."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..frames import Malformed
from ..protocol import Node
from .codec import Codec, Reader, Writer


def write_all(tag: str, parts_of: Callable[[Any], Iterable[Any]]) -> Callable[[Writer, Any, int], Node]:
    """Return what writes a container; `parts_of` looks past whatever a subclass makes of it."""
    return lambda writer, value, depth: [tag, *[writer.put(part, depth) for part in parts_of(value)]]


def _read_all(make: Callable[[Iterable[Any]], Any]) -> Callable[[Reader, Node, int], Any]:
    return lambda reader, parts, depth: make(reader.get(part, depth) for part in parts)


def _read_range(reader: Reader, parts: Node, depth: int) -> range:
    start, stop, step = parts
    return range(start, stop, step)


def fill_dict(value: dict[Any, Any], parts: list[Any]) -> None:
    """Put keys and values, one after the other, into a dict of any kind."""
    for key, content in zip(parts[::2], parts[1::2], strict=True):
        value[key] = content


def items(value: dict[Any, Any]) -> list[Any]:
    """Return the keys and values of a dict, one after the other, whatever a subclass makes of them."""
    return [part for item in dict.items(value) for part in item]


def same_objects(now: list[Any], before: list[Any]) -> bool:
    """Return whether two lists hold the same objects."""
    return len(now) == len(before) and all(a is b for a, b in zip(now, before, strict=True))


def replace_all(old: Any, new: Any) -> None:
    """Make one container hold what another of the same type holds.

    Raises
    ------
    Malformed
        If it is of another type.
    """
    if type(old) is not type(new):
        raise Malformed("An argument was changed into something else.")
    if isinstance(old, (list, bytearray)):
        old[:] = new
    else:
        old.clear()
        old.update(new)


def mapping(
    tag: str,
    kind: type[dict[Any, Any]],
    parts_of: Callable[[Any], list[Any]] = items,
    write: Callable[[Writer, Any, int], Node] | None = None,
    fill: Callable[[Any, list[Any]], None] = fill_dict,
) -> Codec:
    """Return the codec of a dict of some kind, which may contain itself and can be changed."""
    return Codec(
        tag,
        (kind,),
        write=write or write_all(tag, parts_of),
        empty=kind,
        fill=fill,
        snapshot=parts_of,
        same=same_objects,
        replace=replace_all,
    )


lists = Codec(
    "l",
    (list,),
    write=write_all("l", list.__iter__),
    empty=list,
    fill=list.extend,
    snapshot=list,
    same=same_objects,
    replace=replace_all,
)
dicts = mapping("d", dict)
sets = Codec(
    "s",
    (set,),
    write=write_all("s", set.__iter__),
    empty=set,
    fill=set.update,
    snapshot=lambda value: type(value)(value),
    replace=replace_all,
)
tuples = Codec("t", (tuple,), write_all("t", tuple.__iter__), _read_all(tuple))
frozensets = Codec("f", (frozenset,), write_all("f", frozenset.__iter__), _read_all(frozenset))
ranges = Codec("r", (range,), lambda writer, value, depth: ["r", value.start, value.stop, value.step], _read_range)
CODECS = (lists, tuples, dicts, sets, frozensets, ranges)
