"""Dates, spans and what being late costs: read as people write them, right when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from autograder.course.late_rule import Amount, LateRule, told
from autograder.course.times import Span, in_words, machine_zone, read_date, shown, zone_name, zone_of
from autograder.errors import UsageError

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2027-03-01T23:59", BERLIN, datetime(2027, 3, 1, 22, 59)),
        ("2027-03-01 23:59:30", BERLIN, datetime(2027, 3, 1, 22, 59, 30)),
        ("2027-07-01", BERLIN, datetime(2027, 7, 1, 21, 59)),
        ("2027-03-01T12:00Z", BERLIN, datetime(2027, 3, 1, 12)),
        ("2027-03-01T12:00-05:00", BERLIN, datetime(2027, 3, 1, 17)),
        ("1999-12-31", NEW_YORK, datetime(2000, 1, 1, 4, 59)),
        ("2027-10-31T02:30", BERLIN, datetime(2027, 10, 31, 1, 30)),  # shown twice: the later one
    ],
)
def test_a_date_is_stored_in_utc(text: str, zone: ZoneInfo, moment: datetime) -> None:
    assert read_date(text, zone) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2027-02-30",
        "2027-13-01",
        "tomorrow",
        "",
        "2027-03-28T02:30",
        "0001-01-01T00:00",
        "9999-12-31T23:59Z",
        "12:00",
        "nan",
    ],
)
def test_a_date_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a date|does not exist in Europe/Berlin|too far away"):
        read_date(text, BERLIN)


def test_a_date_is_shown_with_its_zone() -> None:
    assert shown(datetime(2027, 3, 1, 22, 59), BERLIN) == "2027-03-01 23:59 CET (Europe/Berlin)"
    assert shown(datetime(2027, 7, 1, 21, 59), BERLIN) == "2027-07-01 23:59 CEST (Europe/Berlin)"
    assert shown(datetime(2027, 3, 1, 23, 59), UTC) == "2027-03-01 23:59 UTC"


def test_the_zone_of_this_machine_is_known_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert zone_name(zone_of("")) == "America/New_York"
    monkeypatch.delenv("TZ")
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Asia/Tokyo")
    monkeypatch.setattr("autograder.course.times.LOCALTIME", link)
    assert zone_name(machine_zone()) == "Asia/Tokyo"
    monkeypatch.setattr("autograder.course.times.LOCALTIME", tmp_path)
    assert shown(datetime(2027, 3, 1), machine_zone())


@pytest.mark.parametrize("name", ["Europe/Bärlin", "Mars/Phobos", "../../etc/passwd", "/etc/localtime", "a\0b"])
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no time zone"):
        zone_of(name)


@pytest.mark.parametrize(
    ("text", "span"),
    [("3d", Span(3)), ("1w2d", Span(9)), ("36h", Span(0, 2160)), ("1d 12h", Span(1, 720)), ("15min", Span(0, 15))],
)
def test_a_span_is_read(text: str, span: Span) -> None:
    assert Span.read(text) == span


def test_what_is_no_span_and_no_amount_is_refused() -> None:
    for text in ("-3d", "nan", "3", "d", "", "1.5d", "99999999d", "3d!"):
        with pytest.raises(UsageError, match="is not a span of time"):
            Span.read(text)
    for text in ("-10%", "nan", "inf", "101%", "ten", "", "1e3", "10%%"):
        with pytest.raises(UsageError, match="is not an amount"):
            Amount.read(text)
    assert not Span.read("0")


def test_three_days_after_midnight_it_is_midnight_though_the_clocks_change() -> None:
    due = read_date("2027-03-27T23:59", BERLIN)
    assert Span(3).after(due, BERLIN) == read_date("2027-03-30T23:59", BERLIN)
    assert Span(0, 72 * 60).after(due, BERLIN) == read_date("2027-03-31T00:59", BERLIN)


@pytest.mark.parametrize(
    ("due", "handed_in", "days"),
    [
        ("2027-03-01T23:59", "2027-03-01T23:59", 0),
        ("2027-03-01T23:59", "2027-03-02T00:14", 0),  # the grace
        ("2027-03-01T23:59", "2027-03-02T00:15", 1),
        ("2027-03-01T23:59", "2027-03-03T00:14", 1),  # the days begin after it
        ("2027-03-01T23:59", "2027-03-03T00:15", 2),
        ("2027-10-30T23:59", "2027-11-01T00:14", 1),  # a day of 25 hours
        ("2027-10-30T23:59", "2027-11-01T00:15", 2),
        ("2027-03-27T23:59", "2027-03-29T00:14", 1),  # a day of 23 hours
        ("2027-03-27T23:59", "2027-03-29T00:15", 2),
    ],
)
def test_a_day_counts_once_it_has_begun(due: str, handed_in: str, days: int) -> None:
    rule = LateRule(Amount.read("10%"), None, Span.read("15m"))
    assert rule.days(read_date(due, BERLIN), read_date(handed_in, BERLIN), BERLIN) == days


@pytest.mark.parametrize(
    ("per_day", "cap", "days", "off"),
    [
        ("10%", None, 2, 16), ("10%", "50%", 9, 40), ("2", None, 3, 6), ("2", "5", 3, 5), ("50", None, 3, 80),
        ("10%", "5", 1, 5), ("0", None, 5, 0), ("100%", None, 1, 80),
    ],
)  # fmt: skip
def test_what_is_taken_off_eighty_points(per_day: str, cap: str | None, days: int, off: float) -> None:
    rule = LateRule(Amount.read(per_day), Amount.read(cap) if cap else None)
    assert rule.penalty(80, days) == pytest.approx(off)
    shares = rule.shares({"one": 60, "two": 20, "none": 0}, days)
    assert sum(shares.values()) == pytest.approx(off)
    assert shares["one"] == pytest.approx(3 * shares["two"])
    assert rule.penalty(0, days) == 0


def test_how_a_rule_reads() -> None:
    rule = LateRule(Amount.read("10%"), Amount.read("50%"), Span.read("1d15m"))
    assert str(rule) == "10% per day that has begun, at most 50%, after a grace of 1d15m"
    assert str(LateRule(Amount.read("1"), Amount.read("5"))) == "1 point per day that has begun, at most 5 points"
    assert told(Span()) == "0"
    assert [in_words(seconds) for seconds in (0, 59, 3600, 90_061)] == [
        "0 seconds", "59 seconds", "1 hour", "1 day 1 hour",
    ]  # fmt: skip
