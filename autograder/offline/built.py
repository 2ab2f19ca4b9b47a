"""Takes the articles out of the built book: a page for each chapter, equation and section that somebody may link to.

Formulas become MathML, figures lie in the page itself, folds need no script. What only works in the built book, such as
buttons and the code of drawings, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from markupsafe import escape

from autograder.offline.links import EQUATION, FOLDER, Target
from autograder.offline.page import html_page, way_to
from autograder.shown.formulas import is_wide, mathml

TEX = re.compile(r"\\[(\[](.*)\\[)\]]", re.DOTALL)
TOKEN = "\ue000{}\ue001"  # stands for a formula that has been set, so that nobody parses it again
TOKENS = re.compile("\ue000(\\d+)\ue001")
HEADING = re.compile(r"(</?)h[34]>")
HERE = re.compile(r'href="#([^"]+)"')
FIGURE = re.compile(r"<figure.*?</figure>", re.DOTALL)
NOT_TAKEN = (
    "script, button, a.headerlink, svg, details.above-input, .sd-summary-state-marker, .toctree-wrapper, .in-browser"
)
KEPT = {"alt", "class", "colspan", "href", "id", "open", "role", "rowspan", "scope", "src", "start", "tabindex"}
SAFE = " !$&'()*+,-./:;=?@[]^_`{|}~"  # characters that stand in an address as they are


def articles(html: Path, targets: Collection[Target]) -> dict[str, str]:
    """Return the pages of the chapters that targets lie on, of all equations there, and of sections that are targets.

    Parameters
    ----------
    html
        The folder of the built book; a chapter that is not in it is left out.
    targets
        What is linked to.
    """
    found: dict[str, str] = {}
    for name in sorted({target.page for target in targets}):
        path = html / FOLDER / f"{name}.html"
        if path.is_file():
            soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
            if isinstance(article := soup.find("article"), Tag):
                found |= dict(Article(name, article, path.parent).pages(targets))
    return found


@dataclass
class Article:
    """An article of the built book, which is changed in place; `folder` is where its page lies."""

    name: str
    article: Tag
    folder: Path
    formulas: list[tuple[str, str]] = field(default_factory=list)  # as they were written, and as they are drawn

    def pages(self, targets: Collection[Target]) -> Iterator[tuple[str, str]]:
        """Yield the names and the pages of the chapter, of its equations, and of its sections among the targets."""
        self._simplify()
        title = self._text(self.article.h1) or self.name
        yield Target(self.name).file, html_page(title, self._drawn(self.article.decode_contents()))
        for tag in self.article.find_all(class_="equation", id=True):
            target = Target(self.name, str(tag["id"]))
            words, label = f"Equation {self._text(tag.find(class_='eqno'))}".strip(), _label(tag)
            first = str(tag).replace(f' id="{target.anchor}"', "", 1)
            top = f'<h1>{words}, <code>{escape(label)}</code></h1>\n<div class="first">{first}</div>'
            section = tag.find_parent("section")
            body = f"{top}\n{way_to(target, title)}\n{self._part(section) if section else ''}"
            yield target.file, html_page(f"{words}, {label}", self._drawn(body))
        for section in self.article.find_all("section", id=True):
            target = Target(self.name, str(section["id"]))
            if target in targets:
                heading = self._text(section.find(HEADINGS))
                body = f"<h1>{escape(heading)}</h1>\n{way_to(target, title)}\n{self._part(section, heading=False)}"
                yield target.file, html_page(f"{heading}: {title}", self._drawn(body))

    def _simplify(self) -> None:
        """Leave what stands in a page by itself."""
        for tag in self.article.select(NOT_TAKEN):
            tag.decompose()
        for tag in self.article.find_all(tabindex=True):
            del tag["tabindex"]
        for tag in self.article.find_all(class_="math"):
            self._set(tag)
        for tag in self.article.select(".admonition.dropdown"):
            tag.name = "details"
            if title := tag.find(class_="admonition-title"):
                title.name = "summary"
        for image in self.article.find_all("img"):
            _embed(image, self.folder)
        for link in self.article.find_all("a"):
            _lead(link)
        for tag in self.article.find_all(True):
            tag.attrs = {key: value for key, value in tag.attrs.items() if key in KEPT}
        for tag in self.article.find_all(["table", "pre"]):
            tag["tabindex"] = "0"  # what is too wide can be scrolled by keyboard
        for tag in self.article.find_all("th"):
            if (words := self._text(tag)) and not TOKENS.sub("", tag.get_text()).strip():
                name_formula(tag, words)

    def _set(self, tag: Tag) -> None:
        """Set the formula of an element as MathML, with its number behind it; what cannot be set stays as it is."""
        number = tag.find(class_="eqno")
        number = number.extract() if isinstance(number, Tag) else None
        found, is_displayed = TEX.search(tag.get_text()), tag.name == "div"
        drawn = mathml(found[1].strip(), display=is_displayed) if found else ""
        if drawn:
            tag.string = TOKEN.format(len(self.formulas))
            self.formulas.append((found[1] if found else "", drawn))
        if not is_displayed:
            return
        tag["class"], inner = "equation" if number else "formula", tag
        if number:
            inner = Tag(name="div", attrs={"class": "formula"})
            inner.extend(list(tag.children))
            tag.extend([inner, number])
        if is_wide(drawn):
            inner["tabindex"] = "0"  # it can be scrolled by keyboard

    def _part(self, section: Tag, *, heading: bool = True) -> str:
        """Return a section without its figures and without the sections in it."""
        left_out = ["section", "h1"] if heading else ["section", *HEADINGS]
        html = FIGURE.sub("", "".join(str(part) for part in section.children if _name(part) not in left_out))
        html = HERE.sub(
            lambda href: href[0] if f' id="{href[1]}"' in html else f'href="{self.name}.html#{href[1]}"', html
        )
        return HEADING.sub(r"\1h2>", html)

    def _drawn(self, html: str) -> str:
        return TOKENS.sub(lambda token: self.formulas[int(token[1])][1], html)

    def _text(self, tag: object) -> str:
        words = " ".join(tag.get_text().split()) if isinstance(tag, Tag) else ""
        return TOKENS.sub(lambda token: self.formulas[int(token[1])][0], words)


HEADINGS = ["h1", "h2", "h3", "h4"]


def name_formula(head: Tag, words: str) -> None:
    """Let the heading of a column that is a formula alone be read as words: not every reader takes it for text."""
    drawn, heard = Tag(name="span", attrs={"aria-hidden": "true"}), Tag(name="span", attrs={"class": "heard"})
    drawn.extend(list(head.children))
    heard.string = words
    head.extend([drawn, heard])


def _name(part: object) -> str:
    return part.name if isinstance(part, Tag) else ""


def _label(equation: Tag) -> str:
    """Return the label that is printed below an equation, or else its anchor."""
    below = equation.find_next_sibling()
    printed = below.code if isinstance(below, Tag) and "used-in" in (below.get("class") or []) else None
    return printed.get_text() if printed else str(equation["id"]).removeprefix(EQUATION)


def _embed(image: Tag, folder: Path) -> None:
    """Put a drawing into the page; of another picture, or one that is missing, its words are left."""
    path = folder / str(image.get("src", ""))
    if path.suffix == ".svg" and path.is_file():
        drawing = " ".join(path.read_text(encoding="utf-8").split())
        image["src"] = f"data:image/svg+xml,{quote(drawing, safe=SAFE)}"
    else:
        image.replace_with(NavigableString(f"[{image.get('alt', '')}]"))


def _lead(link: Tag) -> None:
    """Keep a link to a place of the book or of the web; of another one, its words are left."""
    href = str(link.get("href", ""))
    if re.fullmatch(r"https?://.*|[\w-]+\.html(#[\w.:-]+)?|#[\w.:-]+", href):
        link.attrs = {"href": href}
        words = Tag(name="span")
        words.extend(list(link.children))
        link.append(words)
    else:
        link.unwrap()
