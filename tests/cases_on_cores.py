"""Runs cases of a benchmark on all cores, each process with scratch courses of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from assignment_variants import Variants
from rich.console import Console
from rich.progress import track


@cache
def variants(assignment: str, *, diagnosed: bool = False) -> Variants:
    """Return what runs variants of an assignment in this process."""
    return Variants(assignment, Path(tempfile.mkdtemp()), diagnosed=diagnosed)


def _begin(folder: str) -> None:
    """Let a process of the pool have its scratch courses in a folder that somebody else removes."""
    tempfile.tempdir = folder


def on_all_cores(function: Callable[[Any], Any], cases: Iterable[Any], title: str) -> dict[Any, Any]:
    """Return what a function makes of each case."""
    cases = list(cases)
    cores = len(os.sched_getaffinity(0))
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(cores, initializer=_begin, initargs=(folder,)) as pool,
    ):
        found = track(pool.map(function, cases), title, len(cases), console=Console(stderr=True))
        return dict(zip(cases, found, strict=True))
