"""Exceptions that cross from one process to the other: their type by name, their arguments, what they say.

An exception is rebuilt as one of Python's own types or a fresh subclass of one, so that `except ValueError` means what
it says; no code of the other side comes with it.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from .bounds import LONGEST_NAME, LONGEST_TEXT, MOST_ARGUMENTS, MOST_FRAMES, MOST_KINDS
from .errors import CannotCross
from .frames import Malformed
from .protocol import Fault, Reference
from .values import Packer

DEBUGGER_LEFT = "A debugger cannot be used here, since nobody is here to answer it."
REFUSED = f"{CannotCross.__module__}.{CannotCross.__qualname__}"

KNOWN: dict[str, type[Exception]] = {
    f"builtins.{name}": kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception)
}
KNOWN |= {"numpy.linalg.LinAlgError": np.linalg.LinAlgError, "numpy.exceptions.AxisError": np.exceptions.AxisError}


def describe(error: BaseException) -> Fault:
    """Return what an exception is: the types that it has, outermost first, and what it says."""
    kinds = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    return Fault(kinds=kinds[:MOST_KINDS], text=said_by(error))


def said_by(error: BaseException, otherwise: str = "") -> str:
    """Return the text of an exception, or something else if its author has made that impossible."""
    try:
        return str(error)[:LONGEST_TEXT]
    except BaseException:
        return otherwise


def arguments_of(packer: Packer, error: BaseException) -> Reference:
    """Write the arguments of an exception if they are plain values, so that `KeyError('W1')` stays what it is."""
    try:
        return packer.put(tuple(error.args)[:MOST_ARGUMENTS])
    except Exception:
        return packer.put(())


def rebuild(fault: Any, args: Any) -> Exception:
    """Return an exception like the one that was described.

    Raises
    ------
    Malformed
        If it is described in a way that is not allowed.
    """
    if not isinstance(fault, dict) or not isinstance(fault.get("kinds"), list) or type(fault.get("text")) is not str:
        raise Malformed("An exception is described in a way that is not allowed.")
    kinds = [kind for kind in fault["kinds"] if isinstance(kind, str)][:MOST_KINDS]
    text, name = fault["text"][:LONGEST_TEXT], kinds[0].rpartition(".")[2][:LONGEST_NAME] if kinds else "Exception"
    if REFUSED in kinds:
        return CannotCross(text)
    base = next((KNOWN[kind] for kind in kinds if kind in KNOWN), Exception)
    if issubclass(base, BaseExceptionGroup):
        members = [Exception("one of several exceptions")]
        group = type(base.__name__, (base,), {"__str__": lambda _: text})
        return group(text, members)
    kind = base
    if kinds and kinds[0] not in KNOWN and kinds[0].startswith(("__main__.", "builtins.")) and name.isidentifier():
        kind = type(name, (base,), {"__module__": "__main__"})
    try:
        error = kind(*(args if type(args) is tuple else ()))
        if str(error) == text:
            return error
    except Exception:  # its constructor takes other arguments than it keeps
        pass
    return type(kind.__name__, (kind,), {"__init__": lambda *_: None, "__str__": lambda _: text})(text)


def clean_frames(frames: Any) -> list[tuple[int, int, str]]:
    """Return the frames of a traceback that are well formed: number of the cell, line, name of the function."""
    if not isinstance(frames, list):
        return []
    return [
        (frame[0], frame[1], frame[2][:LONGEST_NAME])
        for frame in frames[:MOST_FRAMES]
        if type(frame) is list and list(map(type, frame)) == [int, int, str]
    ]
