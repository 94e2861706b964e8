"""Whole lives, as an infrastructure client leads them: create, poll, read back what was sent,
update, read, delete, and see that it is gone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.harness import CONFIRMED_KEY, Cloud, Row
from tests.simulator.scenes_vpn import SETTINGS


class Client:
    """Does what known clients do: judges by the status and ``taskStatus``, polls, reads ``data``."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    async def execute(self, method: str, path: str, body: Any = None) -> Row:
        reply = await self.cloud.ask(method, path, body)
        assert 200 <= reply.status_code < 300, reply.text
        answer = reply.json()
        for member in ("data", "errors", "taskId", "metadata"):
            assert answer.get(member, "") is not None
        status = answer["taskStatus"]
        while status == "PENDING":
            self.cloud.clock.pass_(1)
            task = (await self.cloud.ask("GET", f"/tasks/{answer['taskId']}")).json()["data"]
            assert {"id", "status", "created"} <= set(task)
            status, answer = task["status"], {**answer, "data": task.get("result")}
        assert status == "SUCCESS"
        result = answer["data"]
        assert isinstance(result, dict)
        return result

    async def create(self, entity_type: str, body: Row) -> str:
        """Create, and read back every member that was sent."""
        made = await self.execute("POST", entity_type, body)
        await self.compare(entity_type, made["id"], body)
        return str(made["id"])

    async def update(self, entity_type: str, entity_id: str, body: Row) -> None:
        await self.execute("PUT", f"{entity_type}/{entity_id}", body)
        await self.compare(entity_type, entity_id, body)

    async def compare(self, entity_type: str, entity_id: str, sent: Row) -> None:
        shown = await self.cloud.get(entity_type, entity_id)
        assert {m: shown.get(m) for m in sent} == sent

    async def delete(self, entity_type: str, entity_id: str, body: Row | None = None) -> None:
        await self.execute("DELETE", f"{entity_type}/{entity_id}", body)
        assert await self.cloud.gone(entity_type, entity_id)


@pytest.fixture(params=[0.0, 2.0], ids=["at once", "with tasks"])
async def client(request: pytest.FixtureRequest) -> Client:
    return Client(Cloud(task_seconds=request.param))


async def test_the_life_of_a_network_stack(client: Client) -> None:
    cloud = client.cloud
    before = {
        t: await cloud.all(t) for t in ("vpcs", "networks", "instances", "volumes", "publicipaddresses")
    }
    offering = await cloud.one("vpcofferings")
    vpc = await client.create("vpcs", {"name": "v", "description": "d", "vpcOfferingId": offering["id"]})
    await client.update("vpcs", vpc, {"name": "v2", "description": "d2"})
    acl = await client.create("networkacls", {"name": "a", "description": "d", "vpcId": vpc})
    rule = await client.create(
        "networkaclrules",
        {
            "networkAclId": acl,
            "ruleNumber": "10",
            "cidr": "10.0.0.0/8",
            "action": "Allow",
            "protocol": "TCP",
            "startPort": "80",
            "endPort": "90",
            "trafficType": "Ingress",
        },
    )
    await client.update("networkaclrules", rule, {"ruleNumber": "20", "protocol": "UDP", "action": "Deny"})
    net_offering = await cloud.one("networkofferings", vpcOnly=True)
    network = await client.create(
        "networks",
        {
            "name": "n",
            "description": "d",
            "networkOfferingId": net_offering["id"],
            "vpcId": vpc,
            "networkAclId": acl,
        },
    )
    await client.update("networks", network, {"name": "n2", "description": "d2"})
    deny = await cloud.one("networkacls", name="default_deny")
    await client.execute("POST", f"networks/{network}?operation=replace", {"networkAclId": deny["id"]})
    await client.compare("networks", network, {"networkAclId": deny["id"]})
    key = await client.execute("POST", "sshkeys", {"name": "k", "publicKey": CONFIRMED_KEY})
    instance = await client.create(
        "instances",
        {
            "name": "i",
            "templateId": (await cloud.one("templates"))["id"],
            "computeOfferingId": (await cloud.one("computeofferings", custom=True))["id"],
            "cpuCount": 2,
            "memoryInMB": 4096,
            "networkId": network,
            "sshKeyName": key["name"],
            "userData": "#!/bin/sh",
            "rootVolumeSizeInGb": 50,
        },
    )
    await client.update("instances", instance, {"name": "i2"})
    disk = await cloud.one("diskofferings", customSize=False)
    volume = await client.create(
        "volumes", {"name": "d", "diskOfferingId": disk["id"], "instanceId": instance}
    )
    ip = await client.create("publicipaddresses", {"vpcId": vpc})
    forward = await client.create(
        "portforwardingrules",
        {
            "ipAddressId": ip,
            "privateIpId": (await cloud.get("instances", instance))["ipAddressId"],
            "protocol": "TCP",
            "privatePortStart": "22",
            "publicPortStart": "2200",
        },
    )
    second = await client.create("publicipaddresses", {"vpcId": vpc})
    balance = await client.create(
        "loadbalancerrules",
        {
            "name": "lb",
            "publicIpId": second,
            "publicPort": "80",
            "privatePort": "8080",
            "protocol": "tcp",
            "algorithm": "leastconn",
            "instanceIds": [instance],
            "stickinessMethod": "LbCookie",
            "stickinessPolicyParameters": {"cookieName": "c"},
        },
    )
    await client.update("loadbalancerrules", balance, {"name": "lb2", "algorithm": "roundrobin"})
    vpn = await client.create("sitetositevpns", {**SETTINGS, "vpcId": vpc})
    await client.update("sitetositevpns", vpn, {**SETTINGS, "name": "autre", "espLifetime": 1800})
    nat = await cloud.one("publicipaddresses", vpcId=vpc, purposes=["SOURCE_NAT"])
    await client.execute("POST", f"remoteaccessvpns/{nat['id']}?operation=enable")
    await client.execute("POST", f"remoteaccessvpns/{nat['id']}?operation=disable")
    # and back, in the order of dependency
    await client.delete("sitetositevpns", vpn)
    await client.delete("loadbalancerrules", balance)
    await client.delete("portforwardingrules", forward)
    await client.delete("publicipaddresses", second)
    await client.delete("publicipaddresses", ip)
    await client.execute("POST", f"volumes/{volume}?operation=detachFromInstance")
    await client.delete("volumes", volume)
    await client.delete("instances", instance, {"purgeImmediately": True})
    await client.delete("networks", network)
    await client.delete("networkaclrules", rule)
    await client.delete("networkacls", acl)
    await client.delete("vpcs", vpc)
    await client.delete("sshkeys", key["id"])
    after = {t: await cloud.all(t) for t in before}
    assert after == before, "nothing is left behind"


async def test_static_nat_over_and_again(client: Client) -> None:
    cloud = client.cloud
    ip = await cloud.one("publicipaddresses", purposes=[])
    instance = await cloud.one("instances", vpcId=ip["vpcId"], state="Running")
    for _ in range(2):
        path = f"publicipaddresses/{ip['id']}?operation="
        body = {"privateIpId": instance["ipAddressId"]}
        await client.execute("POST", f"{path}enableStaticNat", body)
        await client.compare("publicipaddresses", ip["id"], {"purposes": ["STATIC_NAT"], **body})
        await client.execute("POST", f"{path}disableStaticNat", {})
        assert await cloud.get("publicipaddresses", ip["id"]) == ip


async def test_two_hundred_tasks_at_once() -> None:
    async with Cloud(scale=300) as cloud:
        running = (await cloud.all("instances", state="Running"))[:200]
        tasks = [await cloud.begin("POST", f"instances/{row['id']}?operation=stop") for row in running]
        assert len(set(tasks)) == 200
        cloud.clock.pass_(60)
        assert {(await cloud.task(task))["taskStatus"] for task in tasks} == {"SUCCESS"}
        states = {row["id"]: row["state"] for row in await cloud.all("instances")}
        assert {states[row["id"]] for row in running} == {"Stopped"}
