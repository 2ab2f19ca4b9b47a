"""nbgrader's own commands at the root of a course: they go through our intake and our runner, with equal scores."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

from conftest import RIGHT, TinyCourse


def nbgrader(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a stock command in a course folder."""
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *words], cwd=root, capture_output=True, text=True, check=False
    )


def test_generate_autograde_feedback_and_export(tiny: TinyCourse) -> None:
    assert nbgrader(tiny.root, "generate_assignment", "tiny").returncode == 0
    released = (tiny.release / "tiny" / "tiny.ipynb").read_text()
    assert "not written yet" in released
    assert "wrong at 21" not in released
    tiny.hand_in("ada", **RIGHT)
    tiny.hand_in("bob", double="import sys\ndef double(x):\n    print('hm', file=sys.stderr)\n    return 2 * x")
    linked = tiny.hand_in("mal", **RIGHT)
    (linked.parent / "x.db").symlink_to(tiny.gradebook)
    autograded = nbgrader(tiny.root, "autograde", "tiny")
    assert autograded.returncode != 0
    assert "x.db is a link" in autograded.stderr
    assert not (tiny.autograded / "mal").exists()
    assert nbgrader(tiny.root, "generate_feedback", "tiny").returncode == 0
    page = (tiny.feedback / "bob" / "tiny" / "tiny.html").read_text()
    assert "wrong at 3" not in page
    assert "NotImplementedError" in page
    assert nbgrader(tiny.root, "export").returncode == 0
    rows = list(csv.DictReader((tiny.root / "grades.csv").open()))
    assert {row["student_id"]: float(row["score"]) for row in rows if row["student_id"] != "mal"} == {
        "ada": 5,
        "bob": 2,
    }
