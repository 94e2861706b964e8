"""Scenarios of remote access VPNs, their users, and site-to-site VPNs."""

from __future__ import annotations

from tests.simulator.harness import Row
from tests.simulator.scenarios import Scene, scenario

SETTINGS: Row = {
    "name": "dépôt-nord",
    "gateway": "203.0.113.77",
    "cidrList": "172.30.0.2/22,172.31.0.0/24",
    "ipSecPsk": "a-key-both-ends-have",
    "ikeEncryptionAlgorithm": "aes256",
    "ikeHashAlgorithm": "sha256",
    "ikeDhGroup": "modp2048",
    "ikeLifetime": 28800,
    "espEncryptionAlgorithm": "aes128",
    "espHashAlgorithm": "sha1",
    "espPerfectForwardSecrecy": "modp1536",
    "espLifetime": 3600,
    "dpd": True,
    "forceEncap": False,
}


@scenario("remoteaccessvpns", "enable")
async def enable(s: Scene) -> None:
    vpn = await s.cloud.one("remoteaccessvpns", state="Disabled")
    assert "presharedKey" not in vpn
    await s.run(vpn["id"])
    after = await s.cloud.get("remoteaccessvpns", vpn["id"])
    assert after["state"] == "Enabled"
    assert after["presharedKey"]
    owner = await s.cloud.one("vpcs", sourceNatIp=vpn["publicIpAddress"])
    assert owner["vpnStatus"] == "Enabled"


@scenario("remoteaccessvpns", "disable")
async def disable(s: Scene) -> None:
    vpn = await s.cloud.one("remoteaccessvpns", state="Enabled")
    await s.run(vpn["id"])
    after = await s.cloud.get("remoteaccessvpns", vpn["id"])
    assert after["state"] == "Disabled"
    assert "presharedKey" not in after


@scenario("vpnusers", "create")
async def create_user(s: Scene) -> None:
    result = await s.run(body={"username": "nouveau", "password": "secret-enough"})
    assert "id" not in result
    assert set(await s.cloud.one("vpnusers", username="nouveau")) == {"id", "username"}


@scenario("vpnusers", "delete")
async def delete_user(s: Scene) -> None:
    user = await s.cloud.one("vpnusers")
    await s.run(user["id"], user)
    assert await s.cloud.gone("vpnusers", user["id"])


@scenario("sitetositevpns", "create")
async def create(s: Scene) -> None:
    vpc = await s.cloud.one("vpcs")
    sent = {**SETTINGS, "vpcId": vpc["id"]}
    made = await s.run(body=sent)
    assert await s.cloud.get("sitetositevpns", made["id"]) == {"id": made["id"], "state": "Connected", **sent}


@scenario("sitetositevpns", "update")
async def update(s: Scene) -> None:
    vpn = await s.cloud.one("sitetositevpns")
    await s.run(vpn["id"], {"cidrList": "172.29.0.0/24", "espLifetime": "1800", "dpd": False})
    after = await s.cloud.get("sitetositevpns", vpn["id"])
    assert after == {**vpn, "cidrList": "172.29.0.0/24", "espLifetime": 1800, "dpd": False}


@scenario("sitetositevpns", "reset")
async def reset(s: Scene) -> None:
    vpn = await s.cloud.one("sitetositevpns", state="Disconnected")
    await s.run(vpn["id"])
    assert (await s.cloud.get("sitetositevpns", vpn["id"]))["state"] == "Connected"


@scenario("sitetositevpns", "delete")
async def delete(s: Scene) -> None:
    vpn = await s.cloud.one("sitetositevpns")
    await s.run(vpn["id"])
    assert await s.cloud.gone("sitetositevpns", vpn["id"])
