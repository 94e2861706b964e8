"""The cached client's memory: known at once, live when it comes, honest when it fails."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from cloudmc_tui.api import Collection, ConnectionFailed, NotAllowed, ServerFailed
from cloudmc_tui.inventory import Freshness, Listing, UnknownPath
from cloudmc_tui.inventory.inventory import FRESH_FOR, Inventory
from cloudmc_tui.inventory.replies import looked_through
from cloudmc_tui.path import ROOT, Path
from tests.inventory.fakes import (
    ENVIRONMENTS,
    INSTANCES,
    OTHER,
    SERVICE,
    TYPES,
    WEB,
    Clock,
    Cloud,
    environment,
    instance,
    inventory,
    listed_only,
)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(cloud: Cloud, clock: Clock) -> Inventory:
    return inventory(cloud, clock)


DOWN = ConnectionFailed("no connection", kind="refused")


# Known at once, then live


async def test_what_is_known_comes_at_once_and_the_live_one_follows(
    cloud: Cloud, clock: Clock, kept: Inventory
) -> None:
    first = await kept.refresh(INSTANCES)
    assert (first.freshness, first.fetched_at) == (Freshness.LIVE, clock.now)
    cloud.entities[str(INSTANCES)] = [instance("new")]
    clock.now += FRESH_FOR + 1
    gate = cloud.gate(INSTANCES)

    listings = kept.list(INSTANCES)
    shown = await anext(listings)
    assert (shown.freshness, shown.ids()) == (Freshness.CACHED, ["i-web", "i-db"])
    assert shown.fetched_at == clock.now - FRESH_FOR - 1, "its age is that of its data"
    gate.set()
    live = await anext(listings)
    assert (live.freshness, live.ids()) == (Freshness.LIVE, ["i-new"])
    assert [listing async for listing in listings] == []


async def test_a_fresh_listing_is_not_read_again_unless_asked(
    cloud: Cloud, clock: Clock, kept: Inventory
) -> None:
    await kept.refresh(INSTANCES)
    clock.now += FRESH_FOR - 1
    [shown] = [listing async for listing in kept.list(INSTANCES)]
    assert shown.freshness is Freshness.LIVE
    assert cloud.asked[str(INSTANCES)] == 1

    states = [listing.freshness async for listing in kept.list(INSTANCES, refresh=True)]
    assert states == [Freshness.CACHED, Freshness.LIVE]
    assert cloud.asked[str(INSTANCES)] == 2


async def test_what_is_not_known_is_read(kept: Inventory) -> None:
    assert kept.peek(INSTANCES) is None
    [listing] = [listing async for listing in kept.list(INSTANCES)]
    assert kept.peek(INSTANCES) == listing


# What does not wait for each other


async def test_a_listing_is_asked_for_while_services_and_environments_are_read(
    cloud: Cloud, kept: Inventory
) -> None:
    gate = cloud.gate("services")
    read = asyncio.create_task(kept.refresh(INSTANCES))
    await cloud.has_started("services")
    await cloud.has_started(INSTANCES)
    assert not cloud.asked["environments"]
    gate.set()
    assert (await read).ids() == ["i-web", "i-db"]
    assert cloud.asked == {"services": 1, "environments": 1, str(INSTANCES): 1}


async def test_a_listing_of_an_environment_that_is_not_there_is_given_up(
    cloud: Cloud, kept: Inventory
) -> None:
    nowhere = "svc/nowhere/instances"
    cloud.entities[nowhere] = []
    cloud.gate(nowhere)
    with pytest.raises(UnknownPath, match="nowhere"):
        await kept.refresh(Path.parse(nowhere))
    assert cloud.cancelled == [nowhere]


async def test_a_listing_that_fails_before_its_environment_turns_out_not_to_be_there(
    cloud: Cloud, kept: Inventory
) -> None:
    gate = cloud.gate("environments")
    cloud.entities["svc/nowhere/instances"] = []
    cloud.failures["svc/nowhere/instances"] = NotAllowed("no", status=403)
    read = asyncio.create_task(kept.refresh(Path.parse("svc/nowhere/instances")))
    await cloud.has_started("environments")
    gate.set()
    with pytest.raises(UnknownPath, match="nowhere"):
        await read


# Many


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """What two entities are looked through in a thread for, and when: when this is set."""
    go = threading.Event()

    def look_through(listing: Listing) -> Listing:
        go.wait()
        return looked_through(listing)

    monkeypatch.setattr("cloudmc_tui.inventory.inventory.MANY", 1)
    monkeypatch.setattr("cloudmc_tui.inventory.inventory.looked_through", look_through)
    return go


async def test_many_come_as_they_arrive_and_again_when_they_were_looked_through(
    cloud: Cloud, kept: Inventory, slow: threading.Event
) -> None:
    cloud.entities[str(INSTANCES)] = [instance("web"), {"name": "nameless"}]
    listings = kept.list(INSTANCES)
    arrived = await anext(listings)
    assert (arrived.freshness, arrived.count, arrived.notes) == (Freshness.LIVE, 2, ())
    assert kept.peek(INSTANCES) is None, "nobody looks for an id in it yet"
    slow.set()
    whole = await anext(listings)
    assert whole.entities is arrived.entities
    assert whole.notes == ("1 entity has no id and cannot be opened",)
    assert kept.peek(INSTANCES) == whole
    assert [listing async for listing in listings] == []
    assert cloud.asked[str(INSTANCES)] == 1


async def test_many_that_are_known_are_renewed_when_they_were_looked_through(
    kept: Inventory, slow: threading.Event
) -> None:
    slow.set()
    await kept.refresh(INSTANCES)
    slow.clear()
    listings = kept.list(INSTANCES, refresh=True)
    assert (await anext(listings)).freshness is Freshness.CACHED
    asyncio.get_running_loop().call_later(0.01, slow.set)
    assert (await anext(listings)).freshness is Freshness.LIVE
    assert [listing async for listing in listings] == []


async def test_two_who_wait_for_many_both_get_them_as_they_arrive(
    cloud: Cloud, kept: Inventory, slow: threading.Event
) -> None:
    one, other = kept.list(INSTANCES), kept.list(INSTANCES)
    first, second = await asyncio.gather(anext(one), anext(other))
    assert first is second
    await one.aclose()  # type: ignore[attr-defined]
    slow.set()
    assert (await anext(other)).entities is first.entities
    assert cloud.asked[str(INSTANCES)] == 1


async def test_many_that_a_change_overtook_while_they_were_looked_through_are_stale(
    kept: Inventory, slow: threading.Event
) -> None:
    listings = kept.list(INSTANCES)
    await anext(listings)
    kept.mark_stale(INSTANCES)
    slow.set()
    assert (await anext(listings)).freshness is Freshness.STALE


# One request


async def test_identical_reads_share_one_request(cloud: Cloud, kept: Inventory) -> None:
    gate = cloud.gate(INSTANCES)
    reads = [asyncio.create_task(kept.refresh(INSTANCES)) for _ in range(3)]
    await cloud.has_started(INSTANCES)
    gate.set()
    listings = await asyncio.gather(*reads)
    assert listings[0] is listings[1] is listings[2]
    assert cloud.asked == {"services": 1, "environments": 1, str(INSTANCES): 1}


async def test_services_and_environments_are_read_once_for_everything_below(
    cloud: Cloud, kept: Inventory
) -> None:
    cloud.entities["svc/env/volumes"] = cloud.entities["svc/env2/instances"] = []
    paths = [INSTANCES, Path.parse("svc/env/volumes"), Path.parse("svc/env2/instances"), ENVIRONMENTS]
    await asyncio.gather(*(kept.refresh(path) for path in paths))
    assert cloud.asked["services"] == cloud.asked["environments"] == 1


async def test_the_environments_of_all_services_come_with_one_request(cloud: Cloud, kept: Inventory) -> None:
    cloud.environments_sent.append(environment("far", "other"))
    ours, others = await asyncio.gather(kept.refresh(ENVIRONMENTS), kept.refresh(Path.parse("other")))
    assert (ours.ids(), others.ids()) == (["env", "env2"], ["far"])
    assert cloud.asked["environments"] == 1


async def test_one_who_gives_up_does_not_take_the_read_from_the_other(cloud: Cloud, kept: Inventory) -> None:
    gate = cloud.gate(INSTANCES)
    impatient, patient = (asyncio.create_task(kept.refresh(INSTANCES)) for _ in range(2))
    await cloud.has_started(INSTANCES)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    gate.set()
    assert (await patient).ids() == ["i-web", "i-db"]
    assert cloud.asked[str(INSTANCES)] == 1
    assert cloud.cancelled == []


async def test_when_all_give_up_the_request_is_given_up(cloud: Cloud, kept: Inventory) -> None:
    cloud.gate(INSTANCES)
    reads = [asyncio.create_task(kept.refresh(INSTANCES)) for _ in range(2)]
    await cloud.has_started(INSTANCES)
    for read in reads:
        read.cancel()
    await asyncio.gather(*reads, return_exceptions=True)
    del cloud.gates[str(INSTANCES)]
    assert (await kept.refresh(INSTANCES)).freshness is Freshness.LIVE, "the next one is not joined to it"
    assert cloud.cancelled == [str(INSTANCES)]


async def test_closing_gives_up_what_is_under_way(cloud: Cloud, kept: Inventory) -> None:
    cloud.gate(INSTANCES)
    read = asyncio.create_task(kept.refresh(INSTANCES))
    await cloud.has_started(INSTANCES)
    await kept.aclose()
    with pytest.raises(asyncio.CancelledError):
        await read
    assert cloud.cancelled == [str(INSTANCES)]


# Failures


async def test_a_failed_refresh_keeps_the_last_good_data_and_says_so(
    cloud: Cloud, clock: Clock, kept: Inventory
) -> None:
    good = await kept.refresh(INSTANCES)
    cloud.failures[str(INSTANCES)] = DOWN
    clock.now += 100
    *_, shown = [listing async for listing in kept.list(INSTANCES)]
    assert (shown.freshness, shown.error) == (Freshness.STALE, DOWN)
    assert (shown.entities, shown.fetched_at) == (good.entities, good.fetched_at)
    assert kept.peek(INSTANCES) == shown

    del cloud.failures[str(INSTANCES)]
    *_, again = [listing async for listing in kept.list(INSTANCES)]
    assert (again.freshness, again.error) == (Freshness.LIVE, None)


async def test_a_failure_with_nothing_known_is_raised_to_everyone(cloud: Cloud, kept: Inventory) -> None:
    cloud.failures[str(INSTANCES)] = DOWN
    outcomes = await asyncio.gather(kept.refresh(INSTANCES), kept.refresh(INSTANCES), return_exceptions=True)
    assert list(outcomes) == [DOWN, DOWN]
    assert kept.peek(INSTANCES) is None


@pytest.mark.parametrize("what", ["services", "environments"])
async def test_a_failure_above_is_raised_as_it_is(cloud: Cloud, kept: Inventory, what: str) -> None:
    cloud.failures[what] = NotAllowed("no", status=403)
    with pytest.raises(NotAllowed):
        await kept.refresh(INSTANCES)


async def test_a_path_is_not_called_unknown_when_it_could_not_be_looked_up(
    cloud: Cloud, clock: Clock, kept: Inventory
) -> None:
    await kept.refresh(ENVIRONMENTS)
    clock.now += 100
    cloud.failures["environments"] = ServerFailed("broken", status=500)
    with pytest.raises(ServerFailed):
        await kept.refresh(Path.parse("svc/brand-new/instances"))


async def test_a_failure_shows_in_the_entity_types_as_well(
    cloud: Cloud, clock: Clock, kept: Inventory
) -> None:
    await kept.refresh(TYPES)
    clock.now += 100
    cloud.failures["environments"] = DOWN
    shown = await kept.refresh(TYPES)
    assert (shown.freshness, shown.error) == (Freshness.STALE, DOWN)
    assert shown.entities


# Unknown paths


@pytest.mark.parametrize(
    ("path", "at", "near", "known"),
    [
        ("svk", "svk", "svc", ("svc", "other")),
        ("svk/env/instances", "svk", "svc", ("svc", "other")),
        ("svc/envv/instances", "svc/envv", "env", ("env", "env2")),
        ("svc/zzz", "svc/zzz", None, ("env", "env2")),
        ("other/env", "other/env", None, ()),
    ],
)
async def test_an_unknown_part_is_told_with_what_exists(
    kept: Inventory, path: str, at: str, near: str | None, known: tuple[str, ...]
) -> None:
    with pytest.raises(UnknownPath) as told:
        await kept.refresh(Path.parse(path))
    assert (str(told.value.path), told.value.nearest, told.value.known) == (at, near, known)
    assert repr(Path.parse(at).name) in str(told.value)
    assert all(name in str(told.value) for name in known)


async def test_an_entity_type_that_neither_catalog_nor_server_know(kept: Inventory) -> None:
    with pytest.raises(UnknownPath, match="Did you mean 'instances'"):
        await kept.refresh(Path.parse("svc/env/instance"))


async def test_many_known_names_are_cut_short_and_hostile_ones_made_safe(
    cloud: Cloud, kept: Inventory
) -> None:
    cloud.environments_sent = [environment(f"e\x1b{n}") for n in range(40)]
    with pytest.raises(UnknownPath) as told:
        await kept.refresh(Path.parse("svc/\u202ex"))
    assert "and 28 more" in str(told.value)
    assert str(told.value).isprintable()


async def test_what_was_made_meanwhile_is_found(cloud: Cloud, clock: Clock, kept: Inventory) -> None:
    await kept.refresh(ENVIRONMENTS)
    cloud.services_sent.append({**SERVICE, "serviceCode": "new", "id": "s3"})
    cloud.environments_sent.append(environment("fresh", "new"))
    cloud.entities["new/fresh/instances"] = [instance("x")]
    clock.now += FRESH_FOR + 1
    assert (await kept.refresh(Path.parse("new"))).ids() == ["fresh"]
    assert (await kept.refresh(Path.parse("new/fresh/instances"))).ids() == ["i-x"]


async def test_nothing_is_listed_below_an_entity(kept: Inventory) -> None:
    with pytest.raises(ValueError, match="below an entity"):
        await kept.refresh(WEB)


# What is odd


async def test_environments_of_services_that_are_not_there_are_noted(cloud: Cloud, kept: Inventory) -> None:
    cloud.environments_sent += [environment("lost", "gone"), {"name": "orphan\x1b"}]
    listing = await kept.refresh(ENVIRONMENTS)
    assert listing.ids() == ["env", "env2"]
    [note] = listing.notes
    assert "2 environments" in note
    assert "lost" in note
    assert r"orphan\x1b" in note


async def test_what_the_client_set_aside_is_noted(cloud: Cloud, kept: Inventory) -> None:
    cloud.notes = ["set aside: 1 × service without a usable code"]
    assert (await kept.refresh(ROOT)).notes == tuple(cloud.notes)


async def test_an_entity_without_an_id_is_shown_and_noted(cloud: Cloud, kept: Inventory) -> None:
    cloud.entities[str(INSTANCES)] = [
        instance("web"), {"name": "nameless"}, {"id": None}, {"id": ""}, {"id": {"a": 1}}, {"id": True},
    ]  # fmt: skip
    listing = await kept.refresh(INSTANCES)
    assert (listing.count, listing.ids()) == (6, ["i-web"])
    assert listing.notes == ("5 entities have no id and cannot be opened",)
    assert [listing.child_path(e) for e in listing.entities] == [WEB, None, None, None, None, None]
    assert listing.find("None") is None
    assert listing.find("") is None


async def test_the_first_of_two_with_one_id_is_found(cloud: Cloud, kept: Inventory) -> None:
    cloud.entities[str(INSTANCES)] = [instance("web", n=1), instance("web", n=2)]
    listing = await kept.refresh(INSTANCES)
    assert (listing.find("i-web") or {})["n"] == 1
    assert len(listing.entities) == 2


async def test_the_servers_count_and_notes_are_kept(cloud: Cloud, kept: Inventory) -> None:
    cloud.entities[str(INSTANCES)] = Collection([instance("web")], count=5000, notes=["odd"])
    listing = await kept.refresh(INSTANCES)
    assert (listing.count, listing.notes) == (5000, ("odd",))


async def test_services_and_environments_stay_as_they_were_sent(kept: Inventory) -> None:
    services, environments = await kept.refresh(ROOT), await kept.refresh(ENVIRONMENTS)
    assert list(services.entities) == [SERVICE, OTHER]
    assert list(environments.entities) == [environment("env"), environment("env2")]


async def test_an_entity_type_that_the_catalog_does_not_know_is_described_by_its_entities(
    cloud: Cloud, kept: Inventory
) -> None:
    cloud.entities["svc/env/buckets"] = [{"id": "b1", "name": "logs", "sizeInBytes": 5}]
    path = Path.parse("svc/env/buckets")
    listing = await kept.refresh(path)
    assert not listing.known
    assert (listing.entity_type.label, listing.entity_type.columns) == (
        "Buckets",
        ["name", "sizeInBytes", "id"],
    )
    details = await kept.refresh_details(path.child("b1"))
    assert (details.known, details.entity_type.title) == (False, "name")


async def test_a_kind_of_service_that_the_catalog_does_not_know(cloud: Cloud, kept: Inventory) -> None:
    cloud.environments_sent.append(environment("far", "other"))
    cloud.entities["other/far/things"] = [{"id": "t"}]
    assert (await kept.refresh(Path.parse("other/far"))).entities == []
    assert (await kept.refresh(Path.parse("other/far/things"))).ids() == ["t"]


# Entity types


async def test_the_entity_types_of_an_environment_with_their_counts(kept: Inventory) -> None:
    before = await kept.refresh(TYPES)
    await kept.refresh(INSTANCES)
    after = kept.peek(TYPES)
    assert after is not None
    assert (before.find("instances") or {})["count"] is None
    assert (after.find("instances") or {})["count"] == 2
    assert (after.find("volumes") or {})["count"] is None


# Memory


async def test_the_least_recently_used_listings_go_first(cloud: Cloud, clock: Clock) -> None:
    kept = inventory(cloud, clock, capacity=2)
    paths = [TYPES.child(name) for name in ("instances", "volumes", "networks")]
    cloud.entities = {str(path): [] for path in paths}
    await kept.refresh(paths[0])
    await kept.refresh(paths[1])
    kept.peek(paths[0])
    await kept.refresh(paths[2])
    assert [kept.peek(path) is not None for path in paths] == [True, False, True]


async def test_services_and_environments_are_never_forgotten(cloud: Cloud, clock: Clock) -> None:
    kept = inventory(cloud, clock, capacity=1)
    cloud.entities = {str(TYPES.child(name)): [] for name in ("instances", "volumes", "networks")}
    for path in list(cloud.entities):
        await kept.refresh(Path.parse(path))
    assert kept.peek(ROOT) is not None
    assert kept.peek(ENVIRONMENTS) is not None
    assert kept.peek(TYPES) is not None
    assert cloud.asked["services"] == cloud.asked["environments"] == 1


# Changes


async def test_what_changed_is_stale_until_it_is_read_again(cloud: Cloud, kept: Inventory) -> None:
    cloud.entities["svc/env/volumes"] = []
    volumes = Path.parse("svc/env/volumes")
    for path in (INSTANCES, volumes):
        await kept.refresh(path)
    await kept.refresh_details(WEB)
    kept.mark_stale(INSTANCES)
    stale, details, other = kept.peek(INSTANCES), kept.peek_details(WEB), kept.peek(volumes)
    assert stale and details and other
    assert [stale.freshness, details.freshness, other.freshness] == [
        Freshness.STALE, Freshness.STALE, Freshness.LIVE,
    ]  # fmt: skip
    states = [listing.freshness async for listing in kept.list(INSTANCES)]
    assert states == [Freshness.STALE, Freshness.LIVE]


@pytest.mark.parametrize("last", ["old", "new"])
async def test_a_read_that_a_change_overtook_is_not_taken_for_the_truth(
    cloud: Cloud, kept: Inventory, last: str
) -> None:
    """It was asked before the change and answers after it, be it before or after the one asked since."""
    await kept.refresh(INSTANCES)
    await kept.refresh_details(WEB)
    gates: dict[str, asyncio.Event] = {}
    reads: dict[str, asyncio.Future[Any]] = {}
    for name, state in (("old", "Running"), ("new", "Stopped")):
        cloud.entities[str(INSTANCES)] = [instance("web", state=state)]
        cloud.gates = {str(key): gates.setdefault(name, asyncio.Event()) for key in (INSTANCES, WEB)}
        asked = cloud.asked.total()
        reads[name] = asyncio.gather(kept.refresh(INSTANCES), kept.refresh_details(WEB))
        for _ in range(50):
            await asyncio.sleep(0)
        assert cloud.asked.total() == asked + 2
        kept.mark_stale(INSTANCES) if name == "old" else None
    for name in ("new", "old") if last == "old" else ("old", "new"):
        gates[name].set()
        await reads[name]
    listing, details = kept.peek(INSTANCES), kept.peek_details(WEB)
    assert listing and details
    assert (listing.freshness, details.freshness) == (Freshness.LIVE, Freshness.LIVE)
    assert (listing.find("i-web") or {})["state"] == details.entity["state"] == "Stopped"


async def test_a_read_that_a_change_overtook_is_stale_when_it_is_all_there_is(
    cloud: Cloud, kept: Inventory
) -> None:
    gates = [cloud.gate(INSTANCES), cloud.gate(WEB)]
    reads = asyncio.gather(kept.refresh(INSTANCES), kept.refresh_details(WEB))
    await cloud.has_started(INSTANCES)
    await cloud.has_started(WEB)
    kept.mark_stale(TYPES)
    for gate in gates:
        gate.set()
    listing, details = await reads
    assert (listing.freshness, details.freshness) == (Freshness.STALE, Freshness.STALE)
    await kept.aclose()


# Details


async def test_details_are_a_row_first_and_whole_later(cloud: Cloud, kept: Inventory) -> None:
    cloud.wholes[str(WEB)] = instance("web", userData="#!")
    await kept.refresh(INSTANCES)
    row, whole = [details async for details in kept.details(WEB)]
    assert (row.whole, row.freshness, "userData" in row.entity) == (False, Freshness.CACHED, False)
    assert (whole.whole, whole.freshness, "userData" in whole.entity) == (True, Freshness.LIVE, True)
    [again] = [details async for details in kept.details(WEB)]
    assert again == whole
    assert cloud.asked[str(WEB)] == 1


async def test_a_newer_listing_renews_details_and_puts_them_in_doubt(
    cloud: Cloud, clock: Clock, kept: Inventory
) -> None:
    cloud.wholes[str(WEB)] = instance("web", userData="#!")
    await kept.refresh_details(WEB)
    clock.now += 5
    cloud.entities[str(INSTANCES)] = [instance("web", state="Stopped")]
    await kept.refresh(INSTANCES)
    details = kept.peek_details(WEB)
    assert details is not None
    assert (details.entity["state"], details.entity["userData"]) == ("Stopped", "#!")
    assert details.freshness is Freshness.STALE


async def test_a_newer_listing_that_agrees_changes_nothing(
    cloud: Cloud, clock: Clock, kept: Inventory
) -> None:
    details = await kept.refresh_details(WEB)
    clock.now += 5
    await kept.refresh(INSTANCES)
    assert kept.peek_details(WEB) == details


async def test_an_entity_that_a_newer_listing_does_not_have_is_gone(
    cloud: Cloud, clock: Clock, kept: Inventory
) -> None:
    await kept.refresh_details(WEB)
    clock.now += 5
    cloud.entities[str(INSTANCES)] = []
    await kept.refresh(INSTANCES)
    assert kept.peek_details(WEB) is None


async def test_an_older_listing_undoes_no_details(cloud: Cloud, clock: Clock, kept: Inventory) -> None:
    """A refresh that fails keeps the old rows, but they say nothing of details read since."""
    await kept.refresh(INSTANCES)
    clock.now += 5
    cloud.wholes[str(WEB)] = instance("web", state="Stopped")
    newer = await kept.refresh_details(WEB)
    cloud.failures[str(INSTANCES)] = DOWN
    await kept.refresh(INSTANCES)
    assert kept.peek_details(WEB) == newer


async def test_details_that_cannot_be_renewed_are_kept_with_the_error(
    cloud: Cloud, clock: Clock, kept: Inventory
) -> None:
    good = await kept.refresh_details(WEB)
    clock.now += 100
    cloud.failures[str(WEB)] = DOWN
    *_, shown = [details async for details in kept.details(WEB)]
    assert (shown.entity, shown.freshness, shown.error) == (good.entity, Freshness.STALE, DOWN)


async def test_details_that_are_not_known_and_cannot_be_read(cloud: Cloud, kept: Inventory) -> None:
    cloud.failures[str(WEB)] = DOWN
    with pytest.raises(ConnectionFailed):
        await kept.refresh_details(WEB)


async def test_services_and_environments_have_details_too(
    cloud: Cloud, clock: Clock, kept: Inventory
) -> None:
    service = await kept.refresh_details(Path.parse("svc"))
    assert (service.entity, service.whole) == (SERVICE, True)
    assert (await kept.refresh_details(TYPES)).entity["id"] == "e-env"
    clock.now += 100
    cloud.failures["services"] = DOWN
    again = await kept.refresh_details(Path.parse("svc"))
    assert (again.freshness, again.error) == (Freshness.STALE, DOWN)
    with pytest.raises(UnknownPath):
        await kept.refresh_details(Path.parse("svc/nope"))


async def test_names_and_organizations_of_what_is_known(cloud: Cloud, kept: Inventory) -> None:
    organization = {"id": "o1", "name": "Boréalis"}
    cloud.environments_sent = [{**environment("env"), "organization": organization}]
    assert kept.name_of(WEB) is None
    assert kept.organization_names() == {}
    await kept.refresh(INSTANCES)
    assert kept.name_of(WEB) == "web"
    assert kept.name_of(INSTANCES.child("nope")) is None
    assert kept.organization_names() == {"o1": "Boréalis"}


async def test_an_entity_without_an_endpoint_of_its_own_is_its_row(cloud: Cloud, clock: Clock) -> None:
    kept = listed_only(cloud, clock)
    details = await kept.refresh_details(WEB)
    assert (details.entity, details.whole, details.freshness) == (instance("web"), True, Freshness.LIVE)
    assert cloud.asked[str(WEB)] == 0
    with pytest.raises(UnknownPath, match="i-db"):
        await kept.refresh_details(INSTANCES.child("i-nope"))

    clock.now += 100
    cloud.failures[str(INSTANCES)] = DOWN
    stale = await kept.refresh_details(WEB)
    assert (stale.freshness, stale.error, stale.fetched_at) == (Freshness.STALE, DOWN, clock.now - 100)

    del cloud.failures[str(INSTANCES)]
    assert (await kept.refresh_details(WEB)).freshness is Freshness.LIVE
