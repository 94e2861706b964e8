"""The life of an instance: made, started, stopped, destroyed, purged.

Inferred: a create that fails leaves the instance behind in state Error; a destroyed instance keeps
its volumes, NICs and rules until it is purged, so that it can be recovered as it was; a bare-metal
machine is released, never deleted.
"""

from __future__ import annotations

from msgspec import Struct

from cloudmc_tui.simulator import build, errors, names, usage
from cloudmc_tui.simulator.rules import cleanup, quota, sizes
from cloudmc_tui.simulator.rules.base import Call, operation
from cloudmc_tui.simulator.store import Environment, Row
from cloudmc_tui.simulator.tasks import Steps

GB = 1024**3


class _Disk(Struct, frozen=True):
    """The data volume to make along with an instance."""

    offering: Row
    size: int
    iops: int | None


class _Wish(Struct, frozen=True):
    """What an instance is to be, checked."""

    template: Row
    offering: Row
    network: Row
    cpus: int
    memory: int
    root: int
    groups: list[Row]
    disk: _Disk | None
    volume: Row | None
    ports: list[str]


@operation("instances", "create", weight=1.6)
def create(call: Call) -> Steps:
    """Make an instance with its NIC and volumes, and start it."""
    return (yield from _launch(call, metal=False))


@operation("instances", "?acquireBareMetal", collection=True, weight=2)
def acquire_bare_metal(call: Call) -> Steps:
    """Take a whole machine; the offering has one fewer."""
    call.body.require("sshKeyName")
    return (yield from _launch(call, metal=True))


def _launch(call: Call, metal: bool) -> Steps:
    env, body = call.env, call.body
    wish = _wish(call, metal)
    row = build.instance(
        env,
        body.text("name"),
        names.hostname(body.text("name")),
        wish.template,
        wish.offering,
        wish.network,
        wish.cpus,
        wish.memory,
        "Starting",
        body.address("ipAddress"),
        userData=body.maybe("userData") or "",
    )
    for member in ("sshKeyName", "dedicatedGroupId"):
        env.change("instances", row, **{member: body.maybe(member)})
    call.lock("instances", row["id"])
    if metal:
        left = wish.offering["availabilityCount"] - 1
        env["computeofferings"].change(wish.offering, availabilityCount=left)
    volumes = [] if metal else _volumes(call, row, wish)
    try:
        yield
    except errors.ApiError:
        env.change("instances", row, state="Error")
        for volume in volumes:
            env["volumes"].remove(volume["id"])
        raise
    for volume in volumes:
        env["volumes"].change(volume, state="Ready")
    if wish.volume is not None and "instanceId" not in wish.volume:
        env["volumes"].change(wish.volume, instanceId=row["id"], instanceName=row["name"])
    for group in wish.groups:
        env["affinitygroups"].change(group, instanceIds=[*group["instanceIds"], row["id"]])
    _forward(env, row, wish.ports)
    env.change("instances", row, state="Running", affinityGroupIds=[group["id"] for group in wish.groups])
    secret = {"password": env.secret()} if wish.template["passwordEnabled"] else {}
    return call.result(row, **secret)


def _wish(call: Call, metal: bool) -> _Wish:
    """Check a request for an instance."""
    env, body = call.env, call.body
    image = "imageId" if "imageId" in body and "templateId" not in body else "templateId"
    body.require("name", image, "computeOfferingId", "networkId")
    template = call.refer(image, "templates")
    offering = call.refer("computeOfferingId", "computeofferings")
    network = call.refer("networkId", "networks")
    if not template["ready"]:
        raise errors.rule("The template is not ready.", templateId=template["id"])
    if network["zoneId"] not in template["availableInZones"]:
        raise errors.rule("The template is not available in the network's zone.", zoneId=network["zoneId"])
    _check_kind(offering, metal)
    cpus, memory = sizes.compute(body, offering)
    root = _root_size(call, template)
    disk = _extra_disk(call)
    ports = _ports(call)
    volume = call.may_refer("volumeIdToAttach", "volumes")
    if volume is not None:
        if volume["type"] != "data" or "instanceId" in volume:
            raise errors.rule("Only a detached data volume can be attached.", volumeId=volume["id"])
        call.lock("volumes", volume["id"])
    call.may_refer("sshKeyName", "sshkeys")
    body.maybe("publicKey")
    one_group = call.may_refer("affinityGroupId", "affinitygroups")
    groups = call.refer_all("affinityGroupIds", "affinitygroups")
    if one_group is not None and one_group not in groups:
        groups.append(one_group)
    quota.check(
        env,
        INSTANCES=1,
        INSTANCE_VCPUS=cpus,
        INSTANCE_MEMORY=memory,
        DISK_SIZE=root + (disk.size if disk else 0),
        PUBLIC_IPS=1 if ports else 0,
    )
    return _Wish(template, offering, network, cpus, memory, root, groups, disk, volume, ports)


def _check_kind(offering: Row, metal: bool) -> None:
    if (offering.get("type") == "BareMetal") != metal:
        kind = "a bare-metal offering" if metal else "an offering for virtual machines"
        raise errors.invalid("computeOfferingId", f"must be {kind}")
    if metal and offering["availabilityCount"] < 1:
        raise errors.no_room("No machine of this offering is free.", computeOfferingId=offering["id"])


def _root_size(call: Call, template: Row) -> int:
    least = -(-template["size"] // GB)
    given = call.body.whole("rootVolumeSizeInGb", 1, sizes.MOST_GB)
    if given is not None and given < least:
        raise errors.invalid("rootVolumeSizeInGb", f"may not be below the template's {least}", value=given)
    return given or max(20, least)


def _extra_disk(call: Call) -> _Disk | None:
    offering = call.may_refer("diskOfferingId", "diskofferings")
    if offering is None:
        return None
    size, iops = sizes.disk(call.body, offering, "additionalDiskSizeInGb", "additionalDiskIops")
    return _Disk(offering, size, iops)


def _ports(call: Call) -> list[str]:
    ports = list(dict.fromkeys(call.body.texts("portsToForward")))
    for port in ports:
        if not port.isdecimal() or not 1 <= int(port) <= 65535:
            raise errors.invalid("portsToForward", "must be ports from 1 to 65535", value=port)
    return ports


def _volumes(call: Call, row: Row, wish: _Wish) -> list[Row]:
    env, host = call.env, row["hostname"]
    volumes = [build.volume(env, f"ROOT-{host}", "os", wish.root, row, call.moment, row, state="Creating")]
    if wish.disk is not None:
        disk = wish.disk
        volumes.append(
            build.volume(
                env,
                f"DATA-{host}",
                "data",
                disk.size,
                row,
                call.moment,
                row,
                disk.offering,
                disk.iops,
                "Creating",
            )
        )
    return volumes


def _forward(env: Environment, row: Row, ports: list[str]) -> None:
    """Forward ports of an address acquired for them."""
    if not ports:
        return
    network = env.get("networks", row["networkId"])
    vpc = env.get("vpcs", row["vpcId"]) if "vpcId" in row else None
    ip = build.public_ip(env, vpc, None if vpc else network)
    nic = env["nics"].where(instanceId=row["id"])[0]
    for port in ports:
        build.port_forwarding(env, ip, nic, "TCP", (port, port), (port, port))
    usage.refresh(env, ip["id"])


@operation("instances", "?start", states=("Stopped",))
def start(call: Call) -> Steps:
    """Stopped → Starting → Running."""
    with call.passing("Starting"):
        yield
    call.change(state="Running")
    return call.result()


@operation("instances", "?stop", states=("Running",), forced=("Stopping",))
def stop(call: Call) -> Steps:
    """Running → Stopping → Stopped; forced, it does not wait for the stop that is under way."""
    call.body.flag("forceStop")
    with call.passing("Stopping"):
        yield
    call.change(state="Stopped")
    return call.result()


@operation("instances", "?reboot", states=("Running", "Stopped"))
def reboot(call: Call) -> Steps:
    """Running or Stopped → Rebooting → Running."""
    with call.passing("Rebooting"):
        yield
    call.change(state="Running")
    return call.result()


@operation("instances", "delete", states=("Running", "Stopped", "Error"), weight=1.2)
def delete(call: Call) -> Steps:
    """Destroy an instance, or with ``purgeImmediately`` remove it for good."""
    env, row = call.env, call.row
    if _is_metal(call):
        raise errors.rule("A bare-metal instance is released, not deleted.", id=row["id"])
    purge, snapshots = call.body.flag("purgeImmediately"), call.body.flag("deleteSnapshots")
    addresses = _own_addresses(call)
    volumes = call.refer_all("volumeIdsToDelete", "volumes")
    for volume in volumes:
        if volume["type"] != "data" or volume.get("instanceId") != row["id"]:
            raise errors.rule("Only the instance's own data volumes can go with it.", volumeId=volume["id"])
    with call.passing("Expunging" if purge else "Stopping"):
        yield
    for ip in addresses:
        cleanup.release_address(env, ip["id"])
    for volume in volumes:
        if snapshots:
            cleanup.delete_snapshots(env, volume["id"])
        env["volumes"].remove(volume["id"])
    if purge:
        cleanup.expunge(env, row, snapshots)
        return {}
    if snapshots:
        for volume in env["volumes"].where(instanceId=row["id"]):
            cleanup.delete_snapshots(env, volume["id"])
    call.change(state="Destroyed")
    return call.result()


def _own_addresses(call: Call) -> list[Row]:
    """The addresses to release: those that lead to the instance."""
    leading = [ip["id"] for ip in usage.addresses_of(call.env, call.row["id"])]
    addresses = call.refer_all("publicIpIdsToRelease", "publicipaddresses")
    for ip in addresses:
        if ip["id"] not in leading:
            raise errors.rule("Only addresses that lead to the instance can go with it.", publicIpId=ip["id"])
    return addresses


@operation("instances", "?purge", states=("Destroyed",))
def purge(call: Call) -> Steps:
    """Destroyed → Expunging → gone."""
    with call.passing("Expunging"):
        yield
    cleanup.expunge(call.env, call.row)
    return {}


@operation("instances", "?recover", states=("Destroyed",))
def recover(call: Call) -> Steps:
    """Destroyed → Stopped."""
    row = call.row
    quota.check(call.env, INSTANCES=1, INSTANCE_VCPUS=row["cpuCount"], INSTANCE_MEMORY=row["memoryInMB"])
    yield
    call.change(state="Stopped")
    return call.result()


def _is_metal(call: Call) -> bool:
    offering = call.env["computeofferings"].rows.get(call.row["computeOfferingId"], {})
    return offering.get("type") == "BareMetal"


@operation("instances", "?releaseBareMetal", states=("Running", "Stopped", "Error"), weight=1.5)
def release_bare_metal(call: Call) -> Steps:
    """Give a machine back; the offering has one more again."""
    if not _is_metal(call):
        raise errors.rule("Only a bare-metal instance can be released.", id=call.row["id"])
    addresses = _own_addresses(call)
    with call.passing("Expunging"):
        yield
    for ip in addresses:
        cleanup.release_address(call.env, ip["id"])
    cleanup.expunge(call.env, call.row)
    return {}
