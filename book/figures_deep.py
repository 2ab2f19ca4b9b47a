"""The drawings of the chapter on depth; each takes numbers that the page has computed.

It computes nothing itself: what a figure shows is what the page's own cells returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from plotting import BLUE, COLOURS, LINES, MARKERS, ORANGE, canvas, legend_above, mark_guessing

Array = NDArray[np.float64]


def two_slopes(z: Array, value: Array, right: Array, wrong: Array) -> Figure:
    """Draw the sigmoid on the left; on the right its derivative, and what it gives if it is taken at the activation."""
    fig, (left, bell) = canvas(columns=2, width=8.2, height=3.2)
    left.plot(z, value, color=BLUE)
    left.set(title="the sigmoid", xlabel="$z$", ylim=(-0.05, 1.05))
    bell.plot(z, right, color=BLUE, label="derivative at $z$")
    bell.plot(z, wrong, color=ORANGE, linestyle="--", label="derivative at $a$ instead")
    bell.set(title="its derivative", xlabel="$z$", ylim=(0, 0.37))
    bell.legend(loc="upper center")
    for ax in (left, bell):
        ax.grid(visible=True)
    return fig


def plateau(losses: Mapping[str, Sequence[float]], level: float) -> Figure:
    """Draw training losses over epochs, each with a line and a marker of its own; `level` is that of guessing."""
    fig, ax = canvas(height=4.0)
    for (name, values), colour, line, marker in zip(losses.items(), COLOURS, LINES, MARKERS, strict=False):
        epochs = range(1, len(values) + 1)
        ax.plot(epochs, values, color=colour, linestyle=line, marker=marker, markevery=8, markersize=5, label=name)
    mark_guessing(ax, level)
    ax.set(xlabel="epoch", ylabel="training loss", ylim=(0, 2.6), xlim=(0, None))
    ax.grid(visible=True)
    legend_above(ax)
    return fig


def by_layer(panels: Mapping[str, Mapping[str, Sequence[float]]], first: Sequence[int]) -> Figure:
    """Draw a panel for each quantity, logarithmic over the layers, one line per name; `first` is each panel's first."""
    fig, axes = canvas(columns=len(panels), width=8.2 if len(panels) > 1 else None, height=3.4)
    for ax, (title, lines), start in zip(np.atleast_1d(axes), panels.items(), first, strict=True):
        for (name, values), colour, line, marker in zip(lines.items(), COLOURS, LINES, MARKERS, strict=False):
            layers = range(start, start + len(values))
            ax.semilogy(layers, values, color=colour, linestyle=line, marker=marker, label=name)
        ax.set(xlabel="layer", title=title)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(visible=True)
    np.atleast_1d(axes)[-1].legend(loc="best")
    return fig


def labelled_images(images: Array, titles: Sequence[str]) -> Figure:
    """Draw square images with pixels from 0 to 1, shape (number, edge, edge), side by side, each under its title."""
    fig, axes = canvas(columns=len(titles), width=7.4, height=2.5)
    for ax, image, title in zip(axes, images, titles, strict=True):
        ax.imshow(image, cmap="gray", vmin=0, vmax=1)
        ax.set(title=title, xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
    return fig


def confusion(counts: NDArray[np.int64], names: Sequence[str]) -> Figure:
    """Draw a table of counts, rows the right classes and columns the predicted ones; zeros stay empty."""
    fig, ax = canvas(height=4.6)
    shown = np.ma.masked_equal(counts, 0)
    ax.imshow(np.ma.log(shown), cmap="Blues", vmin=-1.5, vmax=np.log(counts.max()) * 1.1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            dark = count > counts.max() / 4
            weight = "normal" if row == column else "bold"
            ax.text(column, row, count, ha="center", va="center", size=10, weight=weight, color="w" if dark else "k")
    ticks = range(len(names))
    ax.set(xticks=ticks, yticks=ticks, xticklabels=names, yticklabels=names)
    ax.set(xlabel="predicted", ylabel="right class")
    return fig
