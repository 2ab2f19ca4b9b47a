"""Calls from one process into the other, the same way in both directions.

The caller packs the arguments and remembers which objects they were. The other side runs the function and answers with
its result and with what it changed in the arguments. The caller then changes its own objects in the same way.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from .bounds import DEEPEST_CALLS
from .codecs import has_changed, replace_content, snapshot
from .frames import Malformed
from .protocol import Reference
from .values import Packer, Table, Unpacker


def pack_arguments(packer: Packer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Reference, Reference]:
    """Write the arguments of a call."""
    return packer.put(args), packer.put(kwargs)


def unpack_arguments(unpacker: Unpacker, message: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Rebuild the arguments of a call.

    Raises
    ------
    Malformed
        If they are not a tuple and a dict whose keys are text.
    """
    args, kwargs = unpacker.get(message.get("args")), unpacker.get(message.get("kwargs"))
    if type(args) is not tuple or type(kwargs) is not dict or not all(type(name) is str for name in kwargs):
        raise Malformed("The arguments of a call are not a tuple and a dict.")
    return args, kwargs


class Watched:
    """The mutable arguments of a call as they were before it."""

    def __init__(self, objects: Table) -> None:
        self.objects = objects
        self.before = {index: snapshot(value) for index, value in objects.items()}
        self.known = {id(value): index for index, value in objects.items()}

    def changes(self, packer: Packer) -> list[list[Any]]:
        """Write what has changed since, or since it was last written: an index and what the object there holds now."""
        changed = [index for index, value in self.objects.items() if has_changed(value, self.before[index])]
        self.before |= {index: snapshot(self.objects[index]) for index in changed}
        return [[index, packer.content(self.objects[index])] for index in changed]


def apply_changes(changes: Any, unpacker: Unpacker, objects: Table) -> None:
    """Change one's own objects as the other side has changed its copies.

    Raises
    ------
    Malformed
        If the changes are not pairs of an index and a reference.
    """
    if not isinstance(changes, list):
        raise Malformed("An answer does not say what has changed.")
    for change in changes:
        if type(change) is not list or len(change) != 2 or type(change[0]) is not int or change[0] not in objects:
            raise Malformed("An answer changes an argument that was not passed.")
    for index, reference in changes:
        replace_content(objects[index], unpacker.get(reference))


class Depth:
    """Counts calls inside calls: test, student, callback, student, ..."""

    def __init__(self) -> None:
        self.now = 0

    @contextlib.contextmanager
    def one_deeper(self) -> Iterator[None]:
        """Go one call deeper.

        Raises
        ------
        RecursionError
            Beyond `DEEPEST_CALLS`.
        """
        if self.now >= DEEPEST_CALLS:
            raise RecursionError("The test and the function call each other without end.")
        self.now += 1
        try:
            yield
        finally:
            self.now -= 1
