"""What the cloud allows and refuses with VPCs, networks, ACLs, addresses, rules and NICs."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from tests.simulator.harness import NOWHERE, Cloud, Row, instance_body, new_instance, new_subnet, new_vpc


async def test_each_vpc_has_a_range_and_a_source_nat_address_of_its_own(cloud: Cloud) -> None:
    await new_vpc(cloud)
    vpcs = await cloud.all("vpcs")
    blocks = [IPv4Network(vpc["cidr"]) for vpc in vpcs]
    assert all(block.prefixlen == 22 for block in blocks)
    assert not any(a.overlaps(b) for a in blocks for b in blocks if a is not b)
    for vpc in vpcs:
        nat = [
            ip
            for ip in await cloud.all("publicipaddresses", vpcId=vpc["id"])
            if ip["purposes"] == ["SOURCE_NAT"]
        ]
        assert [ip["ipAddress"] for ip in nat] == [vpc["sourceNatIp"]]


async def test_a_source_nat_address_is_released_only_with_its_vpc(cloud: Cloud) -> None:
    vpc = await new_vpc(cloud)
    ip = await cloud.one("publicipaddresses", vpcId=vpc["id"])
    assert (await cloud.refused("DELETE", f"publicipaddresses/{ip['id']}"))["code"] == 2015
    await cloud.do("DELETE", f"vpcs/{vpc['id']}")
    assert await cloud.gone("publicipaddresses", ip["id"])


async def test_a_vpc_with_networks_stays(cloud: Cloud) -> None:
    vpc = await new_vpc(cloud)
    network = await new_subnet(cloud, vpc)
    error = await cloud.refused("DELETE", f"vpcs/{vpc['id']}")
    assert (error["code"], error["context"]["networkIds"]) == (2014, [network["id"]])
    await cloud.do("DELETE", f"networks/{network['id']}")
    acl = await cloud.do("POST", "networkacls", {"name": "a", "description": "b", "vpcId": vpc["id"]})
    await cloud.do("DELETE", f"vpcs/{vpc['id']}")
    assert await cloud.gone("networkacls", acl["id"])


async def test_a_network_with_instances_stays(cloud: Cloud) -> None:
    network = await new_subnet(cloud, await cloud.one("vpcs"))
    made = await new_instance(cloud, network)
    error = await cloud.refused("DELETE", f"networks/{network['id']}")
    assert (error["code"], error["context"]["instanceIds"]) == (2014, [made["id"]])
    await cloud.do("DELETE", f"instances/{made['id']}")
    await cloud.do("DELETE", f"networks/{network['id']}")
    assert await cloud.gone("instances", made["id"]), "a destroyed instance goes with its network"


async def test_an_instance_begun_meanwhile_makes_the_deletion_of_its_network_fail(cloud: Cloud) -> None:
    network = await new_subnet(cloud, await cloud.one("vpcs"))
    deletion = await cloud.begin("DELETE", f"networks/{network['id']}")
    body = instance_body(await cloud.one("templates"), await cloud.one("computeofferings"), network)
    creation = await cloud.begin("POST", "instances", body)
    ended = await cloud.end(deletion)
    assert ended["taskStatus"] == ended["data"]["status"] == "FAILED"
    assert ended["errors"][0]["code"] == 2014
    assert ended["data"]["result"]["errors"] == ended["errors"]
    assert (await cloud.task(creation))["taskStatus"] == "SUCCESS"
    assert (await cloud.get("networks", network["id"]))["state"] == "Implemented"


async def test_subnets_need_a_vpc_and_an_acl_that_fit(cloud: Cloud) -> None:
    offering = await cloud.one("networkofferings", vpcOnly=True)
    first, second = await cloud.all("vpcs")
    body = {"name": "n", "description": "d", "networkOfferingId": offering["id"]}
    reply = await cloud.ask("POST", "networks", body)
    assert [e["context"]["field"] for e in reply.json()["errors"]] == ["vpcId", "networkAclId"]
    acl = await cloud.one("networkacls", vpcId=second["id"])
    error = await cloud.refused("POST", "networks", {**body, "vpcId": first["id"], "networkAclId": acl["id"]})
    assert error["code"] == 2015


async def test_a_vpc_has_room_for_four_subnets(cloud: Cloud) -> None:
    vpc = await new_vpc(cloud)
    for number in range(4):
        await new_subnet(cloud, vpc, f"n{number}")
    offering = await cloud.one("networkofferings", vpcOnly=True)
    acl = await cloud.one("networkacls", name="default_deny")
    body = {
        "name": "fifth",
        "description": "",
        "networkOfferingId": offering["id"],
        "vpcId": vpc["id"],
        "networkAclId": acl["id"],
    }
    assert (await cloud.refused("POST", "networks", body))["code"] == 2016


async def test_isolated_networks(cloud: Cloud) -> None:
    offering = await cloud.one("networkofferings", vpcOnly=False)
    body = {"name": "seul", "description": "", "networkOfferingId": offering["id"]}
    for half in ({"gateway": "192.168.7.1"}, {"netmask": "255.255.255.0"}):
        assert (await cloud.refused("POST", "networks", {**body, **half}))["code"] == 2001
    wrong = {"gateway": "192.168.7.1", "netmask": "255.0.255.0"}
    assert (await cloud.refused("POST", "networks", {**body, **wrong}))["context"]["field"] == "netmask"
    given = {"gateway": "192.168.7.1", "netmask": "255.255.255.128"}
    made = await cloud.do("POST", "networks", {**body, **given})
    assert (made["cidr"], made["gateway"], made["netmask"]) == ("192.168.7.0/25", *given.values())
    assert {"vpcId", "networkAclId"}.isdisjoint(made)
    ip = await cloud.one("publicipaddresses", networkId=made["id"])
    assert ip["purposes"] == ["SOURCE_NAT"]
    acl = await cloud.one("networkacls", name="default_deny")
    path = f"networks/{made['id']}?operation=replace"
    assert (await cloud.refused("POST", path, {"networkAclId": acl["id"]}))["code"] == 2015
    await cloud.do("DELETE", f"networks/{made['id']}")
    assert await cloud.gone("publicipaddresses", ip["id"])


async def test_ports_forwarded_on_an_isolated_network(cloud: Cloud) -> None:
    network = await cloud.one("networks", vpcId=None)
    made = await new_instance(cloud, network, portsToForward=["631"])
    assert "vpcId" not in made
    (ip,) = made["publicIps"]
    assert ip["ports"] == ["631"]
    assert (await cloud.get("publicipaddresses", ip["id"]))["networkId"] == network["id"]


async def test_the_default_acls_cannot_be_changed(cloud: Cloud) -> None:
    for name in ("default_allow", "default_deny"):
        acl = await cloud.one("networkacls", name=name)
        assert "vpcId" not in acl
        rule = await cloud.one("networkaclrules", networkAclId=acl["id"])
        body = {**_rule(acl), "ruleNumber": 5}
        for method, path, sent in (
            ("DELETE", f"networkacls/{acl['id']}", None),
            ("POST", "networkaclrules", body),
            ("PUT", f"networkaclrules/{rule['id']}", {"cidr": "192.0.2.0/24"}),
            ("DELETE", f"networkaclrules/{rule['id']}", None),
        ):
            assert (await cloud.refused(method, path, sent))["code"] == 2015


async def test_an_acl_in_use_stays(cloud: Cloud) -> None:
    network = next(n for n in await cloud.all("networks") if n.get("networkAclName", "").endswith("front"))
    error = await cloud.refused("DELETE", f"networkacls/{network['networkAclId']}")
    assert (error["code"], error["context"]["networkIds"]) == (2014, [network["id"]])


def _rule(acl: Row, **more: Any) -> Row:
    return {
        "networkAclId": acl["id"],
        "ruleNumber": "300",
        "cidr": "0.0.0.0/0",
        "action": "Allow",
        "protocol": "TCP",
        "trafficType": "Egress",
        "startPort": "1",
        "endPort": "2",
        **more,
    }


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"protocol": "TCP", "startPort": None}, "startPort"),
        ({"protocol": "TCP", "startPort": 70000}, "startPort"),
        ({"protocol": "UDP", "startPort": 20, "endPort": "10"}, "endPort"),
        ({"protocol": "ICMP"}, "icmpType"),
        ({"protocol": "ICMP", "icmpType": 999, "icmpCode": 0}, "icmpType"),
        ({"protocol": "GRE"}, "protocol"),
        ({"action": "Maybe"}, "action"),
        ({"trafficType": "Sideways"}, "trafficType"),
        ({"cidr": "everywhere"}, "cidr"),
        ({"ruleNumber": 0}, "ruleNumber"),
        ({"ruleNumber": 10}, "ruleNumber"),
    ],
)
async def test_acl_rules_that_are_not_allowed(cloud: Cloud, members: Row, field: str) -> None:
    acl = next(a for a in await cloud.all("networkacls") if "vpcId" in a)
    error = await cloud.refused("POST", "networkaclrules", _rule(acl, **members))
    assert error["context"]["field"] == field


async def test_acl_rules_of_every_protocol(cloud: Cloud) -> None:
    acl = next(a for a in await cloud.all("networkacls") if "vpcId" in a)
    made = await cloud.do("POST", "networkaclrules", _rule(acl, protocol="ALL", ruleNumber=301))
    assert {"startPort", "endPort", "icmpType", "icmpCode"}.isdisjoint(made)
    icmp = _rule(acl, protocol="ICMP", ruleNumber=302, icmpType=-1, icmpCode="-1")
    made = await cloud.do("POST", "networkaclrules", icmp)
    assert (made["icmpType"], made["icmpCode"]) == ("-1", "-1")
    one_port = {**_rule(acl, ruleNumber=303), "endPort": None}
    assert (await cloud.do("POST", "networkaclrules", one_port))["endPort"] == "1"


async def test_a_rule_s_protocol_changes_only_between_tcp_and_udp(cloud: Cloud) -> None:
    acl = next(a for a in await cloud.all("networkacls") if "vpcId" in a)
    tcp = await cloud.one("networkaclrules", networkAclId=acl["id"], protocol="TCP")
    icmp = await cloud.one("networkaclrules", networkAclId=acl["id"], protocol="ICMP")
    for rule, protocol in ((tcp, "ICMP"), (tcp, "ALL"), (icmp, "TCP")):
        path = f"networkaclrules/{rule['id']}"
        assert (await cloud.refused("PUT", path, {"protocol": protocol}))["code"] == 2015
    changed = await cloud.do("PUT", f"networkaclrules/{tcp['id']}", {"protocol": "UDP"})
    assert changed == {**tcp, "protocol": "UDP"}
    changed = await cloud.do("PUT", f"networkaclrules/{tcp['id']}", {"endPort": 60000})
    assert (changed["startPort"], changed["endPort"]) == (tcp["startPort"], "60000")
    refused = await cloud.refused("PUT", f"networkaclrules/{tcp['id']}", {"startPort": 60001})
    assert refused["context"]["field"] == "endPort"


async def _ip(cloud: Cloud, *purposes: str) -> Row:
    return await cloud.one("publicipaddresses", purposes=list(purposes))


async def _forwarding(cloud: Cloud, ip: Row, **more: Any) -> Row:
    vpc = await cloud.get("vpcs", ip["vpcId"])
    instance = await cloud.one("instances", vpcId=vpc["id"], state="Running")
    return {
        "ipAddressId": ip["id"],
        "instanceId": instance["id"],
        "protocol": "TCP",
        "privatePortStart": "22",
        "publicPortStart": "22",
        **more,
    }


async def _balancing(cloud: Cloud, ip: Row, **more: Any) -> Row:
    instance = await cloud.one("instances", vpcId=ip["vpcId"], state="Running")
    return {
        "name": "essai",
        "publicIpId": ip["id"],
        "publicPort": 8000,
        "privatePort": "80",
        "algorithm": "roundrobin",
        "protocol": "tcp",
        "instanceIds": [instance["id"]],
        **more,
    }


async def test_an_address_has_one_purpose(cloud: Cloud) -> None:
    for purpose in ("SOURCE_NAT", "STATIC_NAT", "LOAD_BALANCING"):
        body = await _forwarding(cloud, await _ip(cloud, purpose))
        error = await cloud.refused("POST", "portforwardingrules", body)
        assert (error["code"], error["context"]["purpose"]) == (2015, purpose)
    for purpose in ("SOURCE_NAT", "STATIC_NAT", "PORT_FORWARDING"):
        body = await _balancing(cloud, await _ip(cloud, purpose))
        error = await cloud.refused("POST", "loadbalancerrules", body)
        assert (error["code"], error["context"]["purpose"]) == (2015, purpose)
    for purpose in ("SOURCE_NAT", "STATIC_NAT", "PORT_FORWARDING", "LOAD_BALANCING"):
        ip = await _ip(cloud, purpose)
        instance = await cloud.one("instances", vpcId=ip["vpcId"], state="Running")
        path = f"publicipaddresses/{ip['id']}?operation=enableStaticNat"
        error = await cloud.refused("POST", path, {"privateIpId": instance["ipAddressId"]})
        assert (error["code"], error["context"]["purpose"]) == (2015, purpose)


async def test_an_address_that_found_another_purpose_meanwhile(cloud: Cloud) -> None:
    ip = await _ip(cloud)
    first = await cloud.begin("POST", "portforwardingrules", await _forwarding(cloud, ip))
    second = await cloud.begin("POST", "loadbalancerrules", await _balancing(cloud, ip))
    ended = {(await cloud.end(first))["taskStatus"], (await cloud.task(second))["taskStatus"]}
    assert ended == {"SUCCESS", "FAILED"}
    assert len((await cloud.get("publicipaddresses", ip["id"]))["purposes"]) == 1


async def test_port_forwarding_rules(cloud: Cloud) -> None:
    ip = await _ip(cloud)
    body = await _forwarding(cloud, ip)
    made = await cloud.do("POST", "portforwardingrules", body)
    assert (made["privatePortEnd"], made["publicPortEnd"]) == ("22", "22"), "the last port may be missing"
    same = await cloud.refused("POST", "portforwardingrules", {**body, "privatePortStart": "23"})
    assert same["code"] == 2010, "a public port is taken once"
    udp = await cloud.do("POST", "portforwardingrules", {**body, "protocol": "UDP"})
    assert udp["publicPortStart"] == "22"
    uneven = {**body, "publicPortStart": "30", "publicPortEnd": "40"}
    assert (await cloud.refused("POST", "portforwardingrules", uneven))["context"]["field"] == "publicPortEnd"
    instance = await cloud.get("instances", body["instanceId"])
    by_address = {**body, "privateIpId": instance["ipAddressId"], "publicPortStart": 99, "instanceId": None}
    by_address["privatePortStart"] = 99
    rule = await cloud.do("POST", "portforwardingrules", by_address)
    assert rule["instanceId"] == instance["id"]
    neither = {**by_address, "privateIpId": None, "publicPortStart": 98, "privatePortStart": 98}
    assert (await cloud.refused("POST", "portforwardingrules", neither))["context"]["field"] == "instanceId"


async def test_port_forwarding_stays_in_the_vpc(cloud: Cloud) -> None:
    ip = await _ip(cloud)
    other = next(i for i in await cloud.all("instances", state="Running") if i["vpcId"] != ip["vpcId"])
    body = await _forwarding(cloud, ip, instanceId=other["id"])
    assert (await cloud.refused("POST", "portforwardingrules", body))["code"] == 2015


async def test_static_nat(cloud: Cloud) -> None:
    ip, used = await _ip(cloud), await _ip(cloud, "STATIC_NAT")
    path = f"publicipaddresses/{ip['id']}?operation=enableStaticNat"
    assert (await cloud.refused("POST", path))["code"] == 2001
    assert (await cloud.refused("POST", path, {"privateIpId": NOWHERE}))["code"] == 2003
    assert (await cloud.refused("POST", path, {"privateIpId": used["privateIpId"]}))["code"] == 2015
    path = f"publicipaddresses/{ip['id']}?operation=disableStaticNat"
    assert (await cloud.refused("POST", path))["code"] == 2015


async def test_purging_an_instance_ends_its_static_nat(cloud: Cloud) -> None:
    ip = await _ip(cloud, "STATIC_NAT")
    instance_id = ip["instances"][0]["id"]
    await cloud.do("DELETE", f"instances/{instance_id}", {"purgeImmediately": True})
    after = await cloud.get("publicipaddresses", ip["id"])
    assert after["purposes"] == []
    assert "privateIpId" not in after


async def test_load_balancer_rules(cloud: Cloud) -> None:
    ip = await _ip(cloud)
    body = await _balancing(cloud, ip)
    made = await cloud.do("POST", "loadbalancerrules", body)
    instance = await cloud.get("instances", body["instanceIds"][0])
    assert (made["publicPort"], made["networkId"]) == ("8000", instance["networkId"])
    assert (await cloud.refused("POST", "loadbalancerrules", body))["code"] == 2010
    network = next(n for n in await cloud.all("networks", vpcId=ip["vpcId"]) if n["id"] != made["networkId"])
    elsewhere = {**body, "networkId": network["id"], "publicPort": 8001}
    assert (await cloud.refused("POST", "loadbalancerrules", elsewhere))["code"] == 2015
    wrong = {**body, "algorithm": "random", "publicPort": 8002}
    assert (await cloud.refused("POST", "loadbalancerrules", wrong))["context"]["field"] == "algorithm"
    other = await cloud.one("instances", networkId=network["id"], state="Running")
    path = f"loadbalancerrules/{made['id']}?operation=updateInstances"
    assert (await cloud.refused("PUT", path, {"instanceIds": [other["id"]]}))["code"] == 2015
    assert (await cloud.do("POST", path, {"instanceIds": []}))["instanceIds"] == []


async def test_a_load_balancer_rule_without_instances_finds_its_network_later(cloud: Cloud) -> None:
    ip = await _ip(cloud)
    body = await _balancing(cloud, ip)
    made = await cloud.do("POST", "loadbalancerrules", {**body, "instanceIds": []})
    assert "networkId" not in made
    path = f"loadbalancerrules/{made['id']}?operation=updateInstances"
    after = await cloud.do("POST", path, {"instanceIds": body["instanceIds"]})
    assert after["networkId"] == (await cloud.get("instances", body["instanceIds"][0]))["networkId"]


async def test_stickiness_can_be_taken_away(cloud: Cloud) -> None:
    rule = await cloud.one("loadbalancerrules", stickinessMethod="LbCookie")
    path = f"loadbalancerrules/{rule['id']}?operation=updateStickiness"
    assert (await cloud.refused("PUT", path, {"stickinessMethod": "Glue"}))["code"] == 2002
    after = await cloud.do("PUT", path, {"stickinessMethod": "none"})
    assert not [member for member in after if member.startswith("stickiness")]


async def test_nics(cloud: Cloud) -> None:
    rule = await cloud.one("portforwardingrules")
    instance = await cloud.get("instances", rule["instanceId"])
    default = instance["nics"][0]
    assert (await cloud.refused("DELETE", f"nics/{default['id']}"))["code"] == 2015
    assert (await cloud.refused("POST", f"nics/{default['id']}?operation=setDefault"))["code"] == 2015
    twice = {"networkId": instance["networkId"], "instanceId": instance["id"]}
    assert (await cloud.refused("POST", "nics", twice))["code"] == 2015, "one a network and instance"
    far = next(n for n in await cloud.all("networks") if n["zoneId"] != instance["zoneId"])
    assert (await cloud.refused("POST", "nics", {**twice, "networkId": far["id"]}))["code"] == 2015
    near = next(
        n for n in await cloud.all("networks", vpcId=instance["vpcId"]) if n["id"] != instance["networkId"]
    )
    second = await cloud.do("POST", "nics", {**twice, "networkId": near["id"]})
    await cloud.do("POST", f"nics/{second['id']}?operation=setDefault")
    error = await cloud.refused("DELETE", f"nics/{default['id']}")
    assert error["code"] == 2014, "rules lead to it"
    assert rule["id"] in error["context"]["ruleIds"]


async def test_firewall_rules_are_for_isolated_networks(cloud: Cloud) -> None:
    tier = next(n for n in await cloud.all("networks") if "vpcId" in n)
    body = {
        "networkId": tier["id"],
        "sourceCidr": "0.0.0.0/0",
        "protocol": "TCP",
        "startPort": 1,
        "endPort": 2,
    }
    for entity_type in ("ingressrules", "egressrules"):
        assert (await cloud.refused("POST", entity_type, body))["code"] == 2015
    network = await cloud.one("networks", vpcId=None)
    foreign = await _ip(cloud)
    body["networkId"] = network["id"]
    assert (await cloud.refused("POST", "ingressrules", {**body, "publicIpId": foreign["id"]}))[
        "code"
    ] == 2015
    everything = {**body, "protocol": "ALL"}
    assert (await cloud.refused("POST", "ingressrules", everything))["context"]["field"] == "protocol"
    assert (await cloud.do("POST", "egressrules", everything))["destinationCidr"] == ""
    all_ports = {
        "networkId": network["id"],
        "sourceCidr": "10.0.0.0/8",
        "protocol": "UDP",
        "allPortsAllowed": True,
    }
    made = await cloud.do("POST", "egressrules", all_ports)
    assert (made["startPort"], made["endPort"], made["allPortsAllowed"]) == ("", "", True)


async def test_values_keep_the_case_they_were_sent_in(cloud: Cloud) -> None:
    ip = await _ip(cloud)
    made = await cloud.do("POST", "portforwardingrules", await _forwarding(cloud, ip, protocol="tcp"))
    assert made["protocol"] == "tcp"
    upper = await _forwarding(cloud, ip, protocol="TCP")
    assert (await cloud.refused("POST", "portforwardingrules", upper))["code"] == 2010
