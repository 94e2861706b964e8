"""The cached client's memory: listings and details with their age.

A read gives what is known at once and what the server says when it has answered; identical reads
share one request; a failed refresh keeps the last good data and says so. What is not in memory may be on
disk, as an earlier session read it: that is given at once as well.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from cloudmc_tui.api.errors import CloudMCError, NotFound
from cloudmc_tui.api.large import Entities
from cloudmc_tui.inventory.errors import UnknownPath
from cloudmc_tui.inventory.flights import Flights
from cloudmc_tui.inventory.infer import infer_entity_type
from cloudmc_tui.inventory.known import Known
from cloudmc_tui.inventory.listing import Details, Freshness, Kept, Listing
from cloudmc_tui.inventory.replies import (
    entities_listing,
    environment_listings,
    kept_listing,
    looked_through,
    services_listing,
)
from cloudmc_tui.inventory.room import give_back
from cloudmc_tui.path import ROOT, Level, Path

if TYPE_CHECKING:
    from cloudmc_tui.api.models import Collection, Environment, Noted, Service
    from cloudmc_tui.catalog import Catalog

CAPACITY = 200
"""How many listings are kept; the least recently used one goes first."""

FRESH_FOR = 30.0
"""Seconds for which a listing is good enough not to be read again when it is only visited."""

MANY = 5_000
"""So many entities are looked through in a thread."""

FIRST_LOOK = 0.1
"""Seconds that those who waited for many entities have to paint them, before they are looked through."""

_ENVIRONMENTS = ("environments", ROOT)
"""Under which the one request for the environments of all services flies."""


class Source(Protocol):
    """Where listings come from: the part of the API client that only reads."""

    async def services(self) -> Noted[Service]: ...
    async def environments(self) -> Noted[Environment]: ...
    async def list_entities(
        self, path: Path, filters: Mapping[str, str] | None = None, *, background: bool = False
    ) -> Collection: ...
    async def get_entity(self, path: Path) -> dict[str, Any]: ...


class Store(Protocol):
    """What keeps listings from one session to the next. Nothing that goes wrong with it raises."""

    async def recall(self, path: Path) -> Kept | None:
        """A listing as it was last kept, if it was."""

    async def structure(self) -> Sequence[Kept]:
        """The services and environments as they were last kept."""

    def keep(self, listing: Listing) -> None:
        """Keep a listing, soon; of several with the same path, the last one."""


class Inventory(Known):
    """Listings and details of one connection, read when they are wanted."""

    def __init__(
        self,
        source: Source,
        catalog: Catalog,
        *,
        store: Store | None = None,
        clock: Callable[[], float] = time.time,
        capacity: int = CAPACITY,
        fresh_for: float = FRESH_FOR,
    ) -> None:
        """Start empty.

        Args:
            source: reads from the API.
            catalog: what the entity types are.
            store: keeps listings for the next session, and has those of the one before; or none.
            clock: gives seconds since the epoch.
            capacity: how many listings to keep at most.
            fresh_for: seconds for which :meth:`list` does not ask again by itself.
        """
        super().__init__(catalog, clock=clock, capacity=capacity, fresh_for=fresh_for)
        self._source = source
        self._store = store
        self._restored = store is None
        self._flights = Flights()
        self._waiting: dict[Path, list[asyncio.Future[Listing]]] = {}
        self._arrived: dict[Path, Listing] = {}

    # What earlier sessions read

    async def restore(self) -> bool:
        """Know the services and environments as they were last seen, where nothing newer is known.

        Returns:
            whether both are known now, from whatever time.
        """
        if not self._restored:
            await self._flights.join(("restore", ROOT), self._restore)
        services = self.peek(ROOT)
        paths = [services.child_path(s) for s in services.entities] if services else []
        return any(path is not None and path in self._listings for path in paths)

    async def _restore(self) -> None:
        assert self._store is not None
        kept = {k.path: k for k in await self._store.structure()}
        self._restored = True
        for path in sorted(kept, key=lambda p: p.level):  # what the services are comes first
            if path not in self._listings and (not path.parts or self._exists(path)):
                self._begin(self._keep(kept_listing(kept[path], None, self.service_type(path))))

    async def recall(self, path: Path) -> Listing | None:
        """A listing as it is known; or else as an earlier session last read it, marked cached.

        Args:
            path: of any level above an entity.
        """
        if self._store is None or path in self._listings:
            return self.peek(path)
        await self.restore()
        if path.level is Level.ENTITY_TYPE and self._exists(path.parent):
            await self._flights.join(("recall", path), lambda: self._recall(path))
        return self.peek(path)

    async def _recall(self, path: Path) -> None:
        assert self._store is not None
        kept = await self._store.recall(path)
        if kept is None:
            return
        listing = kept_listing(kept, self.entity_type(path), self.service_type(path))
        if _is_long(listing):
            await asyncio.to_thread(self._seen.prepare, listing)
        if path not in self._listings and self._exists(path.parent):
            self._begin(self._keep(listing))

    def _exists(self, path: Path) -> bool:
        """Whether what is known has this service or environment."""
        above = self._listings.get(path.parent)
        return above is not None and above.find(path.name) is not None

    async def _recall_details(self, path: Path) -> Details | None:
        """An entity as it is known; or else as the listing has it that an earlier session last read."""
        if self.peek_details(path) is None and path.level is Level.ENTITY:
            await self.recall(path.parent)
        return self.peek_details(path)

    # Reads

    async def list(self, path: Path, *, refresh: bool = False) -> AsyncIterator[Listing]:
        """Give the listing that is known, then the live one.

        Args:
            path: of any level above an entity.
            refresh: ask the server even when the known listing is fresh.

        Yields:
            the known listing at once, if there is one, marked cached when a newer one is coming;
            then the live one, or the known one again with the error that kept it from being renewed.
            A live one of many entities of which nothing was known comes twice: as it arrives, and when
            all of it was looked at.

        Raises:
            CloudMCError: when nothing is known and the read failed.
            UnknownPath: when a service or an environment of the path does not exist.
        """
        known = await self.recall(path)
        if known is not None:
            self._begin(known)
            if not refresh and self._is_fresh(known):
                yield known
                return
            yield known if known.freshness is Freshness.STALE else replace(known, freshness=Freshness.CACHED)
        async for listing in self._read(path, at_once=known is None):
            self._begin(listing)
            yield listing

    async def _read(self, path: Path, *, at_once: bool) -> AsyncIterator[Listing]:
        """Give the live listing.

        Args:
            path: of any level above an entity.
            at_once: give one of many entities as soon as it has arrived, and again once all were looked at.
        """
        if not at_once:
            yield await self.refresh(path)
            return
        arrived: asyncio.Future[Listing] = asyncio.get_running_loop().create_future()
        if path in self._arrived:
            arrived.set_result(self._arrived[path])
        reading = asyncio.ensure_future(self.refresh(path))
        self._waiting.setdefault(path, []).append(arrived)
        try:
            await asyncio.wait((arrived, reading), return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                yield arrived.result()
            yield await reading
        finally:
            reading.cancel()
            self._waiting[path].remove(arrived)
            if not self._waiting[path]:
                del self._waiting[path]

    async def refresh(self, path: Path, *, background: bool = False) -> Listing:
        """Read a listing from the server, joining a read under way.

        Args:
            path: of any level above an entity.
            background: nobody waits for it: let other requests go first.

        Returns:
            the live listing; or, when the read failed and an earlier one is known, that one with
            the error.

        Raises:
            CloudMCError: when nothing is known and the read failed.
            UnknownPath: when a service or an environment of the path does not exist.
        """
        await self.recall(path)
        try:
            return await self._flights.join(("list", path), lambda: self._fetch(path, background))
        except CloudMCError as error:
            known = self.peek(path)
            if known is None or path.level is Level.ENVIRONMENT:
                raise
            return self._keep(replace(known, freshness=Freshness.STALE, error=error))

    async def details(self, path: Path, *, refresh: bool = False) -> AsyncIterator[Details]:
        """Give an entity as it is known, then as the server has it now.

        Args:
            path: an entity's.
            refresh: ask the server even when the known details are fresh.

        Yields:
            the known details at once, if any; then the live ones, or the known ones with the error.

        Raises:
            CloudMCError: when nothing is known and the read failed.
            UnknownPath: when a service or an environment of the path does not exist.
        """
        known = await self._recall_details(path)
        if known is not None:
            if known.whole and not refresh and self._is_fresh(known):
                yield known
                return
            yield known if known.freshness is Freshness.STALE else replace(known, freshness=Freshness.CACHED)
        yield await self.refresh_details(path)

    async def refresh_details(self, path: Path) -> Details:
        """Read an entity from the server; see :meth:`refresh` for what a failure does."""
        await self._recall_details(path)
        try:
            return await self._flights.join(("get", path), lambda: self._fetch_details(path))
        except CloudMCError as error:
            known = self.peek_details(path)
            if known is None:
                raise
            return self._keep_details(replace(known, freshness=Freshness.STALE, error=error))

    async def resolve(self, path: Path) -> None:
        """Make sure that the path's service and environment exist; what an earlier session has seen is
        believed to, what it has not is looked for anew.

        Raises:
            UnknownPath: naming what exists at the level that is wrong.
            CloudMCError: when that could not be read.
        """
        for level in (Level.SERVICE, Level.ENVIRONMENT):
            if path.level < level:
                return
            parent, part = path.up_to(Level(level - 1)), path.parts[level - 1]
            listing = self.peek(parent)
            if listing is None or (listing.find(part) is None and not self._is_fresh(listing)):
                listing = await self.refresh(parent)
            if listing.find(part) is None:
                raise listing.error or UnknownPath(path.up_to(level), listing.ids())

    def mark_stale(self, path: Path) -> None:
        """Say that something below this path has changed: its listings are to be read again.

        A read under way may have missed the change: what it brings is stale, and the next one asks anew.
        """
        self._flights.forget(
            lambda key: key[1].is_within(path) or (key == _ENVIRONMENTS and path.level is Level.SERVICE)
        )
        for key in [k for k in self._listings if k.is_within(path)]:
            self._listings[key] = replace(self._listings[key], freshness=Freshness.STALE)
        for key in [k for k in self._details if k.is_within(path)]:
            self._details[key] = replace(self._details[key], freshness=Freshness.STALE)

    async def aclose(self) -> None:
        """Give up what is under way."""
        await self._flights.aclose()

    # Fetching

    async def _fetch(self, path: Path, background: bool) -> Listing:
        if path.level is Level.ENTITY_TYPE:
            return await self._fetch_entities(path, background)
        await self.resolve(path)
        if path.level is Level.ROOT:
            return self._keep_live(services_listing(await self._source.services(), self._clock()))
        if path.level is Level.SERVICE:
            await self._flights.join(_ENVIRONMENTS, self._fetch_environments)
            if path not in self._listings:
                raise UnknownPath(path, self._listings[ROOT].ids())
            return self._listings[path]
        if path.level is Level.ENTITY:
            raise ValueError(f"nothing is listed below an entity: {path}")
        if not self._is_fresh(self._listings[path.parent]):
            await self.refresh(path.parent)
        listing = self.peek(path)
        if listing is None:
            raise UnknownPath(path, self._listings[path.parent].ids())
        return listing

    async def _fetch_environments(self) -> None:
        """One request gives the environments of every service: they are shared out here."""
        environments = await self._source.environments()
        services = self._listings.get(ROOT)
        if services is None or services.freshness is Freshness.CACHED:  # there may be others by now
            services = await self.refresh(ROOT)
        fresh = self._flights.is_current(_ENVIRONMENTS)
        for listing in environment_listings(environments, services, self.catalog, self._clock()):
            self._keep_live(listing if fresh else replace(listing, freshness=Freshness.STALE))

    async def _fetch_entities(self, path: Path, background: bool) -> Listing:
        asked = asyncio.ensure_future(self._source.list_entities(path, background=background))
        try:
            await self.resolve(path)  # mostly it is known; where it is not, that takes as long as the answer
        except BaseException:
            asked.cancel()
            asked.add_done_callback(_forget)
            raise
        service_type, entity_type = self.service_type(path), self.entity_type(path)
        try:
            collection = await asked
        except NotFound:
            await self._confirm(path)
            if service_type is None or entity_type is not None:
                raise
            raise UnknownPath(path, list(service_type.types)) from None
        listing = entities_listing(path, collection, entity_type, service_type, self._clock())
        if _is_long(listing):
            listing = await self._hand_out(listing)
        else:
            listing = looked_through(listing)
        if not self._flights.is_current(("list", path)):  # see mark_stale
            later = self._listings.get(path)
            if later is not None and later.freshness is Freshness.LIVE:
                return later
            listing = replace(listing, freshness=Freshness.STALE)
        return self._keep_live(listing)

    async def _hand_out(self, listing: Listing) -> Listing:
        """Give a listing to those who wait for it, and when they had time to paint it, look through it."""
        path = listing.path
        self._arrived[path] = listing
        try:
            if path in self._waiting:
                for arrived in self._waiting[path]:
                    if not arrived.done():
                        arrived.set_result(listing)
                await asyncio.sleep(FIRST_LOOK)
            return await asyncio.to_thread(self._look_through, listing)
        finally:
            if self._arrived.get(path) is listing:
                del self._arrived[path]

    def _look_through(self, listing: Listing) -> Listing:
        """Do what takes its time where there are many entities; in a thread."""
        listing = looked_through(listing)
        self._seen.prepare(listing)
        give_back()  # the reply, of which by now all is decoded
        return listing

    async def _confirm(self, path: Path) -> None:
        """See to it that it was not only an earlier session that knew the service and the environment.

        Raises:
            UnknownPath: when one of them does not exist.
            CloudMCError: when that could not be read.
        """
        for above in (ROOT, path.up_to(Level.SERVICE)):
            known = self._listings.get(above)
            if known is not None and known.freshness is Freshness.CACHED:
                await self.refresh(above)
        await self.resolve(path)

    def _keep_live(self, listing: Listing) -> Listing:
        """Keep what was just read, for the next session as well."""
        if self._store is not None and listing.freshness is Freshness.LIVE:
            self._store.keep(listing)
        return self._keep(listing)

    async def _fetch_details(self, path: Path) -> Details:
        await self.resolve(path)
        if not self._has_own_endpoint(path):
            listing = await self.refresh(path.parent)
            details = self._row(path)
            if details is None:
                raise listing.error or UnknownPath(path, listing.ids())
            return details
        try:
            entity = await self._source.get_entity(path)
        except NotFound:
            await self._confirm(path)
            raise
        entity_type = self.entity_type(path)
        described = entity_type
        if described is None:
            parent = self._listings.get(path.parent)
            described = parent.entity_type if parent else infer_entity_type(path.parent.name, [entity])
        details = Details(
            path=path,
            entity=entity,
            entity_type=described,
            service_type=self.service_type(path),
            fetched_at=self._clock(),
            whole=True,
            known=entity_type is not None,
        )
        if not self._flights.is_current(("get", path)):  # see mark_stale
            later = self._details.get(path)
            if later is not None and later.freshness is Freshness.LIVE:
                return later
            details = replace(details, freshness=Freshness.STALE)
        return self._keep_details(details)


def _forget(done: asyncio.Future[Any]) -> None:
    """What it raised is no news any more."""
    if not done.cancelled():
        done.exception()


def _is_long(listing: Listing) -> bool:
    return isinstance(listing.entities, Entities) or len(listing.entities) > MANY
