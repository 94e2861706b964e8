"""A cloud whose replies are whatever a test says: for names, shapes and errors that the simulator,
which behaves, would not give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloudmc_tui.api import Client, ConnectionSettings, RequestLog, Secret
from cloudmc_tui.catalog import load_catalog
from cloudmc_tui.execution import Execution
from cloudmc_tui.inventory import Inventory
from cloudmc_tui.operations import WriteGuard
from cloudmc_tui.profiles import HeldKey, Profile
from cloudmc_tui.session import Session
from cloudmc_tui.tasks import AsyncLedger

KEY = "sentinel-key-4f1d"

SERVICE = {
    "id": "s1",
    "serviceCode": "svc",
    "name": "Service",
    "type": "CloudCA",
    "status": {"reachable": True},
}
ENVIRONMENT = {
    "id": "e1",
    "name": "env",
    "description": "an environment",
    "organization": {"id": "o1", "name": "Org"},
    "serviceConnection": {"id": "s1", "name": "Service", "serviceCode": "svc"},
}

Answer = Any
"""What to answer: JSON for ``data``, a ``Response``, or a function of no arguments that gives either."""


class OddCloud:
    """An ASGI application with an answer for each path.

    Attributes:
        answers: path below ``/v1`` → answer; changed by a test as it goes.
        requests: the paths asked for, in order.
    """

    def __init__(self, answers: dict[str, Answer] | None = None) -> None:
        self.answers: dict[str, Answer] = {
            "/services/connections": [SERVICE],
            "/environments": [ENVIRONMENT],
            **(answers or {}),
        }
        self.requests: list[str] = []
        self.app = Starlette(
            routes=[Route("/v1/{path:path}", self._answer, methods=["GET", "POST", "PUT", "DELETE"])]
        )

    async def _answer(self, request: Request) -> Response:
        path = request.url.path.removeprefix("/v1")
        self.requests.append(path)
        answer = self.answers.get(path)
        if not isinstance(answer, Response) and callable(answer):
            answer = answer()
        if isinstance(answer, Response):
            return answer
        if answer is None and path not in self.answers:
            return failure(404, 404, "not found")
        return reply(answer)

    async def session(self, *, clock: Callable[[], float] = lambda: 1_781_515_800.0) -> Session:
        """A session with it; nothing is retried for long, as its clock does not wait."""
        settings = ConnectionSettings("http://odd.invalid/v1", Secret(KEY))

        async def sleep(_seconds: float) -> None:
            return None

        guard, requests = WriteGuard(), RequestLog()
        client = Client(settings, app=self.app, sleep=sleep, on_request=requests, write_guard=guard)
        catalog = load_catalog()
        inventory = Inventory(client, catalog, clock=clock)
        ledger = await AsyncLedger.open(None, clock=clock)
        execution = Execution(profile(), client, inventory, guard, ledger)
        return Session(
            profile(), catalog, client, inventory, guard, execution, ledger, clock=clock, requests=requests
        )


def profile() -> Profile:
    """The profile of an odd cloud."""
    return Profile(name="odd", endpoint="http://odd.invalid/v1", key=HeldKey(Secret(KEY), "a test"))


def reply(data: Any, status: int = 200) -> Response:
    """A reply with this data."""
    body: dict[str, Any] = {"data": data}
    if isinstance(data, list):
        body["metadata"] = {"recordCount": len(data)}
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def failure(status: int, code: int, message: str) -> Response:
    """A reply with one error."""
    body = {"errors": [{"code": code, "errorCode": str(code), "message": message, "context": {}}]}
    return Response(msgspec.json.encode(body), status, media_type="application/json")


HOSTILE = [
    "[bold red]markup[/] [link=x]y[/link] [@click=app.quit]z[/]",
    "\x1b[2J\x1b]0;title\x07esc",
    "line\nbreak\ttab\rreturn",
    "\u202eright-to-left override\u202c",
    "宽字符 全角 👩‍👩‍👧",
    "x" * 5000,
    "",
    "c1 \x9b31m \x90",
    "combining ẹ́̂ ͜͡",
]
"""Names that a terminal, a markup parser or a layout could trip over."""
