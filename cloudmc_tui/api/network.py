"""Why a connection failed: an exception chain of httpx, httpcore, anyio, ssl and socket, in words."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from cloudmc_tui.formats.system import reason
from cloudmc_tui.language import _, decimal

if TYPE_CHECKING:
    from cloudmc_tui.api.errors import Kind

_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}

# OpenSSL's X509_V_ERR_*, see verify(1)
_EXPIRED, _NOT_YET_VALID = 10, 9
_WRONG_NAME = {62, 64}
_UNKNOWN_ISSUER = {2, 18, 19, 20, 21}

_NOT_TLS = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE",
            "PACKET_LENGTH_TOO_LONG", "UNEXPECTED_MESSAGE", "BAD_RECORD_TYPE")  # fmt: skip

# that more data was due, or that there was none: the way to a reason, not the reason
_NOT_A_REASON = (ssl.SSLEOFError, ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLZeroReturnError)


class Cause(Struct, frozen=True):
    """Why a connection failed.

    Attributes:
        kind: which part.
        text: what happened, without the names of exceptions.
        hint: what to try.
        passing: whether it may work in a moment.
    """

    kind: Kind
    text: str
    hint: str
    passing: bool = False


def chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and everything that led to it, groups included, each once, nearest first."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [*getattr(one, "exceptions", ()), one.__cause__, one.__context__]


def find_cause(error: BaseException, *, where: str, host: str, handshaking: bool) -> Cause | None:
    """Tell why a connection failed.

    Args:
        error: what was raised.
        where: what was connected to, for people: ``cloud.example:443``.
        host: its name, for people who look up names.
        handshaking: whether the TLS handshake had begun, and not ended.

    Returns:
        none when the chain tells nothing.
    """
    links = list(chain(error))
    for link in links:
        if isinstance(link, ssl.SSLCertVerificationError):
            return _certificate(link, where, host)
    for link in links:
        if isinstance(link, ssl.SSLError) and not isinstance(link, _NOT_A_REASON):
            return _tls(link, where)
    if handshaking:
        return Cause(
            "tls",
            _("{where} closed the connection during the TLS handshake", where=where),
            _("see that the port speaks TLS (https), and that nothing between here and there blocks it"),
            passing=True,
        )
    for link in links:
        if isinstance(link, socket.gaierror):
            return _name(link, host)
    numbers = {link.errno for link in links if isinstance(link, OSError)}
    if errno.ECONNREFUSED in numbers:
        hint = _("see that the port is right and that the server runs")
        return Cause("refused", _("{where} refuses connections", where=where), hint, passing=True)
    if unreachable := numbers & _UNREACHABLE:
        why = _("no route to it") if errno.EHOSTUNREACH in unreachable else _("the network is unreachable")
        hint = _("see that the network (or VPN) is up, and whether a proxy is needed")
        return Cause(
            "unreachable", _("cannot reach {where}: {why}", where=where, why=why), hint, passing=True
        )
    if errno.ETIMEDOUT in numbers:
        return timed_out(where)
    if numbers & {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED}:
        return closed(where)
    for link in links:
        if isinstance(link, OSError) and link.strerror:
            return Cause(
                "other",
                _("cannot connect to {where}: {strerror}", where=where, strerror=reason(link).lower()),
                _("look at this machine"),
            )
    return None


def timed_out(where: str, seconds: float | None = None) -> Cause:
    """Nobody answered."""
    within = "" if seconds is None else _(" within {seconds} s", seconds=decimal(f"{seconds:g}"))
    hint = _(
        "see that the host and port are right, that no firewall is in between, and whether a proxy is needed"
    )
    return Cause(
        "timeout", _("no answer from {where}{within}", where=where, within=within), hint, passing=True
    )


def closed(where: str) -> Cause:
    """The connection was there and broke."""
    return Cause(
        "closed",
        _("{where} closed the connection before its reply was complete", where=where),
        _("try again"),
        True,
    )


def not_tls(where: str) -> Cause:
    """The server speaks something else."""
    hint = _("see that the port is right; an endpoint without TLS begins with http://")
    return Cause("tls", _("{where} does not speak TLS", where=where), hint)


def _certificate(error: ssl.SSLCertVerificationError, where: str, host: str) -> Cause:
    code = error.verify_code
    if code == _EXPIRED:
        text, hint = _("has expired"), _("it has to be renewed; see that the clock of this machine is right")
    elif code == _NOT_YET_VALID:
        text, hint = _("is not valid yet"), _("see that the clock of this machine is right")
    elif code in _WRONG_NAME:
        text, hint = (
            _("is not made out to {host}", host=host),
            _("see that the endpoint's host name is right"),
        )
    elif code in _UNKNOWN_ISSUER:
        text = _("is signed by an authority that this machine does not know")
        hint = _("trust the authority: name its certificate file in the profile (or in SSL_CERT_FILE)")
    else:
        text, hint = (
            _("is not valid: {verify_message}", verify_message=error.verify_message),
            _("ask whoever runs the server"),
        )
    return Cause("tls", _("the certificate of {where} {text}", where=where, text=text), hint)


def _tls(error: ssl.SSLError, where: str) -> Cause:
    reason = error.reason or ""
    if any(name in reason for name in _NOT_TLS):
        return not_tls(where)
    said = reason.replace("_", " ").lower() or str(error.args[-1] if error.args else "")
    hint = (
        _("the server may want a client certificate")
        if "certificate" in said
        else _("ask whoever runs the server")
    )
    return Cause("tls", _("no TLS connection to {where}: {said}", where=where, said=said), hint)


def _name(error: socket.gaierror, host: str) -> Cause:
    passing = error.errno == socket.EAI_AGAIN
    why = _("the name servers do not answer") if passing else _("there is no such name")
    hint = _("see that the host is spelled right and that this machine can look up names (DNS, VPN)")
    return Cause("dns", _("cannot find the host {host}: {why}", host=host, why=why), hint, passing)
