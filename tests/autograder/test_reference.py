"""The door to the reference functions."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_course import TinyCourse

import autograder
from autograder.errors import UsageError


def test_it_loads_the_solutions_and_runs_no_test(tiny: TinyCourse) -> None:
    functions = autograder.reference("tiny", tiny)
    assert functions.double(4) == 8
    assert functions.square(-3) == 9
    assert functions.double.__doc__ == "Return 2 x."


def test_an_unknown_assignment_is_a_sentence(tiny: TinyCourse) -> None:
    with pytest.raises(UsageError, match="no assignment called 'big'"):
        autograder.reference("big", tiny)


def test_a_solution_that_cannot_run_is_named(tiny: TinyCourse) -> None:
    path = tiny.source / "tiny" / "tiny.ipynb"
    path.write_text(path.read_text().replace("import math", "import no_such_module"))
    with pytest.raises(UsageError, match=r"<tiny: given>.*no_such_module"):
        autograder.reference("tiny", tiny)


def test_the_reference_of_multi_layer_gives_the_published_values() -> None:
    functions = autograder.reference("multi_layer")
    Z = np.random.RandomState(1).randn(3, 4)
    _, _, loss = functions.softmax_cross_entropy_loss(Z, np.array([[1, 0, 1, 2]]))
    assert float(loss) == pytest.approx(1.2223655548779273, abs=1e-14)
