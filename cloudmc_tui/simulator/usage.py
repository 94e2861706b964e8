"""What a public address is used for: derived from the rules that use it, so that it is never wrong.

From CloudMC's knowledge base: an address has one purpose at a time.
"""

from __future__ import annotations

from cloudmc_tui.simulator.store import Environment, Row


def refresh(env: Environment, ip_id: str) -> None:
    """Set an address's purposes, network and instances from the rules on it.

    An address of a VPC belongs to a network only while a rule needs it there (inferred, as
    CloudStack does it).
    """
    ip = env["publicipaddresses"].rows.get(ip_id)
    if ip is None or "SOURCE_NAT" in ip["purposes"]:
        return
    purpose, network_id, instance_ids = _use(env, ip_id)
    network = env["networks"].rows.get(network_id or "")
    names = env["instances"].rows
    instances = [{"id": i, "name": names[i]["name"]} for i in dict.fromkeys(instance_ids) if i in names]
    env["publicipaddresses"].change(
        ip,
        purposes=[purpose] if purpose else [],
        networkId=network["id"] if network else None,
        networkName=network["name"] if network else None,
        instances=instances or None,
        privateIpId=env["publicipaddresses"].hidden(ip_id).get("privateIpId"),
    )


def _use(env: Environment, ip_id: str) -> tuple[str | None, str | None, list[str]]:
    """Purpose, network and instances."""
    hidden = env["publicipaddresses"].hidden(ip_id)
    if "privateIpId" in hidden:
        nic = nic_of(env, hidden["privateIpId"])
        if nic is not None:
            return "STATIC_NAT", nic["networkId"], [nic["instanceId"]]
    forwarded = env["portforwardingrules"].where(ipAddressId=ip_id)
    if forwarded:
        return "PORT_FORWARDING", forwarded[0]["networkId"], [rule["instanceId"] for rule in forwarded]
    balanced = env["loadbalancerrules"].where(publicIpId=ip_id)
    if balanced:
        network_id = next((rule["networkId"] for rule in balanced if "networkId" in rule), None)
        return "LOAD_BALANCING", network_id, [i for rule in balanced for i in rule["instanceIds"]]
    return None, hidden.get("networkId"), []


def nic_of(env: Environment, private_ip_id: str) -> Row | None:
    """The NIC that has a private address, as its own or as a secondary one."""
    own = env["nics"].first(ipAddressId=private_ip_id)
    if own is not None:
        return own
    for nic in env["nics"].rows.values():
        if any(ip["id"] == private_ip_id for ip in nic["secondaryIps"]):
            return nic
    return None


def addresses_of(env: Environment, instance_id: str) -> list[Row]:
    """The public addresses that lead to an instance."""
    return [
        ip
        for ip in env["publicipaddresses"].rows.values()
        if any(i["id"] == instance_id for i in ip.get("instances", ()))
    ]


def ports(env: Environment, ip_id: str, instance_id: str) -> list[str]:
    """The public ports of an address that lead to an instance."""
    found = [
        rule["publicPortStart"]
        if rule["publicPortStart"] == rule["publicPortEnd"]
        else f"{rule['publicPortStart']}-{rule['publicPortEnd']}"
        for rule in env["portforwardingrules"].where(ipAddressId=ip_id, instanceId=instance_id)
    ]
    found += [
        rule["publicPort"]
        for rule in env["loadbalancerrules"].where(publicIpId=ip_id)
        if instance_id in rule["instanceIds"]
    ]
    return found
