"""What may be kept of an entity: everything but its secrets, which are left out, not masked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from operator import is_
from typing import TYPE_CHECKING, Any

import msgspec

from cloudmc_tui.formats.redact import sounds_secret
from cloudmc_tui.formats.scrub import SHORTEST, remembered

if TYPE_CHECKING:
    from cloudmc_tui.catalog import EntityType

_encode = msgspec.json.Encoder().encode

_NESTED = (dict, list)


class _Kind(Enum):
    """What a member's name says."""

    OPEN = 0
    SOUNDS_SECRET = 1
    """Its value is secret, unless that only says whether there is a secret."""
    SECRET = 2


class Sieve:
    """Leaves out the secrets in one type's entities: members that the catalog or their name gives away, at
    any depth, and whatever else has the text of a secret in it."""

    def __init__(self, entity_type: EntityType) -> None:
        """Make one, which knows the secrets that the program knows by now.

        Args:
            entity_type: what the entities are.
        """
        fields = entity_type.fields.items()
        self._named = {name.rpartition(".")[2].casefold() for name, field in fields if field.secret}
        self._kinds: dict[str, _Kind] = {}
        self._shapes: dict[tuple[str, ...], list[str]] = {}
        self._remembered = {_encode(text)[1:-1]: text for text in remembered()}

    def hides(self, name: str, value: Any) -> bool:
        """Whether a member is secret."""
        kind = self._kind(name)
        return kind is _Kind.SECRET or (kind is _Kind.SOUNDS_SECRET and sounds_secret(name, value))

    def _kind(self, name: str) -> _Kind:
        kind = self._kinds.get(name)
        if kind is None:
            secret = name.casefold() in self._named
            kind = _Kind.SECRET if secret else _Kind.SOUNDS_SECRET if sounds_secret(name) else _Kind.OPEN
            self._kinds[name] = kind
        return kind

    def clean(self, value: Any) -> Any:
        """A JSON value without the secrets in it, nor any that the program got to know.

        Raises:
            ValueError: for what JSON cannot say.
        """
        return self._sift(value)[0]

    def encode(self, value: Any) -> bytes:
        """The same as a line of JSON."""
        return self._sift(value)[1]

    def _sift(self, value: Any) -> tuple[Any, bytes]:
        found: set[str] = set()
        kept = self._open(value, found)
        line = _encode(kept)
        sought = [text for needle, text in self._remembered.items() if needle in line]
        sought += [text for text in found if len(text) >= SHORTEST and _encode(text)[1:-1] in line]
        if sought:
            kept = _free_of(sought, kept)
            line = _encode(kept)
        return kept, line

    def suspects(self, *objects: Mapping[str, Any]) -> list[str]:
        """The names among their members that may be those of secrets."""
        names: set[str] = set().union(*objects)
        return [name for name in names if self._kind(name) is not _Kind.OPEN]

    def without(self, entity: Mapping[str, Any], suspects: Iterable[str]) -> dict[str, Any]:
        """An entity without those of these members that are secret."""
        kept = dict(entity)
        for name in suspects:
            if name in kept and self.hides(name, kept[name]):
                del kept[name]
        return kept

    def _open(self, value: Any, found: set[str]) -> Any:
        """A value without its secrets, whose texts go into ``found``; the same where it has none."""
        if isinstance(value, list):
            items = [self._open(item, found) if isinstance(item, _NESTED) else item for item in value]
            return value if all(map(is_, items, value)) else items
        if not isinstance(value, dict):
            return value
        names = tuple(value)
        suspects = self._shapes.get(names)
        if suspects is None:
            suspects = self._shapes[names] = self.suspects(value)
        kept = value
        if suspects:
            kept = self.without(value, suspects)
            found.update(text for name in value.keys() - kept.keys() for text in _texts(value[name]))
        nested = {n: inner for n, inner in kept.items() if isinstance(inner, _NESTED)}
        opened = {n: o for n, inner in nested.items() if (o := self._open(inner, found)) is not inner}
        return {**kept, **opened} if opened else kept


def _texts(value: Any) -> list[str]:
    """Every text inside a value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in _texts(item)]


def _free_of(sought: Collection[str], value: Any) -> Any:
    """A value without what has one of these texts in it."""
    if isinstance(value, dict):
        return {
            name: _free_of(sought, inner)
            for name, inner in value.items()
            if not _holds(sought, name) and not _holds(sought, inner)
        }
    if isinstance(value, list):
        return [_free_of(sought, item) for item in value if not _holds(sought, item)]
    return value


def _holds(sought: Collection[str], value: Any) -> bool:
    return isinstance(value, str) and any(text in value for text in sought)
