"""The judge of the puzzles: right answers pass, wrong ones are told with an entry; the answers stand here only."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
from book_pages import BOOK, ROOT

sys.path[:0] = [str(BOOK), str(ROOT / "source")]

import puzzles  # noqa: E402

RIGHT = {
    "copy": ["dX = dY[0] + dY[1]", "dX = dY.sum(axis=0)"],
    "sum": ["dX = np.repeat(dY, X.shape[1], axis=1)", "dX = dY * np.ones_like(X)"],
    "mean": ["dX = np.ones_like(X) * dY / X.shape[1]"],
    "max": ["dX = dY * (X == Y)", "dX = np.zeros_like(X)\ndX[X.argmax(axis=0), np.arange(X.shape[1])] = dY[0]"],
    "gather": ["dX = np.zeros_like(X)\nnp.add.at(dX, rows, dY)"],
    "broadcast": ["dX = dY.sum(axis=1, keepdims=True)"],
    "product": ["dX = W.T @ dY"],
    "transpose": ["dX = dY.T"],
    "reshape": ["dX = dY.reshape(X.shape)", "dX = np.reshape(dY, X.shape).tolist()"],
    "softmax": ["dX = Y * (dY - np.sum(Y * dY))", "dX = (np.diag(Y) - np.outer(Y, Y)) @ dY"],
}
WRONG = {
    "copy": "dX = dY[0]",
    "sum": "dX = np.ones_like(X)",
    "mean": "dX = np.ones_like(X) * dY",
    "max": "dX = np.ones_like(X) * dY",
    "gather": "dX = np.zeros_like(X)\ndX[rows] += dY",
    "broadcast": "dX = dY.mean(axis=1, keepdims=True)",
    "product": "dX = W.T @ dY / X.shape[1]",
    "transpose": "dX = dY.reshape(X.shape)",
    "reshape": "dX = dY.T",
    "softmax": "dX = Y * (1 - Y) * dY",
}
SHAPES = {
    "sum": ("dX = dY", "dX has the shape (1, 1), and X has the shape (1, 2): they must be the same."),
    "broadcast": ("dX = dY", "dX has the shape (1, 2), and X has the shape (1, 1): they must be the same."),
    "softmax": ("dX = (dY * Y).sum()", "dX has the shape (), and X has the shape (1,): they must be the same."),
}
SAID = re.compile(
    r"dX\[([\d, ]+)\] is (\S+), but central differences of the forward line give (\S+): it is off by .*?, with (.*)\."
)


def test_there_are_ten_puzzles_and_all_are_on_the_page() -> None:
    page = (BOOK / "puzzles.md").read_text(encoding="utf-8")
    assert list(RIGHT) == list(WRONG) == list(puzzles.PUZZLES)
    assert len(RIGHT) == 10
    assert [line.split()[-1] for line in page.splitlines() if line.startswith("```{puzzle} ")] == list(RIGHT)


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_pass(name: str) -> None:
    for answer in RIGHT[name]:
        verdict = puzzles.judge(name, answer)
        assert verdict.right, verdict.says
        assert "agrees with central differences in all" in verdict.says


@pytest.mark.parametrize("name", WRONG)
def test_a_typical_mistake_is_told_with_an_entry_that_is_really_off(name: str) -> None:
    verdict = puzzles.judge(name, WRONG[name])
    assert not verdict.right
    said = SAID.fullmatch(verdict.says)
    assert said, verdict.says
    entry = tuple(map(int, said[1].split(", ")))
    values = {key: np.array(eval(text)) for key, text in re.findall(r"(\w+) = (.+?)(?=, \w+ = |$)", said[4])}
    assert values["X"].size <= 4, "a smaller input shows it too"
    names = {"np": np, **values}
    exec(f"{puzzles.PUZZLES[name].forward}\n{RIGHT[name][0]}", names)
    assert names["dX"][entry] == pytest.approx(float(said[3]), abs=1e-5)
    exec(WRONG[name], names)
    assert names["dX"][entry] == pytest.approx(float(said[2]), abs=1e-5)
    assert verdict == puzzles.judge(name, WRONG[name]), "it says the same twice"


@pytest.mark.parametrize("name", SHAPES)
def test_a_wrong_shape_is_told(name: str) -> None:
    lines, expected = SHAPES[name]
    assert puzzles.judge(name, lines) == puzzles.Verdict(False, expected)


def test_a_puzzle_needs_more_than_one_constant_or_one_other_answer() -> None:
    for name in RIGHT:
        for other in {answer for key, answers in RIGHT.items() if key != name for answer in answers}:
            verdict = puzzles.judge(name, other)
            assert not verdict.right, (name, other)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", "Write the lines that compute dX."),
        ("dX = (", "Line 1 is not Python: '(' was never closed."),
        ("dX = X +\n", "Line 1 is not Python: invalid syntax."),
        ("np.sum(dY)", "Your lines do not set dX: one of them has to begin with dX =."),
        ("Z = 1\ndX = dy", "Line 2 raises NameError: name 'dy' is not defined, with X = [[0.3]], dY = "),
        ("dX = None", "dX has the shape (), and X has the shape (1, 1)"),
        ("dX = np.array([['a']])", "dX must be an array of numbers."),
        ("dY += 1\ndX = dY", "Your lines change dY, which may still be needed: change a copy instead."),
        ("dX = 0 / 0 * X", "Line 1 raises ZeroDivisionError: division by zero"),
        ("dX = np.nan * X", "dX[0, 0] is nan, but central differences of the forward line give "),
    ],
)
def test_what_cannot_be_compared_is_said(lines: str, expected: str) -> None:
    verdict = puzzles.judge("transpose", lines)
    assert not verdict.right
    assert verdict.says.startswith(expected), verdict.says


def test_the_script_judges_the_same_with_numpy_alone(tmp_path) -> None:
    sys.path.insert(0, str(BOOK / "_ext"))
    import puzzle

    text = puzzle.script().replace('"transpose": """\n', '"transpose": """\ndX = dY.T\n')
    path = tmp_path / "solve.py"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    said = dict(line.split(":", 1) for line in done.stdout.splitlines())
    assert list(said) == list(RIGHT)
    assert said.pop("transpose").strip().startswith("Right: dX agrees")
    assert {text.strip() for text in said.values()} == {"Write the lines that compute dX."}
