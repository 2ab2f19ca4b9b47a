"""The workflow that a private course brings for GitHub: what its steps type works in a folder laid out like theirs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tiny_course import RIGHT, TinyCourse

from autograder.course.course import Course
from autograder.course.new_course import new_course


@pytest.fixture
def workplace(tiny: TinyCourse, tmp_path: Path) -> Path:
    """Return a folder as the workflow's checkouts leave it: the course without its secret, and a student's work."""
    made, _ = new_course(tiny, tmp_path / "course")
    (made.root / ".secret").unlink()
    handed_in = tmp_path / "handed-in" / "tiny.ipynb"
    handed_in.parent.mkdir()
    handed_in.write_bytes(tiny.hand_in("ada", **RIGHT).read_bytes())
    return tmp_path


def workflow(place: Path) -> dict[str, Any]:
    found = yaml.safe_load((place / "course" / ".github" / "workflows" / "course.yml").read_text())
    assert isinstance(found, dict)
    return found


def take(step: str, place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Do what a step of the workflow does."""
    steps = {one["name"]: one["run"] for one in workflow(place)["jobs"]["course"]["steps"] if "name" in one}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    known = {**os.environ, "PATH": path, **environment}
    return subprocess.run(["bash", "-e", "-c", steps[step]], cwd=place, env=known, capture_output=True, text=True)


def test_one_repository_is_graded(workplace: Path) -> None:
    assert take("secret", workplace, COURSE_SECRET="5e" * 32).returncode == 0
    secret = workplace / "course" / ".secret"
    assert secret.stat().st_mode & 0o077 == 0
    done = take("grade", workplace, NOTEBOOK="tiny.ipynb", ASSIGNMENT="tiny")
    assert done.returncode == 0, done.stderr
    verdict = json.loads((workplace / "verdict.json").read_text())
    assert sum(cell["points"] for cell in verdict["cells"]) == 5
    assert verdict["tampering"] == []


def test_what_is_pushed_is_vetted(workplace: Path) -> None:
    take("secret", workplace, COURSE_SECRET="5e" * 32)
    done = take("vet", workplace)
    assert done.returncode == 0, done.stdout + done.stderr
    notebook = Course(workplace / "course").source / "tiny" / "tiny.ipynb"
    notebook.write_text(notebook.read_text().replace("return 2 * x", "return 3 * x"))
    assert take("vet", workplace).returncode == 1


def test_no_text_from_outside_is_written_into_a_command(workplace: Path) -> None:
    """What a person types into the form reaches a command through the environment only."""
    typed = [step["run"] for step in workflow(workplace)["jobs"]["course"]["steps"] if "run" in step]
    assert len(typed) > 3
    assert not [command for command in typed if "${{" in command]
    assert workflow(workplace)["permissions"] == {"contents": "read"}
