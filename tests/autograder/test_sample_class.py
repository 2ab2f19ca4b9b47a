"""The demonstration, run as a newcomer runs it: every sample submission gets its score, to the point."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from assignment_cells import REPOSITORY
from nbgrader.api import Gradebook

SCORES = {
    "two_layer": {
        "ada": 100,
        "boris": 100,
        "chen": 0,
        "dana": 90,
        "emil": 95,
        "fatou": 89,
        "goran": 96,
        "hana": 90,
        "ivo": 99,
        "jun": 91,
        "kira": 75,
    },
    "multi_layer": {
        "ada": 100,
        "boris": 100,
        "chen": 0,
        "dana": 87,
        "emil": 96,
        "fatou": 91,
        "goran": 97,
        "hana": 97,
        "ivo": 73,
        "jun": 90,
    },
    "momentum": {  # 15 points are a person's to give
        "ada": 85,
        "boris": 85,
        "chen": 0,
        "dana": 67,
        "emil": 82,
        "fatou": 74,
        "goran": 81,
        "hana": 74,
        "ivo": 81,
        "jun": 83,
    },
    "foundations": {  # 10 points are a person's to give
        "ada": 90,
        "boris": 90,
        "chen": 0,
        "dana": 74,
        "emil": 76,
        "fatou": 71,
        "goran": 83,
    },
    "deep": {  # 5 points are a person's to give
        "ada": 95,
        "boris": 95,
        "chen": 0,
        "dana": 83,
        "emil": 78,
        "fatou": 89,
    },
}


@pytest.mark.parametrize("name", SCORES)
def test_every_sample_submission_gets_its_score(tmp_path: Path, name: str) -> None:
    course = tmp_path / "a course"
    shutil.copytree(REPOSITORY / "source", course / "source", symlinks=True)
    shutil.copy(REPOSITORY / "nbgrader_config.py", course)

    said = demo(course, name)

    with Gradebook(f"sqlite:///{course}/_build/demo/gradebook.db") as book:
        scores = {submission.student.id: submission.score for submission in book.assignment_submissions(name)}
    assert scores == SCORES[name]
    for path in ("release", "dist", "feedback/ada", "reports"):
        assert (course / "_build" / "demo" / path).is_dir()
    assert sorted(path.name for path in course.iterdir()) == ["_build", "nbgrader_config.py", "source"]
    for student, score in SCORES[name].items():
        assert f"│ {student} " in said
        assert f"│ {score} of 100" in said

    if name == "foundations":  # the quickest
        assert f"{len(SCORES[name])} unchanged" in demo(course, name)


def demo(course: Path, name: str) -> str:
    """Run the demonstration; return what it printed."""
    command = [sys.executable, "-m", "autograder", "demo", name]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
