"""Every figure that answers replaces a still one, which is there without JavaScript and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from book_pages import pages, soup
from chromium import chromium, new_page
from live_figures import PHONE, live_figure
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
# A control without a name, or one that a finger hardly meets; a canvas is one unless it is the picture on a button.
POOR = """box => [...box.querySelectorAll(`button, input, select, [tabindex="0"],
  canvas:not(button canvas, [aria-hidden="true"])`)].flatMap(control => {
  const place = control.getBoundingClientRect();
  const named = control.textContent.trim() || control.getAttribute('aria-label') || control.labels?.length;
  if (!place.width) return [];
  const large = Math.min(place.width, place.height) >= 24;
  return named && large ? [] : [`${control.outerHTML.slice(0, 90)} ${place.width} x ${place.height}`];
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def boxes(html: Path) -> list[tuple[str, str, str]]:
    """Return the page, the name and the still figure of each live figure of the book."""
    return [
        (page.stem, str(box["data-figure"]), str(box["data-still"]))
        for page in pages(html)
        for box in soup(page).select("div.live")
    ]


def test_a_still_figure_is_there_without_a_script(browser: Browser, html: Path):
    assert boxes(html)
    page = new_page(browser, java_script_enabled=False)
    for name, _, still in boxes(html):
        page.goto((html / "book" / f"{name}.html").as_uri())
        drawing = page.locator(f"#{still}").locator("svg.drawing, img").first
        assert drawing.is_visible(), (name, still)
        assert drawing.get_attribute("aria-label"), (name, still)
        assert not page.locator(".live").first.is_visible()
    page.context.close()


def test_a_live_figure_fits_a_phone_and_leaves_paper_to_the_still_one(browser: Browser, html: Path):
    for name, figure, still in boxes(html):
        with live_figure(browser, html, name, figure, viewport=PHONE, color_scheme="dark") as (page, box):
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], (name, figure)
            assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 1, (name, figure)
            assert not box.evaluate(POOR), (name, figure)
            page.emulate_media(media="print")
            assert not box.is_visible(), (name, figure)
            assert page.locator(f"#{still}").locator("svg.drawing, img").first.is_visible(), (name, figure)


def test_the_scripts_of_the_built_figures_carry_no_comments(html: Path):
    scripts = list((html / "_static" / "figures").glob("*.js"))
    assert scripts
    for script in scripts:
        lines = script.read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if line.startswith((" ", "//", "/*"))], script.name
