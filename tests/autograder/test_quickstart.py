"""nbgrader's own quickstart course: honest submissions get the scores that stock nbgrader gives them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

pytestmark = pytest.mark.xdist_group("quickstart")

Scores = dict[str, dict[str, float | None]]

SQUARES = "def squares(n):\n    if n < 1:\n        raise ValueError('n is too small')\n    return {}"
HONEST = {
    "ada": {
        "squares": SQUARES.format("[i**2 for i in range(1, n + 1)]"),
        "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))",
    },
    "bob": {"squares": "def squares(n):\n    return [i * i for i in range(1, n + 1)]"},
    "cleo": {
        "squares": SQUARES.format("[i**2 for i in range(n)]"),
        "sum_of_squares": "def sum_of_squares(n):\n    return n * (n + 1) * (2 * n + 1) // 6",
    },
    "dan": {},
    "eve": {
        "squares": "import numpy as np\n" + SQUARES.format("list(np.arange(1, n + 1) ** 2)"),
        "sum_of_squares": "def sum_of_squares(n):\n    total = 0\n"
        "    for s in squares(n):\n        total += s\n    return total",
    },
    "fay": {
        "squares": "class TooSmall(ValueError):\n    pass\n\n\n"
        "def squares(n):\n    if n < 1:\n        raise TooSmall(n)\n"
        "    return list(map(lambda i: i * i, range(1, n + 1)))",
        "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))",
    },
    "gus": {"squares": SQUARES.format("(i**2 for i in range(1, n + 1))")},
}
BOTH_NOTEBOOKS = {"ada", "dan"}  # the others leave out the written one, which is the same for all and takes as long


def run(root: Path, *words: str) -> None:
    programs = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}  # stock wants `alembic`
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=root, env=programs, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def scores(root: Path) -> Scores:
    """Return the automatic score of every cell of every student."""
    found: Scores = {}
    with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        for submission in book.assignment_submissions("ps1"):
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            found[submission.student.id] = {grade.name: grade.auto_score for grade in grades}
    return found


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the quickstart course with a class that stock nbgrader has graded."""
    root = tmp_path_factory.mktemp("quickstart") / "a course"
    run(root.parent, "nbgrader", "quickstart", root.name)
    shutil.rmtree(root / "submitted", ignore_errors=True)
    run(root, "nbgrader", "generate_assignment", "ps1")
    for student, answers in HONEST.items():
        folder = root / "submitted" / student / "ps1"
        shutil.copytree(root / "release" / "ps1", folder)
        notebook = nbformat.read(folder / "problem1.ipynb", as_version=4)
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = answers.get(name, cell.source)
        nbformat.write(notebook, folder / "problem1.ipynb")
        if student not in BOTH_NOTEBOOKS:
            (folder / "problem2.ipynb").unlink()
    run(root, "nbgrader", "autograde", "ps1")
    return root


def test_our_command_gives_the_same_scores(stock: Path, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    shutil.copytree(stock, ours, ignore=shutil.ignore_patterns("gradebook.db", "autograded"))
    run(ours, "autograder", "grade", "ps1")
    assert scores(ours) == scores(stock)
    assert len({tuple(cells.values()) for cells in scores(stock).values()}) > 3, "the class is not all alike"
    for student in HONEST:
        verdict = json.loads((ours / "reports" / "ps1" / "verdicts" / f"{student}.json").read_text())
        missing = [] if student in BOTH_NOTEBOOKS else ["the notebook problem2.ipynb is missing"]
        assert (verdict["oddities"], verdict["tampering"]) == (missing, [])


def test_our_engine_behind_the_stock_command_gives_the_same_scores(stock: Path, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    shutil.copytree(stock, ours, ignore=shutil.ignore_patterns("autograded"))
    config = (Path(__file__).parents[2] / "nbgrader_config.py").read_text()
    config = re.sub(r"(?m)^c\.ClearSolutions\..*$", "", config)  # the quickstart's stub is nbgrader's own
    (ours / "nbgrader_config.py").write_text(config + (stock / "nbgrader_config.py").read_text())
    run(ours, "nbgrader", "autograde", "ps1", "--force")
    assert scores(ours) == scores(stock)
