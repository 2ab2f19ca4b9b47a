"""What a test is told of an object that stays in the student's process: its kind, name, docstring and parameters."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

from .bounds import LONGEST_DOC


def described(value: Any) -> list[Any]:
    """Return the parts of a node that describe a function or an object; an object has the name of its type."""
    name = getattr(value, "__name__", None)
    is_type = isinstance(value, type)
    is_function = callable(value) and not is_type and type(name) is str
    doc = value.__doc__ if is_function or is_type else None
    return [
        "function" if is_function else "object",
        name if type(name) is str and (is_function or is_type) else type(value).__name__,
        doc[:LONGEST_DOC] if type(doc) is str else "",
        list(_parameters(value)) if is_function else [],
    ]


def _parameters(function: Any) -> Iterator[list[Any]]:
    with contextlib.suppress(ValueError, TypeError):
        for parameter in inspect.signature(function).parameters.values():
            yield [parameter.name, int(parameter.kind), parameter.default is not parameter.empty]
