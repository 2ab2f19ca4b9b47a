"""Puts the figures into their pages, so that their lines and words take the colours of the light or the dark theme.

A picture in a file of its own cannot know the theme, and no colour has a contrast of 4.5 to 1 both to white and to
near-black. The drawings of Matplotlib are made smaller on the way.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from bs4 import BeautifulSoup, Comment, Tag

# The colours of `plotting.py` and the names of those that `book.css` sets in their stead.
COLOURS = {"#767676": "ink", "#2a7fc9": "blue", "#cc6a12": "orange", "#0f9070": "green", "#bd5f94": "pink"}
PLACE = "<!--drawing {}-->"
POINT = 4 / 3  # pixels


def take_out(page: BeautifulSoup, folder: Path) -> list[str]:
    """Replace each picture that Matplotlib drew by a comment, and return the drawings in their order."""
    drawings: list[str] = []
    for image in page.select("article img[src$='.svg']"):
        file = folder / str(image["src"])
        if not isinstance(image, Tag) or "_images/" not in str(image["src"]) or not file.is_file():
            continue
        number = len(drawings) + 1
        drawings.append(drawing(file.read_text(encoding="utf-8"), str(image.get("alt", "")), f"d{number}-"))
        image.replace_with(Comment(PLACE.format(number)[4:-3]))
    return drawings


def put_in(text: str, drawings: list[str]) -> str:
    """Put the drawings where `take_out` took the pictures."""
    for number, drawn in enumerate(drawings, 1):
        text = text.replace(PLACE.format(number), drawn, 1)
    return text


def drawing(svg: str, described: str, prefix: str) -> str:
    """Return a drawing as an element of a page; its ids begin with `prefix`."""
    size = re.search(r'<svg[^>]* width="([\d.]+)pt" height="([\d.]+)pt" viewBox="([^"]*)"', svg)
    if not size:
        raise ValueError(f"This figure is no drawing of Matplotlib: {svg[:200]}")
    width, height = (round(POINT * float(size[number]), 1) for number in (1, 2))
    inner = svg[svg.index(">", size.start()) + 1 : svg.rindex("</svg>")]
    head = f'<svg class="drawing" role="img" aria-label="{html.escape(described)}" viewBox="{size[3]}"'
    place = f'width="{width}" height="{height}" style="--natural: {width}px"'
    return f"{head} {place}>{smaller(named_apart(inner, prefix))}</svg>"


def named_apart(inner: str, prefix: str) -> str:
    """Keep only the ids that something refers to, and make them unique in the page; name panels by a class."""
    inner = re.sub(r'<g id="axes_\d+">', '<g class="panel">', inner)
    inner = inner.replace("xlink:href", "href")
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', inner))
    inner = re.sub(r' id="([^"]*)"', lambda at: f' id="{prefix}{at[1]}"' if at[1] in used else "", inner)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}", inner)


def smaller(inner: str) -> str:
    """Drop what no reader sees, round coordinates to tenths of a point, and let the theme choose the colours."""
    inner = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", inner, flags=re.DOTALL)
    inner = re.sub(r' d="([^"]*)"', lambda at: f' d="{_rounded(_joined(at[1]))}"', inner)
    inner = re.sub(r' (x|y|x1|x2|y1|y2|width|height|transform)="([^"]*\d\.\d{4}[^"]*)"', _placed, inner)
    inner = re.sub(r"<defs>\s*</defs>", "", inner)
    inner = re.sub(r"<path(?![^>]* d=)", '<path d="M0 0"', inner)  # a blank has no outline, which is not valid
    inner = re.sub(r">\s+<", "><", inner)
    return re.sub("|".join(COLOURS), lambda at: f"var(--figure-{COLOURS[at[0]]})", inner)


def _placed(found: re.Match[str]) -> str:
    value = found[2]
    # A scale has to keep its digits; a translation does not.
    if found[1] == "transform":
        value = re.sub(r"translate\([^)]*\)", lambda at: _rounded(at[0]), value)
    else:
        value = _rounded(value)
    return f' {found[1]}="{value}"'


def _rounded(text: str) -> str:
    return re.sub(r"-?\d+\.\d{2,}", lambda at: f"{float(at[0]):.1f}".removesuffix(".0"), text)


def _joined(path: str) -> str:
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", " ".join(path.split()))
