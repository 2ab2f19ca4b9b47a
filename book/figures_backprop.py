"""The drawings of the chapter on back-propagation; each takes numbers that the page has computed.

It computes nothing itself: what a figure shows is what the page's own cells returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from plotting import BLUE, GREEN, INK, ORANGE, PHONE, canvas, hide_frame, legend_above

Array = NDArray[np.float64]


def _rows(matrix: Array) -> list[str]:
    """Return the rows of a matrix as text; integers without a point, others with three digits."""
    entries = [[f"{x:.0f}" if x == round(x) else f"{x:.3g}" for x in row] for row in matrix.round(9) + 0.0]
    width = max(len(entry) for row in entries for entry in row)
    return [" ".join(entry.rjust(width) for entry in row).replace("-", "\N{MINUS SIGN}") for row in entries]


def _beside(weights: Array, bias: Array) -> list[str]:
    return [f"{left} | {right}" for left, right in zip(_rows(weights), _rows(bias), strict=True)]


def _block(ax: Axes, x: float, y: float, lines: list[str], colour: str, side: str = "below") -> None:
    """Write lines of figures, headed by a name, above or below the point (x, y)."""
    style = {"ha": "center", "color": colour, "family": "monospace", "size": 10.5, "linespacing": 1.15}
    ax.text(x, y, "\n".join(lines), va="bottom" if side == "above" else "top", **style)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], back: bool = False) -> None:
    """Draw a solid blue arrow for a value, a dashed orange one for a gradient."""
    look = {"color": ORANGE, "linestyle": (0, (3, 2))} if back else {"color": BLUE}
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "linewidth": 1.8, **look})


def _box(ax: Axes, x: float, y: float, words: str) -> None:
    frame = {"boxstyle": "round,pad=0.45", "facecolor": "none", "edgecolor": INK, "linewidth": 1.3}
    ax.text(x, y, words, ha="center", va="center", size=10.5, linespacing=1.2, bbox=frame)


def graph(value: Mapping[str, Array], gradient: Mapping[str, Array]) -> Figure:
    """Draw the two-layer network as a graph: values above the arrows, 16 times the gradients below.

    Parameters
    ----------
    value
        Arrays "X", "Z1", "A1", "Z2", "loss", "W1", "b1", "W2", "b2".
    gradient
        16 times the gradient of the loss in each of them, under the same names.
    """
    fig, ax = canvas(width=7.6, height=6.2)
    hide_frame(ax)
    ax.set(xlim=(0, 7.6), ylim=(-6.2, 0))
    upper = -1.05, ("X", "Z1", "A1"), ("affine\nlayer 1", "ReLU")
    lower = -4.25, ("A1", "Z2", "loss"), ("affine\nlayer 2", "softmax,\nloss")
    for number, (y, names, boxes) in enumerate((upper, lower), start=1):
        for x, words in zip((2.3, 5.3), boxes, strict=True):
            _box(ax, x, y, words)
        for x, name in zip((0.85, 3.8, 6.75), names, strict=True):
            _arrow(ax, (x - 0.85, y + 0.09), (x + 0.85, y + 0.09))
            _arrow(ax, (x + 0.85, y - 0.09), (x - 0.85, y - 0.09), back=True)
            _block(ax, x, y + 0.2, [name, *_rows(value[name])], BLUE, "above")
            _block(ax, x, y - 0.2, [f"16 d{name}", *_rows(gradient[name])], ORANGE)
        W, b = f"W{number}", f"b{number}"
        _arrow(ax, (2.3, y - 0.68), (2.3, y - 0.36))
        _block(ax, 2.3, y - 0.7, [f"{W} | {b}", *_beside(value[W], value[b])], BLUE)
        below = y - 0.78 - 0.2 * (1 + len(value[W]))
        _block(ax, 2.3, below, [f"16 d{W} | 16 d{b}", *_beside(gradient[W], gradient[b])], ORANGE)
    return fig


def step_size(h: Array, errors: Mapping[str, Array]) -> Figure:
    """Draw the relative error of difference quotients over their step `h`, one curve a name."""
    fig, ax = canvas(height=4.0)
    for (name, error), marker, line, colour in zip(
        errors.items(), "os^", ("-", "--", ":"), (BLUE, ORANGE, GREEN), strict=True
    ):
        ax.loglog(h, error, marker=marker, linestyle=line, color=colour, label=name, markersize=5)
    ax.axvline(np.finfo(float).eps ** (1 / 3), color=INK, linewidth=1, linestyle="-.")
    ax.text(np.finfo(float).eps ** (1 / 3) * 0.8, 2e-12, "$h = u^{1/3}$", ha="right", size=11)
    ax.set(ylim=(1e-12, 2), xlabel="step $h$", ylabel="relative error of the gradient")
    ax.grid(visible=True)
    legend_above(ax)
    return fig


def accuracy_and_error(names: Sequence[str], accuracy: Array, error: Array, threshold: float) -> Figure:
    """Draw one line a program: its test accuracy on the left, the error of its gradient on the right."""
    fig, (left, right) = canvas(columns=2, width=PHONE, height=4.0)
    rows = np.arange(len(names))[::-1]
    for y, a, e in zip(rows, accuracy, error, strict=True):
        passes, exact = a > threshold, e < 1e-7
        left.plot(a, y, marker="o" if passes else "X", color=BLUE if passes else ORANGE, markersize=9)
        right.plot(e, y, marker="o" if exact else "X", color=BLUE if exact else ORANGE, markersize=9)
    left.axvline(threshold, color=INK, linewidth=1.2, linestyle="--")
    right.axvline(1e-7, color=INK, linewidth=1.2, linestyle="--")
    left.set_yticks(rows, names, size=10)
    left.set_xticks((0, 0.5, 1), ("0", "0.5", "1"))
    left.set(xlim=(0, 1), xlabel="accuracy")
    right.set(yticks=rows, yticklabels=[], xscale="log", xlabel="relative error")
    for ax in (left, right):
        ax.grid(visible=True, axis="y")
        ax.tick_params(axis="y", length=0)
    return fig
