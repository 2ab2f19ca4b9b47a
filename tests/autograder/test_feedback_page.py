"""The feedback page as its student reads it: where to begin, what is wrong, the call that shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from test_stock_commands import nbgrader
from tiny_course import RIGHT, TinyCourse, tiny_notebook
from told_course import SAID, WRONG_DOUBLE, hand_in, with_all

from autograder.course.book import Book
from autograder.course.course import CONFIG_NAME

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def course(tiny: TinyCourse) -> TinyCourse:
    """Return the tiny course with all that a page can show."""
    return with_all(tiny)


def page(course: TinyCourse, student: str) -> BeautifulSoup:
    """Return a page of feedback."""
    return BeautifulSoup((course.feedback / student / "tiny" / "tiny.html").read_text(encoding="utf-8"), "html.parser")


def card(found: BeautifulSoup, name: str) -> Tag:
    """Return the card of an exercise."""
    return next(one for one in found.select(".card") if one.code and one.code.get_text() == name)


def text(tag: Tag | None) -> str:
    """Return what can be read, in one line."""
    assert tag is not None
    return " ".join(tag.get_text(" ").split())


@pytest.fixture
def graded(course: TinyCourse, run_autograder: Run) -> TinyCourse:
    """Return the course with one student, Ada, graded: `double` is wrong, `square` is missing."""
    hand_in(course, "ada", double=WRONG_DOUBLE)
    assert run_autograder("grade", "tiny")[0] == 0
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        book.update_or_create_student("ada", first_name="Ada", last_name="<b>King</b>")
    return course


def test_it_begins_with_what_most_depends_on(graded: TinyCourse, run_autograder: Run) -> None:
    assert run_autograder("feedback", "tiny")[0] == 0
    found = page(graded, "ada")
    assert text(found.h1) == "Ada <b>King</b>"
    assert "3 of 8 points" in text(found.header)
    assert "4 points more wait for a person, who reads An essay" in text(found.header)
    begin = text(found.select_one(".begin"))
    assert "Where to begin: double" in begin
    assert SAID in begin
    assert "1 later exercise is right in itself, but fails because of it" in begin


def test_a_card_says_what_is_wrong_and_shows_it(graded: TinyCourse, run_autograder: Run) -> None:
    assert run_autograder("feedback", "tiny")[0] == 0
    wrong = card(page(graded, "ada"), "double")
    assert "Exercise 1: twice" in text(wrong)
    assert "points" not in text(wrong.h2)
    assert "0 of 2" in text(wrong)
    assert [text(one) for one in wrong.select(".example code")] == ["x = 1.0 double ( x )", "3.0", "2.0"]
    assert "Read on: equation (1.2) in chapter 1, Numbers." in text(wrong)
    assert not wrong.select(".see a"), "no link while nobody says where the book is"
    lines = [text(line) for line in wrong.select(".tests li")]
    assert lines == [
        "✗ failed: visible double(2) is wrong",
        "✗ failed: A released comment 0 of 2 wrong at 21",
    ]
    assert "return 3 * x" in wrong.select_one("details").get_text()


def test_what_follows_on_is_quiet_and_what_is_right_takes_a_line(course: TinyCourse, run_autograder: Run) -> None:
    hand_in(course, "ada", double=WRONG_DOUBLE, square=RIGHT["square"])
    assert run_autograder("grade", "tiny")[0] == run_autograder("feedback", "tiny")[0] == 0
    found = page(course, "ada")
    quiet = card(found, "quadruple")
    assert (
        text(quiet.select_one(".quiet")) == "Right in itself: this failed because of double, from an earlier exercise."
    )
    assert "Four times a number" in text(quiet.details)
    assert not quiet.select(".says, .example")
    right = card(found, "square")
    assert right.name == "details"
    assert text(right.summary) == "✓ passed: square 3 of 3: all right"
    assert len(right.select(".tests li")) == 2


def test_what_is_not_begun_says_so_once(graded: TinyCourse, run_autograder: Run) -> None:
    assert run_autograder("feedback", "tiny")[0] == 0
    open_one = card(page(graded, "ada"), "square")
    assert text(open_one).count("as it was handed out") == 1
    assert [text(line) for line in open_one.select(".tests li")] == [
        "– not attempted: A released comment 0 of 1",
        "– not attempted: A released comment 0 of 2",
    ]


def test_a_written_answer_waits_and_shows_no_0(graded: TinyCourse, run_autograder: Run) -> None:
    assert run_autograder("feedback", "tiny")[0] == 0
    essay = card(page(graded, "ada"), "essay")
    assert "4 points open" in text(essay)
    assert "This is graded by a person, and has not been yet." in text(essay)
    assert "0 of 4" not in text(essay)
    assert essay.em
    assert "secret" not in str(page(graded, "ada"))
    with Gradebook(f"sqlite:///{graded.gradebook}") as book:
        grade = book.find_grade("essay", "tiny", "tiny", "ada")
        grade.manual_score, grade.needs_manual_grade = 3, False
        comment = book.find_comment("essay", "tiny", "tiny", "ada")
        comment.manual_comment = "Well <i>put</i>"
        book.db.commit()
    assert run_autograder("feedback", "tiny")[0] == 0
    found = page(graded, "ada")
    assert "6 of 12 points" in text(found.header)
    assert "3 of 4" in text(card(found, "essay"))
    assert "What a person says: Well <i>put</i>" in text(card(found, "essay"))


def test_without_a_published_book_the_page_shows_the_equation_and_no_link(
    graded: TinyCourse, run_autograder: Run
) -> None:
    assert run_autograder("feedback", "tiny")[0] == 0
    found = card(page(graded, "ada"), "double")
    assert text(found.select_one(".see")) == "Read on: equation (1.2) in chapter 1, Numbers."
    assert text(found.select_one(".formula math")) == "2 x"
    links = [link["href"] for link in page(graded, "ada").find_all("a")]
    assert [href for href in links if not href.startswith("#")] == []
    assert {href[1:] for href in links} <= {tag["id"] for tag in page(graded, "ada").find_all(id=True)}


def test_where_the_book_is_on_the_web_there_are_links(graded: TinyCourse, run_autograder: Run) -> None:
    with (graded.root / CONFIG_NAME).open("a") as config:
        config.write('c.Autograder.book_url = "https://example.org/our-book/"\n')
    assert run_autograder("feedback", "tiny")[0] == 0
    (link,) = card(page(graded, "ada"), "double").select(".see a")
    assert link["href"] == "https://example.org/our-book/book/a.html#equation-eq-double"
    assert card(page(graded, "ada"), "double").select_one(".formula math")
    with (graded.root / CONFIG_NAME).open("a") as config:
        config.write('c.Autograder.book_url = "javascript:alert(1)"\n')
    code, _, err = run_autograder("feedback", "tiny")
    assert code != 0
    assert "book_url" in err


def test_links_of_the_notebooks_say_where_an_equation_is_if_there_is_no_book(tiny: TinyCourse) -> None:
    notebook = tiny_notebook()
    words = (
        "Read [Numbers](../../_build/html/book/a.html) and [twice $x$](../../_build/html/book/a.html#equation-eq-dw)."
    )
    notebook.cells[0].source = words
    tiny.write_source(notebook)
    place = Book.of(tiny, "tiny").place("eq:dW")
    assert place
    assert (place.words, place.href) == ("twice x, in the chapter Numbers", "")
    assert Book.of(tiny, "tiny").place("eq:none") is None


def test_the_page_needs_nothing_beside_it(graded: TinyCourse, run_autograder: Run) -> None:
    assert run_autograder("feedback", "tiny")[0] == 0
    assert [path.name for path in graded.feedback.rglob("*") if path.is_file()] == ["tiny.html"]
    html = (graded.feedback / "ada" / "tiny" / "tiny.html").read_text()
    assert not re.search(r"<script|<link|@import|url\(|src=.(?!data:)", html)
    assert "default-src 'none'" in html


def test_the_stock_command_makes_the_same_page(graded: TinyCourse, run_autograder: Run) -> None:
    assert run_autograder("feedback", "tiny")[0] == 0
    path = graded.feedback / "ada" / "tiny" / "tiny.html"
    ours = path.read_text()
    path.unlink()
    done = nbgrader(graded.root, "generate_feedback", "tiny", "--force")
    assert done.returncode == 0, done.stderr
    assert path.read_text() == ours
    config = graded.root / CONFIG_NAME
    before = "[GetGrades, ExerciseTable, HideTests, CSSHTMLHeaderPreprocessor]"
    config.write_text(
        config.read_text()
        .replace("import FeedbackPage", "import ExerciseTable, HideTests")
        .replace("[GetGrades, FeedbackPage]", before)
        .replace("import ClearMetadataPreprocessor", "import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor")
    )
    path.unlink()
    assert nbgrader(graded.root, "generate_feedback", "tiny", "--force").returncode == 0
    assert path.read_text() == ours, "with a configuration from before"


@pytest.mark.parametrize("schema", [3, 4, 5])
def test_verdicts_from_before_have_a_page_without_diagnoses(
    graded: TinyCourse, run_autograder: Run, schema: int
) -> None:
    path = graded.reports / "tiny" / "verdicts" / "ada.json"
    body = json.loads(path.read_text())
    del body["diagnoses"]
    path.write_text(json.dumps({**body, "schema": schema}))
    assert run_autograder("feedback", "tiny")[0] == 0
    found = page(graded, "ada")
    assert SAID not in text(found)
    assert "Where to begin: double wrong at 21" in text(found.select_one(".begin"))


def test_what_nbgrader_alone_has_graded_has_a_page(graded: TinyCourse, run_autograder: Run) -> None:
    (graded.reports / "tiny" / "verdicts" / "ada.json").unlink()
    assert run_autograder("feedback", "tiny")[0] == 0
    found = page(graded, "ada")
    assert "✗ failed: A released comment 0 of 2" in text(card(found, "double"))
    assert "wrong at 21" not in text(found)
    assert "21" not in found.get_text().replace("2 1", "")


def test_a_given_function_that_was_changed_is_named_kindly(course: TinyCourse, run_autograder: Run) -> None:
    hand_in(course, "ada", **RIGHT)
    path = course.submitted / "ada" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.id == "given").source = "import cmath"
    nbformat.write(notebook, path)
    assert run_autograder("grade", "tiny")[0] == run_autograder("feedback", "tiny")[0] == 0
    note = text(page(course, "ada").select_one(".notes"))
    assert note.startswith("Before grading cmath, math in the locked cell given were changed; they were graded as")
    assert note.endswith("Nothing is taken off for this.")
    assert "tamper" not in text(page(course, "ada"))


def test_own_cells_are_folded_and_do_nothing(course: TinyCourse, run_autograder: Run) -> None:
    hand_in(course, "ada", essay="# Top\n\n**so** $\\frac{1}{2}$ [a](#exercise-1)", **RIGHT)
    path = course.submitted / "ada" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    at = next(i for i, cell in enumerate(notebook.cells) if cell.id == "square")
    notebook.cells.insert(at, new_code_cell("print('</pre><script>1</script>')", id="mine"))
    notebook.cells.insert(0, new_code_cell("print('first of all')", id="first"))
    nbformat.write(notebook, path)
    assert run_autograder("grade", "tiny")[0] == run_autograder("feedback", "tiny")[0] == 0
    found = page(course, "ada")
    assert not found.select("script, [onclick]")
    assert "</pre><script>1</script>" in text(card(found, "double"))
    assert "first of all" in text(found.select_one(".rest details"))
    essay = card(found, "essay")
    assert essay.math
    assert "$" not in text(essay)
    assert not essay.select("a, h1")
    assert all(tag.find_parent("details") for tag in found.select(".own-code, .own-text, .own-output"))


def test_the_formgraders_comment_says_what_is_wrong(graded: TinyCourse) -> None:
    with Gradebook(f"sqlite:///{graded.gradebook}") as book:
        said = book.find_comment("double", "tiny", "tiny", "ada").comment
        assert said == f"{SAID}\nx = 1.0; double(x)  # yours: 3.0, right: 2.0"
        assert book.find_comment("square", "tiny", "tiny", "ada").comment == "No response."


def test_try_says_what_is_wrong_and_shows_it(course: TinyCourse, run_autograder: Run, tmp_path: Path) -> None:
    hand_in(course, "ada", double=f"def double(x):\n    raise ValueError({'[b]' + chr(27) + ']0;x' + chr(7)!r})")
    code, out, _ = run_autograder("try", str(course.submitted / "ada" / "tiny" / "tiny.ipynb"))
    assert code == 0
    assert "double: double raises ValueError" in out
    assert "\n    x = 0.0\n    double(x)\n" in out
    assert "# yours: raises ValueError: [b]" in out
    assert "# right: 0.0" in out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", out)
