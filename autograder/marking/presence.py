"""Who marks which answer right now: a small file for each open page, so that all who mark this course see one another.

It locks nothing: two who are on one answer are told so, and the gradebook refuses the second of two different marks.
So nobody is kept from marking where the files cannot be written, and no disk is waited for.
"""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.marking.limits import LONGEST_NAME, MOST_PAGES, PRESENT_SECONDS
from autograder.shown.terminal import one_line

PAGE = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True)
class Place:
    """Where somebody is: an exercise and an answer, by what the page calls it."""

    who: str
    exercise: int
    answer: str


class Presence:
    """The places of all open pages of one assignment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def come(self, page: str, place: Place) -> None:
        """Say where a page is, or that it is still there."""
        path = self.folder / f"{page}.json"
        partial = path.with_suffix(".part")
        with suppress(OSError):
            partial.write_text(json.dumps(asdict(place)), encoding="utf-8")
            partial.replace(path)

    def leave(self, page: str) -> None:
        """Say that a page is closed."""
        with suppress(OSError):
            (self.folder / f"{page}.json").unlink(missing_ok=True)

    def others(self, page: str) -> list[Place]:
        """Return where all other pages are; what has not been heard of for a while is forgotten."""
        found = []
        for path in sorted(self.folder.glob("*.json"))[:MOST_PAGES]:
            with suppress(OSError, ValueError, KeyError, TypeError):  # it is closed at this moment
                if time.time() - path.stat().st_mtime > PRESENT_SECONDS:
                    path.unlink()
                elif path.stem != page:
                    said = json.loads(path.read_text(encoding="utf-8"))
                    found.append(Place(marker(str(said["who"])), int(said["exercise"]), str(said["answer"])))
        return found


def marker(name: str) -> str:
    """Return the name of somebody who marks as others are shown it."""
    return one_line(name.strip(), LONGEST_NAME) or "somebody"
