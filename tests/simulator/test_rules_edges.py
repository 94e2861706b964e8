"""Refusals that take some arranging: things that run out, that are not ready, or that went meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.harness import (
    NOWHERE,
    Cloud,
    Row,
    instance_body,
    new_instance,
    new_subnet,
    new_vpc,
)


async def _body(cloud: Cloud, network: Row, **more: Any) -> Row:
    template, offering = await cloud.one("templates"), await cloud.one("computeofferings")
    return instance_body(template, offering, network, **more)


async def test_a_network_that_is_full(cloud: Cloud) -> None:
    offering = await cloud.one("networkofferings", vpcOnly=False)
    tiny = {"gateway": "192.168.9.1", "netmask": "255.255.255.248"}
    body = {"name": "tiny", "description": "", "networkOfferingId": offering["id"], **tiny}
    network = await cloud.do("POST", "networks", body)
    room = 0
    while True:
        reply = await cloud.ask("POST", "instances", await _body(cloud, network))
        if reply.status_code != 200:
            break
        room += 1
    assert room == 1, "the platform keeps the lower hosts, as it does in a large network"
    assert reply.json()["errors"][0]["code"] == 2016
    by_hand = await cloud.do("POST", "instances", await _body(cloud, network, ipAddress="192.168.9.3"))
    assert by_hand["ipAddress"] == "192.168.9.3"


async def test_the_least_netmask(cloud: Cloud) -> None:
    offering = await cloud.one("networkofferings", vpcOnly=False)
    body = {"name": "n", "description": "", "networkOfferingId": offering["id"], "gateway": "192.168.9.1"}
    error = await cloud.refused("POST", "networks", {**body, "netmask": "255.255.255.252"})
    assert error["context"]["field"] == "netmask"
    vpc = await cloud.one("vpcs")
    assert (await cloud.refused("POST", "networks", {**body, "vpcId": vpc["id"]}))["code"] == 2015


async def test_public_addresses_run_out(cloud: Cloud) -> None:
    environment = cloud.world.environment("compute-qc", "production")
    vpc = await cloud.one("vpcs")
    environment.counters["public"] = 10_000
    ended = await cloud.end(await cloud.begin("POST", "publicipaddresses", {"vpcId": vpc["id"]}))
    assert (ended["taskStatus"], ended["errors"][0]["code"]) == ("FAILED", 2016)


@pytest.mark.parametrize("address", ["ten", "10.0.0.999", "::1"])
async def test_an_address_that_is_none(cloud: Cloud, address: str) -> None:
    network = (await cloud.all("networks"))[0]
    error = await cloud.refused("POST", "instances", await _body(cloud, network, ipAddress=address))
    assert error["context"]["field"] == "ipAddress"
    instance = await cloud.one("instances", state="Running")
    near = next(
        n for n in await cloud.all("networks", vpcId=instance["vpcId"]) if n["id"] != instance["networkId"]
    )
    nic = {"networkId": near["id"], "instanceId": instance["id"], "ipAddress": address}
    assert (await cloud.refused("POST", "nics", nic))["context"]["field"] == "ipAddress"


@pytest.mark.parametrize("key", ["", "ssh-ed25519", "ssh-rsa !!!!", "AAAA ssh-rsa", "ssh-rsa "])
async def test_public_keys_that_are_none(cloud: Cloud, key: str) -> None:
    error = await cloud.refused("POST", "sshkeys", {"name": "k", "publicKey": key})
    assert error["context"]["field"] == "publicKey"


async def test_templates_that_cannot_be_used(cloud: Cloud) -> None:
    first, second = await cloud.all("zones")
    sent = {
        "name": "t",
        "description": "",
        "url": "https://images.example/t.qcow2",
        "zoneId": second["id"],
        "hypervisor": "KVM",
        "format": "QCOW2",
        "osTypeId": "x",
        "osTypeName": "X",
    }
    task = await cloud.begin("POST", "templates", sent)
    template = await cloud.one("templates", name="t")
    network = await cloud.one("networks", zoneId=second["id"])
    body = await _body(cloud, network, templateId=template["id"])
    assert (await cloud.refused("POST", "instances", body))["code"] == 2015, "not ready"
    await cloud.end(task)
    await cloud.do("POST", "instances", body)
    body["networkId"] = (await cloud.one("networks", zoneId=first["id"]))["id"]
    assert (await cloud.refused("POST", "instances", body))["code"] == 2015, "not in this zone"


async def test_volumes_that_cannot_be_attached_to_a_new_instance(cloud: Cloud) -> None:
    network = (await cloud.all("networks"))[0]
    root = await cloud.one("volumes", type="os")
    attached = next(v for v in await cloud.all("volumes", type="data") if "instanceId" in v)
    for volume in (root, attached):
        body = await _body(cloud, network, volumeIdToAttach=volume["id"])
        assert (await cloud.refused("POST", "instances", body))["code"] == 2015
    loose = await cloud.one("volumes", type="data", instanceId=None)
    body = await _body(cloud, network, volumeIdToAttach=loose["id"])
    task = await cloud.begin("POST", "instances", body)
    error = await cloud.refused("POST", "instances", body, status=409)
    assert (error["code"], error["context"]["taskId"]) == (2013, task), "it is promised already"


@pytest.mark.parametrize("state", ["Destroyed", "Error"])
async def test_what_needs_a_settled_instance(cloud: Cloud, state: str) -> None:
    row = await cloud.one("instances", state=state)
    iso = await cloud.one("isos", bootable=False)
    ip = await cloud.one("publicipaddresses", vpcId=row["vpcId"], purposes=["SOURCE_NAT"])
    if (free := await cloud.all("publicipaddresses", vpcId=row["vpcId"], purposes=[])) == []:
        free = [await cloud.do("POST", "publicipaddresses", {"vpcId": ip["vpcId"]})]
    near = next(n for n in await cloud.all("networks", vpcId=row["vpcId"]) if n["id"] != row["networkId"])
    forward = {
        "ipAddressId": free[0]["id"],
        "instanceId": row["id"],
        "protocol": "TCP",
        "privatePortStart": 1,
        "publicPortStart": 1,
    }
    requests = [
        (f"isos/{iso['id']}?operation=attach", {"instanceId": row["id"]}),
        ("nics", {"networkId": near["id"], "instanceId": row["id"]}),
        ("portforwardingrules", forward),
        (f"instances/{row['id']}?operation=resetPassword", {}),
    ]
    for path, body in requests:
        error = await cloud.refused("POST", path, body)
        assert (error["code"], error["context"]["currentState"]) == (2012, state), path


async def test_a_destroyed_instance_gets_no_load(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Destroyed")
    ip = await cloud.do("POST", "publicipaddresses", {"vpcId": row["vpcId"]})
    body = {
        "name": "n",
        "publicIpId": ip["id"],
        "publicPort": 1,
        "privatePort": 1,
        "algorithm": "source",
        "protocol": "tcp",
        "instanceIds": [row["id"]],
    }
    assert (await cloud.refused("POST", "loadbalancerrules", body))["code"] == 2012
    body |= {"instanceIds": [], "stickinessMethod": "LbCookie", "stickinessPolicyParameters": "sticky"}
    error = await cloud.refused("POST", "loadbalancerrules", body)
    assert error["context"]["field"] == "stickinessPolicyParameters"


async def test_a_volume_of_an_instance_on_the_way_is_not_resized(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Starting")
    root = await cloud.one("volumes", instanceId=row["id"], type="os")
    path = f"volumes/{root['id']}?operation=resize"
    error = await cloud.refused("POST", path, {"sizeInGb": root["sizeInGb"] + 1})
    assert (error["code"], error["context"]["currentState"]) == (2012, "Starting")


async def test_a_bare_metal_offering_is_no_size_to_change_to(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Running")
    metal = await cloud.one("computeofferings", type="BareMetal")
    path = f"instances/{row['id']}?operation=changeComputeOffering"
    error = await cloud.refused("POST", path, {"computeOfferingId": metal["id"]})
    assert error["context"]["field"] == "computeOfferingId"


async def test_static_nat_and_forwarding_to_where_they_cannot_lead(cloud: Cloud) -> None:
    ip = await cloud.one("publicipaddresses", purposes=[])
    path = f"publicipaddresses/{ip['id']}?operation=enableStaticNat"
    far = next(i for i in await cloud.all("instances", state="Running") if i["vpcId"] != ip["vpcId"])
    assert (await cloud.refused("POST", path, {"privateIpId": far["ipAddressId"]}))["code"] == 2015
    forward = {
        "ipAddressId": ip["id"],
        "privateIpId": NOWHERE,
        "protocol": "TCP",
        "privatePortStart": 1,
        "publicPortStart": 1,
    }
    error = await cloud.refused("POST", "portforwardingrules", forward)
    assert (error["code"], error["context"]["field"]) == (2003, "privateIpId")


async def test_a_private_address_that_went_meanwhile_makes_static_nat_fail(cloud: Cloud) -> None:
    ip = await cloud.one("publicipaddresses", purposes=[])
    network = await cloud.one("networks", vpcId=ip["vpcId"])
    made = await new_instance(cloud, network)
    path = f"publicipaddresses/{ip['id']}?operation=enableStaticNat"
    task = await cloud.begin("POST", path, {"privateIpId": made["ipAddressId"]})
    environment = cloud.world.environment("compute-qc", "production")
    environment["nics"].remove(made["nics"][0]["id"])
    ended = await cloud.end(task)
    assert (ended["taskStatus"], ended["errors"][0]["code"]) == ("FAILED", 2003)
    assert (await cloud.get("publicipaddresses", ip["id"]))["purposes"] == []


async def test_a_subnet_begun_meanwhile_makes_the_deletion_of_its_vpc_fail(cloud: Cloud) -> None:
    async with Cloud(task_seconds=10) as slow:
        vpc = await new_vpc(slow)
        offering = await slow.one("networkofferings", vpcOnly=True)
        acl = await slow.one("networkacls", name="default_allow")
        body = {
            "name": "n",
            "description": "",
            "networkOfferingId": offering["id"],
            "vpcId": vpc["id"],
            "networkAclId": acl["id"],
        }
        first = await slow.begin("POST", "networks", body)
        second = await slow.begin("DELETE", f"vpcs/{vpc['id']}")
        outcomes = (await slow.end(first))["taskStatus"], (await slow.task(second))["taskStatus"]
        assert sorted(outcomes) == ["FAILED", "SUCCESS"]
        networks = await slow.all("networks", vpcId=vpc["id"])
        assert bool(networks) != await slow.gone("vpcs", vpc["id"])


async def test_work_on_a_new_subnet_begins_only_when_it_is_there(cloud: Cloud) -> None:
    vpc = await new_vpc(cloud)
    network = await new_subnet(cloud, vpc)
    task = await cloud.begin("DELETE", f"networks/{network['id']}")
    error = await cloud.refused("PUT", f"networks/{network['id']}", {"name": "x"}, status=409)
    assert error["context"]["taskId"] == task
