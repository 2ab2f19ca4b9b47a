"""What a file is that should be a notebook and is not one, and whom to ask for what; conflicts that cost no answer.

It looks at the beginning of a text and at where reading it failed, never at the whole of it twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from json import JSONDecodeError
from typing import TypeVar

from autograder.errors import SubmissionError

Read = TypeVar("Read")
MARKS = re.compile(r"(?m)^<{7}(?: |$)"), re.compile(r"(?m)^>{7}(?: |$)")
AGAIN = "ask the student for the .ipynb file itself"
SAVED = "ask the student to open it in Jupyter, to save it there and to hand it in again"
KINDS = (  # what a text begins with, what that is, and what to do
    (
        r"version https://git-lfs\.github\.com/",
        "a pointer of Git LFS, which stands for the file",
        f"{AGAIN} (git lfs pull)",
    ),
    (r"(?:<!--|<\?xml|<!doctype|<html|<head|<body)", "a web page", f"{AGAIN} (on GitHub, Download raw file)"),
    (r"%PDF", "a PDF document", AGAIN),
    (r"PK\x03\x04", "a zip archive", "ask the student to take the notebook out of it"),
    (r"(?:#!|# %%|# ---|import |from \w+ import |def |class |\"\"\"|%matplotlib|print\()", "a Python script", AGAIN),
)
TOO_MANY = "it is not JSON, since line {} has a comma too many: it was edited by hand"
COMMA = re.compile(r",\s*[\]}]")


def both_sides(text: str, read: Callable[[str], Read]) -> tuple[Read, Read] | None:
    """Return what a text with the marks of a conflict in git says on either side; None if a side cannot be read.

    Parameters
    ----------
    read
        Reads one side; a `ValueError` says that it cannot be read.
    """
    if not (MARKS[0].search(text) and MARKS[1].search(text)):
        return None
    ours, theirs = _sides(text)
    try:
        return read(ours), read(theirs)
    except (ValueError, RecursionError):
        return None


def _sides(text: str) -> tuple[str, str]:
    """Return a text as it was on either side of its conflicts; what both began with (diff3) is nobody's."""
    sides: tuple[list[str], list[str]] = ([], [])
    state = "both"
    for line in text.split("\n"):
        mark = line[:7] if line[7:8] in ("", " ", "\r") else ""
        if mark == "<" * 7 and state == "both":
            state = "ours"
        elif mark == "|" * 7 and state == "ours":
            state = "before"
        elif mark == "=" * 7 and state in ("ours", "before"):
            state = "theirs"
        elif mark == ">" * 7 and state == "theirs":
            state = "both"
        else:
            for side, name in zip(sides, ("ours", "theirs"), strict=True):
                if state in ("both", name):
                    side.append(line)
    return "\n".join(sides[0]), "\n".join(sides[1])


def refusal(where: str, text: str, error: Exception) -> SubmissionError:
    """Return the error for a text that is not JSON: what it is, and whom to ask for what."""
    if (ours := MARKS[0].search(text)) and MARKS[1].search(text, ours.end()):
        return SubmissionError(
            f"{where} holds two versions, with the marks of a conflict in git (<<<<<<< and >>>>>>>): ask for a file "
            "with one version."
        )
    beginning = text[:1000].lstrip()
    for pattern, kind, action in KINDS:
        if re.match(pattern, beginning, re.IGNORECASE):
            return SubmissionError(f"{where} is not a notebook: it is not JSON but {kind}; {action}.")
    what = f"it is not JSON ({error})"
    if isinstance(error, JSONDecodeError) and beginning.startswith(("{", "[")):
        around = text[max(0, error.pos - 100) : error.pos + 100]
        before, here = text[max(0, error.pos - 100) : error.pos].rstrip(), text[error.pos : error.pos + 1]
        if here in ("]", "}") and before.endswith(","):
            what = TOO_MANY.format(error.lineno)
        elif error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated"):
            what = f"it is not JSON to its end ({error}): saving or sending it has broken off"
        elif COMMA.search(around) or "trailing comma" in error.msg:
            what = TOO_MANY.format(error.lineno)
    return SubmissionError(f"{where} is not a notebook: {what}; {SAVED}.")
