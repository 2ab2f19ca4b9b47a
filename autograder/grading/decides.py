"""Which code of this package decides a verdict: a change of anything else grades nobody again.

Workers of a cluster compare it too, so both sides mean the same by it. It imports next to nothing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from autograder.files.digest import digest

PACKAGE = Path(__file__).parent.parent
ROOMS = ("engine", "intake", "grading", "shown")
MODULES = ("course/assignment.py", "course/cells.py", "course/draws.py", "course/names.py", "course/released_cells.py")


def deciding_files() -> list[Path]:
    """Return the source files that a verdict depends on."""
    rooms = [path for room in ROOMS for path in (PACKAGE / room).rglob("*.py")]
    return sorted([*rooms, *(PACKAGE / module for module in MODULES)])


@cache
def engine_digest() -> str:
    """Return a hash of all code that decides a verdict."""
    return digest(deciding_files(), PACKAGE)
