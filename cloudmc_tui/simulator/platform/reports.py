"""Reports: the activity log and the usage summary."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone

from cloudmc_tui.simulator import dates, errors
from cloudmc_tui.simulator.http import Reply, Request, Router
from cloudmc_tui.simulator.store import Row

router = Router()

_MEMBERS = {
    "organizationId": "organizationId",
    "environmentId": "environmentId",
    "serviceConnectionId": "serviceConnectionId",
    "userId": "userId",
    "category": "category",
    "eventCode": "eventCode",
    "status": "status",
}
"""Query parameter → the member that it selects by."""

_USAGE = (("1", "CPU", 0.011), ("1", "RAM", 0.006), ("6", "VOLUME", 0.0002), ("3", "PUBLIC_IP", 0.004))
"""Usage type, secondary type and price of a unit an hour."""

_LONGEST = timedelta(days=366)


@router.route("GET", "/activity_log")
def activities(request: Request) -> Reply:
    """The latest first."""
    rows = list(reversed(request.world.platform.activity))
    for parameter, member in _MEMBERS.items():
        wanted = request.query.get(parameter)
        if wanted:
            rows = [row for row in rows if row.get(member) == wanted]
    start, end = _moment(request, "start"), _moment(request, "end")
    if start is not None:
        rows = [row for row in rows if row["created"] >= dates.iso(start.timestamp())]
    if end is not None:
        rows = [row for row in rows if row["created"] <= dates.iso(end.timestamp())]
    return Reply.data(rows)


@router.route("GET", "/activity_log/codes")
def codes(request: Request) -> Reply:
    """The event codes that occur."""
    return Reply.data(sorted({row["eventCode"] for row in request.world.platform.activity}))


@router.route("GET", "/activity_log/summary")
def summary(request: Request) -> Reply:
    """The latest activities, ten unless ``maxNumberOfItems`` says otherwise."""
    number = request.query.get("maxNumberOfItems") or "10"
    if not number.isdecimal():
        raise errors.invalid("maxNumberOfItems", "must be a number", value=number)
    return Reply.data(list(reversed(request.world.platform.activity))[: int(number)])


def _moment(request: Request, name: str) -> datetime | None:
    """A date of the query, in UTC unless it says otherwise."""
    value = request.query.get(name)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise errors.invalid(name, "must be a date, such as 2024-05-31", value=value) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


@router.route("GET", "/usage_summary/organizations/:id")
def usage(request: Request) -> Reply:
    """What an organization used, day by day and service by service; made up, always the same."""
    organization = request.world.organization(request.variables["id"])
    lacking = [name for name in ("start_date", "end_date") if not request.query.get(name)]
    if lacking:
        raise errors.missing(lacking)
    start, end = _moment(request, "start_date"), _moment(request, "end_date")
    if start is None or end is None or not timedelta() <= end - start <= _LONGEST:
        raise errors.invalid("end_date", "must be in the year after start_date")
    rows: list[Row] = []
    for service in request.world.platform.services.values():
        if request.query.get("service_connection_id") not in (None, "", service.record["id"]):
            continue
        day = start
        while day < end:
            rows += _day(
                request, organization["id"], service.record["id"], day, min(end, day + timedelta(days=1))
            )
            day += timedelta(days=1)
    return Reply.data(rows)


def _day(
    request: Request, organization_id: str, connection_id: str, start: datetime, end: datetime
) -> list[Row]:
    rng = random.Random(f"{request.world.settings.seed}/{connection_id}/{start:%Y-%m-%d}")
    hours = (end - start).total_seconds() / 3600
    rows = []
    for usage_type, secondary, price in _USAGE:
        used = round(rng.uniform(40, 60) * hours, 6)
        row: Row = {
            "organizationId": organization_id,
            "serviceConnectionId": connection_id,
            "utilityUsage": used,
            "startDate": dates.iso(start.timestamp()),
            "endDate": dates.iso(end.timestamp()),
            "usageType": usage_type,
            "secondaryType": secondary,
        }
        if request.query.get("include_cost") == "true":
            row["utilityCost"] = round(used * price, 4)
        rows.append(row)
    return rows
