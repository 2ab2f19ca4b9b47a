"""Feedback sends its readers to where an equation is: page, anchor and number are those of the built book."""

from __future__ import annotations

from pathlib import Path

import pytest
from assignment_cells import REPOSITORY
from bs4 import BeautifulSoup

from autograder.course.book import Book, anchor
from autograder.course.course import Course


@pytest.mark.parametrize("label", ["eq:relu-der", "eq:dW"])
def test_an_equation_has_an_anchor_like_sphinx_makes_it(label: str) -> None:
    assert anchor(label) == {"eq:relu-der": "eq-relu-der", "eq:dW": "eq-dw"}[label]


def test_every_equation_is_where_feedback_says(html: Path) -> None:
    known = Book.of(Course(REPOSITORY), "multi_layer")
    assert len(known.equations) > 50
    pages = {page: html / "book" / f"{page}.html" for page in {found.page for found in known.equations.values()}}
    soups = {page: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for page, path in pages.items()}
    for key, found in known.equations.items():
        place = known.place(key)
        there = soups[found.page].find(id=f"equation-{key}")
        assert place
        assert there, f"{key} is not on the page {found.page}"
        number = there.select_one(".eqno")
        assert number
        shown = number.get_text().strip("\u00b6# \n")
        if known.chapters.get(found.page):
            assert f"equation {shown} in chapter" in place.words
        heading = soups[found.page].h1
        assert heading
        assert known.titles[found.page] in heading.get_text()
