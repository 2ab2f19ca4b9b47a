"""What can go wrong, as sentences: every error that a person can cause or fix is one of these.

A message says what is wrong, where, and what to do next; the exit code tells a script which kind it was.
"""


class AutograderError(Exception):
    """Base of all errors that the command line reports as one sentence."""

    exit_code = 1


class UsageError(AutograderError):
    """The request does not make sense: an unknown assignment, a wrong option, no course here."""

    exit_code = 2


class SubmissionError(AutograderError):
    """One submission cannot be graded; the others can."""

    exit_code = 3


class EnvironmentProblem(AutograderError):
    """The machine lacks something: a sandbox, a free gradebook, disk space."""

    exit_code = 4


class Stopped(AutograderError):
    """A person pressed Ctrl-C."""

    exit_code = 130
