"""The envelope that CloudMC puts around everything: ``data``, ``errors``, ``metadata``, a task.

``{"data": …, "metadata": {…}}``, ``{"errors": […]}`` or ``{"taskId": …, "taskStatus": …, "data": …}``,
in all the variants that the reference, the Go SDK and the Terraform provider know. Reading is tolerant:
what has the wrong type counts as absent, and the JSON as sent is kept beside what was read from it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
from msgspec import field

from cloudmc_tui.api.errors import ErrorItem
from cloudmc_tui.api.large import LARGE, decode_listing
from cloudmc_tui.formats.reticent import Reticent
from cloudmc_tui.formats.text import shorten, visible
from cloudmc_tui.language import _

EXCERPT = 200
"""How many characters of an unreadable reply are worth showing."""

_MARK = b"\xef\xbb\xbf"
"""A byte order mark."""

_CODES = ("code", "errorCode")
_MESSAGES = ("message", "errorMessage", "errorText", "detail", "description", "error")


class Unreadable(ValueError):
    """A body that is not JSON; the message says what it is instead."""


class Envelope(Reticent, frozen=True):
    """A reply's JSON, opened. Its ``repr`` leaves out what may hold secrets.

    Attributes:
        raw: the JSON as sent; none for an empty body.
        data: its ``data``, whatever that is.
        has_data: whether there is a ``data`` at all.
        errors: its ``errors``.
        metadata: its ``metadata``.
        task_id, task_status: of the task that it answers with or describes, in either shape.
    """

    UNSAID: ClassVar = frozenset({"raw", "data", "errors"})

    raw: Any = None
    data: Any = None
    has_data: bool = False
    errors: tuple[ErrorItem, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    task_id: str = ""
    task_status: str = ""


def decode(body: bytes | bytearray, *, listing: bool = False) -> Any:
    """Decode a reply's JSON.

    A byte order mark is skipped. Text that is not quite Unicode does not cost the whole reply: broken
    bytes become U+FFFD, lone surrogates ``?``.

    Args:
        body: the whole body, unpacked; empty or blank gives none.
        listing: a list of entities was asked for: those of a large one are decoded when they are looked at,
            see :class:`~cloudmc_tui.api.large.Entities`.

    Raises:
        Unreadable: for anything else than JSON.
    """
    if body.startswith(_MARK):
        body = body[len(_MARK) :]
    if not body or body.isspace():
        return None
    if listing and len(body) >= LARGE:
        with contextlib.suppress(ValueError, RecursionError):  # told below
            return decode_listing(body)
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        reason = str(error)
    try:
        return _decode_leniently(body)
    except (ValueError, RecursionError):
        raise Unreadable(_what_it_is(body, reason)) from None


def _decode_leniently(body: bytes | bytearray) -> Any:
    import json

    text = json.dumps(json.loads(body.decode("utf-8", "replace")), ensure_ascii=False)
    return msgspec.json.decode(text.encode("utf-8", "replace"))


def _what_it_is(body: bytes | bytearray, reason: str) -> str:
    start = body[:512].lstrip().lower()
    if start.startswith(b"<"):
        return (
            _("an XML document")
            if start.startswith(b"<?xml") and b"<html" not in start
            else _("an HTML page")
        )
    if start[:1] not in b'{["':
        return _("not JSON")
    return (
        _("JSON that breaks off")
        if "truncated" in reason
        else _("broken JSON ({reason})", reason=shorten(reason, 80))
    )


def excerpt(body: bytes | bytearray) -> str:
    """The beginning of a body as one short line of printable text."""
    text = body[: 4 * EXCERPT].decode("utf-8", "replace")
    return shorten(visible(" ".join(text.split())), EXCERPT)


def open_envelope(raw: Any) -> Envelope:
    """Read the envelope of a decoded reply.

    Args:
        raw: any JSON value; only objects have something in them to read.
    """
    if not isinstance(raw, dict):
        return Envelope(raw=raw)
    data = raw.get("data")
    metadata = raw.get("metadata")
    return Envelope(
        raw=raw,
        data=data,
        has_data="data" in raw,
        errors=read_errors(raw.get("errors")),
        metadata=metadata if isinstance(metadata, dict) else {},
        task_id=as_text(raw.get("taskId")),
        task_status=as_text(raw.get("taskStatus")),
    )


def read_errors(value: Any) -> tuple[ErrorItem, ...]:
    """Read a list of errors, or a lone one, in any of the shapes they come in.

    Each may be an object with ``code`` (a number or a text: the reference) or ``errorCode`` (a text:
    the Go SDK), ``message`` and ``context``; or just a text.
    """
    if isinstance(value, list):
        return tuple(item for each in value for item in read_errors(each))
    if isinstance(value, dict) and value:
        message = next((text for name in _MESSAGES if (text := as_text(value.get(name)))), "")
        code = next((text for name in _CODES if (text := as_text(value.get(name)))), None)
        context = value.get("context")
        context = context if isinstance(context, dict) else {}
        if not message and not code:
            message = msgspec.json.encode(value).decode()
        return (ErrorItem(code, message or _("(the server gives no message)"), context),)
    text = as_text(value)
    return (ErrorItem(None, text),) if text else ()


def read_stray_errors(raw: Any) -> tuple[ErrorItem, ...]:
    """Read what a failure without ``errors`` says for itself.

    Gateways and frameworks answer ``{"message": …}`` or ``{"error": …}``, with or without a code.
    """
    if isinstance(raw, Mapping) and any(as_text(raw.get(name)) for name in _MESSAGES):
        return read_errors(raw)
    return read_errors(raw) if isinstance(raw, str) else ()


def as_text(value: Any) -> str:
    """A text or number as text; anything else as an empty one."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
