"""The figures' colours can be seen on the light and on the dark page, and each has its place in the style sheet."""

from __future__ import annotations

import re
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from book_pages import BOOK
from matplotlib.colors import to_rgb

sys.path += [str(BOOK), str(BOOK / "_ext")]
import figures
import plotting

LIGHT, DARK = "#ffffff", "#121212"


def luminance(colour: str) -> float:
    """Return the relative luminance, as the Web Content Accessibility Guidelines define it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("page", [LIGHT, DARK])
@pytest.mark.parametrize("colour", [*plotting.COLOURS, plotting.INK])
def test_colours_stand_out(colour: str, page: str):
    assert contrast(colour, page) >= 3.0


def themed(selector: str) -> dict[str, str]:
    """Return the colours that the style sheet gives to figures in one mode."""
    sheet = (BOOK / "_static" / "book.css").read_text(encoding="utf-8")
    rule = re.search(rf"^{re.escape(selector)} {{([^}}]*--figure-ink[^}}]*)}}", sheet, re.M)[1]
    return dict(re.findall(r"--figure-(\w+): (#\w+)", rule))


@pytest.mark.parametrize(("selector", "page"), [("html", LIGHT), ('html[data-theme="dark"]', DARK)])
def test_words_in_the_colours_of_a_figure_can_be_read(selector: str, page: str):
    named = themed(selector)
    assert set(figures.COLOURS) == {*plotting.COLOURS, plotting.INK}
    assert set(named) == set(figures.COLOURS.values())
    assert not {name: contrast(colour, page) for name, colour in named.items() if contrast(colour, page) < 4.5}


def test_curves_differ_without_colour():
    with mpl.rc_context():
        plotting.use_book_style()
        styles = [entry["linestyle"] for entry in mpl.rcParams["axes.prop_cycle"]]
        assert len(set(styles)) == len(styles) == len(plotting.COLOURS)
        figure, axes = plotting.canvas(2)
        assert len(axes) == 2
        assert figure.get_facecolor()[3] == 0
        plt.close(figure)


def test_the_students_helper_is_importable():
    assert str(plotting.SOURCE) in sys.path
    assert plotting.SOURCE.name == "source"
