"""Made-up VPCs with their subnets and ACLs, and an isolated network with its firewall."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Network
from math import ceil

from cloudmc_tui.simulator import addresses, build, names
from cloudmc_tui.simulator.store import Environment, Row

_PER_SUBNET = 200
"""Instances a seeded subnet holds at most: there is room left in it, and for a fourth subnet."""

_FRONT_RULES: tuple[tuple[int, str, str, str, str, dict[str, str], str], ...] = (
    (10, "Allow", "TCP", "Ingress", "0.0.0.0/0", {"startPort": "80", "endPort": "80"}, "Web"),
    (20, "Allow", "TCP", "Ingress", "0.0.0.0/0", {"startPort": "443", "endPort": "443"}, "Web over TLS"),
    (30, "Allow", "TCP", "Ingress", "198.51.100.0/24", {"startPort": "22", "endPort": "22"}, "Bureau"),
    (40, "Allow", "ICMP", "Ingress", "0.0.0.0/0", {"icmpType": "8", "icmpCode": "0"}, "Ping"),
    (50, "Allow", "UDP", "Ingress", "198.51.100.0/24", {"startPort": "60000", "endPort": "61000"}, "Mosh"),
    (900, "Deny", "ALL", "Ingress", "0.0.0.0/0", {}, "The rest"),
    (910, "Allow", "ALL", "Egress", "0.0.0.0/0", {}, "Out"),
)


def vpcs(env: Environment) -> dict[str, list[Row]]:
    """As many VPCs as the environment's instances need, each with a subnet a tier.

    Returns:
        the subnets of each tier.
    """
    offerings = list(env["vpcofferings"].rows.values())
    zones = list(env["zones"].rows.values())
    balanced, plain = (o for o in env["networkofferings"].rows.values() if o["vpcOnly"])
    allow = env["networkacls"].first(name="default_allow") or {}
    subnets: dict[str, list[Row]] = {tier: [] for tier in names.TIERS}
    machines = Counter(tier for _, tier in names.machines(env.size))
    wanted = max(1 if env.size < 12 else 2, ceil(max(machines.values()) / _PER_SUBNET))
    for number in range(wanted):
        turn, which = divmod(number, len(names.VPCS))
        name = names.VPCS[which] + (f"-{turn + 1}" if turn else "")
        zone = zones[number % len(zones)]
        vpc = build.vpc(
            env, name, f"VPC « {name} »", offerings[number % len(offerings)], zone, f"{env.name}.internal"
        )
        acl = _front_acl(env, vpc) if number < 2 else allow
        for tier in names.TIERS:
            subnets[tier].append(
                build.network(
                    env,
                    f"{name}-{tier}",
                    f"Subnet of the {tier} machines",
                    balanced if tier == "front" else plain,
                    zone,
                    addresses.subnet(env, vpc),
                    vpc,
                    acl if tier == "front" else allow,
                )
            )
    return subnets


def _front_acl(env: Environment, vpc: Row) -> Row:
    acl = build.network_acl(env, f"{vpc['name']}-front", "Web from everywhere, SSH from the office", vpc)
    for number, action, protocol, traffic, cidr, ports, description in _FRONT_RULES:
        build.acl_rule(env, acl, number, action, protocol, traffic, cidr, description, **ports)
    return acl


def isolated(env: Environment) -> None:
    """An isolated network, with ingress rules on its source NAT address and egress rules."""
    offering = env["networkofferings"].first(vpcOnly=False) or {}
    zone = next(iter(env["zones"].rows.values()))
    block = IPv4Network("192.168.40.0/24")
    network = build.network(env, "imprimantes", "Label printers, by themselves", offering, zone, block)
    ip = env["publicipaddresses"].first(networkId=network["id"]) or {}
    ingress = (
        ("TCP", "198.51.100.0/24", {"startPort": "631", "endPort": "631"}),
        ("UDP", "198.51.100.0/24", {"startPort": "5353", "endPort": "5353"}),
        ("ICMP", "0.0.0.0/0", {"icmpType": "8", "icmpCode": "0"}),
    )
    for protocol, cidr, ports in ingress:
        env["ingressrules"].add(
            {
                "id": env.new_id(),
                "networkId": network["id"],
                "publicIp": ip["ipAddress"],
                "publicIpId": ip["id"],
                "sourceCidr": cidr,
                "protocol": protocol,
                "state": "Active",
                **ports,
            }
        )
    egress = (
        ("TCP", {"startPort": "443", "endPort": "443", "allPortsAllowed": False}),
        ("UDP", {"startPort": "53", "endPort": "53", "allPortsAllowed": False}),
    )
    for protocol, members in egress:
        env["egressrules"].add(
            {
                "id": env.new_id(),
                "networkId": network["id"],
                "sourceCidr": str(block),
                "destinationCidr": "0.0.0.0/0",
                "protocol": protocol,
                "state": "Active",
                **members,
            }
        )
