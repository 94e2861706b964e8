"""What went wrong: every failing reply has its error."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cloudmc_tui.api import (
    BadReply,
    Client,
    CloudMCError,
    KeyRefused,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    ServerFailed,
)
from cloudmc_tui.api.envelope import decode
from cloudmc_tui.path import Path

from .conftest import Cloud

LIST = Path.parse("compute-qc/production/instances")
ONE = LIST.child("i-1")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, KeyRefused),
        (403, NotAllowed),
        (404, NotFound),
        (405, Rejected),
        (409, Rejected),
        (418, Rejected),
        (422, Rejected),
        (429, RateLimited),
        (500, ServerFailed),
        (501, ServerFailed),
        (502, ServerFailed),
        (503, ServerFailed),
        (599, ServerFailed),
        (200, Rejected),
        (202, Rejected),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_status_has_its_error(
    cloud: Cloud, make: Callable[..., Client], status: int, kind: type[CloudMCError], method: str
) -> None:
    errors = [
        {"code": 2012, "message": "Not now", "context": {"state": "Odd"}},
        {"errorCode": "X", "message": "And"},
    ]
    cloud.answers(status, {"errors": errors})
    async with make() as client:
        with pytest.raises(CloudMCError) as caught:
            await (client.get_entity(ONE) if method == "GET" else client.send("POST", ONE, operation="stop"))
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code, error.context) == (status, "2012", {"state": "Odd"})
    assert [item.code for item in error.errors] == ["2012", "X"]
    assert (error.method, error.endpoint) == (method, "http://demo/v1")
    assert error.path == "/services/compute-qc/production/instances/i-1" + (
        "?operation=stop" if method == "POST" else ""
    )
    assert "code 2012: Not now (state: Odd); code X: And" in str(error)
    assert str(error).startswith(f"{method} {error.path}: {status}") or kind in (KeyRefused, RateLimited)


@pytest.mark.parametrize(
    "message", ["Invalid API key", "The apikey is unknown", "Authentication required", "Bad credentials"]
)
async def test_a_403_may_mean_the_key(cloud: Cloud, make: Callable[..., Client], message: str) -> None:
    cloud.answers(403, {"errors": [{"code": 1, "message": message}]})
    async with make() as client:
        with pytest.raises(KeyRefused) as caught:
            await client.services()
    assert f"the API key was refused by http://demo/v1 (code 1: {message})" in str(caught.value)


async def test_a_403_for_lack_of_permission_is_not_about_the_key(
    cloud: Cloud, make: Callable[..., Client]
) -> None:
    cloud.answers(403, {"errors": [{"code": 1, "message": "You do not have permission to view instances"}]})
    async with make() as client:
        with pytest.raises(NotAllowed) as caught:
            await client.services()
    assert type(caught.value) is NotAllowed
    assert "permission" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html><h1>502 Bad Gateway</h1></html>", "502: bad gateway (an HTML page)"),
        (b"", "502: bad gateway"),
        (b"upstream error", "502: bad gateway (not JSON)"),
        ({"message": "no upstream"}, "502: no upstream"),
        ({"error": "Oops", "status": 502}, "502: Oops"),
        ({"data": {}}, "502: bad gateway"),
        ([1], "502: bad gateway"),
    ],
)
async def test_a_failure_without_errors_is_named_all_the_same(
    cloud: Cloud, make: Callable[..., Client], body: Any, said: str
) -> None:
    cloud.answers(502, body)
    async with make() as client:
        with pytest.raises(ServerFailed) as caught:
            await client.services()
    assert str(caught.value) == f"GET /services/connections: {said}"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!doctype html><title>Sign in</title>", "the reply is an HTML page"),
        (b'{"data": [{"id": 1}', "the reply is JSON that breaks off"),
        (b"\x1b[31mhello", "the reply is not JSON"),
    ],
)
async def test_an_unreadable_reply(cloud: Cloud, make: Callable[..., Client], body: bytes, said: str) -> None:
    cloud.answers(200, body)
    async with make() as client:
        with pytest.raises(BadReply, match=said) as caught:
            await client.list_entities(LIST)
        assert caught.value.excerpt == body.decode().replace("\x1b", "\\x1b")
        with pytest.raises(OutcomeUnknown, match=f"outcome unknown: {said}") as unknown:
            await client.send("POST", LIST)
    assert unknown.value.status == 200
    assert "before trying again" in unknown.value.hint


@pytest.mark.parametrize("status", [502, 504])
async def test_a_gateway_does_not_know_what_became_of_a_mutation(
    cloud: Cloud, make: Callable[..., Client], status: int
) -> None:
    cloud.answers(status, b"<html>")
    async with make() as client:
        with pytest.raises(OutcomeUnknown, match="said by a gateway"):
            await client.send("POST", ONE, operation="stop")
    assert len(cloud.seen) == 1


@pytest.mark.parametrize("status", [304, 300])
async def test_a_status_that_was_not_asked_for(
    cloud: Cloud, make: Callable[..., Client], status: int
) -> None:
    cloud.answers(status, b"")
    async with make() as client:
        with pytest.raises(BadReply, match="a status that was not asked for"):
            await client.list_entities(LIST)


async def test_a_packed_reply_is_unpacked(cloud: Cloud, make: Callable[..., Client]) -> None:
    cloud.reply = httpx.Response(200, json={"data": [{"id": "1"}]})
    packed = gzip.compress(cloud.reply.content)

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=packed, headers={"content-encoding": "gzip"})

    async with make() as client:
        client._caller._transport = httpx.MockTransport(handler)
        assert (await client.list_entities(LIST)).entities == [{"id": "1"}]
        packed = b"not gzip at all"
        with pytest.raises(BadReply, match="cannot be unpacked"):
            await client.list_entities(LIST)


async def test_a_reply_over_the_limit_is_given_up(cloud: Cloud, make: Callable[..., Client]) -> None:
    cloud.answers(200, {"data": [{"id": "x" * 2000}]})
    async with make(max_reply_bytes=1000) as client:
        with pytest.raises(BadReply, match="larger than the limit of 1,000 bytes"):
            await client.list_entities(LIST)
        with pytest.raises(OutcomeUnknown, match="larger than the limit"):
            await client.send("POST", LIST)


@pytest.mark.parametrize(("entities", "in_a_thread"), [(1, False), (12_000, True)])
async def test_a_large_reply_is_decoded_off_the_event_loop(
    cloud: Cloud,
    make: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    entities: int,
    in_a_thread: bool,
) -> None:
    threads = []

    def decode_where(body: bytes, **options: Any) -> Any:
        threads.append(threading.current_thread())
        return decode(body, **options)

    monkeypatch.setattr("cloudmc_tui.api.caller.decode", decode_where)
    cloud.answers(200, {"data": [{"id": str(number), "name": "x" * 100} for number in range(entities)]})
    async with make() as client:
        assert len((await client.list_entities(LIST)).entities) == entities
    assert [thread is not threading.current_thread() for thread in threads] == [in_a_thread]
