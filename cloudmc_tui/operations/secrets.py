"""Secrets of an operation: those that its result brings, and those that were sent, kept out of errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from cloudmc_tui.formats.redact import MASK

if TYPE_CHECKING:
    from cloudmc_tui.api import CloudMCError
    from cloudmc_tui.catalog import Operation


def secrets_of(result: Any, operation: Operation) -> dict[str, str]:
    """The secrets in an operation's result, by name."""
    if isinstance(result, Mapping):
        return {n: str(result[n]) for n in operation.result_secrets if result.get(n) not in (None, "")}
    if isinstance(result, str) and len(operation.result_secrets) == 1 and result:
        return {operation.result_secrets[0]: result}
    return {}


def hide(text: str, secrets: Iterable[str]) -> str:
    """A text with a mask in place of every secret."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def hide_in(error: CloudMCError, secrets: Iterable[str]) -> None:
    """Take secrets out of everything that an error says."""
    secrets = list(secrets)
    if secrets:
        error.message, error.hint = hide(error.message, secrets), hide(error.hint, secrets)
        error.args = (error.message,)
        error.errors = tuple(
            replace(item, message=hide(item.message, secrets), context=hide_inside(item.context, secrets))
            for item in error.errors
        )


def hide_inside(value: Any, secrets: Iterable[str]) -> Any:
    """A JSON value with a mask in place of every secret, wherever in it that stands."""
    try:
        text = msgspec.json.encode(value).decode()
    except RecursionError:  # nor will it be written anywhere: see redact()
        return value
    hidden = hide(text, secrets)
    return value if hidden == text else msgspec.json.decode(hidden)
