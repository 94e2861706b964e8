"""Changing an instance: its name, size, network, password, key, ISO.

The API does not say from which states these are allowed; inferred: from Running and Stopped, where
"reboots" means that a stopped instance stays stopped.
"""

from __future__ import annotations

import re

from cloudmc_tui.simulator import build, errors, usage
from cloudmc_tui.simulator.rules import cleanup, quota, sizes
from cloudmc_tui.simulator.rules.base import Call, operation
from cloudmc_tui.simulator.tasks import Steps

_SETTLED = ("Running", "Stopped")
_HOSTNAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")


@operation("instances", "update")
def update(call: Call) -> Steps:
    """Rename it (in any state), or change its host name, which reboots it."""
    name, hostname = call.body.maybe("name"), call.body.maybe("hostname")
    if hostname is not None and not _HOSTNAME.fullmatch(hostname):
        raise errors.invalid("hostname", "may have letters, digits, hyphens and underscores", value=hostname)
    if hostname is not None and hostname != call.row["hostname"]:
        with call.rebooting():
            yield
        call.change(hostname=hostname)
    else:
        yield
    if name is not None:
        call.change(name=name)
        for ip in usage.addresses_of(call.env, call.row["id"]):
            usage.refresh(call.env, ip["id"])
    return call.result()


@operation("instances", "?changeComputeOffering", states=_SETTLED, weight=1.3)
def change_compute_offering(call: Call) -> Steps:
    """Give it other CPU and memory."""
    offering = call.refer("computeOfferingId", "computeofferings")
    if offering.get("type") == "BareMetal":
        raise errors.invalid("computeOfferingId", "must be an offering for virtual machines")
    cpus, memory = sizes.compute(call.body, offering)
    row = call.row
    quota.check(call.env, INSTANCE_VCPUS=cpus - row["cpuCount"], INSTANCE_MEMORY=memory - row["memoryInMB"])
    with call.rebooting():
        yield
    call.change(
        computeOfferingId=offering["id"],
        computeOfferingName=offering["name"],
        cpuCount=cpus,
        memoryInMB=memory,
    )
    return call.result()


@operation("instances", "?changeNetwork", states=_SETTLED, weight=1.3)
def change_network(call: Call) -> Steps:
    """Move its default NIC; its rules on the old network are deleted."""
    env, row = call.env, call.row
    network = call.refer("networkId", "networks")
    if env["nics"].first(instanceId=row["id"], networkId=network["id"]) is not None:
        raise errors.rule("The instance is on this network already.", networkId=network["id"])
    if network["zoneId"] != row["zoneId"]:
        raise errors.rule("The network is in another zone.", networkId=network["id"])
    with call.rebooting():
        yield
        old = env["nics"].where(instanceId=row["id"], isDefault=True)[0]
        new = build.nic(env, row["id"], env.get("networks", network["id"]), 0)
        cleanup.leave_rules(env, row["id"], old["networkId"])
        cleanup.remove_nic(env, old)
        call.change(**build.on_network(new))
    return call.result()


@operation("instances", "?resetPassword", states=_SETTLED)
def reset_password(call: Call) -> Steps:
    """Set a password that only the task's result shows."""
    if not call.row["isPasswordEnabled"]:
        raise errors.rule("The instance's template has no password login.", id=call.row["id"])
    with call.rebooting():
        yield
    return call.result(password=call.env.secret())


@operation("instances", "?associateSSHKey", states=_SETTLED)
def associate_ssh_key(call: Call) -> Steps:
    """Let another key log in."""
    key = call.refer("sshKeyName", "sshkeys")
    with call.rebooting():
        yield
    call.change(sshKeyName=key["name"])
    return call.result()


@operation("instances", "?attachIso", states=_SETTLED, weight=0.6)
def attach_iso(call: Call) -> Steps:
    """Put an ISO that cannot be booted from into its one drive."""
    iso = call.refer("isoId", "isos")
    check_iso(call, iso, call.row)
    yield
    call.env["instances"].hidden(call.row["id"])["isoId"] = iso["id"]
    call.change()
    return call.result()


def check_iso(call: Call, iso: dict[str, object], instance: dict[str, object]) -> None:
    """Refuse an ISO that cannot be attached to an instance."""
    if iso["bootable"]:
        raise errors.rule("A bootable ISO cannot be attached.", isoId=iso["id"])
    if not iso["ready"]:
        raise errors.rule("The ISO is not ready.", isoId=iso["id"])
    attached = call.env["instances"].hidden(str(instance["id"])).get("isoId")
    if attached is not None:
        raise errors.rule("The instance has an ISO already.", isoId=attached, instanceId=instance["id"])


@operation("instances", "?detachIso", states=_SETTLED, weight=0.6)
def detach_iso(call: Call) -> Steps:
    """Empty its drive."""
    hidden = call.env["instances"].hidden(call.row["id"])
    if "isoId" not in hidden:
        raise errors.rule("The instance has no ISO.", id=call.row["id"])
    yield
    hidden.pop("isoId", None)
    call.change()
    return call.result()


@operation("instances", "?createRecoveryPoint", states=_SETTLED, weight=1.5)
def create_recovery_point(call: Call) -> Steps:
    """Take a snapshot of each of its volumes (inferred: the reference does not have it)."""
    name = call.body.inner("recoveryPoint").maybe("name") or f"{call.row['name']}-recovery-point"
    yield
    for volume in call.env["volumes"].where(instanceId=call.row["id"]):
        build.snapshot(call.env, name, volume)
    return call.result()
