"""Vetting what can be seen: a fault of form or code, or a leak, is refused with the cell and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

import nbformat
import pytest
from assignment_cells import nbgrader_cell
from nbformat.v4 import new_markdown_cell
from tiny_course import TinyCourse, tiny_notebook
from vetted import HIDDEN, as_markdown, in_r, replaced, with_metadata, with_source

from autograder.course.markers import MARKER, meant_by

Run = Callable[..., tuple[int, str, str]]
PLACE = {cell.id: number for number, cell in enumerate(tiny_notebook().cells, start=1)}
PICTURE = {"s.png": {"image/png": "aGlkZGVuIHBpY3R1cmU="}}
TASK = {"grade": False, "solution": False, "locked": True, "task": True, "points": 4, "schema_version": 3}
BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
# By what is wrong: a change of the tiny notebook, the cell that is named (none for all of it), words of the sentence.
FORM = {
    "one name twice": (with_metadata("square", grade_id="double"), "", "2 cells are called double (cells 3 and 6)"),
    "no name": (with_metadata(HIDDEN, grade_id=""), HIDDEN, "it has no grade_id"),
    "a name with a blank": (with_metadata(HIDDEN, grade_id="a b"), "a b", "may hold letters, digits, - and _ only"),
    "negative points": (with_metadata(HIDDEN, points=-2), HIDDEN, "it is worth -2 points"),
    "points that are empty": (with_metadata(HIDDEN, points=""), HIDDEN, "it has no points"),
    "no points": (with_metadata(HIDDEN, points=None), HIDDEN, "it has no points"),
    "points that are text": (with_metadata(HIDDEN, points="2"), HIDDEN, "'2', which is not a number"),
    "an old schema": (with_metadata(HIDDEN, schema_version=1), HIDDEN, "nbgrader update source"),
    "a new schema": (with_metadata(HIDDEN, schema_version=9), HIDDEN, "written by a newer nbgrader"),
    "no role": (with_metadata(HIDDEN, grade=None), HIDDEN, "does not say whether it is 'grade'"),
    "a strange key": (with_metadata(HIDDEN, colour="red"), HIDDEN, "'colour', which nbgrader refuses"),
    "a test in Markdown": (as_markdown("test-double-visible"), "test-double-visible", "it is a Markdown cell"),
    "a task in code": (with_metadata("given", task=True, points=1), "given", "a task is a Markdown cell"),
    "AUTOTEST": (with_source("test-double-visible", "### AUTOTEST double(2)"), "test-double-visible", "AUTOTEST"),
    "small letters": (
        with_source(HIDDEN, "### begin hidden tests\nassert double(1) == 2\n### end hidden tests"),
        HIDDEN,
        "line 1, '### begin hidden tests', is nearly a marker",
    ),
    "one test": (replaced(HIDDEN, "TESTS", "TEST"), HIDDEN, f"Write '{BEGIN}'"),
    "two blanks": (replaced(HIDDEN, "HIDDEN TESTS", "HIDDEN  TESTS"), HIDDEN, f"Write '{END}'"),
    "solutions": (replaced("double", "SOLUTION", "SOLUTIONS"), "double", "'### BEGIN SOLUTIONS', is nearly a marker"),
    "a letter too few": (replaced("double", "BEGIN SOLUTION", "BEGIN SOLUTON"), "double", "is nearly a marker"),
    "a marker in a sentence": (
        replaced("double", "    return", "    # the END SOLUTION stands below\n    return"),
        "double",
        "is nearly a marker",
    ),
    "left open": (replaced(HIDDEN, END, ""), HIDDEN, "is left open. Add END HIDDEN TESTS"),
    "not begun": (replaced(HIDDEN, BEGIN, ""), HIDDEN, "no BEGIN HIDDEN TESTS stands above it"),
    "one in another": (replaced(HIDDEN, "assert", f"{BEGIN}\nassert"), HIDDEN, "End that one first"),
    "hidden tests in an answer": (replaced("double", "SOLUTION", "HIDDEN TESTS"), "double", "cut out of a test cell"),
    "a solution in a test": (replaced(HIDDEN, "HIDDEN TESTS", "SOLUTION"), HIDDEN, "cut out of a cell that students"),
    "a mark scheme in a test": (replaced(HIDDEN, "HIDDEN TESTS", "MARK SCHEME"), HIDDEN, "cut out of a task cell"),
}
CODE = {
    "a test that is not Python": (replaced(HIDDEN, "== 42", "== 42["), HIDDEN, "it is not Python (line 3"),
    "what a merge has left": (
        with_source("test-double-visible", "<<<<<<< HEAD\nassert double(2)\n=======\nassert double(3)\n>>>>>>> b"),
        "test-double-visible",
        "a merge has left its markers in line 1",
    ),
    "another language": (in_r, "", "it is written in R"),
}


@pytest.mark.parametrize("fault", [*FORM, *CODE])
def test_what_can_be_seen_of_the_source_is_refused(tiny: TinyCourse, run_autograder: Run, fault: str) -> None:
    change, cell, words = {**FORM, **CODE}[fault]
    notebook = tiny_notebook()
    change(notebook)
    tiny.write_source(notebook)
    for command in ("vet", "release"):
        code, out, err = run_autograder(command, "tiny")
        assert code == 1
        assert "corrupted" not in out + err
        (line,) = [line for line in out.splitlines() if words in line]
        assert "tiny.ipynb" in line
        if cell:
            number = PLACE.get(cell, PLACE[HIDDEN])
            assert f"cell {number} ({cell})" in line or (fault == "no name" and f"cell {number} (" in line)
    assert not tiny.release.exists()


def test_all_faults_are_named_at_once(tiny: TinyCourse, run_autograder: Run) -> None:
    notebook = tiny_notebook()
    for name in ("negative points", "solutions"):
        FORM[name][0](notebook)
    tiny.write_source(notebook)
    code, out, err = run_autograder("vet")
    assert code == 1
    assert out.count("form:") == 3, "both markers of the solution, and the points"
    assert "not looked at because of this: leak, solution, trivial, misconceptions, mutants" in out
    assert "tiny (3)" in err


@pytest.mark.parametrize(
    "line",
    [
        "### BEGIN SOLUTION",
        "    # BEGIN SOLUTION",
        "### END SOLUTION ###",
        "# begin with the sum",
        "# The end",
        "# Hidden",
    ],
)
def test_a_line_that_is_a_marker_or_an_ordinary_comment_is_left_alone(line: str) -> None:
    assert MARKER.fullmatch(line) or meant_by(line, is_code=True) is None


def test_grading_names_the_cells_that_nbgrader_refuses(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada")
    notebook = tiny_notebook()
    FORM["one name twice"][0](notebook)
    tiny.write_source(notebook)
    code, _, err = run_autograder("grade", "tiny")
    assert code != 0
    assert "2 cells are called double (cells 3 and 6)" in " ".join(err.split())
    assert "corrupted" not in err


# What students get.


def test_a_picture_of_a_solution_or_a_mark_scheme_is_not_released(tiny: TinyCourse, run_autograder: Run) -> None:
    answer = {"solution": True, "grade": True, "points": 3, "locked": False, "schema_version": 3, "grade_id": "why"}
    notebook = tiny_notebook()
    notebook.cells += [
        new_markdown_cell("Since so. ![s](attachment:s.png)", id="why", metadata={"nbgrader": answer}),
        new_markdown_cell(
            "Draw.\n### BEGIN MARK SCHEME\n![s](attachment:s.png)\n### END MARK SCHEME\n![t](attachment:t%20u.png)",
            id="draw",
            metadata={"nbgrader": {**TASK, "grade_id": "draw"}},
        ),
    ]
    notebook.cells[-2]["attachments"] = PICTURE
    notebook.cells[-1]["attachments"] = {**PICTURE, "t u.png": {"image/png": "b3Blbg=="}}
    tiny.write_source(notebook)
    code, out, err = run_autograder("release", "tiny")
    assert code == 0, out + err
    released = nbformat.read(tiny.release / "tiny" / "tiny.ipynb", as_version=4)
    assert [list(cell.get("attachments", {})) for cell in released.cells[-2:]] == [[], ["t u.png"]]
    assert "1 with a mark scheme" in out


LEAKS = {
    "the solution in a text": (new_markdown_cell("Like this:\n\n    return 2 * x", id="hint"), "cell 9"),
    "a hidden test in a cell of its own": (
        nbgrader_cell("again", "try:\n    pass\nexcept ValueError:\n    assert square(-3) == 9, 'wrong below 0'"),
        "cell 9",
    ),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_what_gives_something_away_is_refused(tiny: TinyCourse, run_autograder: Run, leak: str) -> None:
    cell, where = LEAKS[leak]
    notebook = tiny_notebook()
    notebook.cells.append(cell)
    tiny.write_source(notebook)
    code, out, _ = run_autograder("release", "tiny")
    if leak == "the solution in a text":
        assert code == 1
        assert f"can be read in tiny.ipynb, {where}" in out
        assert not tiny.release.exists()
    else:  # the author has written it where everybody may read it
        assert code == 0


def test_files_beside_the_notebook_are_looked_at_too(tiny: TinyCourse, run_autograder: Run) -> None:
    (tiny.source / "tiny" / "answers.py").write_text("def double(x):\n    return 2 * x\n")
    code, out, _ = run_autograder("release", "tiny")
    assert code == 1
    assert "tiny.ipynb, cell 3 (double)" in out
    assert "can be read in answers.py" in out


# A release.


def test_a_release_says_what_it_hides_and_tries_the_solution_once(tiny: TinyCourse, run_autograder: Run) -> None:
    code, out, _ = run_autograder("release")
    assert code == 0
    assert "5 cells have hidden regions: 2 with a solution, 3 with hidden tests (double 1, square 2)" in out
    (kept,) = (tiny.root / "_build" / "vetted").rglob("*.json")
    before = kept.stat().st_mtime_ns
    assert run_autograder("release")[0] == 0
    assert kept.stat().st_mtime_ns == before
    notebook = tiny_notebook()
    replaced("double", "2 * x", "x + x")(notebook)
    tiny.write_source(notebook)
    assert run_autograder("release")[0] == 0
    assert kept.stat().st_mtime_ns > before


def test_what_is_not_fit_leaves_the_release_before_and_can_be_forced(tiny: TinyCourse, run_autograder: Run) -> None:
    assert run_autograder("release")[0] == 0
    path = tiny.release / "tiny" / "tiny.ipynb"
    before = path.read_bytes()
    notebook = tiny_notebook()
    with_source("test-double-visible", "assert double(2) == 5, 'double(2) is wrong'")(notebook)
    tiny.write_source(notebook)
    code, out, err = run_autograder("release")
    assert code == 1
    assert "cell 4 (test-double-visible)" in out
    assert "Not released: tiny." in err
    assert path.read_bytes() == before
    assert run_autograder("release", "--no-vet")[0] == 0
    assert path.read_bytes() != before


def test_vetting_spares_grading_the_run_of_the_solution(tiny: TinyCourse, run_autograder: Run) -> None:
    assert run_autograder("vet", "--mutants", "0")[0] == 0
    kept = tiny.reports / "tiny" / "solution.json"
    before = kept.stat().st_mtime_ns
    tiny.hand_in("ada", double="def double(x):\n    return 0")
    assert run_autograder("grade", "tiny")[0] == 0
    assert kept.stat().st_mtime_ns == before
