"""The page of puzzles in Chromium: judged by Python where the browser has it, and of use where it has not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import violations
from book_pages import soup
from chromium import chromium, new_page, reload
from playwright.sync_api import Browser, Page, expect
from test_book_browser import DESKTOP, PHONE, served

pytestmark = pytest.mark.browser
PAGE = "book/puzzles.html"
PYTHON = Path("lite", "static", "pyodide")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def bare(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what the page needs, without Python."""
    folder = tmp_path_factory.mktemp("bare")
    shutil.copytree(html / "_static", folder / "_static")
    (folder / "book").mkdir()
    for name in ("puzzles.html", "puzzles_to_solve.py"):
        shutil.copy(html / "book" / name, folder / "book")
    return folder


def form(page: Page, name: str):
    return page.locator(f".puzzle-form[data-puzzle={name}]")


def test_the_page_shows_every_puzzle_without_a_script(html: Path, browser: Browser):
    page = new_page(browser, java_script_enabled=False)
    page.goto((html / PAGE).as_uri())
    assert page.locator(".puzzle-form:visible").count() == 0
    assert page.locator(".puzzle-form + details, .puzzle-form ~ details").count() >= 20
    expect(page.get_by_text("Y = X.T")).to_be_visible()
    assert page.get_by_role("link", name="the puzzles as a script").get_attribute("href") == "puzzles_to_solve.py"
    page.context.close()


def test_opened_as_a_file_it_says_how_to_work_on_them(html: Path, browser: Browser):
    page = new_page(browser)
    page.goto((html / PAGE).as_uri())
    expect(page.locator(".puzzle-progress")).to_contain_text("download the script named above")
    assert page.locator(".puzzle-form:visible").count() == 0
    page.context.close()


def test_without_python_beside_the_book_it_says_how_to_work_on_them(bare: Path, browser: Browser):
    with served(bare) as address:
        page = new_page(browser)
        page.goto(f"{address}/{PAGE}")
        expect(page.locator(".puzzle-progress")).to_have_text("0 of 10 solved")
        transpose = form(page, "transpose")
        transpose.locator("textarea").fill("dX = dY")
        transpose.get_by_role("button").click()
        expect(transpose.get_by_role("status")).to_contain_text("this copy of the book came without it")
        reload(page, lambda: transpose.locator("textarea").input_value() == "dX = dY")
        page.context.close()


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_the_forms_are_for_everybody(bare: Path, browser: Browser, size: dict[str, int], theme: str):
    with served(bare) as address:
        page = new_page(browser, viewport=size, color_scheme=theme)
        page.goto(f"{address}/{PAGE}")
        expect(form(page, "softmax")).to_be_visible()
        page.evaluate(
            "document.querySelectorAll('.puzzle-says').forEach((one, k) => {"
            " one.textContent = 'dX[0] is 1.'; one.classList.add(k % 2 ? 'right' : 'wrong'); })"
        )
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.context.close()


def test_no_answer_is_shipped(html: Path):
    texts = [soup(html / PAGE).get_text()]
    texts += [(html / "_static" / f"puzzles{part}.js").read_text() for part in ("", "-worker", "-python")]
    texts.append((html / "book" / "puzzles_to_solve.py").read_text())
    for text in texts:
        for answer in ("dY[0] + dY[1]", "np.add.at", "W.T @", "dY.T", "dY.reshape", "(X == Y)", "ones_like(X)"):
            assert answer not in text


@pytest.mark.long
def test_python_in_the_browser_judges(html: Path, browser: Browser):
    if not (html / PYTHON / "pyodide.mjs").is_file():
        pytest.skip("This book was built without Python for the browser.")
    with served(html) as address:
        page = new_page(browser)
        elsewhere = []
        page.on("request", lambda request: elsewhere.append(request.url) if "127.0.0.1" not in request.url else None)
        page.goto(f"{address}/{PAGE}")

        def check(name: str, lines: str, says: str, keys: bool = False) -> None:
            area = form(page, name).locator("textarea")
            area.fill(lines)
            area.press("Control+Enter") if keys else form(page, name).get_by_role("button").click()
            expect(form(page, name).get_by_role("status")).to_contain_text(says, timeout=300_000)

        check("transpose", "dX = dY.reshape(X.shape)", "but central differences of the forward line give")
        check("transpose", "dX = dY.T", "Right: dX agrees with central differences in all", keys=True)
        expect(page.locator(".puzzle-progress")).to_have_text("1 of 10 solved")
        check("sum", "while True:\n    pass", "Stopped: your lines ran for 10 seconds.")
        check("copy", "dX = dY.sum(axis=0)", "Right: ")
        reload(page, lambda: page.locator(".puzzle-progress").inner_text() == "2 of 10 solved")
        assert form(page, "copy").locator("textarea").input_value() == "dX = dY.sum(axis=0)"
        assert elsewhere == []
        page.context.close()
