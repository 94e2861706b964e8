"""Scenarios of volumes and snapshots."""

from __future__ import annotations

from tests.simulator.scenarios import Scene, scenario


@scenario("volumes", "create")
async def create(s: Scene) -> None:
    instance = await s.cloud.one("instances", state="Running")
    offering = await s.cloud.one("diskofferings", customIops=True)
    sent = {
        "name": "données",
        "diskOfferingId": offering["id"],
        "instanceId": instance["id"],
        "sizeInGb": 33,
        "iops": 700,
    }
    made = await s.run(body=sent)
    shown = await s.cloud.get("volumes", made["id"])
    assert shown == shown | sent
    assert (shown["type"], shown["state"], shown["instanceName"]) == ("data", "Ready", instance["name"])


@scenario("volumes", "attachToInstance")
async def attach(s: Scene) -> None:
    volume = await s.cloud.one("volumes", type="data", instanceId=None)
    instance = await s.cloud.one("instances", state="Running", zoneId=volume["zoneId"])
    await s.run(volume["id"], {"instanceId": instance["id"]})
    after = await s.cloud.get("volumes", volume["id"])
    assert (after["instanceId"], after["instanceName"]) == (instance["id"], instance["name"])


@scenario("volumes", "detachFromInstance")
async def detach(s: Scene) -> None:
    volume = next(v for v in await s.cloud.all("volumes", type="data") if "instanceId" in v)
    await s.run(volume["id"])
    after = await s.cloud.get("volumes", volume["id"])
    assert "instanceId" not in after
    assert "instanceName" not in after


@scenario("volumes", "createSnapshotFromVolume")
async def snapshot_from_volume(s: Scene) -> None:
    volume = await s.cloud.one("volumes", type="data")
    made = await s.run(volume["id"], {"snapshot": {"name": "avant", "rapid": True}})
    shown = await s.cloud.get("snapshots", made["id"])
    assert (shown["name"], shown["state"], shown["volumeId"]) == ("avant", "BackedUp", volume["id"])


@scenario("volumes", "resize")
async def resize(s: Scene) -> None:
    volume = next(v for v in await s.cloud.all("volumes", type="data") if "instanceId" in v)
    await s.run(volume["id"], {"sizeInGb": volume["sizeInGb"] + 10})
    assert (await s.cloud.get("volumes", volume["id"]))["sizeInGb"] == volume["sizeInGb"] + 10


@scenario("volumes", "delete")
async def delete(s: Scene) -> None:
    volume = await s.cloud.one("volumes", type="data", instanceId=None)
    assert await s.run(volume["id"]) == {}
    assert await s.cloud.gone("volumes", volume["id"])


@scenario("snapshots", "create")
async def create_snapshot(s: Scene) -> None:
    volume = await s.cloud.one("volumes", type="os")
    made = await s.run(body={"volumeId": volume["id"]})
    shown = await s.cloud.get("snapshots", made["id"])
    assert (shown["state"], shown["volumeId"], shown["intervalType"]) == ("BackedUp", volume["id"], "MANUAL")
    assert shown["name"]


@scenario("snapshots", "delete")
async def delete_snapshot(s: Scene) -> None:
    snapshot = await s.cloud.one("snapshots")
    await s.run(snapshot["id"])
    assert await s.cloud.gone("snapshots", snapshot["id"])
