"""One value of an entity as people read it, guided by what the catalog says of its field."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from cloudmc_tui.catalog.schema import EntityField, EntityType, ServiceType, Tone, ValueType, is_blank
from cloudmc_tui.formats.dates import age_of, full_date, parse_date
from cloudmc_tui.formats.redact import MASK as MASK
from cloudmc_tui.formats.redact import hide_secrets
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import N_, _, current, decimal

BLANK = ""
"""What a missing value is shown as."""

MARKS: dict[Tone, str] = {
    Tone.OK: "●",
    Tone.OFF: "○",
    Tone.BUSY: "◐",
    Tone.WARN: "▲",
    Tone.BAD: "✖",
    Tone.UNKNOWN: "?",
}
"""A state's mark: it is never told by colour alone."""

ASCII_MARKS: dict[Tone, str] = {
    Tone.OK: "*",
    Tone.OFF: "-",
    Tone.BUSY: "~",
    Tone.WARN: "!",
    Tone.BAD: "x",
    Tone.UNKNOWN: "?",
}

_UNITS = (
    N_("{number} B"),
    N_("{number} KiB"),
    N_("{number} MiB"),
    N_("{number} GiB"),
    N_("{number} TiB"),
    N_("{number} PiB"),
)


def size(count: float) -> str:
    """A number of bytes with three figures at most: ``"512 MiB"``, ``"1.5 GiB"``."""
    return _sized(float(count), current())


@lru_cache(maxsize=4096)
def _sized(value: float, _language: str) -> str:
    """The same, kept: lists have many that are alike."""
    for unit in _UNITS:
        if abs(value) < 1024 or unit == _UNITS[-1]:
            break
        value /= 1024
    text = f"{value:.1f}".removesuffix(".0") if abs(value) < 100 else f"{value:.0f}"
    return _(unit, number=decimal(text))


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)$", re.ASCII)


def number(value: object) -> float | None:
    """A number, whether the wire sent it as one or as a text; booleans and what no float holds are none."""
    if isinstance(value, str):
        if not _NUMBER.match(value):
            return None
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        amount = float(value)
    except OverflowError:
        return None
    return amount if math.isfinite(amount) else None


def tone_of(state: object, service_type: ServiceType | None) -> Tone:
    """How a state is to be felt; a state the catalog does not know is ``unknown``."""
    if service_type is None or not isinstance(state, str):
        return Tone.UNKNOWN
    folded = state.casefold()
    return next(
        (tone for name, tone in service_type.states.items() if name.casefold() == folded), Tone.UNKNOWN
    )


def member(entity: Mapping[str, Any], name: str) -> Any:
    """A member of an entity; dots step into objects: ``status.reachable``. None where there is none."""
    if name in entity:
        return entity[name]
    value: Any = entity
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def cell(value: Any, field: EntityField | None, now: float) -> str:
    """A value for a table: one line, short.

    Args:
        value: as the API sent it; of any type.
        field: what the catalog says of it, or none.
        now: seconds since the epoch, for ages.
    """
    if is_blank(value):
        return BLANK
    if field is not None:
        if field.secret:
            return MASK
        if field.type is ValueType.DATE and (date := parse_date(value)) is not None:
            return age_of(date, now)
        if field.type is ValueType.SIZE and field.unit and (amount := number(value)) is not None:
            return size(amount * field.unit.bytes)
    return plain(value)


def detail(value: Any, field: EntityField | None, now: float) -> str:
    """A value for the details pane: one line, whole."""
    if field is not None and field.type is ValueType.DATE and not field.secret:
        date = parse_date(value)
        if date is not None:
            return full_date(date, now)
    return cell(value, field, now)


def plain(value: Any) -> str:
    """Any JSON value as one line of text."""
    if value is None:
        return BLANK
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return ", ".join(_called(item) for item in value)
    return visible(msgspec.json.encode(hide_secrets(value)).decode())


def _called(item: Any) -> str:
    """An element of a list: an object by its name or address, anything else plainly."""
    if isinstance(item, Mapping):
        for name in ("name", "ipAddress", "id"):
            if isinstance(item.get(name), str) and item[name]:
                return visible(item[name])
    return plain(item)


def title_of(entity: Mapping[str, Any], entity_type: EntityType) -> str:
    """What an entity is called: by the catalog's title, else by its id.

    Returns:
        one safe line; ``"(no name)"`` when there is nothing to call it by.
    """
    template = entity_type.title
    if "{" not in template:
        text = plain(member(entity, template))
    else:
        text = " ".join(_TEMPLATE.sub(lambda m: plain(entity.get(m.group(1))), template).split())
        text = text if any(c.isalnum() for c in text) else ""
    return next((t for t in (text, id_of(entity, entity_type)) if t.strip()), _("(no name)"))


_TEMPLATE = re.compile(r"\{(\w+)\}")


def identity(entity: Mapping[str, Any], entity_type: EntityType) -> str | None:
    """An entity's id as the API spells it: a text or a whole number; none when it has none."""
    value = entity.get(entity_type.id)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def id_of(entity: Mapping[str, Any], entity_type: EntityType) -> str:
    """An entity's id as one safe line; empty when it has none."""
    return visible(identity(entity, entity_type) or "")


BLANK_RANK = 2
"""What the sort key of a value that is not there starts with."""


def sort_key(value: Any, field: EntityField | None) -> tuple[int, float, str]:
    """A key that sorts values as people expect: numbers by size, dates by time, texts without case
    and with the numbers inside them counted (``web-2`` before ``web-10``), blanks last."""
    if is_blank(value):
        return (BLANK_RANK, 0, "")
    if field is not None and field.type is ValueType.DATE and (date := parse_date(value)) is not None:
        return (0, date.timestamp(), "")
    amount = number(value)
    if amount is not None:
        return (0, amount, "")
    return (1, 0, natural(plain(value)))


_DIGITS = re.compile(r"\d+", re.ASCII)


def natural(text: str) -> str:
    """A text whose plain order is the order that people expect."""
    return _DIGITS.sub(_by_length, text.casefold())


def _by_length(match: re.Match[str]) -> str:
    """Digits after their number: of two numbers, that with more digits is greater."""
    digits = match.group().lstrip("0")
    return f"{len(digits):04}{digits}"
