"""No cell sees anything of the course, wherever it lies: beside Python, below it, or with Python inside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import autograder
from tiny_course import RIGHT, TinyCourse

HIDDEN = "wrong below 0"  # what a hidden test says
SEARCH = f"""
import os, sys
found = []
for folder in {{folders}}:
    for where, _, names in os.walk(folder):
        for path in (os.path.join(where, name) for name in names if name.endswith(('.ipynb', '.py', '.db', '.json'))):
            try:
                if {HIDDEN[:6]!r} + {HIDDEN[6:]!r} in open(path, errors='replace').read(): found.append(path)
            except OSError:
                pass
assert not found and 'numpy' in sys.modules
def square(x):
    return x * x
"""


@pytest.fixture
def beside() -> Iterator[Path]:
    """Return a fresh folder among what the sandbox shows of the environment that Python lives in."""
    folder = Path(tempfile.mkdtemp(prefix="course-", dir=Path(sys.prefix, "share")))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def handed_in(root: Path, tiny: TinyCourse, *folders: Path) -> TinyCourse:
    """Return the course at another place, where two students have handed in: one looks for hidden tests in folders."""
    course = TinyCourse(Path(shutil.copytree(tiny.root, root, dirs_exist_ok=True)))
    search = SEARCH.format(folders=[*map(str, folders), "/data", "/run", "/home"])
    course.hand_in("ada", **RIGHT)
    course.hand_in("eve", **{**RIGHT, "square": search})
    return course


def full_points(course: TinyCourse) -> None:
    """Check that both have been graded and have all points: whoever finds something does not define `square`."""
    for student in ("ada", "eve"):
        verdict = json.loads((course.reports / "tiny" / "verdicts" / f"{student}.json").read_text())
        assert verdict["score"] == verdict["max_score"], verdict["cells"]


def test_a_course_below_the_environment_is_out_of_sight(tiny: TinyCourse, beside: Path) -> None:
    course = handed_in(beside, tiny, beside, beside.parent)
    assert autograder(course.root, "grade", "tiny")[0] == 0
    full_points(course)


@pytest.mark.long
def test_a_course_with_its_environment_in_it_is_out_of_sight(tiny: TinyCourse, beside: Path) -> None:
    """As `python -m venv .` in the course makes it; here it lies below another environment besides."""
    parts = [str(Path(sys.prefix, part)) for part in ("bin", "lib", "pyvenv.cfg")]
    subprocess.run(["cp", "-al", *parts, str(beside)], check=True)
    course = handed_in(beside, tiny, beside)
    words = [str(beside / "bin" / Path(sys.executable).name), "-m", "autograder", "grade", "tiny", "--workers", "1"]
    done = subprocess.run(words, cwd=beside, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stdout + done.stderr
    full_points(course)


def test_what_is_masked_would_be_seen_without(tiny: TinyCourse, beside: Path) -> None:
    """The search finds what there is to find."""
    course = handed_in(beside, tiny, beside)
    text = SEARCH.format(folders=[str(course.root)])
    done = subprocess.run([sys.executable, "-c", f"import numpy\n{text}"], capture_output=True, text=True)
    assert "AssertionError" in done.stderr
