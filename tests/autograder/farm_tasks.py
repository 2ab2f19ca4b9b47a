"""What farms are given to do in tests: in a module of its own, which workers elsewhere can import."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from autograder.farm.dask import station


def who(seconds: float, step: Callable[[], None]) -> int:
    """Return the number of the process, after some time."""
    time.sleep(seconds)
    return os.getpid()


def forget() -> None:
    """Let a worker process forget every run, as it does when it is left alone for long."""
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
