"""From what the server sent to listings: one function a level of the path."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cloudmc_tui.catalog.levels import level_type
from cloudmc_tui.formats.text import visible
from cloudmc_tui.formats.values import identity
from cloudmc_tui.inventory.infer import infer_entity_type
from cloudmc_tui.inventory.listing import Freshness, JsonObject, Kept, Listing
from cloudmc_tui.language import counted
from cloudmc_tui.path import ROOT, Level, Path

if TYPE_CHECKING:
    from cloudmc_tui.api.models import Collection, Environment, Noted, Service
    from cloudmc_tui.catalog import Catalog, EntityType, ServiceType


def services_listing(services: Noted[Service], now: float) -> Listing:
    """The services of the connection; the time is in seconds since the epoch, here and below."""
    return Listing(
        path=ROOT,
        entity_type=level_type(Level.ROOT),
        service_type=None,
        entities=[service.raw for service in services],
        count=len(services),
        fetched_at=now,
        notes=tuple(services.notes),
    )


def environment_listings(
    environments: Noted[Environment], services: Listing, catalog: Catalog, now: float
) -> list[Listing]:
    """The environments of every service, from the one reply that has them all."""
    homes: dict[str, list[JsonObject]] = {code: [] for code in services.ids()}
    homeless: list[str] = []
    for environment in environments:
        if environment.service_code in homes:
            homes[environment.service_code].append(environment.raw)
        else:
            homeless.append(environment.name)
    notes = list(environments.notes)
    if homeless:
        listed = ", ".join(visible(name) for name in homeless[:3]) + ("…" if len(homeless) > 3 else "")
        notes.append(
            counted(
                "{count} environment of services that this key cannot see: {listed}",
                "{count} environments of services that this key cannot see: {listed}",
                len(homeless),
                listed=listed,
            )
        )
    return [
        Listing(
            path=Path((code,)),
            entity_type=level_type(Level.SERVICE),
            service_type=catalog.service_type(str((services.find(code) or {}).get("type", ""))),
            entities=entities,
            count=len(entities),
            fetched_at=now,
            notes=tuple(notes),
        )
        for code, entities in homes.items()
    ]


def entity_types_listing(
    path: Path,
    service_type: ServiceType | None,
    environments: Listing,
    count_of: Callable[[Path], int | None],
) -> Listing:
    """What stands below an environment: the catalog's entity types.

    Args:
        path: the environment's.
        service_type: its service's; none when the catalog does not know it.
        environments: the listing that the environment is in.
        count_of: how many entities an entity type has, where that is known.
    """
    entities = [
        {
            "name": name,
            "label": entity_type.label,
            "group": entity_type.group,
            "count": count_of(path.child(name)),
            "operations": [o.label for o in entity_type.operations.values()],
        }
        for name, entity_type in (service_type.types if service_type else {}).items()
        if entity_type.listable
    ]
    return Listing(
        path=path,
        entity_type=level_type(Level.ENVIRONMENT),
        service_type=service_type,
        entities=entities,
        count=len(entities),
        fetched_at=environments.fetched_at,
        freshness=environments.freshness,
        error=environments.error,
    )


def entities_listing(
    path: Path,
    collection: Collection,
    entity_type: EntityType | None,
    service_type: ServiceType | None,
    now: float,
) -> Listing:
    """The entities of a type; one that the catalog does not know is described by its entities."""
    assert path.entity_type is not None
    described = entity_type or infer_entity_type(path.entity_type, collection.entities)
    return Listing(
        path=path,
        entity_type=described,
        service_type=service_type,
        entities=collection.entities,
        count=len(collection.entities) if collection.count is None else collection.count,
        fetched_at=now,
        notes=tuple(collection.notes),
        known=entity_type is not None,
    )


def looked_through(listing: Listing) -> Listing:
    """A listing with a note on those of its entities that have no id; it looks at all of them."""
    described = listing.entity_type
    nameless = sum(identity(entity, described) is None for entity in listing.entities)
    if not nameless:
        return listing
    note = counted(
        "{count} entity has no {id} and cannot be opened",
        "{count} entities have no {id} and cannot be opened",
        nameless,
        id=visible(described.id),
    )
    return replace(listing, notes=(*listing.notes, note))


def kept_listing(kept: Kept, entity_type: EntityType | None, service_type: ServiceType | None) -> Listing:
    """What an earlier session read, marked cached.

    Args:
        kept: from the cache on disk.
        entity_type: what it is of, where the catalog knows it.
        service_type: its service's; none when the catalog does not know it.
    """
    path = kept.path
    described = entity_type
    if path.level < Level.ENTITY_TYPE:
        described = level_type(path.level)
    return Listing(
        path=path,
        entity_type=described or infer_entity_type(path.name, kept.entities),
        service_type=service_type,
        entities=kept.entities,
        count=kept.count,
        fetched_at=kept.fetched_at,
        freshness=Freshness.CACHED,
        notes=kept.notes,
        known=path.level < Level.ENTITY_TYPE or entity_type is not None,
    )
