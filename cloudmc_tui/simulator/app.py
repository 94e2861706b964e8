"""The ASGI application: addresses, the key, faults, the request log, and the error of every kind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, unquote

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from cloudmc_tui.simulator import errors, services
from cloudmc_tui.simulator.faults import fault
from cloudmc_tui.simulator.http import Reply, Request, Router, Segments
from cloudmc_tui.simulator.platform import environments, reads, reports
from cloudmc_tui.simulator.requests import RequestLog
from cloudmc_tui.simulator.settings import Settings
from cloudmc_tui.simulator.world import World

_BASES = (("v1",), ("api", "v1"), ("api", "v2"))
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(settings: Settings | None = None, clock: Callable[[], float] = time.time) -> Starlette:
    """A simulated cloud as an ASGI application.

    Args:
        settings: what it is like.
        clock: gives the time in seconds since the epoch; tasks end by it.

    Returns:
        the application; ``state.world`` is the cloud, ``state.requests`` the log of what was asked.
    """
    world = World(settings or Settings(), clock)
    log = RequestLog()
    router = Router()
    for part in (reads, environments, reports, services):
        router.merge(part.router)

    async def endpoint(http: HttpRequest) -> Response:
        content = await http.body()
        if world.settings.latency:
            await asyncio.sleep(world.settings.latency)
        reply = _answer(world, log, router, http, content)
        return Response(reply.content, reply.status, dict(reply.headers), reply.media_type)

    async def stumble(_: HttpRequest, __: Exception) -> Response:
        reply = Reply.error(errors.stumbled())
        return Response(reply.content, reply.status, media_type=reply.media_type)

    routes = [Route("/{path:path}", endpoint, methods=_METHODS)]
    app = Starlette(routes=routes, exception_handlers={Exception: stumble})
    app.state.world = world
    app.state.requests = log
    return app


def _answer(world: World, log: RequestLog, router: Router, http: HttpRequest, content: bytes) -> Reply:
    world.settle()
    query = dict(parse_qsl(http.url.query, keep_blank_values=True))
    template: Segments = ()
    segments: Segments = ()
    try:
        template = segments = _segments(http)
        template, variables, endpoints = router.match(segments)
        request = Request(world, http.method, variables, query, content)
        reply = fault(request, segments) or _reply(request, endpoints, http.headers.get("MC-Api-Key"))
    except errors.ApiError as error:
        reply = Reply.error(error)
    log.note(world.now(), http.method, template, segments, query, reply)
    return reply


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
