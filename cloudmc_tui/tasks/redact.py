"""Results fit to be written down. The ledger takes no others: a type sees to that, not a habit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, final

import msgspec

from cloudmc_tui.catalog.schema import EntityType, is_blank
from cloudmc_tui.formats.redact import MASK, sounds_secret

SHORTEST_SOUGHT = 6
"""A secret shorter than this is not searched for in other texts: it would be found everywhere."""

LONGEST = 256 * 1024
"""How many characters of a result are worth keeping: an entity has a few thousand at most."""

_MAKER = object()


@final
class Redacted:
    """JSON text without its secrets. Only :func:`redact` and :func:`redact_text` make one."""

    __slots__ = ("_text",)

    def __init__(self, text: str, maker: object = None) -> None:
        if maker is not _MAKER:
            raise TypeError("a Redacted is made by redact(), which takes the secrets out")
        self._text = text

    @property
    def text(self) -> str:
        """The JSON."""
        return self._text

    def __repr__(self) -> str:
        return f"Redacted({len(self._text)} characters)"


def redact(
    result: Any, secret_members: Iterable[str] = (), entity_type: EntityType | None = None
) -> Redacted:
    """Take the secrets out of a task's result.

    A member is secret when the operation says so, when the entity type's fields say so, or when its name
    sounds so; at any depth. The text of a secret is masked wherever else it turns up, too.

    Args:
        result: any JSON value.
        secret_members: the operation's ``result_secrets``. When there are any, a result that is not an
            object, such as a bare URL, is taken for the secret itself.
        entity_type: what kind of entity the result is, where that is known.
    """
    names = {name.rpartition(".")[2].casefold() for name in secret_members}
    bare = bool(names) and not isinstance(result, (Mapping, list))
    if entity_type is not None:
        names |= {name.casefold() for name, field in entity_type.fields.items() if field.secret}
    try:
        found: set[str] = set()
        masked = _mask_if(bare, result, names, found)
        sought = sorted((text for text in found if len(text) >= SHORTEST_SOUGHT), key=len, reverse=True)
        text = msgspec.json.encode(_without(masked, sought) if sought else masked).decode()
    except RecursionError:
        return _left_out("nested too deeply")
    except (TypeError, ValueError):
        return _left_out("not JSON")
    return Redacted(text, _MAKER) if len(text) <= LONGEST else _left_out(f"{len(text):,} characters")


def redact_text(text: str | None, secret_members: Iterable[str] = ()) -> Redacted | None:
    """The same for a value that is JSON text already; none stays none."""
    if text is None:
        return None
    try:
        value = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return _left_out("not JSON")
    return redact(value, secret_members)


def _left_out(why: str) -> Redacted:
    return Redacted(msgspec.json.encode(f"(left out: {why})").decode(), _MAKER)


def _mask_if(secret: bool, value: Any, names: set[str], found: set[str]) -> Any:
    """The value with masks in it; the texts of the secrets go into ``found``."""
    if secret:
        found.update(_texts(value))
        return value if is_blank(value) else MASK
    if isinstance(value, Mapping):
        return {
            name: _mask_if(name.casefold() in names or sounds_secret(name, inner), inner, names, found)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_mask_if(False, item, names, found) for item in value]
    return value


def _texts(value: Any) -> list[str]:
    """Every text inside a value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [text for item in inner for text in _texts(item)]


def _without(value: Any, sought: list[str]) -> Any:
    """The value with a mask wherever one of the texts stands."""
    if isinstance(value, str):
        for text in sought:
            value = value.replace(text, MASK)
        return value
    if isinstance(value, Mapping):
        return {_without(name, sought): _without(inner, sought) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without(item, sought) for item in value]
    return value
