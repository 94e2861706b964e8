"""A stand-in for the catalog: what an unknown entity type looks like, read off its entities."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cloudmc_tui.catalog import EntityField, EntityType, ValueType
from cloudmc_tui.formats.dates import parse_date
from cloudmc_tui.formats.redact import sounds_secret
from cloudmc_tui.formats.text import visible

if TYPE_CHECKING:
    from cloudmc_tui.inventory.listing import JsonObject

COLUMNS = 7
"""How many columns a list of an unknown entity type shows at first."""

SAMPLE = 50
"""How many entities are looked at."""

_FIRST = ("name", "title", "label", "username", "userName", "displayName", "state", "status")
_IDS = ("id", "name", "uuid", "key")


def infer_entity_type(name: str, entities: Sequence[JsonObject]) -> EntityType:
    """Describe an entity type by what its entities have in common.

    Args:
        name: the path's entity type, such as ``"buckets"``.
        entities: what the list endpoint sent.
    """
    sample = entities[:SAMPLE]
    counts = Counter(key for entity in sample for key in entity)
    members = sorted(counts, key=lambda k: (_FIRST.index(k) if k in _FIRST else len(_FIRST), k == "id"))
    fields = {
        key: field_of(key, next((e[key] for e in sample if e.get(key) is not None), None)) for key in members
    }
    identity = next((k for k in _IDS if k in fields), "id")
    fields.setdefault(identity, field_of(identity, ""))
    title = next((k for k in _FIRST[:-2] if k in fields), identity)
    simple = [k for k in fields if fields[k].type not in (ValueType.OBJECT, ValueType.LIST)]
    columns = simple[:COLUMNS] or [identity]
    return EntityType(
        label=words_of(name),
        singular=_singular(words_of(name)),
        fields=fields,
        columns=columns,
        id=identity,
        title=title,
        state=next((k for k in ("state", "status") if k in fields), ""),
    )


def _singular(label: str) -> str:
    word = label.lower()
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def field_of(key: str, value: Any) -> EntityField:
    """Describe a member by its name and one of its values."""
    return EntityField(label=words_of(key), type=_type_of(key, value), secret=sounds_secret(key, value))


def _type_of(key: str, value: Any) -> ValueType:
    if key in ("state", "status") and isinstance(value, str):
        return ValueType.STATE
    if isinstance(value, bool):
        return ValueType.BOOLEAN
    if isinstance(value, (int, float)):
        return ValueType.INTEGER
    if isinstance(value, list):
        return ValueType.LIST
    if isinstance(value, dict):
        return ValueType.OBJECT
    if parse_date(value) is not None:
        return ValueType.DATE
    return ValueType.TEXT


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-\s.]+")


def words_of(key: str) -> str:
    """A member's name as a label, one safe line: ``"networkAclId"`` becomes ``"Network acl id"``."""
    parts = [p for p in _HUMP.split(key) if p]
    text = " ".join(p if p.isupper() and len(p) > 1 else p.lower() for p in parts)
    return visible(text[:1].upper() + text[1:] or key)
