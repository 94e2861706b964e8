"""Dates in the API's three forms, and ages."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.formats.dates import age, age_of, clock_time, full_date, parse_date
from tests.json_values import VALUES


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2017-08-15T12:00:00.000Z", utc(2017, 8, 15, 12)),
        ("2017-08-15T12:00:00.25Z", utc(2017, 8, 15, 12, 0, 0, 250_000)),
        ("2017-08-15T12:00:00.123456789Z", utc(2017, 8, 15, 12, 0, 0, 123_456)),
        ("2016-10-19T14:25:41-0400", utc(2016, 10, 19, 18, 25, 41)),
        ("2016-10-19T14:25:41+05:30", utc(2016, 10, 19, 8, 55, 41)),
        ("2016-10-19T23:25:41-0400", utc(2016, 10, 20, 3, 25, 41)),
        ("2016-10-19T14:25", utc(2016, 10, 19, 14, 25)),
        ("2016-10-19 14:25:41", utc(2016, 10, 19, 14, 25, 41)),
        ("2016-10-24 2:40:29 PM EDT", utc(2016, 10, 24, 18, 40, 29)),
        ("2016-10-24 2:40:29 AM EST", utc(2016, 10, 24, 7, 40, 29)),
        ("2016-10-24 12:40:29 AM UTC", utc(2016, 10, 24, 0, 40, 29)),
        ("2016-10-24 12:40:29 PM", utc(2016, 10, 24, 12, 40, 29)),
        ("2016-10-24 2:40:29 pm nst", utc(2016, 10, 24, 18, 10, 29)),
        (" 2017-08-15T12:00:00Z ", utc(2017, 8, 15, 12)),
    ],
)
def test_every_form_with_its_zone(text: str, date: datetime) -> None:
    assert parse_date(text) == date


@pytest.mark.parametrize(
    "value",
    [
        None, 5, True, [], {}, "", "yesterday", "2017-08-15", "2017-02-30T12:00:00Z", "2017-13-01T12:00:00Z",
        "2017-08-15T25:00:00Z", "2017-08-15T12:61:00Z", "2017-08-15T12:00:00+9999",
        "2016-10-24 2:40:29 PM QQQ", "2016-10-24 13:40:29 PM EDT", "2016-10-24 0:40:29 AM EDT",
        "2017-08-15T12:00:00Z and more",
        "9999-12-31T23:59:59-1400", "0001-01-01T00:00:00+1400", "٢٠١٧-08-15T12:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_date_is_none(value: Any) -> None:
    assert parse_date(value) is None


@given(VALUES)
def test_reading_a_date_never_fails(value: Any) -> None:
    date = parse_date(value)
    assert date is None or full_date(date, 0.0)


MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9998, 1, 1), timezones=st.just(timezone.utc)).map(
    lambda date: date.replace(microsecond=0)
)
ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(MOMENTS, ZONES)
def test_a_date_is_read_as_it_was_written(date: datetime, zone: timezone) -> None:
    assert parse_date(date.strftime("%Y-%m-%dT%H:%M:%S.000Z")) == date
    assert parse_date(date.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z")) == date
    assert parse_date(date.strftime("%Y-%m-%d %I:%M:%S %p UTC")) == date


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0s"), (0.4, "0s"), (45, "45s"), (59.9, "59s"), (60, "1m"), (12 * 60, "12m"), (3599, "59m"),
        (7 * 3600, "7h"), (3 * 86400, "3d"), (364 * 86400, "364d"), (365 * 86400, "1y"), (800 * 86400, "2y"),
        (-0.5, "0s"), (-90, "-1m"), (-3 * 86400, "-3d"),
    ],
)  # fmt: skip
def test_ages_are_one_short_word(seconds: float, said: str) -> None:
    assert age(seconds) == said


def test_a_date_with_its_age() -> None:
    date = utc(2026, 8, 15, 12)
    assert age_of(date, date.timestamp() + 7300) == "2h"
    assert full_date(date, date.timestamp() + 3 * 86400) == "2026-08-15 12:00:00 UTC (3d ago)"
    assert full_date(date, date.timestamp() - 60) == "2026-08-15 12:00:00 UTC (in 1m)"
    assert full_date(utc(33, 4, 3, 15), 0.0).startswith("0033-04-03 15:00:00 UTC (")


def test_the_clock_shows_the_day_only_when_it_was_another() -> None:
    now = utc(2026, 6, 15, 9, 30, 5).timestamp()
    assert clock_time(now, now) == "09:30:05"
    assert clock_time(now - 9 * 3600, now) == "00:30:05"
    assert clock_time(now - 10 * 3600, now) == "2026-06-14 23:30"
