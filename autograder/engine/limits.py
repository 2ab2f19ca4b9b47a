"""What one notebook may use, and how long the engine waits for its processes: one value, handed down to all of it.

It decides nothing by itself; whoever watches, starts or waits for a process is handed the limits to do it by.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from autograder.engine.inside import bounds

MEBIBYTE = 2**20
SECONDS = 60  # of CPU time for one cell, unless a run asks for another limit


@dataclass(frozen=True)
class Patience:
    """How long the engine waits, in seconds; no grade depends on it unless a process does not do its part.

    Parameters
    ----------
    ready
        For the server of a sandbox to start.
    hello
        For a process that was asked for.
    send
        For a process to take what it is sent.
    answer
        For the rest of an answer whose first byte is there.
    binding
        For a process to take over what a test has bound.
    grace
        For the test process to end its test when the student's code was ended.
    end
        For the server to end by itself.
    first_look, look
        Before the first look at what a process uses, and between two looks.
    threads
        For threads to end whose code has: until then a process counts as having them.
    reap
        For killed processes to end, where there are too many and one of ours is to start.
    afterwards
        After each cell, once a process has died: what a cell has set off against others has to show before the next.
    """

    ready: float = 120.0
    hello: float = 20.0
    send: float = 20.0
    answer: float = 10.0
    binding: float = 10.0
    grace: float = 5.0
    end: float = 5.0
    first_look: float = 0.2
    look: float = 0.25
    threads: float = 1.0
    reap: float = 0.2
    afterwards: float = 0.05


@dataclass(frozen=True)
class OutputLimits:
    """What is kept of one cell's outputs: characters of text, of rich output and of Markdown, and their number.

    An honest process has cut them to two thirds of this, and says so at their end. What is Markdown beyond `markdown`
    is shown as text.
    """

    text: int = 3 * bounds.MOST_TEXT // 2
    rich: int = 3 * bounds.MOST_RICH // 2
    markdown: int = 100_000
    count: int = 3 * bounds.MOST_OUTPUTS // 2


@dataclass(frozen=True)
class Effort:
    """What is spent on finding out what is wrong with one function: it changes no grade.

    Parameters
    ----------
    seconds
        Of CPU time, at most.
    probes
        Inputs that are tried.
    looks
        Inputs that are tried again on the way to the smallest one.
    """

    seconds: float = 20.0
    probes: int = 40
    looks: int = 100


@dataclass(frozen=True)
class ProcessLimits:
    """What one process may use.

    Bytes of memory, processes beside it (0: any number), bytes of a file, CPU seconds, open files.
    """

    memory: int
    processes: int
    file_size: int
    cpu_seconds: int
    files: int


@dataclass(frozen=True)
class Limits:
    """What one notebook may use; memory, files and disk in bytes.

    Parameters
    ----------
    notebook_seconds
        Wall seconds for all of its cells.
    wall_per_cpu
        Wall seconds for each CPU second that a cell may take.
    memory
        Of one process, and of all of a notebook's together.
    machine_reserve
        What the machine itself must have left: files in memory belong to no process.
    processes, file_size, cpu_seconds, files
        Beside the first one; of one file; of one process; open ones of one process.
    disk, small
        The home folder; each other folder that can be written to.
    starts
        How often the student's process may be started before the rest of the notebook is given up.
    effort
        What is spent on a diagnosis.
    outputs
        What is kept of the outputs of a cell.
    patience
        How long the engine waits.
    """

    notebook_seconds: float = 1800
    wall_per_cpu: float = 3
    memory: int = 4096 * MEBIBYTE
    machine_reserve: int = 256 * MEBIBYTE
    processes: int = 128
    file_size: int = 128 * MEBIBYTE
    cpu_seconds: int = 1800
    files: int = 256
    disk: int = 256 * MEBIBYTE
    small: int = 64 * MEBIBYTE
    starts: int = 9
    effort: Effort = field(default_factory=Effort)
    outputs: OutputLimits = field(default_factory=OutputLimits)
    patience: Patience = field(default_factory=Patience)

    def of(self, role: str, *, isolated: bool) -> ProcessLimits:
        """Return the limits of a student or a test process; without a sandbox, processes cannot be counted."""
        processes = self.processes if role == "student" and isolated else 0
        return ProcessLimits(self.memory, processes, self.file_size, self.cpu_seconds, self.files)

    def for_grades(self) -> dict[str, Any]:
        """Return those limits that may change what a submission earns."""
        return {name: value for name, value in asdict(self).items() if name not in ("outputs", "patience")}
