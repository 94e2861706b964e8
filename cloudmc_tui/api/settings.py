"""What a connection needs to know, and the checks that can be made before anything is sent."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct, field
from msgspec.structs import force_setattr

from cloudmc_tui.api.errors import BadSettings
from cloudmc_tui.formats.reticent import Reticent
from cloudmc_tui.language import _

HIDDEN = "•••"
"""What stands where a secret was."""

MAX_REPLY_BYTES = 256 * 1024 * 1024

_USERINFO = re.compile(r"(^|//).*@", re.DOTALL)


class Secret:
    """A text that shows itself only when asked by name: never in ``repr``, ``str`` or a traceback."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def of(cls, value: Secret | str) -> Secret:
        """Wrap a plain text; a secret stays as it is."""
        return value if isinstance(value, Secret) else cls(value)

    def reveal(self) -> str:
        """The secret itself. Callers keep it out of local variables: tracebacks can show those."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})" if self._text else "Secret()"

    def __str__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not written anywhere")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self


class Timeouts(Struct, frozen=True):
    """Time limits, in seconds.

    Attributes:
        connect: for the TCP connection, and again for the TLS handshake.
        read: for each wait on the server, such as for the first byte of its reply.
        call: for a call as a whole: waiting for a slot, every attempt, and the pauses between them.
    """

    connect: float = 10.0
    read: float = 30.0
    call: float = 120.0


class ConnectionSettings(Reticent, frozen=True):
    """Where to connect, as whom, and within which limits.

    Attributes:
        endpoint: the API's base URL, such as ``https://cloud.example/api/v1``.
        key: the API key; a plain text is wrapped in a :class:`Secret` at once.
        organization_id: the organization to act in, or none for the key's own.
        timeouts: see :class:`Timeouts`.
        verify: whether the server's certificate is checked; a text is a file (or folder) of
            certificate authorities to trust instead of the usual ones.
        client_certificate: ``(certificate file,)``, ``(certificate, key)`` or ``(certificate, key,
            password)``.
        proxy: a proxy's URL; without it the environment decides (``HTTPS_PROXY``, ``NO_PROXY``).
        max_concurrency: how many requests may be under way at once.
        max_reply_bytes: how large a reply may be, once unpacked.
    """

    endpoint: str
    key: Secret
    organization_id: str | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    verify: bool | str = True
    client_certificate: tuple[str, ...] | None = None
    proxy: str | None = None
    max_concurrency: int = 8
    max_reply_bytes: int = MAX_REPLY_BYTES

    def __post_init__(self) -> None:
        force_setattr(self, "key", Secret.of(self.key))

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        said = dict(super().__rich_repr__())
        said["endpoint"] = hide_userinfo(self.endpoint)
        said["client_certificate"] = self.client_certificate and self.client_certificate[:2]
        said["proxy"] = self.proxy and hide_userinfo(self.proxy)
        return list(said.items())


def hide_userinfo(url: str) -> str:
    """A URL without the user name and password that it may carry."""
    return _USERINFO.sub(rf"\1{HIDDEN}@", url)


def check_key(key: Secret) -> None:
    """See that a key can be sent as a header's value.

    Raises:
        BadSettings: when it is empty or holds a line break, a space or anything else that a header
            cannot carry. The message tells the position, never the key.
    """
    if not key:
        raise BadSettings(_("the API key is empty"))
    position = next((i for i, char in enumerate(key.reveal()) if not "!" <= char <= "~"), None)
    if position is None:
        return
    char = key.reveal()[position]
    what = {"\n": _("a line break"), "\r": _("a line break"), " ": _("a space"), "\t": _("a tab")}.get(char)
    what = what or (
        _("a control character") if char < " " or char == "\x7f" else _("a character outside ASCII")
    )
    del char
    raise BadSettings(
        _(
            "the API key cannot be sent: it has {what} at position {position} of {count}",
            what=what,
            position=position + 1,
            count=len(key.reveal()),
        ),
        hint=_("copy the key again, without anything before or after it"),
    )


def parse_endpoint(text: str) -> str:
    """Bring an endpoint, as a person writes it, to the form that requests are made with.

    A missing scheme becomes ``https``, for a loopback name ``http``; repeated and trailing slashes go.

    Args:
        text: such as ``cloud.example``, ``https://cloud.example//api/v1/`` or ``localhost:8080/v1``.

    Returns:
        such as ``https://cloud.example/api/v1``; without a path for a bare host.

    Raises:
        BadSettings: when it is no URL, names a user and password, or has a query or a fragment.
    """
    text = text.strip()
    shown = hide_userinfo(text)
    if not text:
        raise BadSettings(_("the endpoint is empty"), hint=_("it looks like https://cloud.example/api/v1"))
    if any(char <= " " or char == "\x7f" or char == "\\" for char in text):
        raise BadSettings(
            _("the endpoint {shown!r} has a space, a backslash or a control character in it", shown=shown)
        )
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "", text
    elif scheme.lower() not in ("http", "https"):
        raise BadSettings(_("the endpoint {shown!r} is neither http:// nor https://", shown=shown))
    if "@" in rest:  # anywhere: a password may hold a slash
        raise BadSettings(
            _("the endpoint has a user name or a password in it"),
            hint=_("leave out everything before the @: CloudMC wants an API key, sent as a header"),
        )
    parts = _split(f"{scheme or 'https'}://{rest}", shown)
    host = parts.hostname or ""
    if not scheme and is_loopback(host):
        parts = parts._replace(scheme="http")
    path = re.sub("/+", "/", parts.path).rstrip("/")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def _split(url: str, shown: str) -> SplitResult:
    """Divide a URL and see that its host and port can be connected to."""
    try:
        parts = urlsplit(url)
        port = parts.port  # looks at the number, too
        host = parts.hostname or ""
        if host and ":" not in host and not _is_plain(host):
            host.encode("idna")
    except ValueError as error:
        raise BadSettings(
            _("the endpoint {shown!r} is not a URL: {error}", shown=shown, error=error)
        ) from None
    if not host or port == 0:
        told = _("the endpoint {shown!r} names no port to connect to", shown=shown)
        raise BadSettings(
            told if host else _("the endpoint {shown!r} names no host to connect to", shown=shown)
        )
    if parts.query or parts.fragment:
        raise BadSettings(
            _("the endpoint {shown!r} has a query or a fragment", shown=shown),
            hint=_("leave out everything from ? or # on"),
        )
    return parts


def _is_plain(host: str) -> bool:
    """Whether a host name is plainly fine: then nobody has to load the tables of Unicode to see that."""
    return host.isascii() and all(0 < len(label) < 64 for label in host.removesuffix(".").split("."))


def is_bare(endpoint: str) -> bool:
    """Whether an endpoint is a host alone, so that the API's path has to be found out."""
    return not urlsplit(parse_endpoint(endpoint)).path


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_insecure(endpoint: str) -> bool:
    """Whether a key sent to an endpoint would travel in clear: plain HTTP, and not within this machine.

    Args:
        endpoint: as a person writes it; one that is no endpoint at all sends nothing.
    """
    try:
        parts = urlsplit(parse_endpoint(endpoint))
    except BadSettings:
        return False
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")
