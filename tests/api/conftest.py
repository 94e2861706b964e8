"""What the client's tests share: a key, settings, and a time that only passes when asked to."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest

from cloudmc_tui.api import Client, ConnectionFailed, ConnectionSettings, RequestLog, Secret

KEY = "SENTINEL-k3y-0123456789"

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=timezone.utc)


@dataclass
class Time:
    """A clock, and a sleep that moves it."""

    seconds: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


class LongestJitter(random.Random):
    """Full jitter at its longest, so that pauses can be told."""

    def uniform(self, a: float, b: float) -> float:
        return b


Connect = Callable[..., Client]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def log() -> RequestLog:
    return RequestLog()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxies are not part of a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def let_out(method: str, path: str) -> None:
    """A write guard that lets everything out: what guards decide is tested with them."""


@pytest.fixture
def connect(time: Time, log: RequestLog) -> Connect:
    """Make a client in virtual time: ``connect(url, app=…, transport=…, **settings)``."""

    def make(
        endpoint: str = "http://demo/v1", *, app: Any = None, transport: Any = None, **more: Any
    ) -> Client:
        return Client(
            ConnectionSettings(endpoint, Secret(KEY), **more),
            app=app,
            transport=transport,
            on_request=log,
            write_guard=let_out,
            clock=time.clock,
            sleep=time.sleep,
            random=LongestJitter(),
            now=lambda: NOW,
        )

    return make


class Cloud:
    """Answers every request with what it is told to; remembers the requests."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self.replies: dict[str, httpx.Response] = {}
        self.reply = httpx.Response(200, json={"data": []})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        found = self.replies.get(request.url.path, self.reply)
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    @property
    def targets(self) -> list[str]:
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.seen]

    def answers(self, status: int, body: Any = b"", **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.reply = httpx.Response(status, content=content, headers=headers)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def make(cloud: Cloud, connect: Connect) -> Callable[..., Client]:
    return lambda **settings: connect(transport=httpx.MockTransport(cloud), **settings)


async def failing(client: Client, call: Callable[[Client], Any]) -> ConnectionFailed:
    async with client:
        with pytest.raises(ConnectionFailed) as caught:
            await call(client)
    assert caught.value.hint
    return caught.value
