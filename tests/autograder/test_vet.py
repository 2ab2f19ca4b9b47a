"""Vetting: a tiny assignment with a fault of each kind is refused, with the cell and what to do; a sound one is fit."""

from __future__ import annotations

import json
from collections.abc import Callable

import nbformat
import pytest
from assignment_cells import nbgrader_cell
from nbformat.v4 import new_markdown_cell
from tiny_course import TinyCourse, hidden, tiny_notebook

from autograder.course.course import Course
from autograder.course.markers import MARKER, meant_by
from autograder.engine.items import Cell, CellReport, Kind
from autograder.vetting.solution import too_slow
from autograder.vetting.vet import Options, Vetting

Run = Callable[..., tuple[int, str, str]]
Notebook = nbformat.NotebookNode
PLACE = {cell.id: number for number, cell in enumerate(tiny_notebook().cells, start=1)}
PICTURE = {"s.png": {"image/png": "aGlkZGVuIHBpY3R1cmU="}}
TASK = {"grade": False, "solution": False, "locked": True, "task": True, "points": 4, "schema_version": 3}


def cell_of(notebook: Notebook, name: str) -> Notebook:
    """Return a cell by its name."""
    (cell,) = [cell for cell in notebook.cells if cell.id == name]
    return cell


def with_source(name: str, source: str) -> Callable[[Notebook], None]:
    """Return what gives a cell another text."""

    def change(notebook: Notebook) -> None:
        cell_of(notebook, name).source = source

    return change


def with_metadata(name: str, **values: object) -> Callable[[Notebook], None]:
    """Return what changes nbgrader's metadata of a cell; None takes a key out."""

    def change(notebook: Notebook) -> None:
        metadata = cell_of(notebook, name).metadata.nbgrader
        metadata.update(values)
        for key in [key for key, value in values.items() if value is None]:
            del metadata[key]

    return change


def replaced(name: str, old: str, new: str) -> Callable[[Notebook], None]:
    """Return what replaces a piece of a cell's text."""

    def change(notebook: Notebook) -> None:
        cell = cell_of(notebook, name)
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return change


def as_markdown(name: str) -> Callable[[Notebook], None]:
    """Return what makes a Markdown cell of a code cell."""

    def change(notebook: Notebook) -> None:
        index = [cell.id for cell in notebook.cells].index(name)
        code = notebook.cells[index]
        notebook.cells[index] = new_markdown_cell(code.source, id=name, metadata=code.metadata)

    return change


def in_r(notebook: Notebook) -> None:
    """Give a notebook another language."""
    notebook.metadata.language_info.name = "R"


BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
HIDDEN = "test-double-hidden"
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


# The solution.

SOLUTION = {
    "wrong": (with_source(HIDDEN, hidden("assert double(21) == 43, 'wrong at 21'")), "earns 0 of 2 points"),
    "misspelt": (with_source(HIDDEN, hidden("assert dobule(21) == 42")), "name 'dobule' is not defined"),
    "visible": (with_source("test-double-visible", "assert double(2) == 5, 'no'"), "earns no pass here: no."),
    "what cannot cross": (
        with_source(HIDDEN, hidden("import fractions\nassert double(fractions) == 42")),
        "Pass numbers, texts, lists",
    ),
    "what cannot come back": (
        replaced("double", "return 2 * x", "return math if x > 2 else 2 * x"),
        "earns 0 of 2 points",
    ),
    "a part of the points": (with_source(HIDDEN, hidden("assert double(21) == 42\n1")), "earns 1 of 2 points"),
    "a broken given cell": (with_source("given", "import math\nmath.sqrt(-1)"), "this cell ends with an error"),
    "another draw": (
        with_source(
            HIDDEN,
            hidden("import numpy as np\nx = np.random.RandomState(3).randint(9)\nassert double(x) == 16, 'not 16'"),
        ),
        "with other inputs than the usual ones: not 16.",
    ),
}


@pytest.mark.parametrize("fault", SOLUTION)
def test_a_solution_that_does_not_earn_every_point_is_refused(
    tiny: TinyCourse, run_autograder: Run, fault: str
) -> None:
    change, words = SOLUTION[fault]
    notebook = tiny_notebook()
    change(notebook)
    tiny.write_source(notebook)
    code, out, _ = run_autograder("vet", "--mutants", "0")
    assert code == 1
    assert words in out
    assert "not looked at because of this: trivial, misconceptions, mutants" in out


def test_a_cell_that_takes_more_than_a_third_of_its_time_is_named() -> None:
    cell, quick, slow = Cell(Kind.test, "test", "", "", 60), CellReport(cpu=19.0), CellReport(cpu=21.0)
    assert too_slow(cell, quick) == ""
    assert "takes 21 seconds here and a student may take 60" in too_slow(cell, slow)
    assert '"autograder": {"seconds": 126}' in too_slow(cell, slow)


def test_quick_leaves_out_what_takes_long_and_what_needs_it(tiny: TinyCourse, run_autograder: Run) -> None:
    notebook = tiny_notebook()
    training = nbgrader_cell("training", "raise ValueError('it ran')\ntrained = double(1)")
    training.metadata["autograder"] = {"seconds": 600}
    shown = nbgrader_cell("shown", "print(trained)")
    test = nbgrader_cell("test-square-trained", hidden("assert square(trained) == 4"), grade=True, points=1)
    notebook.cells += [training, shown, test]
    tiny.write_source(notebook)
    code, out, _ = run_autograder("vet", "--quick", "--mutants", "0")
    assert code == 0, out
    assert "left out, since they take long: test-square-trained" in out
    code, out, _ = run_autograder("vet", "--mutants", "0")
    assert code == 1
    assert "cell 9 (training): with your own solution, this cell ends with an error: line 1 of the cell training" in out


# What the tests catch.


def test_what_does_nothing_and_earns_something_is_named(tiny: TinyCourse, run_autograder: Run) -> None:
    notebook = tiny_notebook()
    with_source(HIDDEN, hidden("double(1)"))(notebook)
    with_source("test-square-hidden", hidden("assert square(0) == 0 and square(1) == 1"))(notebook)
    tiny.write_source(notebook)
    code, out, _ = run_autograder("vet", "--mutants", "0")
    assert code == 1
    assert "cell 5 (test-double-hidden): an answer that returns nothing, zero, its argument, zeros of the right" in out
    assert "cell 7 (test-square-hidden): an answer that returns its argument earns points here" in out


def test_stubs_that_earn_something_are_named(tiny: TinyCourse, run_autograder: Run) -> None:
    notebook = tiny_notebook()
    with_source(HIDDEN, hidden("assert True"))(notebook)
    tiny.write_source(notebook)
    code, out, _ = run_autograder("vet", "--mutants", "0")
    assert code == 1
    assert "the stub earns 2 points here" in out


BANK = '''
from hypothesis import strategies as st
from autograder.misconceptions import edited, inputs, misconception, unusual

TWICE = 2

@inputs("double", call="double(x)")
def numbers():
    return st.fixed_dictionaries({"x": st.integers(-5, 5)})

@misconception("double", see="eq:double")
def times_itself(x):
    """You multiply the number by itself, which is not the same as taking it twice."""
    return x * x

@unusual("double")
def as_a_sum(x):
    return sum([x] * 0, TWICE * x)

@inputs("square", call="square(x)")
def others():
    return st.fixed_dictionaries({"x": st.integers(-5, 5)})
'''
FAULTY = """
not_caught = edited("double", ("2 * x", "2 * x + (x > 30)"), says="Too much.")
same_again = edited("double", ("2 * x", "x ** 2"), says="The same.")
unseen = edited("double", ("2 * x", "2 * x if x < 20 else 0"), says="So.")
no_text = edited("double", ("3 * x", "x"), says="No such text.")
stranger = edited("triple", ("2", "3"), says="Three.")

@unusual("square")
def of_floats(x):
    return x * x + 0.5
"""
SAID = [
    "cell 3 (double): not_caught in the bank passes every hidden test of the exercise",
    "cell 3 (double): same_again in the bank is taken for times_itself",
    "cell 3 (double): unseen in the bank is not recognised",
    "cell 3 (double): no_text in the bank cannot be made (The solution has no '3 * x'",
    "stranger in the bank belongs to 'triple', which is not an exercise",
    "of_floats in the bank is right and loses points in test-square-hidden, test-square-negative",
]


def write_bank(course: Course, text: str) -> None:
    """Give the tiny course a bank of misconceptions."""
    course.banks.mkdir(parents=True, exist_ok=True)
    (course.banks / "tiny.py").write_text(text)


def test_a_sound_bank_is_fit(tiny: TinyCourse, run_autograder: Run) -> None:
    write_bank(tiny, BANK)
    code, out, _ = run_autograder("vet", "--mutants", "0")
    assert code == 0, out
    assert "tiny: fit" in out


def test_what_is_wrong_with_a_bank_is_named(tiny: TinyCourse, run_autograder: Run) -> None:
    write_bank(tiny, BANK + FAULTY)
    code, out, _ = run_autograder("vet", "--mutants", "0")
    assert code == 1
    assert [words for words in SAID if words not in out] == []
    assert out.count("misconceptions:") == len(SAID)


def test_a_bank_that_is_not_python_is_named(tiny: TinyCourse, run_autograder: Run) -> None:
    write_bank(tiny, "(")
    code, out, _ = run_autograder("vet", "--mutants", "0")
    assert code == 1
    assert "The bank of misconceptions cannot be read (SyntaxError" in out


def test_mutants_are_caught_equivalent_or_shown(tiny: TinyCourse, run_autograder: Run) -> None:
    """What changes beyond 40 shows in no input of the bank."""
    notebook = tiny_notebook()
    replaced("square", "x * x", "x ** 2 if x < 40 else x * x")(notebook)
    tiny.write_source(notebook)
    write_bank(tiny, BANK)
    code, out, err = run_autograder("vet", "--json", "--mutants", "1")
    assert code == 0, err
    (report,) = json.loads(out)
    assert (report["schema"], report["fit"], report["assignment"]) == (1, True, "tiny")
    assert report["mutated"]["survivors"] == []
    assert report["mutated"]["killed"] > 3
    assert report["mutated"]["equivalent"] > 2, "x < 41, x <= 40, x / x beyond 40"


def test_a_mutant_that_survives_is_a_difference_of_lines(tiny: TinyCourse, run_autograder: Run) -> None:
    notebook = tiny_notebook()
    with_source("test-square-negative", hidden("assert square(-3) == 9 and square(4) == 16"))(notebook)
    replaced("square", "x * x", "x * abs(x) if x > 0 else x * x")(notebook)
    tiny.write_source(notebook)
    code, out, err = run_autograder("vet", "--mutants", "0.99")
    assert code == 1
    assert "not caught: tiny.ipynb, square, line 4 (call)" in out
    assert "    - " in out
    assert "    +     return x * x if x > 0 else x * x" in out
    assert "Fewer than 99.0% of the mutants are caught: tiny (" in err


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


@pytest.mark.long
@pytest.mark.parametrize("name", ["deep", "foundations", "momentum", "multi_layer", "two_layer"])
def test_the_assignments_of_this_course_are_fit(course: Course, name: str) -> None:
    class Nobody:
        def begin(self, what: str, notebooks: int) -> None: ...

        def done(self) -> None: ...

    report = Vetting(course, name, Options(with_mutants=False), Nobody()).run()
    assert [fault.sentence for fault in report.faults] == []
