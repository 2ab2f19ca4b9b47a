"""From an exercise to its equation: a link of a release leads to a page beside it or to the published book."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from assignment_cells import REPOSITORY
from bs4 import BeautifulSoup
from nbformat.v4 import new_markdown_cell
from tiny_course import TinyCourse, tiny_notebook

from autograder.course.book_pages import Shelf, link_release, linked, made_folder, pages_for
from autograder.course.course import CONFIG_NAME, Course
from autograder.course.handout import pack
from autograder.course.new_course import new_course
from autograder.course.release import release
from autograder.course.update_course import update_course
from autograder.offline.links import Target, rewritten, targets
from autograder.offline.page import html_page, link, only_to

Run = Callable[..., tuple[int, str, str]]
BOOK = "../../_build/html/book"
CHAPTER = "# Numbers\n\n$$\nx < 1\n$$ (eq:one)\n\n```{math}\n:label: eq:two\n\n\\frac{x}{2}\n```\n"
TEXT = (
    f"[A **page**]({BOOK}/a.html), [one]({BOOK}/a.html#equation-eq-one), [a part]({BOOK}/a.html#part), "
    f"[b]({BOOK}/b.html)."
)
TOC = "parts:\n  - caption: c\n    numbered: 1\n    chapters:\n      - file: book/a\n"


@pytest.fixture
def linking(tiny: TinyCourse) -> TinyCourse:
    """Return a course with a book of one chapter, and a notebook that links into it and to a page that nobody has."""
    (tiny.root / "book").mkdir()
    (tiny.root / "book" / "a.md").write_text(CHAPTER)
    (tiny.root / "_toc.yml").write_text(TOC)
    notebook = tiny_notebook()
    notebook.cells.insert(1, new_markdown_cell(TEXT, id="links"))
    tiny.write_source(notebook)
    return tiny


def text_of(folder: Path) -> str:
    """Return the text with the links as it is released."""
    return nbformat.read(folder / "tiny.ipynb", as_version=4).cells[1].source


def make_book(course: Course, **pages: str) -> None:
    """Lay pages where `make book` does."""
    made_folder(course).mkdir(parents=True, exist_ok=True)
    for name, body in pages.items():
        (made_folder(course) / f"{name}.html").write_text(html_page(name, body))


def test_each_link_of_the_course_leads_to_a_page_that_its_release_brings(course: Course, tmp_path: Path) -> None:
    """Where no book has been built, too."""
    for name in course.assignments():
        notebooks = course.read_sources(name)
        places = linked(notebooks.values())
        shelf = Shelf(None, Shelf.of(course).contents)
        pages = pages_for(course, name, shelf)
        assert len(places) > 5
        assert {target.file for target in places} <= pages.keys()
        for target in places:
            page = BeautifulSoup(pages[target.file], "html.parser")
            if target.anchor.startswith("equation-"):
                assert page.find("math"), target
                assert target.anchor.removeprefix("equation-eq-") in page.h1.get_text().lower()
        for page in pages.values():
            hrefs = {a["href"].partition("#")[0] for a in BeautifulSoup(page, "html.parser").find_all("a")}
            assert hrefs <= pages.keys()
        labels = {f"{label.replace(':', '-').lower()}.html" for label in re.findall(r"eq:[\w-]+", str(notebooks))}
        assert labels <= pages.keys(), "an equation that a docstring names has its page too"


def test_a_release_without_a_built_book_brings_the_equations_alone(linking: TinyCourse) -> None:
    folder = release(linking, "tiny")
    assert text_of(folder) == "[A **page**](book/a.html), [one](book/eq-one.html), [a part](book/a-part.html), b."
    assert sorted(path.name for path in (folder / "book").iterdir()) == [
        "a-part.html", "a.html", "eq-one.html", "index.html",
    ]  # fmt: skip
    one = BeautifulSoup((folder / "book" / "eq-one.html").read_text(), "html.parser")
    assert one.h1.get_text() == "Equation (1.1), eq:one"
    assert one.find("math")
    chapter = BeautifulSoup((folder / "book" / "a.html").read_text(), "html.parser")
    assert "short form" in chapter.get_text()
    assert {tag["id"] for tag in chapter.find_all(id=True)} == {"equation-eq-one", "equation-eq-two"}
    with zipfile.ZipFile(pack(linking, "tiny")) as archive:
        assert {"tiny/book/a.html", "tiny/book/index.html"} <= set(archive.namelist())


def test_the_command_says_that_the_book_has_not_been_built(linking: TinyCourse, run_autograder: Run) -> None:
    assert "the book has not been built" in " ".join(run_autograder("release", "--no-vet", "tiny")[1].split())
    make_book(linking, a="whole")
    assert "has not been built" not in run_autograder("release", "--no-vet", "tiny")[1]


def test_a_release_takes_what_the_built_book_has_and_links_to_nothing_else(linking: TinyCourse) -> None:
    words = link("eq-one.html", "one"), link("b.html#equation-eq-far", "<em>far</em>"), link("#here", "here")
    make_book(linking, a=" ".join(words), other="not needed")
    folder = release(linking, "tiny")
    assert not (folder / "book" / "other.html").exists()
    for file in ("a.html", "a-part.html"):
        page = (folder / "book" / file).read_text()
        assert f"{words[0]} <em>far</em> {words[2]}" in page


def test_pages_of_before_go_and_those_of_the_assignment_stay(linking: TinyCourse) -> None:
    folder = release(linking, "tiny")
    own = linking.source / "tiny" / "book" / "a.html"
    own.parent.mkdir()
    own.write_text("mine")
    (folder / "book" / "old.html").write_text("old")
    release(linking, "tiny")
    assert (folder / "book" / "a.html").read_text() == "mine"
    assert (folder / "book" / "eq-one.html").is_file()
    assert not (folder / "book" / "old.html").exists()
    with zipfile.ZipFile(pack(linking, "tiny")) as archive:
        assert archive.read("tiny/book/a.html") == b"mine"


def test_the_stock_command_brings_them_too(linking: TinyCourse) -> None:
    assert linking.nbgrader().generate_assignment("tiny")["success"]
    folder = linking.release / "tiny"
    assert "(book/eq-one.html)" in text_of(folder)
    assert (folder / "book" / "eq-one.html").is_file()


def test_where_the_book_is_published_links_lead_there(linking: TinyCourse) -> None:
    release(linking, "tiny")
    with (linking.root / CONFIG_NAME).open("a") as config:
        config.write('c.Autograder.book_url = "https://example.org/it\'s/&more/"\n')
    folder = release(linking, "tiny")
    there = "https://example.org/it's/&more/book"
    assert text_of(folder) == (
        f"[A **page**]({there}/a.html), [one]({there}/a.html#equation-eq-one), [a part]({there}/a.html#part), "
        f"[b]({there}/b.html)."
    )
    assert not (folder / "book").exists()


def test_a_private_course_carries_the_pages(linking: TinyCourse, tmp_path: Path) -> None:
    make_book(linking, a="the whole chapter")
    private, _ = new_course(linking, tmp_path / "mine")
    assert "the whole chapter" in (release(private, "tiny") / "book" / "a.html").read_text()
    make_book(linking, a="the whole new chapter")
    update_course(linking, private)
    assert "the whole new chapter" in (release(private, "tiny") / "book" / "a.html").read_text()
    (private.root / "book" / "a.md").write_text("# My own")
    make_book(linking, a="their chapter")
    update_course(linking, private)
    assert "their chapter" not in (private.root / "book" / "a.html").read_text()


def test_a_private_course_of_before_has_links_that_lead_to_what_it_knows(linking: TinyCourse, tmp_path: Path) -> None:
    private, _ = new_course(linking, tmp_path / "mine")
    assert (release(private, "tiny") / "book" / "eq-one.html").is_file(), "made of what it knows"
    (private.root / "book.json").unlink()
    shutil.rmtree(private.root / "book", ignore_errors=True)
    folder = release(private, "tiny")
    assert text_of(folder) == "A **page**, one, a part, b."
    assert not (folder / "book").exists()


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("[a [b] c](../../_build/html/book/p.html#equation-eq-x)", "[a [b] c](P#equation-eq-x)"),
        ("[p](../_build/html/book/p.html) [q](q.html)", "[p](P#) [q](q.html)"),
        ("see ../../_build/html/book/p.html.", "see P#."),
        ("[p](../../_build/html/index.html)", "[p](../../_build/html/index.html)"),
    ],
)
def test_the_forms_of_a_link(text: str, there: str) -> None:
    assert rewritten(text, lambda target: f"P#{target.anchor}") == there
    assert len(list(targets(text))) == there.count("P#")


def test_only_text_is_changed() -> None:
    notebook = tiny_notebook()
    notebook.cells[1].source = f"# [x]({BOOK}/a.html)"
    before = nbformat.writes(notebook)
    link_release(notebook, lambda target: "gone")
    assert nbformat.writes(notebook) == before


def test_a_page_is_harmless_whatever_it_is_called() -> None:
    page = html_page("<script>", "body")
    assert "<script>" not in page
    assert "default-src 'none'" in page
    assert only_to(link('x.html"', "w"), []) == link('x.html"', "w")
    assert Target("p", "equation-eq-x").file == "eq-x.html"


def test_the_repositorys_release_is_linked_to_pages_beside_it() -> None:
    for path in REPOSITORY.glob("release/*/*.ipynb"):
        assert "_build" not in path.read_text()
