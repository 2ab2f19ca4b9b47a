"""Points as a person types them: a plain number within what the answer can earn, or a sentence on what is wrong."""

from __future__ import annotations

import re

from autograder.course.mark_scheme import NUMBER, number, points_of
from autograder.errors import UsageError

PLAIN = re.compile(NUMBER)


def typed_points(text: str, most: float, *, beyond: bool = False) -> float:
    """Return the points that a text names.

    Parameters
    ----------
    beyond
        Whether they may lie below 0 or above `most`.

    Raises
    ------
    UsageError
        If they may not, or it is not a number.
    """
    text = text.strip()
    if not text:
        raise UsageError(f"There are no points yet: choose items, or type a number from 0 to {number(most)}.")
    if not PLAIN.fullmatch(text):
        raise UsageError(
            f"{text[:20]!r} is not a number of points: type digits, with at most three after the point, like 2.5."
        )
    points = points_of(text) + 0.0  # there is no -0
    if not beyond and not 0 <= points <= most:
        raise UsageError(
            f"This answer earns 0 to {number(most)} points, not {number(points)}. If you want it so, start "
            "`autograder mark` with --beyond."
        )
    return points
