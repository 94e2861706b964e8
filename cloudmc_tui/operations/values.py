"""From what a person types to what goes on the wire, by a field's type."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from cloudmc_tui.catalog import FieldType, OperationField
from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.language import _

YES = ("yes", "y", "true", "on", "1", "oui")
NO = ("no", "n", "false", "off", "0", "non")


class ValueProblem(ValueError):
    """A text that is not a value of its field's type; the message says what would be."""


def parse(field: OperationField, value: Any, allowed: Sequence[Any] = ()) -> Any:
    """Read one field's value.

    Args:
        field: what the catalog says of it.
        value: what was typed or chosen: a text, a boolean, or a list of texts; not blank.
        allowed: the values that ``choices_from`` found, where there are any.

    Returns:
        the value as the wire wants it.

    Raises:
        ValueProblem: saying what is wrong.
    """
    if field.type is FieldType.LIST:
        items = value if isinstance(value, list) else split_list(str(value))
        kind = field.items or FieldType.TEXT
        parsed: Any = [_wire(field, _scalar(field, kind, str(item).strip())) for item in items]
        if not parsed:
            raise ValueProblem(_("needs at least one"))
        return parsed
    parsed = _scalar(field, field.type, value if isinstance(value, bool) else str(value))
    if allowed and str(parsed) not in {str(a) for a in allowed}:
        raise ValueProblem(_("is one of {allowed}", allowed=", ".join(map(str, allowed))))
    return _wire(field, parsed)


def split_list(text: str) -> list[str]:
    """The elements of a list as typed: with commas or blanks between them."""
    return [part for part in re.split(r"[,\s]+", text) if part]


def _wire(field: OperationField, value: Any) -> Any:
    if field.string and not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _scalar(field: OperationField, kind: FieldType, value: Any) -> Any:
    if kind is FieldType.BOOLEAN:
        return _boolean(value)
    text = value if kind in (FieldType.TEXT, FieldType.MULTILINE) else str(value).strip()
    if kind in (FieldType.INTEGER, FieldType.PORT, FieldType.NUMBER):
        return _number(field, kind, text)
    if kind is FieldType.CHOICE:
        return _choice(field, text)
    if kind is FieldType.IP:
        return _checked(ipaddress.ip_address, text, _("is not an IP address, such as 10.0.0.12"))
    if kind is FieldType.CIDR:
        return _checked(_network, text, _("is not a network, such as 10.0.0.0/24"))
    if kind is FieldType.URL:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueProblem(_("is not a URL, such as https://example.com/image.ova"))
        return text
    return _text(field, text)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    folded = str(value).strip().casefold()
    if folded in (*YES, *NO):
        return folded in YES
    raise ValueProblem(_("is yes or no"))


def _number(field: OperationField, kind: FieldType, text: str) -> int | float:
    minimum, maximum = field.minimum, field.maximum
    if kind is FieldType.PORT:
        minimum, maximum = 1 if minimum is None else minimum, maximum or 65535
    try:
        number: int | float = float(text) if kind is FieldType.NUMBER else int(text)
    except ValueError:
        raise ValueProblem(
            _("is not a number") if kind is FieldType.NUMBER else _("is not a whole number")
        ) from None
    if minimum is not None and number < minimum:
        raise ValueProblem(_("is below {minimum}", minimum=minimum))
    if maximum is not None and number > maximum:
        raise ValueProblem(_("is above {maximum}", maximum=maximum))
    return number


def _choice(field: OperationField, text: str) -> str:
    folded = {choice.casefold(): choice for choice in field.choices}
    if text.casefold() in folded:
        return folded[text.casefold()]
    if field.open_choices or not field.choices:
        return text
    near = nearest(text, field.choices)
    hint = _("; did you mean {near}?", near=near) if near else ""
    raise ValueProblem(_("is one of {choices}{hint}", choices=", ".join(field.choices), hint=hint))


def _text(field: OperationField, text: str) -> str:
    if field.minimum is not None and len(text) < field.minimum:
        raise ValueProblem(_("is shorter than {minimum} characters", minimum=field.minimum))
    if field.maximum is not None and len(text) > field.maximum:
        raise ValueProblem(_("is longer than {maximum} characters", maximum=field.maximum))
    return text


def _network(text: str) -> object:
    if "/" not in text:
        raise ValueError(text)
    return ipaddress.ip_network(text, strict=False)


def _checked(read: Any, text: str, problem: str) -> str:
    try:
        read(text)
    except ValueError:
        raise ValueProblem(problem) from None
    return text
