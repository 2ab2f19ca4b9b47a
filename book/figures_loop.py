"""The four pictures of the loop in which a student works: edit, check, save, hand in.

They stand as attachments in the first assignment, since a notebook has to carry its pictures with it; run this file
to put them there anew. It draws them on light cards, which can be read on a light and on a dark page.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path

import nbformat
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from nbformat import NotebookNode
from PIL import Image

NOTEBOOK = Path(__file__).resolve().parent.parent / "source" / "two_layer" / "two_layer.ipynb"
PAPER, CARD, FRAME, INK, FAINT = "#ffffff", "#f4f5f7", "#b4b9c1", "#24292f", "#6b7280"
BLUE, GREEN, ORANGE, RED = "#1f6feb", "#1a7f37", "#b35900", "#b42318"
HEIGHT, WIDTH = 2.3, 8.0
Point = tuple[float, float]


def _card(ax: Axes, x: float, y: float, width: float, height: float, colour: str = CARD, edge: str = FRAME) -> None:
    shape = "round,pad=0,rounding_size=0.06"
    ax.add_patch(FancyBboxPatch((x, y), width, height, boxstyle=shape, facecolor=colour, edgecolor=edge, linewidth=1))


def _write(ax: Axes, x: float, y: float, text: str, colour: str = INK, size: float = 9.5, code: bool = False) -> None:
    family = "DejaVu Sans Mono" if code else "DejaVu Sans"
    ax.text(x, y, text, color=colour, size=size, family=family, va="center", ha="left", linespacing=1.35)


def _arrow(ax: Axes, start: Point, end: Point, bend: float = 0, dashed: bool = False) -> None:
    look = {"arrowstyle": "-|>", "color": BLUE, "linewidth": 1.8, "connectionstyle": f"arc3,rad={bend}"}
    ax.annotate("", end, start, arrowprops={**look, "linestyle": (0, (3, 2)) if dashed else "-"})


def edit(ax: Axes) -> None:
    """Draw a stub and, beside it, the same cell with an answer in it."""
    for x, label in ((0.1, "before"), (4.45, "after")):
        _write(ax, x + 0.05, 2.12, label, FAINT)
        _card(ax, x, 0.15, 3.45, 1.8)
        _write(ax, x + 0.15, 1.7, "def one_hot(Y, n_classes):", code=True)
        _write(ax, x + 0.5, 1.33, '"""the specification"""', FAINT, code=True)
    _write(ax, 0.6, 0.85, "# Your code here.", FAINT, code=True)
    _write(ax, 0.6, 0.5, "raise NotImplementedError", RED, code=True)
    for y, width in ((0.85, 2.2), (0.5, 1.7)):
        _card(ax, 4.95, y - 0.1, width, 0.2, "#cfe1fd", "#cfe1fd")
    _write(ax, 5.05, 0.85, "a line of yours", BLUE, 8.5)
    _write(ax, 5.05, 0.5, "and another", BLUE, 8.5)
    _arrow(ax, (3.65, 1.05), (4.37, 1.05))


def check(ax: Axes) -> None:
    """Draw a visible test that stays silent, and the same test with a complaint under it."""
    for x in (0.1, 4.1):
        _card(ax, x, 1.2, 3.8, 0.85)
        _write(ax, x + 0.15, 1.83, "T = one_hot(...)", code=True)
        _write(ax, x + 0.15, 1.45, 'assert ..., "what is wrong"', code=True)
    _write(ax, 0.25, 0.9, "(nothing)", FAINT, code=True)
    _write(ax, 0.25, 0.35, "Silence: it passed.", GREEN, 10.5)
    _card(ax, 4.1, 0.67, 3.8, 0.43, "#fdecea", "#f1b5ae")
    _write(ax, 4.2, 0.885, "AssertionError: ... gave the shape (4, 3) ...", RED, 7.6, code=True)
    _write(ax, 4.25, 0.35, "Read the sentence, mend, run again.", ORANGE, 10.5)


def save(ax: Axes) -> None:
    """Draw the two menu entries that come before handing in."""
    menus = ((0.1, "Kernel", ("Interrupt Kernel", "Restart Kernel...", "Restart Kernel and Run All Cells...")),)
    menus += ((4.9, "File", ("Open...", "Save Notebook      Ctrl+S", "Download")),)
    for number, (x, title, entries) in enumerate(menus, start=1):
        width = 3.7 if number == 1 else 2.9
        _card(ax, x, 1.8, width, 0.38, "#e7eaef")
        _write(ax, x + 0.15, 1.98, f"{number}.  {title}")
        _card(ax, x, 0.15, width, 1.6)
        chosen = 2 if number == 1 else 1
        _card(ax, x + 0.06, 1.32 - 0.48 * chosen, width - 0.12, 0.36, "#cfe1fd", BLUE)
        for place, entry in enumerate(entries):
            _write(ax, x + 0.2, 1.5 - 0.48 * place, entry, INK if place == chosen else FAINT)
    _arrow(ax, (3.88, 0.95), (4.82, 0.95))


def hand_in(ax: Axes) -> None:
    """Draw the way of the notebook to the grader and of the feedback back."""
    _card(ax, 0.1, 0.95, 2.1, 1.05)
    _write(ax, 0.3, 1.65, "two_layer.ipynb", code=True)
    _write(ax, 0.3, 1.27, "your notebook", FAINT)
    _card(ax, 3.1, 0.95, 1.5, 1.05)
    _write(ax, 3.35, 1.65, "grader")
    _write(ax, 3.35, 1.27, "all tests", FAINT)
    _card(ax, 5.5, 0.95, 2.35, 1.05)
    _write(ax, 5.65, 1.75, "exercise 1    5 of 5", GREEN, 8.5)
    _write(ax, 5.65, 1.47, "exercise 2    3 of 5", ORANGE, 8.5)
    _write(ax, 5.65, 1.19, "a sentence for each test", FAINT, 8.0)
    _arrow(ax, (2.25, 1.48), (3.05, 1.48))
    _arrow(ax, (4.65, 1.48), (5.45, 1.48))
    _arrow(ax, (6.6, 0.88), (1.1, 0.88), bend=-0.16, dashed=True)
    _write(ax, 2.85, 0.16, "again, until the deadline", BLUE, 9.5)


PICTURES: dict[str, Callable[[Axes], None]] = {
    "edit.png": edit,
    "check.png": check,
    "save.png": save,
    "hand-in.png": hand_in,
}


def draw(name: str) -> bytes:
    """Return a picture as a PNG file with few colours, which keeps it small."""
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=100, facecolor=PAPER)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    ax.set_axis_off()
    PICTURES[name](ax)
    raw, small = io.BytesIO(), io.BytesIO()
    figure.savefig(raw, format="png", facecolor=PAPER)
    Image.open(raw).convert("RGB").quantize(32).save(small, format="PNG", optimize=True)
    return small.getvalue()


def attach(notebook: NotebookNode) -> None:
    """Put every picture into the Markdown cell that shows it."""
    for cell in notebook.cells:
        for name in PICTURES:
            if cell.cell_type == "markdown" and f"](attachment:{name})" in cell.source:
                content = base64.b64encode(draw(name)).decode("ascii")
                cell.attachments = {name: {"image/png": content}}


if __name__ == "__main__":
    source = nbformat.read(NOTEBOOK, as_version=4)
    attach(source)
    NOTEBOOK.write_text(nbformat.writes(source) + "\n", encoding="utf-8")
