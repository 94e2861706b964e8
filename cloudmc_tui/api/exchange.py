"""What one HTTP exchange leads to; apart from :mod:`cloudmc_tui.api.wire`, as that imports httpx."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from msgspec import Struct

from cloudmc_tui import __version__
from cloudmc_tui.api.failures import SLOW
from cloudmc_tui.api.limits import TimeLimit, within
from cloudmc_tui.formats.reticent import Reticent
from cloudmc_tui.language import _, decimal, number

if TYPE_CHECKING:
    from cloudmc_tui.api.errors import Kind
    from cloudmc_tui.api.settings import Secret


def request_headers(key: Secret) -> dict[str, str]:
    """What every request has: the key, in the one place where it is ever told."""
    return {
        "MC-Api-Key": key.reveal(),
        "Accept": "application/json",
        "Content-Type": "application/json",  # on every request, as the known clients do
        "User-Agent": f"cloudmc-tui/{__version__}",
    }


class Progress(Struct):
    """How far an exchange got; it outlives a cancellation.

    Attributes:
        sent: whether the request may have reached the server.
        connected_to: the host and port of the connection made for it: the server's or a proxy's.
        tunnelled: whether a proxy opened its tunnel to the server.
        handshaking: whether a TLS handshake has begun, and not ended.
        status: the reply's, once it has begun.
        size: bytes of its body so far, unpacked.
    """

    sent: bool = False
    connected_to: tuple[str, int] | None = None
    tunnelled: bool = False
    handshaking: bool = False
    status: int | None = None
    size: int = 0

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Follow httpcore's events (its ``trace`` extension)."""
        if event == "connection.connect_tcp.started":
            self.connected_to = (info["host"], info["port"])
        elif event.endswith("start_tls.started"):
            self.handshaking = True
        elif event.endswith("start_tls.complete"):
            self.handshaking = False
        elif event == "http11.send_request_headers.started":
            self.sent = self.sent or info["request"].method != b"CONNECT"
        elif event == "http11.receive_response_headers.complete":
            status = info["return_value"][1]
            if self.sent:
                self.status = status
            else:  # the proxy's answer to CONNECT
                self.tunnelled = 200 <= status < 300


class RawReply(Reticent, frozen=True):
    """A reply as it came: its status, its headers (lower-case names) and its body, unpacked.

    Its ``repr`` shows the status alone: a server may quote the key, and results hold passwords.
    """

    UNSAID: ClassVar = frozenset({"headers", "body"})

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray


class Trouble(Struct, frozen=True):
    """No reply, or none that can be used.

    Attributes:
        kind: how the connection failed; or ``slow``: our time limit for a read passed; or ``reply``:
            there was one, and it is not usable.
        text, hint: in words.
        passing: whether asking again may help.
    """

    kind: Kind | Literal["slow", "reply"]
    text: str
    hint: str = ""
    passing: bool = False


class Exchanger(Protocol):
    """What makes exchanges: over the network, or with an application in this process."""

    async def exchange(
        self, method: str, url: str, body: bytes | None, progress: Progress
    ) -> RawReply | Trouble:
        """Send one request and read its whole reply.

        Args:
            method: in capitals.
            url: the whole URL, encoded.
            body: JSON, or none.
            progress: kept up to date on the way.
        """
        ...


async def in_time(limit: float, work: Coroutine[Any, Any, RawReply | Trouble]) -> RawReply | Trouble:
    """An exchange without a socket: nobody else keeps the limit for reads, in seconds."""
    try:
        return await within(limit, work)
    except TimeLimit:
        return too_slow(limit)


def too_slow(limit: float) -> Trouble:
    """The reply was not there in time; ``limit`` in seconds."""
    text = _("no answer within {read} s", read=decimal(f"{limit:g}"))
    return Trouble("slow", text, _(SLOW))


def too_large(limit: int) -> Trouble:
    """The reply is over the limit, in bytes."""
    megabytes = (
        _("{size} MiB", size=decimal(f"{limit / 2**20:g}"))
        if limit >= 2**20
        else _("{size} bytes", size=number(limit))
    )
    text = _("the reply is larger than the limit of {megabytes}", megabytes=megabytes)
    return Trouble("reply", text, _("ask for less, with a filter"))
