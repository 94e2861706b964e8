"""A listing as a person wants to see it: filtered, sorted, with chosen columns."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from msgspec import Struct

from cloudmc_tui.formats.values import BLANK_RANK, member, sort_key, title_of
from cloudmc_tui.inventory.listing import JsonObject, Listing

if TYPE_CHECKING:
    from cloudmc_tui.catalog import EntityType
    from cloudmc_tui.inventory.filters import Filter

Keyed = tuple[tuple[int, float, str], JsonObject]
"""An entity with what it is sorted by."""

EXTRA_SAMPLE = 20
"""How many entities are looked at for members that the catalog does not know."""


class Sort(Struct, frozen=True):
    """An order: by a member, upwards or downwards; an empty member is the order of titles."""

    member: str = ""
    reverse: bool = False

    @classmethod
    def parse(cls, text: str) -> Sort:
        """Read ``FIELD`` or ``-FIELD``."""
        return cls(text.removeprefix("-"), text.startswith("-"))


STEP = 250
"""How many entities are filtered or sorted between two pauses: a millisecond or two."""


def arrange(listing: Listing, wanted: Filter, sort: Sort | None) -> Sequence[JsonObject]:
    """The entities that pass a filter, in order.

    Args:
        listing: what there is.
        wanted: which of them.
        sort: their order; none keeps the server's.

    Returns:
        the JSON objects themselves; blanks come last, whichever way the order goes.
    """
    work = arranging(listing, wanted, sort)
    while True:
        try:
            next(work)
        except StopIteration as done:
            arranged: Sequence[JsonObject] = done.value
            return arranged


def arranging(
    listing: Listing, wanted: Filter, sort: Sort | None
) -> Generator[None, None, Sequence[JsonObject]]:
    """The same as :func:`arrange`, with a pause after every :data:`STEP`: for whoever has more to do."""
    entities = listing.entities
    if wanted:
        passed: list[JsonObject] = []
        for start in range(0, len(entities), STEP):
            passed += wanted.passing(entities[start : start + STEP])
            yield
        entities = passed
    if sort is None:
        return entities
    kind = listing.entity_type
    field = kind.fields.get(sort.member)
    runs: list[list[Keyed]] = []
    blank: list[JsonObject] = []
    for start in range(0, len(entities), STEP):
        keyed: list[Keyed] = []
        for entity in entities[start : start + STEP]:
            key = sort_key(member(entity, sort.member) if sort.member else title_of(entity, kind), field)
            if key[0] == BLANK_RANK:
                blank.append(entity)
            else:
                keyed.append((key, entity))
        keyed.sort(key=itemgetter(0), reverse=sort.reverse)  # equal ones keep the server's order
        runs.append(keyed)
        yield
    merged = merge(*runs, key=itemgetter(0), reverse=sort.reverse)
    ordered: list[JsonObject] = []
    while piece := [entity for _, entity in islice(merged, STEP)]:
        ordered += piece
        yield
    return ordered + blank


def extra_members(entities: Sequence[JsonObject], entity_type: EntityType) -> list[str]:
    """Members that the entities have beyond the catalog's."""
    found: dict[str, None] = {}
    for entity in entities[:EXTRA_SAMPLE]:
        found.update((key, None) for key in entity if key not in entity_type.fields)
    return list(found)
