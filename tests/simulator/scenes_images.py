"""Scenarios of templates and ISOs."""

from __future__ import annotations

from tests.simulator.harness import Row
from tests.simulator.scenarios import Scene, scenario


async def _own_template(s: Scene) -> Row:
    zone = await s.cloud.one("zones")
    body = {
        "name": "maison",
        "description": "Ours",
        "url": "https://images.example/maison.qcow2",
        "zoneId": zone["id"],
        "hypervisor": "KVM",
        "format": "QCOW2",
        "osTypeId": "debian-12",
        "osTypeName": "Debian 12",
        "sshEnabled": True,
        "size": 5 * 1024**3,
    }
    return await s.cloud.do("POST", "templates", body)


@scenario("templates", "create")
async def import_template(s: Scene) -> None:
    zone = await s.cloud.one("zones")
    sent = {
        "name": "importé",
        "description": "From elsewhere",
        "hypervisor": "VMware",
        "format": "OVA",
        "osTypeId": "alpine",
        "osTypeName": "Alpine Linux",
        "zoneId": zone["id"],
        "defaultUsername": "alpine",
        "keyboard": "fr",
        "extractable": True,
    }
    made = await s.run(body={**sent, "url": "http://images.example/alpine.ova"})
    shown = await s.cloud.get("templates", made["id"])
    assert shown == shown | sent
    assert shown["ready"] is True
    assert shown["availableInZones"] == [zone["id"]]


@scenario("templates", "update")
async def update_template(s: Scene) -> None:
    made = await _own_template(s)
    await s.run(made["id"], {"name": "maison-2", "description": "Newer", "keyboard": "uk"})
    after = await s.cloud.get("templates", made["id"])
    assert (after["name"], after["description"], after["keyboard"]) == ("maison-2", "Newer", "uk")


@scenario("templates", "delete")
async def delete_template(s: Scene) -> None:
    made = await _own_template(s)
    await s.run(made["id"])
    assert await s.cloud.gone("templates", made["id"])


async def _own_iso(s: Scene) -> Row:
    zone = await s.cloud.one("zones")
    body = {
        "name": "outils",
        "description": "Ours",
        "url": "http://images.example/outils.iso",
        "zoneId": zone["id"],
    }
    return await s.cloud.do("POST", "isos", body)


@scenario("isos", "create")
async def import_iso(s: Scene) -> None:
    template = await s.cloud.one("templates")
    zone = await s.cloud.one("zones")
    sent = {
        "name": "amorçable",
        "description": "Boots",
        "zoneId": zone["id"],
        "bootable": True,
        "osTypeId": template["osTypeId"],
    }
    made = await s.run(body={**sent, "url": "http://images.example/boot.iso"})
    shown = await s.cloud.get("isos", made["id"])
    assert shown == shown | sent
    assert (shown["ready"], shown["osTypeName"]) == (True, template["osTypeName"])


@scenario("isos", "attach")
async def attach(s: Scene) -> None:
    iso = await s.cloud.one("isos", bootable=False)
    instance = await s.cloud.one("instances", state="Running")
    await s.run(iso["id"], {"instanceId": instance["id"]})
    assert (await s.cloud.get("instances", instance["id"]))["isoName"] == iso["name"]


@scenario("isos", "generateDownloadUrl")
async def generate_download_url(s: Scene) -> None:
    iso = await s.cloud.one("isos", extractable=True)
    result = await s.run(iso["id"])
    assert result["url"].startswith("https://")
    assert "url" not in await s.cloud.get("isos", iso["id"])


@scenario("isos", "delete")
async def delete_iso(s: Scene) -> None:
    made = await _own_iso(s)
    await s.run(made["id"])
    assert await s.cloud.gone("isos", made["id"])
