"""The inputs of hidden tests: the same for the same course and the same name of a draw, others for another."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import numpy as np
import pytest
from assignment_cells import nbgrader_cell
from nbformat import NotebookNode
from test_stock_commands import nbgrader
from tiny_course import RIGHT, TinyCourse, hidden, tiny_notebook

from autograder.course.draws import PUBLIC, Draw, Share, drawn, salted, share
from autograder.grading.verdict import Verdict

Run = Callable[..., tuple[int, str, str]]
TEST = """import numpy as np
from numpy.random import default_rng
x = np.random.RandomState(11).rand(); y = default_rng(7).random()
def draw(seed):
    return np.random.RandomState(seed + 1).rand(), "Å", default_rng(seed).random()
z = np.random.RandomState(12).rand()  # fixed: it stands in the book
w = np.random.default_rng([1, 2]).random(), np.random.default_rng((3, 4)).random()
np.random.seed(3), default_rng(*[4]), default_rng()
assert double(x) == 2 * x"""
SALTED = TEST.replace("(11)", "([11, 9, 8])").replace("(7)", "([7, 9, 8])").replace("(seed + 1)", "([seed + 1, 9, 8])")
SALTED = SALTED.replace("(seed).", "([seed, 9, 8]).").replace("([1, 2])", "([*[1, 2], 9, 8])")
SALTED = SALTED.replace("((3, 4))", "([*(3, 4), 9, 8])")
LUCKY = "import numpy as np\nassert double(x := np.random.RandomState(1).randint(10**9)) == 2 * x"
HALF_RIGHT = "def double(x):\n    return 2 * x if x % 2 else 0"


def test_every_generator_of_a_hidden_region_gets_further_seeds() -> None:
    assert salted(hidden(TEST), (9, 8)) == hidden(SALTED)
    assert salted(TEST, (9, 8)) == TEST
    magic = hidden("%matplotlib inline\nx = RandomState(1)")
    assert salted(magic, (9, 8)) == magic
    names: dict[str, object] = {"double": lambda x: 2 * x}
    exec(salted(hidden(TEST), (9, 8)), names)
    assert names["x"] == np.random.RandomState([11, 9, 8]).rand()
    assert names["z"] == np.random.RandomState(12).rand()


def salts(source: NotebookNode, draw: Draw, name: str = "tiny") -> dict[str, str]:
    """Return what is added to the seeds of each cell."""
    found = {str(cell.id): cell.source for cell in drawn({"tiny": source}, name, draw)["tiny"].cells}
    return {cell: ", ".join(re.findall(r"RandomState\(\[1, ([\d, ]+)\]\)", text)) for cell, text in found.items()}


@pytest.fixture
def lucky() -> NotebookNode:
    """Return the tiny assignment, two of whose tests draw a number."""
    notebook = tiny_notebook()
    for cell in notebook.cells:
        if cell.id in ("test-double-hidden", "test-square-hidden"):
            cell.source = hidden(LUCKY)
        if cell.id == "test-double-visible":
            cell.source = LUCKY
    return notebook


def test_a_draw_is_one_of_its_secret_its_name_and_the_cell(lucky: NotebookNode) -> None:
    text = nbformat.writes(lucky)
    assert drawn({"tiny": lucky}, "tiny", PUBLIC)["tiny"] is lucky
    one = salts(lucky, Draw("one", b"secret"))
    assert one["test-double-hidden"] != one["test-square-hidden"]
    assert {name for name, salt in one.items() if salt} == {"test-double-hidden", "test-square-hidden"}
    assert salts(lucky, Draw("one", b"secret")) == one
    others = [
        salts(lucky, draw) for draw in (Draw("two", b"secret"), Draw("one", b"other"), Draw("one"), Draw("", b"secret"))
    ]
    others.append(salts(lucky, Draw("one", b"secret"), "small"))
    assert len({found["test-double-hidden"] for found in (one, *others)}) == 6
    assert nbformat.writes(lucky) == text


def test_a_fingerprint_tells_draws_apart() -> None:
    draws = [PUBLIC, Draw("one"), Draw("", b"one"), Draw("one", b"one"), Draw("one", b"two")]
    assert PUBLIC.fingerprint == "public"
    assert len({draw.fingerprint for draw in draws}) == len(draws)
    assert Draw("one", b"one").fingerprint == Draw("one", b"one").fingerprint


def test_points_rest_on_inputs_that_a_test_or_its_helpers_draw() -> None:
    helpers = (
        "import numpy as np\n\ndef _draw(seed):\n    return np.random.RandomState(seed).rand()\n\n"
        "def _two(seed):\n    return _draw(seed), _draw(seed + 1)\n\ndef _near(x, y):\n    return abs(x - y) < 1e-9"
    )
    notebook = tiny_notebook()
    notebook.cells.insert(2, nbgrader_cell("test-helpers", hidden(helpers), grade=True, points=0))
    assert share({"tiny": notebook}, "tiny") == Share(0, 5)
    for number, test in (
        (5, "assert all(_near(double(x), 2 * x) for x in _two(5))"),
        (7, "assert _near(square(3), (9, 8))"),
    ):
        notebook.cells[number].source = hidden(test)
    assert share({"tiny": notebook}, "tiny") == Share(2, 5)
    notebook.cells[8].source = hidden(LUCKY)
    assert share({"tiny": notebook}, "tiny") == Share(4, 5)


def verdict(course: TinyCourse, student: str = "ada") -> Verdict:
    """Return what is recorded of a student."""
    return Verdict.from_json((course.reports / "tiny" / "verdicts" / f"{student}.json").read_text())


def graded_text(course: TinyCourse) -> str:
    """Return the hidden test of `double` as Ada's notebook has met it."""
    notebook = nbformat.read(course.autograded / "ada" / "tiny" / "tiny.ipynb", as_version=4)
    return str(next(cell.source for cell in notebook.cells if cell.id == "test-double-hidden"))


def test_a_run_draws_its_own_and_a_dispute_meets_the_same(
    tiny: TinyCourse, lucky: NotebookNode, run_autograder: Run
) -> None:
    for cell in lucky.cells:
        cell.source = cell.source.replace("assert double(x := ", "assert square(x := ").replace("== 2 * x", "== x * x")
    lucky.cells[3].source, lucky.cells[4].source = "assert double(2) == 4", hidden(LUCKY)
    tiny.write_source(lucky)
    path = tiny.hand_in("ada", double=HALF_RIGHT, square=RIGHT["square"])
    assert run_autograder("grade", "tiny")[0] == 0
    assert (verdict(tiny).draw, graded_text(tiny)) == ("", hidden(LUCKY))
    scores = {"": verdict(tiny).score}
    for name in map(str, range(9)):
        assert run_autograder("grade", "tiny", "--draw", name)[0] == 0
        assert (verdict(tiny).draw, graded_text(tiny) != hidden(LUCKY)) == (name, True)
        scores[name] = verdict(tiny).score
        if scores[name] != scores[""]:
            break
    assert scores[name] != scores[""], "an odd number and an even one are drawn"
    with (tiny.reports / "tiny" / "changes.csv").open(newline="") as lines:
        assert list(csv.reader(lines))[-1][-1] == "other inputs drawn"
    met = graded_text(tiny)
    assert "1 unchanged" in run_autograder("grade", "tiny", "--draw", name)[1]
    for again, score in scores.items():
        code, out, _ = run_autograder("try", str(path), "tiny", "--json", "--draw", again)
        assert (code, json.loads(out)["draw"], json.loads(out)["score"]) == (0, again, score)
    assert f"draw {name}" in run_autograder("try", str(path), "tiny", "--draw", name)[1]
    assert run_autograder("grade", "tiny", "--force", "--draw", name)[0] == 0
    assert graded_text(tiny) == met
    assert run_autograder("grade", "tiny")[0] == 0
    assert (verdict(tiny).draw, verdict(tiny).score) == ("", scores[""])


def test_a_course_may_name_its_draw_for_every_command(
    tiny: TinyCourse, lucky: NotebookNode, run_autograder: Run
) -> None:
    lucky.cells[6].source = hidden("assert square(3) == 9")
    tiny.write_source(lucky)
    tiny.hand_in("ada", **RIGHT)
    with (tiny.root / "nbgrader_config.py").open("a") as config:
        config.write('c.Autograder.draw = "autumn"\n')
    done = nbgrader(tiny.root, "generate_assignment", "tiny"), nbgrader(tiny.root, "autograde", "tiny")
    assert [one.returncode for one in done] == [0, 0], done[1].stderr
    by_stock = graded_text(tiny)
    assert (verdict(tiny).draw, verdict(tiny).score) == ("autumn", 5)
    assert run_autograder("grade", "tiny", "--force")[0] == 0
    assert (verdict(tiny).draw, graded_text(tiny)) == ("autumn", by_stock)
    assert run_autograder("grade", "tiny", "--draw", "spring")[0] == 0
    assert verdict(tiny).draw == "spring"
    with (tiny.root / "nbgrader_config.py").open("a") as config:
        config.write("c.Autograder.draw = 7\n")
    code, _, err = run_autograder("grade", "tiny")
    assert code == 2
    assert "c.Autograder.draw to 7" in " ".join(err.split())


@pytest.mark.parametrize("name", ["two\nlines", "\x1b[31m", "half \udc80"])
def test_a_name_that_cannot_be_printed_is_refused(tiny: TinyCourse, run_autograder: Run, name: str) -> None:
    path: Path = tiny.hand_in("ada", **RIGHT)
    code, _, err = run_autograder("try", str(path), "tiny", "--draw", name)
    assert code == 2
    assert "A draw cannot be called" in err


def test_the_author_has_edited_no_test_of_a_course_with_a_secret(
    tiny: TinyCourse, lucky: NotebookNode, run_autograder: Run
) -> None:
    tiny.write_source(lucky)
    (tiny.root / ".secret").write_text("kept to ourselves")
    with (tiny.root / "nbgrader_config.py").open("a") as config:
        config.write('c.Autograder.secret = ".secret"\n')
    author = tiny.source / "tiny" / "tiny.ipynb"
    code, out, _ = run_autograder("try", str(author), "tiny")
    assert (code, "5 of 5 points" in out, "tampering" in out) == (0, True, False)
    edited = tiny.root / "edited.ipynb"
    edited.write_text(author.read_text().replace("RandomState(1)", "RandomState(2)"))
    out = " ".join(run_autograder("try", str(edited), "tiny")[1].split())
    assert "tampering: the text of the test cell test-double-hidden was changed" in out
