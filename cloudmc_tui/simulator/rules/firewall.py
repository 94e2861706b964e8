"""Ingress and egress rules, which only isolated networks have."""

from __future__ import annotations

from cloudmc_tui.simulator import errors
from cloudmc_tui.simulator.rules.base import Call, deletion, operation
from cloudmc_tui.simulator.rules.ports import ports_of
from cloudmc_tui.simulator.store import Row
from cloudmc_tui.simulator.tasks import Steps


def _isolated(call: Call) -> Row:
    network = call.refer("networkId", "networks")
    if "vpcId" in network:
        raise errors.rule("A VPC's network has ACLs, not these rules.", networkId=network["id"])
    return network


@operation("ingressrules", "create", weight=0.4)
def create_ingress(call: Call) -> Steps:
    """Let traffic in by an address of the network: the one given, or its source NAT address."""
    body, env = call.body, call.env
    body.require("networkId", "sourceCidr", "protocol")
    network = _isolated(call)
    ip = call.may_refer("publicIpId", "publicipaddresses")
    if ip is None:
        ip = env["publicipaddresses"].where(networkId=network["id"])[0]
    if ip.get("networkId") != network["id"]:
        raise errors.rule("The address is not the network's.", publicIpId=ip["id"])
    protocol = body.choice("protocol", ("TCP", "UDP", "ICMP")) or ""
    row = {
        "id": env.new_id(),
        "networkId": network["id"],
        "publicIp": ip["ipAddress"],
        "publicIpId": ip["id"],
        "sourceCidr": body.cidr("sourceCidr"),
        "protocol": protocol,
        **ports_of(body, protocol),
        "state": "Active",
    }
    yield
    env.get("networks", network["id"])
    return env["ingressrules"].add(row)


deletion("ingressrules")


@operation("egressrules", "create", weight=0.4)
def create_egress(call: Call) -> Steps:
    """Let traffic out; with ``allPortsAllowed`` the ports are empty."""
    body, env = call.body, call.env
    body.require("networkId", "sourceCidr", "protocol")
    network = _isolated(call)
    protocol = body.choice("protocol", ("TCP", "UDP", "ICMP", "ALL")) or ""
    row = {
        "id": env.new_id(),
        "networkId": network["id"],
        "sourceCidr": body.cidr("sourceCidr"),
        "destinationCidr": body.cidr("destinationCidr") or "",
        "protocol": protocol,
        "state": "Active",
    }
    everything = body.flag("allPortsAllowed")
    if protocol.upper() in ("TCP", "UDP"):
        ports = {"startPort": "", "endPort": ""} if everything else ports_of(body, protocol)
        row |= {**ports, "allPortsAllowed": everything}
    else:
        row |= ports_of(body, protocol)
    yield
    env.get("networks", network["id"])
    return env["egressrules"].add(row)


deletion("egressrules")
