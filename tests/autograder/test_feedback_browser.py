"""The feedback page in a browser: on a phone and on a desk, in light and dark, with a keyboard, on paper, for all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from assignment_cells import REPOSITORY
from axe import violations
from chromium import chromium, new_page
from command import autograder
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page
from tiny_course import RIGHT, TinyCourse
from told_course import WRONG_DOUBLE, hand_in, with_all

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("feedback-browser")]
WIDE = """
from IPython.display import HTML, Markdown, display
import matplotlib.pyplot as plt
print('wide ' * 200)
display(HTML('<table><tr>' + '<td>wide</td>' * 100 + '</tr></table><p style="width: 3000px">wide</p>'))
display(Markdown('$' + 'x+' * 200 + 'x$'))
plt.figure(figsize=(20, 1))
plt.plot([1, 2])
plt.show()
raise ValueError('wide' * 500)"""
LONG_NAME = "Ada" * 60
EVERYWHERE = [(scheme, width) for scheme in ("light", "dark") for width in (320, 1280)]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    """Return a course with feedback for Ada, who has mistakes, cells that are too wide and a long name, and Bob."""
    root = tmp_path_factory.mktemp("pages") / "a course"
    root.mkdir()
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    tiny = with_all(TinyCourse(root))
    hand_in(tiny, "ada", essay="word" * 500, double=f"{WRONG_DOUBLE}  # {'wide ' * 100}")
    path = tiny.submitted / "ada" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(5, new_code_cell(WIDE, id="wide"))
    nbformat.write(notebook, path)
    hand_in(tiny, "bob", **RIGHT)
    assert autograder(root, "grade", "tiny")[0] == 0
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        book.update_or_create_student("ada", first_name=LONG_NAME, last_name="King")
    assert autograder(root, "feedback", "tiny")[0] == 0
    return tiny


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def opened(browser: Browser, course: TinyCourse, student: str, scheme: str = "light", width: int = 1280) -> Page:
    """Open a page as a reader has it who wants these colours on a screen of this width."""
    size = {"width": width, "height": 800}
    page = new_page(browser, viewport=size, color_scheme=scheme, bypass_csp=True)
    page.goto(Path(course.feedback / student / "tiny" / "tiny.html").as_uri())
    return page


def unfold(page: Page) -> None:
    """Open all that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")


@pytest.mark.parametrize("student", ["ada", "bob"])
@pytest.mark.parametrize(("scheme", "width"), EVERYWHERE)
def test_everybody_can_read_it(browser: Browser, course: TinyCourse, student: str, scheme: str, width: int) -> None:
    page = opened(browser, course, student, scheme, width)
    assert violations(page) == []
    unfold(page)
    assert violations(page) == []
    page.context.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_page(browser: Browser, course: TinyCourse, width: int) -> None:
    page = opened(browser, course, "ada", width=width)
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") == width
        unfold(page)
    boxes = page.locator("pre, .own-html").evaluate_all("all => all.filter(e => e.scrollWidth > e.clientWidth).length")
    assert boxes >= 4, "what is too wide scrolls in its own box"
    page.context.close()


def test_the_first_screen_of_a_phone_says_what_is_wrong_and_what_to_try(browser: Browser, course: TinyCourse) -> None:
    page = opened(browser, course, "bob", width=390)
    assert page.get_by_role("heading", name="Nothing to mend").is_visible()
    page.context.close()
    page = new_page(browser, viewport={"width": 390, "height": 800}, bypass_csp=True)
    html = (course.feedback / "ada" / "tiny" / "tiny.html").read_text().replace(LONG_NAME, "Ada")
    page.set_content(html)
    for part in page.locator(".begin .says, .begin pre, .begin dd").all():
        box = part.bounding_box()
        assert box
        assert box["y"] + box["height"] < 800
    page.context.close()


def test_a_keyboard_is_enough(browser: Browser, course: TinyCourse) -> None:
    page = opened(browser, course, "bob")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.localName") == "summary"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None
    assert page.locator("details .own-code").first.is_visible()
    page.context.close()


def test_outcomes_differ_by_shape_and_can_be_heard(browser: Browser, course: TinyCourse) -> None:
    page = opened(browser, course, "ada")
    shapes = page.locator(".overview .mark").all_inner_texts()
    assert shapes == ["✗", "–", "↷", "…"]
    links = page.get_by_role("navigation").get_by_role("link")
    assert [link.inner_text().split(":")[0] for link in links.all()]
    assert page.get_by_role("link", name="failed: double 0 of 2").count() == 1
    page.context.close()


def test_a_link_leads_to_its_exercise(browser: Browser, course: TinyCourse) -> None:
    page = opened(browser, course, "ada")
    for link in page.locator("a[href^='#']").all():
        target = str(link.get_attribute("href"))
        assert page.locator(target).count() == 1
    page.context.close()


def test_it_prints_well(browser: Browser, course: TinyCourse) -> None:
    page = opened(browser, course, "ada", "dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".begin").is_visible()
    assert page.locator(".card.failed .tests").first.is_visible()
    assert not page.get_by_role("navigation").is_visible()
    page.context.close()


def test_no_script_is_needed_and_none_may_run(browser: Browser, course: TinyCourse) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(Path(course.feedback / "ada" / "tiny" / "tiny.html").as_uri())
    assert page.locator(".begin pre").is_visible()
    context.close()
    page = new_page(browser)
    page.goto(Path(course.feedback / "ada" / "tiny" / "tiny.html").as_uri())
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    assert page.evaluate("window.ran") is None
    page.context.close()


def test_a_fault_would_be_noticed(browser: Browser) -> None:
    page = new_page(browser)
    page.set_content('<html lang="en"><title>t</title><main><h1>t</h1><p style="color: #ccc">pale</p></main>')
    assert [found.split()[0] for found in violations(page)] == ["color-contrast"]
    page.context.close()
