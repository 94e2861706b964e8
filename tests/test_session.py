"""An open connection: entities by id and by name, and the names of what they refer to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path as FilePath
from typing import Any

import pytest
from msgspec.structs import replace

from cloudmc_tui.api import BadSettings, NotFound, Rejected, Secret
from cloudmc_tui.catalog import CatalogError
from cloudmc_tui.inventory import AmbiguousName, UnknownPath
from cloudmc_tui.path import Path
from cloudmc_tui.profiles import HeldKey, Profile
from cloudmc_tui.profiles.profile import demo_profile
from cloudmc_tui.session import DemoOptions, Session
from tests.json_values import NOW
from tests.odd_cloud import OddCloud, failure

INSTANCES = Path.parse("compute-qc/production/instances")
ODD = Path.parse("svc/env/instances")
ODD_LIST = "/services/svc/env/instances"


@pytest.fixture
async def demo() -> AsyncIterator[Session]:
    session = await Session.open(demo_profile(), demo=DemoOptions(now=NOW), clock=lambda: NOW)
    yield session
    await session.aclose()


@pytest.fixture
async def opened() -> AsyncIterator[list[Session]]:
    sessions: list[Session] = []
    yield sessions
    for session in sessions:
        await session.aclose()


async def session_with(
    opened: list[Session], *entities: dict[str, Any], **answers: Any
) -> tuple[OddCloud, Session]:
    """An odd cloud whose instances are these, each with an endpoint of its own."""
    cloud = OddCloud({ODD_LIST: list(entities)})
    cloud.answers |= {f"{ODD_LIST}/{e['id']}": e for e in entities if e.get("id")} | answers
    opened.append(await cloud.session())
    return cloud, opened[0]


async def test_the_demo_cloud_has_what_documents_rely_on(demo: Session) -> None:
    inventory = demo.inventory
    services = await inventory.refresh(Path.parse(""))
    assert services.ids() == ["compute-qc", "compute-on"]
    first, second = [(await inventory.refresh(Path.parse(code))).ids() for code in services.ids()]
    assert {"production", "staging", "development"} <= set(first)
    assert {"production", "sandbox"} <= set(second)
    for code, names in (
        ("compute-qc", ["production", "staging", "development"]),
        ("compute-on", ["production", "sandbox"]),
    ):
        for name in names:
            listing = await inventory.refresh(Path((code, name, "instances")))
            assert {"Running", "Stopped"} <= {entity["state"] for entity in listing.entities}, (code, name)


async def test_the_same_seed_gives_the_same_cloud(opened: list[Session]) -> None:
    async def ids(seed: int, scale: int | None = None) -> list[str]:
        session = await Session.open(
            demo_profile(), demo=DemoOptions(seed=seed, scale=scale, now=NOW), clock=lambda: NOW
        )
        opened.append(session)
        return (await session.inventory.refresh(INSTANCES)).ids()

    first = await ids(1)
    assert await ids(1) == first
    assert await ids(2) != first
    assert len(await ids(1, scale=50)) == 50


async def test_an_entity_is_found_by_its_id_and_by_its_name(demo: Session) -> None:
    listing = await demo.inventory.refresh(INSTANCES)
    entity = listing.entities[0]
    by_id = await demo.find(INSTANCES.child(entity["id"]))
    by_name = await demo.find(INSTANCES.child(entity["name"]))
    assert by_id.path == by_name.path == INSTANCES.child(entity["id"])
    assert by_name.entity["name"] == entity["name"]
    assert by_name.whole


async def test_what_is_neither_is_told_with_the_names_that_exist(demo: Session) -> None:
    listing = await demo.inventory.refresh(INSTANCES)
    name = listing.entities[0]["name"]
    with pytest.raises(UnknownPath) as told:
        await demo.find(INSTANCES.child(f"{name}x"))
    assert told.value.nearest == name
    assert f"Did you mean {name!r}?" in str(told.value)


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("compute-qk/production/instances/x", "compute-qk"),
        ("compute-qc/prod/instances/x", "compute-qc/prod"),
        ("compute-qc/production/instance/x", "compute-qc/production/instance"),
        ("compute-qc/prod", "compute-qc/prod"),
    ],
)
async def test_a_mistake_further_up_is_told_where_it_is(demo: Session, path: str, at: str) -> None:
    with pytest.raises(UnknownPath) as told:
        await demo.find(Path.parse(path))
    assert str(told.value.path) == at
    assert told.value.nearest


async def test_services_and_environments_are_found_too(demo: Session) -> None:
    assert (await demo.find(Path.parse("compute-qc"))).entity["serviceCode"] == "compute-qc"
    assert (await demo.find(Path.parse("compute-qc/production"))).entity["name"] == "production"


async def test_a_name_that_several_have_wants_an_id(opened: list[Session]) -> None:
    _, session = await session_with(
        opened, {"id": "1", "name": "web"}, {"id": "2", "name": "web"}, {"id": "3", "name": "db"}
    )
    with pytest.raises(AmbiguousName) as told:
        await session.find(ODD.child("web"))
    assert told.value.known == ("1", "2")
    assert "2 entities in svc/env/instances are called 'web'" in str(told.value)
    assert (await session.find(ODD.child("2"))).entity["id"] == "2"
    assert (await session.find(ODD.child("db"))).entity["id"] == "3"


async def test_a_name_whose_namesake_cannot_be_opened(opened: list[Session]) -> None:
    _, session = await session_with(opened, {"name": "web"}, {"id": "2", "name": "web"})
    assert (await session.find(ODD.child("web"))).entity["id"] == "2"


async def test_a_name_with_control_characters_is_found_as_it_is_and_as_it_is_shown(
    opened: list[Session],
) -> None:
    _, session = await session_with(opened, {"id": "1", "name": "a\x1bb"})
    assert (await session.find(ODD.child("a\x1bb"))).entity["id"] == "1"
    assert (await session.find(ODD.child(r"a\x1bb"))).entity["id"] == "1"


async def test_a_server_that_takes_ids_only_and_says_bad_request(opened: list[Session]) -> None:
    refusals = {f"{ODD_LIST}/{name}": failure(400, 1001, "not an id") for name in ("web", "nope")}
    _, session = await session_with(opened, {"id": "1", "name": "web"}, **refusals)
    assert (await session.find(ODD.child("web"))).entity["id"] == "1"
    with pytest.raises(Rejected, match="not an id"):
        await session.find(ODD.child("nope"))


async def test_a_listing_that_is_gone_is_no_entity(opened: list[Session]) -> None:
    cloud, session = await session_with(opened)
    del cloud.answers[ODD_LIST]
    with pytest.raises(NotFound):
        await session.find(ODD.child("x"))


async def test_the_names_of_references(demo: Session) -> None:
    rules = Path.parse("compute-qc/production/portforwardingrules")
    listing = await demo.inventory.refresh(rules)
    details = await demo.find(rules.child(listing.ids()[0]))
    without_names = {k: v for k, v in details.entity.items() if not k.endswith("Name")}
    names = await demo.reference_names(replace(details, entity=without_names))
    instances = await demo.inventory.refresh(rules.parent.child("instances"))
    instance = instances.find(details.entity["instanceId"])
    assert instance is not None
    assert names[details.entity["instanceId"]] == instance["name"]


async def test_a_reference_that_leads_nowhere_leaves_the_id_and_is_not_looked_up_each_time(
    opened: list[Session],
) -> None:
    cloud, session = await session_with(
        opened, {"id": "1", "networkId": "gone", "vpcId": "v", "affinityGroupIds": [{"id": "a"}]},
        **{"/services/svc/env/networks": [], "/services/svc/env/vpcs": failure(403, 403, "no")},
    )  # fmt: skip
    details = await session.find(ODD.child("1"))
    assert await session.reference_names(details) == {}
    assert await session.reference_names(details) == {}
    assert cloud.requests.count("/services/svc/env/networks") == 1


async def test_an_endpoint_that_is_none() -> None:
    with pytest.raises(BadSettings):
        await Session.open(Profile("x", "ftp://x", HeldKey(Secret("key"), "a test")))


async def test_a_broken_catalog_file_of_the_users(tmp_path: FilePath) -> None:
    (tmp_path / "mine.toml").write_text("service_type = 5", "utf-8")
    with pytest.raises(CatalogError, match=r"mine\.toml"):
        await Session.open(demo_profile(), user_catalog=tmp_path)
