"""What the inventory hands out: listings and details, each with its age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cloudmc_tui.formats.values import identity
from cloudmc_tui.language import _

if TYPE_CHECKING:
    from cloudmc_tui.api.errors import CloudMCError
    from cloudmc_tui.catalog import EntityType, ServiceType
    from cloudmc_tui.path import Path

JsonObject = Mapping[str, Any]


class Freshness(str, Enum):
    """How far a listing can be trusted."""

    LIVE = "live"
    """Just as the server sent it, and nothing since speaks against it."""
    CACHED = "cached"
    """Seen earlier; a newer one is on its way."""
    STALE = "stale"
    """Known or feared to be out of date: a refresh failed, or an operation changed something."""

    @property
    def word(self) -> str:
        """What people read."""
        return {"live": _("live"), "cached": _("cached"), "stale": _("stale")}[self.value]


class Listing(Struct, frozen=True, dict=True):
    """What is below a path, as last read.

    Attributes:
        path: whose children these are.
        entity_type: what they are, from the catalog or derived from the data.
        service_type: the catalog's service type, where it knows it.
        entities: the JSON objects as sent, in the server's order.
        count: how many there are (``metadata.recordCount`` where given).
        fetched_at: seconds since the epoch.
        freshness: how far it can be trusted.
        error: the refresh that failed since, if one did.
        notes: what was odd about the reply, a sentence each.
        known: whether the catalog knows the entity type.
    """

    path: Path
    entity_type: EntityType
    service_type: ServiceType | None
    entities: Sequence[JsonObject]
    count: int
    fetched_at: float
    freshness: Freshness = Freshness.LIVE
    error: CloudMCError | None = None
    notes: tuple[str, ...] = ()
    known: bool = True

    def child_path(self, entity: JsonObject) -> Path | None:
        """An entity's path; none when it has no id to be addressed by."""
        part = identity(entity, self.entity_type)
        return None if part is None else self.path.child(part)

    def find(self, part: str) -> JsonObject | None:
        """The entity with this id; of several, the first."""
        return self.by_id.get(part)

    @cached_property
    def by_id(self) -> Mapping[str, JsonObject]:
        """The entities by their ids as the API spells them; those without one are left out."""
        kind = self.entity_type
        found: dict[str, JsonObject] = {}
        for entity in self.entities:
            if (part := identity(entity, kind)) is not None:
                found.setdefault(part, entity)
        return found

    def ids(self) -> list[str]:
        """The ids as the API spells them, each once; entities without one are left out."""
        return list(self.by_id)


class Kept(Struct, frozen=True):
    """A listing as the cache on disk has it.

    Attributes:
        path: whose children these are.
        entities: as sent, without their secrets.
        count: how many there were.
        fetched_at: seconds since the epoch.
        notes: what was odd about the reply.
    """

    path: Path
    entities: Sequence[dict[str, Any]]
    count: int
    fetched_at: float
    notes: tuple[str, ...] = ()


class Details(Struct, frozen=True):
    """One entity, as last read.

    Attributes:
        path: its address.
        entity: the JSON object as sent.
        entity_type: what it is.
        service_type: the catalog's service type, where it knows it.
        fetched_at: seconds since the epoch.
        whole: from the get endpoint; otherwise a row of a listing, which may lack members.
        freshness: how far it can be trusted.
        error: the refresh that failed since, if one did.
        known: whether the catalog knows the entity type.
    """

    path: Path
    entity: JsonObject
    entity_type: EntityType
    service_type: ServiceType | None
    fetched_at: float
    whole: bool
    freshness: Freshness = Freshness.LIVE
    error: CloudMCError | None = None
    known: bool = True
