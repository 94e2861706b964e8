"""Volumes: made for an instance, attached, detached, resized, deleted.

Inferred: snapshots outlive their volume, as they do in CloudStack.
"""

from __future__ import annotations

from contextlib import nullcontext

from msgspec.structs import replace

from cloudmc_tui.simulator import build, errors
from cloudmc_tui.simulator.rules import quota, sizes
from cloudmc_tui.simulator.rules.base import Call, operation
from cloudmc_tui.simulator.store import Row
from cloudmc_tui.simulator.tasks import Steps

_HOLDS_VOLUMES = ("Running", "Stopped")


def _instance(call: Call) -> Row:
    """The instance that a volume is to be attached to."""
    instance = call.refer("instanceId", "instances")
    if instance["state"] not in _HOLDS_VOLUMES:
        raise errors.wrong_state("attaching a volume", instance["state"], _HOLDS_VOLUMES)
    return instance


@operation("volumes", "create")
def create(call: Call) -> Steps:
    """Make a data volume for an instance."""
    call.body.require("name", "diskOfferingId", "instanceId")
    offering = call.refer("diskOfferingId", "diskofferings")
    instance = _instance(call)
    size, iops = sizes.disk(call.body, offering)
    quota.check(call.env, DISK_SIZE=size)
    name = call.body.text("name")
    made = build.volume(
        call.env, name, "data", size, instance, call.moment, instance, offering, iops, "Creating"
    )
    with call.provisional("volumes", made) as row:
        yield
    call.env["volumes"].change(row, state="Ready")
    return call.result(row)


def _data_volume(call: Call, attached: bool) -> None:
    if call.row["type"] != "data":
        raise errors.rule("A root volume stays with its instance.", id=call.row["id"])
    if ("instanceId" in call.row) != attached:
        wrong = "is not attached" if attached else "is attached"
        raise errors.rule(f"The volume {wrong}.", id=call.row["id"])


@operation("volumes", "?attachToInstance", states=("Ready",), weight=0.7)
def attach(call: Call) -> Steps:
    """Attach a loose data volume to an instance of its zone."""
    _data_volume(call, attached=False)
    instance = _instance(call)
    if instance["zoneId"] != call.row["zoneId"]:
        raise errors.rule("The instance is in another zone.", instanceId=instance["id"])
    yield
    instance = call.env.get("instances", instance["id"])
    call.change(instanceId=instance["id"], instanceName=instance["name"])
    return call.result()


@operation("volumes", "?detachFromInstance", states=("Ready",), weight=0.7)
def detach(call: Call) -> Steps:
    """Take a data volume off its instance."""
    _data_volume(call, attached=True)
    yield
    call.change(instanceId=None, instanceName=None)
    return call.result()


@operation("volumes", "?resize", states=("Ready",))
def resize(call: Call) -> Steps:
    """Grow it, or change its offering; an instance that it is attached to reboots.

    Inferred: a size that is given counts, whatever the offering.
    """
    env, row = call.env, call.row
    offering = call.may_refer("diskOfferingId", "diskofferings")
    if offering is not None and offering["id"] != row.get("diskOfferingId") and offering["customIops"]:
        call.body.require("iops")
    fixed = offering["gbSize"] if offering is not None and not offering["customSize"] else 0
    size = call.body.whole("sizeInGb", 1, sizes.MOST_GB) or fixed or row["sizeInGb"]
    iops = call.body.whole("iops", 1, sizes.MOST_IOPS)
    if size < row["sizeInGb"]:
        raise errors.invalid("sizeInGb", f"may not be below the present {row['sizeInGb']}", value=size)
    quota.check(env, DISK_SIZE=size - row["sizeInGb"])
    instance = env["instances"].rows.get(row.get("instanceId", ""))
    owner = replace(call, entity_type="instances", row=instance) if instance else None
    if owner is not None:
        if owner.row["state"] not in (*_HOLDS_VOLUMES, "Error", "Destroyed"):
            raise errors.wrong_state("resizing a volume", owner.row["state"], _HOLDS_VOLUMES)
        call.lock("instances", owner.row["id"])
    with owner.rebooting() if owner else nullcontext():
        yield
    if offering is not None:
        call.change(diskOfferingId=offering["id"], diskOfferingName=offering["name"])
    call.change(sizeInGb=size)
    if iops is not None:
        call.change(iops=iops)
    return call.result()


@operation("volumes", "delete", states=("Ready",))
def delete(call: Call) -> Steps:
    """Delete a loose data volume."""
    _data_volume(call, attached=False)
    yield
    call.env["volumes"].remove(call.row["id"])
    return {}
