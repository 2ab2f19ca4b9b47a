"""One line of an instructor's words, such as an item of a mark scheme, as HTML: code, emphasis and formulas are set."""

from __future__ import annotations

from bs4 import BeautifulSoup
from markupsafe import Markup, escape

from autograder.shown.allowance import Allowance
from autograder.shown.formulas import set_formulas
from autograder.shown.harmless import clean_html, is_short, rendered_markdown
from autograder.shown.terminal import plain

IN_LINE = {"code", "em", "strong", "b", "i", "sub", "sup", "del", "s", "span"}


def short_text(text: str, allowance: Allowance) -> Markup:
    """Return a line as HTML that fits into a sentence; what would be more than that is shown as it is written."""
    text = plain(text)
    html = rendered_markdown(text) if is_short(text, {}, allowance) else None
    soup = BeautifulSoup(clean_html(html, allowance) if html else "", "html.parser")
    for paragraph in soup.find_all("p"):
        paragraph.unwrap()
    if not soup.get_text().strip() or any(tag.name not in IN_LINE for tag in soup.find_all(True)):
        return escape(text)
    set_formulas(soup, allowance)
    return Markup(str(soup).strip())
