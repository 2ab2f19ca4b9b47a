"""Ten thousand small submissions in one run, watched: does it slow down, grow, or leave anything? `make soak`."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from autograder.bench.grading import CORES, make_course, seconds, small_notebook
from autograder.course import CONFIG_NAME, Course

SUBMISSIONS = 10_000
EVERY_SECONDS = 2.0
BECOME_REAPER = 36  # PR_SET_CHILD_SUBREAPER: whatever loses its parent becomes ours
MANY, MANY_CORES = 100_000, 64
MB = 2**20


@dataclass(frozen=True)
class Sample:
    """What a look at the run has found: memory in bytes, open descriptors and processes, CPU seconds so far."""

    memory: int
    all_memory: int
    descriptors: int
    processes: int
    own_cpu: float
    others_cpu: float


def look(supervisor: psutil.Process) -> Sample | None:
    """Look at a supervisor and all that it has started; None if it is gone."""
    try:
        own = supervisor.cpu_times()
        memory, descriptors = supervisor.memory_info().rss, supervisor.num_fds()
        others, all_memory, all_descriptors, cpu = 0, memory, descriptors, own.children_user + own.children_system
        for process in supervisor.children(recursive=True):
            try:
                times = process.cpu_times()
                cpu += times.user + times.system + times.children_user + times.children_system
                all_memory += process.memory_info().rss
                all_descriptors += process.num_fds()
                others += 1
            except psutil.Error:
                continue
        return Sample(memory, all_memory, all_descriptors, others, own.user + own.system, cpu)
    except psutil.Error:
        return None


def watched(root: Path, submissions: int, temporary: Path) -> list[Sample]:
    """Grade the course; return what was seen meanwhile."""
    samples = []
    run = subprocess.Popen(
        [sys.executable, "-m", "autograder", "grade", "small"],
        cwd=root,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    verdicts = root / "reports" / "small" / "verdicts"
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("soak: submissions", total=submissions)
        while run.poll() is None:
            sample = look(psutil.Process(run.pid))
            if sample:
                samples.append(sample)
            progress.update(bar, completed=sum(1 for _ in verdicts.iterdir()) if verdicts.is_dir() else 0)
            time.sleep(EVERY_SECONDS)
    if run.returncode:
        raise SystemExit(f"The run ended with exit code {run.returncode}.")
    return samples


def rate(times: list[float]) -> float:
    """Return submissions per second from the times at which they were recorded."""
    return (len(times) - 1) / (times[-1] - times[0])


def rows(samples: list[Sample], times: list[float], left: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what was found, each with what is wanted."""
    tenth = len(times) // 10
    first, last = rate(times[:tenth]), rate(times[-tenth:])
    yield f"throughput of the first {tenth:,}", f"{60 * first:.0f} a minute", ""
    yield f"throughput of the last {tenth:,}", f"{60 * last:.0f} a minute ({last / first - 1:+.1%})", "within 10 %"
    early, late = samples[len(samples) // 10], samples[-max(2, len(samples) // 10)]
    for what, before, after in (
        ("supervisor", f"{early.memory / MB:.0f} MB", f"{late.memory / MB:.0f} MB"),
        ("all processes", f"{early.all_memory / MB:.0f} MB", f"{late.all_memory / MB:.0f} MB"),
        ("open descriptors", str(early.descriptors), str(late.descriptors)),
        ("processes below", str(early.processes), str(late.processes)),
    ):
        yield f"{what}, early and late", f"{before}, {after}", "flat"
    yield "processes and temporary files left", ", ".join(left) or "none", "none"
    end = samples[-1]
    own, others = end.own_cpu / len(times), end.others_cpu / len(times)
    yield "CPU time of the one writer", f"{1000 * own:.1f} ms each", ""
    yield "CPU time of the workers", f"{1000 * others:.1f} ms each", ""
    writer, workers = MANY * own, MANY * others / MANY_CORES
    told = (
        f"{max(writer, workers) / 60:.0f} minutes: the writer needs {writer / 60:.0f}, the workers {workers / 60:.0f}"
    )
    yield f"{MANY:,} on {MANY_CORES} cores, on paper", told, ""


def main() -> None:
    """Print what was found."""
    course = Course.find()
    submissions = int(sys.argv[1]) if len(sys.argv) > 1 else SUBMISSIONS
    scratch = course.root / "_build" / "soak"
    temporary = scratch / "temporary"
    ctypes.CDLL(None).prctl(BECOME_REAPER, 1, 0, 0, 0)
    make_course(scratch / "course", (course.root / CONFIG_NAME).read_text(), "small", small_notebook(), submissions)
    temporary.mkdir(parents=True, exist_ok=True)
    samples = watched(scratch / "course", submissions, temporary)
    alive = psutil.Process().children(recursive=True)
    left = [" ".join(process.cmdline())[:60] for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    left += [path.name for path in temporary.iterdir()]
    verdicts = (scratch / "course" / "reports" / "small" / "verdicts").glob("*.json")
    times = sorted(path.stat().st_mtime for path in verdicts)
    table = Table("soak", "found", "wanted", title=f"{submissions:,} small submissions on {CORES} cores")
    for row in rows(samples, times, left):
        table.add_row(*row)
    again = seconds("-m", "autograder", "grade", "small", root=scratch / "course") / submissions
    table.add_row("a second run, nothing changed", f"{1000 * again:.1f} ms each", "less than 5 ms")
    Console().print(table)
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
