"""An ASGI application instead of the network: the same promises hold."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from cloudmc_tui.api import (
    BadReply,
    CallTimeout,
    ConnectionFailed,
    OutcomeUnknown,
    ServerFailed,
    Timeouts,
)
from cloudmc_tui.path import Path

from .conftest import Connect

LIST = Path.parse("compute-qc/production/instances")


async def test_an_app_in_process_keeps_the_time_limits_too(connect: Connect) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    async with connect(app=app, timeouts=Timeouts(read=0.02)) as client:
        with pytest.raises(CallTimeout, match="no answer within"):
            await client.services()
        with pytest.raises(OutcomeUnknown):
            await client.send("POST", LIST)
    async with connect(app=app, timeouts=Timeouts(call=0.02)) as client:
        with pytest.raises(CallTimeout, match="not done within"):
            await client.services()


async def test_an_app_in_process_that_crashes_is_a_server_that_failed(connect: Connect) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("bug")

    async with connect(app=app) as client:
        with pytest.raises(ServerFailed, match="500: internal server error"):
            await client.services()


async def test_an_app_in_process_that_says_nothing(connect: Connect) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        return

    async with connect(app=app) as client:
        with pytest.raises(ConnectionFailed, match="the request to demo:80 failed"):
            await client.services()


async def test_an_app_in_process_has_the_limit_on_size(connect: Connect) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps({"data": ["x" * 5000]}).encode()})

    async with connect(app=app, max_reply_bytes=1000) as client:
        with pytest.raises(BadReply, match="larger than the limit"):
            await client.services()


async def test_no_environment_proxy_is_between_us_and_an_app(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"data": []}'})

    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    async with connect("https://demo/v1", app=app) as client:
        assert await client.services() == []
