"""Every page of the built book, visited once in Chromium: what the tests of accessibility and of boxes look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from axe import violations
from chromium import new_page
from playwright.sync_api import Browser, Page

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
BOXES = "div.math, mjx-container[display='true'], div.highlight pre, div.cell_output pre, figure, table"
SETTLED = "new Promise(done => setTimeout(() => requestAnimationFrame(() => done(true)), 250))"

# What is wider than the box that it stands in: its kind, its beginning, how wide it is and how wide its place.
WIDE = """selector => [...document.querySelectorAll(`article :is(${selector})`)].flatMap(inner => {
  let box = inner;
  while (box.scrollWidth <= box.clientWidth + 1 && box.parentElement.tagName !== 'ARTICLE') box = box.parentElement;
  if (box.scrollWidth <= box.clientWidth + 1 || !inner.offsetParent) return [];
  const look = getComputedStyle(box);
  const text = (inner.querySelector('mjx-assistive-mml, figcaption') ?? inner).textContent.trim().slice(0, 70);
  return [{what: inner.tagName.toLowerCase(), text, wide: box.scrollWidth, place: box.clientWidth,
    scrolls: ['auto', 'scroll'].includes(look.overflowX), focus: box.tabIndex >= 0,
    named: box.hasAttribute('aria-label') || box.tagName === 'FIGURE', faded: look.maskImage !== 'none'}];
})"""

# A formula or a drawing has thousands of elements that inherit one colour, code has a span for each word, and the field
# guide has hundreds of entries: axe looks at one or two of each kind, which saves nine tenths of its time.
THINNED = """() => {
  for (const fold of document.querySelectorAll('article details')) fold.open = true;
  for (const fold of document.querySelectorAll('details.bugs')) {
    for (const bug of [...fold.querySelectorAll('.bug')].slice(2)) bug.remove();
  }
  for (const math of document.querySelectorAll('mjx-container:not(.scrolls) > mjx-math')) {
    const box = math.getBoundingClientRect();
    math.style.cssText += `display:inline-block;width:${box.width}px;height:${box.height}px`;
    math.replaceChildren();
  }
  for (const math of document.querySelectorAll('mjx-assistive-mml')) math.replaceChildren('formula');
  for (const drawing of document.querySelectorAll('svg.drawing')) drawing.replaceChildren();
  const seen = new Set();
  for (const span of document.querySelectorAll('pre span')) {
    if (span.children.length) continue;
    if (seen.has(span.className)) span.replaceWith(span.textContent);
    seen.add(span.className);
  }
  for (const pre of document.querySelectorAll('pre')) pre.normalize();
}"""

# The colours of the words in the drawings, with what is behind them; words on a picture are black or white on purpose.
WORDS = """() => [...document.querySelectorAll('svg.drawing')].flatMap(drawing => {
  const behind = getComputedStyle(document.body).backgroundColor;
  const own = drawing.querySelector('image') ? ['rgb(0, 0, 0)', 'rgb(255, 255, 255)'] : [];
  const fills = new Set([...drawing.querySelectorAll('use')]
    .filter(glyph => !/-m[0-9a-f]{10}$/.test(glyph.getAttribute('href'))).map(glyph => getComputedStyle(glyph).fill));
  return [...fills].filter(fill => !own.includes(fill)).map(fill => ({fill, behind,
    figure: drawing.closest('figure')?.id ?? ''}));
})"""


@dataclass
class Visit:
    """What was found on a page."""

    name: str
    wide: dict[int, list[dict]] = field(default_factory=dict)
    sideways: dict[int, int] = field(default_factory=dict)
    words: list[dict] = field(default_factory=list)
    figures: int = 0
    beyond: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    focusable_formulas: int = 0
    folds: list[dict] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


# Figures whose drawing or picture lies beyond the edge of the box that they stand in.
BEYOND = """() => [...document.querySelectorAll('article figure')].flatMap(figure => {
  const edge = figure.getBoundingClientRect().right + 1;
  const parts = [...figure.querySelectorAll('svg.drawing, img')];
  return figure.offsetParent && parts.some(part => part.getBoundingClientRect().right > edge) ? [figure.id] : [];
})"""
# Formulas in a line of words that end beyond the box that they stand in: nobody sees their end.
CUT = """() => [...document.querySelectorAll('article mjx-container:not([display=true])')].flatMap(formula => {
  if (!formula.offsetParent || formula.closest('table')) return [];
  const edge = formula.closest('p, li, dd, div').getBoundingClientRect().right + 2;
  const drawn = formula.querySelector('mjx-math').getBoundingClientRect();
  return drawn.right > edge ? [formula.querySelector('mjx-assistive-mml').textContent] : [];
})"""
# Commas and full stops that a line begins with, after a formula.
STRAYS = """() => [...document.querySelectorAll('article mjx-container:not([display=true])')].flatMap(formula => {
  const after = formula.parentElement.matches('span.math') ? formula.parentElement.nextSibling : formula.nextSibling;
  if (after?.nodeType !== 3 || !/^[,.;:!?)]/.test(after.textContent) || !formula.offsetParent) return [];
  const range = document.createRange();
  range.setStart(after, 0);
  range.setEnd(after, 1);
  const below = range.getBoundingClientRect().top >= formula.getBoundingClientRect().bottom - 2;
  return below ? [formula.querySelector('mjx-assistive-mml').textContent + after.textContent.slice(0, 20)] : [];
})"""
FOLDS = """() => [...document.querySelectorAll('article details > summary')].map(summary => ({
  words: summary.innerText.trim().replace(/\\s+/g, ' '), label: summary.getAttribute('aria-label'),
  choice: summary.parentElement.matches('.choice')}))"""


def settle(page: Page, size: dict[str, int], theme: str) -> None:
    """Show a page in a size and a mode."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(size)
    page.evaluate(SETTLED)


def visit(page: Page, path: Path, combinations: tuple[tuple[dict[str, int], str], ...]) -> Visit:
    """Open a page and look at it in the given sizes and modes."""
    found = Visit(path.name)
    settle(page, DESKTOP, "light")
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    page.evaluate("window.MathJax?.startup ? MathJax.startup.promise.then(() => true) : true")
    found.folds = page.evaluate(FOLDS)
    found.focusable_formulas = page.locator("mjx-container[tabindex]:not(.scrolls)").count()
    page.evaluate("document.querySelectorAll('article details').forEach(fold => { fold.open = true; })")
    for size, theme in ((DESKTOP, "light"), (PHONE, "dark")):
        settle(page, size, theme)
        found.wide[size["width"]] = page.evaluate(WIDE, BOXES)
        found.sideways[size["width"]] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found.words += page.evaluate(WORDS)
    found.figures = page.locator("article figure").count()
    found.beyond, found.cut, found.strays = (page.evaluate(look) for look in (BEYOND, CUT, STRAYS))
    page.evaluate(THINNED)
    for size, theme in combinations:
        settle(page, size, theme)
        found.violations += [f"{size['width']} {theme} {fault}" for fault in violations(page)]
    return found


def visits(browser: Browser, html: Path, combinations: tuple[tuple[dict[str, int], str], ...]) -> Iterator[Visit]:
    """Visit every page of the book, in one window."""
    page = new_page(browser, viewport=DESKTOP)
    for path in [*sorted((html / "book").glob("*.html")), html / "genindex.html", html / "search.html"]:
        yield visit(page, path, combinations)
    page.context.close()
