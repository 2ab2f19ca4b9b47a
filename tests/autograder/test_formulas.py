"""Formulas of students become MathML that draws, and nothing else."""

from __future__ import annotations

import time

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from autograder.engine.limits import OutputLimits
from autograder.shown.formulas import ATTRIBUTES, ELEMENTS, set_formulas


def page_with(text: str) -> BeautifulSoup:
    """Return a paragraph in which the formulas are set."""
    soup = BeautifulSoup("<p></p>", "html.parser")
    assert soup.p
    soup.p.string = text
    set_formulas(soup, OutputLimits().for_page())
    return BeautifulSoup(str(soup), "html.parser")


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("so $x$ is", 1),
        ("$$\\begin{aligned} a &< b \\\\ c &= d \\end{aligned}$$", 1),
        ("\\(x\\) and \\[\\frac{1}{2}\\]", 2),
        ("\\begin{align*}a &= b\\end{align*}", 1),
        ("5$ and 7$ are not", 0),
        ("\\$x\\$ neither", 0),
        ("an unknown $\\nonsense{$", 0),
    ],
)
def test_what_is_a_formula(text: str, formulas: int) -> None:
    found = page_with(text)
    assert len(found.select("math")) == formulas
    if not formulas:
        assert found.get_text() == text


def test_code_is_left_alone() -> None:
    soup = BeautifulSoup("<p><code>a $x$ b</code> $y$</p>", "html.parser")
    set_formulas(soup, OutputLimits().for_page())
    assert str(soup).startswith("<p><code>a $x$ b</code> <math")


@pytest.mark.parametrize(
    "tex",
    [
        "\\href{javascript:alert(1)}{x}",
        "\\text{<img src=x onerror=alert(1)>}",
        "\\text{</mtext><script>alert(1)</script>}",
        "\\class{a}{x} \\cssId{b}{y} \\style{position:fixed}{z}",
        "\\color{url(http://elsewhere.invalid)}{x}",
        "\\mathchoice{&#60;script&#62;}{}{}{}",
        "\\text{&lt;script&gt;alert(1)&lt;/script&gt;}",
    ],
)
def test_nothing_of_it_leads_anywhere(tex: str) -> None:
    for tag in page_with(f"${tex}$").find_all(True):
        assert tag.name in ELEMENTS | {"p"}
        assert set(tag.attrs) <= ATTRIBUTES | ({"width"} if tag.name == "mspace" else set())


def test_a_gap_is_as_wide_as_a_formula_may_have_it() -> None:
    gaps = page_with("$a \\qquad b \\hspace{900em} c$").find_all("mspace")
    assert [gap.get("width") for gap in gaps] == ["2em", None]


@given(st.text("\\{}$^_&ab<>\"'= \n()[]|", max_size=60))
def test_random_text_stays_text_or_draws(text: str) -> None:
    for tag in page_with(f"$a{text}b$").find_all(True):
        assert tag.name in ELEMENTS | {"p"}
        assert set(tag.attrs) <= ATTRIBUTES | ({"width"} if tag.name == "mspace" else set())


@pytest.mark.parametrize("text", ["\\begin{align}" * 20_000, "$" * 100_000, "$a" * 5_000, "{" * 4000])
def test_it_takes_no_time(text: str) -> None:
    start = time.process_time()
    page_with(text)
    assert time.process_time() - start < 10
