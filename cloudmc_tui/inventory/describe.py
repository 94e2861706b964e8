"""An entity as lines of text: labelled details, or its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from cloudmc_tui.catalog import EntityField, Tone, ValueType
from cloudmc_tui.formats.text import visible, visible_lines
from cloudmc_tui.formats.values import MARKS, MASK, detail, member, tone_of
from cloudmc_tui.inventory.infer import field_of
from cloudmc_tui.inventory.listing import Details
from cloudmc_tui.path import Level, Path


@dataclass(frozen=True)
class Line:
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
    lines: list[Line] = []
    known = details.entity_type.fields
    covered = {name.split(".")[0] for name in known}
    used_names = {f.name_from for n, f in known.items() if f.name_from and details.entity.get(n)}
    for name, described in known.items():
        if name in used_names:
            continue
        value = member(details.entity, name)
        if value is None or value == "" or value == [] or value == {}:
            continue
        lines += _lines(value, described, details, names, now, reveal)
    extra = [name for name in details.entity if name not in covered and name not in known]
    if extra and details.known:
        lines.append(Line("Also sent", "", heading=True))
    for name in extra:
        value = details.entity[name]
        if value is not None and value != "":
            lines += _lines(value, field_of(name, value), details, names, now, reveal)
    return lines


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
        return
    if described.secret:
        yield Line(label, visible(str(value)), copy=str(value))
        return
    if described.refers_to is not None:
        yield from _references(value, described, details, names)
        return
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        yield Line(label, f"{len(value)}", heading=True)
        for item in value:
            yield from _nested(item, now, first="- ")
        return
    if isinstance(value, Mapping):
        yield Line(label, "", heading=True)
        yield from _nested(value, now)
        return
    if isinstance(value, str) and "\n" in value:
        parts = visible_lines(value)
        yield Line(label, parts[0], copy=value)
        yield from (Line("", part, copy=value) for part in parts[1:])
        return
    text = detail(value, described, now)
    if described.type is ValueType.STATE:
        tone = tone_of(value, details.service_type)
        yield Line(label, f"{MARKS[tone]} {text}", tone, copy=str(value))
    else:
        copied = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        yield Line(label, text, copy=copied)


def _references(
    value: Any, described: EntityField, details: Details, names: Mapping[str, str]
) -> Iterator[Line]:
    below = details.path.up_to(Level.ENVIRONMENT)
    label = described.label
    for item in value if isinstance(value, list) else [value]:
        identity = item.get("id") if isinstance(item, Mapping) else item
        if not isinstance(identity, (str, int)) or identity == "":
            yield Line(label, visible(str(item)))
            continue
        identity = str(identity)
        called = item.get("name") or item.get("ipAddress") if isinstance(item, Mapping) else None
        if called is None and described.name_from and not isinstance(value, list):
            called = details.entity.get(described.name_from)
        called = called or names.get(identity)
        shown = f"{visible(str(called))}  {visible(identity)}" if called else visible(identity)
        path = below.child(described.refers_to).child(identity) if described.refers_to else None
        yield Line(label, shown, copy=identity, reference=path)
        label = ""


def _nested(value: Any, now: float, *, first: str = "") -> Iterator[Line]:
    """The members of an object, a line each, the first with a dash where it is one of a list."""
    if not isinstance(value, Mapping):
        yield Line("", first + detail(value, None, now), indent=2)
        return
    for key, inner in value.items():
        described = field_of(key, inner)
        shown = MASK if described.secret else detail(inner, described, now)
        yield Line(f"{first}{described.label}", shown, copy=str(inner), indent=2)
        first = "  " if first else ""


def json_lines(details: Details, *, reveal: bool = False) -> list[str]:
    """The entity's JSON, indented, secrets masked unless revealed; every line safe to show."""
    entity: Any = details.entity if reveal else masked(details)
    text = msgspec.json.format(msgspec.json.encode(entity), indent=2).decode()
    return [visible(line) for line in text.split("\n")]


def masked(details: Details) -> dict[str, Any]:
    """The entity with a mask in place of its secrets, also of those in its inner objects."""
    known = details.entity_type.fields
    return {k: _mask(k, v, known.get(k) or field_of(k, v)) for k, v in details.entity.items()}


def _mask(key: str, value: Any, described: EntityField) -> Any:
    if described.secret and value not in (None, ""):
        return MASK
    if isinstance(value, Mapping):
        return {k: _mask(k, v, field_of(k, v)) for k, v in value.items()}
    if isinstance(value, list):
        return [_mask(key, item, described) for item in value]
    return value
