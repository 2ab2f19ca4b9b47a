"""`autograder new-course`: a private folder with the same assignments and hidden inputs of its own."""

from __future__ import annotations

import re
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
from tiny_course import DOUBLE, RIGHT, TinyCourse, hidden, tiny_notebook
from untrained import without_training

from autograder.course.course import Course
from autograder.course.new_course import new_course
from autograder.doors.trial import try_one

Run = Callable[..., tuple[int, str, str]]
TEST = """import numpy as np
from numpy.random import default_rng
x = np.random.RandomState(11).rand(); y = default_rng(7).random()
def draw(seed):
    return np.random.RandomState(seed + 1).rand(), "Å", default_rng(seed).random()
z = np.random.RandomState(12).rand()  # fixed: it stands in the book
w = np.random.default_rng([1, 2]).random()
np.random.seed(3)
assert double(x) == 2 * x and x not in draw(1)"""
EVERYBODYS = "import numpy as np\nassert double(np.random.RandomState(5).rand()) > 0"


def seeded_notebook() -> nbformat.NotebookNode:
    """Return an assignment whose tests draw random inputs."""
    cells = [
        nbgrader_cell("double", DOUBLE, solution=True, locked=False),
        nbgrader_cell("test-double-visible", EVERYBODYS, grade=True, points=0),
        nbgrader_cell("test-double-hidden", hidden(TEST), grade=True, points=2),
        nbgrader_cell("test-double-again", hidden(TEST), grade=True, points=1),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def texts_of_tests(course: Course) -> dict[str, str]:
    """Return the text of each cell of the assignment."""
    return {cell.id: cell.source for cell in course.read_source("tiny").cells}


@pytest.fixture
def seeded(tiny: TinyCourse) -> TinyCourse:
    """Return a course whose hidden tests draw random inputs."""
    tiny.write_source(seeded_notebook())
    return tiny


def test_hidden_inputs_derive_from_the_secret_and_from_the_test(seeded: TinyCourse, tmp_path: Path) -> None:
    public = texts_of_tests(seeded)
    one, changed = new_course(seeded, tmp_path / "one")
    two, _ = new_course(seeded, tmp_path / "two")
    assert changed == {"tiny": 2}
    texts = [texts_of_tests(one), texts_of_tests(two)]
    assert len({text["test-double-hidden"] for text in [public, *texts]}) == 3
    for text in texts:
        assert text["double"] == public["double"]
        assert text["test-double-visible"] == public["test-double-visible"]
        salts = {name: set(re.findall(r"\[\w+(?: \+ 1)?, (\d+)\]", text[name])) for name in text if "double-" in name}
        assert len(salts["test-double-hidden"]) == 1 + 1  # and the 2 of a seed that was a list before
        assert salts["test-double-hidden"] != salts["test-double-again"]
    lines = dict(
        zip(public["test-double-hidden"].splitlines(), texts[0]["test-double-hidden"].splitlines(), strict=True)
    )
    changed_lines = [before for before, after in lines.items() if before != after]
    assert [line.split(" = ")[0].split()[0] for line in changed_lines] == ["x", "return"]


def test_inputs_that_the_helper_cell_draws_are_new_too(tiny: TinyCourse, tmp_path: Path) -> None:
    helpers = (
        "import numpy as np\n\ndef _draw(seed):\n    return np.random.RandomState(seed).rand()\n\n"
        "def _two(seed):\n    return _draw(seed), _draw(seed + 1)\n\ndef _near(x, y):\n    return abs(x - y) < 1e-9"
    )
    notebook = tiny_notebook()
    notebook.cells.insert(2, nbgrader_cell("test-helpers", hidden(helpers), grade=True, points=0))
    for number, test in (
        (5, "assert all(_near(double(x), 2 * x) for x in _two(5))"),
        (7, "assert _near(square(3), 9)"),
    ):
        notebook.cells[number].source = hidden(test)
    tiny.write_source(notebook)
    private, changed = new_course(tiny, tmp_path / "mine")
    assert changed == {"tiny": 1}
    assert re.search(r"RandomState\(\[seed, \d+\]\)", texts_of_tests(private)["test-helpers"])
    verdict = try_one(private, private.source_notebook("tiny"), "tiny")
    assert (verdict.score, verdict.max_score) == (5, 5)


def test_the_new_course_grades_like_any_other(seeded: TinyCourse, tmp_path: Path) -> None:
    private, _ = new_course(seeded, tmp_path / "mine")
    place = private.submitted / "ada" / "tiny" / "tiny.ipynb"
    place.parent.mkdir(parents=True)
    notebook = seeded_notebook()
    notebook.cells[0].source = RIGHT["double"]
    nbformat.write(notebook, place)
    for words in (["release"], ["grade", "tiny"], ["summary", "tiny"]):
        assert autograder(private.root, *words)[0] == 0
    assert "3" in (private.reports / "tiny" / "summary.csv").read_text().splitlines()[1].split(",")[1]
    assert private.nbgrader().coursedir.course_id == "mine"
    public = nbformat.read(seeded.source / "tiny" / "tiny.ipynb", 4)
    released = (private.release / "tiny" / "tiny.ipynb").read_text()
    assert not any(str(number) in released for number in re.findall(r"\d{6,}", str(texts_of_tests(private))))
    assert len(nbformat.reads(released, 4).cells) == len(public.cells)


def test_what_is_in_it(tiny: TinyCourse, tmp_path: Path) -> None:
    (tiny.source / "tiny" / "__pycache__").mkdir()
    (tiny.source / "helper.py").write_text("x = 1\n")
    (tiny.source / "tiny" / "helper.py").symlink_to("../helper.py")
    tiny.hand_in("ada", **RIGHT)
    private, _ = new_course(tiny, tmp_path / "here" / "mine")
    found = {str(path.relative_to(private.root)) for path in private.root.rglob("*")}
    named = {"nbgrader_config.py", "README.md", "roster.csv", ".gitignore", ".secret"}
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
    assert texts_of_tests(private) == {cell.id: cell.source for cell in tiny_notebook().cells}


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
    private, changed = new_course(Course(REPOSITORY), tmp_path / "mine")
    assert changed[name] > 10
    if not trained:
        notebook = private.read_source(name)
        without_training(notebook)
        nbformat.write(notebook, private.source_notebook(name))
    verdict = try_one(private, private.source_notebook(name), name)
    assert verdict.score == verdict.max_score, [cell for cell in verdict.cells if cell.points < cell.max_points]
