"""What one notebook may use, and how long the engine waits for its processes: one value, handed down to all of it.

It decides nothing by itself; whoever watches, starts or waits for a process is handed the limits to do it by.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from autograder.engine.inside import bounds
from autograder.shown.allowance import Allowance

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
    """What is kept and shown of what cells put out, and of what students write: no grade depends on it.

    Of one cell, an honest process has cut it to two thirds of this, and says so at its end. What a notebook may come to
    is taken from one `Allowance` before anything of it is parsed.

    Parameters
    ----------
    text, rich, count
        Of one cell: characters of text, characters of rich output, outputs.
    notebook, outputs
        Of one notebook: bytes of all its outputs, and their number.
    html, deepest
        Steps on HTML, about five for a cell of a table; tags within tags.
    markdown
        Steps on Markdown: characters times what is opened in them.
    pictures
        Bytes of pictures that are attached to a text or lie beside it, as often as they show.
    code, formulas
        Characters of code that get colours; characters in which formulas are set.
    page
        Bytes of the student's own cells in a page of feedback.
    """

    text: int = 3 * bounds.MOST_TEXT // 2
    rich: int = 3 * bounds.MOST_RICH // 2
    count: int = 3 * bounds.MOST_OUTPUTS // 2
    notebook: int = 6 * MEBIBYTE
    outputs: int = 4000
    html: int = 300_000
    deepest: int = 200
    markdown: int = 20_000_000
    pictures: int = 20 * MEBIBYTE
    code: int = 200_000
    formulas: int = 200_000
    page: int = 10 * MEBIBYTE

    def for_outputs(self) -> Allowance:
        """Return what may be spent on the outputs of one notebook, or on what is written in it."""
        return Allowance(
            self.notebook, self.outputs, self.html, self.deepest, self.markdown, self.pictures, self.code, self.formulas
        )

    def for_page(self) -> Allowance:
        """Return what may be spent on the student's own cells in a page of feedback."""
        return replace(self.for_outputs(), bytes=self.page)


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
        Inputs that are tried again on the way to the smallest one; without any, no example is shown.
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
    wall_when_busy
        The same where other programs have the processor meanwhile: as long as they do, the wall time stands still.
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
    wall_when_busy: float = 12
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
