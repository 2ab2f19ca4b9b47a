"""Text of unknown origin in a terminal: shown as it is, and nothing else happens.

A message may hold sequences that move the cursor, set the title or fill the clipboard; so may the name of a file.
"""

from __future__ import annotations

import re

from rich import markup

# Control characters but for tab and line feed, and those that turn the direction of writing.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Return text in which every control character has become a question mark in a box."""
    return CONTROL.sub("\ufffd", text)


def escape(text: str) -> str:
    """Return text for a rich console: no control character, no markup."""
    return markup.escape(plain(text))
