"""What the made-up instances are used with: groups, snapshots, public addresses, VPNs."""

from __future__ import annotations

from cloudmc_tui.simulator import build, names
from cloudmc_tui.simulator.store import Environment, Row
from cloudmc_tui.simulator.usage import refresh

_PEERS = (
    ("entrepôt-laval", "198.51.100.7", "172.20.0.0/22", "Connected"),
    ("quai-halifax", "203.0.113.9", "172.21.0.0/24,172.21.8.0/24", "Disconnected"),
)
"""Name, gateway, networks and state of the site-to-site VPNs."""


def _instances(env: Environment, *states: str) -> list[Row]:
    """The instances of the first VPC that are in one of these states."""
    vpc = next(iter(env["vpcs"].rows))
    return [row for row in env["instances"].where(vpcId=vpc) if row["state"] in states]


def affinity(env: Environment) -> None:
    """Two groups: one whose members keep apart, one whose members stay together."""
    members = _instances(env, "Running", "Stopped")
    databases = [row for row in members if row["name"].startswith("db-")][:3]
    near = [row for row in members if row["name"].startswith(("api", "cache"))][:2]
    kinds = (
        ("databases-apart", "host anti-affinity", databases),
        ("cache-near", "host affinity", near),
    )
    for name, kind, chosen in kinds:
        group = {
            "id": env.new_id(),
            "name": name,
            "description": f"{kind.capitalize()} group",
            "type": kind,
            "instanceIds": [row["id"] for row in chosen],
        }
        env["affinitygroups"].add(group)
        for row in chosen:
            groups = [*row["affinityGroupIds"], group["id"]]
            env.change("instances", row, affinityGroupIds=groups)


def snapshots(env: Environment) -> None:
    """Snapshots of every seventh volume, and two data volumes that no instance has."""
    zone = next(iter(env["instances"].rows.values()))
    offering = next(o for o in env["diskofferings"].rows.values() if not o["customSize"])
    for number, name in enumerate(("archives-2023", "récupération-janvier")):
        made = env.start - 86400 * (33 + number)
        build.volume(env, name, "data", offering["gbSize"], zone, made, None, offering)
    for volume in list(env["volumes"].rows.values())[::7]:
        day = volume["creationDate"][:10].replace("-", "")
        build.snapshot(env, f"{volume['name']}-{day}", volume)


def public_addresses(env: Environment) -> None:
    """One address of each purpose, and a free one."""
    vpc = next(iter(env["vpcs"].rows.values()))
    running = _instances(env, "Running")
    first = running[0]
    neighbours = [row for row in running if row["networkId"] == first["networkId"]]
    web = [row for row in neighbours if row["name"].startswith("web")] or neighbours
    forwarded = build.public_ip(env, vpc)
    nic = env["nics"].first(instanceId=first["id"]) or {}
    for private, public in (("22", "2222"), ("443", "443"), ("8443", "8443")):
        build.port_forwarding(env, forwarded, nic, "TCP", (private, private), (public, public))
    balanced = build.public_ip(env, vpc)
    _balancing(env, balanced, "web-https", "443", "8443", web, "LbCookie", {"cookieName": "borealis"})
    _balancing(env, balanced, "web-http", "80", "8080", web, None, {})
    static = build.public_ip(env, vpc)
    last = env["nics"].first(instanceId=running[-1]["id"]) or {}
    env["publicipaddresses"].hidden(static["id"])["privateIpId"] = last["ipAddressId"]
    build.public_ip(env, vpc)
    for ip in (forwarded, balanced, static):
        refresh(env, ip["id"])


def _balancing(
    env: Environment,
    ip: Row,
    name: str,
    public: str,
    private: str,
    instances: list[Row],
    sticky: str | None,
    parameters: dict[str, str],
) -> None:
    row = {
        "id": env.new_id(),
        "name": name,
        "networkId": instances[0]["networkId"],
        "publicIp": ip["ipAddress"],
        "publicIpId": ip["id"],
        "publicPort": public,
        "privatePort": private,
        "algorithm": "leastconn" if sticky else "roundrobin",
        "protocol": "tcp",
        "instanceIds": [instance["id"] for instance in instances],
    }
    if sticky:
        row |= {
            "stickinessMethod": sticky,
            "stickinessPolicyId": env.new_id(),
            "stickinessPolicyParameters": parameters,
        }
    env["loadbalancerrules"].add(row)


def vpns(env: Environment) -> None:
    """VPN users, a remote access VPN that is enabled, and site-to-site VPNs."""
    for username in names.VPN_USERS[: 2 + env.size % 3]:
        env["vpnusers"].add({"id": env.new_id(), "username": username})
    vpc = next(iter(env["vpcs"].rows.values()))
    ip = env["publicipaddresses"].first(ipAddress=vpc["sourceNatIp"]) or {}
    remote = env.get("remoteaccessvpns", ip["id"])
    env["remoteaccessvpns"].change(remote, state="Enabled", presharedKey=env.secret())
    env["vpcs"].change(vpc, vpnStatus="Enabled")
    for name, gateway, cidrs, state in _PEERS[: 1 + (env.size > 12)]:
        env["sitetositevpns"].add(
            {
                "id": env.new_id(),
                "name": name,
                "state": state,
                "vpcId": vpc["id"],
                "gateway": gateway,
                "cidrList": cidrs,
                "ipSecPsk": env.secret(),
                "ikeEncryptionAlgorithm": "aes256",
                "ikeHashAlgorithm": "sha256",
                "ikeDhGroup": "modp2048",
                "ikeLifetime": 28800,
                "espEncryptionAlgorithm": "aes256",
                "espHashAlgorithm": "sha256",
                "espPerfectForwardSecrecy": "modp2048",
                "espLifetime": 3600,
                "dpd": True,
                "forceEncap": False,
            }
        )
