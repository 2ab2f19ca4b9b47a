"""Feedback sends its readers to where an equation is: page, anchor and number are those of the built book."""

from __future__ import annotations

from pathlib import Path

import pytest
from assignment_cells import REPOSITORY
from bs4 import BeautifulSoup

from autograder.course.book import Book, anchor
from autograder.course.course import Course
from autograder.course.new_course import new_course


def test_a_private_course_knows_the_numbers_too(tmp_path: Path) -> None:
    public, (private, _) = Course(REPOSITORY), new_course(Course(REPOSITORY), tmp_path / "mine")
    assert not [*(private.root / "book").glob("*.md")]
    for name in public.assignments():
        here, there = Book.of(public, name), Book.of(private, name)
        assert "equation (" in str(here.place("eq:relu-der"))
        assert [there.place(label) for label in here.equations] == [here.place(label) for label in here.equations]


@pytest.mark.parametrize("kept", ["", "[]", '{"titles": 1}', '{"titles": {}, "chapters": {}, "equations": {"eq": 1}}'])
def test_what_a_private_course_has_kept_may_be_damaged(kept: str, tmp_path: Path) -> None:
    private, _ = new_course(Course(REPOSITORY), tmp_path / "mine")
    (private.root / "book.json").write_text(kept, encoding="utf-8")
    place = Book.of(private, "multi_layer").place("eq:relu-der")
    assert place
    assert "chapter" in place.words


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
