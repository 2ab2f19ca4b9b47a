"""What `digits.check` says on each rung, and what it leaves as it was."""

from __future__ import annotations

import functools
import os
import random
import subprocess
import sys
from pathlib import Path

import digits
import numpy as np
import pytest

SOURCE = Path(digits.__file__).parent


def relu(Z):
    return np.where(Z > 0, Z, 0.0), {"Z": Z}


def slope(dA, cache):
    return dA * (cache["Z"] > 0)


def said(function, capsys, name="relu_der") -> list[str]:
    function.__name__ = name
    digits.check(function)
    return capsys.readouterr().out.splitlines()


def none(dA, cache):
    slope(dA, cache)


def stub(dA, cache):
    raise NotImplementedError("not written yet")


def calls_a_stub(dA, cache):
    return stub(dA, cache)


def raises(dA, cache):
    return dA * cache["A"]


def is_text(dA, cache):
    return "0"


def wrong_shape(dA, cache):
    return slope(dA, cache).sum(axis=0)


def changes(dA, cache):
    dA[cache["Z"] <= 0] = 0
    return dA


def prints(dA, cache):
    print("hello")
    return slope(dA, cache)


def not_a_number(dA, cache):
    return slope(dA, cache) / 0 * 0


def one_entry(dA, cache):
    dZ = slope(dA, cache)
    if dZ.shape == (3, 4):
        dZ[1, 2] += 0.5
    return dZ


def test_a_right_derivative(capsys):
    first, kink, grade = said(slope, capsys)
    assert first.startswith(
        "relu_der: defined, runs, ndarray, shape (3, 4), leaves its inputs alone, "
        "agrees with central differences of your relu (largest difference "
    )
    assert first.endswith(" in 63 entries).")
    assert "At 0 itself, the docstring says" in kink
    assert "the graded tests look at more" in grade


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (stub, ["relu_der: it is not written yet."]),
        (calls_a_stub, ["relu_der: it calls stub, which is not written yet."]),
        (none, ["relu_der: it returns None: the last line needs a return."]),
        (is_text, ["relu_der: defined, runs.", "Wrong: dZ is a str, not an array of numbers."]),
        (
            wrong_shape,
            ["relu_der: defined, runs.", "Wrong: dZ has the shape (1,), where the docstring asks for (1, 1)."],
        ),
        (
            changes,
            [
                "relu_der: defined, runs, ndarray, shape (3, 4).",
                "Wrong: it changes its input; it was called with [[0.3]], {'Z': [[-0.3]]}.",
            ],
        ),
    ],
)
def test_a_rung_that_is_missed_is_said_in_a_sentence(function, expected, capsys):
    assert said(function, capsys) == expected


def test_an_exception_is_told_with_its_line(capsys):
    (line,) = said(raises, capsys)
    assert line.startswith("relu_der: it raises KeyError in line ")
    assert '`return dA * cache["A"]`' in line


def test_nan_and_prints_are_told(capsys):
    assert said(not_a_number, capsys)[1].startswith("Wrong: its result contains nan or inf for the input ")
    assert "It prints something too, which nobody reads when it is graded." in said(prints, capsys)


def test_the_entry_that_is_off_is_named(capsys):
    _, wrong = said(one_entry, capsys)
    assert wrong.startswith("Wrong: dZ[1, 2] is ")
    assert "it is off by 0.5, with Z = [[" in wrong


def test_the_forward_function_comes_first(capsys):
    space = {"np": np}
    exec("def relu_der(dA, cache): return dA", space)
    digits.check(space["relu_der"])
    # There is no relu beside relu_der, so check takes the one of the cell that calls it: this test's.
    assert "central differences of your relu give" in capsys.readouterr().out
    exec("def relu(Z): return Z", space)
    digits.check(space["relu_der"])
    assert "your relu fails on its input" not in (told := capsys.readouterr().out)
    assert "relu_der: " in told
    space["relu"] = None
    digits.check(space["relu_der"])
    assert capsys.readouterr().out == "relu_der: it needs your relu, which is not defined: run its cell first.\n"
    exec("def relu(Z): return Z + np.zeros(3)[4], {'Z': Z}", space)
    digits.check(space["relu_der"])
    assert capsys.readouterr().out == "relu_der: your relu fails on its input: run check(relu) first.\n"


def test_a_forward_function_that_is_not_ready_is_named(capsys):
    space = {"np": np}
    exec("def relu(Z): return Z.sum(), {'Z': Z}\ndef relu_der(dA, cache): return dA", space)
    digits.check(space["relu_der"])
    assert "Wrong: relu comes first, and is not ready: A has the shape ()" in capsys.readouterr().out


def test_a_loss_that_is_missing_is_named(capsys):
    space = {"np": np}
    exec(
        "def softmax(Z): return np.exp(Z) / np.exp(Z).sum(axis=0)\ndef softmax_cross_entropy_der(A, Y): return A\n",
        space,
    )
    digits.check(space["softmax_cross_entropy_der"])
    assert "Wrong: it needs your cross_entropy, which is not defined: run its cell first." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("relu", "check takes the function itself, as in check(relu), and got a text."),
        (None, "check takes the function itself, as in check(relu), and got None."),
        (np.zeros(2), "check takes the function itself, as in check(relu), and got a value of the type ndarray."),
        (len, "check does not know len. It knows the functions of the exercises, under their own names."),
        (lambda Z: Z, "check does not know <lambda>. It knows the functions of the exercises, under their own names."),
    ],
)
def test_what_is_no_exercise_is_told_so(given, expected, capsys):
    digits.check(given)
    assert capsys.readouterr().out == f"{expected}\n"


def test_wrapped_functions_and_lambdas_with_the_right_name_are_looked_at(capsys):
    @functools.wraps(slope)
    def wrapped(*arguments):
        return slope(*arguments)

    assert "agrees" in said(wrapped, capsys)[0]
    space = {"np": np, "relu": relu}
    exec("relu_der = lambda dA, cache: dA * (cache['Z'] > 0)", space)
    digits.check(space["relu_der"])
    assert "agrees" in capsys.readouterr().out


def test_it_says_the_same_twice_and_leaves_the_random_numbers_alone(capsys):
    def initialize_network(net_dims):
        return {f"{name}{k}": np.random.randn(*shape) for k, name, shape in drawn(net_dims)}  # noqa: NPY002

    def drawn(net_dims):
        for k in range(1, len(net_dims)):
            yield k, "W", (net_dims[k], net_dims[k - 1])
            yield k, "b", (net_dims[k], 1)

    before, other = np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    assert said(one_entry, capsys) == said(one_entry, capsys)
    assert "defined, runs" in said(initialize_network, capsys, "initialize_network")[0]
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    assert other == random.getstate()


def test_a_missing_folder_is_told_of(tmp_path):
    (tmp_path / "digits.py").write_bytes((SOURCE / "digits.py").read_bytes())
    code = "import digits; digits.check(print)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert "unpack the folder checks beside digits.py again" in done.stderr


def test_numpy_is_enough(tmp_path):
    code = "import sys; import checks; assert not {'matplotlib', 'scipy', 'pandas'} & set(sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_every_assignment_folder_links_to_the_checks():
    modules = sorted(path.name for path in (SOURCE / "checks").glob("*.py"))
    assert modules
    for folder in (path.parent for path in SOURCE.glob("*/*.ipynb")):
        found = sorted((folder / "checks").glob("*.py"))
        assert [path.name for path in found] == modules, folder
        assert all(path.readlink() == Path("../../checks", path.name) for path in found), folder
