"""The ASGI application: addresses, the key, faults, the request log, and the error of every kind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, unquote

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cloudmc_tui.simulator import errors, services
from cloudmc_tui.simulator.faults import fault
from cloudmc_tui.simulator.http import Reply, Request, Router, Segments
from cloudmc_tui.simulator.platform import environments, reads, reports
from cloudmc_tui.simulator.requests import RequestLog
from cloudmc_tui.simulator.settings import Settings
from cloudmc_tui.simulator.world import World

_BASES = (("v1",), ("api", "v1"), ("api", "v2"))


class SimulatorApp:
    """A simulated cloud as an ASGI application.

    Attributes:
        world: the cloud.
        requests: the log of what was asked.
    """

    def __init__(self, settings: Settings | None = None, clock: Callable[[], float] = time.time) -> None:
        """Make one.

        Args:
            settings: what it is like.
            clock: gives the time in seconds since the epoch; tasks end by it.
        """
        self.world = World(settings or Settings(), clock)
        self.requests = RequestLog()
        self._router = Router()
        for part in (reads, environments, reports, services):
            self._router.merge(part.router)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request; a mistake of ours is answered too, then raised for the server's log."""
        http = HttpRequest(scope, receive)
        try:
            content = await http.body()
            if self.world.settings.latency:
                await asyncio.sleep(self.world.settings.latency)
            reply = self._answer(http, content)
        except Exception:
            await _response(Reply.error(errors.stumbled()))(scope, receive, send)
            raise
        await _response(reply)(scope, receive, send)

    def _answer(self, http: HttpRequest, content: bytes) -> Reply:
        world = self.world
        world.settle()
        query = dict(parse_qsl(http.url.query, keep_blank_values=True))
        template: Segments = ()
        segments: Segments = ()
        try:
            template = segments = _segments(http)
            template, variables, endpoints = self._router.match(segments)
            request = Request(world, http.method, variables, query, content)
            reply = fault(request, segments) or _reply(request, endpoints, http.headers.get("MC-Api-Key"))
        except errors.ApiError as error:
            reply = Reply.error(error)
        self.requests.note(world.now(), http.method, template, segments, query, reply)
        return reply


def _response(reply: Reply) -> Response:
    return Response(reply.content, reply.status, dict(reply.headers), reply.media_type)


def _reply(request: Request, endpoints: dict[str, Callable[[Request], Reply]], key: str | None) -> Reply:
    if key is None:
        raise errors.no_key()
    if key != request.world.settings.key:
        raise errors.wrong_key()
    endpoint = endpoints.get(request.method)
    if endpoint is None:
        raise errors.method_not_allowed(request.method, sorted(endpoints))
    return endpoint(request)


def _segments(http: HttpRequest) -> Segments:
    """The path below the base, split and decoded; doubled and trailing slashes do not count.

    Raises:
        ApiError: 404, it is below none of the bases.
    """
    raw = http.scope.get("raw_path") or quote(http.scope["path"]).encode()
    path = raw.decode("ascii", "replace").partition("?")[0]
    parts = tuple(unquote(part) for part in path.split("/") if part)
    for base in _BASES:
        if parts[: len(base)] == base:
            return parts[len(base) :]
    raise errors.unknown("endpoint", path)
