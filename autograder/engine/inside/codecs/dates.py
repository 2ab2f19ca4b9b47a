"""Dates, times and durations, as the whole numbers that they are made of; of time zones, those with a fixed offset."""

from __future__ import annotations

import datetime
from typing import Any

from ..errors import CannotCross
from ..frames import Malformed
from ..protocol import Node
from .codec import Codec, Reader, Writer

MICROSECOND = datetime.timedelta(microseconds=1)


def _clock(writer: Writer, value: datetime.time | datetime.datetime, depth: int) -> Node:
    zone = value.tzinfo
    if zone is not None and type(zone) is not datetime.timezone:
        raise CannotCross(
            f"A time in the zone {str(zone)[:100]} cannot be handed over: only zones with a fixed offset can, "
            "such as datetime.timezone.utc."
        )
    return [value.hour, value.minute, value.second, value.microsecond, writer.put(zone, depth), value.fold]


def _write_moment(writer: Writer, value: datetime.datetime, depth: int) -> Node:
    return ["datetime", value.year, value.month, value.day, *_clock(writer, value, depth)]


def _read_moment(reader: Reader, parts: Node, depth: int) -> datetime.datetime:
    *numbers, zone, fold = parts
    year, month, day, hour, minute, second, microsecond = map(_whole, numbers)
    zone = reader.get(zone, depth)
    return datetime.datetime(year, month, day, hour, minute, second, microsecond, zone, fold=_whole(fold))


def _read_time(reader: Reader, parts: Node, depth: int) -> datetime.time:
    *numbers, zone, fold = parts
    hour, minute, second, microsecond = map(_whole, numbers)
    return datetime.time(hour, minute, second, microsecond, reader.get(zone, depth), fold=_whole(fold))


def _write_duration(writer: Writer, value: datetime.timedelta, depth: int) -> Node:
    return ["timedelta", value.days, value.seconds, value.microseconds]


def _write_zone(writer: Writer, value: datetime.timezone, depth: int) -> Node:
    offset, *name = value.__getinitargs__()  # type: ignore[attr-defined]
    return ["timezone", offset // MICROSECOND, *name]


def _read_zone(reader: Reader, parts: Node, depth: int) -> datetime.timezone:
    offset, *name = parts
    zone = datetime.timezone(datetime.timedelta(microseconds=_whole(offset)), *name)
    return datetime.UTC if zone == datetime.UTC and not name else zone


def _whole(number: Any) -> int:
    if type(number) is not int:
        raise Malformed("A date is not made of whole numbers.")
    return number


moments = Codec("datetime", (datetime.datetime,), _write_moment, _read_moment)  # it is a date, too: so it comes first
dates = Codec(
    "date",
    (datetime.date,),
    write=lambda writer, value, depth: ["date", value.year, value.month, value.day],
    read=lambda reader, parts, depth: datetime.date(*map(_whole, parts)),
)
times = Codec(
    "time", (datetime.time,), lambda writer, value, depth: ["time", *_clock(writer, value, depth)], _read_time
)
durations = Codec(
    "timedelta",
    (datetime.timedelta,),
    _write_duration,
    lambda reader, parts, depth: datetime.timedelta(*map(_whole, parts)),
)
zones = Codec("timezone", (datetime.timezone,), _write_zone, _read_zone)
CODECS = (moments, dates, times, durations, zones)
