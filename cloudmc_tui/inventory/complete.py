"""What a filter that is being typed may go on with: fields, and the values that they have."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from cloudmc_tui.catalog import ValueType
from cloudmc_tui.formats.values import member, plain
from cloudmc_tui.inventory.arrange import extra_members
from cloudmc_tui.inventory.filters import AGE, FilterError, field_of_filter
from cloudmc_tui.language import _, number

if TYPE_CHECKING:
    from cloudmc_tui.inventory.listing import Listing

SAMPLE = 2_000
"""How many entities are looked at for the values of a field."""

MOST = 50
"""How many completions are given at most."""

_LAST = re.compile(
    r"(?:^|(?<=\s))!?(?:(?P<field>[A-Za-z_][\w.]*)(?P<op>!=|>=|<=|==|[:=<>]))?(?P<part>\"?[^\s\"]*)$"
)
_COMPARED = (ValueType.INTEGER, ValueType.SIZE, ValueType.DATE)


class Completion(NamedTuple):
    """A way to go on.

    Attributes:
        text: the whole filter with it.
        shown: the field or the value; a safe line.
        note: what it is called, or how many have it.
    """

    text: str
    shown: str
    note: str


def complete(text: str, listing: Listing) -> list[Completion]:
    """How the last term of a filter may go on.

    Args:
        text: as typed so far.
        listing: what is filtered.

    Returns:
        fields where none has been named yet, then values, those of most entities first.
    """
    match = _LAST.search(text)
    if match is None or (not match["field"] and not match["part"]):
        return []
    before = text[: match.start("part")]
    part = match["part"].lstrip('"')
    if match["field"]:
        return _values(before, match["field"], part, listing)
    return _fields(before, part, listing)


def _fields(before: str, part: str, listing: Listing) -> list[Completion]:
    kind = listing.entity_type
    folded = part.casefold()
    found = []
    for name, field in kind.fields.items():
        if not field.secret and (
            name.casefold().startswith(folded) or field.label.casefold().startswith(folded)
        ):
            sign = ">=" if field.type in _COMPARED and field.type is not ValueType.DATE else ":"
            sign = "<" if field.type is ValueType.DATE else sign
            found.append(Completion(f"{before}{name}{sign}", f"{name}{sign}", field.label))
    more = [name for name in extra_members(listing.entities, kind) if name.casefold().startswith(folded)]
    found += [Completion(f"{before}{name}:", plain(f"{name}:"), "") for name in more]
    if AGE.startswith(folded):
        found.append(Completion(f"{before}{AGE}<", f"{AGE}<", _("such as 2d, 3h, 1w")))
    return found[:MOST]


def _values(before: str, named: str, part: str, listing: Listing) -> list[Completion]:
    kind = listing.entity_type
    try:
        name, field = field_of_filter(named, kind, extra_members(listing.entities, kind))
    except FilterError:
        return []  # said by the filter itself
    if field.secret:
        return []
    counted: Counter[str] = Counter()
    for entity in listing.entities[:SAMPLE]:
        value = member(entity, name)
        items = value if isinstance(value, list) else [value]
        counted.update({plain(item) for item in items if item not in (None, "", [], {})})
    folded = part.casefold()
    held = [(value, count) for value, count in counted.most_common() if folded in value.casefold()]
    held.sort(key=lambda found: not found[0].casefold().startswith(folded))
    return [Completion(f"{before}{_quoted(value)}", value, number(count)) for value, count in held[:MOST]]


def _quoted(value: str) -> str:
    """A value as a filter takes it."""
    if value and not re.search(r'[\s",]|^[/=]', value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
