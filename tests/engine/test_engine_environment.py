"""Faults of environment are told apart from faults of idea: as data, and in words for both."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engine_cells import NUMPY, Worded, answer, hidden, last, locked, visible

from autograder.engine.environment import NUMPY_1, fault_of, fault_of_cell, fault_of_line
from autograder.engine.findings import EnvironmentFault, EnvironmentKind
from autograder.grading.environment import MAY_BE_RIGHT, OF_TODAY, in_words, label

SAID = {
    "ModuleNotFoundError: No module named 'torch'": ("missing module", "torch"),
    "ModuleNotFoundError: No module named 'google.colab'": ("missing module", "google.colab"),
    "ModuleNotFoundError: there is no module 'torch' here": ("missing module", "torch"),
    "ModuleNotFoundError: No module named 'cPickle'": ("Python 2", "cPickle"),
    "AttributeError: module 'numpy' has no attribute 'float'": ("old NumPy", "float"),
    "AttributeError: `np.NINF` was removed in the NumPy 2.0 release. Use `-np.inf` instead.": ("old NumPy", "NINF"),
    "SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?": ("Python 2", "print"),
    "NameError: name 'xrange' is not defined": ("Python 2", "xrange"),
    "AttributeError: 'dict' object has no attribute 'iteritems'": ("Python 2", "iteritems"),
    "SyntaxError: multiple exception types must be parenthesized": ("Python 2", "except"),
    "TabError: inconsistent use of tabs and spaces in indentation": ("tabs and spaces", ""),
    "UsageError: Line magic function `%tensorflow_version` not found.": ("IPython magic", "%tensorflow_version"),
    "FileNotFoundError: [Errno 2] No such file or directory: 'data/x.npy'": ("missing file", "data/x.npy"),
    "FileNotFoundError": ("missing file", ""),
}
OF_IDEA = [
    "AttributeError: module 'numpy' has no attribute 'softmax'",
    "NameError: name 'relu' is not defined",
    "SyntaxError: invalid syntax",
    "IndentationError: unexpected indent",
    "ValueError: No such file or directory",
    "KeyError: 'Z'",
    "AttributeError: 'dict' object has no attribute 'append'",
    "ImportError: cannot import name 'soft' from 'digits'",
]
RELU = "def relu(Z):\n    return np.maximum(Z, 0)"
BODIES = {
    "a module": ("import torch", "missing module", "there is no module torch here"),
    "numpy": ("Z = Z * np.float(1)", "old NumPy", "has no np.float any more; write float"),
    "python 2": ("for _ in xrange(2): pass", "Python 2", "here runs Python 3"),
    "a file": ("np.load('mine.npy')", "missing file", "is not there; hand it in"),
}
CELLS = {
    "tabs": ("def relu(Z):\n    A = np.maximum(Z, 0)\n\treturn A", "tabs and spaces", "with four spaces"),
    "print": ("def relu(Z):\n    print Z\n    return Z", "Python 2", "write print(...) with parentheses"),
    "a module above": (f"import torch\n{RELU}", "missing module", "there is no module torch here"),
    "timing": (f"%%timeit\n{RELU}", "IPython magic", "that begins with %%timeit is not there afterwards"),
    "a magic of elsewhere": (f"%tensorflow_version 2.x\n{RELU}", "IPython magic", "there is no %tensorflow_version"),
    "two versions": (f"<<<<<<< HEAD\n{RELU}\n=======\n{RELU}\n>>>>>>> mine", "merge marks", "git has left the marks"),
}


@pytest.mark.parametrize("said", SAID)
def test_a_fault_of_environment_is_recognised_by_what_is_said(said: str) -> None:
    kind, name = SAID[said]
    assert fault_of(said) == EnvironmentFault(EnvironmentKind(kind), name)


@pytest.mark.parametrize("said", OF_IDEA)
def test_a_fault_of_idea_is_none_of_environment(said: str) -> None:
    assert fault_of(said) is None


def test_marks_of_git_and_magics_are_recognised_by_the_text() -> None:
    for mark in ("<<<<<<< HEAD", "=======", ">>>>>>> 3f2a1 (my answer)"):
        assert fault_of_line(mark) == EnvironmentFault(EnvironmentKind.merge, mark[:7])
    for line in ("x = 1", "<<<<<<<", "======", "a ======= b"):
        assert fault_of_line(line) is None
    assert fault_of_cell(f"\n%%timeit -n 3\n{RELU}") == EnvironmentFault(EnvironmentKind.magic, "%%timeit")
    assert fault_of_cell(f"%matplotlib inline\n{RELU}") is None


def test_every_fault_has_words() -> None:
    names = {EnvironmentKind.numpy: NUMPY_1, EnvironmentKind.python: OF_TODAY, EnvironmentKind.magic: ("%a", "%%a")}
    for kind in EnvironmentKind:
        for name in names.get(kind, ("torch", "")):
            sentence = in_words(EnvironmentFault(kind, name))
            assert sentence.startswith(MAY_BE_RIGHT)
            assert sentence.endswith(".")
            assert sentence.count(".") >= 1
            assert label(EnvironmentFault(kind, name)).startswith(str(kind))


def checked(found: Worded, kind: str, words: str) -> None:
    """Look that a failed test is told to be one of environment, to both."""
    assert found.finding is not None
    assert found.finding.root is not None
    assert found.finding.root.kind == kind
    assert words in found.message
    assert MAY_BE_RIGHT in found.message
    assert f"Environment, not idea: {kind}" in found.detail


@pytest.mark.parametrize("test", [visible, hidden], ids=["visible", "hidden"])
@pytest.mark.parametrize("body", BODIES)
def test_a_call_that_stumbles_over_the_environment(body: str, test: Callable[..., object]) -> None:
    line, kind, words = BODIES[body]
    source = f"def relu(Z):\n    {line}\n    return np.maximum(Z, 0)"
    checked(last(locked(NUMPY), answer(source), test("assert relu(np.ones(2))[0] == 1")), kind, words)


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_that_stumbles_over_the_environment(cell: str) -> None:
    source, kind, words = CELLS[cell]
    test = hidden("assert relu(np.ones(2))[0] == 1")
    checked(last(locked(NUMPY), answer(source), test, answers=frozenset({"relu"})), kind, words)


def test_a_wrong_idea_is_not_excused() -> None:
    wrong = "def relu(Z):\n    try:\n        import torch\n    except ImportError:\n        pass\n    return 2 * Z"
    found = last(locked(NUMPY), answer(wrong), hidden("assert relu(np.ones(2))[0] == 1, 'relu(1) is not 1'"))
    assert found.message == "relu(1) is not 1"
    assert found.finding is not None
    assert found.finding.root is None
