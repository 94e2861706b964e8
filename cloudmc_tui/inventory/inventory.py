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

from cloudmc_tui.api.errors import CloudMCError
from cloudmc_tui.api.models import Collection, Environment, Service
from cloudmc_tui.catalog import Catalog, EntityType, ServiceType
from cloudmc_tui.catalog.levels import level_type
from cloudmc_tui.formats.text import plural, visible
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.inventory.errors import UnknownPath
from cloudmc_tui.inventory.flights import Flights
from cloudmc_tui.inventory.infer import infer_entity_type
from cloudmc_tui.inventory.listing import Details, Freshness, JsonObject, Listing
from cloudmc_tui.path import ROOT, Level, Path

CAPACITY = 200
"""How many listings are kept; the least recently used one goes first."""

DETAILS_CAPACITY = 500
"""How many entities' details are kept."""

FRESH_FOR = 30.0
"""Seconds for which a listing is good enough not to be read again when it is only visited."""


class Source(Protocol):
    """Where listings come from: the part of the API client that only reads."""

    async def services(self) -> list[Service]: ...
    async def environments(self) -> list[Environment]: ...
    async def list_entities(
        self, path: Path, filters: Mapping[str, str] | None = None, *, background: bool = False
    ) -> Collection: ...
    async def get_entity(self, path: Path) -> dict[str, Any]: ...


class Inventory:
    """Listings and details of one connection, in memory."""

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
        self._source = source
        self._catalog = catalog
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
            whole=path.level is not Level.ENTITY or not listing.entity_type.gettable,
            freshness=listing.freshness,
            known=listing.known,
        )

    def service_type(self, path: Path) -> ServiceType | None:
        """The catalog's service type of the service that a path lies in; none while unknown."""
        services = self._listings.get(ROOT)
        if services is None or path.service is None:
            return None
        service = services.find(path.service)
        return self._catalog.service_type(str(service.get("type", ""))) if service else None

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
            return self._keep_listing(replace(known, freshness=Freshness.STALE, error=error))

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
            listing = self.peek(parent) or await self.refresh(parent)
            if listing.find(part) is None:
                if not self._is_fresh(listing):
                    listing = await self.refresh(parent)
                if listing.find(part) is None:
                    raise UnknownPath(path.up_to(level), listing.ids())

    def mark_stale(self, path: Path) -> None:
        """Say that something below this path has changed: its listings are to be read again."""
        for key in [k for k in self._listings if k.is_within(path)]:
            self._listings[key] = replace(self._listings[key], freshness=Freshness.STALE)
        for key in [k for k in self._details if k.is_within(path)]:
            self._details[key] = replace(self._details[key], freshness=Freshness.STALE)

    async def aclose(self) -> None:
        """Give up what is under way."""
        await self._flights.aclose()

    # Fetching

    async def _fetch(self, path: Path, background: bool = False) -> Listing:
        if path.level is Level.ROOT:
            return await self._fetch_services()
        if path.level is Level.SERVICE:
            await self._fetch_environments_of_all()
            await self.resolve(path)
            return self._listings[path]
        await self.resolve(path)
        if path.level is Level.ENVIRONMENT:
            listing = self._entity_types(path)
            assert listing is not None, "resolved"
            return listing
        if path.level is Level.ENTITY_TYPE:
            return await self._fetch_entities(path, background)
        raise ValueError(f"nothing is listed below an entity: {path}")

    async def _fetch_services(self) -> Listing:
        services = await self._source.services()
        entities = [{**s.raw, "serviceCode": s.code, "name": s.name, "type": s.type} for s in services]
        return self._keep_listing(
            Listing(
                path=ROOT,
                entity_type=level_type(Level.ROOT),
                service_type=None,
                entities=entities,
                count=len(entities),
                fetched_at=self._clock(),
            )
        )

    async def _fetch_environments_of_all(self) -> None:
        """One request gives the environments of every service: they are shared out here."""
        await self._flights.join("environments", self._fetch_environments)

    async def _fetch_environments(self) -> None:
        environments = await self._source.environments()
        services = self._listings.get(ROOT)
        if services is None:
            services = await self._flights.join(("list", ROOT), self._fetch_services)
        known = {str(s["serviceCode"]): s for s in services.entities}
        by_service: dict[str, list[JsonObject]] = {code: [] for code in known}
        homeless: list[str] = []
        for environment in environments:
            code = environment.service_code
            if code in by_service:
                by_service[code].append({**environment.raw, "name": environment.name})
            else:
                homeless.append(environment.name)
        now = self._clock()
        notes = _homeless_notes(homeless)
        for code, entities in by_service.items():
            self._keep_listing(
                Listing(
                    path=Path((code,)),
                    entity_type=level_type(Level.SERVICE),
                    service_type=self._catalog.service_type(str(known[code].get("type", ""))),
                    entities=entities,
                    count=len(entities),
                    fetched_at=now,
                    notes=notes,
                )
            )

    async def _fetch_entities(self, path: Path, background: bool) -> Listing:
        assert path.entity_type is not None
        collection = await self._source.list_entities(path, background=background)
        entity_type = self.entity_type(path)
        known = entity_type is not None
        if entity_type is None:
            entity_type = infer_entity_type(path.entity_type, collection.entities)
        nameless = sum(1 for e in collection.entities if e.get(entity_type.id) in (None, ""))
        notes = list(collection.notes)
        if nameless:
            has = "has" if nameless == 1 else "have"
            notes.append(
                f"{plural(nameless, 'entity', 'entities')} {has} no {entity_type.id} and cannot be opened"
            )
        count = len(collection.entities) if collection.count is None else collection.count
        return self._keep_listing(
            Listing(
                path=path,
                entity_type=entity_type,
                service_type=self.service_type(path),
                entities=collection.entities,
                count=count,
                fetched_at=self._clock(),
                notes=tuple(notes),
                known=known,
            )
        )

    async def _fetch_details(self, path: Path) -> Details:
        await self.resolve(path)
        if path.level is not Level.ENTITY:
            await self.refresh(path.parent)
            details = self.peek_details(path)
            if details is None:
                raise UnknownPath(path, self._listings[path.parent].ids())
            return details
        assert path.entity_type is not None
        entity_type = self.entity_type(path)
        if entity_type is not None and not entity_type.gettable:
            listing = await self.refresh(path.parent)
            entity: JsonObject | None = listing.find(path.name)
            if entity is None:
                raise UnknownPath(path, listing.ids())
        else:
            entity = await self._source.get_entity(path)
        known = entity_type is not None
        if entity_type is None:
            parent = self._listings.get(path.parent)
            entity_type = parent.entity_type if parent else infer_entity_type(path.entity_type, [entity])
        return self._keep_details(
            Details(
                path=path,
                entity=entity,
                entity_type=entity_type,
                service_type=self.service_type(path),
                fetched_at=self._clock(),
                whole=True,
                known=known,
            )
        )

    def _entity_types(self, path: Path) -> Listing | None:
        """What stands below an environment: the catalog's entity types, counted where listed."""
        services = self._listings.get(ROOT)
        environments = self._listings.get(path.parent)
        if services is None or environments is None or environments.find(path.name) is None:
            return None
        service_type = self.service_type(path)
        entities: list[JsonObject] = []
        for name, entity_type in (service_type.types if service_type else {}).items():
            if not entity_type.listable:
                continue
            listing = self._listings.get(path.child(name))
            entities.append(
                {
                    "name": name,
                    "label": entity_type.label,
                    "group": entity_type.group,
                    "count": listing.count if listing else None,
                    "operations": [o.label for o in entity_type.operations.values()],
                }
            )
        return Listing(
            path=path,
            entity_type=level_type(Level.ENVIRONMENT),
            service_type=service_type,
            entities=entities,
            count=len(entities),
            fetched_at=environments.fetched_at,
            freshness=environments.freshness,
        )

    # Keeping

    def _is_fresh(self, kept: Listing | Details) -> bool:
        return kept.freshness is Freshness.LIVE and self._clock() - kept.fetched_at < self._fresh_for

    def _keep_listing(self, listing: Listing) -> Listing:
        for entity_path in [p for p in self._details if p.parent == listing.path]:
            self._forget_older(entity_path, listing)
        self._listings[listing.path] = listing
        self._listings.move_to_end(listing.path)
        of_entities = [p for p in self._listings if p.level is Level.ENTITY_TYPE]
        for path in of_entities[: max(0, len(of_entities) - self._capacity)]:
            del self._listings[path]
        return listing

    def _forget_older(self, path: Path, listing: Listing) -> None:
        """A listing that is newer than an entity's details and differs from them puts them in doubt."""
        row, details = listing.find(path.name), self._details[path]
        if row is None:
            del self._details[path]
        elif any(details.entity.get(member) != value for member, value in row.items()):
            self._details[path] = replace(
                details, entity={**details.entity, **row}, freshness=Freshness.STALE
            )

    def _keep_details(self, details: Details) -> Details:
        self._details[details.path] = details
        self._details.move_to_end(details.path)
        while len(self._details) > DETAILS_CAPACITY:
            self._details.popitem(last=False)
        return details


def _homeless_notes(names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    listed = ", ".join(visible(n) for n in names[:3]) + ("…" if len(names) > 3 else "")
    return (f"{plural(len(names), 'environment')} of services that this key cannot see: {listed}",)
