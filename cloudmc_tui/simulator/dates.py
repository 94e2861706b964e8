"""Dates, in each of the three spellings that the API uses."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


def _eastern(moment: float) -> tuple[datetime, str]:
    """Québec's local time and its abbreviation; summer time by month, which is near enough."""
    utc = datetime.fromtimestamp(moment, timezone.utc)
    summer = 3 < utc.month < 11
    return utc.astimezone(timezone(timedelta(hours=-4 if summer else -5))), "EDT" if summer else "EST"


def iso(moment: float) -> str:
    """``2017-08-15T12:00:00.000Z``, as platform entities and tasks have it."""
    utc = datetime.fromtimestamp(moment, timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def offset(moment: float) -> str:
    """``2016-10-19T14:25:41-0400``, as volumes have it."""
    return f"{_eastern(moment)[0]:%Y-%m-%dT%H:%M:%S%z}"


def twelve_hours(moment: float) -> str:
    """``2016-10-24 2:40:29 PM EDT``, as templates and ISOs have it."""
    local, zone = _eastern(moment)
    return f"{local:%Y-%m-%d} {local.hour % 12 or 12}:{local:%M:%S %p} {zone}"
