"""Links into the book: the one form that source notebooks have, and the forms that students get.

A source notebook links to the book that is built beside it. A release links to where the book is published, or else to
a page of its own for each place in the book: JupyterLab shows the top of a page, whatever part of it a link names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FOLDER = "book"  # of the pages beside a notebook, and of the chapters in the built book
EQUATION = "equation-"
_ADDRESS = r"(?:\.\./)+_build/html/book/(?P<page>[\w-]+)\.html(?:#(?P<anchor>[\w-]+))?"
ADDRESS = re.compile(_ADDRESS)
LINK = re.compile(rf"(?<!!)\[(?P<words>(?:[^\[\]]|\[[^\[\]]*\])*)\]\({_ADDRESS}\)")


@dataclass(frozen=True)
class Target:
    """A place in the book: a page, and the anchor of an equation or a section on it."""

    page: str
    anchor: str = ""

    @property
    def file(self) -> str:
        """The page beside the notebook that shows this place."""
        if self.anchor.startswith(EQUATION):
            return f"{self.anchor.removeprefix(EQUATION)}.html"
        return f"{self.page}-{self.anchor}.html" if self.anchor else f"{self.page}.html"

    @property
    def address(self) -> str:
        """The place in the built book, from its top folder."""
        return f"{FOLDER}/{self.page}.html" + (f"#{self.anchor}" if self.anchor else "")


def targets(text: str) -> Iterator[Target]:
    """Yield the places that the links of a source text lead to."""
    return (_target(found) for found in ADDRESS.finditer(text))


def rewritten(text: str, leads: Callable[[Target], str]) -> str:
    """Return a source text with other links into the book.

    Parameters
    ----------
    leads
        What a link has to lead to; if that is empty, only the words of the link are left.
    """

    def link(found: re.Match[str]) -> str:
        href = leads(_target(found))
        return f"[{found['words']}]({href})" if href else found["words"]

    return ADDRESS.sub(lambda found: leads(_target(found)) or found[0], LINK.sub(link, text))


def _target(found: re.Match[str]) -> Target:
    return Target(found["page"], found["anchor"] or "")
