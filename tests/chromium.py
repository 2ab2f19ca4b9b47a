"""Chromium without a window, for tests that look at pages as a reader does."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]
PATIENCE = 300_000  # milliseconds that any one step may take on a busy machine
RELOADS = 10


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Start it, with further arguments, and end it at the end of the block."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "These tests need Chromium: install the package chromium and run them again."
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *more], timeout=PATIENCE)
        yield started
        started.close()


def new_page(browser: Browser, **options: Any) -> Page:
    """Open a page in a context of its own that waits long enough for a busy machine."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(PATIENCE)
    return page


def reload(page: Page, kept: Callable[[], bool]) -> None:
    """Load a page again until it shows what it has kept: Chromium may hand out what was stored a moment ago late."""
    for _ in range(RELOADS):
        page.reload()
        if kept():
            return
    raise AssertionError(f"The page has forgotten what it had kept, {RELOADS} times.")
