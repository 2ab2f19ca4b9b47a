"""Whether a name of a locked cell has another value in the student's process than in ours."""

from __future__ import annotations

import json
from typing import Any

from .errors import CannotCross
from .link import Link
from .proxies import Handle, Module, Proxy
from .values import Packer


def differs(link: Link, name: str, ours: Any) -> bool:
    """Return whether the value of a name differs; functions, and what cannot cross, are not compared."""
    try:
        theirs = link.look_up(name)
        if isinstance(theirs, (Proxy, Handle, Module)) or callable(ours):
            return False
        return _written(ours) != _written(theirs)
    except (KeyError, CannotCross):
        return False


def _written(value: Any) -> tuple[str, list[bytes]]:
    packer = Packer(nothing_else)
    reference = packer.put(value)
    return json.dumps([reference, packer.nodes]), packer.blobs  # as text, nan is nan


def nothing_else(value: Any) -> Any:
    """Refuse what is not a plain value."""
    raise CannotCross(f"A {type(value).__name__} is not a plain value.")
