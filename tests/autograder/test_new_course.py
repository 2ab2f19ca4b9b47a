"""`autograder new-course`: a private folder with the same assignments and hidden inputs of its own."""

from __future__ import annotations

import csv
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from assignment_cells import REPOSITORY, nbgrader_cell
from command import autograder
from nbformat.v4 import new_notebook
from tiny_course import DOUBLE, RIGHT, TinyCourse, hidden
from untrained import without_training

from autograder.course.assignment import read_assignment
from autograder.course.course import Course
from autograder.course.draws import Share
from autograder.course.new_course import new_course
from autograder.doors.trial import try_one
from autograder.records.registration import released_notebooks

Run = Callable[..., tuple[int, str, str]]
TEST = """import numpy as np
x = np.random.RandomState(11).rand()
assert double(x) == 2 * x"""
SAME_FOR_ALL = "assert double(21) == 42"


def seeded_notebook() -> nbformat.NotebookNode:
    """Return an assignment whose tests draw random inputs."""
    cells = [
        nbgrader_cell("double", DOUBLE, solution=True, locked=False),
        nbgrader_cell("test-double-hidden", hidden(TEST), grade=True, points=2),
        nbgrader_cell("test-double-again", hidden(SAME_FOR_ALL), grade=True, points=1),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture
def seeded(tiny: TinyCourse) -> TinyCourse:
    """Return a course whose hidden tests draw random inputs."""
    tiny.write_source(seeded_notebook())
    return tiny


def texts(course: Course) -> dict[str, str]:
    """Return the text of each cell of the assignment, as it is graded."""
    assignment = read_assignment(course, "tiny", released_notebooks(course, "tiny"))
    return {cell.id: cell.source for cell in assignment.sources["tiny"].cells}


def test_hidden_inputs_derive_from_the_secret_and_the_notebooks_stay(seeded: TinyCourse, tmp_path: Path) -> None:
    one, shares = new_course(seeded, tmp_path / "one")
    two, _ = new_course(seeded, tmp_path / "two")
    assert shares == {"tiny": Share(2, 3)}
    assert len({texts(course)["test-double-hidden"] for course in (seeded, one, two)}) == 3
    assert texts(one) == texts(Course(one.root))
    for course in (one, two):
        assert course.source_notebook("tiny").read_bytes() == seeded.source_notebook("tiny").read_bytes()
        same = texts(course).items() & texts(seeded).items()
        assert {name for name, _ in same} == {"double", "test-double-again"}
    (two.root / ".secret").write_bytes((one.root / ".secret").read_bytes())
    assert texts(one) == texts(two)


def test_the_share_is_printed(seeded: TinyCourse, run_autograder: Run, tmp_path: Path) -> None:
    code, out, _ = run_autograder("new-course", str(tmp_path / "mine"))
    assert code == 0
    assert "tiny: 2 of 3 points rest on inputs of this course's own" in out


def test_the_new_course_grades_like_any_other(seeded: TinyCourse, tmp_path: Path) -> None:
    private, _ = new_course(seeded, tmp_path / "mine")
    place = private.submitted / "ada" / "tiny" / "tiny.ipynb"
    place.parent.mkdir(parents=True)
    notebook = seeded_notebook()
    notebook.cells[0].source = RIGHT["double"]
    nbformat.write(notebook, place)
    for words in (["release"], ["grade", "tiny"], ["report", "tiny"]):
        assert autograder(private.root, *words)[0] == 0
    with (private.reports / "tiny" / "report.csv").open(newline="") as file:
        assert "3" in next(csv.DictReader(file))["score"]
    assert private.nbgrader().coursedir.course_id == "mine"
    public = nbformat.read(seeded.source / "tiny" / "tiny.ipynb", 4)
    released = (private.release / "tiny" / "tiny.ipynb").read_text()
    assert "RandomState" not in released
    assert len(nbformat.reads(released, 4).cells) == len(public.cells)


def test_without_its_secret_it_grades_nothing(seeded: TinyCourse, tmp_path: Path) -> None:
    private, _ = new_course(seeded, tmp_path / "mine")
    notebook = str(private.source_notebook("tiny"))
    assert autograder(private.root, "try", notebook, "tiny")[0] == 0
    for spoil, said in ((lambda path: path.write_text(" \n"), "is empty"), (Path.unlink, "cannot be read")):
        spoil(private.root / ".secret")
        code, _, err = autograder(private.root, "try", notebook, "tiny")
        assert code == 2
        assert said in " ".join(err.split())


def test_what_is_in_it(tiny: TinyCourse, tmp_path: Path) -> None:
    (tiny.source / "tiny" / "__pycache__").mkdir()
    (tiny.source / "helper.py").write_text("x = 1\n")
    (tiny.source / "tiny" / "helper.py").symlink_to("../helper.py")
    tiny.hand_in("ada", **RIGHT)
    private, _ = new_course(tiny, tmp_path / "here" / "mine")
    found = {str(path.relative_to(private.root)) for path in private.root.rglob("*")}
    named = {"nbgrader_config.py", "README.md", "roster.csv", ".gitignore", ".secret", ".origin.json"}
    named |= {".github", ".github/workflows", ".github/workflows/course.yml"}
    assert found == named | {
        "source",
        "source/tiny",
        "source/tiny/tiny.ipynb",
        "source/helper.py",
        "source/tiny/helper.py",
    }
    assert (private.source / "tiny" / "helper.py").is_symlink()
    assert stat.S_IMODE((private.root / ".secret").stat().st_mode) == 0o600
    assert {".secret", "submitted/", "gradebook.db*"} <= set((private.root / ".gitignore").read_text().splitlines())
    assert private.read_source("tiny") == tiny.read_source("tiny")


def test_a_name_with_quotes_is_a_name(tiny: TinyCourse, tmp_path: Path) -> None:
    private, _ = new_course(tiny, tmp_path / 'it\'s "1\\2" — ß')
    assert private.nbgrader().coursedir.course_id == 'it\'s "1\\2" — ß'


def test_nothing_is_overwritten(tiny: TinyCourse, run_autograder: Run, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "thesis.txt").write_text("mine")
    for target, said in (
        (taken, "there already and not empty"),
        (taken / "thesis.txt", "there already and not empty"),
        (tiny.root / "inside", "lies in the public course"),
        (tiny.root, "there already and not empty"),
    ):
        code, _, err = run_autograder("new-course", str(target))
        assert code == 2
        assert said in err
    assert [path.name for path in taken.iterdir()] == ["thesis.txt"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run_autograder("new-course", str(empty))[0] == 0
    shutil.rmtree(tiny.source)
    assert run_autograder("new-course", str(tmp_path / "other"))[0] == 2
    assert not (tmp_path / "other").exists()


def with_and_without_training(names: list[str]) -> list[Any]:
    """Return each assignment as a short test, which trains only what no other short test does, and as a long one."""
    short = [pytest.param(name, name == "multi_layer", id=name) for name in names]
    rest = [name for name in names if name != "multi_layer"]
    return short + [pytest.param(name, True, id=f"{name}-trained", marks=pytest.mark.long) for name in rest]


@pytest.mark.parametrize(("name", "trained"), with_and_without_training(Course(REPOSITORY).assignments()))
def test_the_courses_own_solutions_pass_with_other_inputs(name: str, trained: bool, tmp_path: Path) -> None:
    private, shares = new_course(Course(REPOSITORY), tmp_path / "mine")
    assert shares[name].points >= 0.95 * shares[name].of
    if not trained:
        notebook = private.read_source(name)
        without_training(notebook)
        nbformat.write(notebook, private.source_notebook(name))
    verdict = try_one(private, private.source_notebook(name), name)
    assert verdict.score == verdict.max_score, [cell for cell in verdict.cells if cell.points < cell.max_points]
