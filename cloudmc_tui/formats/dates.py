"""Dates as the API sends them, and ages as people read them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from cloudmc_tui.language import N_, _, current

_ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0,
    "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "IST": 5.5, "JST": 9,
}  # fmt: skip
"""Hours east of UTC of the zone names that may follow a date; CloudMC's own servers say EST or EDT."""

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?$",
    re.ASCII | re.IGNORECASE,
)
_TWELVE_HOURS = re.compile(
    r"(\d{4}-\d\d-\d\d) (\d{1,2})(:\d\d:\d\d) ([AP])M(?: ([A-Z]{1,4}))?$", re.ASCII | re.IGNORECASE
)


def parse_date(text: object) -> datetime | None:
    """Read a date in any of the API's three forms.

    They are ``2017-08-15T12:00:00.000Z``, ``2016-10-19T14:25:41-0400`` and
    ``2016-10-24 2:40:29 PM EDT``. A date without a zone is taken as UTC.

    Returns:
        the date in UTC, or none when it is something else.
    """
    try:
        date = _read(text.strip()) if isinstance(text, str) else None
        return date and date.astimezone(timezone.utc)
    except (ValueError, OverflowError):  # no such day or zone; out of the calendar's range
        return None


def _read(text: str) -> datetime | None:
    if match := _ISO.match(text):
        day, time, fraction, zone = match.groups()
        microseconds = int((fraction or "0").ljust(6, "0")[:6])
        return datetime.fromisoformat(f"{day}T{time}").replace(microsecond=microseconds, tzinfo=_offset(zone))
    if match := _TWELVE_HOURS.match(text):
        day, hour, rest, half, zone = match.groups()
        east = _ZONES.get((zone or "UTC").upper())
        if east is not None and 1 <= int(hour) <= 12:
            hours = int(hour) % 12 + (12 if half in "Pp" else 0)
            return datetime.fromisoformat(f"{day}T{hours:02}{rest}").replace(
                tzinfo=timezone(timedelta(hours=east))
            )
    return None


def _offset(zone: str | None) -> timezone:
    if zone is None or zone in "Zz":
        return timezone.utc
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))


_STEPS = (
    (N_("{count}y"), 365 * 86400),
    (N_("{count}d"), 86400),
    (N_("{count}h"), 3600),
    (N_("{count}m"), 60),
    (N_("{count}s"), 1),
)


def age(seconds: float) -> str:
    """A span of time in one short word: ``"45s"``, ``"12m"``, ``"7h"``, ``"3d"``, ``"2y"``.

    Args:
        seconds: how long; a negative one (a date in the future) gets a minus sign.
    """
    sign = "-" if seconds <= -1 else ""
    for step, length in _STEPS:
        if abs(seconds) >= length or length == 1:
            return sign + _steps(step, int(abs(seconds) // length), current())
    return ""


@lru_cache(maxsize=4096)
def _steps(step: str, count: int, _language: str) -> str:
    """So many steps, in words: lists have many that are alike."""
    return _(step, count=count)


def age_of(date: datetime, now: float) -> str:
    """How old a date is.

    Args:
        date: with its zone.
        now: seconds since the epoch.
    """
    return age(now - date.timestamp())


def full_date(date: datetime, now: float) -> str:
    """A date in UTC with its age: ``"2026-08-15 12:00:00 UTC (3d ago)"``."""
    text = f"{day_and_time(date.astimezone(timezone.utc), '%H:%M:%S')} UTC"
    seconds = now - date.timestamp()
    if seconds >= 0:
        return _("{date} ({age} ago)", date=text, age=age(seconds))
    return _("{date} (in {age})", date=text, age=age(-seconds))


def day(moment: datetime) -> str:
    """A day in the language's order: ``"2026-08-15"``, ``"15/08/2026"``."""
    return _("{year:04}-{month:02}-{day:02}", year=moment.year, month=moment.month, day=moment.day)


def day_and_time(moment: datetime, time: str = "%H:%M") -> str:
    """A day in the language's order, with its time: ``"2026-08-15 12:00"``.

    Args:
        moment: in the zone that it is to be shown in.
        time: how much of the time, for :meth:`~datetime.datetime.strftime`.
    """
    return f"{day(moment)} {moment.strftime(time)}"


def clock_time(when: float, now: float) -> str:
    """A moment as the local clock shows it; with its date when it was another day.

    Args:
        when: seconds since the epoch.
        now: seconds since the epoch.
    """
    moment, today = datetime.fromtimestamp(when), datetime.fromtimestamp(now)
    return moment.strftime("%H:%M:%S") if moment.date() == today.date() else day_and_time(moment)
