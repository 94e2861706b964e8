"""The first steps of a test, before anything is asked: name, connection, certificate. No key is sent."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import socket
import ssl
import time
from collections.abc import AsyncGenerator, Callable
from datetime import datetime, timezone
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from cloudmc_tui.api.checks import Check, Clock, Outcome, check, failed
from cloudmc_tui.api.errors import BadSettings, ConnectionFailed
from cloudmc_tui.api.network import Cause, find_cause, not_tls, timed_out
from cloudmc_tui.api.settings import ConnectionSettings, is_insecure, parse_endpoint
from cloudmc_tui.formats.dates import day
from cloudmc_tui.language import _, decimal, number

DAYS_OF_GRACE = 21
"""A certificate that ends sooner is worth a warning."""

_DAY = 86_400

_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}

_LONGEST_REPLY = 65_536


class _Hop(Struct, frozen=True):
    """Where a TCP connection goes: the endpoint's host, or a proxy."""

    scheme: str
    host: str
    port: int
    login: str = ""

    @classmethod
    def of(cls, url: str) -> _Hop:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
        return cls(parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80), login)

    @property
    def where(self) -> str:
        """For people and for ``CONNECT``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class _Failed(Exception):
    """A step did not succeed."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.text)
        self.cause = cause


async def check_network(
    settings: ConnectionSettings,
    *,
    clock: Clock = time.monotonic,
    now: Callable[[], float] = time.time,
) -> AsyncGenerator[Check, None]:
    """Test the way to an endpoint.

    Args:
        settings: where; the key does not matter.
        clock: seconds that only go forward.
        now: seconds since the epoch, for the certificate's end.

    Yields:
        ``name``, ``connection`` and ``certificate``; nothing more after the first that failed.
    """
    try:
        target = _Hop.of(parse_endpoint(settings.endpoint))
    except BadSettings as error:
        yield failed("name", error, 0.0)
        return
    proxy = _proxy(settings, target)
    first = proxy or target
    by = _(" (the proxy {where})", where=proxy.where) if proxy else ""
    begun, step = clock(), "name"
    try:
        addresses = await _resolve(first, settings.timeouts.connect)
        yield check(step, Outcome.OK, f"{first.host}{by}: {', '.join(addresses)}", clock() - begun)
        begun, step = clock(), "connection"
        address, streams = await _connect(first, addresses, settings.timeouts.connect)
        try:
            tunnel = proxy is not None and target.scheme == "https" and proxy.scheme == "http"
            if proxy is not None and tunnel:
                await _tunnel(streams, proxy, target, settings.timeouts.connect)
            to = _("{address} port {port}", address=address, port=first.port) + (
                _(", on to {where}", where=target.where) if tunnel else by
            )
            yield check(step, Outcome.OK, to, clock() - begun)
            begun, step = clock(), "certificate"
            if proxy is not None and not tunnel and target.scheme == "https":
                yield check(
                    step,
                    Outcome.SKIPPED,
                    _("not looked at through a {scheme} proxy", scheme=proxy.scheme),
                )
            elif target.scheme == "http":
                yield _without_tls(settings)
            else:
                found = await _certificate(streams, target, settings)
                yield _judged(found, settings, now(), clock() - begun)
        finally:
            streams[1].transport.abort()
    except _Failed as error:
        cause = error.cause
        yield check(step, Outcome.FAILED, cause.text, clock() - begun, cause.hint)
    except (BadSettings, ConnectionFailed) as error:
        yield failed(step, error, clock() - begun)


def _proxy(settings: ConnectionSettings, target: _Hop) -> _Hop | None:
    """The proxy that requests to the endpoint take: the profile's, or the environment's."""
    if settings.proxy:
        return _Hop.of(settings.proxy)
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    url = proxies.get(target.scheme) or proxies.get("all")
    return _Hop.of(url) if url and not proxy_bypass(target.where) else None


async def _resolve(hop: _Hop, limit: float) -> list[str]:
    """The addresses of a host."""
    try:
        return [str(ipaddress.ip_address(hop.host))]
    except ValueError:
        pass
    looking = asyncio.get_running_loop().getaddrinfo(hop.host, hop.port, type=socket.SOCK_STREAM)
    try:
        found = await asyncio.wait_for(looking, limit)
    except asyncio.TimeoutError:
        hint = _("see that this machine's name servers answer (DNS, VPN)")
        raise _Failed(
            Cause(
                "dns",
                _("{host} was not found within {limit} s", host=hop.host, limit=decimal(f"{limit:g}")),
                hint,
            )
        ) from None
    except OSError as error:
        raise _failed(error, hop) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _connect(hop: _Hop, addresses: list[str], limit: float) -> tuple[str, Streams]:
    """A connection to the first address that takes one."""
    problem: _Failed | None = None
    for address in addresses:
        try:
            return address, await asyncio.wait_for(asyncio.open_connection(address, hop.port), limit)
        except asyncio.TimeoutError:
            problem = _Failed(timed_out(hop.where, limit))
        except OSError as error:
            problem = _failed(error, hop)
    raise problem or _Failed(
        Cause("dns", _("{host} has no address", host=hop.host), _("see that the name is right"))
    )


async def _tunnel(streams: Streams, proxy: _Hop, target: _Hop, limit: float) -> None:
    """Have a proxy connect us on."""
    reader, writer = streams
    login = f"Proxy-Authorization: Basic {base64.b64encode(proxy.login.encode()).decode()}\r\n"
    request = f"CONNECT {target.where} HTTP/1.1\r\nHost: {target.where}\r\n{login if proxy.login else ''}\r\n"
    hint = _("see that the proxy is right, and that it may connect to that host and port")
    try:
        writer.write(request.encode("latin-1", "replace"))
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), limit)
    except asyncio.TimeoutError:
        raise _Failed(timed_out(_("the proxy {where}", where=proxy.where), limit)) from None
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        said = _("the proxy {where} does not answer like one", where=proxy.where)
        raise _Failed(Cause("proxy", said, hint)) from None
    status = head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")[2]
    if not status.startswith("200"):
        if status.startswith("407"):
            hint = _(
                "give user name and password in the proxy's URL: http://user:password@proxy.example:3128"
            )
        raise _Failed(
            Cause(
                "proxy",
                _("the proxy {where} does not connect: {status}", where=proxy.where, status=status),
                hint,
            )
        )


async def _certificate(streams: Streams, target: _Hop, settings: ConnectionSettings) -> dict[str, object]:
    """The server's certificate, checked as the settings say; nothing in it where that is not at all."""
    context = await asyncio.to_thread(_context, settings)
    writer, loop = streams[1], asyncio.get_running_loop()
    protocol = writer.transport.get_protocol()
    try:
        encrypted = await loop.start_tls(
            writer.transport,
            protocol,
            context,
            server_hostname=target.host,
            ssl_handshake_timeout=settings.timeouts.connect,
        )
    except (OSError, ssl.SSLError, asyncio.TimeoutError) as error:
        if await _spoke_first(streams[0]):
            raise _Failed(not_tls(target.where)) from None
        raise _failed(error, target, handshaking=True) from None
    if encrypted is None:
        raise _failed(ConnectionResetError(), target, handshaking=True)
    found = encrypted.get_extra_info("ssl_object").getpeercert() or {}
    encrypted.abort()
    return dict(found)


async def _spoke_first(reader: asyncio.StreamReader) -> bool:
    """Whether the server said something before we did, as no server does that speaks TLS."""
    reader.feed_eof()
    return bool(await reader.read(1))


def _context(settings: ConnectionSettings) -> ssl.SSLContext:
    from cloudmc_tui.api.wire import tls_context

    return tls_context(replace(settings, endpoint=parse_endpoint(settings.endpoint)))


def _judged(certificate: dict[str, object], settings: ConnectionSettings, now: float, took: float) -> Check:
    if settings.verify is False:
        return check(
            "certificate",
            Outcome.WARNING,
            _("not checked, as the profile says (verify = false)"),
            took,
            _("anyone on the way can pose as the server; trust its authority instead (ca_file)"),
        )
    ends = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    days = int((ends - now) // _DAY)
    until = day(datetime.fromtimestamp(ends, timezone.utc))
    detail = _("until {until} ({days} days)", until=until, days=number(days)) + (
        _(", issued by {by}", by=by) if (by := _issuer(certificate)) else ""
    )
    if days < DAYS_OF_GRACE:
        return check("certificate", Outcome.WARNING, detail, took, _("it has to be renewed soon"))
    return check("certificate", Outcome.OK, detail, took)


def _issuer(certificate: dict[str, object]) -> str:
    """Who has signed a certificate."""
    issuer = certificate.get("issuer")
    named = {name: value for part in issuer for name, value in part} if isinstance(issuer, tuple) else {}
    return str(named.get("organizationName") or named.get("commonName") or "")


def _without_tls(settings: ConnectionSettings) -> Check:
    if not is_insecure(settings.endpoint):
        return check("certificate", Outcome.SKIPPED, _("none: http within this machine"))
    return check(
        "certificate",
        Outcome.WARNING,
        _("none: http, so the key travels in clear"),
        hint=_("use https:// if the server can"),
    )


def _failed(error: BaseException, hop: _Hop, *, handshaking: bool = False) -> _Failed:
    cause = find_cause(error, where=hop.where, host=hop.host, handshaking=handshaking)
    return _Failed(
        cause
        or Cause(
            "other",
            _("cannot connect to {where}: {name}", where=hop.where, name=type(error).__name__),
            "",
        )
    )
