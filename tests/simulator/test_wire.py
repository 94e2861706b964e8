"""How the simulator speaks: addresses, the key, envelopes, errors, filters, tasks, noise."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from cloudmc_tui.simulator import SimulatorApp
from cloudmc_tui.simulator.store import ENTITY_TYPES
from tests.simulator.harness import (
    NOWHERE,
    PRODUCTION,
    Clock,
    Cloud,
    Row,
    first_error,
    instance_body,
    new_instance,
)


@pytest.mark.parametrize("prefix", ["/v1", "/api/v1", "/api/v2"])
async def test_bases(prefix: str) -> None:
    async with Cloud(prefix=prefix) as cloud:
        assert await cloud.all("zones")


@pytest.mark.parametrize(
    "path",
    [
        "/v1//services/compute-qc//production/zones",
        "//v1/services/compute-qc/production/zones/",
        "/v1/services/compute-qc/production/zones?",
        "/v1/services/compute-qc/production/zones/?",
        "/v1/services/compute-qc/%70roduction/zones",
    ],
)
async def test_addresses_are_normalised_in_place(cloud: Cloud, path: str) -> None:
    reply = await cloud.http.request("GET", httpx.URL(f"http://cloud.example{path}"))
    assert reply.status_code == 200
    assert reply.json()["data"]


async def test_a_mutation_survives_doubled_slashes_and_a_trailing_question_mark(cloud: Cloud) -> None:
    vpc = await cloud.one("vpcs")
    url = httpx.URL("http://cloud.example/v1//services//compute-qc/production//publicipaddresses/?")
    reply = await cloud.http.request("POST", url, json={"vpcId": vpc["id"]})
    assert reply.json()["taskStatus"] == "PENDING"


@pytest.mark.parametrize("path", ["/nothing", "/services", "/services/compute-qc/production", "/v3/zones"])
async def test_an_unknown_endpoint(cloud: Cloud, path: str) -> None:
    reply = await cloud.http.get(path)
    assert reply.status_code == 404
    assert first_error(reply)["code"] == 1004


@pytest.mark.parametrize("path", ["/", "/v9/environments", "/environments", "/api/environments", "/api"])
async def test_below_no_base_there_is_nothing(cloud: Cloud, path: str) -> None:
    reply = await cloud.http.get(httpx.URL(f"http://cloud.example{path}"))
    assert reply.status_code == 404
    assert first_error(reply)["context"]["what"] == "endpoint"


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/services/compute-zz/production/zones", "service"),
        ("/services/compute-qc/prod/zones", "environment"),
        ("/services/compute-qc/production/machines", "entity type"),
        (f"{PRODUCTION}/zones?org_id={NOWHERE}", "organization"),
    ],
)
async def test_an_unknown_part_of_a_path(cloud: Cloud, path: str, what: str) -> None:
    error = await cloud.refused("GET", path, status=404)
    assert error["context"]["what"] == what


async def test_the_key(cloud: Cloud) -> None:
    url = f"{PRODUCTION}/zones"
    transport = httpx.ASGITransport(cloud.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud.example/v1") as stranger:
        missing = await stranger.get(url)
        wrong = await stranger.get(url, headers={"MC-Api-Key": "wrong"})
        right = await stranger.get(url, headers={"mc-api-key": "demo-key"})
    assert (missing.status_code, first_error(missing)["code"]) == (401, 1001)
    assert (wrong.status_code, first_error(wrong)["code"]) == (403, 1002)
    assert right.status_code == 200


async def test_a_wrong_key_changes_nothing(cloud: Cloud) -> None:
    before = await cloud.all("vpnusers")
    body = {"username": "x", "password": "y"}
    for key in ({}, {"MC-Api-Key": "wrong"}):
        cloud.http.headers.pop("MC-Api-Key", None)
        reply = await cloud.http.post(f"{PRODUCTION}/vpnusers", json=body, headers=key)
        assert reply.status_code in (401, 403)
    cloud.http.headers["MC-Api-Key"] = "demo-key"
    cloud.clock.pass_(60)
    assert await cloud.all("vpnusers") == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "instances"),
        ("DELETE", "instances"),
        ("PUT", "instances"),
        ("POST", "zones"),
        ("DELETE", f"zones/{NOWHERE}"),
        ("PUT", f"portforwardingrules/{NOWHERE}"),
        ("DELETE", "/services/connections"),
    ],
)
async def test_a_method_that_is_not_known(cloud: Cloud, method: str, path: str) -> None:
    reply = await cloud.ask(method, path)
    assert reply.status_code == 405
    assert first_error(reply)["code"] == 1005
    assert "GET" in reply.headers["Allow"] or "POST" in reply.headers["Allow"]


@pytest.mark.parametrize("content", ["[" * 100_000, "{", "[1]", '"text"', "{'a': 1}", b"\xff\xfe"])
async def test_a_malformed_body(cloud: Cloud, content: Any) -> None:
    reply = await cloud.http.post(f"{PRODUCTION}/instances", content=content)
    assert reply.status_code == 400
    assert first_error(reply)["code"] == 1000


@pytest.mark.parametrize("entity_type", ENTITY_TYPES)
async def test_an_unknown_entity(cloud: Cloud, entity_type: str) -> None:
    error = await cloud.refused("GET", f"{entity_type}/{NOWHERE}", status=404)
    assert error["code"] == 2004
    assert error["context"] == {"entityType": entity_type, "id": NOWHERE}


async def test_an_unknown_operation(cloud: Cloud) -> None:
    row = await cloud.one("instances")
    error = await cloud.refused("POST", f"instances/{row['id']}?operation=fly")
    assert error["context"]["value"] == "fly"
    assert "start" in error["context"]["known"]


async def test_an_operation_on_what_is_not_there(cloud: Cloud) -> None:
    error = await cloud.refused("POST", f"instances/{NOWHERE}?operation=start", status=404)
    assert error["code"] == 2004


async def test_every_missing_member_is_named(cloud: Cloud) -> None:
    reply = await cloud.ask("POST", "vpcs", {"name": ""})
    errors = reply.json()["errors"]
    assert [(e["code"], e["context"]["field"]) for e in errors] == [
        (2001, "name"),
        (2001, "description"),
        (2001, "vpcOfferingId"),
    ]


async def test_noise_is_ignored(cloud: Cloud) -> None:
    template, offering = await cloud.one("templates"), await cloud.one("computeofferings")
    network = (await cloud.all("networks"))[0]
    noise: Row = {
        "recoveryPoint": {},
        "publicIps": None,
        "ipAddress": None,
        "sshKeyName": "",
        "state": "",
        "unheardOf": [1, {"a": None}],
        "cpuCount": 0,
    }
    body = instance_body(template, offering, network, **noise)
    assert (await cloud.do("POST", "instances", body))["state"] == "Running"


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_updates_and_operations_by_either_method(cloud: Cloud, method: str) -> None:
    vpc = await cloud.one("vpcs")
    await cloud.do(method, f"vpcs/{vpc['id']}", {"name": "either"})
    assert (await cloud.get("vpcs", vpc["id"]))["name"] == "either"
    await cloud.do(method, f"vpcs/{vpc['id']}?operation=restart")


async def test_no_reply_has_a_null(cloud: Cloud) -> None:
    def nulls(value: Any) -> bool:
        if isinstance(value, dict):
            return any(nulls(v) for v in value.values())
        return any(nulls(v) for v in value) if isinstance(value, list) else value is None

    vpc = await cloud.one("vpcs")
    paths = [f"{PRODUCTION}/{t}" for t in ENTITY_TYPES]
    paths += ["/environments", "/organizations", "/users", "/roles", "/quotas", "/services/connections"]
    paths += ["/activity_log", "/activity_log/codes", "/activity_log/summary", f"/tasks/{NOWHERE}"]
    paths += [f"{PRODUCTION}/instances/{row['id']}" for row in await cloud.all("instances")]
    paths += ["/tasks/" + await cloud.begin("POST", f"vpcs/{vpc['id']}?operation=restart")]
    for path in paths:
        assert not nulls((await cloud.ask("GET", path)).json()), path


async def test_user_data_nics_and_addresses_only_on_get(cloud: Cloud) -> None:
    for row in await cloud.all("instances"):
        assert {"userData", "nics", "publicIps"}.isdisjoint(row)
        assert {"userData", "nics", "publicIps"} <= set(await cloud.get("instances", row["id"]))


async def test_numbers_and_strings_on_the_wire(cloud: Cloud) -> None:
    texts = {
        "portforwardingrules": ("privatePortStart", "privatePortEnd", "publicPortStart", "publicPortEnd"),
        "loadbalancerrules": ("publicPort", "privatePort"),
        "networkaclrules": ("ruleNumber", "startPort", "endPort", "icmpType", "icmpCode"),
        "ingressrules": ("startPort", "endPort", "icmpType", "icmpCode"),
        "egressrules": ("startPort", "endPort"),
    }
    for entity_type, members in texts.items():
        for row in await cloud.all(entity_type):
            assert all(isinstance(row[m], str) for m in members if m in row), entity_type
    for row in await cloud.all("instances"):
        assert isinstance(row["cpuCount"], int)
        assert isinstance(row["memoryInMB"], int)
    assert all(isinstance(row["sizeInGb"], int) for row in await cloud.all("volumes"))


FILTERS = [
    ("affinitygroups", "type", "type"),
    ("egressrules", "network_id", "networkId"),
    ("ingressrules", "network_id", "networkId"),
    ("ingressrules", "public_ip_id", "publicIpId"),
    ("loadbalancerrules", "public_ip_id", "publicIpId"),
    ("networkaclrules", "network_acl_id", "networkAclId"),
    ("networks", "vpc_id", "vpcId"),
    ("networks", "zone_id", "zoneId"),
    ("nics", "instance_id", "instanceId"),
    ("nics", "network_id", "networkId"),
    ("portforwardingrules", "instance_id", "instanceId"),
    ("publicipaddresses", "vpc_id", "vpcId"),
    ("sitetositevpns", "vpc_id", "vpcId"),
    ("snapshots", "volume_id", "volumeId"),
    ("volumes", "type", "type"),
    ("volumes", "instance_id", "instanceId"),
]


@pytest.mark.parametrize(("entity_type", "parameter", "member"), FILTERS)
async def test_filters(cloud: Cloud, entity_type: str, parameter: str, member: str) -> None:
    rows = await cloud.all(entity_type)
    value = rows[-1].get(member) or next(row[member] for row in rows if member in row)
    reply = (await cloud.ask("GET", f"{entity_type}?{parameter}={value}")).json()
    assert reply["data"] == [row for row in rows if row.get(member) == value]
    assert reply["metadata"]["recordCount"] == len(reply["data"])
    assert (await cloud.ask("GET", f"{entity_type}?{parameter}={NOWHERE}")).json()["data"] == []
    assert await cloud.data(f"{entity_type}?{parameter}=") == rows, "an empty filter is none"


async def test_volume_types_are_compared_without_case(cloud: Cloud) -> None:
    assert await cloud.data("volumes?type=DATA") == await cloud.all("volumes", type="data")


async def test_the_default_acls_are_listed_for_every_vpc(cloud: Cloud) -> None:
    first, second = await cloud.all("vpcs")
    for vpc in (first, second):
        acls = await cloud.data(f"networkacls?vpc_id={vpc['id']}")
        assert [a["name"] for a in acls if "vpcId" not in a] == ["default_allow", "default_deny"]
        assert {a["vpcId"] for a in acls if "vpcId" in a} == {vpc["id"]}


async def test_addresses_by_instance_and_vpns_by_owner(cloud: Cloud) -> None:
    rule = await cloud.one("portforwardingrules")
    found = await cloud.data(f"publicipaddresses?instance_id={rule['instanceId']}")
    assert rule["ipAddressId"] in [ip["id"] for ip in found]
    vpc = await cloud.one("vpcs")
    (vpn,) = await cloud.data(f"remoteaccessvpns?vpc_id={vpc['id']}")
    assert vpn["publicIpAddress"] == vpc["sourceNatIp"]
    network = await cloud.one("networks", vpcId=None)
    (vpn,) = await cloud.data(f"remoteaccessvpns?network_id={network['id']}")
    assert (await cloud.get("publicipaddresses", vpn["id"]))["networkId"] == network["id"]


async def test_a_task_in_both_shapes(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Running")
    task_id = await cloud.begin("POST", f"instances/{row['id']}?operation=stop")
    pending = await cloud.task(task_id)
    assert pending == {
        "taskId": task_id,
        "taskStatus": "PENDING",
        "data": {"id": task_id, "status": "PENDING", "created": pending["data"]["created"]},
    }
    ended = await cloud.end(task_id)
    assert (ended["taskStatus"], ended["data"]["status"]) == ("SUCCESS", "SUCCESS")
    assert ended["result"] == ended["data"]["result"] == await cloud.get("instances", row["id"])


async def test_a_result_does_not_change_later(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Running")
    task_id = await cloud.begin("POST", f"instances/{row['id']}?operation=stop")
    first = await cloud.end(task_id)
    await cloud.do("POST", f"instances/{row['id']}?operation=start")
    assert await cloud.task(task_id) == first


async def test_tasks_take_their_time_and_not_all_the_same() -> None:
    async with Cloud(task_seconds=10) as cloud:
        running, stopped = (
            await cloud.one("instances", state="Running"),
            await cloud.one("instances", state="Stopped"),
        )
        tasks = [
            await cloud.begin("POST", f"instances/{running['id']}?operation=stop"),
            await cloud.begin("POST", f"instances/{stopped['id']}?operation=start"),
        ]
        ends: dict[str, int] = {}
        for second in range(40):
            for task_id in tasks:
                if (await cloud.task(task_id))["taskStatus"] == "SUCCESS":
                    ends.setdefault(task_id, second)
            cloud.clock.pass_(1)
        assert all(5 <= second <= 20 for second in ends.values())
        assert len(set(ends.values())) == 2


async def test_tasks_are_forgotten() -> None:
    async with Cloud(task_memory=100) as cloud:
        row = await cloud.one("instances", state="Running")
        task_id = await cloud.begin("POST", f"instances/{row['id']}?operation=stop")
        await cloud.end(task_id)
        cloud.clock.pass_(90)
        reply = await cloud.ask("GET", f"/tasks/{task_id}")
        assert reply.status_code == 404
        assert first_error(reply)["code"] == 2004


async def test_done_at_once_with_no_task_time() -> None:
    async with Cloud(task_seconds=0) as cloud:
        row = await cloud.one("instances", state="Running")
        reply = (await cloud.ask("POST", f"instances/{row['id']}?operation=stop")).json()
        assert set(reply) == {"taskId", "taskStatus", "data"}
        assert (reply["taskStatus"], reply["data"]["state"]) == ("SUCCESS", "Stopped")
        assert (await cloud.task(reply["taskId"]))["result"] == reply["data"]


async def test_percent_encoded_ids(cloud: Cloud) -> None:
    key = next(k for k in await cloud.all("sshkeys") if "@" in k["name"])
    reply = await cloud.http.get(f"{PRODUCTION}/sshkeys/{key['name'].replace('@', '%40')}")
    assert reply.json()["data"] == key


async def test_requests_are_counted_and_logged(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Running")
    cloud.app.requests.clear()
    await cloud.get("instances", row["id"])
    await cloud.get("instances", row["id"])
    await cloud.refused("POST", f"instances/{row['id']}?operation=start")
    log = cloud.app.requests
    template = "/services/:service/:environment/instances/:id"
    assert log.counts == {("GET", template): 2, ("POST", f"{template}?operation=start"): 1}
    assert log.total == 3
    latest = log.recent[-1]
    assert (latest.status, latest.path) == (400, f"{PRODUCTION}/instances/{row['id']}")


async def test_listings_follow_changes(cloud: Cloud) -> None:
    """A listing is encoded once, and again when something in it has changed."""
    first = (await cloud.ask("GET", "instances")).content
    assert (await cloud.ask("GET", "instances")).content == first
    made = await new_instance(cloud)
    assert made["id"] in {
        row["id"] for row in json.loads((await cloud.ask("GET", "instances")).content)["data"]
    }


async def test_a_mistake_of_the_simulator_s_own_is_an_error_too(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud.world, "settle", lambda: 1 / 0)
    transport = httpx.ASGITransport(cloud.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud.example/v1") as client:
        reply = await client.get("/environments")
    assert reply.status_code == 500
    assert first_error(reply)["code"] == 1500


async def test_latency_delays_the_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("cloudmc_tui.simulator.app.asyncio.sleep", sleep)
    async with Cloud(latency=0.25) as cloud:
        await cloud.all("zones")
    assert slept == [0.25]


def test_an_app_with_the_usual_settings() -> None:
    assert SimulatorApp(clock=Clock()).world.settings.key == "demo-key"
