"""From a reply that is not what was hoped for to the exception that says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from msgspec.structs import replace

from cloudmc_tui.api.envelope import Envelope, read_stray_errors
from cloudmc_tui.api.errors import (
    CloudMCError,
    ConnectionFailed,
    Details,
    ErrorItem,
    KeyRefused,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    ServerFailed,
)
from cloudmc_tui.api.settings import HIDDEN, Secret
from cloudmc_tui.language import N_, _

_ABOUT_THE_KEY = re.compile(r"api[ _-]?key|credential|authenticat|log(ged)? ?in", re.IGNORECASE)

SLOW = N_("the server or the line is slow: try again later, or raise the time limit")
WRONG_PLACE = N_(
    "see that the endpoint is right: it is the API's base URL, such as https://cloud.example/api/v1"
)
UNKNOWN = N_("look at what it was to change before trying again: it may have been done")

SHORTEST_HIDDEN_KEY = 6
"""Shorter ones are not searched for in what the server says: they would be found everywhere."""


def scrub(value: Any, key: Secret) -> Any:
    """What the server says, without the key: a server may quote the header that it got.

    Args:
        value: any JSON value.
        key: the API key.
    """
    if len(key.reveal()) < SHORTEST_HIDDEN_KEY:
        return value
    if isinstance(value, str):
        return value.replace(key.reveal(), HIDDEN)
    if isinstance(value, list):
        return [scrub(item, key) for item in value]
    if isinstance(value, dict):
        return {scrub(name, key): scrub(item, key) for name, item in value.items()}
    return value


def scrub_items(items: tuple[ErrorItem, ...], key: Secret) -> tuple[ErrorItem, ...]:
    """The same for the errors of a reply."""
    return tuple(
        replace(
            item,
            code=item.code and scrub(item.code, key),
            message=scrub(item.message, key),
            context=scrub(item.context, key),
        )
        for item in items
    )


def refusal(
    status: int,
    envelope: Envelope | None,
    *,
    fallback: str,
    key: Secret,
    retry_after: float | None,
    too_long: str = "",
    details: Details,
) -> CloudMCError:
    """Make the exception for a reply with a failing status, or with ``errors``.

    Args:
        status: the HTTP status; 2xx with ``errors`` is a failure (the reference says so).
        envelope: the reply's; none when its body is not JSON.
        fallback: what to say where the reply says nothing.
        key: the API key, which is kept out of it.
        retry_after: seconds, where the server says.
        too_long: why it was not waited for that long, if so.
        details: what was asked.
    """
    items = envelope.errors or read_stray_errors(envelope.raw) if envelope else ()
    items = scrub_items(items, key)
    message = too_long or (items[0].message if items else fallback)
    details = {**details, "status": status, "errors": items}
    endpoint = details.get("endpoint", "")
    if status == 401 or (status == 403 and any(_ABOUT_THE_KEY.search(item.message) for item in items)):
        return KeyRefused(
            _("the API key was refused by {endpoint}", endpoint=endpoint),
            **hinted(details, _("see that the key is right, has not expired, and belongs to this endpoint")),
        )
    if status == 407:
        return ConnectionFailed(
            _("the proxy wants a user name and password"),
            kind="proxy",
            **hinted(details, _("give them in the proxy's URL: http://user:password@proxy.example:3128")),
        )
    if status == 429:
        wait = _("wait {retry_after:.0f} s", retry_after=retry_after) if retry_after else _("wait a while")
        return RateLimited(
            message, retry_after=retry_after, **hinted(details, _("{wait} and try again", wait=wait))
        )
    kind, hint = _sort(status)
    if kind is ServerFailed:
        return ServerFailed(message, retry_after=retry_after, **hinted(details, hint))
    return kind(message, **hinted(details, hint))


def _sort(status: int) -> tuple[Callable[..., CloudMCError], str]:
    if status == 403:
        return NotAllowed, _("the key's user lacks the permission; another organization or key may have it")
    if status == 404:
        return NotFound, _("it may have been removed or renamed: refresh, and look one level up")
    if status >= 500:
        return ServerFailed, _("try again later; after a change, look first whether it was made")
    return Rejected, ""


def hinted(details: Details, hint: str) -> Details:
    """The same details, with what to try."""
    return {**details, "hint": hint}


def status_words(status: int) -> str:
    """Say what an HTTP status means, such as ``"bad gateway"``."""
    try:
        return HTTPStatus(status).phrase.lower()
    except ValueError:
        return _("a status that HTTP does not know")


def outcome_unknown(text: str, details: Details) -> OutcomeUnknown:
    """Make the exception for a mutation that may have been done."""
    return OutcomeUnknown(_("outcome unknown: {text}", text=text), **hinted(details, _(UNKNOWN)))
