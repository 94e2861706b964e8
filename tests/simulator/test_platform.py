"""The platform: organizations, users, roles, connections, environments, and reports."""

from __future__ import annotations

from typing import Any

import pytest

from cloudmc_tui.simulator.store import ENTITY_TYPES
from tests.simulator.harness import NOWHERE, Cloud, Row


async def _child(cloud: Cloud) -> Row:
    return next(o for o in await cloud.data("/organizations") if "parent" in o)


async def _parent(cloud: Cloud) -> Row:
    return next(o for o in await cloud.data("/organizations") if "parent" not in o)


async def test_an_organization_and_its_sub_organization(cloud: Cloud) -> None:
    parent, child = await _parent(cloud), await _child(cloud)
    assert child["parent"] == {"id": parent["id"], "name": parent["name"]}
    assert parent["entryPoint"]
    assert child["entryPoint"]
    for organization in (parent, child):
        assert await cloud.data(f"/organizations/{organization['id']}") == organization
        assert [c["serviceCode"] for c in organization["serviceConnections"]] == ["compute-qc", "compute-on"]
    error = await cloud.refused("GET", f"/organizations/{NOWHERE}", status=404)
    assert error["code"] == 2004


@pytest.mark.parametrize("parameter", ["org_id", "organizationId", "organization_id"])
async def test_the_sub_organization_is_seen_by_its_id(cloud: Cloud, parameter: str) -> None:
    child = await _child(cloud)
    query = f"{parameter}={child['id']}"
    environments = await cloud.data(f"/environments?{query}")
    assert [e["id"] for e in environments] == [e["id"] for e in child["environments"]]
    (environment,) = environments
    assert environment["organization"]["id"] == child["id"]
    users = await cloud.data(f"/users?{query}")
    assert {u["organization"]["id"] for u in users} == {child["id"]}
    path = f"/services/{environment['serviceConnection']['serviceCode']}/{environment['name']}/instances"
    assert await cloud.data(f"{path}?{query}")
    assert (await cloud.refused("GET", path, status=404))["context"]["what"] == "environment"


async def test_without_it_one_sees_one_s_own(cloud: Cloud) -> None:
    parent = await _parent(cloud)
    assert {e["organization"]["id"] for e in await cloud.data("/environments")} == {parent["id"]}
    assert await cloud.data("/environments") == await cloud.data(f"/environments?org_id={parent['id']}")
    path = f"/services/compute-qc/production/zones?org_id={(await _child(cloud))['id']}"
    await cloud.refused("GET", path, status=404)


async def test_operations_in_the_sub_organization(cloud: Cloud) -> None:
    child = await _child(cloud)
    (environment,) = await cloud.data(f"/environments?org_id={child['id']}")
    base = f"/services/compute-qc/{environment['name']}"
    rows = await cloud.data(f"{base}/instances?org_id={child['id']}")
    row = next(r for r in rows if r["state"] == "Running")
    await cloud.do("POST", f"{base}/instances/{row['id']}?operation=stop&org_id={child['id']}")
    after = await cloud.data(f"{base}/instances/{row['id']}?org_id={child['id']}")
    assert after["state"] == "Stopped"


async def test_connections(cloud: Cloud) -> None:
    for connection in await cloud.data("/services/connections"):
        assert await cloud.data(f"/services/connections/{connection['id']}") == connection
        assert connection["status"]["reachable"] is True
    await cloud.refused("GET", f"/services/connections/{NOWHERE}", status=404)


async def test_users_and_roles(cloud: Cloud) -> None:
    for user in await cloud.data("/users"):
        assert user["userName"] == user["username"]
        shown = await cloud.data(f"/users/{user['id']}")
        environments = {e["id"] for e in shown["environments"]}
        assert {r["environment"]["id"] for r in shown["roles"] if "environment" in r} == environments
    roles = await cloud.data("/roles")
    assert {r["name"] for r in roles} >= {"Environment Admin", "User", "Read-Only"}
    assert all(r["defaultScope"] == "ENV" for r in await cloud.data("/roles?filter_scope=ENV"))
    await cloud.refused("GET", f"/users/{NOWHERE}", status=404)


async def test_quotas(cloud: Cloud) -> None:
    quotas = await cloud.data("/quotas")
    assert {q["serviceConnection"]["name"] for q in quotas} == {"Compute - Québec", "Compute - Ontario"}
    assert await cloud.data(f"/quotas/{quotas[0]['id']}") == quotas[0]
    assert all(d["ceiling"] > 0 for q in quotas for d in q["quotaDetails"])


async def _new_environment(cloud: Cloud, **more: Any) -> Row:
    connection = (await cloud.data("/services/connections"))[0]
    parent, user = await _parent(cloud), (await cloud.data("/users"))[1]
    body = {
        "name": "essai",
        "description": "For a test",
        "membership": "MANY_USERS",
        "organization": {"id": parent["id"]},
        "serviceConnection": {"id": connection["id"]},
        "roles": [
            {"name": "Environment Admin", "isDefault": False, "users": [{"id": user["id"]}]},
            {"name": "User", "isDefault": True, "users": []},
        ],
        **more,
    }
    reply = await cloud.ask("POST", "/environments", body)
    assert reply.status_code == 200, reply.text
    assert set(reply.json()) == {"data"}, "platform mutations answer plain data"
    made = reply.json()["data"]
    assert isinstance(made, dict)
    return made


async def test_the_life_of_an_environment(cloud: Cloud) -> None:
    made = await _new_environment(cloud)
    path = f"/environments/{made['id']}"
    shown = await cloud.data(path)
    assert shown == made
    assert (shown["name"], shown["description"], shown["membership"]) == ("essai", "For a test", "MANY_USERS")
    assert shown["serviceConnection"]["serviceCode"] == "compute-qc"
    assert shown["organization"]["entryPoint"] == (await _parent(cloud))["entryPoint"]
    user = (await cloud.data("/users"))[1]
    assert [(r["name"], r["isDefault"], [u["id"] for u in r["users"]]) for r in shown["roles"]] == [
        ("Environment Admin", False, [user["id"]]),
        ("User", True, []),
    ]
    assert [u["id"] for u in shown["users"]] == [user["id"]]
    assert made["id"] in [e["id"] for e in (await cloud.data(f"/users/{user['id']}"))["environments"]]
    other = (await cloud.data("/users"))[2]
    change = {"name": "essai-2", "roles": [{"id": shown["roles"][1]["id"], "users": [{"id": other["id"]}]}]}
    reply = await cloud.ask("PUT", path, change)
    assert set(reply.json()) == {"data"}
    after = await cloud.data(path)
    assert after["name"] == "essai-2"
    assert [[u["id"] for u in r["users"]] for r in after["roles"]] == [[user["id"]], [other["id"]]]
    reply = await cloud.ask("DELETE", path)
    assert reply.status_code in (200, 204)
    assert (await cloud.refused("GET", path, status=404))["code"] == 2004
    assert made["id"] not in [e["id"] for e in await cloud.data("/environments")]
    for method in ("PUT", "POST", "DELETE"):
        assert (await cloud.refused(method, path, {"name": "x"}, status=404))["code"] == 2004


async def test_a_new_environment_is_empty_but_usable(cloud: Cloud) -> None:
    await _new_environment(cloud)
    cloud.base = "/services/compute-qc/essai"
    filled = {t for t in ENTITY_TYPES if await cloud.all(t)}
    assert filled == {
        "computeofferings",
        "diskofferings",
        "isos",
        "networkaclrules",
        "networkacls",
        "networkofferings",
        "templates",
        "vpcofferings",
        "zones",
    }
    offering, vpc_offering = (await cloud.all("networkofferings"))[0], await cloud.one("vpcofferings")
    vpc_body = {"name": "v", "description": "d", "vpcOfferingId": vpc_offering["id"]}
    vpc = await cloud.do("POST", "vpcs", vpc_body)
    acl = await cloud.one("networkacls", name="default_allow")
    network_body = {
        "name": "n",
        "description": "d",
        "networkOfferingId": offering["id"],
        "vpcId": vpc["id"],
        "networkAclId": acl["id"],
    }
    network = await cloud.do("POST", "networks", network_body)
    body = {
        "name": "i",
        "templateId": (await cloud.one("templates"))["id"],
        "computeOfferingId": (await cloud.one("computeofferings"))["id"],
        "networkId": network["id"],
    }
    assert (await cloud.do("POST", "instances", body))["state"] == "Running"


async def test_an_environment_made_again_is_another(cloud: Cloud) -> None:
    ids = []
    for _ in range(2):
        made = await _new_environment(cloud)
        cloud.base = "/services/compute-qc/essai"
        ids.append((await cloud.one("networkacls"))["id"])
        await cloud.ask("DELETE", f"/environments/{made['id']}")
    assert ids[0] != ids[1]


@pytest.mark.parametrize(
    ("members", "code", "field"),
    [
        ({"name": "production"}, 2010, "name"),
        ({"name": "a/b"}, 2002, "name"),
        ({"name": None}, 2001, "name"),
        ({"description": None}, 2001, "description"),
        ({"serviceConnection": {"id": NOWHERE}}, 2003, "serviceConnection"),
        ({"organization": {"id": NOWHERE}}, 2003, "organization"),
        ({"roles": [{"name": "User", "users": [{"id": NOWHERE}]}]}, 2003, "roles.users"),
        ({"roles": "User"}, 2002, "roles"),
        ({"roles": [{"users": []}]}, 2001, "id"),
        ({"roles": [{"id": NOWHERE, "users": []}]}, 2003, "roles"),
    ],
)
async def test_environments_that_are_not_allowed(cloud: Cloud, members: Row, code: int, field: str) -> None:
    connection = (await cloud.data("/services/connections"))[0]
    before = await cloud.data("/environments")
    body = {"name": "e", "description": "d", "serviceConnection": {"id": connection["id"]}, **members}
    error = await cloud.refused("POST", "/environments", body)
    assert (error["code"], error["context"]["field"]) == (code, field)
    assert await cloud.data("/environments") == before


async def test_the_same_name_on_another_service(cloud: Cloud) -> None:
    connection = (await cloud.data("/services/connections"))[1]
    made = await _new_environment(cloud, name="staging", serviceConnection={"id": connection["id"]})
    assert made["serviceConnection"]["serviceCode"] == "compute-on"


async def test_nobody_has_a_role_that_was_not_given(cloud: Cloud) -> None:
    made = await _new_environment(cloud, roles=None)
    assert [(r["name"], len(r["users"])) for r in made["roles"]] == [("Environment Admin", 0)]


async def test_the_activity_log_follows_tasks(cloud: Cloud) -> None:
    row = await cloud.one("instances", state="Running")
    task = await cloud.begin("POST", f"instances/{row['id']}?operation=stop")
    (entry,) = await cloud.data("/activity_log?eventCode=instances.stop")
    assert (entry["status"], entry["correlationId"]) == ("PENDING", task)
    await cloud.end(task)
    (entry,) = await cloud.data("/activity_log?eventCode=instances.stop")
    assert entry["status"] == "SUCCESS"
    assert entry["updated"] > entry["created"]
    assert (await cloud.data("/activity_log/summary?maxNumberOfItems=1"))[0] == entry
    assert "instances.stop" in await cloud.data("/activity_log/codes")
    assert await cloud.data("/activity_log?status=FAILED") == []
    assert await cloud.data("/activity_log?end=2000-01-01") == []
    assert await cloud.data("/activity_log?start=2100-01-01T00:00:00Z") == []
    await cloud.refused("GET", "/activity_log?start=yesterday")
    await cloud.refused("GET", "/activity_log/summary?maxNumberOfItems=many")


async def test_the_usage_summary(cloud: Cloud) -> None:
    parent = await _parent(cloud)
    path = f"/usage_summary/organizations/{parent['id']}"
    reply = await cloud.ask("GET", path)
    assert [e["context"]["field"] for e in reply.json()["errors"]] == ["start_date", "end_date"]
    rows = await cloud.data(f"{path}?start_date=2024-02-01&end_date=2024-02-03&include_cost=true")
    assert (
        len({(r["serviceConnectionId"], r["startDate"], r["usageType"], r["secondaryType"]) for r in rows})
        == 16
    )
    assert all(r["utilityUsage"] > 0 and r["utilityCost"] > 0 for r in rows)
    await cloud.refused("GET", f"{path}?start_date=2024-02-03&end_date=2024-02-01")
    await cloud.refused("GET", f"{path}?start_date=2020-02-03&end_date=2024-02-01")
