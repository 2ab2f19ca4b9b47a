"""The class report in a browser: on a phone and on a desk, in light and dark, with a keyboard, on paper, for all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import violations
from chromium import chromium, new_page
from command import autograder
from playwright.sync_api import Browser, Page
from reported_class import reported_class

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("feedback-browser")]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the page of one assignment, the one without names, and the one of all assignments."""
    course = reported_class(tmp_path_factory.mktemp("report") / "a course")
    for words in (["tiny"], ["tiny", "--anonymous"], []):
        assert autograder(course.root, "report", *words)[0] == 0
    folder = course.reports / "tiny"
    return {
        "one": folder / "report.html",
        "without names": folder / "report-anonymous.html",
        "all": course.reports / "report.html",
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def opened(browser: Browser, path: Path, scheme: str = "light", width: int = 1280) -> Page:
    """Open a page for axe, which its policy would not let run."""
    size = {"width": width, "height": 800}
    page = new_page(browser, viewport=size, color_scheme=scheme, bypass_csp=True)
    page.goto(path.as_uri())
    return page


def names(page: Page) -> list[str]:
    """Return the ids of the students who are shown, in order."""
    return page.locator("table.students tbody tr:visible .id").all_inner_texts()


def test_everybody_can_read_it(browser: Browser, pages: dict[str, Path]) -> None:
    everywhere = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 390)]
    for name, path in pages.items():
        for scheme, width in everywhere if name == "one" else (everywhere[0], everywhere[-1]):
            page = opened(browser, path, scheme, width)
            page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") == width, "what is wider scrolls by itself"
            page.context.close()


def test_a_keyboard_sorts_and_filters(browser: Browser, pages: dict[str, Path]) -> None:
    page = new_page(browser, viewport={"width": 1280, "height": 800})
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.goto(pages["one"].as_uri())
    score = page.locator("table.students th", has_text="Score")
    score.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert score.get_attribute("aria-sort") == "ascending"
    first = names(page)
    page.keyboard.press("Enter")
    assert score.get_attribute("aria-sort") == "descending"
    assert names(page)[0] in ("hugo", "ines")
    assert first[-1] in ("hugo", "ines")
    assert set(first[:4]) == {"fay", "gita", "mia", "zoe"}, "who has no score is below 0"
    page.get_by_label("State").select_option("refused")
    assert set(names(page)) == {"gita", "mia"}
    page.get_by_label("Name or id").fill("rao")
    assert names(page) == ["gita"]
    assert page.get_by_role("status").inner_text() == "1 of 11 students"
    page.get_by_label("Name or id").fill("")
    page.get_by_label("State").select_option("late")
    assert names(page) == ["hugo"]
    assert troubles == [], "the policy allows this script"
    page.context.close()


def test_without_a_script_everything_is_there_and_no_other_may_run(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["one"].as_uri())
    assert len(names(page)) == 11
    assert page.locator(".filter").is_hidden()
    assert page.locator("th button").count() == 0
    context.close()
    page = new_page(browser)
    page.goto(pages["one"].as_uri())
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    assert page.evaluate("window.ran") is None
    page.context.close()


def test_it_prints_all_it_has(browser: Browser, pages: dict[str, Path]) -> None:
    page = opened(browser, pages["one"], "dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".filter").is_hidden()
    region = page.locator(".tall")
    assert region.evaluate("box => box.scrollHeight <= box.clientHeight + 1"), "nothing is cut off"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".tests").first.is_visible()
    page.context.close()
