"""Dates and spans of time as people write and read them; what is stored is UTC.

A day is a day on the wall: three days after 23:59 it is 23:59, whether the clocks change meanwhile or not.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.errors import UsageError

LOCALTIME = Path("/etc/localtime")
SPAN = re.compile(r"(?:(\d{1,4})w)?(?:(\d{1,4})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m(?:in)?)?")
YEARS = (1900, 9000)  # so that whatever is added stays a date
END_OF_DAY = time(23, 59)


@dataclass(frozen=True)
class Span:
    """A length of time: days on the wall, and minutes."""

    days: int = 0
    minutes: int = 0

    @classmethod
    def read(cls, text: str) -> Span:
        """Return the span that a text like `3d`, `1w`, `36h` or `1d12h` says.

        Raises
        ------
        UsageError
            If it is something else.
        """
        found = SPAN.fullmatch(text.strip().replace(" ", ""))
        if not found or not any(found.groups()):
            if text.strip() == "0":
                return cls()
            raise UsageError(f"{text!r} is not a span of time: write it like 3d, 36h, 90m or 1w2d.")
        weeks, days, hours, minutes = (int(number or 0) for number in found.groups())
        return cls(7 * weeks + days, 60 * hours + minutes)

    def __bool__(self) -> bool:
        return bool(self.days or self.minutes)

    def after(self, moment: datetime, zone: tzinfo) -> datetime:
        """Return the moment (UTC) that comes so much after another one (UTC), by the clocks of a zone."""
        here = local(moment, zone)
        wall = here.replace(tzinfo=None, fold=0) + timedelta(days=self.days)
        return _utc(wall.replace(tzinfo=zone)) + timedelta(minutes=self.minutes)


def zone_of(name: str) -> tzinfo:
    """Return the time zone of this name; the machine's own if the name is empty.

    Raises
    ------
    UsageError
        If there is no such zone.
    """
    if not name:
        return machine_zone()
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(
            f"There is no time zone {name!r}: name one like Europe/Berlin, America/New_York or UTC."
        ) from error


def machine_zone() -> tzinfo:
    """Return the time zone of this machine, by its name if it tells one."""
    told = os.environ.get("TZ", "").lstrip(":")
    for name in (told, str(LOCALTIME.resolve()).partition("/zoneinfo/")[2]):
        try:
            if name and (told == name or not told):
                return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            continue
    found = datetime.now().astimezone().tzinfo
    return found or UTC


def zone_name(zone: tzinfo) -> str:
    """Return the name of a zone, as `zone_of` takes it; empty if the machine's zone has no name."""
    return getattr(zone, "key", "") or ("UTC" if zone is UTC else "")


def read_date(text: str, zone: tzinfo) -> datetime:
    """Return the moment, in UTC, that a text like `2027-03-01T23:59` names.

    A day without a time means its last minute; an offset in the text (`+01:00`, `Z`) counts instead of the zone. Of
    two moments that the clocks show twice when they go back, it is the later one.

    Raises
    ------
    UsageError
        If there is no such date, or the clocks leave it out.
    """
    text = text.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a date: write it like 2027-03-01T23:59, or 2027-03-01 for the end of that day ({error})."
        ) from error
    if re.fullmatch(r"\d{4}-?\d\d-?\d\d|\d{4}-?W\d\d(-?\d)?", text):
        found = datetime.combine(found.date(), END_OF_DAY)
    try:
        if not YEARS[0] <= found.year <= YEARS[1]:
            raise OverflowError(found.year)
        if found.tzinfo is not None:
            return _utc(found)
        moment = _utc(found.replace(tzinfo=zone, fold=1))
        shown_again = local(moment, zone).replace(tzinfo=None, fold=0)
    except OverflowError as error:
        raise UsageError(f"{text!r} is too far away to be a due date.") from error
    if shown_again != found:
        raise UsageError(
            f"{text!r} does not exist in {zone_name(zone) or 'this time zone'}: the clocks go forward then. Name "
            "another time."
        )
    return moment


def shown(moment: datetime, zone: tzinfo) -> str:
    """Return a moment (UTC) as people read it, with its zone."""
    here, name = local(moment, zone), zone_name(zone)
    short = here.tzname() or ""
    told = f"{short} ({name})" if name and name.rpartition("/")[2] != short else short or name
    return f"{here:%Y-%m-%d %H:%M} {told}"


def in_words(seconds: float) -> str:
    """Return a length of time in words, its two largest units: `2 days 3 hours`."""
    told: list[str] = []
    left = round(seconds)
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, length)
        if count and len(told) < 2:
            told.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(told) or "0 seconds"


def local(moment: datetime, zone: tzinfo) -> datetime:
    """Return a moment (UTC, as the gradebook has it) as the clocks of a zone show it."""
    return moment.replace(tzinfo=UTC).astimezone(zone)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
