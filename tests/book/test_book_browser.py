"""Every page as a reader meets it, in Chromium: nothing is fetched from elsewhere, and all of it works."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from book_pages import pages
from chromium import chromium, new_page
from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


class Quiet(SimpleHTTPRequestHandler):
    """Serves the book without a line on stderr for each file."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address(html: Path) -> Iterator[str]:
    with served(html) as found:
        yield found


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def visit(browser: Browser, url: str, theme: str, size: dict[str, int]) -> tuple[Page, list[str], list[str]]:
    """Open a page and return it with the requests to other hosts and the complaints of its scripts."""
    page = new_page(browser, color_scheme=theme, viewport=size)
    foreign: list[str] = []
    complaints: list[str] = []
    here = urlsplit(url).netloc
    page.on("request", lambda r: foreign.append(r.url) if _host(r.url) not in {"", here} else None)
    page.on("response", lambda r: complaints.append(f"{r.status} {r.url}") if _lost(r.status, r.url) else None)
    page.on("console", lambda m: complaints.append(m.text) if _wrong(m) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.wait_for_function("window.MathJax === undefined || MathJax.startup?.promise !== undefined")
    page.evaluate("window.MathJax ? MathJax.startup.promise.then(() => true) : true")
    return page, foreign, complaints


def _lost(status: int, url: str) -> bool:
    # The browser itself asks for favicon.ico at the top, where the redirecting page names no icon.
    return status >= 400 and not url.endswith("/favicon.ico")


def _wrong(message: ConsoleMessage) -> bool:
    return message.type == "error" and not message.location["url"].endswith("/favicon.ico")


def _host(url: str) -> str:
    return urlsplit(url).netloc if url.startswith(("http", "ws")) else ""


@pytest.mark.parametrize(
    ("size", "theme"),
    [
        pytest.param(DESKTOP, "light", id="desktop-light"),
        pytest.param(PHONE, "dark", id="phone-dark", marks=pytest.mark.long),  # axe opens every page like that, too
    ],
)
def test_every_page_works_by_itself(browser: Browser, html: Path, address: str, size: dict[str, int], theme: str):
    names = [f"book/{page.name}" for page in pages(html)] + ["search.html?q=softmax", "index.html"]
    faults = []
    for name in names:
        page, foreign, complaints = visit(browser, f"{address}/{name}", theme, size)
        theme_now = page.evaluate("document.documentElement.dataset.theme")
        formulas = page.locator("span.math, div.math").count()
        rendered = page.locator("mjx-container").count()
        broken = page.locator("mjx-merror, [data-mjx-error]").count()
        beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        checks = {
            "asks other hosts": foreign,
            "complains": complaints,
            f"is not {theme}": theme_now != theme,
            "has formulas that are not rendered": rendered < formulas,
            "has formulas with errors": broken,
            "is wider than the screen": beyond > 0,
        }
        faults += [f"{name} {what}: {seen}" for what, seen in checks.items() if seen]
        page.context.close()
    assert not faults, "\n".join(faults)


def test_a_foreign_request_would_be_noticed(browser: Browser, tmp_path: Path):
    (tmp_path / "stray.html").write_text("<img src='http://other.invalid/x.png'><script>nonsense()</script>")
    with served(tmp_path) as address:
        page, foreign, complaints = visit(browser, f"{address}/stray.html", "light", PHONE)
        page.context.close()
    assert foreign == ["http://other.invalid/x.png"]
    assert any("nonsense" in complaint for complaint in complaints)


def test_folded_code_opens_without_a_script(browser: Browser, html: Path, address: str):
    page = new_page(browser, java_script_enabled=False)
    page.goto(f"{address}/book/scores-to-probabilities.html")
    folded = page.locator("details.hide").first
    assert folded.get_attribute("open") is None
    folded.locator("summary").click()
    assert folded.locator("pre").first.is_visible()
    page.context.close()
