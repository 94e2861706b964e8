"""An entity as lines of text: labelled details, or its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from cloudmc_tui.catalog import EntityField, Tone, ValueType
from cloudmc_tui.catalog.schema import is_blank
from cloudmc_tui.formats.dates import age, clock_time
from cloudmc_tui.formats.redact import MASK, hide_secrets, mask_if
from cloudmc_tui.formats.tables import json_text
from cloudmc_tui.formats.text import visible, visible_lines
from cloudmc_tui.formats.values import MARKS, detail, member, plain, tone_of
from cloudmc_tui.inventory.infer import field_of
from cloudmc_tui.language import N_, _
from cloudmc_tui.path import Level, Path

if TYPE_CHECKING:
    from cloudmc_tui.inventory.changes import Change, Changes
    from cloudmc_tui.inventory.listing import Details

NONE = N_("(none)")
"""What a member that has no value is shown as beside one that has."""


class Line(Struct, frozen=True):
    """One line of an entity.

    Attributes:
        label: what stands to the left; empty on a line that goes on.
        value: the value's text.
        tone: how the value is to be felt, where it is a state.
        copy: what copying the value copies.
        reference: the path of the entity that the value refers to.
        indent: cells to the right.
        heading: the line is a heading over those that follow.
        secret: the value is hidden.
    """

    label: str
    value: str
    tone: Tone | None = None
    copy: str = ""
    reference: Path | None = None
    indent: int = 0
    heading: bool = False
    secret: bool = False


def detail_lines(
    details: Details, names: Mapping[str, str], now: float, *, reveal: bool = False
) -> list[Line]:
    """An entity's details: what the catalog knows in its order, then whatever else was sent.

    Args:
        details: the entity.
        names: id → name of the entities it refers to, where known.
        now: seconds since the epoch, for ages.
        reveal: show its secrets.
    """
    known = details.entity_type.fields
    named = _named(details)
    lines: list[Line] = []
    for name, described in known.items():
        if name not in named and not is_blank(value := member(details.entity, name)):
            lines += _lines(value, described, details, names, now, reveal)
    beyond = [(name, value) for name, value in _beyond(details) if not is_blank(value)]
    if beyond and details.known:
        lines.append(Line(_("Also sent"), "", heading=True))
    for name, value in beyond:
        lines += _lines(value, field_of(name, value), details, names, now, reveal)
    return lines


def _named(details: Details) -> set[str]:
    """The members that are shown with the reference that they name."""
    fields, entity = details.entity_type.fields, details.entity
    named = ((f.name_from, entity.get(n)) for n, f in fields.items() if f.name_from)
    return {name for name, value in named if not is_blank(value) and not isinstance(value, list)}


def _beyond(details: Details) -> Iterator[tuple[str, Any]]:
    """What was sent beyond the catalog's fields, also inside objects of which the catalog knows a part."""
    known = details.entity_type.fields
    in_part = {name.partition(".")[0] for name in known if "." in name}
    for name, value in details.entity.items():
        if name in known:
            continue
        if name in in_part and isinstance(value, Mapping):
            yield from ((f"{name}.{k}", v) for k, v in value.items() if f"{name}.{k}" not in known)
        else:
            yield name, value


def _lines(
    value: Any,
    described: EntityField,
    details: Details,
    names: Mapping[str, str],
    now: float,
    reveal: bool,
) -> Iterator[Line]:
    label = described.label
    if described.secret and not reveal:
        yield Line(label, MASK, secret=True)
    elif described.refers_to is not None:
        yield from _references(value, described, details, names)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        yield Line(label, f"{len(value)}", heading=True)
        for item in value:
            yield from _nested(item, now, reveal, first="- ")
    elif isinstance(value, Mapping):
        yield Line(label, "", heading=True)
        yield from _nested(value, now, reveal)
    elif isinstance(value, str) and "\n" in value:
        for part in visible_lines(value):
            yield Line(label, part, copy=value)
            label = ""
    elif described.type is ValueType.STATE:
        tone = tone_of(value, details.service_type)
        yield Line(label, f"{MARKS[tone]} {plain(value)}", tone, copy=_copied(value, reveal))
    else:
        text = plain(value) if described.secret else detail(value, described, now)
        yield Line(label, text, copy=_copied(value, reveal))


def _references(
    value: Any, described: EntityField, details: Details, names: Mapping[str, str]
) -> Iterator[Line]:
    below = details.path.up_to(Level.ENVIRONMENT)
    label = described.label
    for item in value if isinstance(value, list) else [value]:
        one = item if isinstance(item, Mapping) else {"id": item}
        identity = plain(one.get("id"))
        called = one.get("name") or one.get("ipAddress")
        if not called and described.name_from and not isinstance(value, list):
            called = details.entity.get(described.name_from)
        called = plain(called) or visible(names.get(str(one.get("id")), ""))
        if isinstance(one.get("id"), (str, int)) and identity:
            path = below.child(described.refers_to or "").child(str(one["id"]))
            yield Line(
                label, f"{called}  {identity}" if called else identity, copy=str(one["id"]), reference=path
            )
        else:
            yield Line(label, called or plain(item))
        label = ""


def _nested(value: Any, now: float, reveal: bool, *, first: str = "") -> Iterator[Line]:
    """The members of an object, a line each, the first with a dash where it is one of a list."""
    if not isinstance(value, Mapping):
        yield Line("", first + detail(value, None, now), copy=_copied(value, reveal), indent=2)
        return
    for key, inner in value.items():
        described = field_of(key, inner)
        label = f"{first}{described.label}"
        if described.secret and not reveal and not is_blank(inner):
            yield Line(label, MASK, indent=2, secret=True)
        else:
            text = plain(inner) if described.secret else detail(inner, described, now)
            yield Line(label, text, copy=_copied(inner, reveal), indent=2)
        first = "  " if first else ""


def change_lines(details: Details, changes: Changes, now: float) -> list[Line]:
    """What has changed in an entity since it was last seen, field by field.

    Args:
        details: the entity.
        changes: of the listing that it is in.
        now: seconds since the epoch.
    """
    if changes.since is None:
        return [Line("", _("It was not seen before."))]
    when = _(
        "{clock_time} ({age} ago)", clock_time=clock_time(changes.since, now), age=age(now - changes.since)
    )
    if details.path.name in changes.new:
        return [Line("", _("It is new: it was not there at {when}.", when=when))]
    if details.path.name in changes.gone:
        return [Line("", _("It was there at {when}, and is not any more.", when=when))]
    found = changes.of(details.path.name)
    if not found:
        return [Line("", _("Nothing has changed since {when}.", when=when))]
    return [
        Line(_("Changed since {when}", when=when), "", heading=True),
        *(_change(c, details, now) for c in found),
    ]


def _change(change: Change, details: Details, now: float) -> Line:
    described = details.entity_type.fields.get(change.member) or field_of(change.member, change.new)
    old, new = (detail(value, described, now) for value in (change.old, change.new))
    if old == new:  # what differs is deeper inside
        old, new = (visible(_copied(value, False)) for value in (change.old, change.new))
    tone = tone_of(change.new, details.service_type) if described.type is ValueType.STATE else None
    return Line(
        described.label,
        f"{old or _(NONE)} → {new or _(NONE)}",
        tone,
        copy=_copied(change.new, False),
        indent=2,
    )


def _copied(value: Any, reveal: bool) -> str:
    """What copying a value copies: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value if reveal else hide_secrets(value)).decode()


def json_lines(details: Details, *, reveal: bool = False) -> list[str]:
    """The entity's JSON, indented, secrets masked unless revealed; every line safe to show."""
    return json_text(details.entity if reveal else masked(details)).splitlines()


def masked(details: Details) -> dict[str, Any]:
    """The entity with a mask in place of its secrets, also of those in its inner objects."""
    known = details.entity_type.fields
    return {k: mask_if((known.get(k) or field_of(k, v)).secret, v) for k, v in details.entity.items()}
