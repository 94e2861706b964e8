"""What the cloud allows and refuses with volumes, snapshots, images and VPNs."""

from __future__ import annotations

import pytest

from tests.simulator.harness import NOWHERE, Cloud, new_instance
from tests.simulator.scenes_vpn import SETTINGS


async def test_a_root_volume_stays_with_its_instance(cloud: Cloud) -> None:
    root = await cloud.one("volumes", type="os")
    instance = await cloud.one("instances", state="Running")
    for method, path, body in (
        ("DELETE", f"volumes/{root['id']}", None),
        ("POST", f"volumes/{root['id']}?operation=detachFromInstance", None),
        ("POST", f"volumes/{root['id']}?operation=attachToInstance", {"instanceId": instance["id"]}),
    ):
        assert (await cloud.refused(method, path, body))["code"] == 2015


async def test_attach_and_detach(cloud: Cloud) -> None:
    attached = next(v for v in await cloud.all("volumes", type="data") if "instanceId" in v)
    loose = await cloud.one("volumes", type="data", instanceId=None)
    to = {"instanceId": attached["instanceId"]}
    assert (await cloud.refused("DELETE", f"volumes/{attached['id']}"))["code"] == 2015
    path = f"volumes/{attached['id']}?operation=attachToInstance"
    assert (await cloud.refused("POST", path, to))["code"] == 2015
    path = f"volumes/{loose['id']}?operation="
    assert (await cloud.refused("POST", f"{path}detachFromInstance"))["code"] == 2015
    assert (await cloud.refused("POST", f"{path}attachToInstance", {"instanceId": NOWHERE}))["code"] == 2003
    broken = await cloud.one("instances", state="Error")
    error = await cloud.refused("POST", f"{path}attachToInstance", {"instanceId": broken["id"]})
    assert error["code"] == 2012
    far = next(i for i in await cloud.all("instances", state="Running") if i["zoneId"] != loose["zoneId"])
    error = await cloud.refused("POST", f"{path}attachToInstance", {"instanceId": far["id"]})
    assert error["code"] == 2015


async def test_an_instance_that_went_meanwhile_makes_the_attachment_fail(cloud: Cloud) -> None:
    made = await new_instance(cloud)
    loose = await cloud.one("volumes", type="data", instanceId=None)
    await cloud.do("DELETE", f"instances/{made['id']}")
    other = await new_instance(cloud)
    path = f"volumes/{loose['id']}?operation=attachToInstance"
    task = await cloud.begin("POST", path, {"instanceId": other["id"]})
    cloud.world.environment("compute-qc", "production")["instances"].remove(other["id"])
    ended = await cloud.end(task)
    assert ended["taskStatus"] == "FAILED"
    assert ended["errors"][0]["code"] == 2500
    assert "instanceId" not in await cloud.get("volumes", loose["id"])


async def test_volume_sizes(cloud: Cloud) -> None:
    instance = await cloud.one("instances", state="Running")
    fixed = await cloud.one("diskofferings", customSize=False)
    custom = await cloud.one("diskofferings", customIops=True)
    body = {"name": "v", "instanceId": instance["id"], "diskOfferingId": custom["id"]}
    reply = await cloud.ask("POST", "volumes", body)
    assert [e["context"]["field"] for e in reply.json()["errors"]] == ["sizeInGb", "iops"]
    made = await cloud.do("POST", "volumes", {**body, "diskOfferingId": fixed["id"], "sizeInGb": 3})
    assert made["sizeInGb"] == fixed["gbSize"], "a fixed offering decides"
    path = f"volumes/{made['id']}?operation=resize"
    assert (await cloud.refused("POST", path, {"sizeInGb": made["sizeInGb"] - 1}))["code"] == 2002
    error = await cloud.refused("POST", path, {"diskOfferingId": custom["id"], "sizeInGb": 99})
    assert error["context"]["field"] == "iops"
    after = await cloud.do("POST", path, {"diskOfferingId": custom["id"], "sizeInGb": 99, "iops": "500"})
    assert (after["sizeInGb"], after["iops"], after["diskOfferingName"]) == (99, 500, custom["name"])


async def test_a_resize_reboots_the_instance(cloud: Cloud) -> None:
    instance = await cloud.one("instances", state="Running")
    root = await cloud.one("volumes", instanceId=instance["id"], type="os")
    path = f"volumes/{root['id']}?operation=resize"
    task = await cloud.begin("POST", path, {"sizeInGb": root["sizeInGb"] + 1})
    assert (await cloud.get("instances", instance["id"]))["state"] == "Rebooting"
    await cloud.end(task)
    assert (await cloud.get("instances", instance["id"]))["state"] == "Running"


async def test_a_new_volume_and_a_new_snapshot_are_creating_first(cloud: Cloud) -> None:
    instance = await cloud.one("instances", state="Running")
    offering = await cloud.one("diskofferings", customSize=False)
    body = {"name": "neuf", "instanceId": instance["id"], "diskOfferingId": offering["id"]}
    task = await cloud.begin("POST", "volumes", body)
    volume = await cloud.one("volumes", name="neuf")
    assert volume["state"] == "Creating"
    error = await cloud.refused("POST", "snapshots?operation=create", {"volumeId": volume["id"]})
    assert error["code"] == 2012
    await cloud.end(task)
    path = f"volumes/{volume['id']}?operation=createSnapshotFromVolume"
    task = await cloud.begin("POST", path, {"name": "à plat"})
    assert (await cloud.one("snapshots", name="à plat"))["state"] == "Creating"
    await cloud.end(task)
    assert (await cloud.one("snapshots", name="à plat"))["state"] == "BackedUp"


async def test_snapshots_outlive_their_volume(cloud: Cloud) -> None:
    volume = await cloud.one("volumes", type="data", instanceId=None)
    snapshot = await cloud.do("POST", "snapshots?operation=create", {"volumeId": volume["id"], "name": "s"})
    await cloud.do("DELETE", f"volumes/{volume['id']}")
    assert await cloud.get("snapshots", snapshot["id"]) == snapshot


async def test_what_the_service_provides_is_not_the_customer_s(cloud: Cloud) -> None:
    template = await cloud.one("templates", availablePublicly=True)
    iso = await cloud.one("isos", availablePublicly=True)
    for method, path in (
        ("DELETE", f"templates/{template['id']}"),
        ("POST", f"templates/{template['id']}?operation=update"),
        ("DELETE", f"isos/{iso['id']}"),
    ):
        assert (await cloud.refused(method, path, status=403))["code"] == 1003


async def test_images_in_use_stay(cloud: Cloud) -> None:
    template = await cloud.one("templates", availablePublicly=False)
    made = await new_instance(cloud)
    iso = await cloud.one("isos", availablePublicly=False)
    body = {
        "name": "u",
        "templateId": template["id"],
        "computeOfferingId": made["computeOfferingId"],
        "networkId": made["networkId"],
    }
    user = await cloud.do("POST", "instances", body)
    assert (await cloud.refused("DELETE", f"templates/{template['id']}"))["code"] == 2014
    attach = f"instances/{user['id']}?operation=attachIso"
    await cloud.do("POST", attach, {"isoId": iso["id"]})
    assert (await cloud.refused("DELETE", f"isos/{iso['id']}"))["code"] == 2014
    await cloud.do("POST", f"instances/{user['id']}?operation=detachIso")
    await cloud.do("DELETE", f"isos/{iso['id']}")


async def test_an_import_is_not_ready_at_once(cloud: Cloud) -> None:
    zone = await cloud.one("zones")
    body = {"name": "i", "description": "d", "url": "ftp://x.example/i.iso", "zoneId": zone["id"]}
    assert (await cloud.refused("POST", "isos", body))["context"]["field"] == "url"
    body["url"] = "http://x.example/i.iso"
    error = await cloud.refused("POST", "isos", {**body, "bootable": "true"})
    assert error["context"]["field"] == "osTypeId"
    task = await cloud.begin("POST", "isos", body)
    iso = await cloud.one("isos", name="i")
    assert iso["ready"] is False
    instance = await cloud.one("instances", state="Running")
    refused = await cloud.refused(
        "POST", f"instances/{instance['id']}?operation=attachIso", {"isoId": iso["id"]}
    )
    assert refused["code"] == 2015
    await cloud.end(task)
    assert (await cloud.get("isos", iso["id"]))["ready"] is True


async def test_an_iso_that_cannot_be_downloaded(cloud: Cloud) -> None:
    iso = await cloud.one("isos", extractable=False)
    assert (await cloud.refused("POST", f"isos/{iso['id']}?operation=generateDownloadUrl"))["code"] == 2015


async def test_remote_access_vpns_are_switched(cloud: Cloud) -> None:
    on = await cloud.one("remoteaccessvpns", state="Enabled")
    off = await cloud.one("remoteaccessvpns", state="Disabled")
    for vpn, operation in ((on, "enable"), (off, "disable")):
        error = await cloud.refused("POST", f"remoteaccessvpns/{vpn['id']}?operation={operation}")
        assert (error["code"], error["context"]["currentState"]) == (2012, vpn["state"])
    assert (await cloud.ask("POST", "remoteaccessvpns", {})).status_code == 405
    assert on["id"] == on["publicIpAddressId"]
    assert (await cloud.get("publicipaddresses", on["id"]))["purposes"] == ["SOURCE_NAT"]


async def test_a_vpn_user_s_name_is_unique_and_the_password_never_shown(cloud: Cloud) -> None:
    body = {"username": "n", "password": "sentinel-secret"}
    await cloud.do("POST", "vpnusers", body)
    assert (await cloud.refused("POST", "vpnusers", body))["code"] == 2010
    assert "sentinel-secret" not in (await cloud.ask("GET", "vpnusers")).text


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("gateway", "nowhere"),
        ("cidrList", "10.0.0.0/24;10.1.0.0/24"),
        ("ikeEncryptionAlgorithm", "rot13"),
        ("espHashAlgorithm", "crc32"),
        ("ikeDhGroup", "modp1"),
        ("ikeLifetime", 0),
        ("espLifetime", "soon"),
        ("dpd", "maybe"),
    ],
)
async def test_site_to_site_settings_that_are_not_allowed(cloud: Cloud, member: str, value: object) -> None:
    vpc = await cloud.one("vpcs")
    body = {**SETTINGS, "vpcId": vpc["id"], member: value}
    assert (await cloud.refused("POST", "sitetositevpns", body))["context"]["field"] == member


async def test_site_to_site_vpns(cloud: Cloud) -> None:
    connected = await cloud.one("sitetositevpns", state="Connected")
    error = await cloud.refused("POST", f"sitetositevpns/{connected['id']}?operation=reset")
    assert error["context"] == {"currentState": "Connected", "expectedStates": ["Disconnected"]}
    body = {**SETTINGS, "vpcId": connected["vpcId"], "gateway": connected["gateway"]}
    assert (await cloud.refused("POST", "sitetositevpns", body))["code"] == 2010
    task = await cloud.begin("POST", "sitetositevpns", {**body, "gateway": "192.0.2.99"})
    assert (await cloud.one("sitetositevpns", gateway="192.0.2.99"))["state"] == "Pending"
    assert (await cloud.end(task))["result"]["state"] == "Connected"
    lacking = {m: v for m, v in SETTINGS.items() if m not in ("ipSecPsk", "espLifetime")}
    reply = await cloud.ask("POST", "sitetositevpns", {**lacking, "vpcId": connected["vpcId"]})
    assert {e["context"]["field"] for e in reply.json()["errors"]} == {"ipSecPsk", "espLifetime"}
