"""Templates and ISOs: imported, described, deleted, downloaded.

Inferred: what the service itself provides belongs to it and may not be changed (403); a template
that an instance was made from, or an ISO that is in an instance's drive, is in use.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from cloudmc_tui.simulator import dates, errors
from cloudmc_tui.simulator.rules.base import Call, deletion, operation
from cloudmc_tui.simulator.rules.instance_changes import check_iso
from cloudmc_tui.simulator.store import Row
from cloudmc_tui.simulator.tasks import Steps

_TEXTS = (
    "defaultUsername",
    "nicAdapter",
    "rootDiskController",
    "keyboard",
    "osTypeId",
    "osTypeName",
    "format",
)
_FLAGS = ("dynamicallyScalable", "passwordEnabled", "sshEnabled")


def _url(call: Call, *schemes: str) -> str:
    url = call.body.text("url")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in schemes or not parts.netloc:
        raise errors.invalid("url", f"must be a URL by {' or '.join(schemes)}", value=url)
    return url


def _common(call: Call, zone: Row) -> Row:
    return {
        "id": call.env.new_id(),
        "name": call.body.text("name"),
        "description": call.body.text("description"),
        "ready": False,
        "created": dates.twelve_hours(call.moment),
        "zoneId": zone["id"],
        "zoneName": zone["name"],
        "availableInZones": [zone["id"]],
    }


def _own(call: Call) -> None:
    if call.env[call.entity_type].hidden(call.row["id"]).get("public"):
        raise errors.forbidden("It belongs to the service.", id=call.row["id"])


@operation("templates", "create", weight=2)
def import_template(call: Call) -> Steps:
    """Import a template; it is listed at once, and ready at the end."""
    body = call.body
    body.require("name", "description", "url", "zoneId", "hypervisor", "format", "osTypeId", "osTypeName")
    _url(call, "http", "https")
    row = {
        **_common(call, call.refer("zoneId", "zones")),
        "hypervisor": body.text("hypervisor"),
        "defaultUsername": "",
        "size": body.whole("size", 1, 1 << 50) or 8 * 1024**3,
        "availablePublicly": body.flag("availablePublicly"),
        "extractable": body.flag("extractable"),
        **{member: body.flag(member) for member in _FLAGS},
        **{member: body.text(member) for member in _TEXTS if body.maybe(member) is not None},
    }
    row["sshKeyEnabled"] = row["sshEnabled"]
    with call.provisional("templates", call.env["templates"].add(row)):
        yield
    call.env["templates"].change(row, ready=True)
    return row


@operation("templates", "update", weight=0.4)
@operation("templates", "?update", weight=0.4)
def update_template(call: Call) -> Steps:
    """Change what is given of an own template."""
    _own(call)
    body = call.body
    changes: dict[str, Any] = {m: body.maybe(m) for m in ("name", "description", *_TEXTS)}
    changes |= {member: body.flag(member) for member in _FLAGS if member in body}
    if "sshEnabled" in changes:
        changes["sshKeyEnabled"] = changes["sshEnabled"]
    yield
    call.change(**{member: value for member, value in changes.items() if value is not None})
    return call.row


def _template_unused(call: Call) -> None:
    _own(call)
    if call.env["instances"].first(templateId=call.row["id"]) is not None:
        raise errors.in_use("Instances were made from the template.", id=call.row["id"])


deletion("templates", _template_unused)


@operation("isos", "create", weight=2)
def import_iso(call: Call) -> Steps:
    """Import an ISO; it is listed at once, and ready at the end."""
    body = call.body
    body.require("name", "description", "url", "zoneId")
    _url(call, "http", "https")
    bootable = body.flag("bootable")
    if bootable:
        body.require("osTypeId")
    row = {
        **_common(call, call.refer("zoneId", "zones")),
        "architectureWidth": 64,
        "size": 700 * 1024**2,
        "bootable": bootable,
        "availablePublicly": False,
        "extractable": body.flag("extractable", default=True),
    }
    if bootable:
        row["osTypeId"] = body.text("osTypeId")
        row["osTypeName"] = _os_name(call, row["osTypeId"])
    with call.provisional("isos", call.env["isos"].add(row)):
        yield
    call.env["isos"].change(row, ready=True)
    return row


def _os_name(call: Call, os_id: str) -> str:
    known = [*call.env["templates"].rows.values(), *call.env["isos"].rows.values()]
    return next((row["osTypeName"] for row in known if row.get("osTypeId") == os_id), "Other (64-bit)")


@operation("isos", "?attach", weight=0.6)
def attach(call: Call) -> Steps:
    """Put it into an instance's drive."""
    instance = call.refer("instanceId", "instances")
    if instance["state"] not in ("Running", "Stopped"):
        raise errors.wrong_state("attaching an ISO", instance["state"], ("Running", "Stopped"))
    check_iso(call, call.row, instance)
    yield
    instance = call.env.get("instances", instance["id"])
    call.env["instances"].hidden(instance["id"])["isoId"] = call.row["id"]
    return call.row


@operation("isos", "?generateDownloadUrl", weight=0.8)
def generate_download_url(call: Call) -> Steps:
    """Make a URL that only the task's result shows."""
    if not call.row["extractable"]:
        raise errors.rule("The ISO cannot be downloaded.", id=call.row["id"])
    yield
    return {
        "id": call.row["id"],
        "url": f"https://downloads.example/{call.env.secret()}/{call.row['id']}.iso",
    }


def _iso_unused(call: Call) -> None:
    _own(call)
    instances = call.env["instances"]
    if any(instances.hidden(i).get("isoId") == call.row["id"] for i in instances.rows):
        raise errors.in_use("The ISO is attached to an instance.", id=call.row["id"])


deletion("isos", _iso_unused)
