"""Downloads whose names are known but not certain enough to be taken: which platform they are of, and how to say so."""

from __future__ import annotations

import re

from autograder.collecting.entries import Entry
from autograder.collecting.layouts.pieces import Asked

ILIAS = re.compile(r"[^_]+(?:_[^_]+){2,}_\d{2,}|Team \d+")


def hint(entries: list[Entry], asked: Asked, taken_off: int = 0) -> str:
    """Return a sentence with the pattern to give, where most folders are named as a platform names them.

    Parameters
    ----------
    taken_off
        How many folders everything lies in; a pattern starts with them, and says of no folder further down whose it is.
    """
    tops = {entry.path.parts[0] for entry in entries if len(entry.path.parts) > 1}
    unknown = {top for top in tops if not asked.is_known(top)}
    if not tops or 2 * len(unknown) <= len(tops):
        return ""
    prefix = f"{asked.name.replace('_', '-')}-".casefold()
    above = "[^/]+/" * taken_off
    for platform, fitting, pattern in (
        ("ILIAS", ILIAS.fullmatch, rf"{above}[^/]+_(?P<student>[^_/]+)_\d+/(?P<file>.+)"),
        (
            "GitHub Classroom",
            lambda top: top.casefold().startswith(prefix),
            rf"{above}{prefix}(?P<student>[^/]+)/(?P<file>.+)",
        ),
    ):
        if 2 * sum(map(bool, map(fitting, unknown))) > len(tops):
            return (
                f"This looks like a download of {platform} (there is {min(unknown)}), and such names are not always "
                f"written alike: say which part is the student, for example with --pattern '{pattern}'."
            )
    return ""
