"""Network ACLs and their rules; the two default ACLs are nobody's to change.

Inferred: rule numbers are unique in an ACL; a rule's last port is its first when it is not given.
"""

from __future__ import annotations

from cloudmc_tui.simulator import build, errors
from cloudmc_tui.simulator.body import Body
from cloudmc_tui.simulator.rules.base import Call, deletion, operation
from cloudmc_tui.simulator.rules.ports import ICMP, PORTS, ports_of
from cloudmc_tui.simulator.store import Row
from cloudmc_tui.simulator.tasks import Steps

_PROTOCOLS = ("TCP", "UDP", "ICMP", "ALL")
_ACTIONS = ("Allow", "Deny")
_TRAFFIC = ("Ingress", "Egress")


def _changeable(call: Call, acl: Row) -> Row:
    if call.env["networkacls"].hidden(acl["id"]).get("default"):
        raise errors.rule("The default network ACLs cannot be changed.", networkAclId=acl["id"])
    return acl


@operation("networkacls", "create", weight=0.4)
def create_acl(call: Call) -> Steps:
    """A VPC gets an ACL, without rules yet."""
    call.body.require("name", "description", "vpcId")
    vpc = call.refer("vpcId", "vpcs")
    name, description = call.body.text("name"), call.body.text("description")
    yield
    return build.network_acl(call.env, name, description, call.env.get("vpcs", vpc["id"]))


@operation("networkacls", "delete", weight=0.4)
def delete_acl(call: Call) -> Steps:
    """It goes with its rules, unless a network uses it."""
    env, acl = call.env, _changeable(call, call.row)
    using = env["networks"].where(networkAclId=acl["id"])
    if using:
        raise errors.in_use("Networks use the ACL.", id=acl["id"], networkIds=[n["id"] for n in using])
    yield
    for rule in env["networkaclrules"].where(networkAclId=acl["id"]):
        env["networkaclrules"].remove(rule["id"])
    env["networkacls"].remove(acl["id"])
    return {}


def _number(call: Call, acl_id: str) -> str | None:
    """A rule number that no other rule of the ACL has."""
    number = call.body.whole("ruleNumber", 1, 65535)
    if number is None:
        return None
    other = call.env["networkaclrules"].first(networkAclId=acl_id, ruleNumber=str(number))
    if other is not None and other is not call.row:
        raise errors.taken("ruleNumber", str(number))
    return str(number)


def _values(body: Body) -> dict[str, str | None]:
    return {
        "cidr": body.cidr("cidr"),
        "action": body.choice("action", _ACTIONS),
        "protocol": body.choice("protocol", _PROTOCOLS),
        "trafficType": body.choice("trafficType", _TRAFFIC),
        "description": body.maybe("description"),
    }


@operation("networkaclrules", "create", weight=0.4)
def create_rule(call: Call) -> Steps:
    """An ACL gets a rule."""
    body, env = call.body, call.env
    body.require("networkAclId", "ruleNumber", "cidr", "action", "protocol", "trafficType")
    acl = _changeable(call, call.refer("networkAclId", "networkacls"))
    number = _number(call, acl["id"])
    row = {
        "id": env.new_id(),
        "networkAclId": acl["id"],
        "ruleNumber": number,
        **{member: value for member, value in _values(body).items() if value is not None},
        **ports_of(body, body.text("protocol")),
        "state": "Active",
    }
    yield
    env.get("networkacls", acl["id"])
    return env["networkaclrules"].add(row)


@operation("networkaclrules", "update", weight=0.4)
def update_rule(call: Call) -> Steps:
    """Change what is given; the protocol may only go from TCP to UDP or back."""
    body, row = call.body, call.row
    _changeable(call, call.env.get("networkacls", row["networkAclId"]))
    changes = {"ruleNumber": _number(call, row["networkAclId"]), **_values(body)}
    before, after = row["protocol"].upper(), (changes["protocol"] or row["protocol"]).upper()
    if before != after and not {before, after} <= {"TCP", "UDP"}:
        raise errors.rule("The protocol can only change between TCP and UDP.", current=row["protocol"])
    given = {member for member in (*PORTS, *ICMP) if member in body}
    if given:
        kept = {member: row[member] for member in (*PORTS, *ICMP) if member in row and member not in given}
        sent = {member: body.whole(member, -1, 65535) for member in given}
        changes |= ports_of(Body(kept | sent), after)
    yield
    call.change(**{member: value for member, value in changes.items() if value is not None})
    return row


deletion("networkaclrules", lambda call: _rule_changeable(call))


def _rule_changeable(call: Call) -> None:
    _changeable(call, call.env.get("networkacls", call.row["networkAclId"]))
