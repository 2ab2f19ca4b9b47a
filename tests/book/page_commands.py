"""The commands that the instructor's pages type, in their order, for tests that run them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from assignment_cells import REPOSITORY

BLOCK = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:autograder|nbgrader|make) [^`\n]+)`")
OURS = ("autograder", "nbgrader")


@dataclass(frozen=True)
class Command:
    """A line that a page types: its words, and whether it stands alone in a block or within a sentence."""

    page: str
    text: str
    is_block: bool

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text, comments=True)


def commands(page: str) -> Iterator[Command]:
    """Yield the commands of a page in their order."""
    text = (REPOSITORY / "book" / f"{page}.md").read_text(encoding="utf-8")
    found = [(match.start(), line, True) for match in BLOCK.finditer(text) for line in _lines(match[1])]
    found += [(match.start(), match[1], False) for match in INLINE.finditer(text)]
    for _, line, is_block in sorted(found, key=lambda one: one[0]):
        if line.split()[:1] and line.split()[0] in OURS:
            yield Command(page, line, is_block)


def _lines(block: str) -> list[str]:
    return [line.strip() for line in block.replace("\\\n", " ").splitlines() if line.strip()]
