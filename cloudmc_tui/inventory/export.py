"""A listing for elsewhere: CSV or JSON, secrets left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cloudmc_tui.formats.redact import mask_if
from cloudmc_tui.formats.tables import csv_text, json_text
from cloudmc_tui.formats.values import member, plain
from cloudmc_tui.inventory.infer import field_of

if TYPE_CHECKING:
    from cloudmc_tui.catalog import EntityType
    from cloudmc_tui.inventory.listing import JsonObject

KINDS = ("csv", "json")


def export(entities: Sequence[JsonObject], entity_type: EntityType, kind: str, columns: Sequence[str]) -> str:
    """Entities as text.

    Args:
        entities: in their order.
        entity_type: what they are.
        kind: ``"csv"`` (the columns, exact values) or ``"json"`` (whole entities).
        columns: the members that a CSV has.
    """
    fields = entity_type.fields
    if kind == "json":
        return json_text(
            [
                {k: mask_if((fields.get(k) or field_of(k, v)).secret, v) for k, v in e.items()}
                for e in entities
            ]
        )

    def is_open(name: str) -> bool:
        known = fields.get(name)
        if known is not None:
            return not known.secret
        return not any(field_of(name, member(e, name)).secret for e in entities)

    shown = [c for c in columns if is_open(c)]
    return csv_text(shown, ([exact(member(e, c)) for c in shown] for e in entities))


def exact(value: Any) -> str:
    """A value for programs, which is the same in every language."""
    return ("yes" if value else "no") if isinstance(value, bool) else plain(value)
