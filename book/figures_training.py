"""The drawings of the chapter on training; each takes numbers that the page has computed.

It computes nothing itself: what a figure shows is what the page's own cells returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from plotting import BLUE, COLOURS, GREEN, INK, LINES, MARKERS, ORANGE, canvas, legend_above, mark_guessing

Array = NDArray[np.float64]


def curves(losses: Mapping[str, Sequence[float]], level: float, ylim: tuple[float, float], every: int = 10) -> Figure:
    """Draw training losses over epochs, each with a line and a marker of its own; `level` is that of guessing."""
    fig, ax = canvas(height=4.2)
    for (name, values), colour, line, marker in zip(losses.items(), COLOURS, LINES, MARKERS, strict=False):
        ax.plot(values, color=colour, linestyle=line, marker=marker, markevery=every, markersize=5, label=name)
    mark_guessing(ax, level)
    ax.set(xlabel="epoch", ylabel="training loss", ylim=ylim, xlim=(-0.5, None))
    ax.grid(visible=True)
    legend_above(ax)
    return fig


def signal(sizes: Mapping[str, Sequence[float]]) -> Figure:
    """Draw how large the activations are in each layer, on a logarithmic axis, one line a start."""
    fig, ax = canvas(height=3.8)
    for (name, values), colour, line, marker in zip(sizes.items(), COLOURS, LINES, MARKERS, strict=False):
        ax.semilogy(range(len(values)), values, color=colour, linestyle=line, marker=marker, label=name)
    ax.set(xlabel="layer", ylabel="typical size of an activation")
    ax.grid(visible=True)
    legend_above(ax)
    return fig


def valley(paths: Mapping[str, Array], stretch: float) -> Figure:
    """Draw walks of (steps, 2) points over the level lines of (x squared + stretch y squared) / 2, axes to scale."""
    fig, axes = canvas(rows=len(paths), height=5.6)
    x, y = np.meshgrid(np.linspace(-11, 3, 200), np.linspace(-1.6, 1.6, 200))
    height = 0.5 * (x**2 + stretch * y**2)
    for ax, (name, path), colour, marker in zip(axes, paths.items(), (BLUE, ORANGE, GREEN), MARKERS, strict=False):
        ax.contour(x, y, height, levels=[0.5, 2, 5, 12, 25, 45], colors=INK, linewidths=0.7)
        ax.plot(*path.T, color=colour, marker=marker, markersize=3.5, linewidth=1.3, linestyle="-")
        ax.plot(0, 0, "+", color=INK, markersize=12, markeredgewidth=2)
        ax.set(title=name, ylabel="$w_2$", xlim=(-11, 3), ylim=(-1.6, 1.6), aspect="equal", yticks=(-1, 0, 1))
    axes[-1].set(xlabel="$w_1$")
    return fig


def three_parts(epochs: Sequence[int], loss: Mapping[str, Array], accuracy: Mapping[str, Array]) -> Figure:
    """Draw loss (left, logarithmic) and accuracy (right) over epochs for training, validation and test."""
    fig, axes = canvas(columns=2, width=8.2, height=3.5)
    for ax, values, label in zip(axes, (loss, accuracy), ("mean loss", "accuracy"), strict=True):
        for (name, line), colour, style, marker in zip(values.items(), COLOURS, LINES, MARKERS, strict=False):
            ax.plot(epochs, line, color=colour, linestyle=style, marker=marker, markersize=5, label=name)
        ax.set(xscale="log", xlabel="epochs", ylabel=label)
        ax.grid(visible=True)
    axes[0].set(yscale="log")
    axes[1].legend(loc="lower right")
    return fig
