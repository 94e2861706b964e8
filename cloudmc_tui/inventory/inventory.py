"""The cached client's memory: listings and details with their age.

A read gives what is known at once and what the server says when it has answered; identical reads
share one request; a failed refresh keeps the last good data and says so.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from cloudmc_tui.api.errors import CloudMCError, NotFound
from cloudmc_tui.api.models import Collection, Environment, Noted, Service
from cloudmc_tui.catalog import Catalog, EntityType, ServiceType
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.inventory.errors import UnknownPath
from cloudmc_tui.inventory.flights import Flights
from cloudmc_tui.inventory.infer import infer_entity_type
from cloudmc_tui.inventory.listing import Details, Freshness, Listing
from cloudmc_tui.inventory.replies import (
    entities_listing,
    entity_types_listing,
    environment_listings,
    services_listing,
)
from cloudmc_tui.path import ROOT, Level, Path

CAPACITY = 200
"""How many listings are kept; the least recently used one goes first."""

DETAILS_CAPACITY = 500
"""How many entities' details are kept."""

FRESH_FOR = 30.0
"""Seconds for which a listing is good enough not to be read again when it is only visited."""


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


class Inventory:
    """Listings and details of one connection, in memory.

    Attributes:
        catalog: what the entity types are.
    """

    def __init__(
        self,
        source: Source,
        catalog: Catalog,
        *,
        clock: Callable[[], float] = time.time,
        capacity: int = CAPACITY,
        fresh_for: float = FRESH_FOR,
    ) -> None:
        """Start empty.

        Args:
            source: reads from the API.
            catalog: what the entity types are.
            clock: gives seconds since the epoch.
            capacity: how many listings to keep at most.
            fresh_for: seconds for which :meth:`list` does not ask again by itself.
        """
        self.catalog = catalog
        self._source = source
        self._clock = clock
        self._capacity = capacity
        self._fresh_for = fresh_for
        self._listings: OrderedDict[Path, Listing] = OrderedDict()
        self._details: OrderedDict[Path, Details] = OrderedDict()
        self._flights = Flights()

    # What is known without asking

    def peek(self, path: Path) -> Listing | None:
        """The listing as last read, or none; asks nobody."""
        if path.level is Level.ENVIRONMENT:
            return self._entity_types(path)
        if path in self._listings:
            self._listings.move_to_end(path)
        return self._listings.get(path)

    def peek_details(self, path: Path) -> Details | None:
        """An entity as last read, from its own endpoint or else from a listing; asks nobody."""
        if (details := self._details.get(path)) is not None:
            self._details.move_to_end(path)
            return details
        return self._row(path)

    def _row(self, path: Path) -> Details | None:
        """An entity as the listing that it is in has it."""
        listing = self.peek(path.parent) if path.parts else None
        entity = listing.find(path.name) if listing else None
        if listing is None or entity is None:
            return None
        return Details(
            path=path,
            entity=entity,
            entity_type=listing.entity_type,
            service_type=listing.service_type,
            fetched_at=listing.fetched_at,
            whole=not self._has_own_endpoint(path),
            freshness=listing.freshness,
            error=listing.error,
            known=listing.known,
        )

    def _has_own_endpoint(self, path: Path) -> bool:
        """Whether there is more to be had of an entity than the listing that it is in."""
        if path.level is not Level.ENTITY:
            return False
        entity_type = self.entity_type(path)
        return entity_type is None or entity_type.gettable

    def service_type(self, path: Path) -> ServiceType | None:
        """The catalog's service type of the service that a path lies in; none while unknown."""
        services = self._listings.get(ROOT)
        if services is None or path.service is None:
            return None
        service = services.find(path.service)
        return self.catalog.service_type(str(service.get("type", ""))) if service else None

    def entity_type(self, path: Path) -> EntityType | None:
        """The catalog's entity type of a path at or below that level; none when it knows none."""
        service_type = self.service_type(path)
        if service_type is None or path.entity_type is None:
            return None
        return service_type.types.get(path.entity_type)

    def name_of(self, path: Path) -> str | None:
        """What an entity is called, if a listing that is known has it; asks nobody."""
        listing = self._listings.get(path.parent)
        entity = listing.find(path.name) if listing else None
        return title_of(entity, listing.entity_type) if listing and entity is not None else None

    def organization_names(self) -> dict[str, str]:
        """Id → name of the organizations that the known environments belong to."""
        names: dict[str, str] = {}
        for path, listing in self._listings.items():
            if path.level is Level.SERVICE:
                for environment in listing.entities:
                    organization = environment.get("organization")
                    if isinstance(organization, Mapping) and organization.get("id"):
                        names[str(organization["id"])] = str(organization.get("name") or organization["id"])
        return names

    # Reads

    async def list(self, path: Path, *, refresh: bool = False) -> AsyncIterator[Listing]:
        """Give the listing that is known, then the live one.

        Args:
            path: of any level above an entity.
            refresh: ask the server even when the known listing is fresh.

        Yields:
            the known listing at once, if there is one, marked cached when a newer one is coming;
            then the live one, or the known one again with the error that kept it from being renewed.

        Raises:
            CloudMCError: when nothing is known and the read failed.
            UnknownPath: when a service or an environment of the path does not exist.
        """
        known = self.peek(path)
        if known is not None:
            if not refresh and self._is_fresh(known):
                yield known
                return
            yield known if known.freshness is Freshness.STALE else replace(known, freshness=Freshness.CACHED)
        yield await self.refresh(path)

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
        known = self.peek_details(path)
        if known is not None:
            if known.whole and not refresh and self._is_fresh(known):
                yield known
                return
            yield known if known.freshness is Freshness.STALE else replace(known, freshness=Freshness.CACHED)
        yield await self.refresh_details(path)

    async def refresh_details(self, path: Path) -> Details:
        """Read an entity from the server; see :meth:`refresh` for what a failure does."""
        try:
            return await self._flights.join(("get", path), lambda: self._fetch_details(path))
        except CloudMCError as error:
            known = self.peek_details(path)
            if known is None:
                raise
            return self._keep_details(replace(known, freshness=Freshness.STALE, error=error))

    async def resolve(self, path: Path) -> None:
        """Make sure that the path's service and environment exist.

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
        await self.resolve(path)
        if path.level is Level.ROOT:
            return self._keep(services_listing(await self._source.services(), self._clock()))
        if path.level is Level.SERVICE:
            await self._flights.join(_ENVIRONMENTS, self._fetch_environments)
            return self._listings[path]
        if path.level is Level.ENTITY_TYPE:
            return await self._fetch_entities(path, background)
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
        services = self._listings.get(ROOT) or await self.refresh(ROOT)
        fresh = self._flights.is_current(_ENVIRONMENTS)
        for listing in environment_listings(environments, services, self.catalog, self._clock()):
            self._keep(listing if fresh else replace(listing, freshness=Freshness.STALE))

    async def _fetch_entities(self, path: Path, background: bool) -> Listing:
        service_type, entity_type = self.service_type(path), self.entity_type(path)
        try:
            collection = await self._source.list_entities(path, background=background)
        except NotFound:
            if service_type is None or entity_type is not None:
                raise
            raise UnknownPath(path, list(service_type.types)) from None
        listing = entities_listing(path, collection, entity_type, service_type, self._clock())
        if not self._flights.is_current(("list", path)):  # see mark_stale
            later = self._listings.get(path)
            if later is not None and later.freshness is Freshness.LIVE:
                return later
            listing = replace(listing, freshness=Freshness.STALE)
        return self._keep(listing)

    async def _fetch_details(self, path: Path) -> Details:
        await self.resolve(path)
        if not self._has_own_endpoint(path):
            listing = await self.refresh(path.parent)
            details = self._row(path)
            if details is None:
                raise listing.error or UnknownPath(path, listing.ids())
            return details
        entity = await self._source.get_entity(path)
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

    def _entity_types(self, path: Path) -> Listing | None:
        """What stands below an environment, counted where it was listed; none when it is not known."""
        environments = self._listings.get(path.parent)
        if environments is None or environments.find(path.name) is None:
            return None
        return entity_types_listing(path, self.service_type(path), environments, self._count_of)

    def _count_of(self, path: Path) -> int | None:
        listing = self._listings.get(path)
        return listing.count if listing else None

    # Keeping

    def _is_fresh(self, kept: Listing | Details) -> bool:
        return kept.freshness is Freshness.LIVE and self._clock() - kept.fetched_at < self._fresh_for

    def _keep(self, listing: Listing) -> Listing:
        for path in [p for p in self._details if p.parent == listing.path]:
            self._compare_details(path, listing)
        self._listings[listing.path] = listing
        self._listings.move_to_end(listing.path)
        of_entities = [p for p in self._listings if p.level is Level.ENTITY_TYPE]
        for path in of_entities[: max(0, len(of_entities) - self._capacity)]:
            del self._listings[path]
        return listing

    def _compare_details(self, path: Path, listing: Listing) -> None:
        """A listing that is newer than an entity's details and differs from them puts them in doubt."""
        row, details = listing.find(path.name), self._details[path]
        if listing.fetched_at < details.fetched_at:
            return
        if row is None:
            del self._details[path]
        elif any(details.entity.get(member) != value for member, value in row.items()):
            entity = {**details.entity, **row}
            self._details[path] = replace(details, entity=entity, freshness=Freshness.STALE)

    def _keep_details(self, details: Details) -> Details:
        self._details[details.path] = details
        self._details.move_to_end(details.path)
        while len(self._details) > DETAILS_CAPACITY:
            self._details.popitem(last=False)
        return details
