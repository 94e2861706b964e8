"""Everything that can go wrong between this program and a CloudMC endpoint: one exception tree.

Attributes keep what the server sent, raw but for the API key; ``str(error)`` is one line that is safe
to show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from msgspec import Struct, field

from cloudmc_tui.formats.text import shorten, visible
from cloudmc_tui.language import _

if TYPE_CHECKING:
    from typing_extensions import Unpack

Kind = Literal["dns", "refused", "unreachable", "tls", "proxy", "timeout", "closed", "other"]
"""Why there is no connection."""

_SECRET_NAME = re.compile(r"password|secret|token|psk|preshared|api_?key", re.IGNORECASE)


class ErrorItem(Struct, frozen=True):
    """One error of a reply.

    Attributes:
        code: CloudMC's code as text, such as ``"2012"``; the reference sends a number as ``code``, the
            Go SDK reads a string ``errorCode``.
        message: the server's words.
        context: what the server adds, such as ``{"currentState": "Stopped"}``.
    """

    code: str | None
    message: str
    context: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        text = (
            _("code {code}: {message}", code=self.code, message=self.message) if self.code else self.message
        )
        details = ", ".join(f"{name}: {_detail(name, value)}" for name, value in self.context.items())
        return f"{text} ({details})" if details else text


def _detail(name: str, value: Any) -> str:
    if _SECRET_NAME.search(name):
        return "•••"
    if isinstance(value, list):
        return " or ".join(str(item) for item in value)
    return str(value)


class Details(TypedDict, total=False):
    """What any of the errors may be given besides its message."""

    status: int | None
    method: str
    path: str
    endpoint: str
    hint: str
    errors: tuple[ErrorItem, ...]


class CloudMCError(Exception):
    """The root of the tree: a call to CloudMC did not come to its end.

    Attributes:
        message: what happened.
        status: the reply's HTTP status, or none without a reply.
        method, path, endpoint: what was asked: ``endpoint`` is the API's base URL, ``path`` what
            follows it, with the query.
        hint: what to try; may be empty.
        errors: every error that the reply names, in its order.
    """

    def __init__(self, message: str, **details: Unpack[Details]) -> None:
        super().__init__(message)
        self.message = message
        self.status = details.get("status")
        self.method = details.get("method", "")
        self.path = details.get("path", "")
        self.endpoint = details.get("endpoint", "")
        self.hint = details.get("hint", "")
        self.errors = details.get("errors", ())

    @property
    def code(self) -> str | None:
        """CloudMC's code of the first error, as text."""
        return self.errors[0].code if self.errors else None

    @property
    def context(self) -> Mapping[str, Any]:
        """The first error's context."""
        return self.errors[0].context if self.errors else {}

    def __str__(self) -> str:
        head = f"{self.method} {shorten(visible(self.path), 200)}" if self.method else ""
        status = str(self.status) if self.status else ""
        said = "; ".join(shorten(visible(str(item)), 500) for item in self.errors[:3])
        if len(self.errors) > 3:
            said += _("; and {count} more", count=len(self.errors) - 3)
        message = shorten(visible(self.message), 500)
        if said and not self._says_itself:
            status, message = (f"{status} {said}" if self.errors[0].code else f"{status}: {said}"), ""
        elif said:
            message = f"{message} ({said})"
        return ": ".join(part for part in (head, status.strip(": "), message) if part)

    @property
    def _says_itself(self) -> bool:
        """Whether the message says more than the reply's errors do."""
        return bool(self.errors) and self.message != self.errors[0].message


class BadSettings(CloudMCError, ValueError):
    """An endpoint, key or file in the settings that no connection can be made with."""


class ConnectionFailed(CloudMCError):
    """No connection, or one that broke: nothing is known but that.

    Attributes:
        kind: which part failed.
        sent: whether the request may have reached the server (only ever true for a GET: a mutation
            that may have is an :class:`OutcomeUnknown`).
    """

    def __init__(
        self, message: str, *, kind: Kind = "other", sent: bool = False, **details: Unpack[Details]
    ) -> None:
        super().__init__(message, **details)
        self.kind: Kind = kind
        self.sent = sent


class CallTimeout(CloudMCError):
    """Our own time limit passed while a GET was under way."""


class OutcomeUnknown(CloudMCError):
    """A mutation that may have reached the server, and no reply that tells what came of it."""


class WriteRefused(CloudMCError):
    """A mutation that this program itself did not let out: nothing was sent."""


class NotAllowed(CloudMCError):
    """The server knows who asks and says no."""


class KeyRefused(NotAllowed):
    """The server does not take the API key."""


class NotFound(CloudMCError):
    """There is nothing there (any more)."""


class Rejected(CloudMCError):
    """The server understood the request and will not do it."""


class RateLimited(CloudMCError):
    """Too many requests.

    Attributes:
        retry_after: how long the server asks to wait, in seconds, if it says.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, **details: Unpack[Details]) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class ServerFailed(CloudMCError):
    """The server, or the gateway before it, failed.

    Attributes:
        retry_after: how long the server asks to wait, in seconds, if it says (with a 503, say).
    """

    def __init__(self, message: str, *, retry_after: float | None = None, **details: Unpack[Details]) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class BadReply(CloudMCError):
    """A reply that CloudMC would not give: an HTML page, broken JSON, a redirect, too many bytes.

    Attributes:
        excerpt: its first characters, safe to show, without the key.
    """

    def __init__(self, message: str, *, excerpt: str = "", **details: Unpack[Details]) -> None:
        super().__init__(message, **details)
        self.excerpt = excerpt
