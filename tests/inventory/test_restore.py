"""What an earlier session read is given at once, and believed no more than it deserves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path as FilePath

import pytest

from cloudmc_tui.api import ConnectionFailed, NotFound
from cloudmc_tui.inventory import Freshness, Inventory, UnknownPath
from cloudmc_tui.inventory.disk import Scope
from cloudmc_tui.inventory.listing import Kept, Listing
from cloudmc_tui.inventory.store import DiskStore
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
)

DOWN = ConnectionFailed("no connection", kind="refused")
EARLIER = 7_200.0
"""Seconds between the two sessions."""


class Sessions:
    """Sessions with one cloud and one cache, one after the other."""

    def __init__(self, file: FilePath) -> None:
        self.file = file
        self.cloud = Cloud()
        self.clock = Clock()
        self.store: DiskStore | None = None

    async def begin(self) -> Inventory:
        """End the session before, if there is one, and begin the next."""
        await self.end()
        self.store = await DiskStore.open(self.file, Scope("work", "https://x/v1"), clock=self.clock)
        return inventory(self.cloud, self.clock, store=self.store)

    async def end(self) -> None:
        if self.store is not None:
            await self.store.aclose()
            assert (self.store.trouble, self.store.notes) == ("", ())

    async def begin_later(self, *paths: Path) -> Inventory:
        """A session that read these, and the next one, in which nothing has been asked for yet."""
        before = await self.begin()
        for path in paths:
            await before.refresh(path)
        self.clock.now += EARLIER
        again = await self.begin()
        self.cloud.asked.clear()
        return again


@pytest.fixture
async def sessions(tmp_path: FilePath) -> AsyncIterator[Sessions]:
    sessions = Sessions(tmp_path / "cache" / "listings.sqlite")
    yield sessions
    await sessions.end()


async def test_what_was_last_seen_comes_at_once_while_the_server_hangs(sessions: Sessions) -> None:
    again = await sessions.begin_later(INSTANCES)
    cloud = sessions.cloud
    gates = [cloud.gate(key) for key in ("services", "environments", INSTANCES)]
    listings = again.list(INSTANCES)
    shown = await anext(listings)
    assert (shown.freshness, shown.ids()) == (Freshness.CACHED, ["i-web", "i-db"])
    assert shown.fetched_at == sessions.clock.now - EARLIER, "its age is that of its data"
    assert again.peek(INSTANCES) == shown and again.name_of(WEB) == "web"
    cloud.entities[str(INSTANCES)] = [instance("new")]
    for gate in gates:
        gate.set()
    live = await anext(listings)
    assert (live.freshness, live.ids(), live.fetched_at) == (Freshness.LIVE, ["i-new"], sessions.clock.now)
    assert cloud.asked == {str(INSTANCES): 1}, "what the path is made of was known"


async def test_services_and_environments_are_known_without_a_request(sessions: Sessions) -> None:
    again = await sessions.begin_later(INSTANCES)
    assert again.peek(ROOT) is None
    assert await again.restore() and await again.restore()
    services, environments, types = (again.peek(path) for path in (ROOT, ENVIRONMENTS, TYPES))
    assert services is not None and environments is not None and types is not None
    assert (services.ids(), environments.ids()) == (["svc", "other"], ["env", "env2"])
    assert {services.freshness, environments.freshness, types.freshness} == {Freshness.CACHED}
    assert services.notes == () and "instances" in types.ids()
    assert again.entity_type(INSTANCES) is not None
    assert sessions.cloud.asked == {}


async def test_with_nothing_on_disk_there_is_nothing_to_restore(sessions: Sessions) -> None:
    first = await sessions.begin()
    assert not await first.restore()
    assert await first.recall(INSTANCES) is None
    assert not await inventory(Cloud()).restore(), "nor without a cache"
    assert (await first.refresh(INSTANCES)).freshness is Freshness.LIVE


async def test_a_failure_keeps_what_was_last_seen_and_says_so(sessions: Sessions) -> None:
    again = await sessions.begin_later(INSTANCES)
    sessions.cloud.failures = {str(INSTANCES): DOWN, "services": DOWN, "environments": DOWN}
    shown = [listing async for listing in again.list(INSTANCES)]
    assert [listing.freshness for listing in shown] == [Freshness.CACHED, Freshness.STALE]
    assert [listing.ids() for listing in shown] == [["i-web", "i-db"]] * 2
    assert shown[1].error is DOWN and shown[1].fetched_at == sessions.clock.now - EARLIER
    for path in (ROOT, ENVIRONMENTS, TYPES):
        listing = await again.refresh(path)
        assert (listing.freshness, listing.error) == (Freshness.STALE, DOWN), path


async def test_an_entity_is_known_from_the_listing_that_was_last_seen(sessions: Sessions) -> None:
    again = await sessions.begin_later(INSTANCES)
    sessions.cloud.failures[str(WEB)] = DOWN
    cached, stale = [details async for details in again.details(WEB)]
    assert (cached.freshness, cached.whole, cached.entity["name"]) == (Freshness.CACHED, False, "web")
    assert (stale.freshness, stale.error) == (Freshness.STALE, DOWN)
    sessions.cloud.failures.clear()
    assert (await again.refresh_details(WEB)).freshness is Freshness.LIVE


async def test_what_failed_or_was_overtaken_is_not_kept(sessions: Sessions) -> None:
    first = await sessions.begin()
    await first.refresh(INSTANCES)
    sessions.cloud.entities[str(INSTANCES)] = [instance("half way")]
    gate = sessions.cloud.gate(INSTANCES)
    sessions.cloud.started.clear()
    reading = asyncio.create_task(first.refresh(INSTANCES))
    await sessions.cloud.has_started(INSTANCES)
    first.mark_stale(INSTANCES)
    gate.set()
    assert (await reading).freshness is Freshness.STALE
    again = await sessions.begin()
    kept = await again.recall(INSTANCES)
    assert kept is not None and kept.ids() == ["i-web", "i-db"]


async def test_a_type_that_the_catalog_does_not_know_is_described_again(sessions: Sessions) -> None:
    buckets = Path.parse("svc/env/buckets")
    sessions.cloud.entities[str(buckets)] = [{"uuid": "b1", "name": "logs", "secretKey": "s3ntinel"}]
    again = await sessions.begin_later(buckets)
    kept = await again.recall(buckets)
    assert kept is not None and not kept.known
    assert (kept.ids(), kept.entity_type.columns) == (["logs"], ["name", "uuid"])


# What it no longer is


async def test_an_environment_that_was_not_there_last_time_is_looked_for(sessions: Sessions) -> None:
    again = await sessions.begin_later(INSTANCES)
    new = Path.parse("svc/new/instances")
    sessions.cloud.environments_sent.append(environment("new"))
    sessions.cloud.entities[str(new)] = []
    await again.resolve(new)
    assert sessions.cloud.asked == {"environments": 1, "services": 1}
    assert (await again.refresh(new)).freshness is Freshness.LIVE
    with pytest.raises(UnknownPath, match="There is no environment 'never'"):
        await again.resolve(Path.parse("svc/never"))


async def test_an_environment_that_is_gone_is_only_said_to_be_after_looking_again(sessions: Sessions) -> None:
    again = await sessions.begin_later(INSTANCES, Path.parse("svc/env2"))
    sessions.cloud.environments_sent = [environment("env2")]
    del sessions.cloud.entities[str(INSTANCES)]
    listings = again.list(INSTANCES)
    assert (await anext(listings)).freshness is Freshness.CACHED
    with pytest.raises(UnknownPath, match=r"There is no environment 'env'.*env2"):
        await anext(listings)
    assert sessions.cloud.asked == {"services": 1, "environments": 1}
    assert again.peek(TYPES) is None


@pytest.mark.parametrize("path", [INSTANCES.child("i-gone"), Path.parse("svc/env/vpcs")])
async def test_what_the_server_does_not_find_is_not_found_where_the_environment_is(
    sessions: Sessions, path: Path
) -> None:
    again = await sessions.begin_later(INSTANCES)
    with pytest.raises(NotFound):
        await (again.refresh_details(path) if path.entity else again.refresh(path))
    assert sessions.cloud.asked == {"services": 1, "environments": 1}, "it was looked whether that is so"


async def test_a_service_that_is_gone_takes_what_was_known_of_it_along(sessions: Sessions) -> None:
    again = await sessions.begin_later(INSTANCES)
    assert await again.recall(INSTANCES) is not None
    sessions.cloud.services_sent = [OTHER]
    assert (await again.refresh(ROOT)).ids() == ["other"]
    assert again.peek(INSTANCES) is None and again.peek(ENVIRONMENTS) is None
    with pytest.raises(UnknownPath, match="There is no service 'svc'"):
        await again.refresh(INSTANCES)


async def test_environments_of_a_service_that_is_new_are_not_homeless(sessions: Sessions) -> None:
    again = await sessions.begin_later(INSTANCES)
    sessions.cloud.services_sent = [SERVICE, OTHER, {**SERVICE, "id": "s3", "serviceCode": "third"}]
    sessions.cloud.environments_sent.append(environment("far", "third"))
    assert await again.restore()
    environments = await again.refresh(ENVIRONMENTS)
    assert environments.notes == ()
    third = again.peek(Path.parse("third"))
    assert third is not None and third.ids() == ["far"]


# Requests and waiting


async def test_what_is_known_is_not_looked_for_on_disk(sessions: Sessions) -> None:
    class Counted:
        recalled = 0

        async def recall(self, path: Path) -> Kept | None:
            self.recalled += 1
            return None

        async def structure(self) -> Sequence[Kept]:
            return []

        def keep(self, listing: Listing) -> None:
            pass

    store = Counted()
    here = inventory(sessions.cloud, sessions.clock, store=store)
    await here.refresh(INSTANCES)
    before = store.recalled
    await asyncio.gather(*(here.refresh(INSTANCES) for _ in range(3)))
    assert [listing async for listing in here.list(INSTANCES)]
    assert store.recalled == before <= 1
    assert sessions.cloud.asked == {"services": 1, "environments": 1, str(INSTANCES): 2}


async def test_many_who_want_the_same_wait_for_one_reading_of_the_disk(sessions: Sessions) -> None:
    again = await sessions.begin_later(INSTANCES)
    gate = sessions.cloud.gate(INSTANCES)
    readers = [again.list(INSTANCES) for _ in range(3)]
    shown = await asyncio.gather(*(anext(reader) for reader in readers))
    assert all(each.entities is shown[0].entities for each in shown)
    gate.set()
    live = await asyncio.gather(*(anext(reader) for reader in readers))
    assert live[0] is live[1] is live[2]
    assert sessions.cloud.asked == {str(INSTANCES): 1}
