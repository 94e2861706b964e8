"""What an entity uses and what uses it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.inventory import Details, Inventory
from cloudmc_tui.inventory.relations import (
    listings_to_read,
    reference_ids,
    relation_lines,
    used_by,
    users_of,
    uses,
)
from cloudmc_tui.path import Path
from tests.inventory.fakes import ENVIRONMENTS, SERVICES, TYPES, WEB, Cloud, instance, inventory

NETWORK = TYPES.child("networks").child("n1")


async def known(**entities: list[dict[str, Any]]) -> Inventory:
    cloud = Cloud()
    cloud.entities = {str(TYPES.child(name)): rows for name, rows in entities.items()}
    made = inventory(cloud)
    for path in (SERVICES, ENVIRONMENTS, *(TYPES.child(name) for name in entities)):
        await made.refresh(path)
    return made


def details(inventory: Inventory, path: Path) -> Details:
    found = inventory.peek_details(path)
    assert found is not None
    return found


def kinds(inventory: Inventory) -> Any:
    service_type = inventory.service_type(TYPES)
    assert service_type is not None
    return service_type.types


@given(count=st.integers(0, 6))
async def test_whatever_uses_a_network_is_used_by_it_the_other_way_round(count: int) -> None:
    names = [f"web{n}" for n in range(count)]
    known_now = await known(
        instances=[instance(n, networkId="n1") for n in names] + [instance("alone", networkId="n2")],
        networks=[{"id": "n1", "name": "front"}],
    )
    users = list(used_by(NETWORK, kinds(known_now), known_now))
    assert [user.title for user in users] == names
    for user in users:
        assert NETWORK in [r.path for r in uses(details(known_now, user.path), known_now)]


async def test_each_step_leads_to_what_can_be_opened_and_back() -> None:
    known_now = await known(
        instances=[instance("web", networkId="n1")], networks=[{"id": "n1", "name": "front"}]
    )
    lines = relation_lines(details(known_now, WEB), kinds(known_now), known_now, reading=False)
    (there,) = [line for line in lines if line.value == "front"]
    assert there.reference == NETWORK
    lines = relation_lines(details(known_now, NETWORK), kinds(known_now), known_now, reading=False)
    (back,) = [line for line in lines if line.value == "web"]
    assert back.reference == WEB
    assert known_now.peek_details(WEB) is not None


async def test_what_is_not_known_is_called_by_its_id_and_read_if_it_may_tell_more() -> None:
    known_now = await known(instances=[instance("web", networkId="n1")])
    (network,) = [r for r in uses(details(known_now, WEB), known_now) if r.path == NETWORK]
    assert network.title == "n1"
    types = kinds(known_now)
    wanted = listings_to_read(NETWORK, types, known_now)
    assert TYPES.child("instances") not in wanted, "it is known"
    assert {p.name for p in wanted} == set(users_of(types, "networks")) - {"instances"}


def test_every_reference_of_the_catalog_goes_both_ways() -> None:
    types = inventory(Cloud()).catalog.services["cloudstack"].types
    for name, kind in types.items():
        for member, described in kind.fields.items():
            if described.refers_to is not None and kind.listable:
                assert member in users_of(types, described.refers_to)[name]


@given(st.lists(st.text(min_size=1), max_size=5))
def test_ids_are_found_in_whatever_shape_a_reference_has(ids: list[str]) -> None:
    assert reference_ids(ids) == ids
    assert reference_ids([{"id": i, "name": "x"} for i in ids]) == ids
    assert reference_ids({"id": ids}) == ids
    assert reference_ids(None) == reference_ids("") == reference_ids(True) == reference_ids({}) == []
