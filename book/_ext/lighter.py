"""Makes what the pages load smaller: no rules of style for what no page has, no parts of MathJax that others need.

The themes style everything that a book might have; ours uses a tenth of it. A rule stays if every class and id in one
of its selectors stands somewhere in a page or in a script.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import tinycss2
from tinycss2.ast import Node

NAME = re.compile(r"[A-Za-z_][\w-]*")
SHEETS = ("styles/*.css", "mystnb.*.css", "sphinx-design.min.css")
UNUSED = ("scripts/fontawesome.js*", "scripts/bootstrap.js*", "scripts/*.map", "styles/*.map", "vendor/fontawesome")
MATHJAX = ("tex-*", "mml-*", "latest.js", "node-main.js", "sre", "ui", "adaptors", "a11y/[!a]*")
MATHJAX += ("input/mml*", "input/asciimath.js", "input/tex-full.js", "output/svg*")


def lighten(html: Path) -> None:
    """Make the files beside the pages of a finished book smaller."""
    static = html / "_static"
    for pattern in (*UNUSED, *(f"mathjax/{name}" for name in MATHJAX)):
        for path in static.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    used = names(html)
    for pattern in SHEETS:
        for sheet in static.glob(pattern):
            sheet.write_text(purged(sheet.read_text(encoding="utf-8"), used), encoding="utf-8")
    for script in (*static.glob("figures/*.js"), static / "narrow.js"):
        script.write_text(bare(script.read_text(encoding="utf-8")), encoding="utf-8")
    for sheet in (*static.glob("figures/*.css"), static / "book.css"):
        plain = re.sub(r"/\*[^*]*\*/\s*", "", sheet.read_text(encoding="utf-8"))
        sheet.write_text(re.sub(r"\s*\n\s*", "\n", plain), encoding="utf-8")
    pages = "".join(page.read_text(encoding="utf-8") for page in html.rglob("*.html"))
    for picture in (html / "_images").glob("*.svg"):
        if picture.name not in pages:
            picture.unlink()


def names(html: Path) -> set[str]:
    """Return all words of the pages' tags and of the scripts that they load."""
    found: set[str] = set()
    for page in html.rglob("*.html"):
        for value in re.findall(r'\b(?:class|id)="([^"]*)"', page.read_text(encoding="utf-8")):
            found |= set(value.split())
    for script in (*html.glob("_static/*.js"), *html.glob("_static/scripts/*.js")):
        found |= set(NAME.findall(script.read_text(encoding="utf-8")))
    return found


def bare(script: str) -> str:
    """Return a script of ours without indents and without lines that are comments; it has no texts of several lines."""
    if any(line.count("`") % 2 for line in script.splitlines()):
        raise ValueError("A text in backticks spans lines: its indents cannot be told from those of the code.")
    return re.sub(r"^(?:\s*(?://.*|/\*\*(?:[^*]|\*(?!/))*\*/)$\n?|[^\S\n]+)", "", script, flags=re.MULTILINE)


def purged(sheet: str, used: set[str]) -> str:
    """Return a style sheet without the rules that match nothing."""
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return "".join(_kept(rule, used) for rule in rules)


def _kept(rule: Node, used: set[str]) -> str:
    if rule.type == "at-rule":
        if rule.at_keyword == "font-face" and "Font Awesome" in rule.serialize():
            return ""
        if rule.at_keyword in {"media", "supports", "layer"} and rule.content is not None:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            kept = "".join(_kept(child, used) for child in inner)
            return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{kept}}}" if kept else ""
        return _squeezed(rule.serialize())
    if rule.type != "qualified-rule":
        return ""
    selectors = [one for one in _split(rule.prelude) if matches(one, used)]
    return f"{','.join(selectors)}{{{_squeezed(tinycss2.serialize(rule.content))}}}" if selectors else ""


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _split(prelude: list[Node]) -> list[str]:
    parts: list[list[Node]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [str(tinycss2.serialize(part)).strip() for part in parts]


def matches(selector: str, used: set[str]) -> bool:
    """Return whether the pages have all classes and ids that a selector asks for; what is in brackets only narrows."""
    bare, before = selector, ""
    while bare != before:
        bare, before = re.sub(r"\[[^\]]*\]|:[\w-]+\([^()]*\)|::?[\w-]+", "", bare), bare
    return all(name in used for name in re.findall(r"[.#](-?[A-Za-z_][\w-]*)", bare.replace("\\", "")))
