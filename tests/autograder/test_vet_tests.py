"""Vetting the tests: what the solution loses, what nothing earns, what the bank and mutants get past."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from assignment_cells import nbgrader_cell
from tiny_course import TinyCourse, hidden, tiny_notebook
from vetted import HIDDEN, replaced, with_source

from autograder.course.course import Course
from autograder.engine.items import Cell, CellReport, Kind
from autograder.vetting.solution import too_slow
from autograder.vetting.vet import Options, Vetting

Run = Callable[..., tuple[int, str, str]]

# The solution.

SOLUTION = {
    "wrong": (with_source(HIDDEN, hidden("assert double(21) == 43, 'wrong at 21'")), "earns 0 of 2 points"),
    "misspelt": (with_source(HIDDEN, hidden("assert dobule(21) == 42")), "name 'dobule' is not defined"),
    "visible": (
        with_source("test-double-visible", "assert double(2) == 5, 'no'"),
        "your own solution fails this test: no.",
    ),
    "what cannot cross": (
        with_source(HIDDEN, hidden("import fractions\nassert double(fractions) == 42")),
        "Pass numbers, texts, lists",
    ),
    "what cannot be set": (
        with_source(HIDDEN, hidden("double.calls = 0\nassert double(21) == 42")),
        "The test sets 'calls' of a function, which stays with the student's code",
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
    training = nbgrader_cell("training", "raise ValueError('it ran')\nimport math\ntrained = double(1)")
    training.metadata["autograder"] = {"seconds": 600}
    shown = nbgrader_cell("shown", "print(trained)")
    given = nbgrader_cell("root", "def root(x):\n    return math.sqrt(x)")  # a name that another cell binds, too
    needs_it = nbgrader_cell("test-square-root", hidden("assert root(square(3)) == 3"), grade=True, points=1)
    test = nbgrader_cell("test-square-trained", hidden("assert square(trained) == 4"), grade=True, points=1)
    notebook.cells += [training, shown, given, needs_it, test]
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


@pytest.mark.long
@pytest.mark.parametrize("name", ["deep", "foundations", "momentum", "multi_layer", "two_layer"])
def test_the_assignments_of_this_course_are_fit(course: Course, name: str) -> None:
    class Nobody:
        def begin(self, what: str, notebooks: int) -> None: ...

        def done(self) -> None: ...

    report = Vetting(course, name, Options(with_mutants=False), Nobody()).run()
    assert [fault.sentence for fault in report.faults] == []
