"""What is known without asking anybody: listings and details with their age, and what has changed in them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cloudmc_tui.formats.values import title_of
from cloudmc_tui.inventory.changes import NOTHING, Changes, Memory
from cloudmc_tui.inventory.listing import Details, Freshness, Listing
from cloudmc_tui.inventory.replies import entity_types_listing
from cloudmc_tui.path import ROOT, Level, Path

if TYPE_CHECKING:
    from cloudmc_tui.catalog import Catalog, EntityType, ServiceType

DETAILS_CAPACITY = 500
"""How many entities' details are kept."""


class Known:
    """Listings and details in memory.

    Attributes:
        catalog: what the entity types are.
    """

    def __init__(
        self, catalog: Catalog, *, clock: Callable[[], float], capacity: int, fresh_for: float
    ) -> None:
        """Start empty.

        Args:
            catalog: what the entity types are.
            clock: gives seconds since the epoch.
            capacity: how many listings to keep at most.
            fresh_for: seconds for which what was read counts as fresh.
        """
        self.catalog = catalog
        self._clock = clock
        self._capacity = capacity
        self._fresh_for = fresh_for
        self._listings: OrderedDict[Path, Listing] = OrderedDict()
        self._details: OrderedDict[Path, Details] = OrderedDict()
        self._seen = Memory(capacity)

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

    # What has changed since

    def mark_seen(self, path: Path) -> None:
        """A person has seen this listing as it is known now: what changes from now on is a change."""
        listing = self._listings.get(path)
        if listing is not None:
            self._seen.see(listing)

    def changes(self, path: Path) -> Changes:
        """What has changed in a listing since a person last saw it, in this session or in the one before."""
        listing = self._listings.get(path)
        return NOTHING if listing is None else self._seen.changes(listing)

    def _begin(self, listing: Listing) -> None:
        """Someone is shown this: what changes from now on is a change, if nothing earlier was seen."""
        if listing.path in self._listings:
            self._seen.begin(listing)

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
        if listing.path == ROOT:
            self._forget_services(set(listing.ids()))
        of_entities = [p for p in self._listings if p.level is Level.ENTITY_TYPE]
        for path in of_entities[: max(0, len(of_entities) - self._capacity)]:
            del self._listings[path]
        return listing

    def _forget_services(self, there: set[str]) -> None:
        """Nothing is known any more of what lay in services that are not there."""
        for path in [p for p in self._listings if p.parts and p.parts[0] not in there]:
            del self._listings[path]

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
