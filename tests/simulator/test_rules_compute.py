"""What the cloud allows and refuses with instances and what they are made with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.harness import NOWHERE, Cloud, Row, instance_body, new_instance, new_subnet

FROM_STATES = {
    "start": ("Stopped",),
    "stop": ("Running",),
    "reboot": ("Running", "Stopped"),
    "purge": ("Destroyed",),
    "recover": ("Destroyed",),
}


@pytest.mark.parametrize("operation", FROM_STATES)
async def test_the_state_machine(cloud: Cloud, operation: str) -> None:
    by_state = {row["state"]: row for row in await cloud.all("instances")}
    assert len(by_state) >= 6
    for state, row in by_state.items():
        path = f"instances/{row['id']}?operation={operation}"
        if state in FROM_STATES[operation]:
            await cloud.begin("POST", path)
        else:
            error = await cloud.refused("POST", path)
            assert error["code"] == 2012
            expected = list(FROM_STATES[operation])
            assert error["context"] == {"currentState": state, "expectedStates": expected}


@pytest.mark.parametrize("state", ["Starting", "Stopping", "Destroyed"])
async def test_states_that_cannot_be_destroyed_from(cloud: Cloud, state: str) -> None:
    row = await cloud.one("instances", state=state)
    error = await cloud.refused("DELETE", f"instances/{row['id']}")
    assert (error["code"], error["context"]["currentState"]) == (2012, state)


@pytest.mark.parametrize(
    ("operation", "before", "during", "after"),
    [
        ("start", "Stopped", "Starting", "Running"),
        ("stop", "Running", "Stopping", "Stopped"),
        ("reboot", "Running", "Rebooting", "Running"),
    ],
)
async def test_states_on_the_way(cloud: Cloud, operation: str, before: str, during: str, after: str) -> None:
    row = await cloud.one("instances", state=before)
    task = await cloud.begin("POST", f"instances/{row['id']}?operation={operation}")
    assert (await cloud.get("instances", row["id"]))["state"] == during
    assert (await cloud.one("instances", id=row["id"]))["state"] == during
    await cloud.end(task)
    assert (await cloud.get("instances", row["id"]))["state"] == after


async def test_a_new_instance_is_starting_and_implements_its_network(cloud: Cloud) -> None:
    network = await new_subnet(cloud, await cloud.one("vpcs"))
    assert network["state"] == "Allocated"
    template = await cloud.one("templates")
    offering = await cloud.one("computeofferings")
    task = await cloud.begin("POST", "instances", instance_body(template, offering, network))
    made = await cloud.one("instances", name="essai-01")
    assert made["state"] == "Starting"
    error = await cloud.refused("POST", f"instances/{made['id']}?operation=stop")
    assert error["code"] == 2012
    await cloud.end(task)
    assert (await cloud.get("networks", network["id"]))["state"] == "Implemented"


async def test_a_forced_stop_does_not_wait(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Running")
    path = f"instances/{row['id']}?operation=stop"
    first = await cloud.begin("POST", path)
    assert (await cloud.refused("POST", path))["code"] == 2012
    second = await cloud.begin("POST", path, {"forceStop": True})
    assert (await cloud.end(first))["taskStatus"] == (await cloud.task(second))["taskStatus"] == "SUCCESS"
    assert (await cloud.get("instances", row["id"]))["state"] == "Stopped"
    await cloud.do("POST", f"instances/{row['id']}?operation=start")


async def test_one_task_at_a_time_changes_an_entity(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Running")
    task = await cloud.begin("PUT", f"instances/{row['id']}", {"name": "un"})
    error = await cloud.refused("PUT", f"instances/{row['id']}", {"name": "deux"}, status=409)
    assert (error["code"], error["context"]["taskId"]) == (2013, task)
    await cloud.end(task)
    await cloud.do("PUT", f"instances/{row['id']}", {"name": "deux"})


async def test_destroy_keeps_what_purge_removes(cloud: Cloud) -> None:
    disk = await cloud.one("diskofferings", customSize=False)
    made = await new_instance(cloud, portsToForward=["22"], diskOfferingId=disk["id"])
    root = await cloud.one("volumes", instanceId=made["id"], type="os")
    extra = await cloud.one("volumes", instanceId=made["id"], type="data")
    rule = await cloud.one("portforwardingrules", instanceId=made["id"])
    await cloud.do("DELETE", f"instances/{made['id']}")
    assert (await cloud.get("instances", made["id"]))["state"] == "Destroyed"
    assert (await cloud.get("volumes", root["id"]))["instanceId"] == made["id"]
    await cloud.do("POST", f"instances/{made['id']}?operation=purge")
    assert await cloud.gone("instances", made["id"])
    assert await cloud.gone("volumes", root["id"])
    assert await cloud.gone("portforwardingrules", rule["id"])
    assert "instanceId" not in await cloud.get("volumes", extra["id"]), "data volumes are detached"
    assert (await cloud.get("publicipaddresses", rule["ipAddressId"]))["purposes"] == []


async def test_destroy_with_all_options(cloud: Cloud) -> None:
    disk = await cloud.one("diskofferings", customSize=False)
    made = await new_instance(cloud, portsToForward=["22"], diskOfferingId=disk["id"])
    volume = await cloud.one("volumes", instanceId=made["id"], type="data")
    root = await cloud.one("volumes", instanceId=made["id"], type="os")
    snapshots = [
        await cloud.do("POST", "snapshots?operation=create", {"volumeId": v["id"]}) for v in (root, volume)
    ]
    ip = made["publicIps"][0]["id"]
    options = {
        "purgeImmediately": True,
        "deleteSnapshots": True,
        "publicIpIdsToRelease": [ip],
        "volumeIdsToDelete": [volume["id"]],
    }
    task = await cloud.begin("DELETE", f"instances/{made['id']}", options)
    assert (await cloud.get("instances", made["id"]))["state"] == "Expunging"
    assert (await cloud.end(task))["result"] == {}
    assert await cloud.gone("instances", made["id"])
    assert await cloud.gone("volumes", volume["id"])
    assert await cloud.gone("publicipaddresses", ip)
    for snapshot in snapshots:
        assert await cloud.gone("snapshots", snapshot["id"])


async def test_only_its_own_volumes_and_addresses_go_with_an_instance(cloud: Cloud) -> None:
    made = await new_instance(cloud)
    root = await cloud.one("volumes", instanceId=made["id"], type="os")
    other = await cloud.one("volumes", type="data")
    foreign = await cloud.one("publicipaddresses", purposes=["PORT_FORWARDING"])
    for options in (
        {"volumeIdsToDelete": [root["id"]]},
        {"volumeIdsToDelete": [other["id"]]},
        {"publicIpIdsToRelease": [foreign["id"]]},
    ):
        assert (await cloud.refused("DELETE", f"instances/{made['id']}", options))["code"] == 2015
    missing = await cloud.refused("DELETE", f"instances/{made['id']}", {"volumeIdsToDelete": [NOWHERE]})
    assert missing["code"] == 2003


@pytest.mark.parametrize(
    ("member", "code"),
    [("templateId", 2003), ("computeOfferingId", 2003), ("networkId", 2003), ("sshKeyName", 2003)],
)
async def test_what_an_instance_is_made_with_exists(cloud: Cloud, member: str, code: int) -> None:
    body = await _body(cloud, **{member: NOWHERE})
    error = await cloud.refused("POST", "instances", body)
    assert (error["code"], error["context"]["field"]) == (code, member)


async def _body(cloud: Cloud, **more: Any) -> Row:
    template = await cloud.one("templates", availablePublicly=True)
    offering = await cloud.one("computeofferings", custom=False)
    network = (await cloud.all("networks"))[0]
    return instance_body(template, offering, network, **more)


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({}, "cpuCount"),
        ({"cpuCount": 2}, "memoryInMB"),
        ({"cpuCount": 3, "memoryInMB": 4096}, "cpuCount"),
        ({"cpuCount": 2, "memoryInMB": 5000}, "memoryInMB"),
        ({"cpuCount": 1, "memoryInMB": 131072}, "memoryInMB"),
        ({"cpuCount": "two", "memoryInMB": 4096}, "cpuCount"),
    ],
)
async def test_a_custom_offering_wants_a_size_that_it_has(cloud: Cloud, members: Row, field: str) -> None:
    offering = await cloud.one("computeofferings", custom=True)
    body = await _body(cloud, **{"computeOfferingId": offering["id"], **members})
    assert (await cloud.refused("POST", "instances", body))["context"]["field"] == field


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"ipAddress": "10.99.0.4"}, "ipAddress"),
        ({"ipAddress": "10.0.0.1"}, "ipAddress"),
        ({"ipAddress": "10.0.0.255"}, "ipAddress"),
        ({"ipAddress": "ten"}, "ipAddress"),
        ({"portsToForward": ["70000"]}, "portsToForward"),
        ({"portsToForward": "22"}, "portsToForward"),
        ({"rootVolumeSizeInGb": 1}, "rootVolumeSizeInGb"),
        ({"name": 4 * "long" * 40}, "name"),
        ({"name": ["x"]}, "name"),
    ],
)
async def test_values_that_are_not_allowed(cloud: Cloud, members: Row, field: str) -> None:
    error = await cloud.refused("POST", "instances", await _body(cloud, **members))
    assert (error["code"], error["context"]["field"]) == (2002, field)


async def test_a_taken_address_is_refused(cloud: Cloud) -> None:
    first = await new_instance(cloud)
    error = await cloud.refused("POST", "instances", await _body(cloud, ipAddress=first["ipAddress"]))
    assert error["code"] == 2010
    await cloud.do("DELETE", f"instances/{first['id']}", {"purgeImmediately": True})
    again = await cloud.do("POST", "instances", await _body(cloud, ipAddress=first["ipAddress"]))
    assert again["ipAddress"] == first["ipAddress"], "it is free once the instance is gone"


async def test_bare_metal_offerings_are_for_bare_metal(cloud: Cloud) -> None:
    metal = await cloud.one("computeofferings", type="BareMetal")
    key = await cloud.one("sshkeys")
    await cloud.refused("POST", "instances", await _body(cloud, computeOfferingId=metal["id"]))
    path = "instances?operation=acquireBareMetal"
    error = await cloud.refused("POST", path, await _body(cloud, computeOfferingId=metal["id"]))
    assert error["context"]["field"] == "sshKeyName"
    await cloud.refused("POST", path, await _body(cloud, sshKeyName=key["name"]))
    body = await _body(cloud, computeOfferingId=metal["id"], sshKeyName=key["name"])
    for _ in range(metal["availabilityCount"]):
        made = await cloud.do("POST", path, body)
    assert (await cloud.refused("POST", path, body))["code"] == 2016
    assert (await cloud.refused("DELETE", f"instances/{made['id']}"))["code"] == 2015
    virtual = await cloud.one("instances", state="Running")
    release = await cloud.refused("POST", f"instances/{virtual['id']}?operation=releaseBareMetal")
    assert release["code"] == 2015


async def test_quotas(cloud: Cloud) -> None:
    ceilings = {d["type"]: d["ceiling"] for q in await cloud.data("/quotas") for d in q["quotaDetails"]}
    vpc = await cloud.one("vpcs")
    used = len(await cloud.all("publicipaddresses"))
    for _ in range(int(ceilings["PUBLIC_IPS"]) - used):
        await cloud.begin("POST", "publicipaddresses", {"vpcId": vpc["id"]})
    cloud.clock.pass_(60)
    error = await cloud.refused("POST", "publicipaddresses", {"vpcId": vpc["id"]})
    assert error["code"] == 2011
    assert error["context"]["metric"] == "PUBLIC_IPS"
    assert error["context"]["used"] == error["context"]["ceiling"] == ceilings["PUBLIC_IPS"]


async def test_a_disk_over_the_quota(cloud: Cloud) -> None:
    offering = await cloud.one("diskofferings", customSize=True)
    instance = await cloud.one("instances", state="Running")
    body = {
        "name": "énorme",
        "diskOfferingId": offering["id"],
        "instanceId": instance["id"],
        "sizeInGb": 16000,
    }
    for _ in range(15):
        await cloud.begin("POST", "volumes", body)
    assert (await cloud.refused("POST", "volumes", body))["context"]["metric"] == "DISK_SIZE"


async def test_change_of_host_name_reboots_and_of_name_does_not(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Running")
    task = await cloud.begin("PUT", f"instances/{row['id']}", {"name": "autre"})
    assert (await cloud.get("instances", row["id"]))["state"] == "Running"
    await cloud.end(task)
    task = await cloud.begin("PUT", f"instances/{row['id']}", {"hostname": "autre"})
    assert (await cloud.get("instances", row["id"]))["state"] == "Rebooting"
    await cloud.end(task)
    assert (await cloud.get("instances", row["id"]))["state"] == "Running"
    assert (await cloud.refused("PUT", f"instances/{row['id']}", {"hostname": "a b"}))["code"] == 2002


async def test_a_new_name_reaches_addresses(cloud: Cloud) -> None:
    rule = await cloud.one("portforwardingrules")
    await cloud.do("PUT", f"instances/{rule['instanceId']}", {"name": "autre"})
    assert (await cloud.get("portforwardingrules", rule["id"]))["instanceName"] == "autre"
    ip = await cloud.get("publicipaddresses", rule["ipAddressId"])
    assert [i["name"] for i in ip["instances"]] == ["autre"]


async def test_a_stopped_instance_stays_stopped_when_changed(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Stopped")
    offering = await cloud.one("computeofferings", cpuCount=8)
    body = {"computeOfferingId": offering["id"]}
    await cloud.do("POST", f"instances/{row['id']}?operation=changeComputeOffering", body)
    assert (await cloud.get("instances", row["id"]))["state"] == "Stopped"


async def test_change_network_needs_another_network_of_the_zone(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Running")
    path = f"instances/{row['id']}?operation=changeNetwork"
    assert (await cloud.refused("POST", path, {"networkId": row["networkId"]}))["code"] == 2015
    elsewhere = next(n for n in await cloud.all("networks") if n["zoneId"] != row["zoneId"])
    assert (await cloud.refused("POST", path, {"networkId": elsewhere["id"]}))["code"] == 2015


async def test_isos(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Running")
    bootable, iso = await cloud.one("isos", bootable=True), await cloud.one("isos", bootable=False)
    path = f"instances/{row['id']}?operation="
    assert (await cloud.refused("POST", f"{path}attachIso", {"isoId": bootable["id"]}))["code"] == 2015
    assert (await cloud.refused("POST", f"{path}detachIso"))["code"] == 2015
    await cloud.do("POST", f"{path}attachIso", {"isoId": iso["id"]})
    again = await cloud.refused("POST", f"isos/{iso['id']}?operation=attach", {"instanceId": row["id"]})
    assert again["code"] == 2015, "one an instance"


async def test_passwords_are_new_each_time_and_only_in_results(cloud: Cloud) -> None:
    made = await new_instance(cloud)
    reset = await cloud.do("POST", f"instances/{made['id']}?operation=resetPassword")
    assert reset["password"] != made["password"]
    listing = (await cloud.ask("GET", "instances")).text
    assert made["password"] not in listing
    assert reset["password"] not in listing


async def test_a_template_without_password_login(cloud: Cloud) -> None:
    zone = (await cloud.all("zones"))[0]
    body = {
        "name": "sans",
        "description": "",
        "url": "https://images.example/x.qcow2",
        "zoneId": zone["id"],
        "hypervisor": "KVM",
        "format": "QCOW2",
        "osTypeId": "x",
        "osTypeName": "X",
    }
    template = await cloud.do("POST", "templates", body)
    made = await cloud.do("POST", "instances", await _body(cloud, templateId=template["id"]))
    assert "password" not in made
    assert made["isPasswordEnabled"] is False
    error = await cloud.refused("POST", f"instances/{made['id']}?operation=resetPassword")
    assert error["code"] == 2015


async def test_the_reference_s_spelling_of_a_create(cloud: Cloud) -> None:
    group = await cloud.one("affinitygroups")
    body = await _body(cloud, affinityGroupId=group["id"], dedicatedGroupId="g-1")
    body["imageId"] = body.pop("templateId")
    made = await cloud.do("POST", "instances", body)
    assert made["templateId"] == body["imageId"]
    assert made["affinityGroupIds"] == [group["id"]]


async def test_names_of_groups_and_keys_are_unique(cloud: Cloud) -> None:
    group, key = await cloud.one("affinitygroups"), await cloud.one("sshkeys")
    body = {"name": group["name"], "description": "", "type": "host affinity", "instanceIds": []}
    assert (await cloud.refused("POST", "affinitygroups", body))["code"] == 2010
    key_body = {"name": key["name"], "publicKey": "ssh-rsa AAAAB3NzaC1yc2E="}
    assert (await cloud.refused("POST", "sshkeys", key_body))["code"] == 2010
    key_body = {"name": "neuve", "publicKey": "not a key"}
    assert (await cloud.refused("POST", "sshkeys", key_body))["context"]["field"] == "publicKey"
    body = {**body, "name": "neuf", "type": "sideways"}
    assert (await cloud.refused("POST", "affinitygroups", body))["context"]["field"] == "type"
