"""The look of every figure in the book, and the way from a page to the students' `digits` module.

Import it first in a page's first cell. It draws nothing by itself and computes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib_inline.backend_inline import set_matplotlib_formats

SOURCE = Path(__file__).resolve().parent.parent / "source"
if str(SOURCE) not in sys.path:
    sys.path.append(str(SOURCE))

# Middle tones: at least 3:1 against white and against the dark theme's near-black, and apart from
# each other for the common kinds of colour blindness.
INK = "#767676"
BLUE = "#2a7fc9"
ORANGE = "#cc6a12"
GREEN = "#0f9070"
PINK = "#bd5f94"
COLOURS = (BLUE, ORANGE, GREEN, PINK)
LINES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D")
DIVERGING = "RdBu_r"
PHONE = 5.0  # inches


def use_book_style() -> None:
    """Make the following figures match the book: transparent, legible in light, dark and grey."""
    set_matplotlib_formats("svg")
    inked = ("axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "text.color", "xtick.color")
    inked += ("ytick.color", "grid.color")
    style: dict[str, Any] = {
        **dict.fromkeys(inked, INK),
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": "medium",
        "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=LINES),
        "lines.linewidth": 2.0,
        "grid.alpha": 0.3,
        "font.size": 11.0,
        "svg.hashsalt": "backprop-by-hand",
    }
    mpl.rcParams.update(style)


def canvas(columns: int = 1, rows: int = 1, width: float | None = None, height: float = 3.2) -> tuple[Figure, Any]:
    """Return a figure and its axes (one `Axes`, or an array of them), sized in inches.

    A single column is as wide as a phone shows with legible words; on a phone, further columns go below the first.
    """
    return plt.subplots(rows, columns, figsize=(width or (PHONE if columns == 1 else 7.0), height))


def legend_above(ax: Axes, columns: int = 1) -> None:
    """Name the curves above the axes, where they take no width."""
    ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=columns, borderpad=0)


def mark_guessing(ax: Axes, level: float) -> None:
    """Draw the level of a network that guesses, with its name high enough for a curve that stays there."""
    ax.axhline(level, color=INK, linewidth=1)
    place = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points"}
    ax.annotate("guessing", (0.99, level), xytext=(0, 5), ha="right", va="bottom", size=9, **place)


def hide_frame(ax: Axes) -> None:
    """Take away the spines and ticks of an axes that shows a picture or a diagram."""
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
