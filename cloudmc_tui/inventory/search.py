"""Find anywhere: every entity that is known, by any of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cloudmc_tui.formats.redact import sounds_secret
from cloudmc_tui.formats.values import plain, title_of
from cloudmc_tui.path import ROOT, Path

if TYPE_CHECKING:
    from cloudmc_tui.catalog import EntityType
    from cloudmc_tui.inventory.inventory import Inventory
    from cloudmc_tui.inventory.listing import JsonObject, Listing

SEPARATOR = "\x00"
"""Between the fields of an entity's text: no search goes over it."""


class Hit(Struct, frozen=True):
    """An entity that was found.

    Attributes:
        path: its address.
        title: what it is called; a safe line.
        where: the member that matched, in words; empty for its name or id.
        value: what that member says; a safe line.
        rank: how good a match it is; the lowest is the best.
    """

    path: Path
    title: str
    where: str
    value: str
    rank: int


class Index:
    """The texts of all known entities, made once for each listing as it is."""

    def __init__(self, inventory: Inventory) -> None:
        """Start empty.

        Args:
            inventory: whose listings are searched.
        """
        self._inventory = inventory
        self._texts: dict[Path, tuple[Sequence[JsonObject], list[str]]] = {}

    def listings(self) -> list[Listing]:
        """The listings of entities that are known, in the order of the tree."""
        return [listing for path in all_paths(self._inventory) if (listing := self._inventory.peek(path))]

    def missing(self) -> list[Path]:
        """The listings that are not known yet, those of the first types first."""
        return [path for path in all_paths(self._inventory) if self._inventory.peek(path) is None]

    def search(self, text: str, limit: int = 200) -> tuple[list[Hit], int]:
        """Find entities in which every word is.

        Args:
            text: words; case does not matter.
            limit: how many hits to give at most.

        Returns:
            the best hits, grouped by path, and how many there are in all.
        """
        words = text.casefold().split()
        if not words:
            return [], 0
        found: list[tuple[int, int, Listing, JsonObject]] = []
        for order, listing in enumerate(self.listings()):
            for entity, entity_text in zip(listing.entities, self._text_of(listing), strict=True):
                if all(word in entity_text for word in words):
                    found.append((_rank(entity_text, words), order, listing, entity))
        found.sort(key=lambda f: (f[0], f[1]))
        best = sorted(found[:limit], key=lambda f: f[1])
        hits = [_hit(listing, entity, words, rank) for rank, _, listing, entity in best]
        return [h for h in hits if h is not None], len(found)

    def _text_of(self, listing: Listing) -> list[str]:
        """One folded text for each entity: its title and id first, then everything else but secrets."""
        kept = self._texts.get(listing.path)
        if kept is not None and kept[0] is listing.entities:
            return kept[1]
        kind = listing.entity_type
        secret = {name for name, field in kind.fields.items() if field.secret}
        texts = [SEPARATOR.join(_parts(entity, kind, secret)).casefold() for entity in listing.entities]
        self._texts[listing.path] = (listing.entities, texts)
        return texts


def all_paths(inventory: Inventory) -> Iterator[Path]:
    """Every listing of entities that there can be, in the order of the tree; the first types of every
    environment before the second ones."""
    environments = []
    services = inventory.peek(ROOT)
    for service in services.entities if services else ():
        path = services.child_path(service) if services else None
        below = inventory.peek(path) if path else None
        environments += [p for e in (below.entities if below else ()) if below and (p := below.child_path(e))]
    columns = [
        [p for e in types.entities if (p := types.child_path(e))]
        for environment in environments
        if (types := inventory.peek(environment)) is not None
    ]
    for row in range(max(map(len, columns), default=0)):
        yield from (column[row] for column in columns if row < len(column))


def _parts(entity: JsonObject, kind: EntityType, secret: set[str]) -> Iterator[str]:
    yield title_of(entity, kind)
    yield plain(entity.get(kind.id))
    for name, value in entity.items():
        if name not in secret and not sounds_secret(name, value):
            yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if not sounds_secret(name, inner):
                yield from _texts(inner)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif value is not None:
        yield plain(value)


def _rank(text: str, words: Sequence[str]) -> int:
    """Best is what is called so, then what begins so, then what has it in its name, then the rest."""
    title = text.partition(SEPARATOR)[0]
    first = words[0]
    if title == " ".join(words):
        return 0
    if title.startswith(first):
        return 1
    if all(word in title for word in words):
        return 2
    return 3 if f"{SEPARATOR}{first}{SEPARATOR}" in f"{text}{SEPARATOR}" else 4


def _hit(listing: Listing, entity: JsonObject, words: Sequence[str], rank: int) -> Hit | None:
    path = listing.child_path(entity)
    if path is None:
        return None
    kind = listing.entity_type
    title = title_of(entity, kind)
    if all(word in title.casefold() for word in words):
        return Hit(path, title, "", "", rank)
    for name, value in entity.items():
        shown = plain(value)
        field = kind.fields.get(name)
        if (field is not None and field.secret) or sounds_secret(name, value):
            continue
        if any(word in shown.casefold() for word in words):
            return Hit(path, title, field.label if field else name, shown, rank)
    return Hit(path, title, "", "", rank)
