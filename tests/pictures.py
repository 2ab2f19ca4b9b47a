"""Takes the pictures of the README, of the built book and of what `make demo` has left: `make pictures`."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assignment_cells import REPOSITORY
from chromium import chromium, new_page
from playwright.sync_api import Browser

BOOK = REPOSITORY / "_build" / "html" / "index.html"
DEMO = REPOSITORY / "_build" / "demo"
NAME = "multi_layer"
REPORT = DEMO / "reports" / NAME / "report.html"
PICTURES = REPOSITORY / "book" / "_static"
EDGE, GROUND, LINE = 20, "#d7dde5", "#8a929c"


@dataclass(frozen=True)
class Part:
    """A part of a picture: a page as a window of this size shows it, scaled to a width."""

    page: Path
    window: tuple[int, int]
    width: int


def feedback_of(student: str) -> Path:
    """Return a student's page of feedback."""
    return DEMO / "feedback" / student / NAME / f"{NAME}.html"


OVERVIEW = (
    (Part(BOOK, (1000, 1010), 780),),
    (Part(REPORT, (1140, 640), 760), Part(feedback_of("fatou"), (1000, 448), 760)),
)
FEEDBACK = ((Part(feedback_of("fatou"), (780, 900), 780),), (Part(feedback_of("emil"), (390, 900), 390),))
DRAWN: Mapping[str, tuple[tuple[Part, ...], ...]] = {"overview": OVERVIEW, "feedback": FEEDBACK}


def take(browser: Browser, columns: tuple[tuple[Part, ...], ...], picture: Path) -> None:
    """Lay parts out in columns, and take a picture of them."""
    with tempfile.TemporaryDirectory() as folder:
        said = []
        for place, column in enumerate(columns):
            shown = []
            for number, part in enumerate(column):
                image = Path(folder) / f"{place}-{number}.png"
                width, height = part.window
                page = new_page(browser, viewport={"width": width, "height": height}, color_scheme="light")
                page.goto(part.page.as_uri())
                page.wait_for_load_state("networkidle")
                page.screenshot(path=image)
                page.context.close()
                shown.append(f'<img src="{image.name}" style="width: {part.width}px; outline: 1px solid {LINE}">')
            said.append(f'<div style="display: grid; gap: {EDGE}px; align-content: start">{"".join(shown)}</div>')
        layout = Path(folder) / "layout.html"
        style = f"display: inline-flex; gap: {EDGE}px; padding: {EDGE}px; margin: 0; background: {GROUND}"
        layout.write_text(f'<body style="margin: 0"><main style="{style}">{"".join(said)}</main>', encoding="utf-8")
        page = new_page(browser, viewport={"width": 2000, "height": 2000})
        page.goto(layout.as_uri())
        page.locator("main").screenshot(path=picture)
        page.context.close()


def main() -> None:
    """Take all pictures."""
    with chromium() as browser:
        for name, columns in DRAWN.items():
            take(browser, columns, PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
