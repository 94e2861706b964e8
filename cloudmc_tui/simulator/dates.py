"""Dates, in each of the three spellings that the API uses."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_SUMMER, _WINTER = timezone(timedelta(hours=-4), "EDT"), timezone(timedelta(hours=-5), "EST")


def _eastern(moment: float) -> datetime:
    """Québec's local time; summer time by month, which is near enough."""
    local = datetime.fromtimestamp(moment, _SUMMER)
    return local if 3 < local.month < 11 else local.astimezone(_WINTER)


def iso(moment: float) -> str:
    """``2017-08-15T12:00:00.000Z``, as platform entities and tasks have it."""
    utc = datetime.fromtimestamp(moment, timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def offset(moment: float) -> str:
    """``2016-10-19T14:25:41-0400``, as volumes have it."""
    text = _eastern(moment).isoformat(timespec="seconds")
    return text[:-3] + text[-2:]


def twelve_hours(moment: float) -> str:
    """``2016-10-24 2:40:29 PM EDT``, as templates and ISOs have it."""
    local = _eastern(moment)
    half = "AM" if local.hour < 12 else "PM"
    return f"{local:%Y-%m-%d} {local.hour % 12 or 12}:{local:%M:%S} {half} {local:%Z}"
