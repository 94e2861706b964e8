"""Scenarios of instances, affinity groups and SSH keys."""

from __future__ import annotations

from tests.simulator.harness import CONFIRMED_KEY, instance_body, new_instance
from tests.simulator.scenarios import Scene, scenario


@scenario("instances", "create")
async def create(s: Scene) -> None:
    template = await s.cloud.one("templates", availablePublicly=True)
    offering = await s.cloud.one("computeofferings", custom=True)
    network = (await s.cloud.all("networks"))[0]
    disk = await s.cloud.one("diskofferings", customIops=True)
    key = await s.cloud.one("sshkeys")
    group = await s.cloud.one("affinitygroups")
    loose = await s.cloud.one("volumes", type="data", instanceId=None)
    sent = instance_body(
        template,
        offering,
        network,
        name="complet-01",
        cpuCount=4,
        memoryInMB=8192,
        diskOfferingId=disk["id"],
        additionalDiskSizeInGb="40",
        additionalDiskIops=900,
        sshKeyName=key["name"],
        affinityGroupIds=[group["id"]],
        portsToForward=["80", "9443"],
        rootVolumeSizeInGb=45,
        userData="#!/bin/sh\necho bonjour\n",
        ipAddress="10.0.0.200",
        volumeIdToAttach=loose["id"],
    )
    made = await s.run(body=sent)
    assert made["password"]
    shown = await s.cloud.get("instances", made["id"])
    assert "password" not in shown
    same = ("name", "templateId", "computeOfferingId", "networkId", "cpuCount", "memoryInMB", "ipAddress")
    assert {m: shown[m] for m in (*same, "userData", "affinityGroupIds", "rootVolumeSizeInGb")} == {
        m: sent[m] for m in (*same, "userData", "affinityGroupIds", "rootVolumeSizeInGb")
    }
    assert shown["state"] == "Running"
    assert (shown["imageId"], shown["imageName"]) == (template["id"], template["name"])
    (nic,) = shown["nics"]
    assert nic["isDefault"] is True
    assert (await s.cloud.get("nics", nic["id"]))["instanceId"] == made["id"]
    (ip,) = shown["publicIps"]
    assert (ip["purposes"], ip["ports"]) == (["PORT_FORWARDING"], ["80", "9443"])
    volumes = await s.cloud.all("volumes", instanceId=made["id"])
    assert sorted((v["type"], v["sizeInGb"]) for v in volumes) == sorted(
        [("os", 45), ("data", 40), ("data", loose["sizeInGb"])]
    )
    assert {v["state"] for v in volumes} == {"Ready"}
    assert made["id"] in (await s.cloud.get("affinitygroups", group["id"]))["instanceIds"]


@scenario("instances", "acquireBareMetal")
async def acquire_bare_metal(s: Scene) -> None:
    offering = await s.cloud.one("computeofferings", type="BareMetal")
    template = await s.cloud.one("templates", availablePublicly=True)
    network = (await s.cloud.all("networks"))[0]
    key = await s.cloud.one("sshkeys")
    made = await s.run(body=instance_body(template, offering, network, sshKeyName=key["name"]))
    assert (await s.cloud.get("instances", made["id"]))["state"] == "Running"
    after = await s.cloud.get("computeofferings", offering["id"])
    assert after["availabilityCount"] == offering["availabilityCount"] - 1


@scenario("instances", "releaseBareMetal")
async def release_bare_metal(s: Scene) -> None:
    offering = await s.cloud.one("computeofferings", type="BareMetal")
    template = await s.cloud.one("templates", availablePublicly=True)
    network = (await s.cloud.all("networks"))[0]
    key = await s.cloud.one("sshkeys")
    body = instance_body(template, offering, network, sshKeyName=key["name"], portsToForward=["22"])
    made = await s.cloud.do("POST", "instances?operation=acquireBareMetal", body)
    ip = made["publicIps"][0]["id"]
    await s.run(made["id"], {"publicIpIdsToRelease": [ip]})
    assert await s.cloud.gone("instances", made["id"])
    assert await s.cloud.gone("publicipaddresses", ip)
    assert await s.cloud.get("computeofferings", offering["id"]) == offering


@scenario("instances", "update")
async def update(s: Scene) -> None:
    before = await s.cloud.one("instances", state="Running")
    await s.run(before["id"], {"name": "renommée", "hostname": "renommee"})
    after = await s.cloud.get("instances", before["id"])
    assert (after["name"], after["hostname"], after["state"]) == ("renommée", "renommee", "Running")
    names = {v["instanceName"] for v in await s.cloud.all("volumes", instanceId=before["id"])}
    assert names == {"renommée"}, "those who repeat the name follow"


@scenario("instances", "start")
async def start(s: Scene) -> None:
    row = await s.cloud.one("instances", state="Stopped")
    await s.run(row["id"])
    assert (await s.cloud.get("instances", row["id"]))["state"] == "Running"


@scenario("instances", "stop")
async def stop(s: Scene) -> None:
    row = await s.cloud.one("instances", state="Running")
    await s.run(row["id"], {"forceStop": False})
    assert (await s.cloud.get("instances", row["id"]))["state"] == "Stopped"


@scenario("instances", "reboot")
async def reboot(s: Scene) -> None:
    row = await s.cloud.one("instances", state="Stopped")
    await s.run(row["id"])
    assert (await s.cloud.get("instances", row["id"]))["state"] == "Running"


@scenario("instances", "delete")
async def delete(s: Scene) -> None:
    made = await new_instance(s.cloud)
    await s.run(made["id"])
    assert (await s.cloud.get("instances", made["id"]))["state"] == "Destroyed"


@scenario("instances", "purge")
async def purge(s: Scene) -> None:
    row = await s.cloud.one("instances", state="Destroyed")
    (root,) = await s.cloud.all("volumes", instanceId=row["id"], type="os")
    await s.run(row["id"])
    assert await s.cloud.gone("instances", row["id"])
    assert await s.cloud.gone("volumes", root["id"])
    assert await s.cloud.all("nics", instanceId=row["id"]) == []


@scenario("instances", "recover")
async def recover(s: Scene) -> None:
    row = await s.cloud.one("instances", state="Destroyed")
    await s.run(row["id"])
    assert (await s.cloud.get("instances", row["id"]))["state"] == "Stopped"


@scenario("instances", "changeComputeOffering")
async def change_compute_offering(s: Scene) -> None:
    row = await s.cloud.one("instances", state="Running")
    offering = await s.cloud.one("computeofferings", custom=True)
    await s.run(row["id"], {"computeOfferingId": offering["id"], "cpuCount": "16", "memoryInMB": 32768})
    after = await s.cloud.get("instances", row["id"])
    assert (after["cpuCount"], after["memoryInMB"], after["computeOfferingName"], after["state"]) == (
        16,
        32768,
        offering["name"],
        "Running",
    )


@scenario("instances", "changeNetwork")
async def change_network(s: Scene) -> None:
    rule = await s.cloud.one("portforwardingrules")
    row = await s.cloud.get("instances", rule["instanceId"])
    network = next(
        n for n in await s.cloud.all("networks", vpcId=row["vpcId"]) if n["id"] != row["networkId"]
    )
    await s.run(row["id"], {"networkId": network["id"]})
    after = await s.cloud.get("instances", row["id"])
    assert (after["networkId"], after["networkName"], after["state"]) == (
        network["id"],
        network["name"],
        "Running",
    )
    assert after["ipAddress"] != row["ipAddress"]
    assert [nic["networkId"] for nic in after["nics"]] == [network["id"]]
    assert await s.cloud.all("portforwardingrules", instanceId=row["id"]) == []
    balanced = await s.cloud.all("loadbalancerrules")
    assert all(row["id"] not in r["instanceIds"] for r in balanced)


@scenario("instances", "resetPassword")
async def reset_password(s: Scene) -> None:
    row = await s.cloud.one("instances", state="Running")
    result = await s.run(row["id"])
    assert result["password"]
    assert "password" not in await s.cloud.get("instances", row["id"])


@scenario("instances", "associateSSHKey")
async def associate_ssh_key(s: Scene) -> None:
    row = await s.cloud.one("instances", state="Running")
    await s.cloud.do("POST", "sshkeys", {"name": "nouvelle", "publicKey": CONFIRMED_KEY})
    await s.run(row["id"], {"sshKeyName": "nouvelle"})
    assert (await s.cloud.get("instances", row["id"]))["sshKeyName"] == "nouvelle"


@scenario("instances", "attachIso")
async def attach_iso(s: Scene) -> None:
    row = await s.cloud.one("instances", state="Running")
    iso = await s.cloud.one("isos", bootable=False)
    await s.run(row["id"], {"isoId": iso["id"]})
    assert (await s.cloud.get("instances", row["id"]))["isoId"] == iso["id"]


@scenario("instances", "detachIso")
async def detach_iso(s: Scene) -> None:
    row = await s.cloud.one("instances", state="Running")
    iso = await s.cloud.one("isos", bootable=False)
    await s.cloud.do("POST", f"instances/{row['id']}?operation=attachIso", {"isoId": iso["id"]})
    await s.run(row["id"])
    assert "isoId" not in await s.cloud.get("instances", row["id"])


@scenario("instances", "createRecoveryPoint")
async def create_recovery_point(s: Scene) -> None:
    row = await s.cloud.one("instances", state="Running")
    await s.run(row["id"], {"recoveryPoint": {"name": "avant-mise-à-jour", "description": ""}})
    assert await s.cloud.all("snapshots", name="avant-mise-à-jour", state="BackedUp")


@scenario("affinitygroups", "create")
async def create_group(s: Scene) -> None:
    members = [row["id"] for row in await s.cloud.all("instances", state="Running")][:2]
    sent = {
        "name": "ensemble",
        "description": "Near each other",
        "type": "host affinity",
        "instanceIds": members,
    }
    made = await s.run(body=sent)
    assert await s.cloud.get("affinitygroups", made["id"]) == {"id": made["id"], **sent}
    assert made["id"] in (await s.cloud.get("instances", members[0]))["affinityGroupIds"]


@scenario("affinitygroups", "update")
async def update_group(s: Scene) -> None:
    group = await s.cloud.one("affinitygroups", name="databases-apart")
    leaves, stays = group["instanceIds"][0], group["instanceIds"][1]
    await s.run(group["id"], {**group, "description": "Autre", "instanceIds": [stays]})
    after = await s.cloud.get("affinitygroups", group["id"])
    assert (after["description"], after["instanceIds"]) == ("Autre", [stays])
    assert group["id"] not in (await s.cloud.get("instances", leaves))["affinityGroupIds"]


@scenario("affinitygroups", "delete")
async def delete_group(s: Scene) -> None:
    group = await s.cloud.one("affinitygroups", name="databases-apart")
    await s.run(group["id"])
    assert await s.cloud.gone("affinitygroups", group["id"])
    assert (await s.cloud.get("instances", group["instanceIds"][0]))["affinityGroupIds"] == []


@scenario("sshkeys", "create")
async def create_key(s: Scene) -> None:
    made = await s.run(body={"name": "clé / bureau", "publicKey": CONFIRMED_KEY})
    assert made["id"] == made["name"] == "clé / bureau"
    assert await s.cloud.get("sshkeys", "clé / bureau") == made


@scenario("sshkeys", "delete")
async def delete_key(s: Scene) -> None:
    key = await s.cloud.one("sshkeys")
    await s.run(key["name"])
    assert await s.cloud.gone("sshkeys", key["name"])
