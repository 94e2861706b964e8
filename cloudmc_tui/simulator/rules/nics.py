"""NICs: one for each network and instance, one of them the default.

Inferred: an instance's networks are in one zone.
"""

from __future__ import annotations

from cloudmc_tui.simulator import build, errors, usage
from cloudmc_tui.simulator.rules import cleanup
from cloudmc_tui.simulator.rules.base import Call, operation
from cloudmc_tui.simulator.store import Row
from cloudmc_tui.simulator.tasks import Steps

_SETTLED = ("Running", "Stopped")


def _settled(instance: Row, what: str) -> Row:
    if instance["state"] not in _SETTLED:
        raise errors.wrong_state(what, instance["state"], _SETTLED)
    return instance


def _check_free(call: Call, instance: Row, network: Row) -> None:
    if call.env["nics"].first(instanceId=instance["id"], networkId=network["id"]) is not None:
        raise errors.rule("The instance has a NIC on this network already.", networkId=network["id"])


@operation("nics", "create", weight=0.8)
def create(call: Call) -> Steps:
    """Connect an instance to another network."""
    env = call.env
    call.body.require("networkId", "instanceId")
    network = call.refer("networkId", "networks")
    instance = _settled(call.refer("instanceId", "instances"), "adding a NIC")
    if network["zoneId"] != instance["zoneId"]:
        raise errors.rule("The network is in another zone.", networkId=network["id"])
    _check_free(call, instance, network)
    address = call.body.address("ipAddress")
    yield
    instance, network = env.get("instances", instance["id"]), env.get("networks", network["id"])
    _check_free(call, instance, network)
    taken = {nic["name"] for nic in env["nics"].where(instanceId=instance["id"])}
    number = next(n for n in range(1, len(taken) + 2) if f"NIC-{n}" not in taken)
    return build.nic(env, instance["id"], network, number, address)


@operation("nics", "?setDefault", weight=0.6)
def set_default(call: Call) -> Steps:
    """Make it the NIC whose network and address the instance shows."""
    env, row = call.env, call.row
    if row["isDefault"]:
        raise errors.rule("The NIC is the default one.", id=row["id"])
    _settled(env.get("instances", row["instanceId"]), "changing the default NIC")
    yield
    for nic in env["nics"].where(instanceId=row["instanceId"]):
        env["nics"].change(nic, isDefault=nic["id"] == row["id"])
    env.change("instances", env.get("instances", row["instanceId"]), **build.on_network(row))
    return row


@operation("nics", "delete", weight=0.8)
def delete(call: Call) -> Steps:
    """Not the default one, and none that a rule leads to."""
    env, row = call.env, call.row
    if row["isDefault"]:
        raise errors.rule("The default NIC cannot be deleted.", id=row["id"])
    rules = [rule["id"] for rule in _rules_on(call)]
    if rules:
        raise errors.in_use("Rules lead to the NIC.", id=row["id"], ruleIds=rules)
    yield
    if row["id"] in env["nics"]:
        cleanup.remove_nic(env, row)
    return {}


def _rules_on(call: Call) -> list[Row]:
    """Port forwarding and load balancer rules, and static NAT addresses, that lead to the NIC."""
    env, row = call.env, call.row
    forwarded = env["portforwardingrules"].where(instanceId=row["instanceId"], networkId=row["networkId"])
    balanced = env["loadbalancerrules"].where(networkId=row["networkId"])
    static = [
        ip for ip in usage.addresses_of(env, row["instanceId"]) if ip.get("privateIpId") == row["ipAddressId"]
    ]
    return [*forwarded, *(r for r in balanced if row["instanceId"] in r["instanceIds"]), *static]
