"""The whole way in one go: release, a sample class handed in, graded, fed back and reported, in a scratch course.

It lives in `_build/demo` with its own gradebook and never touches the course's own submissions or grades.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
from rich.console import Console
from rich.table import Table

from autograder.course.book_pages import made_folder
from autograder.course.course import CONFIG_NAME, Course
from autograder.course.handout import pack
from autograder.course.release import release
from autograder.course.samples import Sample, sample_class
from autograder.doors.console import GradingProgress, show_outcome, show_paths
from autograder.files.digest import digest, files_below
from autograder.pages.feedback import feedback
from autograder.pages.report.data import Report
from autograder.pages.report.files import write_report
from autograder.pages.report.words import number
from autograder.runs.request import Request
from autograder.runs.start import grade

ALL = "all"


def run(course: Course, names: list[str], console: Console) -> None:
    """Show the main job end to end for each named assignment; `all` stands for every one that the course has.

    Raises
    ------
    UsageError
        If there is no such assignment, or it has no sample class.
    EnvironmentProblem
        If the sandbox cannot start.
    """
    names = list(dict.fromkeys(each for name in names for each in (course.assignments() if name == ALL else [name])))
    for name in names:
        course.source_notebook(name)
    scratch = _scratch_course(course)
    for name in names:
        _one_assignment(scratch, name, course.bank, console)
    paths = {"book": course.root / "_build" / "html" / "index.html", "gradebook": scratch.gradebook}
    show_paths(console, {what: path for what, path in paths.items() if path.exists()})


def _one_assignment(course: Course, name: str, bank: Path, console: Console) -> None:
    console.rule(f"{name}: release")
    released = release(course, name)
    archive = pack(course, name)
    console.rule("hand in")
    samples = sample_class(course, name, bank)
    for sample in samples:
        console.print(f"  [bold]{sample.student}[/]  {sample.description}")
        _hand_in(course, name, sample)
    console.rule("grade")
    with GradingProgress(console) as progress:
        outcome = grade(course, Request(name), progress)
    show_outcome(console, outcome)
    console.rule("feedback and report")
    pages = feedback(course, name).paths
    written = write_report(course, name)
    console.print(_results(samples, written.report))
    show_paths(
        console,
        {
            "release": released / f"{name}.ipynb",
            "for students": archive,
            "class report": written.page,
            "feedback": pages[0],
        },
    )


def _results(samples: list[Sample], report: Report) -> Table:
    table = Table("student", "handed in", "score", title=f"{report.assignment}: the sample class")
    handed_in = {sample.student: sample.description for sample in samples}
    for student in report.students:
        score = f"{number(student.score)} of {number(report.most)}"
        table.add_row(student.id, handed_in.get(student.id, ""), score)
    return table


def _hand_in(course: Course, name: str, sample: Sample) -> None:
    path = course.submitted / sample.student / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(sample.notebook) + "\n", encoding="utf-8")


def _scratch_course(course: Course) -> Course:
    """Return the demonstration's course; it starts anew when the source or the configuration has changed."""
    root = course.root / "_build" / "demo"
    stamp = root / ".made-from"
    now = digest([course.root / CONFIG_NAME, *files_below(course.source)], course.root)
    if not (stamp.is_file() and stamp.read_text() == now):
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        shutil.copy(course.root / CONFIG_NAME, root)
        shutil.copytree(course.source, Course(root).source, symlinks=True)
        for room in ("bank", "book", "_toc.yml"):  # misconceptions, and where the book explains them
            (root / room).symlink_to(course.root / room)
        made = made_folder(Course(root))
        made.parent.mkdir()
        made.symlink_to(made_folder(course))
        stamp.write_text(now)
    return Course(root)
