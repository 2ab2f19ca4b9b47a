"""The book on paper: what fits on one page stands on one page, and a heading stands above what it announces.

Chromium says of each anchor that something links to on which page it stands. So the page that is printed gets an anchor
at the beginning and at the end of everything that is to stay whole, and a list of links to them.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from book_pages import BOOK, ROOT
from chromium import chromium, new_page

sys.path.append(str(BOOK))
import pdf

pytestmark = pytest.mark.browser
SETTINGS = {"title": "T", "author": "A", "copyright": "C"}
PAPER = {"width": 658, "height": 964}  # pixels: A4 without the margins of pdf.css
WHOLE = "table, figure, .question, .admonition, pre"
HEADS = "h1, h2, h3, h4, p.asked, dt"

# Puts the anchors; returns of each thing what it is, how high it is, and whether it is a heading.
MARKED = """([whole, heads]) => {
  const found = [], list = document.createElement('nav');
  const mark = (name, place, before) => {
    const anchor = document.createElement('span'), link = document.createElement('a');
    anchor.id = link.textContent = name;
    anchor.textContent = '\u200b';  // what is empty stands on no page
    anchor.style = 'position: absolute; font-size: 0; line-height: 0; height: 0';
    link.href = '#' + name;
    if (before) place.prepend(anchor); else place.append(anchor);
    list.append(link, ' ');
  };
  const ends = (thing) => {
    const rows = thing.querySelectorAll('tr');
    return rows.length ? [rows[0].cells[0], rows[rows.length - 1].cells[0]] : [thing, thing];
  };
  const next = (head) => {
    let after = head;
    while (after && !after.nextElementSibling) after = after.parentElement;
    after = after?.nextElementSibling;
    while (after && after.getBoundingClientRect().height === 0) after = after.nextElementSibling;
    while (after?.firstElementChild && !after.matches('p, pre, figure, table, li, div.math, h1, h2, h3')) {
      after = [...after.children].find((child) => child.getBoundingClientRect().height > 0) ?? null;
    }
    if (after?.matches('div.math')) return null;  // a formula does not hold an anchor
    return after?.matches('table') ? after.querySelector('tr').cells[0] : after;
  };
  const add = (thing, first, last, head) => {
    const number = found.length, box = thing.getBoundingClientRect();
    mark(`from-${number}`, first, true);
    mark(`to-${number}`, last, head);
    const chapter = thing.closest('article').id, text = thing.textContent.trim().replace(/\\s+/g, ' ').slice(0, 60);
    found.push({what: `${chapter}: ${thing.tagName.toLowerCase()} ${text}`, height: box.height, head});
  };
  const shown = (selector) => [...document.querySelectorAll('article :is(' + selector + ')')]
    .filter((thing) => thing.getBoundingClientRect().height > 0);
  for (const thing of shown(whole)) add(thing, ...ends(thing), false);
  for (const head of shown(heads)) { const after = next(head); if (after) add(head, head, after, true); }
  document.body.append(list);
  return found;
}"""


def test_nothing_breaks_that_fits_on_a_page(html: Path, tmp_path: Path):
    copy = tmp_path / "html"
    shutil.copytree(html, copy)
    shutil.copy(BOOK / "pdf.css", copy / "_static" / "pdf.css")
    source, target = copy / "book" / "whole.html", tmp_path / "whole.pdf"
    source.write_text(pdf.whole(pdf.parts_of(ROOT, copy / "book"), SETTINGS, {}), encoding="utf-8")
    with chromium() as browser:
        page = new_page(browser, viewport=PAPER)
        page.emulate_media(media="print")
        page.goto(source.as_uri())
        page.evaluate("MathJax.startup.promise.then(() => document.fonts.ready).then(() => true)")
        found = page.evaluate(MARKED, [WHOLE, HEADS])
        page.pdf(path=target, prefer_css_page_size=True, print_background=True)
    pages = pdf.pages_of(target)
    assert len(found) > 1000
    broken = [
        f"{thing['what']!r}: pages {pages[f'from-{number}']} and {pages[f'to-{number}']}"
        for number, thing in enumerate(found)
        if pages[f"from-{number}"] != pages[f"to-{number}"]
        and (thing["head"] or thing["height"] < 0.9 * PAPER["height"])
    ]
    assert not broken, "\n".join(broken)
