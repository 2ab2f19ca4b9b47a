"""What a bank of misconceptions is written with; see `bank/misconceptions/` for this course's.

A bank is a Python file about one assignment. Where a function has failed a test, the test process reads it.
"""

from autograder.engine.inside.diagnosing.bank import *  # noqa: F403 - all that its `__all__` names
