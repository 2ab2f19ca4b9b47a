"""What may be spent on showing one notebook: it is asked for before any parser sees a text, and what is spent is gone.

How long a text takes to clean, to render or to set depends on what stands in it. What it may come to at worst is told
here from its length and a look at its characters, in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BLANK = r"[ \t\n\f\r]"
TOKEN = re.compile(  # none of these can hold another: whatever a browser takes for a start of a tag, we see
    rf"<(?P<start>[a-z][a-z0-9:-]*+)(?:(?:{BLANK}|/)++"
    rf"""(?:[^ \t\n\f\r"'<>/=]++(?:{BLANK}*+={BLANK}*+(?:"[^"<]*+"|'[^'<]*+'|[^ \t\n\f\r"'<>=`]++))?+)?+){{0,100}}+>"""
    rf"|</(?P<end>[a-z][a-z0-9:-]*+){BLANK}*+>"
    r"|<!--(?!-?>)[^<>-]*+(?:-[^<>-]++)*+-->|<!doctype[^<>]*+>"
    r"|(?P<odd><(?=[a-z/!?]))",
    re.ASCII | re.IGNORECASE,
)
WITHOUT_END = {"br", "hr", "img", "meta", "embed"}  # within a drawing, too
STEPS_OF_A_TAG = 4  # beside one for each tag that is open around it
STEPS_OF_A_CHARACTER = 100  # of Markdown, beside one for each thing that was opened
SQUARED = 200  # of tags that cannot be told from text, so many characters hold hardly two that meet
OPENING = re.compile(r"\[|\\\(|\\begin")
PICTURE = re.compile(r"!\[|<img", re.IGNORECASE)


@dataclass
class Allowance:
    """What is left for one notebook.

    Parameters
    ----------
    bytes, outputs
        Of what is kept: bytes in UTF-8, and the number of outputs.
    html
        Steps on HTML: see `steps_of_html`.
    deepest
        Tags within tags.
    markdown
        Steps on Markdown: see `steps_of_markdown`.
    pictures
        Bytes of pictures that lie beside a text and come into it, as often as they do.
    code
        Characters of code that get colours.
    formulas
        Characters in which formulas are looked for, and of the formulas.
    """

    bytes: int
    outputs: int
    html: int
    deepest: int
    markdown: int
    pictures: int
    code: int
    formulas: int

    def take(self, what: str, amount: int) -> bool:
        """Take an amount; nothing is taken, and False returned, if less than that is left."""
        left: int = getattr(self, what)
        if amount > left:
            return False
        setattr(self, what, left - amount)
        return True

    def take_html(self, html: str) -> bool:
        """Take what it costs to clean HTML and to build it anew."""
        steps = steps_of_html(html, self.deepest)
        return steps is not None and self.take("html", steps)

    def take_markdown(self, text: str, attachments: Mapping[str, Any] | None = None) -> bool:
        """Take what it costs to render Markdown with the pictures that are attached to it."""
        sizes = [len(content) for kinds in (attachments or {}).values() for content in kinds.values()]
        pictures = len(PICTURE.findall(text)) * max(sizes, default=0)  # one may be named in every place
        steps = steps_of_markdown(text)
        return steps <= self.markdown and self.take("pictures", pictures) and self.take("markdown", steps)

    def take_block(self, text: str) -> bool:
        """Take what it costs others to render Markdown that is a block of code: they look into that, too."""
        return self.take("markdown", len(text) * len(OPENING.findall(text)))


def steps_of_html(html: str, deepest: int) -> int | None:
    """Return how many steps it may take to parse HTML and to write it again; None if it is nested too deeply.

    A tag costs one step for each tag that is open around it: parsers look through these, and where tags are closed
    in another order than they were opened, they are opened again and again. An end of a tag counts if it closes the
    tag that was opened last; so this finds no less open than any parser does. Where it cannot tell what is a tag, as in
    a script, the square of the length is an upper bound.
    """
    steps, around = html.count("&") + html.count("<"), list[str]()
    for found in TOKEN.finditer(html):
        if found["odd"]:
            return len(html) ** 2 // SQUARED
        name = (found["start"] or found["end"] or "").lower()
        if found["end"] and around and around[-1] == name:
            around.pop()
        elif name:
            steps += STEPS_OF_A_TAG + len(around)
        if found["start"] and name not in WITHOUT_END:
            around.append(name)
            if len(around) > deepest:
                return None
    return steps


def steps_of_markdown(text: str) -> int:
    """Return how many steps it may take to render Markdown: whatever opens something is looked for a close to."""
    return len(text) * (STEPS_OF_A_CHARACTER + len(OPENING.findall(text)))
