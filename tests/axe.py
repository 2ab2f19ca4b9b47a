"""What axe-core, a checker of accessibility, finds wrong with a page that is open in Chromium."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page


@cache
def _script() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Return the rules that a page breaks, each with the first element that does.

    Open the page with `bypass_csp=True` if its policy lets no script run.
    """
    page.evaluate(_script())
    found = page.evaluate("axe.run()")["violations"]
    return [f"{rule['id']} ({rule['impact']}): {rule['nodes'][0]['html'][:200]}" for rule in found]
