"""What is wrong with a failed function is found out on inputs of its own, in the sandbox, and gives nothing away."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from engine_cells import NUMPY, extra, item, locked
from test_engine_follow_through import graded, student

from autograder.engine.diagnoses import Counterexample, Diagnosis, Known, Relation, Rung
from autograder.engine.findings import Ending
from autograder.engine.inside.diagnosing.shown import shown
from autograder.engine.items import Report, Settings, Solution
from autograder.engine.limits import Effort, Limits
from autograder.engine.session import close, run_item

SLOPE = "def slope(Z):\n    return 1.0 * (Z > 0)"
BANK = """
import numpy as np
from hypothesis import strategies as st
from autograder.misconceptions import author, edited, inputs, matrix, misconception, sizes

@inputs("slope", call="slope(Z)")
@st.composite
def matrices(draw):
    n, m = draw(sizes((1, 3), (1, 4)))
    return {"Z": draw(matrix(n, m))}

@misconception("slope", see="eq:slope")
def open_at_zero(Z):
    \"\"\"Exactly at 0 your
    slope is 1.\"\"\"
    return 1.0 * (Z >= 0)

@misconception("slope", see="eq:slope")
def always_open(Z):
    \"\"\"Your slope is 1 everywhere.\"\"\"
    return 0 * author.slope(Z) + 1

turned_round = edited("slope", ("Z > 0", "Z < 0"), says="Your slope is 1 on the wrong side.", see="eq:slope")
doubled = edited("slope", ("1.0", "2.0"), says="Your slope is twice as steep.", see="eq:slope", kind="fragile")
CANARY = "a word that no student may read: 5f1e9c"
"""
CANARY = "5f1e9c"
TEST = "assert np.array_equal(slope(np.array([[2.5, -1.0, 0.0, 7.25]])), [[1, 0, 0, 1]]), 'slope is wrong'"


def examined(answer: str, bank: str = BANK, test: str = TEST, **limits: Any) -> Report:
    """Run a notebook in which a student has written `slope`."""
    stub = "def slope(Z):\n    raise NotImplementedError"
    solution = Solution("slope", SLOPE, frozenset({"slope"}), ("test-slope",), stub)
    cells = locked(NUMPY), student("slope", answer), graded("slope", test)
    notebook = item(*cells, solutions=(solution,), answers=frozenset({"slope"}), bank=bank)
    return run_item(notebook, Settings(limits=Limits(**limits)))


def diagnosis(answer: str, **more: Any) -> Diagnosis | None:
    """Return what is found out about `slope`."""
    report = examined(answer, **more)
    assert report.cells[-1].ending is not Ending.ok
    assert report.oddities == ()
    return next(iter(report.diagnoses), None)


def test_a_known_misconception_is_named_and_shown_on_the_smallest_input() -> None:
    found = diagnosis("def slope(Z):\n    answer = np.ones(Z.shape)\n    answer[Z < 0] = 0\n    return answer")
    assert found == Diagnosis(
        "slope",
        Rung.value,
        (Known("open_at_zero", "Exactly at 0 your slope is 1.", "eq:slope", "wrong"),),
        example=Counterexample(
            ("Z = np.array([[0.0, -0.5]])",), "slope(Z)", "np.array([[1.0, 0.0]])", "np.array([[0.0, 0.0]])"
        ),
    )


def test_a_value_of_the_authors_is_not_shown() -> None:
    """A function is followed through, since only what it returns is seen; a value would be the answer itself."""
    cells = (
        locked(NUMPY),
        student("rate", "rate = 1.0"),
        graded("rate", "assert rate == 0.03751928"),
        student("slope", "def slope(Z):\n    return repr(rate)"),
        graded("slope", TEST),
    )
    solutions = (
        Solution("rate", "rate = 0.03751928", frozenset({"rate"}), ("test-rate",)),
        Solution("slope", SLOPE, frozenset({"slope"}), ("test-slope",)),
    )
    notebook = item(*cells, solutions=solutions, answers=frozenset({"rate", "slope"}), bank=BANK)
    (found,) = run_item(notebook, Settings()).diagnoses
    assert found.example is not None
    assert found.example.theirs == "'1.0'"


def test_the_example_shows_this_mistake_and_no_other() -> None:
    """One number would be smaller, but there a slope that is open at 0 or turned round gives the same."""
    found = diagnosis("def slope(Z):\n    return np.ones_like(Z)")
    assert found is not None
    assert [known.label for known in found.known] == ["always_open"]
    assert found.example is not None
    assert found.example.lines == ("Z = np.array([[0.0, -0.5]])",)


def test_without_a_look_the_mistake_is_named_and_not_shown() -> None:
    found = diagnosis("def slope(Z):\n    return np.ones_like(Z)", effort=Effort(looks=0))
    assert found is not None
    assert ([known.label for known in found.known], found.example) == (["always_open"], None)


def test_two_mistakes_in_one_function_are_both_named() -> None:
    found = diagnosis("def slope(Z):\n    return np.where(Z < 0, 2.0, 0.0)")
    assert found is not None
    assert {known.label: known.kind for known in found.known} == {"turned_round": "wrong", "doubled": "fragile"}


def test_results_of_one_shape_are_compared_one_by_one() -> None:
    bank = BANK.replace('call="slope(Z)"', 'call="slope(Z), Z"')
    found = diagnosis("def slope(Z):\n    return 1.0 * (Z < 0)", bank=bank)
    assert found is not None
    assert ([known.label for known in found.known], found.where) == (["turned_round"], (0,))


def test_what_no_bank_knows_is_said_by_rung_and_relation() -> None:
    found = diagnosis("def slope(Z):\n    return -3.0 * (Z > 0)")
    assert found is not None
    assert (found.rung, found.known, found.relation) == (Rung.value, (), Relation("factor", -3.0))
    found = diagnosis("def slope(Z):\n    return 1.0 * (Z > 0) / Z.shape[1]")
    assert found is not None
    assert found.relation is not None
    assert (found.relation.kind, found.relation.size) == ("factor", "1 / the number of columns of Z")


@pytest.mark.parametrize(
    ("answer", "rung"),
    [
        ("slope = None", Rung.raises),
        ("pass", Rung.missing),
        ("def slope(Z):\n    raise ValueError('no')", Rung.raises),
        ("def slope(Z):\n    return {'slope': 1.0 * (Z > 0)}", Rung.form),
        ("def slope(Z):\n    return 1.0 * (Z > 0), Z", Rung.form),
        ("def slope(Z):\n    return (1.0 * (Z > 0)).ravel()[:, None, None]", Rung.shape),
        ("def slope(Z):\n    return np.where(Z > 0, np.nan, 0)", Rung.not_finite),
        ("def slope(Z):\n    answer = 1.0 * (Z > 0)\n    Z += 1\n    return answer", Rung.side_effect),
        ("def slope(Z):\n    import os\n    os._exit(0)", Rung.lost),
        ("def slope(Z):\n    raise SystemExit", Rung.raises),
        ("def slope(Z):\n    return open", Rung.form),
        ("def slope(Z):\n    return iter([1])", Rung.form),
        ("class slope:\n    def __init__(self, Z):\n        self.Z = Z", Rung.form),
    ],
)
def test_the_first_rung_that_breaks_is_named(answer: str, rung: Rung) -> None:
    test = TEST + "\nZ = np.ones((1, 1))\nslope(Z)\nassert Z[0, 0] == 1, 'Z has changed'"
    found = diagnosis(answer, test=test)
    assert found is not None
    assert (found.rung, found.known) == (rung, ())


def test_a_cell_that_ends_with_an_exception_speaks_for_itself() -> None:
    report = examined("import tensorflow\n\ndef slope(Z):\n    return Z")
    assert report.diagnoses == ()
    finding = report.cells[-1].finding
    assert finding is not None
    assert finding.cause is not None
    assert finding.cause.exception == "ModuleNotFoundError"


def test_what_cannot_be_handed_over_has_a_name_that_python_knows() -> None:
    found = diagnosis("def slope(Z):\n    Z.resize(99, refcheck=False)\n    return Z")
    assert found is not None
    assert found.example is not None
    assert found.example.theirs == "raises TypeError"


def test_a_call_without_end_is_given_up() -> None:
    answer = "def slope(Z):\n    while Z.shape == (1, 4) or Z.size:\n        pass"
    report = examined(answer, effort=Effort(seconds=2), test="assert slope(np.zeros((0, 1))) == 5, 'wrong'")
    assert [found.rung for found in report.diagnoses] == [Rung.lost]


def test_what_is_right_but_takes_too_long_is_called_slow() -> None:
    answer = "def slope(Z):\n    while Z.size == 42:\n        pass\n    return 1.0 * (Z > 0)"
    test = "slope(np.ones((6, 7)))"
    stub = Solution("slope", SLOPE, frozenset({"slope"}), ("test-slope",))
    cells = locked(NUMPY), student("slope", answer), graded("slope", test, seconds=1)
    notebook = item(*cells, solutions=(stub,), answers=frozenset({"slope"}), bank=BANK)
    assert run_item(notebook, Settings()).diagnoses == (Diagnosis("slope", Rung.slow),)


@pytest.mark.parametrize(
    "answer", [SLOPE, "def slope(Z):\n    raise NotImplementedError", "def slope(Z):\n    return np.heaviside(Z, 0)"]
)
def test_there_is_no_diagnosis_of_what_is_right_or_unwritten(answer: str) -> None:
    assert examined(answer).diagnoses == ()


def test_nothing_is_diagnosed_that_only_follows() -> None:
    twice = "def twice(Z):\n    return 2 * slope(Z)"
    solutions = (
        Solution("slope", SLOPE, frozenset({"slope"}), ("test-slope",)),
        Solution("twice", twice, frozenset({"twice"}), ("test-twice",)),
    )
    bank = BANK + "\ninputs('twice', call='twice(Z)')(lambda: matrices.draw())"
    bank = bank.replace("\ninputs('twice'", "\nof_twice = inputs('twice'")

    def found(twice: str) -> dict[str, tuple[str, ...]]:
        cells = (
            *(locked(NUMPY), student("slope", "def slope(Z):\n    return 1.0 * (Z < 0)"), graded("slope", TEST)),
            *(student("twice", twice), graded("twice", "assert twice(np.ones((1, 1))) == 2, 'wrong'")),
        )
        answers = frozenset({"slope", "twice"})
        report = run_item(item(*cells, solutions=solutions, answers=answers, bank=bank), Settings())
        return {one.exercise: tuple(known.label for known in one.known) for one in report.diagnoses}

    assert found(twice) == {"slope": ("turned_round",)}
    # A mistake of its own is looked at with the author's `slope`, so it is seen alone.
    assert found("def twice(Z):\n    return 3 * slope(Z)") == {"slope": ("turned_round",), "twice": ()}


def test_a_function_that_behaves_when_it_is_probed_earns_nothing() -> None:
    """Whatever it does then, its points are settled."""
    answer = "calls = []\ndef slope(Z):\n    calls.append(1)\n    return 1.0 * (Z > 0) if Z.size < 4 or 0 else Z"
    report = examined(answer)
    assert report.cells[-1].ending is Ending.failed


KEEPS = "calls = []\ndef slope(Z):\n    calls.append(1)\n    return 1.0 * (Z > 0) + len(calls)"
KEPT_AT_FIRST = "kept = {}\ndef slope(Z):\n    return kept.setdefault(Z.shape, 1.0 * (Z < 0))"
DRAWS = "def slope(Z):\n    return np.random.rand(*Z.shape)"


@pytest.mark.parametrize("answer", [KEEPS, KEPT_AT_FIRST, DRAWS])
def test_a_function_that_keeps_a_state_is_called_unsteady_and_shown_as_it_begins(answer: str) -> None:
    found = diagnosis(answer)
    assert found is not None
    assert (found.rung, found.known, found.relation) == (Rung.unsteady, (), None)
    assert found.example is not None
    first, _, later = found.example.theirs.partition(" at first, ")
    assert later.endswith(" later")
    names: dict[str, Any] = {"np": np}
    exec("import numpy as np\n" + answer + "\n" + "\n".join(found.example.lines), names)
    if answer is not DRAWS:
        assert first == shown(eval(found.example.call, names))


def test_the_example_of_a_known_mistake_is_what_a_fresh_notebook_gives() -> None:
    bank = BANK.replace('call="slope(Z)"', 'call="slope(Z)", same=lambda one, other: np.all((one > 1) == (other > 1))')
    bank += """
@misconception("slope", see="eq:slope")
def too_steep(Z):
    \"\"\"Your slope is above 1.\"\"\"
    return np.full(Z.shape, 5.0)
"""
    found = diagnosis("calls = []\ndef slope(Z):\n    calls.append(1)\n    return 1.5 * Z**0 + len(calls)", bank=bank)
    assert found is not None
    assert ([known.label for known in found.known], found.rung) == (["too_steep"], Rung.value)
    assert found.example is not None
    assert set(re.findall(r"[0-9.]+", found.example.theirs)) == {".", "2.5"}


def test_a_function_reads_nothing_of_the_bank() -> None:
    answer = """
import functools

@functools.cache  # looking round takes longer than a diagnosis may, if it is done at each call
def look():
    import gc, os, sys
    found = [text for text in gc.get_objects() if type(text) is str and "5f1e" + "9c" in text]
    for name in list(sys.modules):
        texts = [text for text in list(vars(sys.modules[name]).values()) if type(text) is str]
        found += [name for text in texts if "5f1e" + "9c" in text]
    for folder in ("/proc/self", "/run", "/tmp", "/home"):
        for where, _, files in os.walk(folder):
            for file in files[:200]:
                try:
                    with open(os.path.join(where, file), "rb") as stream:
                        found += [file] * (b"5f1e" + b"9c" in stream.read(100_000))
                except OSError:
                    pass
    return f"found {found}, hypothesis: {'hypothesis' in sys.modules}"

def slope(Z):
    raise ValueError(look() if Z.shape != (1, 4) else "in a test")
"""
    found = diagnosis(answer, effort=Effort(seconds=60, looks=1))
    assert found is not None
    assert found.example is not None
    assert found.example.raised == "found [], hypothesis: False"
    assert CANARY in BANK


@pytest.mark.parametrize(
    ("bank", "said"),
    [
        ("not Python!", "SyntaxError"),
        ("raise ValueError('a bank')", "ValueError: a bank"),
        (BANK.replace('call="slope(Z)"', 'call="slope(Z, 1)"'), "raises an exception for every input"),
        (BANK.replace('("Z > 0", "Z < 0")', '("Z is positive", "Z < 0")'), ""),
    ],
)
def test_a_faulty_bank_costs_no_points_and_is_named(bank: str, said: str) -> None:
    report = examined("def slope(Z):\n    return 9.0 * (Z > 0)", bank=bank)
    assert report.cells[-1].ending is Ending.failed
    assert len(report.oddities) == bool(said)
    for sentence in report.oddities:
        assert "the bank of misconceptions cannot be used for slope" in sentence
        assert said in sentence


def test_a_notebook_without_a_bank_is_graded_as_ever() -> None:
    report = examined("def slope(Z):\n    return Z", bank="")
    assert (report.cells[-1].ending, report.diagnoses, report.oddities) == (Ending.failed, (), ())


def test_a_diagnosis_is_the_same_each_time() -> None:
    answers = ["def slope(Z):\n    return Z", "def slope(Z):\n    return np.tanh(Z)"]
    first, second = ([examined(answer).diagnoses for answer in answers] for _ in range(2))
    assert first == second
    assert all(first)


def test_what_the_student_prints_and_draws_while_probed_goes_nowhere() -> None:
    quiet = examined("def slope(Z):\n    return Z")
    loud = examined("def slope(Z):\n    print('x' * 10_000)\n    np.random.seed(1)\n    return Z")
    assert replace(loud, cells=()) == replace(quiet, cells=())


SPOILS = "def slope(Z):\n    Z[:] = np.nan\n    return Z"
ENDS = "import os\ndef slope(Z):\n    return Z if Z.shape == (1, 4) else os._exit(1)"


def test_what_a_function_does_while_probed_reaches_no_later_diagnosis() -> None:
    """The inputs are drawn once for all students, and each diagnosis has them for itself."""
    answer = "def slope(Z):\n    return np.ones_like(Z)"
    close()
    alone = examined(answer).diagnoses
    assert len(examined(SPOILS).diagnoses) == 1
    assert [found.rung for found in examined(ENDS).diagnoses] == [Rung.lost]
    assert examined(answer).diagnoses == alone


def test_that_only_the_last_test_fails_is_no_oddity() -> None:
    """It has the kept copy for itself, and the diagnosis needs another one."""
    cells = locked(NUMPY), student("slope", "def slope(Z):\n    return Z"), graded("slope", TEST), extra("slope = None")
    solution = Solution("slope", SLOPE, frozenset({"slope"}), ("test-slope",))
    notebook = item(*cells, solutions=(solution,), answers=frozenset({"slope"}), bank=BANK)
    report = run_item(notebook, Settings())
    assert (report.oddities, len(report.diagnoses)) == ((), 1)


def test_a_bank_without_end_is_given_up_and_costs_nothing() -> None:
    report = examined("def slope(Z):\n    return Z", bank=BANK + "\nwhile True:\n    pass", effort=Effort(seconds=1))
    assert (report.cells[-1].ending, report.diagnoses, report.oddities) == (Ending.failed, (), ())
    assert len(examined("def slope(Z):\n    return Z").diagnoses) == 1
