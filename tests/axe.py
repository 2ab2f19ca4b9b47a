"""What axe-core, a checker of accessibility, finds wrong with a page that is open in Chromium."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")


@cache
def _script() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Return the rules that a page breaks, of the given ones or of all, each with the first element that does.

    Open the page with `bypass_csp=True` if its policy lets no script run.
    """
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(_script())
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": list(TAGS)}
    # A rule that is off unless asked for: a name that does not hold the words that are seen.
    asked = {} if rules else {"rules": {"label-content-name-mismatch": {"enabled": True}}}
    options = {"runOnly": only, "resultTypes": ["violations"], **asked}
    found = page.evaluate(f"axe.run({json.dumps(options)}).then(done => done.violations)")
    return [f"{rule['id']} ({rule['impact']}): {rule['nodes'][0]['html'][:200]}" for rule in found]
