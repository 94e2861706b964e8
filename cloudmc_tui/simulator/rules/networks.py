"""Networks: subnets of a VPC, and isolated ones.

Inferred: a network on which only destroyed instances are left can be deleted, and they are purged
with it; an isolated network has a source NAT address of its own.
"""

from __future__ import annotations

from ipaddress import IPv4Network

from cloudmc_tui.simulator import addresses, build, errors, usage
from cloudmc_tui.simulator.rules import cleanup, quota
from cloudmc_tui.simulator.rules.base import Call, operation
from cloudmc_tui.simulator.store import Row
from cloudmc_tui.simulator.tasks import Steps

_DEFAULT_BLOCK = "10.1.1.0/24"


@operation("networks", "create", weight=0.8)
def create(call: Call) -> Steps:
    """The offering decides whether it is a VPC's subnet or isolated."""
    body = call.body
    body.require("name", "description", "networkOfferingId")
    offering = call.refer("networkOfferingId", "networkofferings")
    return (yield from _subnet(call, offering) if offering["vpcOnly"] else _isolated(call, offering))


def _subnet(call: Call, offering: Row) -> Steps:
    call.body.require("vpcId", "networkAclId")
    vpc = call.refer("vpcId", "vpcs")
    acl = _acl_of(call, vpc["id"])
    addresses.subnet(call.env, vpc)
    name, description = call.body.text("name"), call.body.text("description")
    yield
    vpc, env = call.env.get("vpcs", vpc["id"]), call.env
    return build.network(env, name, description, offering, _zone(vpc), addresses.subnet(env, vpc), vpc, acl)


def _acl_of(call: Call, vpc_id: str) -> Row:
    """The ACL named, which is of the VPC or one of the default ones."""
    acl = call.refer("networkAclId", "networkacls")
    if acl.get("vpcId", vpc_id) != vpc_id:
        raise errors.rule("The network ACL is of another VPC.", networkAclId=acl["id"], vpcId=vpc_id)
    return acl


def _zone(row: Row) -> Row:
    return {"id": row["zoneId"], "name": row["zoneName"]}


def _isolated(call: Call, offering: Row) -> Steps:
    body, env = call.body, call.env
    if "vpcId" in body:
        raise errors.rule("A network of this offering is not part of a VPC.", vpcId=body.text("vpcId"))
    gateway, block = _block(call)
    zone = call.may_refer("zoneId", "zones") or next(iter(env["zones"].rows.values()))
    quota.check(env, PUBLIC_IPS=1)
    name, description = body.text("name"), body.text("description")
    yield
    return build.network(env, name, description, offering, zone, block, gateway=gateway)


def _block(call: Call) -> tuple[str | None, IPv4Network]:
    """Gateway and range of an isolated network: netmask and gateway, both or neither."""
    gateway, netmask = call.body.address("gateway"), call.body.address("netmask")
    if gateway is None and netmask is None:
        return None, IPv4Network(_DEFAULT_BLOCK)
    if gateway is None or netmask is None:
        raise errors.missing(["gateway" if gateway is None else "netmask"])
    try:
        block = IPv4Network(f"{gateway}/{netmask}", strict=False)
    except ValueError:
        raise errors.invalid("netmask", "must be a netmask, such as 255.255.255.0", value=netmask) from None
    if not 8 <= block.prefixlen <= 29:
        raise errors.invalid("netmask", "must leave room for 6 to 16 million addresses", value=netmask)
    return gateway, block


@operation("networks", "update", weight=0.4)
def update(call: Call) -> Steps:
    """Change what is given of name and description."""
    changes = {member: call.body.maybe(member) for member in ("name", "description")}
    yield
    call.change(**{member: value for member, value in changes.items() if value is not None})
    return call.row


@operation("networks", "?replace", weight=0.6)
def replace_acl(call: Call) -> Steps:
    """Put a VPC's network under another ACL."""
    if "vpcId" not in call.row:
        raise errors.rule("Only a VPC's network has an ACL.", id=call.row["id"])
    acl = _acl_of(call, call.row["vpcId"])
    yield
    acl = call.env.get("networkacls", acl["id"])
    call.change(networkAclId=acl["id"], networkAclName=acl["name"])
    return call.row


def _residents(call: Call) -> list[Row]:
    """The instances on the network.

    Raises:
        ApiError: 400, one of them is not destroyed.
    """
    ids = {nic["instanceId"] for nic in call.env["nics"].where(networkId=call.row["id"])}
    residents = [call.env.get("instances", i) for i in sorted(ids)]
    living = [row["id"] for row in residents if row["state"] != "Destroyed"]
    if living:
        raise errors.in_use("Instances are on the network.", id=call.row["id"], instanceIds=living)
    return residents


@operation("networks", "delete", weight=0.8)
def delete(call: Call) -> Steps:
    """It goes with the rules and addresses that are its own."""
    env, network_id = call.env, call.row["id"]
    _residents(call)
    yield
    for instance in _residents(call):
        cleanup.expunge(env, instance)
    for ip in env["publicipaddresses"].where(networkId=network_id):
        if "vpcId" not in ip:
            cleanup.release_address(env, ip["id"])
    for rules in ("portforwardingrules", "loadbalancerrules", "ingressrules", "egressrules"):
        for rule in env[rules].where(networkId=network_id):
            env[rules].remove(rule["id"])
    for ip in env["publicipaddresses"].where(networkId=network_id):
        usage.refresh(env, ip["id"])
    env["networks"].remove(network_id)
    return {}
