"""What has changed since a person last saw a listing: which entities, and which of their fields."""

from __future__ import annotations

import copy
from pathlib import Path as FilePath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.api import ConnectionFailed
from cloudmc_tui.api.models import Collection
from cloudmc_tui.catalog import load_catalog
from cloudmc_tui.inventory import Freshness, Inventory
from cloudmc_tui.inventory import changes as changing
from cloudmc_tui.inventory.changes import NOTHING, Change, Changes, Memory
from cloudmc_tui.inventory.describe import change_lines
from cloudmc_tui.inventory.disk import Scope
from cloudmc_tui.inventory.listing import Listing
from cloudmc_tui.inventory.replies import entities_listing
from cloudmc_tui.inventory.store import DiskStore
from cloudmc_tui.path import ROOT, Path
from tests.inventory.fakes import (
    ENVIRONMENTS,
    INSTANCES,
    TYPES,
    WEB,
    Clock,
    Cloud,
    environment,
    instance,
    inventory,
)
from tests.json_values import ENTITIES

DOWN = ConnectionFailed("no connection", kind="refused")
CLOUDSTACK = load_catalog().services["cloudstack"]
SECRET = "s3ntinel-4a7e"


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(cloud: Cloud, clock: Clock) -> Inventory:
    return inventory(cloud, clock)


def listing(*entities: dict[str, Any], name: str = "instances", at: float = 0.0) -> Listing:
    path = Path.parse(f"svc/env/{name}")
    return entities_listing(path, Collection(list(entities)), CLOUDSTACK.types[name], CLOUDSTACK, at)


def between(old: Listing, new: Listing) -> Changes:
    memory = Memory(10)
    memory.see(old)
    return memory.changes(new)


async def shown(kept: Inventory, path: Path = INSTANCES) -> Listing:
    """Read a listing as a pane does."""
    return [each async for each in kept.list(path, refresh=True)][-1]


# Since when


async def test_nothing_has_changed_at_first_sight(kept: Inventory) -> None:
    assert kept.changes(INSTANCES) == NOTHING and not kept.changes(INSTANCES)
    await shown(kept)
    assert not kept.changes(INSTANCES)
    assert kept.changes(INSTANCES).since is not None


async def test_changes_count_from_the_first_sight_until_the_list_is_left(
    cloud: Cloud, clock: Clock, kept: Inventory
) -> None:
    await shown(kept)
    began = clock.now
    for state in ("Stopping", "Stopped"):
        clock.now += 5
        cloud.entities[str(INSTANCES)] = [instance("web", ram=1), {**instance("db"), "state": state}]
        await shown(kept)
        changes = kept.changes(INSTANCES)
        assert changes.since == began and changes.changed == {"i-web", "i-db"}
        assert changes.of("i-db") == [Change("state", "Running", state)]
    kept.mark_seen(INSTANCES)
    assert not kept.changes(INSTANCES)
    cloud.entities[str(INSTANCES)] = [instance("web", ram=1), instance("db")]
    await shown(kept)
    assert kept.changes(INSTANCES).of("i-db") == [Change("state", "Stopped", "Running")]
    assert kept.changes(INSTANCES).since == clock.now
    assert kept.changes(INSTANCES).changed == {"i-db"}


async def test_what_the_background_reads_is_not_seen(cloud: Cloud, kept: Inventory) -> None:
    await shown(kept)
    cloud.entities[str(INSTANCES)] = [instance("web")]
    await kept.refresh(INSTANCES, background=True)
    assert list(kept.changes(INSTANCES).gone) == ["i-db"]
    await shown(kept)
    assert list(kept.changes(INSTANCES).gone) == ["i-db"]


async def test_a_refresh_that_failed_changes_nothing(cloud: Cloud, kept: Inventory) -> None:
    await shown(kept)
    cloud.entities[str(INSTANCES)] = []
    await shown(kept)
    changes = kept.changes(INSTANCES)
    cloud.failures[str(INSTANCES)] = DOWN
    assert (await shown(kept)).freshness is Freshness.STALE
    assert kept.changes(INSTANCES) is changes


async def test_an_earlier_session_is_what_was_last_seen(
    tmp_path: FilePath, cloud: Cloud, clock: Clock
) -> None:
    file, scope = tmp_path / "cache" / "listings.sqlite", Scope("work", "https://x/v1")
    vpns = Path.parse("svc/env/sitetositevpns")
    cloud.entities[str(vpns)] = [{"id": "v1", "name": "hq", "ipSecPsk": SECRET, "ikeLifetime": 60}]
    store = await DiskStore.open(file, scope, clock=clock)
    before = inventory(cloud, clock, store=store)
    for path in (INSTANCES, vpns):
        await before.refresh(path)
    await store.aclose()
    then = clock.now
    clock.now += 3_600
    cloud.entities[str(INSTANCES)] = [instance("new"), {**instance("web"), "state": "Stopped"}]
    cloud.entities[str(vpns)] = [{"id": "v1", "name": "hq", "ipSecPsk": SECRET, "ikeLifetime": 90}]
    cloud.environments_sent.append(environment("env3"))

    store = await DiskStore.open(file, scope, clock=clock)
    again = inventory(cloud, clock, store=store)
    await again.refresh(INSTANCES, background=True)
    await again.refresh(ENVIRONMENTS)
    await shown(again, vpns)
    changes = again.changes(INSTANCES)
    assert changes.since == then and changes.new == {"i-new"} and changes.changed == {"i-web"}
    assert changes.gone == {"i-db": instance("db")}
    assert changes.told() == ["1 new", "1 changed", "1 gone"]
    assert again.changes(ENVIRONMENTS).new == {"env3"}
    assert again.changes(vpns).of("v1") == [Change("ikeLifetime", 60, 90)], "and no word of the secret"
    assert not again.changes(ROOT) and again.changes(TYPES) == NOTHING
    await store.aclose()


def test_the_listing_seen_longest_ago_is_forgotten_first() -> None:
    memory = Memory(2)
    seen = [listing(instance("a"), name=name) for name in ("instances", "volumes", "vpcs")]
    for each in seen:
        memory.see(each)
    assert [memory.changes(each).since is None for each in seen] == [True, False, False]


# Which fields


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({"state": "Running"}, {"state": "Stopped"}, [Change("state", "Running", "Stopped")]),
        ({}, {"note": "hi"}, [Change("note", None, "hi")]),
        ({"note": "hi"}, {}, [Change("note", "hi", None)]),
        ({"n": 1, "m": [1, 2]}, {"n": 2, "m": [2, 1]}, [Change("n", 1, 2), Change("m", [1, 2], [2, 1])]),
        ({"a": {"b": {"c": 1, "d": 1}}}, {"a": {"b": {"c": 2, "d": 1}}}, [Change("a.b.c", 1, 2)]),
        ({"a": {"b": 1}}, {"a": "text"}, [Change("a", {"b": 1}, "text")]),
        ({"nics": [{"ip": "a"}]}, {"nics": [{"ip": "b"}]}, [Change("nics", [{"ip": "a"}], [{"ip": "b"}])]),
        ({"ok": False}, {"ok": 0}, []),
        ({"ok": False}, {"ok": True}, [Change("ok", False, True)]),
        ({"note": None, "tags": []}, {"tags": None, "other": ""}, []),
    ],
)
def test_the_members_that_are_others_now(
    old: dict[str, Any], new: dict[str, Any], changes: list[Change]
) -> None:
    found = between(listing({"id": "1", **old}), listing({"id": "1", **new}))
    assert found.of("1") == changes
    assert bool(found) is bool(changes) and found.changed == ({"1"} if changes else set())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"password": SECRET}, {"password": "another"}),
        ({}, {"password": SECRET, "passwordNote": SECRET}),
        ({"config": {"psk": SECRET, "mtu": 1}}, {"config": {"mtu": 1}}),
        ({"users": [{"name": "a", "token": SECRET}]}, {"users": [{"name": "a", "token": "another"}]}),
        ({"password": SECRET, "note": f"it is {SECRET}"}, {}),
    ],
)
def test_secrets_are_no_change_and_are_never_told(old: dict[str, Any], new: dict[str, Any]) -> None:
    same = between(listing({"id": "1", **old}), listing({"id": "1", **new}))
    assert not same and same.of("1") == []
    changed = between(listing({"id": "1", "n": 1, **old}), listing({"id": "1", "n": 2, **new}))
    assert changed.of("1") == [Change("n", 1, 2)]
    assert SECRET not in repr(changed) and SECRET not in repr(changed.of("1"))


def test_what_came_and_what_went() -> None:
    old = [instance("a"), instance("b"), {"name": "no id"}]
    new = [instance("b"), instance("c"), instance("c", n=1), {"name": "no id, other"}]
    changes = between(listing(*old), listing(*new))
    assert changes.new == {"i-c"} and list(changes.gone) == ["i-a"] and not changes.changed
    assert changes.told() == ["1 new", "1 gone"]
    assert changes.of("i-c") == changes.of("i-a") == changes.of("never") == []


@given(st.lists(ENTITIES, max_size=4), st.lists(ENTITIES, max_size=4))
def test_any_two_listings_can_be_compared(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    before, now = listing(*old), listing(*new)
    memory = Memory(10)
    memory.see(before)
    changes = memory.changes(now)
    assert changes.new == now.by_id.keys() - before.by_id.keys()
    assert changes.gone.keys() == before.by_id.keys() - now.by_id.keys()
    assert all(changes.of(identity) for identity in changes.changed)
    assert not between(now, listing(*copy.deepcopy(new)))
    back = memory.changes(listing(*copy.deepcopy(old)))
    assert not back, "what was seen is still what was seen"


def test_comparing_is_done_once_and_keeps_one_of_two_equal_objects() -> None:
    count = 500
    seen = listing(*(instance(str(n), nics=[{"ip": n}]) for n in range(count)))
    memory = Memory(10)
    memory.see(seen)
    now = listing(*(instance(str(n), nics=[{"ip": n}]) for n in range(count - 1)), instance("x"))
    changes = memory.changes(now)
    assert memory.changes(now) is changes
    now = listing(*map(dict, now.entities))
    assert memory.changes(now) is not changes
    remembered = memory._seen[now.path].entities
    assert all(remembered[i] is now.by_id[i] for i in now.by_id if i != "i-x")
    assert set(remembered) == set(seen.by_id)


async def test_a_large_listing_is_compared_before_it_is_shown(
    cloud: Cloud, kept: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudmc_tui.inventory.inventory.MANY", 1)
    await shown(kept)
    compared = 0
    compare = changing._compare

    def counted(*of: Any) -> Changes:
        nonlocal compared
        compared += 1
        return compare(*of)

    monkeypatch.setattr(changing, "_compare", counted)
    assert not kept.changes(INSTANCES) and compared == 0, "what is seen for the first time is not compared"
    cloud.entities[str(INSTANCES)] = [instance("web"), instance("new")]
    await shown(kept)
    assert compared == 1
    assert kept.changes(INSTANCES).told() == ["1 new", "1 gone"] and compared == 1


# In words


async def lines_of(kept: Inventory, path: Path, now: float) -> list[str]:
    details = kept.peek_details(path)
    assert details is not None
    lines = change_lines(details, kept.changes(INSTANCES), now)
    return [f"{line.label}: {line.value}".strip(": ") for line in lines]


async def test_changes_are_told_field_by_field(cloud: Cloud, clock: Clock, kept: Inventory) -> None:
    await kept.refresh(INSTANCES)
    assert await lines_of(kept, WEB, clock.now) == ["It was not seen before."]
    cloud.entities[str(INSTANCES)] = [
        instance("web", memoryInMB=2048, tags=[{"name": "a", "v": 1}], odd="\x1b[2J", config={"mtu": 1}),
        instance("db"),
    ]
    await shown(kept)
    kept.mark_seen(INSTANCES)
    clock.now += 120
    when = "08:00:00 (2m ago)"
    assert await lines_of(kept, WEB, clock.now) == [f"Nothing has changed since {when}."]
    cloud.entities[str(INSTANCES)] = [
        {
            **instance("web", memoryInMB=4096, tags=[{"name": "a", "v": 2}], config={"mtu": 2}),
            "state": "Stopped",
        },
        instance("new"),
    ]
    await shown(kept)
    assert await lines_of(kept, WEB, clock.now) == [
        f"Changed since {when}",
        "State: Running → Stopped",
        "Memory: 2 GiB → 4 GiB",
        'Tags: [{"name":"a","v":1}] → [{"name":"a","v":2}]',
        "Config mtu: 1 → 2",
        "Odd: \\x1b[2J → (none)",
    ]
    assert await lines_of(kept, INSTANCES.child("i-new"), clock.now) == [
        f"It is new: it was not there at {when}."
    ]
