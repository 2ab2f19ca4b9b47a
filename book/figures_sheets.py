"""The drawings of the page on the sheets; each takes numbers from `measured.json`.

It computes nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from plotting import BLUE, INK, ORANGE, PHONE, canvas

FAULTS = ("slope_of_activation", "variance_as_deviation", "raw_pixels")


def words(row: Mapping[str, Any]) -> str:
    """Return what is wrong and what is right in a program, in three columns."""
    derivative, deviation, pixels = (row[fault] for fault in FAULTS)
    return (
        f"{'the activation' if derivative else 'z':14s}   {'1/n' if deviation else '1/sqrt(n)':9s}   "
        f"{'0..255' if pixels else '0..1':6s}"
    )


def spread(row: Mapping[str, Any]) -> str:
    """Return the lowest, the median and the highest accuracy of a network's seeds."""
    return " / ".join(f"{row[key]:.4f}" for key in ("minimum", "median", "maximum"))


def eight_programs(rows: Sequence[Mapping[str, Any]], printed: float) -> Figure:
    """Draw the faults of each program (left) and the accuracy that it reaches (right), one point for each seed.

    `printed` is the accuracy that the sheet prints.
    """
    fig, (left, right) = canvas(columns=2, width=PHONE, height=3.9)
    left.get_gridspec().set_width_ratios((1, 2))
    for height, row in enumerate(rows):
        last = [accuracies[-1] for accuracies in row["accuracies"]]
        ok = not any(row[fault] for fault in FAULTS)
        right.plot(last, [height] * len(last), "o" if ok else "s", color=BLUE if ok else ORANGE, markersize=6)
        for column, fault in enumerate(FAULTS):
            mark, colour = ("\N{MULTIPLICATION X}", ORANGE) if row[fault] else ("\N{CHECK MARK}", BLUE)
            left.text(column, height, mark, color=colour, ha="center", va="center")
    right.axvline(printed, color=INK, linestyle="--", linewidth=1)
    right.text(printed, -0.7, "printed", ha="center", va="bottom", size=10)
    left.set(xlim=(-0.5, 2.5), yticks=[])
    left.set_xticks(
        range(len(FAULTS)), ["derivative", "deviation", "pixels"], rotation=60, rotation_mode="anchor", ha="right"
    )
    left.spines[:].set_visible(False)
    left.tick_params(length=0)
    right.set(xlabel="accuracy on unseen digits", xlim=(0, 1), yticks=range(len(rows)), yticklabels=[])
    right.tick_params(axis="y", length=0)
    for ax in (left, right):
        ax.set(ylim=(len(rows) - 0.5, -0.8))
        ax.grid(visible=True, axis="y")
    right.grid(visible=True, axis="x")
    return fig


def plateau(
    printed: Sequence[float], runs: Mapping[str, Mapping[str, Sequence[float]]], level: float, goal: float
) -> Figure:
    """Draw training loss (left) and accuracy on unseen clothes (right) by epoch for both initialisations."""
    fig, (left, right) = canvas(columns=2, width=8.2, height=3.5)
    styles = {"0.01": ("deviation 0.01", ORANGE, "--"), "He": ("He", BLUE, "-")}
    for name, (label, colour, line) in styles.items():
        epochs = 1 + np.arange(len(runs[name]["losses"]))
        left.plot(epochs, runs[name]["losses"], color=colour, linestyle=line, label=label)
        right.plot(epochs, runs[name]["accuracies"], color=colour, linestyle=line, label=label)
    left.plot(1 + np.arange(len(printed)), printed, "x", color=INK, label="printed")
    left.axhline(level, color=INK, linewidth=1)
    left.text(0.99, level, "ln 10", transform=left.get_yaxis_transform(), ha="right", va="bottom", size=9)
    right.axhline(goal, color=INK, linestyle="--", linewidth=1)
    left.set(xlabel="epoch", ylabel="training loss", ylim=(0, 2.6))
    right.set(xlabel="epoch", ylabel="accuracy on unseen clothes", ylim=(0, 1))
    for ax in (left, right):
        ax.grid(visible=True)
    left.legend()
    return fig
