"""Dates as the API sends them, and ages as people read them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0,
    "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "IST": 5.5, "JST": 9,
}  # fmt: skip
"""Hours east of UTC of the zone names that may follow a date; CloudMC's own servers say EST or EDT."""

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?$", re.IGNORECASE
)
_TWELVE_HOURS = re.compile(r"(\d{4}-\d\d-\d\d) (\d{1,2}:\d\d:\d\d) ([AP]M)(?: ([A-Z]{1,4}))?$", re.IGNORECASE)


def parse_date(text: object) -> datetime | None:
    """Read a date in any of the API's three forms.

    They are ``2017-08-15T12:00:00.000Z``, ``2016-10-19T14:25:41-0400`` and
    ``2016-10-24 2:40:29 PM EDT``. A date without a zone is taken as UTC.

    Returns:
        a date with its zone, or none when it is something else.
    """
    if not isinstance(text, str):
        return None
    try:
        if match := _ISO.match(text.strip()):
            day, time, fraction, zone = match.groups()
            time = time if time.count(":") == 2 else f"{time}:00"
            parsed = datetime.strptime(f"{day} {time}", "%Y-%m-%d %H:%M:%S")
            parsed = parsed.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))
            return parsed.replace(tzinfo=_offset(zone))
        if match := _TWELVE_HOURS.match(text.strip()):
            day, time, half, zone = match.groups()
            parsed = datetime.strptime(f"{day} {time} {half.upper()}", "%Y-%m-%d %I:%M:%S %p")
            hours = _ZONES.get((zone or "UTC").upper())
            return None if hours is None else parsed.replace(tzinfo=timezone(timedelta(hours=hours)))
    except ValueError:
        return None
    return None


def _offset(zone: str | None) -> timezone:
    if zone is None or zone in "Zz":
        return timezone.utc
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))


_STEPS = (("y", 365 * 86400), ("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def age(seconds: float) -> str:
    """A span of time in one short word: ``"45s"``, ``"12m"``, ``"7h"``, ``"3d"``, ``"2y"``.

    Args:
        seconds: how long; a negative one (a date in the future) gets a minus sign.
    """
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    for suffix, length in _STEPS:
        if seconds >= length:
            return f"{sign}{int(seconds // length)}{suffix}"
    return "0s"


def age_of(date: datetime, now: float) -> str:
    """How old a date is.

    Args:
        date: with its zone.
        now: seconds since the epoch.
    """
    return age(now - date.timestamp())


def full_date(date: datetime, now: float) -> str:
    """A date in UTC with its age: ``"2026-08-15 12:00:00 UTC (3d ago)"``."""
    text = date.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    seconds = now - date.timestamp()
    return f"{text} ({age(seconds)} ago)" if seconds >= 0 else f"{text} (in {age(-seconds)})"


def clock_time(when: float, now: float) -> str:
    """A moment as the local clock shows it; with its date when it was another day.

    Args:
        when: seconds since the epoch.
        now: seconds since the epoch.
    """
    moment, today = datetime.fromtimestamp(when), datetime.fromtimestamp(now)
    return moment.strftime("%H:%M:%S" if moment.date() == today.date() else "%Y-%m-%d %H:%M")
