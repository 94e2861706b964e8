"""What has changed in a listing since a person last saw it, down to the fields. Secrets are no part of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from operator import eq
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct, field

from cloudmc_tui.catalog.schema import is_blank
from cloudmc_tui.formats.reticent import Reticent
from cloudmc_tui.inventory.sieve import Sieve
from cloudmc_tui.language import counted

if TYPE_CHECKING:
    from cloudmc_tui.inventory.listing import JsonObject, Listing
    from cloudmc_tui.path import Path


class Change(Struct, frozen=True):
    """A member that is another one now.

    Attributes:
        member: its name; with dots for one inside an object.
        old: what it was; none where there was none.
        new: what it is; none where there is none any more.
    """

    member: str
    old: Any
    new: Any


class Changes(Reticent, frozen=True):
    """What is different in a listing.

    Attributes:
        since: when what was seen was read, in seconds since the epoch; none when nothing was seen yet.
        new: the ids of the entities that are there now.
        gone: id → the entity as it was, for those that are not there any more.
        changed: the ids of the entities that are not the same.
    """

    UNSAID: ClassVar = frozenset({"gone", "_pairs", "_sieve"})

    since: float | None = None
    new: frozenset[str] = frozenset()
    gone: Mapping[str, JsonObject] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    _pairs: Mapping[str, tuple[JsonObject, JsonObject]] = field(default_factory=dict)
    _sieve: Sieve | None = None

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed)

    def told(self) -> list[str]:
        """How much has changed, in words: ``["1 new", "3 changed", "2 gone"]``."""
        told = (
            self.new and counted("{count} new", "{count} new", len(self.new)),
            self.changed and counted("{count} changed", "{count} changed", len(self.changed)),
            self.gone and counted("{count} gone", "{count} gone", len(self.gone)),
        )
        return [text for text in told if isinstance(text, str)]

    def of(self, identity: str) -> list[Change]:
        """What has changed in an entity, field by field; nothing for one that is new or gone.

        Args:
            identity: its id, as the API spells it.
        """
        if identity not in self._pairs or self._sieve is None:
            return []
        old, new = self._pairs[identity]
        return list(_differences(self._sieve.clean(old), self._sieve.clean(new)))


NOTHING = Changes()
"""No changes, as nothing was seen yet."""


class _Seen(Struct):
    """A listing as it was seen: its entities by id."""

    entities: dict[str, JsonObject]
    fetched_at: float


class Memory:
    """What a person last saw of each listing.

    It costs little: what has not changed is the same object as in the listing of now, once compared.
    """

    def __init__(self, capacity: int) -> None:
        """Start empty.

        Args:
            capacity: how many listings to remember; the one that was seen longest ago goes first.
        """
        self._capacity = capacity
        self._seen: OrderedDict[Path, _Seen] = OrderedDict()
        self._compared: dict[Path, tuple[_Seen, Listing, Changes]] = {}

    def see(self, listing: Listing) -> None:
        """A person has seen this now: changes count from here."""
        seen = self._seen[listing.path] = _Seen(dict(listing.by_id), listing.fetched_at)
        self._compared[listing.path] = (seen, listing, Changes(listing.fetched_at))
        self._seen.move_to_end(listing.path)
        while len(self._seen) > self._capacity:
            path, _ = self._seen.popitem(last=False)
            self._compared.pop(path, None)

    def begin(self, listing: Listing) -> None:
        """Count changes from here, unless they are counted from something earlier."""
        if listing.path not in self._seen:
            self.see(listing)

    def prepare(self, listing: Listing) -> None:
        """Do what takes its time before :meth:`see` and :meth:`changes` are called; in any thread."""
        _ = listing.by_id
        self.changes(listing)

    def changes(self, listing: Listing) -> Changes:
        """What has changed in a listing since; compared once for each listing as it is."""
        seen = self._seen.get(listing.path)
        if seen is None:
            return NOTHING
        before = self._compared.get(listing.path)
        if before is not None and before[0] is seen and before[1].entities is listing.entities:
            return before[2]
        changes = _compare(seen, listing)
        self._compared[listing.path] = (seen, listing, changes)
        return changes


def _compare(seen: _Seen, listing: Listing) -> Changes:
    before, now = seen.entities, listing.by_id
    equal = map(eq, map(before.get, now), now.values())
    others = [identity for identity, same in zip(now, equal, strict=True) if not same]
    sieve = Sieve(listing.entity_type)
    pairs = {i: (before[i], now[i]) for i in others if i in before}
    suspects = sieve.suspects(*chain.from_iterable(pairs.values()))
    pairs = {i: pair for i, pair in pairs.items() if not _same(*pair, sieve, suspects)}
    gone = {identity: entity for identity, entity in before.items() if identity not in now}
    # One object is enough for what has not changed.
    seen.entities = {i: e for i, e in now.items() if i in before and i not in pairs}
    seen.entities |= {i: old for i, (old, _) in pairs.items()} | gone
    new = frozenset(identity for identity in others if identity not in before)
    return Changes(seen.fetched_at, new, gone, frozenset(pairs), pairs, sieve)


def _same(old: JsonObject, new: JsonObject, sieve: Sieve, suspects: Collection[str]) -> bool:
    """Whether two entities that are not equal are the same but for their secrets and for blanks.

    Args:
        old, new: the entities.
        sieve: knows what is secret.
        suspects: the members that may be.
    """
    if suspects and sieve.without(old, suspects) == sieve.without(new, suspects):
        return True
    return next(_differences(sieve.clean(old), sieve.clean(new)), None) is None


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], inside: str = "") -> Iterator[Change]:
    """The members in which two objects differ, in the order of the second; objects in them by theirs."""
    for name in {**new, **old}:
        was, value = old.get(name), new.get(name)
        if was == value or (is_blank(was) and is_blank(value)):
            continue
        if isinstance(was, dict) and isinstance(value, dict):
            yield from _differences(was, value, f"{inside}{name}.")
        else:
            yield Change(f"{inside}{name}", was, value)
