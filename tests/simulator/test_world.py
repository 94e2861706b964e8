"""The seeded cloud: what documents rely on, references, determinism, and large environments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cloudmc_tui.catalog.loader import load_catalog
from cloudmc_tui.catalog.schema import EntityType
from cloudmc_tui.simulator import Settings
from cloudmc_tui.simulator.store import ENTITY_TYPES
from tests.simulator.harness import Cloud, Row

TYPES = load_catalog().services["cloudstack"].types
PLACES = (
    ("compute-qc", "production"),
    ("compute-qc", "staging"),
    ("compute-qc", "development"),
    ("compute-on", "production"),
    ("compute-on", "sandbox"),
)


async def test_services_and_environments(cloud: Cloud) -> None:
    connections = await cloud.data("/services/connections")
    assert [(c["serviceCode"], c["name"], c["type"]) for c in connections] == [
        ("compute-qc", "Compute - Québec", "CloudCA"),
        ("compute-on", "Compute - Ontario", "CloudCA"),
    ]
    environments = await cloud.data("/environments")
    assert [(e["serviceConnection"]["serviceCode"], e["name"]) for e in environments] == list(PLACES)


@pytest.mark.parametrize(("service", "environment"), PLACES)
async def test_every_environment_has_something_of_everything(
    cloud: Cloud, service: str, environment: str
) -> None:
    cloud.base = f"/services/{service}/{environment}"
    for entity_type in ENTITY_TYPES:
        assert await cloud.all(entity_type), entity_type
    states = {row["state"] for row in await cloud.all("instances")}
    assert {"Running", "Stopped"} <= states


async def test_production_has_instances_in_many_states(cloud: Cloud) -> None:
    states = {row["state"] for row in await cloud.all("instances")}
    assert {"Running", "Stopped", "Error", "Destroyed", "Starting", "Stopping"} <= states


async def test_seeded_states_on_the_way_arrive(cloud: Cloud) -> None:
    starting, stopping = (
        await cloud.one("instances", state="Starting"),
        await cloud.one("instances", state="Stopping"),
    )
    cloud.clock.pass_(600)
    assert (await cloud.get("instances", starting["id"]))["state"] == "Running"
    assert (await cloud.get("instances", stopping["id"]))["state"] == "Stopped"


async def test_development_has_awkward_names(cloud: Cloud) -> None:
    cloud.base = "/services/compute-qc/development"
    names = [row["name"] for row in await cloud.all("instances")]
    assert any("[bold]" in name for name in names)
    assert any(len(name) > 100 for name in names)
    assert any(not name.isascii() and "検" in name for name in names)


def _references(entity_type: EntityType, row: Row) -> Iterator[tuple[str, str, str]]:
    """Member, type and id of everything that an entity refers to by the catalog."""
    for member, field in entity_type.fields.items():
        if field.refers_to is None or member not in row:
            continue
        values = row[member] if isinstance(row[member], list) else [row[member]]
        for value in values:
            yield member, field.refers_to, value["id"] if isinstance(value, dict) else value


@pytest.mark.parametrize(("service", "environment"), PLACES)
async def test_references_resolve(cloud: Cloud, service: str, environment: str) -> None:
    cloud.base = f"/services/{service}/{environment}"
    ids = {t: {row[TYPES[t].id] for row in await cloud.all(t)} for t in TYPES}
    followed = 0
    for name, entity_type in TYPES.items():
        for listed in await cloud.all(name):
            row = await cloud.get(name, listed["id"])
            for member, target, value in _references(entity_type, row):
                assert value in ids[target], f"{name}.{member} of {row['id']} names no {target} entity"
                followed += 1
    assert followed > 100


async def test_names_that_are_repeated_are_the_names(cloud: Cloud) -> None:
    for name, entity_type in TYPES.items():
        for row in await cloud.all(name):
            for member, field in entity_type.fields.items():
                if field.refers_to and field.name_from and member in row and field.name_from in row:
                    target = await cloud.get(field.refers_to, row[member])
                    title = TYPES[field.refers_to].title
                    assert row[field.name_from] == target[title], f"{name}.{field.name_from}"


async def test_every_instance_is_whole(cloud: Cloud) -> None:
    for listed in await cloud.all("instances"):
        row = await cloud.get("instances", listed["id"])
        assert len([nic for nic in row["nics"] if nic["isDefault"]]) == 1
        assert len(await cloud.all("volumes", instanceId=row["id"], type="os")) == 1
        assert (row["imageId"], row["imageName"]) == (row["templateId"], row["templateName"])


async def _dump(cloud: Cloud, environments: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for environment in environments:
        for entity_type in ENTITY_TYPES:
            reply = await cloud.ask("GET", f"/services/compute-qc/{environment}/{entity_type}")
            found[f"{environment}/{entity_type}"] = reply.content
    for path in ("/environments", "/organizations", "/users", "/roles", "/quotas", "/activity_log"):
        found[path] = (await cloud.ask("GET", path)).content
    return found


async def test_the_same_seed_gives_the_same_cloud_in_whatever_order_it_is_looked_at() -> None:
    async with Cloud(seed=7) as one, Cloud(seed=7) as other:
        assert await _dump(one, ["production", "staging"]) == await _dump(other, ["staging", "production"])


async def test_another_seed_gives_another_cloud() -> None:
    async with Cloud(seed=7) as one, Cloud(seed=8) as other:
        first, second = await _dump(one, ["production"]), await _dump(other, ["production"])
    assert all(first[path] != second[path] for path in first)


async def test_the_same_operations_give_the_same_entities() -> None:
    async def story() -> list[Row]:
        async with Cloud(seed=3) as cloud:
            vpc = await cloud.one("vpcs")
            for _ in range(3):
                await cloud.do("POST", "publicipaddresses", {"vpcId": vpc["id"]})
            return await cloud.all("publicipaddresses")

    assert await story() == await story()


async def test_a_fixed_start_time() -> None:
    async with Cloud(now=1_600_000_000) as cloud:
        volume = await cloud.one("volumes")
        assert volume["creationDate"] < "2020-09-13"
        task = await cloud.task(await cloud.begin("POST", f"volumes/{volume['id']}?operation=resize"))
        assert task["data"]["created"] == "2020-09-13T12:26:40.000Z"


async def test_scale_is_the_number_of_instances() -> None:
    async with Cloud(scale=700) as cloud:
        assert len(await cloud.all("instances")) == 700
        ids = {t: {row["id"] for row in await cloud.all(t)} for t in ENTITY_TYPES}
        for nic in await cloud.all("nics"):
            assert nic["instanceId"] in ids["instances"]
            assert nic["networkId"] in ids["networks"]
        pairs = [(nic["networkId"], nic["ipAddress"]) for nic in await cloud.all("nics")]
        assert len(set(pairs)) == len(pairs), "no address is given twice"


async def test_an_environment_of_fifty_thousand_instances() -> None:
    async with Cloud(scale=50_000) as cloud:
        reply = await cloud.ask("GET", "instances")
        body = json.loads(reply.content)
        assert body["metadata"]["recordCount"] == len(body["data"]) == 50_000
        assert len({row["id"] for row in body["data"]}) == 50_000
        row = body["data"][41_234]
        shown = await cloud.get("instances", row["id"])
        assert len(shown["nics"]) == 1
        target = next(r for r in body["data"] if r["state"] == "Stopped")
        await cloud.do("POST", f"instances/{target['id']}?operation=start")
        assert (await cloud.get("instances", target["id"]))["state"] == "Running"


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5])
async def test_a_small_environment(size: int) -> None:
    async with Cloud(scale=size) as cloud:
        assert len(await cloud.all("instances")) == size
        assert await cloud.all("networkacls", name="default_allow")
        assert await cloud.all("zones")


@pytest.mark.parametrize(
    "knobs",
    [
        {"scale": -1},
        {"fail_rate": 1.5},
        {"latency": -1},
        {"task_seconds": -1},
        {"task_memory": -1},
        {"key": ""},
    ],
)
def test_settings_that_make_no_sense_are_refused(knobs: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is a|are seconds|may not"):
        Settings(**knobs)
