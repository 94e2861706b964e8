"""VPCs: each with a /22 and a source NAT address that is released only with it.

Inferred: with a VPC go its other public addresses, its ACLs and its VPNs, as in CloudStack.
"""

from __future__ import annotations

from cloudmc_tui.simulator import build, errors
from cloudmc_tui.simulator.rules import cleanup, quota
from cloudmc_tui.simulator.rules.base import Call, operation
from cloudmc_tui.simulator.tasks import Steps


@operation("vpcs", "create", weight=1.2)
def create(call: Call) -> Steps:
    """Make a VPC with its range and its source NAT address."""
    body = call.body
    body.require("name", "description", "vpcOfferingId")
    offering = call.refer("vpcOfferingId", "vpcofferings")
    zone = call.may_refer("zoneId", "zones") or next(iter(call.env["zones"].rows.values()))
    quota.check(call.env, PUBLIC_IPS=1)
    name, description = body.text("name"), body.text("description")
    domain = body.maybe("networkDomain") or f"{call.env.name}.internal"
    yield
    return build.vpc(call.env, name, description, offering, zone, domain)


@operation("vpcs", "update", weight=0.4)
def update(call: Call) -> Steps:
    """Change what is given of name and description."""
    changes = {member: call.body.maybe(member) for member in ("name", "description")}
    yield
    call.change(**{member: value for member, value in changes.items() if value is not None})
    return call.row


@operation("vpcs", "?restart", states=("Enabled",), weight=1.5)
def restart(call: Call) -> Steps:
    """Its virtual router restarts; nothing of it is to be seen afterwards."""
    yield
    return call.row


@operation("vpcs", "delete")
def delete(call: Call) -> Steps:
    """Delete a VPC that has no networks."""
    env, vpc_id = call.env, call.row["id"]
    networks = env["networks"].where(vpcId=vpc_id)
    if networks:
        raise errors.in_use("The VPC has networks.", id=vpc_id, networkIds=[n["id"] for n in networks])
    yield
    if env["networks"].where(vpcId=vpc_id):
        raise errors.in_use("The VPC has networks.", id=vpc_id)
    for ip in env["publicipaddresses"].where(vpcId=vpc_id):
        cleanup.release_address(env, ip["id"])
    for acl in env["networkacls"].where(vpcId=vpc_id):
        for rule in env["networkaclrules"].where(networkAclId=acl["id"]):
            env["networkaclrules"].remove(rule["id"])
        env["networkacls"].remove(acl["id"])
    for vpn in env["sitetositevpns"].where(vpcId=vpc_id):
        env["sitetositevpns"].remove(vpn["id"])
    env["vpcs"].remove(vpc_id)
    return {}
