"""What a bank of misconceptions is written with; see `bank/misconceptions/` for this course's.

A bank is a Python file about one assignment. Where a function has failed a test, the test process reads it.
"""

from autograder.engine.inside.diagnosing.bank import (
    author,
    edited,
    halves,
    inputs,
    labels,
    matrix,
    misconception,
    parameters,
    sizes,
    unusual,
    unusual_edit,
)

__all__ = [
    "author",
    "edited",
    "halves",
    "inputs",
    "labels",
    "matrix",
    "misconception",
    "parameters",
    "sizes",
    "unusual",
    "unusual_edit",
]
