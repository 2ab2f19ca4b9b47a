"""What is raised when a value cannot be handed over; the message says why.

Malformed frames and lost connections are other matters: see `frames`.
"""

from __future__ import annotations

PASSES, CANNOT = "The test passes to ", " a value that cannot be handed over"  # with the name of a function between
OTHER_SHAPE = "An array that was passed in has got another shape or dtype."


class CannotCross(TypeError):
    """A value that cannot be handed from one process to the other; the text says why."""


class NoAttribute(CannotCross, AttributeError):
    """What a test gets when it asks for an attribute of an object that stays with the student's code."""
