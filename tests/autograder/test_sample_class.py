"""The demonstration, run as a newcomer runs it: every sample submission gets its score, to the point."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import nbformat
import pytest
from assignment_cells import REPOSITORY
from command import autograder
from nbgrader.api import Gradebook
from untrained import without_training

from autograder.doors import demo as demonstration
from autograder.engine.items import Settings
from autograder.runs.request import Request

SECONDS = 12  # CPU seconds for a cell, many times what the slowest takes here; one of the class has an endless loop
SCORES = {
    "two_layer": {
        "ada": 100,
        "boris": 100,
        "chen": 0,
        "dana": 90,
        "emil": 95,
        "fatou": 95,
        "goran": 98,
        "hana": 97,
        "ivo": 99,
        "jun": 98,
        "kira": 90,
    },
    "multi_layer": {
        "ada": 100,
        "boris": 100,
        "chen": 0,
        "dana": 90,
        "emil": 97,
        "fatou": 96,
        "goran": 98,
        "hana": 98,
        "ivo": 94,
        "jun": 90,
    },
    "momentum": {  # 15 points are a person's to give
        "ada": 85,
        "boris": 85,
        "chen": 0,
        "dana": 75,
        "emil": 82,
        "fatou": 82,
        "goran": 81,
        "hana": 81,
        "ivo": 81,
        "jun": 83,
    },
    "foundations": {  # 10 points are a person's to give
        "ada": 90,
        "boris": 90,
        "chen": 0,
        "dana": 70,
        "emil": 76,
        "fatou": 78,
        "goran": 85,
    },
    "deep": {  # 5 points are a person's to give
        "ada": 95,
        "boris": 95,
        "chen": 0,
        "dana": 88,
        "emil": 89,
        "fatou": 89,
    },
}
NETWORK = {
    "two_layer": 3,
    "multi_layer": 4,
    "momentum": 4,
    "deep": 7,
    "foundations": 0,
}  # points for the trained network
LESS_FOR_NETWORK = {  # who does not get all of these
    "two_layer": {"chen": 0},
    "multi_layer": {"chen": 0},
    "momentum": {"chen": 0},
    "deep": {"chen": 0, "dana": 4},
    "foundations": {},
}


@pytest.mark.parametrize("name", SCORES)
def test_every_sample_submission_gets_its_score(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What trains and draws is left out for time; endless loops end sooner."""
    monkeypatch.setattr(demonstration, "Request", partial(Request, settings=Settings(seconds=SECONDS)))
    course = scratch_course(tmp_path / "a course")
    leave_training_out(course, name)
    check(course, name, trained=False)

    if name == "foundations":  # the quickest
        assert f"{len(SCORES[name])} unchanged" in demo(course, name)


@pytest.mark.long
@pytest.mark.parametrize("name", SCORES)
def test_every_sample_submission_gets_its_score_with_all_trainings(tmp_path: Path, name: str) -> None:
    check(scratch_course(tmp_path / "a course"), name, trained=True)


def scratch_course(course: Path) -> Path:
    """Copy the course's assignments."""
    shutil.copytree(REPOSITORY / "source", course / "source", symlinks=True)
    shutil.copytree(REPOSITORY / "bank", course / "bank")
    shutil.copy(REPOSITORY / "nbgrader_config.py", course)
    return course


def leave_training_out(course: Path, name: str) -> None:
    """Take the training, and the tests of trained networks, out of an assignment."""
    path = course / "source" / name / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    without_training(notebook)
    nbformat.write(notebook, path)


def check(course: Path, name: str, trained: bool) -> None:
    """Run the demonstration; everybody has their score, and all is where it belongs."""
    said = demo(course, name)

    with Gradebook(f"sqlite:///{course}/_build/demo/gradebook.db") as book:
        scores = {submission.student.id: submission.score for submission in book.assignment_submissions(name)}
    wanted = SCORES[name] if trained else untrained(name)
    assert scores == wanted
    for path in ("release", "dist", "feedback/ada", "reports"):
        assert (course / "_build" / "demo" / path).is_dir()
    assert sorted(path.name for path in course.iterdir()) == ["_build", "bank", "nbgrader_config.py", "source"]
    most = 100 if trained else 100 - NETWORK[name]
    for student, score in wanted.items():
        assert f"│ {student} " in said
        assert f"│ {score} of {most}" in said


def untrained(name: str) -> dict[str, int]:
    """Return everybody's score without the points for the trained network."""
    network = {**dict.fromkeys(SCORES[name], NETWORK[name]), **LESS_FOR_NETWORK[name]}
    return {student: score - network[student] for student, score in SCORES[name].items()}


def demo(course: Path, name: str) -> str:
    """Run the demonstration; return what it printed."""
    code, out, _ = autograder(course, "demo", name)
    assert code == 0
    return out
