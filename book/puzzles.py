"""The ten puzzles of the page `puzzles.md`, and their judge: it knows the forward line and no answer.

It needs NumPy and `checks/differences.py` alone, since it runs in the reader's browser too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from checks.differences import apart, differs, shown, slopes

Values = dict[str, Any]
DRAWS = 3  # inputs of each size
LINES = "your lines"  # what the reader's code is called in a traceback


@dataclass(frozen=True)
class Puzzle:
    """A forward line that makes Y of X and of other values; `draw` gives these for one of the sizes."""

    forward: str
    draw: Callable[..., Values]
    sizes: tuple[tuple[int, ...], ...] = ((1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 2))


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and what to say of it."""

    right: bool
    says: str


def matrix(rng: np.random.Generator, n: int, m: int) -> Values:
    """Return X alone, of n rows and m columns."""
    return {"X": apart(rng, n, m)}


PUZZLES = {
    "copy": Puzzle("Y = np.stack([X, X])", matrix),
    "sum": Puzzle("Y = X.sum(axis=1, keepdims=True)", matrix),
    "mean": Puzzle("Y = X.mean(axis=1, keepdims=True)", matrix),
    "max": Puzzle("Y = X.max(axis=0, keepdims=True)", matrix),
    "gather": Puzzle(
        "Y = X[rows]",
        lambda rng, n, m: {"X": apart(rng, n, m), "rows": rng.integers(0, n, n + 1)},
    ),
    "broadcast": Puzzle("Y = X + B", lambda rng, n, m: {"X": apart(rng, n, 1), "B": apart(rng, n, m)}),
    "product": Puzzle(
        "Y = W @ X",
        lambda rng, out, n, m: {"X": apart(rng, n, m), "W": apart(rng, out, n)},
        ((1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2), (2, 2, 1), (2, 3, 2)),
    ),
    "transpose": Puzzle("Y = X.T", matrix),
    "reshape": Puzzle("Y = X.reshape(X.shape[1], X.shape[0])", matrix),
    "softmax": Puzzle(
        "Y = np.exp(X) / np.exp(X).sum()", lambda rng, n: {"X": apart(rng, n) / 2}, ((1,), (2,), (3,), (4,))
    ),
}


def judge(name: str, lines: str) -> Verdict:
    """Run a reader's lines on small inputs, the smallest first, and compare dX with central differences."""
    if not lines.strip():
        return Verdict(False, "Write the lines that compute dX.")
    try:
        code = compile(lines, LINES, "exec")
    except (SyntaxError, ValueError) as error:
        place = f"Line {error.lineno}" if isinstance(error, SyntaxError) else "This"
        return Verdict(False, f"{place} is not Python: {getattr(error, 'msg', error)}.")
    entries = inputs = 0
    for values in _inputs(PUZZLES[name]):
        if fault := _fault(PUZZLES[name], code, values):
            return Verdict(False, fault)
        entries, inputs = entries + values["X"].size, inputs + 1
    return Verdict(True, f"Right: dX agrees with central differences in all {entries} entries of {inputs} inputs.")


def _inputs(puzzle: Puzzle) -> Iterator[Values]:
    """Yield what the reader's lines find: the inputs of the forward line, its result Y, and dY."""
    for size in puzzle.sizes:
        for seed in range(DRAWS):
            rng = np.random.default_rng(seed)
            values = puzzle.draw(rng, *size)
            Y = _forward(puzzle, values)
            yield {**values, "Y": Y, "dY": apart(rng, *Y.shape)}


def _forward(puzzle: Puzzle, values: Values) -> Any:
    names = {"np": np, **values}
    exec(puzzle.forward, names)
    return names["Y"]


def _fault(puzzle: Puzzle, code: Any, values: Values) -> str:
    """Return what is wrong with the lines on one input, or nothing."""
    names = {"np": np, **{name: np.array(value) for name, value in values.items()}}
    try:
        exec(code, names)
    except Exception as error:
        return f"{_line(error)} raises {type(error).__name__}: {error}, {_where(values)}.".replace(".,", ",")
    if "dX" not in names:
        return "Your lines do not set dX: one of them has to begin with dX =."
    if changed := [name for name in values if not np.array_equal(names[name], values[name])]:
        return f"Your lines change {' and '.join(changed)}, which may still be needed: change a copy instead."
    dX, X = names["dX"], values["X"]
    if np.shape(dX) != X.shape:
        return f"dX has the shape {np.shape(dX)}, and X has the shape {X.shape}: they must be the same."
    try:
        dX = np.asarray(dX, dtype=float)
    except (TypeError, ValueError):
        return "dX must be an array of numbers."
    measured = slopes(lambda moved: np.sum(values["dY"] * _forward(puzzle, {**values, "X": moved})), X)
    if difference := differs("dX", dX, measured):
        return f"{difference.sentence('the forward line')}, {_where(values)}."
    return ""


def _line(error: BaseException) -> str:
    """Name the line of the reader's that an error comes from."""
    number, frame = 1, error.__traceback__
    while frame:
        number = frame.tb_lineno if frame.tb_frame.f_code.co_filename == LINES else number
        frame = frame.tb_next
    return f"Line {number}"


def _where(values: Values) -> str:
    return "with " + ", ".join(f"{name} = {shown(value)}" for name, value in values.items() if name != "Y")
