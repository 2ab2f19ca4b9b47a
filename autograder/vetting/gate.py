"""What an assignment has to pass before it is released: its form, its code, what it gives away, its own solution."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course.assignment import read_assignment
from autograder.course.course import Course
from autograder.course.faults import Fault
from autograder.course.form import faults_of_form
from autograder.course.handout import packed
from autograder.engine.items import Settings
from autograder.errors import AutograderError
from autograder.files.durable import write_atomically
from autograder.grading.grader import Grader
from autograder.records.verdicts import read_solution
from autograder.runs import start
from autograder.vetting.code import faults_of_code, faults_of_released
from autograder.vetting.field import Field, Watcher
from autograder.vetting.leaks import faults_of_leaks
from autograder.vetting.solution import try_solution

FIT = "fit.json"


class Unfit(AutograderError):
    """An assignment has faults."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" ".join(fault.sentence for fault in faults))
        self.faults = faults


def require_fit(course: Course, name: str, settings: Settings, watcher: Watcher, folder: Path) -> None:
    """Look at a release before it takes its place: what it gives away, and whether the solution passes its tests.

    The solution runs once, without what takes long, and only if something has changed that it depends on.

    Raises
    ------
    Unfit
        If something is wrong.
    EnvironmentProblem
        If the solution cannot run, since the sandbox cannot start.
    """
    sources = course.read_sources(name)
    if faults := faults_of_release(course, name, sources, folder):
        raise Unfit(faults)
    settings = replace(settings, private=course.private())
    grader = Grader(read_assignment(course, name, read_released(folder, sources)), settings)
    if is_known_to_be_fit(course, grader):
        return
    with start.workers_here(settings) as pool:
        solved = try_solution(Field(pool, watcher), {"": grader}, quick=True)
    if solved.faults:
        raise Unfit(solved.faults)
    keep_fit(course, grader)


def faults_of_source(sources: Mapping[str, NotebookNode]) -> list[Fault]:
    """Return what can be seen of the source alone."""
    return [*faults_of_form(sources), *faults_of_code(sources)]


def faults_of_release(course: Course, name: str, sources: Mapping[str, NotebookNode], folder: Path) -> list[Fault]:
    """Return what can be seen of the release in a folder."""
    released = read_released(folder, sources)
    return [*faults_of_released(sources, released), *faults_of_leaks(sources, packed(course, name, folder))]


def read_released(folder: Path, sources: Mapping[str, NotebookNode]) -> dict[str, NotebookNode]:
    """Return the notebooks of a release."""
    return {name: nbformat.read(folder / f"{name}.ipynb", as_version=4) for name in sources}


def is_known_to_be_fit(course: Course, grader: Grader) -> bool:
    """Return whether the solution has passed before, and nothing has changed that it depends on."""
    basis = grader.basis_of_solution()
    recorded = read_solution(course, grader.assignment.name)
    if recorded is not None and recorded.basis == basis:
        return all(cell.status == "passed" for cell in recorded.cells)
    try:
        kept = json.loads(_path(course, grader.assignment.name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return kept == {"solution": basis.digest}


def keep_fit(course: Course, grader: Grader) -> None:
    """Keep that the solution has passed."""
    text = json.dumps({"solution": grader.basis_of_solution().digest})
    write_atomically(_path(course, grader.assignment.name), f"{text}\n")


def _path(course: Course, name: str) -> Path:
    return course.root / "_build" / "vetted" / name / FIT
