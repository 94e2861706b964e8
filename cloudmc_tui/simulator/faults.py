"""Faults: what a client has to survive, in a share of the requests.

Which request fails, and how, depends on the seed, the request's method and path, and how often that
was asked: the same conversation fails in the same places, whatever else goes on.
"""

from __future__ import annotations

from collections.abc import Callable

from cloudmc_tui.simulator import errors
from cloudmc_tui.simulator.http import Reply, Request, Segments
from cloudmc_tui.simulator.store import encode

_PROXY_PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    b"<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n"
)


def _error(status: int, code: int, message: str, retry_after: int | None = None) -> Reply:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Reply(encode({"errors": [errors.item(code, message)]}), status, headers)


FAULTS: tuple[Callable[[], Reply], ...] = (
    lambda: _error(429, 1029, "Too many requests.", retry_after=1),
    lambda: _error(503, 1503, "The service is being maintained.", retry_after=2),
    lambda: _error(503, 1503, "The service is busy."),
    lambda: _error(500, 1500, "Something went wrong on our side."),
    lambda: Reply(_PROXY_PAGE, 502, {}, "text/html"),
    lambda: Reply(b"", 504, {}, "text/plain"),
    lambda: _error(200, 1500, "Something went wrong on our side."),
    lambda: Reply(b'{"data": [{"id": "', 200),
)
"""429 and 503 with and without Retry-After, 500, a proxy's page, an empty 504, a 200 that has
``errors``, and a 200 that breaks off. None of them has reached the cloud."""


def fault(request: Request, segments: Segments) -> Reply | None:
    """The fault that this request meets, if it meets one."""
    rate = request.world.settings.fail_rate
    if rate <= 0:
        return None
    about = (request.method, *segments, request.query.get("operation", ""))
    if request.world.draw("fault", *about) >= rate:
        return None
    return FAULTS[int(request.world.draw("kind", *about) * len(FAULTS))]()
