"""The drawings of the chapters on losses and on what a network can represent; each takes numbers from its page.

It computes nothing but outlines of curves that the page names: what a figure shows is what the page's cells returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray
from plotting import (
    BLUE,
    COLOURS,
    DIVERGING,
    GREEN,
    INK,
    LINES,
    MARKERS,
    ORANGE,
    PINK,
    canvas,
    hide_frame,
    legend_above,
    mark_guessing,
)

Array = NDArray[np.float64]
CORNERS = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 3**0.5]])
HATCHES = ("", "///", "...")


def jacobian_map(columns: Array, points: Sequence[Array], matrices: Sequence[Array]) -> Figure:
    """Draw what nudging each score does to three probabilities, and how far nudges reach all over the triangle.

    Parameters
    ----------
    columns
        One Jacobian (3, 3); each of its columns becomes a group of bars.
    points, matrices
        Probabilities (3,) and the Jacobian (3, 3) at each of them.
    """
    fig, (left, right) = canvas(columns=2, width=8.2, height=3.6)
    for k, (colour, hatch) in enumerate(zip(COLOURS, HATCHES, strict=False)):
        place = np.arange(3) + 0.26 * (k - 1)
        left.bar(place, columns[k], 0.24, facecolor="none", edgecolor=colour, hatch=hatch, label=f"class {k}")
    left.axhline(0, color=INK, linewidth=0.8)
    left.set(xticks=range(3), xticklabels=[f"score {i}" for i in range(3)], title="reaction of the probabilities")
    left.legend(loc="lower left")
    right.plot(*CORNERS[[0, 1, 2, 0]].T, color=INK, linewidth=1.2, linestyle="-")
    angle = np.linspace(0, 2 * np.pi, 100)
    across = np.array([[1.0, -1.0, 0.0], [1.0, 1.0, -2.0]]) / np.sqrt([[2.0], [6.0]])
    circle = 0.5 * np.column_stack([np.cos(angle), np.sin(angle)]) @ across
    for p, J in zip(points, matrices, strict=True):
        right.plot(*((p + circle @ J.T) @ CORNERS).T, color=BLUE, linewidth=1.5, linestyle="-")
        right.plot(*(p @ CORNERS), ".", color=ORANGE)
    for k, (x, y) in enumerate(CORNERS):
        right.annotate(f"class {k}", (x, y), (0, 5 if k == 2 else -14), textcoords="offset points", ha="center")
    hide_frame(right)
    right.set(aspect="equal", title="reach of nudges of length 0.5", xlim=(-1.25, 1.25), ylim=(-0.25, 2.0))
    return fig


def two_trainings(losses: Mapping[str, Sequence[float]], level: float) -> Figure:
    """Draw training losses on a logarithmic axis; `level` is that of guessing."""
    fig, ax = canvas(height=3.5)
    for (name, values), colour, line, marker in zip(losses.items(), COLOURS, LINES, MARKERS, strict=False):
        ax.semilogy(values, color=colour, linestyle=line, marker=marker, markevery=10, markersize=5, label=name)
    mark_guessing(ax, level)
    ax.set(xlabel="step", ylabel="training loss")
    ax.grid(visible=True)
    legend_above(ax)
    return fig


def bowls(score: float, slope: float) -> Figure:
    """Draw log-sum-exp of (0, z) with its tangent at `score`, and two losses of the lead of the right class."""
    fig, (left, right) = canvas(columns=2, width=8.2, height=3.3)
    z = np.linspace(-4, 4, 161)
    left.plot(z, np.logaddexp(0, z), label="log-sum-exp of (0, z)")
    left.plot(z, np.maximum(0, z), label="max(0, z)")
    value = np.logaddexp(0, score)
    left.plot(z, value + slope * (z - score), color=GREEN, linestyle="-.", label=f"tangent, slope {slope:.3f}")
    left.plot(score, value, "o", color=GREEN)
    left.set(xlabel="z", ylim=(-1.2, 4.2))
    left.legend(loc="upper left")
    lead = np.linspace(-8, 8, 161)
    wrong = 1 / (1 + np.exp(lead))
    right.plot(lead, np.logaddexp(0, -lead), label="cross-entropy")
    right.plot(lead, 2 * wrong**2, label="squared error of $p$")
    right.set(xlabel="lead of the right score", ylabel="loss")
    right.legend(loc="upper right")
    return fig


def kink_and_counts(odd: Array, even: Array) -> Figure:
    """Draw |r| with lines below it, and the mean distance from the values `odd` and `even`, with its slopes."""
    fig, (first, *others) = canvas(columns=3, width=8.8, height=3.5)
    r = np.array([-2.0, 0.0, 2.0])
    first.plot(r, abs(r), linestyle="-", linewidth=2.5)
    for slope, line in zip((-0.6, 0.0, 0.5), LINES[1:], strict=True):
        first.plot(r, slope * r, color=ORANGE, linestyle=line, linewidth=1.5)
        first.text(2.1, 2 * slope, f"{slope:g}".replace("-", "\N{MINUS SIGN}"), va="center")
    first.set(xlabel="residual $r$", title="one corner, many supports", xlim=(-2.1, 2.8), ylim=(-1.4, 2.1))
    for ax, values in zip(others, (odd, even), strict=True):
        corners = np.concatenate([[-1.0], values[values < 50], [10.0]])
        height = np.abs(corners[:, None] - values).mean(axis=1)
        ax.plot(corners, height, linestyle="-")
        ax.plot(corners[1:-1], height[1:-1], "o", color=ORANGE)
        unit = (height.max() - height.min()) / 10
        for i, (left, right) in enumerate(pairwise(corners)):
            up = round((height[i + 1] - height[i]) / (right - left) * len(values))
            words = f"{up:+d}/{len(values)}".replace("-", "\N{MINUS SIGN}") if up else "0"
            ax.text((left + right) / 2, height.min() - (1.3 + i % 2) * unit, words, ha="center", va="center", size=10)
        for corner, level in zip(corners[1:-1], height[1:-1], strict=True):
            ax.plot([corner] * 2, [height.min() - 0.5 * unit, level], color=INK, linewidth=0.8, linestyle=":")
        ax.set(xlabel="$w$", title=f"{len(values)} values, slopes below", ylim=(height.min() - 3 * unit, None))
    return fig


def weighted(values: Array, weights: Array, chosen: float) -> Figure:
    """Draw the weight that lies at or below w (left) and the loss over w (right) of weighted distances from values."""
    fig, (left, right) = canvas(columns=2, width=8.2, height=3.2)
    order = np.argsort(values)
    total = np.concatenate([[0], np.cumsum(weights[order])])
    left.stairs(total, [-2, *values[order], 7.5], baseline=None, color=BLUE, linewidth=2)
    left.axhline(total[-1] / 2, color=INK, linewidth=1.2, linestyle="--")
    left.text(-1.9, total[-1] / 2 + 0.15, "half of all", size=9)
    left.set(xlabel="$w$", title="weight at or below $w$", ylim=(0, None))
    w = np.union1d(values, [-2, 7.5])
    loss = (weights * np.abs(w[:, None] - values)).mean(axis=1)
    right.plot(w, loss, linestyle="-")
    right.plot(w[1:-1], loss[1:-1], "o", color=BLUE)
    right.set(xlabel="$w$", title="loss", ylim=(0, None))
    for ax in (left, right):
        ax.axvline(chosen, color=ORANGE, linestyle="-.", linewidth=1.5)
    return fig


def two_lines(x: Array, y: Array, lines: Mapping[str, Array], through: Array) -> Figure:
    """Draw points, the lines (intercept, slope) fitted to them, and rings round those that the first passes through."""
    fig, ax = canvas(height=3.5)
    ax.plot(x, y, "o", color=INK, markersize=5)
    ax.plot(
        x[through], y[through], "o", markersize=13, markerfacecolor="none", markeredgecolor=BLUE, markeredgewidth=1.8
    )
    for (name, (intercept, slope)), colour, line in zip(lines.items(), COLOURS, LINES, strict=False):
        ax.plot(x, intercept + slope * x, color=colour, linestyle=line, label=name)
    ax.set(xlabel="input", ylabel="target")
    ax.legend(loc="lower left")
    return fig


def handed_down() -> Figure:
    """Draw three losses of one sample and the slope that each hands down."""
    fig, (left, right) = canvas(columns=2, width=8.2, height=3.3)
    r = np.linspace(-4, 4, 161)
    left.plot(r, r**2 / 2, label="half the square")
    left.plot(r, np.abs(r), label="absolute value")
    left.plot(r, np.logaddexp(0, r), label="cross-entropy")
    right.plot(r, r)
    right.plot([-4, 0, 0, 4], [-1, -1, 1, 1])
    right.plot(r, 1 / (1 + np.exp(-r)))
    left.set(title="loss", ylim=(0, 5), xlabel="how far off")
    right.set(title="what it hands down", ylim=(-2.5, 2.5), xlabel="how far off")
    left.legend(loc="upper center")
    return fig


def box(x: Array, up: Array, down: Array, soft: Mapping[str, Array]) -> Figure:
    """Draw two steps and their sum (left), and the same box made of softer steps (right)."""
    fig, (left, right) = canvas(columns=2, width=8.2, height=3.2)
    left.plot(x, up, linestyle="--", color=ORANGE, label="first unit, times 3")
    left.plot(x, down, linestyle=":", color=GREEN, label="second unit, times \N{MINUS SIGN}3")
    left.plot(x, up + down, linestyle="-", color=BLUE, label="sum")
    left.set(xlabel="x", ylim=(-3.3, 4.6))
    left.legend(loc="upper left", fontsize=9)
    right.plot(x, up + down, color=INK, linewidth=1, linestyle="-")
    for (name, values), colour, line in zip(
        list(soft.items())[:3], (PINK, GREEN, BLUE), ("-.", "--", "-"), strict=True
    ):
        right.plot(x, values, color=colour, linestyle=line, label=name)
    right.set(xlabel="x", xlim=(-0.5, 1.0), ylim=(-0.2, 4.0))
    right.legend(loc="upper left", fontsize=9)
    return fig


def staircases(x: Array, f: Array, stairs: Mapping[int, Array]) -> Figure:
    """Draw a function with staircases of given numbers of pieces on it, and below them their errors within pi / N."""
    fig, axes = canvas(columns=len(stairs), rows=2, width=8.2, height=4.2)
    few = slice(None, None, 100)
    for (top, bottom), (pieces, values) in zip(axes.T, stairs.items(), strict=True):
        top.plot(x[few], f[few], color=INK, linewidth=1.2, linestyle="--")
        top.plot(x[few], values[few], color=BLUE, linestyle="-", linewidth=1.6)
        top.set(title=f"{pieces} pieces", xticklabels=[])
        bottom.plot(x[few], (values - f)[few], color=ORANGE, linestyle="-", linewidth=1.2)
        for level in (-np.pi / pieces, np.pi / pieces):
            bottom.axhline(level, color=INK, linewidth=1.2, linestyle="--")
        bottom.set(xlabel="x", ylim=(-0.55, 0.55))
    axes[0, 0].set(ylabel="value")
    axes[1, 0].set(ylabel="error")
    return fig


def error_over_units(
    counts: Sequence[int], errors: Mapping[str, Sequence[float]], bounds: Mapping[str, Array]
) -> Figure:
    """Draw measured errors over the number of pieces on logarithmic axes, and the proved bounds as thin lines."""
    fig, ax = canvas(height=3.6)
    for (name, values), colour, marker in zip(errors.items(), COLOURS, MARKERS, strict=False):
        ax.loglog(counts, bounds[name], color=colour, linewidth=1, linestyle="-")
        ax.loglog(counts, values, color=colour, marker=marker, linestyle="none", label=name)
    ax.set(xlabel="pieces", ylabel="largest error", xticks=counts, xticklabels=counts)
    ax.minorticks_off()
    ax.grid(visible=True)
    ax.legend(loc="lower left")
    return fig


def _square(ax: Axes, values: Array, side: int, title: str, limit: float, low: float | None = None) -> AxesImage:
    style = {"cmap": DIVERGING, "vmin": -limit if low is None else low, "vmax": limit}
    image = ax.imshow(values.reshape(side, side), extent=(-1, 1, -1, 1), origin="lower", **style)
    ax.set(title=title, xlabel="$x_1$", xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    return image


def maps(pictures: Mapping[str, Array], side: int) -> Figure:
    """Draw maps of functions on the square from -1 to 1, all in one scale of colours."""
    fig, axes = canvas(columns=len(pictures), width=8.6, height=3.2)
    for ax, (name, values) in zip(axes, pictures.items(), strict=True):
        image = _square(ax, values, side, name, 1.0)
        for x, y in ((-0.75, -0.75), (0.75, -0.75), (-0.75, 0.75), (0.75, 0.75)):
            sign = values.reshape(side, side)[int((y + 1) * side / 2), int((x + 1) * side / 2)]
            word = "0" if abs(sign) < 0.1 else "+" if sign > 0 else "\N{MINUS SIGN}"
            ax.text(x, y, word, ha="center", va="center", color="black", size=13)
    axes[0].set(ylabel="$x_2$")
    fig.colorbar(image, ax=axes, shrink=0.8)
    return fig


def votes(counted: NDArray[np.int_], side: int) -> Figure:
    """Draw how many of four units say yes, with the number in each region, and where it is more than 3.5."""
    fig, axes = canvas(columns=2, width=7.0, height=3.4)
    for ax, values, title in zip(axes, (counted, counted > 3.5), ("votes", "more than 3.5"), strict=True):
        _square(ax, values.astype(float), side, title, *((6.0, 0.0) if title == "votes" else (2.0, -1.0)))
        grid = values.reshape(side, side).astype(int)
        for x in (-0.75, -0.125, 0.625):
            for y in (-0.625, 0.125, 0.75):
                number = grid[int((y + 1) * side / 2), int((x + 1) * side / 2)]
                ax.text(x, y, number, ha="center", va="center", color="black")
    axes[0].set(ylabel="$x_2$")
    return fig
