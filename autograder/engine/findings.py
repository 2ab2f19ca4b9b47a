"""What was found out about a cell that did not end well, as data: what happened, where, and the numbers of it.

It is not text for anybody: `grading.wording` words it, once for the student, once for the instructor. It may hold what
a hidden test has passed, so it is for the supervisor and the instructor alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Ending(StrEnum):
    """How a cell ended."""

    ok = "ok"
    failed = "failed"  # an assertion of the test did not hold
    error = "error"  # any other exception, or the death of the process
    timeout = "timeout"
    kept = "kept"  # a test that was not asked for: what is recorded of it stays


class Origin(StrEnum):
    """Whose code it came from: the student's, the test's; or the engine has ended or refused something."""

    student = "student"
    test = "test"
    engine = "engine"


class FindingKind(StrEnum):
    """What happened."""

    assertion = "assertion"  # an assertion of the test did not hold
    comparison = "comparison"  # an assertion in a library that the test calls (`np.testing`) did not hold
    raised = "raised"  # the student's code, or a line of the test's own, raised an exception
    syntax = "syntax"  # a cell of the student's is not Python
    debugger = "debugger"  # the student's code has called a debugger
    argument = "argument"  # the test passes something that cannot be handed over
    result = "result"  # the student's code gives something that cannot be handed over
    malformed = "malformed"  # the student's process gave an answer that is not a valid one
    time_limit = "time limit"  # of one cell; numbers: seconds
    memory_limit = "memory limit"  # of one notebook; numbers: megabytes
    machine_memory = "machine memory"  # the machine itself had too little left
    apart = "apart"  # the cell ran well, apart from the notebook's names, see `environment`
    ended_in_cell = "ended in cell"  # the process ended while the cell ran
    ended_in_call = "ended in call"  # the process ended in a call of `function`
    not_called_again = "not called again"  # `function` hung or died before, see `cause`
    test_without_end = "test without end"  # the test did not end once its calls were stopped
    notebook_time = "notebook time"  # not run, since the whole notebook has had its time; numbers: minutes
    ended_too_often = "ended too often"  # not run, since the student's process could not be had any more
    threads = "threads"  # not run, since there was no time left to start the code's threads anew
    not_run = "not run"  # nobody has reported on it


ENDINGS = {
    FindingKind.assertion: Ending.failed,
    FindingKind.comparison: Ending.failed,
    FindingKind.time_limit: Ending.timeout,
    FindingKind.notebook_time: Ending.timeout,
}


class EnvironmentKind(StrEnum):
    """What code wants that it does not find where it is graded, and that says nothing about its idea."""

    module = "missing module"
    numpy = "old NumPy"
    python = "Python 2"
    tabs = "tabs and spaces"
    magic = "IPython magic"
    file = "missing file"
    merge = "merge marks"


@dataclass(frozen=True)
class EnvironmentFault:
    """A fault of environment: its kind, and the name of what is missing or old, as far as it is known."""

    kind: EnvironmentKind
    name: str = ""


@dataclass(frozen=True)
class Line:
    """A line of a student's cell: the place of the cell, its number there, its text, and the function around it."""

    cell: int
    number: int
    text: str
    function: str = ""


@dataclass(frozen=True)
class Finding:
    """Why a cell did not end well.

    Parameters
    ----------
    kind, origin
        What happened, and whose code it came from.
    test
        The name of the test; None for a cell that is not a test.
    function
        The student's function whose call did not come back.
    lines
        The student's own lines on the way to it, the outermost first.
    exception, text
        The type of the exception, by its name, and what it or the assertion says: text of unknown origin.
    numbers
        What belongs to the kind: a limit that was passed.
    cause
        An earlier finding that this one follows from: of the cell that should have bound a missing name, or of the call
        after which a function was given up; of the cell that should have made what a test looks at.
    cell
        The name of the cell, if it is not a test.
    environment
        The fault of environment that it is, if it is not one of idea.
    """

    kind: FindingKind
    origin: Origin = Origin.engine
    test: str | None = None
    function: str = ""
    lines: tuple[Line, ...] = ()
    exception: str = ""
    text: str = ""
    numbers: dict[str, float] = field(default_factory=dict)
    cause: Finding | None = None
    cell: str = ""
    environment: EnvironmentFault | None = None

    @property
    def root(self) -> EnvironmentFault | None:
        """The fault of environment that it is, or that it follows from."""
        return self.environment or (self.cause.root if self.cause else None)

    @property
    def ending(self) -> Ending:
        """How its cell ended: what follows from a passed time limit counts as one."""
        if self.cause is not None and self.cause.ending is Ending.timeout:
            return Ending.timeout
        return ENDINGS.get(self.kind, Ending.error)
