"""What pools are given to do in tests: in a module of its own, which workers elsewhere can import.

What a task has to remember beyond its process is a file in a folder.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import EnvironmentProblem, SubmissionError
from autograder.farm.pool import Worker
from autograder.runs import errand
from autograder.runs.errand import Answer, Errand

DEADLY = "# whoever runs this dies"
SECONDS = 60.0  # more than anything here takes


def who(seconds: float, worker: Worker) -> int:
    """Return the number of the process, after some time."""
    time.sleep(seconds)
    return os.getpid()


def square(number: int, worker: Worker) -> int:
    return number * number


def walk(steps: int, worker: Worker) -> float:
    """Make steps; return how many seconds they took."""
    start = time.monotonic()
    for _ in range(steps):
        time.sleep(0.01)
        worker.step()
    return time.monotonic() - start


def weigh(content: bytes, worker: Worker) -> bytes:
    return content[::-1]


def look(_: object, worker: Worker) -> tuple[object, str, set[str], dict[str, str]]:
    """Return the shared value, the text of a shared file, the modules of this process and its environment."""
    text = (worker.shared("folder") / "text").read_text()
    return worker.shared("pi"), text, set(sys.modules), dict(os.environ)


@dataclass(frozen=True)
class Trouble:
    """A task that makes trouble for so many times; it leaves a file in the folder each time that it begins."""

    kind: str
    folder: Path
    times: int

    def begun(self) -> list[str]:
        """Return the numbers of the processes in which it has begun, in their order."""
        return [path.name.partition("-")[2] for path in sorted(self.folder.glob("*-*"))]


def suffer(trouble: Trouble, worker: Worker) -> str:
    """Do what a task says, or simply return "done" when it has made its trouble."""
    number = len(trouble.begun())
    if number >= trouble.times:
        return "done"
    (trouble.folder / f"{number:02}-{os.getpid()}").touch()
    if trouble.kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise {
        "memory": OSError(errno.ENOMEM, "Cannot allocate memory"),
        "value": ValueError("not two"),
        "machine": EnvironmentProblem("No sandbox."),
        "submission": SubmissionError("It is too long."),
        "odd": _Odd("one", "two"),
    }[trouble.kind]


class _Odd(Exception):
    """An exception that can be pickled but not unpickled."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def grade_or_die(work: Errand, worker: Worker) -> Answer:
    """Grade a submission as a worker does, or die of it."""
    if any(DEADLY in cell.source for item, _ in work.items.values() for cell in item.cells):
        os.kill(os.getpid(), signal.SIGKILL)
    return errand.run(work, worker)


def unspeakable(_: object, worker: Worker) -> object:
    """Return what cannot travel."""
    return lambda: None


def meet(folder: Path, worker: Worker) -> int:
    """Wait until two workers are prepared."""
    wait_for(lambda: len(list(folder.glob("prepared-*"))) >= 2)
    return os.getpid()


def wait_for(done: Callable[[], object], every: float = 0.05) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(every)


@dataclass(frozen=True)
class Note:
    """Leaves a file in a folder, named after the process."""

    folder: Path
    name: str

    def __call__(self) -> None:
        """Write it."""
        (self.folder / f"{self.name}-{os.getpid()}").touch()


@dataclass(frozen=True)
class Unless:
    """Cannot prepare a worker while there is a file."""

    file: Path

    def __call__(self) -> None:
        """Raise, if there is."""
        if self.file.exists():
            raise EnvironmentProblem("No sandbox.")


@dataclass(frozen=True)
class NotTheFirst:
    """Refuses the first process that it is called in, which leaves its number in a file."""

    file: Path

    def __call__(self) -> None:
        """Raise, if this process is the first."""
        try:
            with self.file.open("x") as note:
                note.write(str(os.getpid()))
        except FileExistsError:
            return
        raise EnvironmentProblem("No sandbox.")


def refuse() -> None:
    """Refuse every process."""
    raise EnvironmentProblem("No sandbox.")


def die() -> None:
    """End the process."""
    os._exit(1)


def forget() -> None:
    """Let a worker process of a cluster forget every run, as it does when it is left alone for long."""
    from autograder.farm.dask import station  # takes long to import, and other workers do without it

    station._station.end_all()


class Arrival:
    """Leaves a line in a file wherever it arrives."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Callable[[Path], Arrival], tuple[Path]]:
        return _arrived, (self.file,)


def _arrived(file: Path) -> Arrival:
    with file.open("a") as note:
        note.write(f"{os.getpid()}\n")
    return Arrival(file)


def note_process(path: str) -> None:
    """Write which process this is."""
    Path(path).write_text(str(os.getpid()))


class RunsWhereItArrives:
    """What a worker could answer: whoever asked it unpickles that."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return note_process, (self.path,)


def answer_that_runs(path: str, worker: Worker) -> object:
    """Answer with something that runs where it arrives."""
    return RunsWhereItArrives(path)
