"""Text of unknown origin in a terminal: shown as it is, and nothing else happens.

A message may hold sequences that move the cursor, set the title or fill the clipboard; so may the name of a file.
"""

from __future__ import annotations

import re

EMPTY = "[none][/none]"
# Control characters but for tab and line feed, and those that turn the direction of writing.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
# What is not seen, and parts or turns what is: soft hyphens, spaces of no width, marks of direction, tags (Unicode's
# category Cf). Joiners stay, which Persian, Hindi and emojis need, and signs of that category that are seen.
UNSEEN = re.compile(
    "[\xad\u061c\u180e\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)


def plain(text: str) -> str:
    """Return text in which every control character has become a question mark in a box, without what is not seen."""
    return CONTROL.sub("\ufffd", UNSEEN.sub("", text))


def one_line(text: str, longest: int = 100) -> str:
    """Return a name as it may stand in a sentence: it moves no cursor, and it ends somewhere."""
    text = plain(text).replace("\t", " ").replace("\n", " ")
    return text if len(text) <= longest else f"{text[: longest - 1]}\u2026"


def escape(text: str) -> str:
    """Return text for a rich console: no control character, no markup.

    An empty tag parts what could be read as a tag, or as a backslash that escapes one; rich's own function misses some.
    """
    return re.sub(r"\\+|\[", lambda found: found[0] + found[0].strip("[") + EMPTY, plain(text))
