"""The drawings of the chapter on the chain rule; each takes numbers that the page has computed.

It computes nothing itself: blue numbers are values, orange ones the derivatives of the loss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from plotting import BLUE, INK, ORANGE, PHONE, canvas, hide_frame

Pair = tuple[float, float]  # the value that goes forward, the derivative that comes back
Point = tuple[float, float]


def _number(x: float, sign: str = "") -> str:
    digits = f"{x:{sign if x else ''}.3f}".rstrip("0").rstrip(".")
    return digits.replace("-", "\N{MINUS SIGN}")


def _node(ax: Axes, at: Point, words: str) -> None:
    frame = {"boxstyle": "circle,pad=0.35", "facecolor": "none", "edgecolor": INK, "linewidth": 1.4}
    ax.text(*at, words, ha="center", va="center", size=11, bbox=frame)


def _edge(ax: Axes, start: Point, end: Point) -> None:
    """Draw a solid blue arrow for the value and a dashed orange one for the derivative that comes back."""
    (x0, y0), (x1, y1) = start, end
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    across = 0.05 * (y1 - y0) / length, -0.05 * (x1 - x0) / length
    there = [(x0 - across[0], y0 - across[1]), (x1 - across[0], y1 - across[1])]
    back = [(x1 + across[0], y1 + across[1]), (x0 + across[0], y0 + across[1])]
    ax.annotate("", there[1], there[0], arrowprops={"arrowstyle": "-|>", "color": BLUE, "linewidth": 1.7})
    dashed = {"arrowstyle": "-|>", "color": ORANGE, "linewidth": 1.7, "linestyle": (0, (3, 2))}
    ax.annotate("", back[1], back[0], arrowprops=dashed)


def _labels(ax: Axes, at: Point, pair: Pair, apart: float = 0.13) -> None:
    """Write the value above an edge and the derivative below it."""
    x, y = at
    ax.text(x, y + apart, _number(pair[0]), ha="center", va="bottom", size=10.5, color=BLUE)
    ax.text(x, y - apart, _number(pair[1], "+"), ha="center", va="top", size=10.5, color=ORANGE)


def walk(edges: Mapping[str, Pair]) -> Figure:
    """Draw the network of the landing page, one node for each operation and one panel for each layer.

    `edges` holds a pair for each of x, w1, product1, b1, z1, a, w2, product2, b2, z2 and loss.
    """
    fig, panels = canvas(2, width=8.2, height=3.0)
    fig.set_layout_engine("constrained", w_pad=0, wspace=0)
    panels[0].get_gridspec().set_width_ratios((4.9, 4.05))
    names = iter(["x", "product1", "z1", "a", "product2", "z2", "loss"])
    layers = ("1", 1.25, ("\N{MULTIPLICATION SIGN}", "+", "max")), ("2", 0.15, ("\N{MULTIPLICATION SIGN}", "+", "loss"))
    for ax, (layer, first, nodes) in zip(panels, layers, strict=True):
        hide_frame(ax)
        ax.set(xlim=(-0.15, 4.75) if layer == "1" else (-0.15, 3.9), ylim=(-0.75, 2.25))
        places = [first + 1.25 * i for i in range(3)]
        if layer == "1":
            ax.text(0, 0, "$x$", ha="center", va="center", size=12)
            _walked(ax, 0.12, first - 0.28, edges[next(names)])
        for x, words in zip(places, nodes, strict=True):
            _node(ax, (x, 0), words)
            half = 0.28 if len(words) == 1 else 0.38
            _walked(ax, x + half, x + (0.87 if words == "+" else 0.97), edges[next(names)])
        for x, letter in zip(places, "wb", strict=False):
            _from_above(ax, x, f"${letter}_{layer}$", edges[letter + layer])
    panels[0].text(0, 2.2, "values \N{RIGHTWARDS ARROW}", color=BLUE, ha="left", va="top", size=10)
    panels[0].text(1.3, 2.2, "\N{LEFTWARDS ARROW} derivatives of the loss", color=ORANGE, ha="left", va="top", size=10)
    return fig


def _walked(ax: Axes, left: float, right: float, pair: Pair) -> None:
    """Draw an edge of the walk with its two numbers."""
    _edge(ax, (left, 0), (right, 0))
    _labels(ax, (0.5 * (left + right), 0), pair)


def _from_above(ax: Axes, x: float, words: str, pair: Pair) -> None:
    """Draw the edge of a parameter to the node below it."""
    _edge(ax, (x, 1.32), (x, 0.3))
    ax.text(x, 1.5, words, ha="center", va="center", size=12)
    ax.text(x + 0.12, 1.05, _number(pair[0]), va="center", size=10.5, color=BLUE)
    ax.text(x + 0.12, 0.72, _number(pair[1], "+"), va="center", size=10.5, color=ORANGE)


def _gate(ax: Axes, name: str, inputs: Sequence[Pair], outputs: Sequence[Pair]) -> None:
    hide_frame(ax)
    ax.set(xlim=(-1.35, 1.35), ylim=(-1.1, 1.1), title=name)
    _node(ax, (0, 0), {"add": "+", "multiply": "\N{MULTIPLICATION SIGN}", "sum": "\u03a3"}.get(name, name))
    for side, pairs in ((-1, inputs), (1, outputs)):
        for k, pair in enumerate(pairs):
            y = 0.62 * ((len(pairs) - 1) / 2 - k) * (1.3 if len(pairs) == 2 else 1.2)
            ends = [(side * 1.0, y), (side * 0.33, 0.35 * y)]
            _edge(ax, *(ends if side < 0 else reversed(ends)))
            text: dict[str, Any] = {"va": "center", "ha": "right" if side < 0 else "left", "size": 10.5}
            ax.text(side * 1.06, y + 0.13, _number(pair[0]), color=BLUE, **text)
            ax.text(side * 1.06, y - 0.13, _number(pair[1], "+"), color=ORANGE, **text)


def gates(table: Mapping[str, tuple[Sequence[Pair], Sequence[Pair]]]) -> Figure:
    """Draw one small graph for each kind of node: `table` holds the pairs at its inputs and its outputs."""
    fig, axes = canvas(2, 3, width=PHONE, height=5.4)
    for ax, (name, (inputs, outputs)) in zip(axes.flat, table.items(), strict=False):
        _gate(ax, name, inputs, outputs)
    for ax in axes.flat[len(table) :]:
        ax.set_visible(False)
    return fig


def _between(ax: Axes, start: Point, end: Point, pair: Pair) -> None:
    """Draw an edge between two nodes, with the value on its upper side and the derivative on its lower one."""
    way = end[0] - start[0], end[1] - start[1]
    length = (way[0] ** 2 + way[1] ** 2) ** 0.5
    near, far = 0.28 / length, 1 - 0.28 / length
    ends = [(start[0] + part * way[0], start[1] + part * way[1]) for part in (near, far)]
    _edge(ax, ends[0], ends[1])
    aside = -0.25 * way[1] / length, 0.23 * way[0] / length
    middle = start[0] + 0.5 * way[0], start[1] + 0.5 * way[1]
    text: dict[str, Any] = {"ha": "center", "va": "center", "size": 10.5}
    ax.text(middle[0] + aside[0], middle[1] + aside[1], _number(pair[0]), color=BLUE, **text)
    ax.text(middle[0] - aside[0], middle[1] - aside[1], _number(pair[1], "+"), color=ORANGE, **text)


def waiting(edges: Mapping[str, Pair]) -> Figure:
    """Draw the graph of p = 3x, q = xp, y = p + q; `edges` holds pairs for xp, xq, pq, py, qy and y."""
    fig, ax = canvas(width=6.6, height=3.0)
    hide_frame(ax)
    ax.set(xlim=(-0.3, 6.3), ylim=(-0.75, 2.25))
    places = {"x": (0.1, 0.0), "p": (1.9, 1.4), "q": (3.4, 0.0), "y": (4.9, 0.9)}
    ax.text(*places["x"], "$x$", ha="center", va="center", size=12)
    for name, sign, words, up in (
        ("p", "\N{MULTIPLICATION SIGN}", "$p=3x$", 0.45),
        ("q", "\N{MULTIPLICATION SIGN}", "$q=xp$", -0.45),
        ("y", "+", "$y=p+q$", 0.45),
    ):
        x, y = places[name]
        _node(ax, (x, y), sign)
        ax.text(x, y + up, words, ha="center", va="center", size=11.5)
    for name, pair in edges.items():
        end = places.get(name[1:], (6.2, 0.9))
        _between(ax, places[name[0]], end, pair)
    return fig
