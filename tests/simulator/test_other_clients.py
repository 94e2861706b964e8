"""Clients in a statically typed language: they refuse a number where they declare a text, leave out
what is empty, send their whole record as the body, and find things by name.

They judge by the HTTP status and ``taskStatus``, poll ``data.status``, match member names without
regard to case, and take ``null`` for an absent value.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulator.harness import CONFIRMED_KEY, PRODUCTION, Cloud, Row

TYPES: dict[str, dict[str, str]] = {
    "instances": {
        "text": "id name state templateId templateName username password sshKeyName computeOfferingId"
        " computeOfferingName zoneId zoneName projectId networkId networkName vpcId vpcName macAddress"
        " userData ipAddress ipAddressId publicKey diskOfferingId additionalDiskSizeInGb"
        " additionalDiskIops dedicatedGroupId",
        "whole": "cpuCount memoryInMB rootVolumeSizeInGb",
        "truth": "isPasswordEnabled isSshKeyEnabled",
        "texts": "affinityGroupIds portsToForward",
        "publicipaddresses": "publicIPs",
    },
    "volumes": {
        "text": "id name type creationDate diskOfferingId diskOfferingName templateId zoneName zoneId"
        " state instanceName instanceId instanceState",
        "whole": "size sizeInGb iops",
    },
    "publicipaddresses": {
        "text": "id ipAddress state zoneId zoneName networkId networkName vpcId vpcName privateIpId"
        " instanceId",
        "texts": "instanceNames purposes ports",
    },
    "vpcs": {
        "text": "id name description vpcOfferingId state cidr zoneId zoneName networkDomain sourceNatIp"
        " vpnStatus type"
    },
    "networks": {
        "text": "id name description vpcId networkOfferingId networkAclId networkAclName zoneId zoneName"
        " cidr type state gateway domain domainId project projectId",
        "truth": "isSystem",
    },
    "networkacls": {"text": "id name description vpcId"},
    "networkaclrules": {
        "text": "id networkAclId ruleNumber cidr action protocol startPort endPort icmpType icmpCode"
        " trafficType state"
    },
    "portforwardingrules": {
        "text": "id instanceId instanceName networkId privateIp privateIpId privatePortStart"
        " privatePortEnd ipAddress ipAddressId publicPortStart publicPortEnd protocol state vpcId"
    },
    "loadbalancerrules": {
        "text": "id name networkId publicIp publicIpId publicPort privatePort protocol algorithm"
        " stickinessMethod",
        "texts": "instanceIds",
        "mapping": "stickinessPolicyParameters",
    },
    "remoteaccessvpns": {"text": "certificate id presharedKey publicIpAddress publicIpAddressId state type"},
    "vpnusers": {"text": "id username password"},
    "sshkeys": {"text": "id name publicKey fingerprint"},
    "templates": {
        "text": "id name description osType osTypeId hypervisor format projectId url zoneId",
        "whole": "size",
        "truth": "availablePublicly ready sshKeyEnabled passwordEnabled extractable resizable",
        "texts": "availableInZones",
    },
    "affinitygroups": {"text": "id name description type", "texts": "instanceIds instanceNames zoneIds"},
    "computeofferings": {"text": "id name", "whole": "memoryInMB cpuCount", "truth": "custom"},
    "diskofferings": {
        "text": "id name",
        "whole": "gbSize minIops maxIops",
        "truth": "customSize customIops",
    },
    "networkofferings": {"text": "id name"},
    "vpcofferings": {"text": "id name state"},
    "zones": {"text": "id name"},
    # the platform's
    "organization": {
        "text": "id name entryPoint",
        "user*": "users",
        "environment*": "environments",
        "role*": "roles",
    },
    "user": {"text": "id username", "role*": "roles", "organization": "organization"},
    "role": {
        "text": "id name",
        "user*": "users",
        "environment": "environment",
        "organization": "organization",
    },
    "connection": {"text": "id name serviceCode"},
    "environment": {
        "text": "id name description",
        "organization": "organization",
        "connection": "serviceConnection",
        "user*": "users",
        "role*": "roles",
    },
}
"""Record → what its members are declared as → the members."""


def check(record: str, value: Any, where: str) -> None:
    """Assert that a value can be read as a record; nulls and unknown members are let pass."""
    assert isinstance(value, dict), f"{where} is no object"
    declared = {m.casefold(): kind for kind, names in TYPES[record].items() for m in names.split()}
    for member, got in value.items():
        kind, at = declared.get(member.casefold()), f"{where}.{member}"
        if got is None or kind is None:
            continue
        if kind in ("text", "whole", "truth"):
            assert type(got) is {"text": str, "whole": int, "truth": bool}[kind], f"{at}: {got!r}"
        elif kind == "texts":
            assert isinstance(got, list) and all(isinstance(v, str) for v in got), f"{at}: {got!r}"
        elif kind == "mapping":
            assert all(isinstance(v, str) for v in got.values()), f"{at}: {got!r}"
        elif kind == "publicipaddresses" or kind.endswith("*"):
            assert isinstance(got, list), f"{at}: {got!r}"
            for i, inner in enumerate(got):
                check(kind.rstrip("*"), inner, f"{at}[{i}]")
        else:
            check(kind, got, at)


class Client:
    """Sends what such a client sends, byte for byte in what matters: ``//``, a trailing ``?``."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    async def send(self, method: str, path: str, query: str = "", body: Row | None = None) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        url = f"http://cloud.example/v1//{path.strip('/')}?{query}"
        headers = {"MC-Api-Key": self.cloud.settings.key, "Content-Type": "application/json"}
        reply = await self.cloud.http.request(method, url, content=content, headers=headers)
        answer = reply.json()
        assert None not in [answer.get(m, "") for m in ("data", "errors", "taskId", "metadata")]
        if reply.status_code >= 300:
            assert answer["errors"] and all(isinstance(e["errorCode"], str) for e in answer["errors"])
            raise LookupError(reply.status_code)
        return answer

    async def read(self, entity_type: str, entity_id: str = "", query: str = "") -> Any:
        data = (await self.send("GET", f"{PRODUCTION}/{entity_type}/{entity_id}", query))["data"]
        for row in data if isinstance(data, list) else [data]:
            check(entity_type, row, entity_type)
        return data

    async def named(self, entity_type: str, name: str, query: str = "") -> str:
        rows = await self.read(entity_type, query=query)
        return next(str(r["id"]) for r in rows if r["name"].casefold() == name.casefold())

    async def mutate(self, method: str, path: str, body: Row | None = None, query: str = "") -> Row:
        answer = await self.send(method, f"{PRODUCTION}/{path}", query, body)
        status, result = answer["taskStatus"], answer.get("data")
        while status.upper() == "PENDING":
            self.cloud.clock.pass_(1)
            task = (await self.send("GET", f"tasks/{answer['taskId']}"))["data"]
            assert all(isinstance(task[m], str) for m in ("id", "status", "created"))
            status, result = task["status"], task.get("result")
        assert status.upper() == "SUCCESS"
        assert isinstance(result, dict), "there is always something to decode"
        check(path.split("/")[0], result, path)
        return result

    async def create(self, entity_type: str, **body: Any) -> Row:
        made = await self.mutate("POST", entity_type, body)
        shown = await self.read(entity_type, made["id"])
        for member in set(body) & {m for names in TYPES[entity_type].values() for m in names.split()}:
            if member not in ("publicKey", "password"):
                assert shown[member] == body[member], member
        assert isinstance(shown, dict)
        return shown

    async def run(self, entity_type: str, entity_id: str, operation: str, body: Row | None = None) -> Row:
        return await self.mutate("POST", f"{entity_type}/{entity_id}", body, f"operation={operation}")

    async def delete(self, entity_type: str, entity_id: str, body: Row | None = None) -> None:
        await self.mutate("DELETE", f"{entity_type}/{entity_id}", body)
        with pytest.raises(LookupError, match="404"):
            await self.read(entity_type, entity_id)
        with pytest.raises(LookupError, match="404"):  # a second deletion counts as done
            await self.mutate("DELETE", f"{entity_type}/{entity_id}", body)


@pytest.fixture(params=[0.0, 2.0], ids=["at once", "with tasks"])
async def client(request: pytest.FixtureRequest) -> Client:
    return Client(Cloud(task_seconds=request.param))


NOISE: Row = {"recoveryPoint": {}}
NOBODY: Row = {"users": None, "environments": None, "roles": None}


@pytest.mark.parametrize("entity_type", [t for t in TYPES if t.endswith("s")])
async def test_all_that_is_listed_can_be_decoded(cloud: Cloud, entity_type: str) -> None:
    client = Client(cloud)
    rows = await client.read(entity_type)
    assert rows
    for row in rows:
        whole = await client.read(entity_type, row["id"])
        assert whole["id"] == row["id"]


async def test_a_stack_lives_and_goes(client: Client) -> None:
    offering = (await client.read("vpcofferings"))[0]
    zone = (await client.read("zones"))[0]
    vpc = await client.create(
        "vpcs",
        name="v",
        description="d",
        vpcOfferingId=await client.named("vpcofferings", offering["name"].lower()),
        zoneId=await client.named("zones", zone["name"]),
        networkDomain="v.example",
    )
    assert vpc["zoneName"] == zone["name"]
    await client.mutate("PUT", f"vpcs/{vpc['id']}", {"id": vpc["id"], "name": "v2", "description": "d2"})
    acl = await client.create("networkacls", name="a", description="d", vpcId=vpc["id"])
    acls = f"vpc_id={vpc['id']}"
    assert await client.named("networkacls", "A", acls) == acl["id"]
    rule = await client.create(
        "networkaclrules",
        networkAclId=acl["id"],
        ruleNumber="1",
        cidr="10.212.208.0/22",
        action="allow",
        protocol="icmp",
        icmpType="8",
        icmpCode="0",
        trafficType="ingress",
    )
    await client.delete("networkaclrules", rule["id"])
    rule = await client.create(
        "networkaclrules",
        networkAclId=acl["id"],
        ruleNumber="1",
        cidr="10.212.208.0/22",
        action="Allow",
        protocol="TCP",
        startPort="80",
        endPort="80",
        trafficType="Ingress",
    )
    whole = {m: rule[m] for m in ("id", "cidr", "action", "protocol", "trafficType")}
    changes = {**whole, "ruleNumber": "2", "startPort": "80", "endPort": "90"}
    await client.mutate("PUT", f"networkaclrules/{rule['id']}", changes)
    after = await client.read("networkaclrules", rule["id"])
    assert (after["ruleNumber"], after["endPort"], after["networkAclId"]) == ("2", "90", acl["id"])
    subnets = next(o for o in await client.read("networkofferings") if o.get("vpcOnly"))
    network = await client.create(
        "networks",
        name="n",
        description="d",
        vpcId=vpc["id"],
        networkOfferingId=subnets["id"],
        networkAclId=await client.named("networkacls", "default_allow", acls),
    )
    assert network["networkAclName"] == "default_allow"
    await client.run("networks", network["id"], "replace", {"networkAclId": acl["id"]})
    shown = await client.read("networks", network["id"])
    assert (shown["networkAclId"], shown["networkAclName"]) == (acl["id"], "a")
    custom = next(o for o in await client.read("computeofferings") if o["custom"])
    standard = next(o for o in await client.read("computeofferings") if not o["custom"])
    template = (await client.read("templates"))[0]
    instance = await client.create(
        "instances",
        name="i",
        templateId=await client.named("templates", template["name"].lower()),
        computeOfferingId=standard["id"],
        networkId=network["id"],
        publicKey=CONFIRMED_KEY,
        **NOISE,
    )
    iid = instance["id"]
    assert instance["templateName"] == template["name"] and instance["ipAddressId"]
    resize = {"id": iid, "computeOfferingId": custom["id"], "cpuCount": 2, "memoryInMB": 4096, **NOISE}
    await client.run("instances", iid, "changeComputeOffering", resize)
    assert (await client.read("instances", iid))["computeOfferingId"] == custom["id"]
    key = await client.create("sshkeys", name="k", publicKey=CONFIRMED_KEY)
    await client.run("instances", iid, "associateSSHKey", {"sshKeyName": "k", **NOISE})
    assert (await client.run("instances", iid, "resetPassword"))["password"]
    point = {"recoveryPoint": {"name": "p", "description": "d"}}
    await client.run("instances", iid, "createRecoveryPoint", point)
    disk = next(o for o in await client.read("diskofferings") if o["customSize"] and not o["customIops"])
    volume = await client.create("volumes", name="d", diskOfferingId=disk["id"], sizeInGb=10, instanceId=iid)
    await client.run("volumes", volume["id"], "resize", {"id": volume["id"], "sizeInGb": 20})
    assert (await client.read("volumes", volume["id"]))["sizeInGb"] == 20
    await client.run("volumes", volume["id"], "detachFromInstance")
    assert not (await client.read("volumes", volume["id"])).get("instanceId")
    await client.run("volumes", volume["id"], "attachToInstance", {"instanceId": iid})
    ips = [await client.create("publicipaddresses", vpcId=vpc["id"]) for _ in range(3)]
    forward = await client.create(
        "portforwardingrules",
        ipAddressId=ips[0]["id"],
        protocol="TCP",
        publicPortStart="8080",
        privateIpId=instance["ipAddressId"],
        privatePortStart="80",
    )
    assert forward["instanceId"] == iid and forward["privateIp"] == instance["ipAddress"]
    nat = {"id": ips[1]["id"], "privateIpId": instance["ipAddressId"]}
    await client.run("publicipaddresses", ips[1]["id"], "enableStaticNat", nat)
    assert (await client.read("publicipaddresses", ips[1]["id"]))["privateIpId"] == nat["privateIpId"]
    assert (await client.read("instances", iid))["publicIps"]
    await client.run("publicipaddresses", ips[1]["id"], "disableStaticNat")
    assert not (await client.read("publicipaddresses", ips[1]["id"])).get("privateIpId")
    balance = await client.create(
        "loadbalancerrules",
        name="b",
        publicIpId=ips[2]["id"],
        networkId=network["id"],
        protocol="tcp",
        algorithm="leastconn",
        publicPort="80",
        privatePort="80",
        instanceIds=[iid],
        stickinessMethod="AppCookie",
        stickinessPolicyParameters={"cookieName": "c", "holdtime": "30"},
    )
    bid = balance["id"]
    await client.run("loadbalancerrules", bid, "updateStickiness", {"id": bid, "stickinessMethod": "none"})
    assert not (await client.read("loadbalancerrules", bid)).get("stickinessMethod")
    sticky = {"id": bid, "stickinessMethod": "SourceBased"}
    await client.run("loadbalancerrules", bid, "updateStickiness", sticky)
    assert (await client.read("loadbalancerrules", bid))["stickinessMethod"] == "SourceBased"
    await client.run("loadbalancerrules", bid, "updateInstances", {"id": bid})  # an empty list is left out
    assert (await client.read("loadbalancerrules", bid))["instanceIds"] == []
    await client.run("loadbalancerrules", bid, "updateInstances", {"id": bid, "instanceIds": [iid]})
    assert (await client.read("loadbalancerrules", bid))["instanceIds"] == [iid]
    # in the order in which what depends goes first
    await client.delete("loadbalancerrules", bid)
    await client.delete("portforwardingrules", forward["id"])
    for ip in ips:
        await client.delete("publicipaddresses", ip["id"])
    await client.run("volumes", volume["id"], "detachFromInstance")
    await client.delete("volumes", volume["id"])
    await client.delete("instances", iid, {"purgeImmediately": True})
    await client.delete("networks", network["id"])
    await client.delete("networkaclrules", rule["id"])
    await client.delete("networkacls", acl["id"])
    await client.delete("vpcs", vpc["id"])
    await client.delete("sshkeys", key["id"])


async def test_a_vpn_and_its_users(client: Client) -> None:
    for vpn in [v for v in await client.read("remoteaccessvpns") if v["state"] == "Disabled"][:1]:
        ip = await client.read("publicipaddresses", vpn["id"])
        assert "SOURCE_NAT" in ip["purposes"]
        await client.run("remoteaccessvpns", vpn["id"], "enable")
        shown = await client.read("remoteaccessvpns", vpn["id"])
        assert shown["state"] == "Enabled" and shown["presharedKey"] and shown["publicIpAddress"]
        await client.run("remoteaccessvpns", vpn["id"], "disable")
        assert (await client.read("remoteaccessvpns", vpn["id"]))["state"] == "Disabled"
        break
    else:
        raise AssertionError("no VPN is disabled")
    await client.mutate("POST", "vpnusers", {"username": "essai", "password": "Mot-de-passe-1"})
    user = next(u for u in await client.read("vpnusers") if u["username"] == "essai")
    await client.delete("vpnusers", user["id"], {"id": user["id"], "username": "essai"})


async def test_dedication_groups_are_found_by_type(client: Client) -> None:
    groups = await client.read("affinitygroups", query="type=ExplicitDedication")
    assert all(g["type"] == "ExplicitDedication" for g in groups)


async def test_an_organization_by_its_entry_point(client: Client) -> None:
    organization = (await client.send("GET", "organizations"))["data"][0]
    rows = await client.read("networks", query=f"org_id={organization['entryPoint']}")
    assert rows == await client.read("networks", query=f"org_id={organization['id']}")


async def test_an_environment_and_who_is_in_it(client: Client) -> None:
    organization = (await client.send("GET", "organizations"))["data"][0]
    connection = (await client.send("GET", "services/connections"))["data"][0]
    users = (await client.send("GET", "users", f"organizationId={organization['id']}"))["data"]
    for record, value in (("organization", organization), ("connection", connection), ("user", users[0])):
        check(record, value, record)

    def body(name: str, **roles: Row) -> Row:
        given = [
            {
                "name": role.replace("_", " "),
                "environment": {
                    "organization": NOBODY,
                    "serviceConnection": {},
                    "users": None,
                    "roles": None,
                },
                "users": [{"id": user["id"], "roles": None, "organization": NOBODY}],
                "organization": NOBODY,
            }
            for role, user in roles.items()
        ]
        return {
            "name": name,
            "description": "d",
            "organization": {"id": organization["id"], **NOBODY},
            "serviceConnection": {"id": connection["id"]},
            "users": None,
            "roles": given or None,
        }

    async def shown(environment_id: str) -> Row:
        data = (await client.send("GET", f"environments/{environment_id}"))["data"]
        check("environment", data, "environment")
        assert data["organization"]["entryPoint"] == organization["entryPoint"]
        assert data["serviceConnection"]["serviceCode"] == connection["serviceCode"]
        return {r["name"].casefold(): [u["username"] for u in r["users"]] for r in data["roles"]}

    made = (await client.send("POST", "environments", "", body("essai")))["data"]
    check("environment", made, "environment")
    assert not any((await shown(made["id"])).values()), "nobody has a role that was not given"
    change = body("essai", Environment_admin=users[0], User=users[1])
    await client.send("PUT", f"environments/{made['id']}", "", change)
    names = [u["username"] for u in users]
    assert await shown(made["id"]) == {"environment admin": names[:1], "user": names[1:2]}
    path = f"services/{connection['serviceCode']}/essai/instances"
    assert (await client.send("GET", path))["data"] == []
    await client.send("DELETE", f"environments/{made['id']}")
    with pytest.raises(LookupError, match="404"):
        await shown(made["id"])


async def test_an_environment_of_nobody_in_particular(client: Client) -> None:
    connection = (await client.send("GET", "services/connections"))["data"][0]
    body = {
        "name": "essai",
        "description": "d",
        "organization": NOBODY,
        "serviceConnection": {"id": connection["id"]},
    }
    made = (await client.send("POST", "environments", "", {**body, "users": None, "roles": None}))["data"]
    assert made["organization"]["id"], "the key's own"
