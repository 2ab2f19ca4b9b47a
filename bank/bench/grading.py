"""What the README claims about the speed of grading, measured: part of `make bench`.

Everything runs as whole processes on the same submissions and cores: `autograder grade`, start-up, gradebook and all,
beside stock `nbgrader autograde`, twice: as pip installs it in an environment of its own, and in ours, where the pinned
jsonschema spares each of its kernels a second of importing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Self

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder.course.course import CONFIG_NAME, Course

PAIRS = 3
SMALL_CLASS = 100
STOCK_CLASS = 20  # stock takes seconds for each
EQUAL_SUBMISSIONS = 20
CLASSES = (10, 100, 1000)
CORES = len(os.sched_getaffinity(0))
STOCK_CONFIG = "c = get_config()\nc.CourseDirectory.course_id = 'bench'\n"
PEAK = """
import resource, sys
sys.argv = ["autograder", *sys.argv[1:]]
from autograder.doors.cli import main
try:
    main()
except SystemExit as error:
    assert not error.code, error.code
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
NORM = "def norm(x):\n    ### BEGIN SOLUTION\n    return np.sqrt(np.sum(x**2))\n    ### END SOLUTION"
HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"


def small_notebook() -> nbformat.NotebookNode:
    """Return an assignment of imports, two functions and three tests."""
    cells = []
    for name, source, role in (
        ("imports", "import numpy as np\nimport matplotlib.pyplot as plt", {}),
        ("double", DOUBLE, {"solution": True, "locked": False}),
        ("test-double", "assert double(2) == 4", {"grade": True, "points": 1}),
        ("norm", NORM, {"solution": True, "locked": False}),
        ("test-norm", HIDDEN.format("assert norm(np.array([3.0, 4.0])) == 5"), {"grade": True, "points": 1}),
        ("test-norm-zero", HIDDEN.format("assert norm(np.zeros(3)) == 0"), {"grade": True, "points": 1}),
    ):
        metadata = {"schema_version": 3, "grade_id": name, "solution": False, "grade": False, "locked": True, **role}
        cells.append(new_code_cell(source, id=name, metadata={"nbgrader": {**metadata, "task": False}}))
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def make_course(root: Path, config: str, name: str, source: Path | nbformat.NotebookNode, students: int) -> None:
    """Lay out a course with one assignment, handed in by so many students just as its source is."""
    shutil.rmtree(root, ignore_errors=True)
    folder = root / "source" / name
    folder.parent.mkdir(parents=True)
    (root / CONFIG_NAME).write_text(config)
    if isinstance(source, Path):
        shutil.copytree(source, folder)
    else:
        folder.mkdir()
        nbformat.write(source, folder / f"{name}.ipynb")
    for number in range(students):
        place = root / "submitted" / f"student{number:04}" / name
        place.mkdir(parents=True)
        shutil.copy(folder / f"{name}.ipynb", place)


def seconds(*words: str, root: Path, python: str = sys.executable) -> float:
    """Return how long a command takes in a course."""
    programs = {**os.environ, "PATH": f"{Path(python).parent}:{os.environ['PATH']}"}  # stock wants `alembic`
    start = perf_counter()
    subprocess.run([python, *words], cwd=root, env=programs, check=True, capture_output=True)
    return perf_counter() - start


def stock_python(folder: Path) -> str:
    """Return a Python with the same nbgrader, installed without our pins; make it where it is missing."""
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        venv.create(folder, clear=True, with_pip=True)
        wanted = [f"nbgrader=={version('nbgrader')}", "numpy", "matplotlib"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True, stdout=sys.stderr)
        (folder / "installed").touch()
    return str(python)


@dataclass(frozen=True)
class Pace:
    """Submissions a minute of a command: once it has started, and start-up included."""

    running: float
    whole: float

    @classmethod
    def of(cls, submissions: int, all_seconds: float, one_second: float) -> Self:
        """Return it from the seconds for so many submissions and for one."""
        return cls(60 * (submissions - 1) / (all_seconds - one_second), 60 * submissions / all_seconds)


def beside_stock(course: Course, scratch: Path) -> tuple[Pace, Pace, Pace]:
    """Return three paces, medians of interleaved runs: ours, stock as pip installs it, stock in our environment.

    All know the assignment already.
    """
    python = stock_python(course.root / "_build" / "stock-nbgrader")
    ours: list[Pace] = []
    stock: list[Pace] = []
    pinned: list[Pace] = []
    config = (course.root / CONFIG_NAME).read_text()
    for _ in track(range(PAIRS), "ours beside stock", console=Console(stderr=True)):
        make_course(scratch, config, "small", small_notebook(), SMALL_CLASS + 2)
        grade = ("-m", "autograder", "grade", "small")
        seconds(*grade, "--student", "student0000", root=scratch)
        one = seconds(*grade, "--student", "student0001", root=scratch)
        ours.append(Pace.of(SMALL_CLASS, seconds(*grade, root=scratch), one))
        stock.append(stock_pace(scratch, python))
        pinned.append(stock_pace(scratch, sys.executable))
    return _median(ours), _median(stock), _median(pinned)


def stock_pace(scratch: Path, python: str) -> Pace:
    """Return the pace of stock under one Python."""
    make_course(scratch, STOCK_CONFIG, "small", small_notebook(), STOCK_CLASS)
    seconds("-m", "nbgrader", "generate_assignment", "small", root=scratch, python=python)
    autograde = ("-m", "nbgrader", "autograde", "small")
    seconds(*autograde, "--student", "student0000", root=scratch, python=python)
    one = seconds(*autograde, "--student", "student0000", "--force", root=scratch, python=python)
    return Pace.of(STOCK_CLASS, seconds(*autograde, "--force", root=scratch, python=python), one)


def _median(paces: list[Pace]) -> Pace:
    return Pace(median(pace.running for pace in paces), median(pace.whole for pace in paces))


def over_cpu(course: Course, scratch: Path) -> tuple[float, float, float]:
    """Return wall seconds for equal right submissions of `multi_layer`, CPU seconds of their cells, and the ratio."""
    name = "multi_layer"
    config = (course.root / CONFIG_NAME).read_text()
    make_course(scratch, config, name, course.source / name, EQUAL_SUBMISSIONS)
    wall = seconds("-m", "autograder", "grade", name, root=scratch)
    cpu = 0.0
    for path in (scratch / "reports" / name / "times").glob("*.json"):
        cpu += json.loads(path.read_text())["total"]["cpu"]
    return wall, cpu, wall / (cpu / CORES)


def flatness(course: Course, scratch: Path) -> list[tuple[int, float, float]]:
    """Return for classes of growing size: seconds per submission, and the supervisor's peak memory in MB."""
    found = []
    config = (course.root / CONFIG_NAME).read_text()
    for students in track(CLASSES, "classes of growing size", console=Console(stderr=True)):
        make_course(scratch, config, "small", small_notebook(), students)
        start = perf_counter()
        words = [sys.executable, "-c", PEAK, "grade", "small"]
        said = subprocess.run(words, cwd=scratch, check=True, capture_output=True, text=True).stdout
        peak = int(said.rpartition("peak ")[2])
        found.append((students, (perf_counter() - start) / students, peak / 1024))
    return found


def show(course: Course, console: Console) -> None:
    """Print all three measurements."""
    scratch = course.root / "_build" / "bench"
    ours, stock, pinned = beside_stock(course, scratch)
    wall, cpu, ratio = over_cpu(course, scratch)
    table = Table("grading", "measured", "wanted", title=f"on {CORES} cores")
    table.add_row("small notebooks, once it has started", f"{ours.running:.0f} a minute", "")
    table.add_row("the same with stock nbgrader autograde, as pip installs it", f"{stock.running:.1f} a minute", "")
    table.add_row("stock in our environment", f"{pinned.running:.1f} a minute", "")
    table.add_row("ours over stock", f"{ours.running / stock.running:.0f} times", "at least 40")
    table.add_row(f"{SMALL_CLASS} small notebooks, start-up included", f"{ours.whole:.0f} a minute", "")
    table.add_row(f"stock, {STOCK_CLASS} of them, start-up included", f"{stock.whole:.1f} a minute", "")
    table.add_row("stock in our environment, start-up included", f"{pinned.whole:.1f} a minute", "")
    table.add_row("ours over stock, start-up included", f"{ours.whole / stock.whole:.0f} times", "at least 28")
    table.add_row(f"multi_layer, {EQUAL_SUBMISSIONS} equal submissions", f"{wall:.0f} s of wall time", "")
    table.add_row("their cells and tests", f"{cpu:.0f} s of CPU time", "")
    table.add_row("wall over CPU / cores", f"{ratio:.3f}", "at most 1.10")
    for students, each, memory in flatness(course, scratch):
        table.add_row(f"class of {students:,}", f"{1000 * each:.0f} ms each, {memory:.0f} MB", "flat")
    console.print(table)
    shutil.rmtree(scratch, ignore_errors=True)
