"""Public addresses: acquired for a VPC, released, and led one to one to a private address."""

from __future__ import annotations

from cloudmc_tui.simulator import build, errors, usage
from cloudmc_tui.simulator.rules import cleanup, quota
from cloudmc_tui.simulator.rules.base import Call, operation
from cloudmc_tui.simulator.tasks import Steps


@operation("publicipaddresses", "create", weight=0.6)
def acquire(call: Call) -> Steps:
    """A VPC gets an address."""
    vpc = call.refer("vpcId", "vpcs")
    quota.check(call.env, PUBLIC_IPS=1)
    yield
    return build.public_ip(call.env, call.env.get("vpcs", vpc["id"]))


@operation("publicipaddresses", "delete", weight=0.6)
def release(call: Call) -> Steps:
    """Give it back, with the rules on it; a source NAT address goes only with its VPC or network."""
    if "SOURCE_NAT" in call.row["purposes"]:
        raise errors.rule("A source NAT address is released with its VPC.", id=call.row["id"])
    yield
    cleanup.release_address(call.env, call.row["id"])
    return {}


@operation("publicipaddresses", "?enableStaticNat", weight=0.6)
def enable_static_nat(call: Call) -> Steps:
    """Lead an unused address to a private one."""
    env, row = call.env, call.row
    wanted = call.body.text("privateIpId")
    if row["purposes"]:
        purpose = row["purposes"][0]
        raise errors.rule(f"The address has the purpose {purpose} already.", id=row["id"], purpose=purpose)
    nic = usage.nic_of(env, wanted)
    if nic is None:
        raise errors.no_reference("privateIpId", "nics", wanted)
    if nic.get("vpcId") != row.get("vpcId"):
        raise errors.rule("The private address is not in the address's VPC.", privateIpId=wanted)
    other = env["publicipaddresses"].first(privateIpId=wanted)
    if other is not None:
        raise errors.rule("The private address has static NAT already.", publicIpId=other["id"])
    yield
    if usage.nic_of(env, wanted) is None:
        raise errors.no_reference("privateIpId", "nics", wanted)
    env["publicipaddresses"].hidden(row["id"])["privateIpId"] = wanted
    usage.refresh(env, row["id"])
    return row


@operation("publicipaddresses", "?disableStaticNat", weight=0.6)
def disable_static_nat(call: Call) -> Steps:
    """The address has no purpose any more."""
    if "STATIC_NAT" not in call.row["purposes"]:
        raise errors.rule("The address has no static NAT.", id=call.row["id"])
    yield
    call.env["publicipaddresses"].hidden(call.row["id"]).pop("privateIpId", None)
    usage.refresh(call.env, call.row["id"])
    return call.row
