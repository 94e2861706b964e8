"""A listing as a person wants to see it: filtered, sorted, with chosen columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudmc_tui.formats.values import BLANK_RANK, member, sort_key, title_of
from cloudmc_tui.inventory.listing import JsonObject, Listing

if TYPE_CHECKING:
    from cloudmc_tui.catalog import EntityType
    from cloudmc_tui.inventory.filters import Filter

Keyed = tuple[tuple[int, float, str], JsonObject]
"""An entity with what it is sorted by."""

EXTRA_SAMPLE = 20
"""How many entities are looked at for members that the catalog does not know."""


@dataclass(frozen=True)
class Sort:
    """An order: by a member, upwards or downwards; an empty member is the order of titles."""

    member: str = ""
    reverse: bool = False

    @classmethod
    def parse(cls, text: str) -> Sort:
        """Read ``FIELD`` or ``-FIELD``."""
        return cls(text.removeprefix("-"), text.startswith("-"))


def arrange(listing: Listing, wanted: Filter, sort: Sort | None) -> list[JsonObject]:
    """The entities that pass a filter, in order.

    Args:
        listing: what there is.
        wanted: which of them.
        sort: their order; none keeps the server's.

    Returns:
        the JSON objects themselves; blanks come last, whichever way the order goes.
    """
    entities = [e for e in listing.entities if wanted.matches(e)] if wanted else list(listing.entities)
    if sort is None:
        return entities
    kind = listing.entity_type
    field = kind.fields.get(sort.member)
    keyed: list[Keyed] = []
    blank: list[JsonObject] = []
    for entity in entities:
        key = sort_key(member(entity, sort.member) if sort.member else title_of(entity, kind), field)
        if key[0] == BLANK_RANK:
            blank.append(entity)
        else:
            keyed.append((key, entity))
    keyed.sort(key=lambda item: item[0], reverse=sort.reverse)  # equal ones keep the server's order
    return [entity for _, entity in keyed] + blank


def extra_members(entities: Sequence[JsonObject], entity_type: EntityType) -> list[str]:
    """Members that the entities have beyond the catalog's."""
    found: dict[str, None] = {}
    for entity in entities[:EXTRA_SAMPLE]:
        found.update((key, None) for key in entity if key not in entity_type.fields)
    return list(found)
