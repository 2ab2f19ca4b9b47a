"""nbgrader's own commands at the root of a course: they go through our intake and our runner, with equal scores."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
from assignment_cells import nbgrader_cell
from tiny_course import RIGHT, TinyCourse, hidden, tiny_notebook

Run = Callable[..., tuple[int, str, str]]


def nbgrader(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a stock command in a course folder; without our configuration nbgrader looks on the path for programs."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=root,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
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
    assert not (tiny.feedback / "mal").exists()
    page = (tiny.feedback / "bob" / "tiny" / "tiny.html").read_text()
    assert "wrong at 3" not in page
    assert "NotImplementedError" in page
    assert nbgrader(tiny.root, "export").returncode == 0
    rows = list(csv.DictReader((tiny.root / "grades.csv").open()))
    assert {row["student_id"]: float(row["score"]) for row in rows if row["student_id"] != "mal"} == {
        "ada": 5,
        "bob": 2,
    }


def test_the_formgraders_door_checks_and_repairs_before_it_copies(tiny: TinyCourse, tmp_path: Path) -> None:
    """Its button calls nbgrader's API in the process of the Jupyter server, which may have been started anywhere."""
    assert nbgrader(tiny.root, "generate_assignment", "tiny").returncode == 0
    renamed = tiny.hand_in("ada", **RIGHT)
    (renamed.parent / "notes.txt").write_text("mine")
    renamed.rename(renamed.with_name("ada (1).ipynb"))
    linked = tiny.hand_in("mal", **RIGHT)
    (linked.parent / "x.db").symlink_to(tiny.gradebook)
    script = f"""
from pathlib import Path
from autograder.course.course import Course
api = Course(Path({str(tiny.root)!r})).nbgrader()
print([api.autograde("tiny", student)["success"] for student in ("ada", "mal")])
print(api.get_submission("tiny", "ada")["score"])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.stdout.splitlines() == ["[True, False]", "5.0"], done.stderr
    assert sorted(path.name for path in (tiny.autograded / "ada" / "tiny").iterdir()) == ["notes.txt", "tiny.ipynb"]
    assert not (tiny.autograded / "mal").exists()


def test_a_helper_cell_serves_hidden_tests_in_nbgraders_own_engine_too(tiny: TinyCourse) -> None:
    (tiny.root / "nbgrader_config.py").write_text("c = get_config()\n")
    notebook = tiny_notebook()
    helpers = hidden("def _twice(x):\n    return 2 * x")
    notebook.cells.insert(2, nbgrader_cell("test-helpers", helpers, grade=True, points=0))
    notebook.cells[5].source = hidden("assert double(21) == _twice(21), 'wrong at 21'")
    tiny.write_source(notebook)
    generated = nbgrader(tiny.root, "generate_assignment", "tiny")
    assert generated.returncode == 0, generated.stderr
    released = tiny.release / "tiny" / "tiny.ipynb"
    assert "_twice" not in released.read_text()
    answered = nbformat.read(released, 4)
    for cell in answered.cells:
        cell.source = RIGHT.get(cell.id, cell.source)
    path = tiny.hand_in_bytes("ada", nbformat.writes(answered).encode())
    assert "Success! Your notebook passes all the tests." in nbgrader(path.parent, "validate", path.name).stdout
    done = nbgrader(tiny.root, "autograde", "tiny")
    assert done.returncode == 0, done.stderr
    assert nbgrader(tiny.root, "export").returncode == 0
    (row,) = csv.DictReader((tiny.root / "grades.csv").open())
    assert (row["student_id"], float(row["score"]), float(row["max_score"])) == ("ada", 5, 5)


def test_release_feedback_reaches_whom_the_exchange_knows_and_names_the_others(
    tiny: TinyCourse, tmp_path: Path, run_autograder: Run
) -> None:
    config = tiny.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\nc.Exchange.root = {str(tmp_path / 'exchange')!r}\n")
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)  # whatever the umask is
    inside = tiny.hand_in("ada", **RIGHT)
    tiny.hand_in("bob", **RIGHT)
    assert run_autograder("grade", "tiny")[0] == 0
    assert run_autograder("feedback", "tiny")[0] == 0
    done = nbgrader(tiny.root, "release_feedback", "tiny")
    assert done.returncode != 0
    assert "The work of ada, bob did not come through nbgrader's exchange" in done.stderr
    assert "Traceback" not in done.stderr
    (inside.parent / "submission_secret.txt").write_text("s3cret")
    done = nbgrader(tiny.root, "release_feedback", "tiny")
    assert done.returncode == 0, done.stderr
    assert "The work of bob did not come" in done.stderr
    (page,) = (tmp_path / "exchange").rglob("*.html")
    assert page.read_text() == (tiny.feedback / "ada" / "tiny" / "tiny.html").read_text()
