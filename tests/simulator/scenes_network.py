"""Scenarios of VPCs, networks, ACLs, public addresses, their rules, NICs and firewalls."""

from __future__ import annotations

from tests.simulator.harness import Row, new_subnet, new_vpc
from tests.simulator.scenarios import Scene, scenario


@scenario("vpcs", "create")
async def create_vpc(s: Scene) -> None:
    offering = await s.cloud.one("vpcofferings")
    sent = {
        "name": "neuf",
        "description": "Brand new",
        "vpcOfferingId": offering["id"],
        "networkDomain": "neuf.internal",
    }
    made = await s.run(body=sent)
    shown = await s.cloud.get("vpcs", made["id"])
    assert shown == shown | sent
    assert shown["state"] == "Enabled"
    assert shown["cidr"].endswith("/22")
    ip = await s.cloud.one("publicipaddresses", vpcId=made["id"])
    assert (ip["ipAddress"], ip["purposes"]) == (shown["sourceNatIp"], ["SOURCE_NAT"])
    vpn = await s.cloud.get("remoteaccessvpns", ip["id"])
    assert (vpn["publicIpAddressId"], vpn["state"]) == (ip["id"], "Disabled")


@scenario("vpcs", "update")
async def update_vpc(s: Scene) -> None:
    vpc = await s.cloud.one("vpcs")
    await s.run(vpc["id"], {"name": "central", "description": "Le principal"})
    after = await s.cloud.get("vpcs", vpc["id"])
    assert after == {**vpc, "name": "central", "description": "Le principal"}
    assert {n["vpcName"] for n in await s.cloud.all("networks", vpcId=vpc["id"])} == {"central"}
    assert {i["vpcName"] for i in await s.cloud.all("instances", vpcId=vpc["id"])} == {"central"}


@scenario("vpcs", "restart")
async def restart_vpc(s: Scene) -> None:
    vpc = await s.cloud.one("vpcs")
    assert await s.run(vpc["id"]) == vpc
    assert (await s.cloud.get("vpcs", vpc["id"]))["state"] == "Enabled"


@scenario("vpcs", "delete")
async def delete_vpc(s: Scene) -> None:
    vpc = await new_vpc(s.cloud)
    ip = await s.cloud.one("publicipaddresses", vpcId=vpc["id"])
    await s.run(vpc["id"])
    assert await s.cloud.gone("vpcs", vpc["id"])
    assert await s.cloud.gone("publicipaddresses", ip["id"])
    assert await s.cloud.gone("remoteaccessvpns", ip["id"])


@scenario("networks", "create")
async def create_network(s: Scene) -> None:
    vpc = await s.cloud.one("vpcs")
    acl = await s.cloud.one("networkacls", vpcId=vpc["id"])
    offering = await s.cloud.one("networkofferings", vpcOnly=True)
    sent = {
        "name": "quatrième",
        "description": "A fourth one",
        "networkOfferingId": offering["id"],
        "vpcId": vpc["id"],
        "networkAclId": acl["id"],
    }
    made = await s.run(body=sent)
    shown = await s.cloud.get("networks", made["id"])
    assert shown == shown | sent
    assert (shown["state"], shown["vpcName"], shown["networkAclName"]) == (
        "Allocated",
        vpc["name"],
        acl["name"],
    )
    assert len({n["cidr"] for n in await s.cloud.all("networks", vpcId=vpc["id"])}) == 4


@scenario("networks", "update")
async def update_network(s: Scene) -> None:
    network = (await s.cloud.all("networks"))[0]
    await s.run(network["id"], {"name": "devant", "description": "Autre"})
    assert await s.cloud.get("networks", network["id"]) == {
        **network,
        "name": "devant",
        "description": "Autre",
    }
    assert {n["networkName"] for n in await s.cloud.all("nics", networkId=network["id"])} == {"devant"}


@scenario("networks", "replace")
async def replace_acl(s: Scene) -> None:
    network = (await s.cloud.all("networks"))[0]
    acl = await s.cloud.one("networkacls", name="default_deny")
    await s.run(network["id"], {"networkAclId": acl["id"]})
    after = await s.cloud.get("networks", network["id"])
    assert (after["networkAclId"], after["networkAclName"]) == (acl["id"], "default_deny")


@scenario("networks", "delete")
async def delete_network(s: Scene) -> None:
    network = await new_subnet(s.cloud, await s.cloud.one("vpcs"))
    await s.run(network["id"])
    assert await s.cloud.gone("networks", network["id"])


@scenario("networkacls", "create")
async def create_acl(s: Scene) -> None:
    vpc = await s.cloud.one("vpcs")
    sent = {"name": "stricte", "description": "Little", "vpcId": vpc["id"]}
    made = await s.run(body=sent)
    assert await s.cloud.get("networkacls", made["id"]) == {"id": made["id"], **sent}


@scenario("networkacls", "delete")
async def delete_acl(s: Scene) -> None:
    vpc = await s.cloud.one("vpcs")
    body = {"name": "passagère", "description": "", "vpcId": vpc["id"]}
    acl = await s.cloud.do("POST", "networkacls", body)
    rule = await s.cloud.do("POST", "networkaclrules", {**RULE, "networkAclId": acl["id"]})
    await s.run(acl["id"])
    assert await s.cloud.gone("networkacls", acl["id"])
    assert await s.cloud.gone("networkaclrules", rule["id"])


RULE: Row = {
    "ruleNumber": 77,
    "cidr": "198.51.100.0/25",
    "action": "Deny",
    "protocol": "TCP",
    "trafficType": "Ingress",
    "startPort": 8000,
    "endPort": "8010",
    "description": "Not these",
}


async def _acl(s: Scene) -> Row:
    return next(acl for acl in await s.cloud.all("networkacls") if "vpcId" in acl)


@scenario("networkaclrules", "create")
async def create_rule(s: Scene) -> None:
    acl = await _acl(s)
    made = await s.run(body={**RULE, "networkAclId": acl["id"]})
    texts = {"ruleNumber": "77", "startPort": "8000", "endPort": "8010"}
    expected = {**RULE, **texts, "id": made["id"], "networkAclId": acl["id"], "state": "Active"}
    assert await s.cloud.get("networkaclrules", made["id"]) == expected


@scenario("networkaclrules", "update")
async def update_rule(s: Scene) -> None:
    acl = await _acl(s)
    rule = await s.cloud.one("networkaclrules", networkAclId=acl["id"], protocol="TCP")
    await s.run(rule["id"], {"protocol": "UDP", "endPort": 1999, "startPort": "1900", "ruleNumber": "78"})
    changed = {"protocol": "UDP", "startPort": "1900", "endPort": "1999", "ruleNumber": "78"}
    assert await s.cloud.get("networkaclrules", rule["id"]) == {**rule, **changed}


@scenario("networkaclrules", "delete")
async def delete_rule(s: Scene) -> None:
    acl = await _acl(s)
    rule = await s.cloud.one("networkaclrules", networkAclId=acl["id"])
    await s.run(rule["id"])
    assert await s.cloud.gone("networkaclrules", rule["id"])


@scenario("publicipaddresses", "create")
async def acquire(s: Scene) -> None:
    vpc = await s.cloud.one("vpcs")
    made = await s.run(body={"vpcId": vpc["id"]})
    shown = await s.cloud.get("publicipaddresses", made["id"])
    assert (shown["vpcName"], shown["purposes"], shown["state"]) == (vpc["name"], [], "Allocated")


@scenario("publicipaddresses", "delete")
async def release(s: Scene) -> None:
    rule = await s.cloud.one("portforwardingrules")
    await s.run(rule["ipAddressId"])
    assert await s.cloud.gone("publicipaddresses", rule["ipAddressId"])
    assert await s.cloud.gone("portforwardingrules", rule["id"])


@scenario("publicipaddresses", "enableStaticNat")
async def enable_static_nat(s: Scene) -> None:
    ip = await s.cloud.one("publicipaddresses", purposes=[])
    instance = await s.cloud.one("instances", vpcId=ip["vpcId"], state="Running")
    await s.run(ip["id"], {"privateIpId": instance["ipAddressId"]})
    after = await s.cloud.get("publicipaddresses", ip["id"])
    assert (after["purposes"], after["privateIpId"]) == (["STATIC_NAT"], instance["ipAddressId"])
    assert after["instances"] == [{"id": instance["id"], "name": instance["name"]}]
    assert after["networkId"] == instance["networkId"]


@scenario("publicipaddresses", "disableStaticNat")
async def disable_static_nat(s: Scene) -> None:
    ip = await s.cloud.one("publicipaddresses", purposes=["STATIC_NAT"])
    await s.run(ip["id"])
    after = await s.cloud.get("publicipaddresses", ip["id"])
    assert after["purposes"] == []
    assert {"privateIpId", "instances", "networkId"}.isdisjoint(after)


@scenario("portforwardingrules", "create")
async def forward(s: Scene) -> None:
    ip = await s.cloud.one("publicipaddresses", purposes=[])
    instance = await s.cloud.one("instances", vpcId=ip["vpcId"], state="Running")
    sent = {
        "ipAddressId": ip["id"],
        "instanceId": instance["id"],
        "protocol": "UDP",
        "privatePortStart": "5000",
        "privatePortEnd": "5009",
        "publicPortStart": "6000",
        "publicPortEnd": "6009",
    }
    made = await s.run(body=sent)
    shown = await s.cloud.get("portforwardingrules", made["id"])
    assert shown == shown | sent
    assert (shown["privateIp"], shown["privateIpId"]) == (instance["ipAddress"], instance["ipAddressId"])
    assert (shown["instanceName"], shown["ipAddress"]) == (instance["name"], ip["ipAddress"])
    assert (await s.cloud.get("publicipaddresses", ip["id"]))["purposes"] == ["PORT_FORWARDING"]


@scenario("portforwardingrules", "delete")
async def unforward(s: Scene) -> None:
    rules = await s.cloud.all("portforwardingrules")
    for rule in rules:
        await s.run(rule["id"])
        assert await s.cloud.gone("portforwardingrules", rule["id"])
    after = await s.cloud.get("publicipaddresses", rules[0]["ipAddressId"])
    assert after["purposes"] == [], "an address without rules has no purpose"


@scenario("loadbalancerrules", "create")
async def balance(s: Scene) -> None:
    ip = await s.cloud.one("publicipaddresses", purposes=[])
    instance = await s.cloud.one("instances", vpcId=ip["vpcId"], state="Running")
    sent = {
        "name": "api",
        "publicIpId": ip["id"],
        "networkId": instance["networkId"],
        "publicPort": "8080",
        "privatePort": "80",
        "algorithm": "source",
        "protocol": "tcp",
        "instanceIds": [instance["id"]],
        "stickinessMethod": "AppCookie",
        "stickinessPolicyParameters": {"cookieName": "s", "length": "52"},
    }
    made = await s.run(body=sent)
    shown = await s.cloud.get("loadbalancerrules", made["id"])
    assert shown == shown | sent
    assert shown["publicIp"] == ip["ipAddress"]
    assert (await s.cloud.get("publicipaddresses", ip["id"]))["purposes"] == ["LOAD_BALANCING"]


@scenario("loadbalancerrules", "update")
async def update_balance(s: Scene) -> None:
    rule = await s.cloud.one("loadbalancerrules")
    await s.run(rule["id"], {"name": "autre", "algorithm": "source"})
    after = await s.cloud.get("loadbalancerrules", rule["id"])
    assert after == {**rule, "name": "autre", "algorithm": "source"}


@scenario("loadbalancerrules", "updateInstances")
async def update_instances(s: Scene) -> None:
    rule = await s.cloud.one("loadbalancerrules")
    kept = rule["instanceIds"][:1]
    await s.run(rule["id"], {"instanceIds": kept})
    assert (await s.cloud.get("loadbalancerrules", rule["id"]))["instanceIds"] == kept


@scenario("loadbalancerrules", "updateStickiness")
async def update_stickiness(s: Scene) -> None:
    rule = await s.cloud.one("loadbalancerrules", stickinessMethod=None)
    parameters = {"tableSize": "200k", "expires": "30m"}
    await s.run(rule["id"], {"stickinessMethod": "SourceBased", "stickinessPolicyParameters": parameters})
    after = await s.cloud.get("loadbalancerrules", rule["id"])
    assert (after["stickinessMethod"], after["stickinessPolicyParameters"]) == ("SourceBased", parameters)
    assert after["stickinessPolicyId"]


@scenario("loadbalancerrules", "delete")
async def unbalance(s: Scene) -> None:
    rules = await s.cloud.all("loadbalancerrules")
    for rule in rules:
        await s.run(rule["id"])
        assert await s.cloud.gone("loadbalancerrules", rule["id"])
    assert (await s.cloud.get("publicipaddresses", rules[0]["publicIpId"]))["purposes"] == []


async def _second_nic(s: Scene) -> tuple[Row, Row, Row]:
    """An instance, another network of its VPC, and a NIC of it there."""
    instance = await s.cloud.one("instances", state="Running")
    networks = await s.cloud.all("networks", vpcId=instance["vpcId"])
    network = next(n for n in networks if n["id"] != instance["networkId"])
    body = {"networkId": network["id"], "instanceId": instance["id"]}
    return instance, network, await s.cloud.do("POST", "nics", body)


@scenario("nics", "create")
async def create_nic(s: Scene) -> None:
    instance = await s.cloud.one("instances", state="Running")
    networks = await s.cloud.all("networks", vpcId=instance["vpcId"])
    network = next(n for n in networks if n["id"] != instance["networkId"])
    made = await s.run(body={"networkId": network["id"], "instanceId": instance["id"]})
    shown = await s.cloud.get("nics", made["id"])
    assert (shown["instanceId"], shown["networkName"]) == (instance["id"], network["name"])
    assert shown["isDefault"] is False
    assert len((await s.cloud.get("instances", instance["id"]))["nics"]) == 2


@scenario("nics", "setDefault")
async def set_default_nic(s: Scene) -> None:
    instance, network, nic = await _second_nic(s)
    await s.run(nic["id"])
    after = await s.cloud.get("instances", instance["id"])
    assert (after["networkId"], after["ipAddress"]) == (network["id"], nic["ipAddress"])
    assert [n["id"] for n in after["nics"] if n["isDefault"]] == [nic["id"]]


@scenario("nics", "delete")
async def delete_nic(s: Scene) -> None:
    _, _, nic = await _second_nic(s)
    await s.run(nic["id"])
    assert await s.cloud.gone("nics", nic["id"])


async def _isolated(s: Scene) -> Row:
    return await s.cloud.one("networks", vpcId=None)


@scenario("ingressrules", "create")
async def create_ingress(s: Scene) -> None:
    network = await _isolated(s)
    sent = {
        "networkId": network["id"],
        "sourceCidr": "192.0.2.0/24",
        "protocol": "TCP",
        "startPort": "22",
        "endPort": "23",
    }
    made = await s.run(body=sent)
    shown = await s.cloud.get("ingressrules", made["id"])
    assert shown == shown | sent
    ip = await s.cloud.get("publicipaddresses", shown["publicIpId"])
    assert (ip["ipAddress"], ip["networkId"]) == (shown["publicIp"], network["id"])


@scenario("ingressrules", "delete")
async def delete_ingress(s: Scene) -> None:
    rule = await s.cloud.one("ingressrules")
    await s.run(rule["id"])
    assert await s.cloud.gone("ingressrules", rule["id"])


@scenario("egressrules", "create")
async def create_egress(s: Scene) -> None:
    network = await _isolated(s)
    sent = {
        "networkId": network["id"],
        "sourceCidr": network["cidr"],
        "protocol": "ICMP",
        "icmpType": 8,
        "icmpCode": "0",
    }
    made = await s.run(body=sent)
    shown = await s.cloud.get("egressrules", made["id"])
    assert shown == shown | sent | {"icmpType": "8", "icmpCode": "0", "state": "Active"}


@scenario("egressrules", "delete")
async def delete_egress(s: Scene) -> None:
    rule = await s.cloud.one("egressrules")
    await s.run(rule["id"])
    assert await s.cloud.gone("egressrules", rule["id"])
