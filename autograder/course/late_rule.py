"""What handing in late costs: a part of the points for each day that has begun, up to a cap, after a grace.

It computes and remembers nothing; who was late, and which rule holds, the records know.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from autograder.course.times import Span
from autograder.errors import UsageError

AMOUNT = re.compile(r"(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})\s*(%?)")
ALL = 100.0  # percent
NO_TIME = Span()


@dataclass(frozen=True)
class Amount:
    """So many points, or so many percent of the points that were earned."""

    value: float
    is_percent: bool

    @classmethod
    def read(cls, text: str) -> Amount:
        """Return what a text like `10%` or `2.5` says.

        Raises
        ------
        UsageError
            If it is not such a number, or more than 100%.
        """
        found = AMOUNT.fullmatch(text.strip())
        if not found or (found[2] and float(found[1]) > ALL):
            raise UsageError(
                f"{text!r} is not an amount: write percent of the earned points like 10%, at most 100%, or points "
                "like 2."
            )
        return cls(float(found[1]), bool(found[2]))

    def of(self, points: float) -> float:
        """Return how many points it is, where so many were earned."""
        return points * self.value / ALL if self.is_percent else self.value

    def __str__(self) -> str:
        return f"{self.value:g}%" if self.is_percent else f"{self.value:g} point{'' if self.value == 1 else 's'}"


@dataclass(frozen=True)
class LateRule:
    """The rule: so much per day, at most so much, and how late still counts as in time."""

    per_day: Amount
    cap: Amount | None = None
    grace: Span = NO_TIME

    def penalty(self, points: float, days: int) -> float:
        """Return what being late for so many days takes off so many points; never more than there are."""
        most = points if self.cap is None else min(points, self.cap.of(points))
        return max(0.0, min(days * self.per_day.of(points), most))

    def shares(self, points: Mapping[str, float], days: int) -> dict[str, float]:
        """Return what is taken off each notebook of a submission: as large a part of each."""
        total = sum(points.values())
        part = self.penalty(total, days) / total if total > 0 else 0.0
        return {name: part * earned for name, earned in points.items()}

    def days(self, due: datetime, handed_in: datetime, zone: tzinfo) -> int:
        """Return how many days have begun between the end of the grace and handing in, by the clocks of a zone."""
        begin = self.grace.after(due, zone)
        if handed_in <= begin:
            return 0
        count = max(1, math.ceil((handed_in - begin) / timedelta(days=1)))
        while count > 1 and handed_in <= Span(count - 1).after(begin, zone):
            count -= 1
        while handed_in > Span(count).after(begin, zone):
            count += 1
        return count

    def __str__(self) -> str:
        if not self.per_day.value:
            return "no penalty"
        cap = f", at most {self.cap}" if self.cap else ""
        grace = f", after a grace of {told(self.grace)}" if self.grace else ""
        return f"{self.per_day} per day that has begun{cap}{grace}"


def told(span: Span) -> str:
    """Return a span in short: `1d12h`, `15m`."""
    hours, minutes = divmod(span.minutes, 60)
    parts = (f"{span.days}d" if span.days else "", f"{hours}h" if hours else "", f"{minutes}m" if minutes else "")
    return "".join(parts) or "0"
