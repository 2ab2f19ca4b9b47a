"""The few numbers that a class report needs: mean, median, tenths, and how one exercise goes with the others."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from autograder.pages.report.data import Discrimination, Figures

FEWEST = 20  # students for a correlation that says anything
TENTHS = 10


def figures(scores: Sequence[float], most: float, left_out: Sequence[str] = ()) -> Figures:
    """Return mean, median and distribution of scores out of `most` points."""
    bars = [0] * TENTHS
    for score in scores:
        share = score / most if most else 1.0
        bars[min(TENTHS - 1, max(0, int(share * TENTHS + 1e-9)))] += 1
    mean = statistics.fmean(scores) if scores else None
    median = float(statistics.median(scores)) if scores else None
    return Figures(len(scores), most, mean, median, tuple(left_out), tuple(bars))


def discrimination(exercise: str, rows: Sequence[Mapping[str, float | None]]) -> Discrimination:
    """Return the correlation of the points in an exercise with those in all others (item-rest).

    Parameters
    ----------
    rows
        For each student the points by exercise; None where they are not known. A student whose points in this exercise
        are not known does not count, and what is not known of the others counts for nobody.
    """
    known = {name for name in (rows[0] if rows else ()) if name == exercise or all(r[name] is not None for r in rows)}
    pairs = [
        (earned, sum(row[name] or 0.0 for name in known if name != exercise))
        for row in rows
        if (earned := row[exercise]) is not None
    ]
    if len(pairs) < FEWEST:
        return Discrimination(None, len(pairs))
    try:
        value = statistics.correlation([one for one, _ in pairs], [rest for _, rest in pairs])
    except statistics.StatisticsError:  # all have earned the same, in this exercise or in the others
        return Discrimination(None, len(pairs))
    return Discrimination(value, len(pairs))
