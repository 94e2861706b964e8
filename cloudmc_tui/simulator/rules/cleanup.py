"""What goes along when an instance or an address goes."""

from __future__ import annotations

from cloudmc_tui.simulator import addresses, usage
from cloudmc_tui.simulator.store import Environment, Row


def leave_rules(env: Environment, instance_id: str, network_id: str | None = None) -> None:
    """Delete an instance's port forwarding rules and static NAT, and take it out of load balancing.

    Args:
        env: where.
        instance_id: the instance.
        network_id: only the rules that reach it by this network; None for all.
    """
    touched = {ip["id"] for ip in usage.addresses_of(env, instance_id)}
    for rule in env["portforwardingrules"].where(instanceId=instance_id):
        if network_id in (None, rule["networkId"]):
            env["portforwardingrules"].remove(rule["id"])
    for rule in list(env["loadbalancerrules"].rows.values()):
        if instance_id in rule["instanceIds"] and network_id in (None, rule.get("networkId")):
            left = [i for i in rule["instanceIds"] if i != instance_id]
            env["loadbalancerrules"].change(rule, instanceIds=left)
    for nic in env["nics"].where(instanceId=instance_id):
        if network_id in (None, nic["networkId"]):
            _drop_static_nat(env, touched, nic)
    for ip_id in touched:
        usage.refresh(env, ip_id)


def _drop_static_nat(env: Environment, ip_ids: set[str], nic: Row) -> None:
    own = {nic["ipAddressId"], *(ip["id"] for ip in nic["secondaryIps"])}
    for ip_id in ip_ids:
        hidden = env["publicipaddresses"].hidden(ip_id)
        if hidden.get("privateIpId") in own:
            del hidden["privateIpId"]


def release_address(env: Environment, ip_id: str) -> None:
    """Give a public address back, with the rules on it (inferred, as CloudStack does it)."""
    for entity_type, member in (
        ("portforwardingrules", "ipAddressId"),
        ("loadbalancerrules", "publicIpId"),
        ("ingressrules", "publicIpId"),
    ):
        for rule in env[entity_type].where(**{member: ip_id}):
            env[entity_type].remove(rule["id"])
    env["remoteaccessvpns"].remove(ip_id)
    env["publicipaddresses"].remove(ip_id)


def remove_nic(env: Environment, nic: Row) -> None:
    """Take a NIC out and free its address."""
    addresses.release(env, nic["networkId"], nic["ipAddress"])
    env["nics"].remove(nic["id"])


def expunge(env: Environment, instance: Row, snapshots: bool = False) -> None:
    """Remove an instance for good.

    Its root volume goes with it, its data volumes are detached; snapshots stay unless they are to
    go (inferred, as CloudStack does it).

    Args:
        env: where.
        instance: what goes.
        snapshots: delete the snapshots of its volumes as well.
    """
    leave_rules(env, instance["id"])
    for nic in env["nics"].where(instanceId=instance["id"]):
        remove_nic(env, nic)
    for volume in env["volumes"].where(instanceId=instance["id"]):
        if snapshots:
            delete_snapshots(env, volume["id"])
        if volume["type"] == "os":
            env["volumes"].remove(volume["id"])
        else:
            env["volumes"].change(volume, instanceId=None, instanceName=None)
    for group in list(env["affinitygroups"].rows.values()):
        if instance["id"] in group["instanceIds"]:
            left = [i for i in group["instanceIds"] if i != instance["id"]]
            env["affinitygroups"].change(group, instanceIds=left)
    offering = env["computeofferings"].rows.get(instance["computeOfferingId"], {})
    if "availabilityCount" in offering:
        env["computeofferings"].change(offering, availabilityCount=offering["availabilityCount"] + 1)
    env["instances"].remove(instance["id"])


def delete_snapshots(env: Environment, volume_id: str) -> None:
    """Delete the snapshots of a volume."""
    for snapshot in env["snapshots"].where(volumeId=volume_id):
        env["snapshots"].remove(snapshot["id"])
