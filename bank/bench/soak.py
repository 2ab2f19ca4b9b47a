"""Ten thousand small submissions in one run, watched: does it slow down, grow, or leave anything? `make soak`."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from autograder.course.course import CONFIG_NAME, Course
from bank.bench.grading import CORES, make_course, seconds, small_notebook

SUBMISSIONS = 10_000
EVERY_SECONDS = 2.0
BECOME_REAPER = 36  # PR_SET_CHILD_SUBREAPER: whatever loses its parent becomes ours
MANY, MANY_CORES = 100_000, 64
MB = 2**20


@dataclass(frozen=True)
class Sample:
    """What a look at the run has found: memory in bytes, open descriptors and processes.

    CPU seconds so far are the supervisor's, and those of the whole machine: what a sandbox has forked is nobody's
    child any more when it ends, so nobody could add it up.
    """

    memory: int
    all_memory: int
    descriptors: int
    processes: int
    own_cpu: float
    machine_cpu: float
    recorded: int = 0


def look(supervisor: psutil.Process) -> Sample | None:
    """Look at a supervisor and all that it has started; None if it is gone."""
    try:
        own = supervisor.cpu_times()
        memory, descriptors = supervisor.memory_info().rss, supervisor.num_fds()
        others, all_memory, all_descriptors = 0, memory, descriptors
        for process in supervisor.children(recursive=True):
            try:
                all_memory += process.memory_info().rss
                all_descriptors += process.num_fds()
                others += 1
            except psutil.Error:
                continue
        machine = psutil.cpu_times()
        return Sample(
            memory,
            all_memory,
            all_descriptors,
            others,
            own.user + own.system,
            sum(machine) - machine.idle - machine.iowait,
        )
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
            sample, recorded = look(psutil.Process(run.pid)), sum(1 for _ in verdicts.glob("*.json"))
            if sample:
                samples.append(replace(sample, recorded=recorded))
            progress.update(bar, completed=recorded)
            time.sleep(EVERY_SECONDS)
    if run.returncode:
        raise SystemExit(f"The run ended with exit code {run.returncode}.")
    return samples


def rate(times: list[float]) -> float:
    """Return submissions per second from the times at which they were recorded."""
    return (len(times) - 1) / (times[-1] - times[0])


def writing(before: Sample, after: Sample) -> float:
    """Return the supervisor's CPU seconds for each submission between two samples."""
    return (after.own_cpu - before.own_cpu) / (after.recorded - before.recorded)


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
    begun = next(number for number, sample in enumerate(samples) if sample.recorded)  # what comes before is start-up
    middle, end = samples[(begun + len(samples)) // 2], samples[-1]
    firstly, lastly = writing(samples[begun], middle), writing(middle, end)
    yield (
        "CPU time of the one writer, first and second half",
        f"{1000 * firstly:.1f}, {1000 * lastly:.1f} ms each",
        "flat",
    )
    own = writing(samples[begun], end)
    others = (end.machine_cpu - samples[begun].machine_cpu) / (end.recorded - samples[begun].recorded) - own
    yield "CPU time of all else on the machine", f"{1000 * others:.1f} ms each", ""
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
