"""A table of the public tests' answers is worth next to nothing in a course that draws its own inputs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from assignment_cells import REPOSITORY
from public_answers import hand_in, public_answers
from untrained import without_training

from autograder.course.assignment import read_assignment
from autograder.course.course import CONFIG_NAME, Course
from autograder.course.new_course import OWN_INPUTS, SECRET, new_course
from autograder.doors.trial import try_one
from autograder.grading.verdict import Verdict
from autograder.records.registration import released_notebooks

HOME = Course(REPOSITORY)
ASSIGNMENTS = HOME.assignments()
QUICK = ("two_layer", "momentum", "foundations")
MOST = 5  # points


def course_at(folder: Path, name: str, *, trained: bool) -> Course:
    """Return a course with inputs of its own, the same ones each time, whose assignment trains something or not."""
    made, _ = new_course(HOME, folder)
    (made.root / SECRET).write_text("of the test\n", encoding="utf-8")
    if not trained:
        notebook = made.read_source(name)
        without_training(notebook)
        nbformat.write(notebook, made.source_notebook(name))
    return made


def some(quick: tuple[str, ...]) -> list[object]:
    """Return the assignments; only these are in the short tests."""
    return [name if name in quick else pytest.param(name, marks=pytest.mark.long) for name in ASSIGNMENTS]


def attacked(course: Course, name: str, folder: Path) -> Verdict:
    """Return the verdict of a course on the table of public answers."""
    assignment = read_assignment(course, name, released_notebooks(course, name))
    return try_one(course, hand_in(assignment, public_answers(HOME, name), HOME, folder), name)


@pytest.mark.parametrize("name", some(QUICK))
def test_public_answers_earn_next_to_nothing_in_a_private_course(name: str, tmp_path: Path) -> None:
    verdict = attacked(course_at(tmp_path / "mine", name, trained=False), name, tmp_path)
    assert verdict.score <= MOST, [(cell.test, cell.points) for cell in verdict.cells if cell.points]


@pytest.mark.long
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_nor_do_they_train_a_network(name: str, tmp_path: Path) -> None:
    verdict = attacked(course_at(tmp_path / "mine", name, trained=True), name, tmp_path)
    assert verdict.score <= MOST, [(cell.test, cell.points) for cell in verdict.cells if cell.points]


@pytest.mark.parametrize("name", some(QUICK[:1]))
def test_in_the_public_course_they_earn_most_points(name: str, tmp_path: Path) -> None:
    """So the table is one: nothing else keeps it from the points of a private course."""
    public = course_at(tmp_path / "everybodys", name, trained=False)
    config = public.root / CONFIG_NAME
    config.write_text(config.read_text(encoding="utf-8").replace(OWN_INPUTS, ""), encoding="utf-8")
    verdict = attacked(public, name, tmp_path)
    assert verdict.score >= 0.75 * verdict.max_score, [c.test for c in verdict.cells if c.points < c.max_points]
