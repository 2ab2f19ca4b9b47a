"""A diagnosis runs the cells anew: it meets nothing that a hidden test has left, and repeats no more than it needs."""

from __future__ import annotations

import numpy as np
import pytest
from engine_cells import NUMPY, extra, item, locked
from test_engine_diagnosis import BANK, SLOPE, TEST
from test_engine_follow_through import graded, student

from autograder.engine.diagnoses import Diagnosis, Rung
from autograder.engine.items import Cell, Settings, Solution
from autograder.engine.session import run_item

WRONG = "def slope(Z):\n    return 1.0 * (Z < 0)"
SEEN = "7.25"  # the hidden test hands this to the function, and no bank does


def diagnoses(*cells: Cell, bank: str = BANK) -> dict[str, Diagnosis]:
    """Run a notebook in which `slope` has failed, and perhaps `twice`; return what is found out, by exercise."""
    solutions = (
        Solution("slope", SLOPE, frozenset({"slope"}), ("test-slope",)),
        Solution("twice", "def twice(Z):\n    return 2 * Z", frozenset({"twice"}), ("test-twice",)),
    )
    notebook = item(locked(NUMPY), *cells, solutions=solutions, answers=frozenset({"slope", "twice"}), bank=bank)
    return {one.exercise: one for one in run_item(notebook, Settings()).diagnoses}


@pytest.mark.parametrize(
    ("first", "keep", "kept"),
    [
        ("import os", "open('/tmp/kept', 'w').write(repr(Z))", "os.path.exists('/tmp/kept')"),
        ("import mmap; kept = mmap.mmap(-1, 99)", "kept[:5] = b'7.25 '", "kept[0]"),
        (
            "import os; ours, theirs = os.pipe()",
            "os.write(theirs, b'7.25')",
            "__import__('select').select([ours],[],[],0)[0]",
        ),
    ],
)
def test_what_a_hidden_test_has_left_is_not_there(first: str, keep: str, kept: str) -> None:
    lines = f"if {SEEN} in Z:\n        {keep}\n    return Z if {kept} else 1.0 * (Z < 0)"
    found = diagnoses(student("slope", f"{first}\ndef slope(Z):\n    {lines}"), graded("slope", TEST))
    assert [known.label for known in found["slope"].known] == ["turned_round"], found


@pytest.mark.parametrize("trained", ["slope(np.ones((1, 1)))", "np.ones((1, 1))"])
def test_cells_that_make_nothing_for_the_function_are_not_run_once_more(trained: str) -> None:
    counts = f"trained = {trained}\nnp.trainings = 3.0"
    answer = "def slope(Z):\n    return 0 * Z + getattr(np, 'trainings', 1.0)"
    test = graded("slope", "assert trained < 0, 'wrong'")
    found = diagnoses(student("slope", answer), locked(counts), test)
    assert [known.label for known in found["slope"].known] == ["always_open"]
    # What they bind is needed where the function reads it.
    reads = f"{answer} + 0 * trained"
    assert diagnoses(student("slope", reads), locked(counts), test)["slope"].known == ()


def test_what_a_banks_call_needs_beside_the_function_is_there() -> None:
    """The call uses another exercise's function, which needs an import, and one that the notebook brings."""
    call = BANK.replace('call="slope(Z)"', 'call="shown(slope(Z), twice(Z))"')
    assert call != BANK
    given = locked("FACTOR = 1.0\n\ndef shown(first, second):\n    return FACTOR * first + 0 * second")
    other = student("twice", "def twice(Z):\n    return np.add(Z, Z)")
    found = diagnoses(given, other, graded("twice", "pass"), student("slope", WRONG), graded("slope", TEST), bank=call)
    assert [known.label for known in found["slope"].known] == ["turned_round"], found


def test_names_of_later_cells_are_there_where_the_test_stands() -> None:
    found = diagnoses(student("slope", "pass"), extra(WRONG), graded("slope", TEST))
    assert [known.label for known in found["slope"].known] == ["turned_round"]


def test_a_function_that_ends_its_process_does_not_take_the_next_diagnosis_along() -> None:
    bank = BANK + "\ntwice = inputs('twice', call='twice(Z)')(lambda: st.just({'Z': np.ones((1, 1))}))"
    ends = f"import os\ndef slope(Z):\n    return Z if {SEEN} in Z else os._exit(1)"
    found = diagnoses(
        student("slope", ends),
        graded("slope", TEST),
        student("twice", "def twice(Z):\n    return 3 * Z"),
        graded("twice", "assert twice(np.ones((1, 1))) == 2, 'wrong'"),
        bank=bank,
    )
    assert (found["slope"].rung, found["twice"].rung) == (Rung.lost, Rung.value)
    assert found["twice"].example is not None
    assert eval(found["twice"].example.theirs, {"np": np}) == 3


TRACES = """
class Traced:
    def __init__(self, text): self.text = text
    def __mul__(self, other): return Traced(self.text + ' * ' + getattr(other, 'text', '?'))
    def __gt__(self, other): return Traced(self.text + ' > ' + getattr(other, 'text', '?'))
    def __getattr__(self, name): return Traced(self.text + '.' + name)
    def __getitem__(self, key): return Traced(self.text + repr(key))
    def __call__(self, *given, **named): return Traced(self.text + repr((given, named)))
    def __iter__(self): return iter([Traced('part of ' + self.text)])
"""


@pytest.mark.parametrize(
    "solution", ["Z * Z", "Z.max(axis=0)", "Z['Z']", "[*Z][0]", "Z.shape[1]", "len(Z)", "float(Z)"]
)
@pytest.mark.parametrize("passed", ["Traced('Z')", "function"])
def test_an_object_does_not_learn_what_the_authors_function_does_with_it(solution: str, passed: str) -> None:
    function = "function = lambda *a: 'called'\nfunction.max = function.shape = Traced('attribute')\n"
    tries = f"    try:\n        found = slope({passed})\n    except Exception as error:\n        found = type(error)\n"
    twice = f"{TRACES}{function}def twice(Z):\n{tries}    return getattr(found, 'text', 'nothing')"
    bank = BANK + "\ntwice = inputs('twice', call='twice(Z)')(lambda: st.just({'Z': np.ones((1, 1))}))"
    solutions = (
        Solution("slope", f"def slope(Z):\n    return {solution}", frozenset({"slope"}), ("test-slope",)),
        Solution("twice", "def twice(Z):\n    return 2 * Z", frozenset({"twice"}), ("test-twice",)),
    )
    cells = (
        *(locked(NUMPY), student("slope", WRONG), graded("slope", "assert False, 'wrong'")),
        *(student("twice", twice), graded("twice", "assert False, 'wrong'")),
    )
    answers = frozenset({"slope", "twice"})
    report = run_item(item(*cells, solutions=solutions, answers=answers, bank=bank), Settings())
    examples = [one.example.theirs for one in report.diagnoses if one.example and one.exercise == "twice"]
    assert examples == ["'nothing'"]
