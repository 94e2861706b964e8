"""The key is in one header, and nowhere else: every error is provoked and searched for it."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cloudmc_tui.api import (
    BadReply,
    CallTimeout,
    Client,
    CloudMCError,
    ConnectionFailed,
    KeyRefused,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RequestLog,
    ServerFailed,
    Timeouts,
)
from cloudmc_tui.path import Path

from .conftest import KEY, Connect
from .rawserver import Action, hang, raw, reply, reset, serving

LIST = Path.parse("compute-qc/production/instances")

ECHO = json.dumps({"errors": [{"code": KEY, "message": f"no {KEY}", "context": {f"a{KEY}": [{"b": KEY}]}}]})

SILENCE = hang()

Call = Callable[[Client], Awaitable[object]]


def read(client: Client) -> Awaitable[object]:
    return client.list_entities(LIST)


def write(client: Client) -> Awaitable[object]:
    return client.send("POST", LIST, body={"name": "x"})


def everything_about(error: BaseException) -> str:
    """All that a careless crash report could show, local variables included."""
    report = traceback.TracebackException(type(error), error, error.__traceback__, capture_locals=True)
    hidden = f"{error.__cause__!r} {error.__context__!r} {error.args!r} {vars(error)!r}"
    return "".join(report.format()) + str(error) + repr(error) + hidden


@pytest.mark.parametrize(
    ("call", "action", "kind"),
    [
        (read, reply(200, ECHO), Rejected),
        (read, reply(400, ECHO), Rejected),
        (read, reply(401, ECHO), KeyRefused),
        (read, reply(403, ECHO), NotAllowed),
        (read, reply(404, ECHO), NotFound),
        (read, reply(429, ECHO), RateLimited),
        (read, reply(500, ECHO), ServerFailed),
        (read, reply(503, json.dumps({"message": KEY})), ServerFailed),
        (read, reply(407, ""), ConnectionFailed),
        (read, reply(200, f"<html>{KEY}"), BadReply),
        (read, reply(200, '{"data": ["' + KEY), BadReply),
        (read, reply(502, f"<html>{KEY}"), ServerFailed),
        (read, reply(302, location=f"http://{KEY}.example/{KEY}"), BadReply),
        (read, reply(302, location=f"/{KEY}"), BadReply),
        (read, raw(KEY.encode() + b"\r\n\r\n"), BadReply),
        (read, raw(b""), ConnectionFailed),
        (read, reset(), ConnectionFailed),
        (read, raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n" + KEY[:5].encode()), ConnectionFailed),
        (read, reply(200, KEY, content_encoding="gzip"), BadReply),
        (read, SILENCE, CallTimeout),
        (write, reply(400, ECHO), Rejected),
        (write, reply(200, f"<html>{KEY}"), OutcomeUnknown),
        (write, reply(504, f"<html>{KEY}"), OutcomeUnknown),
        (write, reset(), OutcomeUnknown),
        (write, SILENCE, OutcomeUnknown),
    ],
)
async def test_no_error_holds_the_key(
    connect: Connect,
    log: RequestLog,
    caplog: pytest.LogCaptureFixture,
    call: Call,
    action: Action,
    kind: type[CloudMCError],
) -> None:
    caplog.set_level(logging.DEBUG)
    limits = Timeouts(read=0.1) if action is SILENCE else Timeouts()
    async with serving(action) as server, connect(server.url, timeouts=limits) as client:
        with pytest.raises(CloudMCError) as caught:
            await call(client)
        assert type(caught.value) is kind
        assert {seen.headers["mc-api-key"] for seen in server.seen} == {KEY} or action is SILENCE
        assert KEY not in "".join(server.targets)
    report = everything_about(caught.value)
    assert "caller.py" in report  # the traceback is there, with its locals
    assert "self = <" in report
    assert KEY not in report
    assert KEY not in repr(list(log))
    client_logs = [record.getMessage() for record in caplog.records if "response_headers" not in record.msg]
    assert KEY not in "".join(client_logs)


@pytest.mark.parametrize("call", [read, write])
@pytest.mark.parametrize("limits", [Timeouts(call=0.05), Timeouts(read=0.05)])
async def test_no_time_limit_holds_the_key(connect: Connect, call: Call, limits: Timeouts) -> None:
    async with serving(hang()) as server, connect(server.url, timeouts=limits) as client:
        with pytest.raises((CallTimeout, OutcomeUnknown, ConnectionFailed)) as caught:
            await call(client)
    assert KEY not in everything_about(caught.value)


async def test_no_cancellation_holds_the_key(connect: Connect) -> None:
    async with serving(hang()) as server, connect(server.url) as client:
        task = asyncio.ensure_future(read(client))
        while not server.seen:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
    assert KEY not in everything_about(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "settings"),
    [
        ("http://127.0.0.1:1/v1", {}),
        ("https://cloud.invalid/v1", {"proxy": "nonsense://x"}),
        ("https://cloud.invalid/v1", {"proxy": "http://127.0.0.1:1"}),
        ("https://cloud.invalid/v1", {"verify": "none.pem"}),
        ("https://cloud.invalid/v1", {"client_certificate": ("none.pem",)}),
    ],
)
async def test_no_failure_to_connect_holds_the_key(
    connect: Connect, endpoint: str, settings: dict[str, Any]
) -> None:
    async with connect(endpoint, **settings) as client:
        with pytest.raises(CloudMCError) as caught:
            await read(client)
    assert KEY not in everything_about(caught.value)


async def test_what_the_server_says_is_kept_but_for_the_key(connect: Connect) -> None:
    async with serving(reply(400, ECHO)) as server, connect(server.url) as client:
        with pytest.raises(Rejected) as caught:
            await read(client)
    assert caught.value.message == "no •••"
    assert caught.value.context == {"a•••": [{"b": "•••"}]}
    assert caught.value.code == "•••"


async def test_a_short_key_does_not_blot_out_what_the_server_says() -> None:
    from cloudmc_tui.api.failures import scrub
    from cloudmc_tui.api.settings import Secret

    assert scrub("an instance", Secret("a")) == "an instance"
