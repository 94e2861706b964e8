"""The shapes of entities: each function makes one, with what the platform makes along with it.

Both the seeded cloud and the operations build with these, so that a created entity has exactly the
members that a listed one has.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from cloudmc_tui.simulator import addresses, dates
from cloudmc_tui.simulator.store import Environment, Row


def network_acl(env: Environment, name: str, description: str, vpc: Row | None = None) -> Row:
    """A network ACL, of a VPC or (the two default ones) of none."""
    row = {"id": env.new_id(), "name": name, "description": description}
    if vpc is not None:
        row["vpcId"] = vpc["id"]
    return env["networkacls"].add(row)


def acl_rule(
    env: Environment,
    acl: Row,
    number: int | str,
    action: str,
    protocol: str,
    traffic: str,
    cidr: str = "0.0.0.0/0",
    description: str = "",
    **ports: str,
) -> Row:
    """A rule of a network ACL; ``ports`` are startPort and endPort, or icmpType and icmpCode."""
    return env["networkaclrules"].add(
        {
            "id": env.new_id(),
            "networkAclId": acl["id"],
            "ruleNumber": str(number),
            "description": description,
            "cidr": cidr,
            "action": action,
            "protocol": protocol,
            "trafficType": traffic,
            "state": "Active",
            **ports,
        }
    )


def public_ip(
    env: Environment, vpc: Row | None = None, network: Row | None = None, source_nat: bool = False
) -> Row:
    """A public address of a VPC or of an isolated network."""
    owner = vpc or network or {}
    row = {
        "id": env.new_id(),
        "ipAddress": addresses.public(env),
        "purposes": ["SOURCE_NAT"] if source_nat else [],
        "state": "Allocated",
        "zoneId": owner["zoneId"],
        "zoneName": owner["zoneName"],
    }
    if vpc is not None:
        row |= {"vpcId": vpc["id"], "vpcName": vpc["name"]}
    elif network is not None:
        row |= {"networkId": network["id"], "networkName": network["name"]}
        return env["publicipaddresses"].add(row, networkId=network["id"])
    return env["publicipaddresses"].add(row)


def source_nat(env: Environment, vpc: Row | None = None, network: Row | None = None) -> Row:
    """A source NAT address with the remote access VPN, not enabled, that goes with it."""
    ip = public_ip(env, vpc, network, source_nat=True)
    row = {
        "id": ip["id"],
        "publicIpAddress": ip["ipAddress"],
        "publicIpAddressId": ip["id"],
        "state": "Disabled",
    }
    owner = {"vpcId": vpc["id"]} if vpc else {"networkId": network["id"]} if network else {}
    env["remoteaccessvpns"].add(row, **owner)
    return ip


def vpc(env: Environment, name: str, description: str, offering: Row, zone: Row, domain: str) -> Row:
    """A VPC with its /22 and its source NAT address."""
    row = {
        "id": env.new_id(),
        "name": name,
        "description": description,
        "cidr": addresses.vpc_range(env),
        "zoneId": zone["id"],
        "zoneName": zone["name"],
        "state": "Enabled",
        "networkDomain": domain,
        "vpcOfferingId": offering["id"],
        "requiresUpgrade": False,
        "vpnStatus": "Disabled",
    }
    env["vpcs"].add(row)
    env["vpcs"].change(row, sourceNatIp=source_nat(env, vpc=row)["ipAddress"])
    return row


def network(
    env: Environment,
    name: str,
    description: str,
    offering: Row,
    zone: Row,
    block: IPv4Network,
    vpc: Row | None = None,
    acl: Row | None = None,
    gateway: str | None = None,
) -> Row:
    """A subnet of a VPC, or an isolated network with a source NAT address of its own."""
    row = {
        "id": env.new_id(),
        "name": name,
        "description": description,
        "zoneId": zone["id"],
        "zoneName": zone["name"],
        "cidr": str(block),
        "gateway": gateway or str(block[1]),
        "netmask": str(block.netmask),
        "networkOfferingId": offering["id"],
        "networkOfferingName": offering["name"],
        "networkOfferingDescription": offering["name"],
        "state": "Allocated",
    }
    if vpc is not None:
        row |= {"vpcId": vpc["id"], "vpcName": vpc["name"]}
    if acl is not None:
        row |= {"networkAclId": acl["id"], "networkAclName": acl["name"]}
    env["networks"].add(row)
    if vpc is None:
        source_nat(env, network=row)
    return row


def nic(env: Environment, instance_id: str, net: Row, number: int, address: str | None = None) -> Row:
    """An instance's NIC on a network, the default one when its number is 0.

    Raises:
        ApiError: 400, the address cannot be had.
    """
    row = {
        "id": env.new_id(),
        "name": f"NIC-{number}",
        "ipAddress": addresses.host(env, net, address),
        "ipAddressId": env.new_id(),
        "macAddress": addresses.mac(env),
        "isDefault": number == 0,
        "networkId": net["id"],
        "networkName": net["name"],
        "gateway": net["gateway"],
        "netmask": net["netmask"],
        "instanceId": instance_id,
        "secondaryIps": [],
    }
    if "vpcId" in net:
        row |= {"vpcId": net["vpcId"], "vpcName": net["vpcName"]}
    if net["state"] != "Implemented":
        env["networks"].change(net, state="Implemented")
    return env["nics"].add(row)


def on_network(nic: Row) -> dict[str, Any]:
    """The members by which an instance repeats its default NIC; None: it has none of it."""
    members = ("ipAddress", "ipAddressId", "macAddress", "networkId", "networkName", "vpcId", "vpcName")
    return {member: nic.get(member) for member in members}


def instance(
    env: Environment,
    name: str,
    host: str,
    template: Row,
    offering: Row,
    net: Row,
    cpus: int,
    memory: int,
    state: str,
    address: str | None = None,
    **hidden: Any,
) -> Row:
    """An instance with its default NIC; its volumes are the caller's.

    Raises:
        ApiError: 400, the address cannot be had.
    """
    new_id = env.new_id()
    card = nic(env, new_id, net, 0, address)
    row = {
        "id": new_id,
        "name": name,
        "hostname": host,
        "state": state,
        "affinityGroupIds": [],
        "computeOfferingId": offering["id"],
        "computeOfferingName": offering["name"],
        "cpuCount": cpus,
        "memoryInMB": memory,
        "imageId": template["id"],
        "imageName": template["name"],
        "templateId": template["id"],
        "templateName": template["name"],
        "isPasswordEnabled": template["passwordEnabled"],
        "username": template["defaultUsername"],
        "ipAddress": card["ipAddress"],
        "ipAddressId": card["ipAddressId"],
        "macAddress": card["macAddress"],
        "networkId": net["id"],
        "networkName": net["name"],
        "zoneId": net["zoneId"],
        "zoneName": net["zoneName"],
    }
    if "vpcId" in net:
        row |= {"vpcId": net["vpcId"], "vpcName": net["vpcName"]}
    return env["instances"].add(row, **hidden)


def volume(
    env: Environment,
    name: str,
    kind: str,
    size: int,
    zone: Row,
    moment: float,
    instance: Row | None = None,
    offering: Row | None = None,
    iops: int | None = None,
    state: str = "Ready",
) -> Row:
    """A volume.

    Args:
        env: where.
        name: its name.
        kind: ``os`` or ``data``.
        size: in GB.
        zone: anything that has a zoneId and a zoneName.
        moment: when it was made, in seconds since the epoch.
        instance: what it is attached to.
        offering: its disk offering; a root volume has none.
        iops: where the offering lets it be chosen.
        state: ``Ready`` unless it is still being made.
    """
    row = {
        "id": env.new_id(),
        "name": name,
        "type": kind,
        "creationDate": dates.offset(moment),
        "zoneId": zone["zoneId"],
        "zoneName": zone["zoneName"],
        "state": state,
        "sizeInGb": size,
    }
    if instance is not None:
        row |= {"instanceId": instance["id"], "instanceName": instance["name"]}
    if offering is not None:
        row |= {"diskOfferingId": offering["id"], "diskOfferingName": offering["name"]}
    if iops is not None:
        row["iops"] = iops
    return env["volumes"].add(row)


def snapshot(env: Environment, name: str, volume: Row, state: str = "BackedUp") -> Row:
    """A snapshot taken by hand."""
    return env["snapshots"].add(
        {
            "id": env.new_id(),
            "name": name,
            "state": state,
            "intervalType": "MANUAL",
            "volumeId": volume["id"],
            "volume": volume["name"],
            "volumeType": volume["type"],
        }
    )


def port_forwarding(
    env: Environment,
    ip: Row,
    card: Row,
    protocol: str,
    private: tuple[str, str],
    public: tuple[str, str],
    private_ip: tuple[str, str] | None = None,
) -> Row:
    """A port forwarding rule to a NIC, or to one of its secondary addresses.

    Args:
        env: where.
        ip: the public address.
        card: the NIC.
        protocol: TCP or UDP.
        private: first and last port on the instance.
        public: first and last port on the public address.
        private_ip: id and address, where it is not the NIC's own.
    """
    address_id, address = private_ip or (card["ipAddressId"], card["ipAddress"])
    row = {
        "id": env.new_id(),
        "ipAddress": ip["ipAddress"],
        "ipAddressId": ip["id"],
        "protocol": protocol,
        "privatePortStart": private[0],
        "privatePortEnd": private[1],
        "publicPortStart": public[0],
        "publicPortEnd": public[1],
        "instanceId": card["instanceId"],
        "instanceName": env.get("instances", card["instanceId"])["name"],
        "networkId": card["networkId"],
        "privateIp": address,
        "privateIpId": address_id,
    }
    if "vpcId" in card:
        row["vpcId"] = card["vpcId"]
    return env["portforwardingrules"].add(row)
