"""How a test has ended, in words that hold no line of the test."""

from __future__ import annotations

from collections.abc import Iterator

from . import protocol
from .errors import CannotCross
from .exceptions import said_by
from .frames import Malformed
from .link import ArgumentCannotCross, Lost


def fault_of(error: BaseException) -> protocol.TestFault:
    """Describe how a test ended: what kind of end, whose exception, in words without a line of the test."""
    if isinstance(error, Lost):
        return protocol.TestFault(origin="lost", name="Lost", text=error.function, frames=[])
    if isinstance(error, Malformed):
        return protocol.TestFault(origin="malformed", name="ProtocolError", text=str(error), frames=[])
    theirs = getattr(error, "student_fault", None)
    if theirs is not None:
        return protocol.TestFault(origin="student", name=theirs["name"], text=theirs["text"], frames=theirs["frames"])
    origin = "cannot cross" if isinstance(error, CannotCross) else "test"
    origin = "argument" if isinstance(error, ArgumentCannotCross) else origin
    if isinstance(error, AssertionError):
        own = [code.startswith("<test ") for code in _files(error)]  # or of the helper cell
        origin = "assert" if own and own[-1] else "library"
    return protocol.TestFault(origin=origin, name=type(error).__name__, text=said_by(error), frames=[])


def _files(error: BaseException) -> Iterator[str]:
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename
        traceback = traceback.tb_next
