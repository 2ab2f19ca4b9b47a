"""What following through costs, in CPU time: part of `make bench`.

The class of the demonstration is graded with and without; then one right notebook, and the same one with a small
function left unwritten, whose training runs once more with a call to the author's function where the student's was.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder.course.cells import grade_id
from autograder.course.course import CONFIG_NAME, Course
from autograder.course.release import release
from autograder.course.samples import Sample, sample_class

NAME = "multi_layer"  # what `make demo` grades
UNWRITTEN = "linear_forward"  # called most often by its training
RIGHT = "ada"
GROUPS = ("/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/unified", "/sys/fs/cgroup")  # of either version
JOIN = "import os, sys; open(sys.argv[1], 'w').write(str(os.getpid())); os.execv(sys.argv[2], sys.argv[2:])"
WITHOUT = "\nc.Autograder.follow_through = 0\n"


@contextmanager
def control_group() -> Iterator[Path | None]:
    """Make a control group, which counts the CPU time of all processes in it; None where that is not allowed.

    A sandbox's processes are nobody's children any more when they end, so nothing else adds them up.
    """
    for root in map(Path, GROUPS):
        group = root / f"bench-{uuid.uuid4().hex}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if any((group / name).exists() for name in ("cpuacct.usage", "cpu.stat")):
                yield group
                return
        finally:
            group.rmdir()
    yield None


def cpu_seconds(group: Path) -> float:
    """Return the CPU seconds that a control group has used."""
    if (group / "cpuacct.usage").exists():
        return int((group / "cpuacct.usage").read_text()) / 1e9
    used = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
    return int(used["usage_usec"]) / 1e6


def grading_takes(root: Path) -> float | None:
    """Grade a course folder; return the CPU seconds of all that ran for it, or None if nobody counts them."""
    with control_group() as group:
        grade = [sys.executable, "-m", "autograder", "grade", NAME]
        joined = [sys.executable, "-c", JOIN, str(group / "cgroup.procs"), *grade] if group else grade
        subprocess.run(joined, cwd=root, check=True, capture_output=True)
        return cpu_seconds(group) if group else None


def course_with(course: Course, scratch: Path, samples: list[Sample], config: str = "") -> Course:
    """Lay out a course as the demonstration does, with these submissions and lines added to its configuration."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    made = Course(scratch)
    shutil.copytree(course.source, made.source, symlinks=True)
    for room in ("bank", "book", "_toc.yml"):
        (scratch / room).symlink_to(course.root / room)
    text = (course.root / CONFIG_NAME).read_text(encoding="utf-8")
    (scratch / CONFIG_NAME).write_text(text + config, encoding="utf-8")
    release(made, NAME)
    for sample in samples:
        path = made.submitted / sample.student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(nbformat.writes(sample.notebook), encoding="utf-8")
    return made


def without_function(sample: Sample) -> Sample:
    """Return a submission in which a function is left unwritten."""
    notebook = nbformat.from_dict(sample.notebook)
    for cell in notebook.cells:
        if grade_id(cell) == UNWRITTEN:
            cell.source = f"def {UNWRITTEN}(A_prev, W, b):\n    raise NotImplementedError"
    return Sample(sample.student, sample.description, notebook)


def show(course: Course, console: Console) -> None:
    """Print what following through costs."""
    scratch = course.root / "_build" / "bench-following"
    samples = sample_class(course, NAME, course.bank)
    (right,) = [sample for sample in samples if sample.student == RIGHT]
    cases = {
        "class": (samples, ""),
        "class without": (samples, WITHOUT),
        "right": ([right], ""),
        "unwritten": ([without_function(right)], ""),
    }
    took: dict[str, float] = {}
    for case, (handed_in, config) in track(cases.items(), "follow-through", console=Console(stderr=True)):
        seconds = grading_takes(course_with(course, scratch, handed_in, config).root)
        if seconds is None:
            console.print("Following through is not measured: only root can count the CPU time of a sandbox.")
            return
        took[case] = seconds
    shutil.rmtree(scratch, ignore_errors=True)
    table = Table("follow-through", "measured", "wanted", title=f"CPU time of grading {NAME}")
    table.add_row(f"the class of the demonstration, {len(samples)} students", f"{took['class']:.0f} s", "")
    table.add_row("the same with c.Autograder.follow_through = 0", f"{took['class without']:.0f} s", "")
    table.add_row("with over without", f"{took['class'] / took['class without']:.2f}", "at most 1.25")
    table.add_row("one right notebook", f"{took['right']:.0f} s", "")
    table.add_row(f"the same with {UNWRITTEN} left unwritten", f"{took['unwritten']:.0f} s", "")
    table.add_row("unwritten over right", f"{took['unwritten'] / took['right']:.2f}", "")
    console.print(table)


if __name__ == "__main__":
    os.environ.update({f"{blas}_NUM_THREADS": "1" for blas in ("OMP", "OPENBLAS", "MKL")})
    show(Course.find(), Console())
