"""One exchange with an ASGI application in this process, as the demo cloud is: without httpx, whose import
takes a tenth of the time until the demo cloud is on screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

from cloudmc_tui.api.exchange import Progress, RawReply, Trouble, in_time, request_headers, too_large
from cloudmc_tui.api.settings import ConnectionSettings
from cloudmc_tui.language import _

Message = MutableMapping[str, Any]
AsgiApp = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


class _TooLarge(Exception):
    """The reply is over the limit."""


class InProcess:
    """An :class:`Exchanger` that asks an application."""

    def __init__(self, app: AsgiApp, settings: ConnectionSettings) -> None:
        self._app = app
        self._settings = settings
        self._headers = [
            (name.lower().encode(), value.encode()) for name, value in request_headers(settings.key).items()
        ]

    async def exchange(
        self, method: str, url: str, body: bytes | None, progress: Progress
    ) -> RawReply | Trouble:
        """Make an exchange; what the application raises is a server's 500."""
        progress.sent = True
        return await in_time(self._settings.timeouts.read, self._exchange(method, url, body, progress))

    async def _exchange(
        self, method: str, url: str, body: bytes | None, progress: Progress
    ) -> RawReply | Trouble:
        parts = urlsplit(url)
        scope: Message = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "headers": self._headers,
            "scheme": parts.scheme,
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "server": (parts.hostname, parts.port),
            "client": None,
            "root_path": "",
        }
        sent = [{"type": "http.request", "body": body or b"", "more_body": False}]
        headers: dict[str, str] = {}
        reply = bytearray()

        async def receive() -> Message:
            return sent.pop() if sent else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                progress.status = message["status"]
                headers.update((n.decode("latin-1"), v.decode("latin-1")) for n, v in message["headers"])
                return
            part = message.get("body", b"")
            progress.size += len(part)
            if progress.size > self._settings.max_reply_bytes:
                raise _TooLarge
            reply.extend(part)

        try:
            await self._app(scope, receive, send)
        except _TooLarge:
            return too_large(self._settings.max_reply_bytes)
        except Exception:
            progress.status = progress.status or 500
        if progress.status is None:
            where = f"{parts.hostname}:{parts.port or {'http': 80, 'https': 443}[parts.scheme]}"
            return Trouble("other", _("the request to {where} failed: {name}", where=where, name="NoReply"))
        return RawReply(progress.status, headers, reply)
