"""One HTTP exchange: the only module that imports httpx, and only once a connection is opened.

What goes wrong in an exchange comes back as a value. An exception would carry the frames of httpx on its
traceback, whose locals hold the API key.
"""

from __future__ import annotations

import ssl
import sys
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit

from cloudmc_tui.api.errors import BadSettings, CloudMCError, ConnectionFailed
from cloudmc_tui.api.exchange import (
    Progress,
    RawReply,
    Trouble,
    in_time,
    request_headers,
    too_large,
    too_slow,
)
from cloudmc_tui.api.network import Cause, closed, find_cause, timed_out
from cloudmc_tui.api.settings import ConnectionSettings, hide_userinfo
from cloudmc_tui.formats.system import reason
from cloudmc_tui.language import N_, _

# httpx brings a command line of its own where click is there, with pygments and more: half of its import.
sys.modules["httpx._main"] = None  # type: ignore[assignment]
import httpx  # noqa: E402

del sys.modules["httpx._main"]

KEEPALIVE = 4.0
"""Seconds that an idle connection is kept: less than the 5 s after which common servers close theirs, as
a mutation sent into a closing connection has an unknown outcome."""


class Wire:
    """An ``httpx.AsyncClient`` with everything set; made by :func:`open_wire`."""

    def __init__(self, http: httpx.AsyncClient, settings: ConnectionSettings, *, in_process: bool) -> None:
        self._http = http
        self._settings = settings
        self._in_process = in_process

    async def exchange(
        self, method: str, url: str, body: bytes | None, progress: Progress
    ) -> RawReply | Trouble:
        """Make an exchange over the network."""
        work = self._exchange(method, url, body, progress)
        if not self._in_process:
            return await work
        progress.sent = True
        return await in_time(self._settings.timeouts.read, work)

    async def _exchange(
        self, method: str, url: str, body: bytes | None, progress: Progress
    ) -> RawReply | Trouble:
        try:
            request = self._http.stream(method, url, content=body, extensions={"trace": progress.trace})
            async with request as response:
                progress.status = response.status_code
                return await self._read(response, progress)
        except Exception as error:
            return self._explain(error, progress)

    async def _read(self, response: httpx.Response, progress: Progress) -> RawReply | Trouble:
        limit = self._settings.max_reply_bytes
        body = bytearray()  # one block, and no copy of it: the system has it back as soon as it is read
        async for chunk in response.aiter_bytes():
            progress.size += len(chunk)
            if progress.size > limit:
                return too_large(limit)
            body += chunk
        return RawReply(response.status_code, response.headers, body)

    def _explain(self, error: Exception, progress: Progress) -> Trouble:
        target = _address(self._settings.endpoint)
        before_server = progress.connected_to not in (None, target) and not (
            progress.tunnelled or progress.sent
        )
        host, port = (progress.connected_to if before_server else None) or target
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if isinstance(error, httpx.DecodingError):
            return Trouble("reply", _("the reply is packed in a way that cannot be unpacked"))
        if isinstance(error, (httpx.ReadTimeout, httpx.WriteTimeout)) and progress.sent:
            return too_slow(self._settings.timeouts.read)
        if isinstance(error, httpx.RemoteProtocolError) and "location header" in str(error):
            return Trouble("reply", _("the reply redirects to something that is no URL"))
        if isinstance(error, httpx.RemoteProtocolError) and not _broke_off(error):
            return Trouble(
                "reply",
                _("{where} does not answer in HTTP", where=where),
                _("see that the port and the scheme are right"),
            )
        if isinstance(error, httpx.ProxyError):
            return Trouble(
                "proxy",
                _("the proxy {where} does not connect: {error}", where=where, error=error),
                _(_PROXY_HINT),
            )
        cause = self._find_cause(error, where, host, progress)
        if before_server:
            return Trouble(
                "proxy", _("the proxy fails: {text}", text=cause.text), _(_PROXY_HINT), cause.passing
            )
        return Trouble(cause.kind, cause.text, cause.hint, cause.passing)

    def _find_cause(self, error: Exception, where: str, host: str, progress: Progress) -> Cause:
        if isinstance(error, httpx.TimeoutException):
            return timed_out(where, self._settings.timeouts.connect)
        cause = find_cause(error, where=where, host=host, handshaking=progress.handshaking)
        if cause is None and isinstance(
            error, (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
        ):
            cause = closed(where)
        return cause or Cause(
            "other",
            _("the request to {where} failed: {name}", where=where, name=type(error).__name__),
            "",
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()


_PROXY_HINT = N_("see that the proxy is right: the profile's, or HTTPS_PROXY and NO_PROXY in the environment")


def _broke_off(error: httpx.RemoteProtocolError) -> bool:
    """Whether the connection ended early; the alternative is that it never spoke HTTP."""
    return "disconnected" in str(error) or "peer closed" in str(error)


def _address(endpoint: str) -> tuple[str, int]:
    parts = urlsplit(endpoint)
    return parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]


def open_wire(settings: ConnectionSettings, *, transport: Any = None) -> Wire:
    """Make the HTTP client. It takes a while (certificates are loaded), and it may run in any thread.

    Args:
        settings: with a parsed endpoint and a checked key.
        transport: an ``httpx.AsyncBaseTransport`` to use instead of the network, for tests.

    Raises:
        BadSettings: when a certificate's file cannot be used.
        ConnectionFailed: when the proxy cannot be used.
    """
    try:
        context = tls_context(settings)
        http = httpx.AsyncClient(
            headers={**request_headers(settings.key), "Accept-Encoding": "gzip"},
            verify=context,
            proxy=settings.proxy,
            transport=transport,
            timeout=httpx.Timeout(
                settings.timeouts.read, connect=settings.timeouts.connect, pool=settings.timeouts.call
            ),
            # the slots bound the connections; a bound here would count those that httpcore lost
            limits=httpx.Limits(
                max_connections=None,
                max_keepalive_connections=settings.max_concurrency,
                keepalive_expiry=KEEPALIVE,
            ),
        )
        return Wire(http, settings, in_process=transport is not None)
    except BadSettings:
        raise
    except ImportError:
        problem = _proxy_failure(_("a SOCKS proxy needs the Python package socksio"), "pip install socksio")
    except Exception:
        shown = (
            _("the proxy {hide_userinfo!r}", hide_userinfo=hide_userinfo(settings.proxy))
            if settings.proxy
            else _("a proxy in the environment")
        )
        problem = _proxy_failure(
            _("{shown} cannot be used", shown=shown), _("a proxy looks like http://proxy.example:3128")
        )
    raise problem


def _proxy_failure(text: str, hint: str) -> CloudMCError:
    return ConnectionFailed(text, kind="proxy", hint=hint)


def tls_context(settings: ConnectionSettings) -> ssl.SSLContext:
    if urlsplit(settings.endpoint).scheme != "https":
        return httpx.create_ssl_context(verify=False)  # made quickly, and never used
    verify = settings.verify
    if isinstance(verify, str):
        context = _trust(verify)
    else:
        context = httpx.create_ssl_context(verify=verify)
        if verify:  # beside the authorities that httpx brings: a company's own are in the system's store
            context.load_default_certs()
    if settings.client_certificate:
        _present(context, *settings.client_certificate)
    return context


def _trust(name: str) -> ssl.SSLContext:
    path = FilePath(name).expanduser()
    problem = _("there is no file {name!r}", name=name)
    if path.exists():
        try:
            if path.is_dir():
                return ssl.create_default_context(capath=str(path))
            return ssl.create_default_context(cafile=str(path))
        except OSError as error:  # ssl.SSLError is one
            problem = _(
                "{name!r} cannot be read as certificates ({strerror})",
                name=name,
                strerror=reason(error),
            )
    raise BadSettings(
        _("certificate authorities: {problem}", problem=problem), hint=_("it is a file in PEM format")
    )


def _present(context: ssl.SSLContext, certificate: str, key: str = "", password: str = "") -> None:
    files = [str(FilePath(name).expanduser()) for name in (certificate, key) if name]
    try:
        # always a password, or OpenSSL asks for one on the terminal
        context.load_cert_chain(files[0], files[1] if key else None, password=password)
        return
    except OSError as error:
        problem = reason(error)
    raise BadSettings(
        _("client certificate {certificate!r}: {problem}", certificate=certificate, problem=problem),
        hint=_("certificate and key are files in PEM format; an encrypted key needs its password"),
    )
