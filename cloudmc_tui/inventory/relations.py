"""What an entity uses and what uses it, by the catalog's references, both ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cloudmc_tui.formats.values import member, plain, title_of
from cloudmc_tui.inventory.describe import Line
from cloudmc_tui.language import _, number
from cloudmc_tui.path import Level, Path

if TYPE_CHECKING:
    from cloudmc_tui.catalog import EntityType
    from cloudmc_tui.inventory.inventory import Inventory
    from cloudmc_tui.inventory.listing import Details

SHOWN = 50
"""How many entities of one type are shown as using an entity."""


class Relation(Struct, frozen=True):
    """One entity that another one is related to.

    Attributes:
        entity_type: its type's name.
        label: the member that relates them, in words.
        path: its address.
        title: what it is called, or its id while that is not known.
    """

    entity_type: str
    label: str
    path: Path
    title: str


def uses(details: Details, inventory: Inventory) -> list[Relation]:
    """What an entity refers to, in the order of its details."""
    below = details.path.up_to(Level.ENVIRONMENT)
    found: dict[Path, Relation] = {}
    for name, described in details.entity_type.fields.items():
        if described.refers_to is None:
            continue
        for identity in reference_ids(member(details.entity, name)):
            path = below.child(described.refers_to).child(identity)
            called = plain(details.entity.get(described.name_from)) if described.name_from else ""
            title = inventory.name_of(path) or called or identity
            found.setdefault(path, Relation(described.refers_to, described.label, path, title))
    return list(found.values())


def users_of(types: Mapping[str, EntityType], entity_type: str) -> dict[str, list[str]]:
    """The entity types that refer to a type, each with the members that do.

    Args:
        types: the service's entity types.
        entity_type: the type's name.
    """
    found = {}
    for name, kind in types.items():
        members = [n for n, f in kind.fields.items() if f.refers_to == entity_type]
        if members and kind.listable:
            found[name] = members
    return found


def used_by(path: Path, types: Mapping[str, EntityType], inventory: Inventory) -> Iterator[Relation]:
    """What refers to an entity, among the listings that are known."""
    below = path.up_to(Level.ENVIRONMENT)
    for name, members in users_of(types, path.entity_type or "").items():
        listing = inventory.peek(below.child(name))
        for entity in listing.entities if listing else ():
            referring = next((m for m in members if path.entity in reference_ids(member(entity, m))), None)
            child = listing.child_path(entity) if listing and referring else None
            if referring is not None and child is not None and child != path:
                label = types[name].fields[referring].label
                yield Relation(name, label, child, title_of(entity, types[name]))


def reference_ids(value: Any) -> list[str]:
    """The ids in a reference: an id, an object with one, or a list of either."""
    if isinstance(value, list):
        return [i for item in value for i in reference_ids(item)]
    if isinstance(value, Mapping):
        return reference_ids(value.get("id"))
    return (
        [str(value)] if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "" else []
    )


def relation_lines(
    details: Details, types: Mapping[str, EntityType], inventory: Inventory, *, reading: bool
) -> list[Line]:
    """An entity's relations as lines, each of which leads to the entity that it names.

    Args:
        details: the entity.
        types: the service's entity types.
        inventory: what is known.
        reading: listings that may name more are still being read.
    """
    lines = [Line(_("Uses"), "", heading=True)]
    used = uses(details, inventory)
    lines += [Line(r.label, r.title, reference=r.path, copy=r.path.name, indent=2) for r in used]
    if not used:
        lines.append(Line("", _("nothing"), indent=2))
    lines.append(Line(_("Used by"), "", heading=True))
    by_type: dict[str, list[Relation]] = {}
    for relation in used_by(details.path, types, inventory):
        by_type.setdefault(relation.entity_type, []).append(relation)
    for name, relations in by_type.items():
        label = types[name].label
        for relation in relations[:SHOWN]:
            lines.append(
                Line(label, relation.title, reference=relation.path, copy=relation.path.name, indent=2)
            )
            label = ""
        if len(relations) > SHOWN:
            lines.append(Line("", _("… and {count} more", count=number(len(relations) - SHOWN)), indent=2))
    if reading:
        lines.append(Line("", _("reading…"), indent=2))
    elif not by_type:
        lines.append(Line("", _("nothing that is known"), indent=2))
    return lines


def listings_to_read(path: Path, types: Mapping[str, EntityType], inventory: Inventory) -> list[Path]:
    """The listings that may name what uses an entity, and are not known yet."""
    below = path.up_to(Level.ENVIRONMENT)
    wanted = [below.child(name) for name in users_of(types, path.entity_type or "")]
    return [p for p in wanted if inventory.peek(p) is None]
