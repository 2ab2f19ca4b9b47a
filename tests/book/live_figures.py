"""Opens a live figure of the built book as a reader does, for the tests of single figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chromium import new_page
from playwright.sync_api import Browser, Locator, Page

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@contextmanager
def live_figure(browser: Browser, html: Path, page: str, figure: str, **options: Any) -> Iterator[tuple[Page, Locator]]:
    """Open a page from its file; yield it and the box of a figure, which has to come to life without a complaint."""
    window = new_page(browser, **{"viewport": DESKTOP, **options})
    complaints: list[str] = []
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.goto((html / "book" / f"{page}.html").as_uri())
    box = window.locator(f'.live[data-figure="{figure}"]')
    box.and_(window.locator('[data-state="ready"]')).wait_for()
    yield window, box
    assert not complaints, complaints
    window.context.close()


def said(box: Locator, words: str) -> None:
    """Wait until a figure says these words to a screen reader."""
    box.locator(".live-says", has_text=words).wait_for(state="attached")
