"""Asking again, how long it may take, and how much at once."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest

from cloudmc_tui.api import (
    BadReply,
    CallTimeout,
    Client,
    CloudMCError,
    ConnectionFailed,
    OutcomeUnknown,
    RateLimited,
    RequestLog,
    ServerFailed,
    Timeouts,
)
from cloudmc_tui.api.limits import TimeLimit
from cloudmc_tui.path import Path

from .conftest import Connect, Time, failing
from .rawserver import RawServer, hang, reply, reset, serving

LIST = Path.parse("compute-qc/production/instances")
GOOD = reply(200, '{"data": [{"id": "1"}]}')
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


# Asking again


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_get_is_asked_again_three_times_at_most(connect: Connect, time: Time, status: int) -> None:
    busy = reply(status, '{"errors": [{"code": 1, "message": "busy"}]}')
    async with serving(busy, busy, busy, GOOD) as server, connect(server.url) as client:
        assert (await client.list_entities(LIST)).entities == [{"id": "1"}]
        assert time.slept == [0.5, 1.0, 2.0]
    async with serving(busy) as server, connect(server.url) as client:
        with pytest.raises((RateLimited, ServerFailed), match="busy"):
            await client.list_entities(LIST)
        assert len(server.seen) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 500, 501])
async def test_other_failures_are_not_asked_again(connect: Connect, status: int) -> None:
    async with serving(reply(status, "{}")) as server, connect(server.url) as client:
        with pytest.raises(CloudMCError):
            await client.list_entities(LIST)
        assert len(server.seen) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_mutation_is_sent_once(connect: Connect, time: Time, status: int, method: str) -> None:
    async with serving(reply(status, "{}", retry_after="1"), GOOD) as server, connect(server.url) as client:
        with pytest.raises(CloudMCError):
            await client.send(method, LIST.child("i"))
        assert len(server.seen) == 1
        assert time.slept == []


async def test_retry_after_is_waited_for(connect: Connect, time: Time) -> None:
    busy, later = (
        reply(429, "{}", retry_after="7"),
        reply(503, "{}", retry_after="Sun, 01 Mar 2026 12:00:20 GMT"),
    )
    async with serving(busy, later, GOOD) as server, connect(server.url) as client:
        await client.list_entities(LIST)
    assert time.slept == [7.5, 21.0]  # and never earlier: the jitter comes on top


@pytest.mark.parametrize("status", [429, 503])
async def test_a_retry_after_beyond_the_limit_fails_at_once(
    connect: Connect, time: Time, status: int
) -> None:
    async with serving(reply(status, "{}", retry_after="600")) as server, connect(server.url) as client:
        with pytest.raises(
            CloudMCError, match=r"asks to wait 600 s, and a call may take 120 s at most"
        ) as caught:
            await client.list_entities(LIST)
        assert (time.slept, len(server.seen)) == ([], 1)
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == 600


async def test_a_rate_limit_tells_how_long_to_wait(connect: Connect) -> None:
    async with serving(reply(429, "{}", retry_after="9")) as server, connect(server.url) as client:
        with pytest.raises(RateLimited) as caught:
            await client.send("POST", LIST)
    assert caught.value.retry_after == 9
    assert "wait 9 s" in caught.value.hint


@pytest.mark.parametrize(("action", "kind"), [(reply(503, "{}"), ServerFailed), (reset(), ConnectionFailed)])
async def test_pauses_end_with_the_calls_time(
    connect: Connect, time: Time, action: Any, kind: type[CloudMCError]
) -> None:
    async def slowly(writer: asyncio.StreamWriter) -> bool:
        time.seconds += 55
        done: bool = await action(writer)
        return done

    async with serving(slowly) as server, connect(server.url, timeouts=Timeouts(call=111)) as client:
        with pytest.raises(kind):
            await client.list_entities(LIST)
        assert time.slept == [0.5]  # half a second is left, and the next pause would take a whole one
        assert len(server.seen) == 2


# Time limits


@pytest.mark.parametrize("action", [hang(), hang(HEAD + b"content-length: 9\r\n\r\n{"), hang(b"HTTP/1.1")])
async def test_a_server_that_stops_answering(connect: Connect, action: Any) -> None:
    limits = Timeouts(read=0.05)
    async with serving(action) as server, connect(server.url, timeouts=limits) as client:
        with pytest.raises(CallTimeout, match=r"no answer within 0\.05 s"):
            await client.list_entities(LIST)
        assert len(server.seen) <= 1  # asking again would make a slow server slower
        with pytest.raises(OutcomeUnknown, match="no answer within"):
            await client.send("POST", LIST)


async def test_a_whole_call_has_its_limit(connect: Connect, log: RequestLog) -> None:
    async with serving(hang()) as server, connect(server.url, timeouts=Timeouts(call=0.05)) as client:
        with pytest.raises(CallTimeout, match=r"not done within 0\.05 s"):
            await client.list_entities(LIST)
    assert [record.error for record in log][:1] in ([], ["cancelled, or out of time"])


async def out_of_time_once_sent(server: RawServer, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a mutation's time pass at the moment in which the server has it, however busy the machine is."""

    async def within(seconds: float, work: Any) -> Any:
        task = asyncio.ensure_future(work)
        while not server.seen:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        raise TimeLimit

    monkeypatch.setattr("cloudmc_tui.api.caller.within", within)
    await client.send("POST", LIST)


async def test_a_mutation_out_of_time_once_it_was_sent_has_an_unknown_outcome(
    connect: Connect, log: RequestLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(hang()) as server, connect(server.url) as client:
        with pytest.raises(OutcomeUnknown, match="no answer within 120 s"):
            await out_of_time_once_sent(server, client, monkeypatch)
    assert [record.error for record in log] == ["cancelled, or out of time"]


async def test_waiting_for_a_slot_counts(connect: Connect) -> None:
    async with serving(GOOD) as server:
        client = connect(server.url, timeouts=Timeouts(call=0.05), max_concurrency=1)
        async with client, client._caller._slots.slot():  # somebody else's
            with pytest.raises(ConnectionFailed, match="not sent: no connection within") as caught:
                await client.send("POST", LIST)
            with pytest.raises(CallTimeout):
                await client.list_entities(LIST)
    assert caught.value.kind == "timeout"
    assert server.seen == []


async def test_a_host_that_swallows_connections(connect: Connect) -> None:
    with socket.socket() as deaf:  # its queue is full, so that nobody gets a connection
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        client = connect(f"http://127.0.0.1:{port}/v1", timeouts=Timeouts(connect=0.05))
        error = await failing(client, lambda client: client.send("POST", LIST))
        for filler in fillers:
            filler.close()
    assert error.kind == "timeout"
    assert f"not sent: no answer from 127.0.0.1:{port} within 0.05 s" in str(error)


# How much at once


async def test_eight_requests_at_once_and_a_person_before_the_background(connect: Connect) -> None:
    gate, arrived, most = asyncio.Event(), [], 0
    answer = reply(200, '{"data": []}')

    async def wait(writer: asyncio.StreamWriter) -> bool:
        nonlocal most
        arrived.append(server.seen[-1].target.rsplit("/", 1)[1])
        most = max(most, server.connections)
        await gate.wait()
        return await answer(writer)

    async with serving(wait) as server, connect(server.url) as client:
        counts = [client.list_entities(LIST.parent.child(f"count{n}"), background=True) for n in range(20)]
        background = [asyncio.create_task(count) for count in counts]
        while len(arrived) < 6:
            await asyncio.sleep(0)
        person = [
            asyncio.create_task(client.list_entities(LIST.parent.child(f"person{n}"))) for n in range(10)
        ]
        while len(arrived) < 8:
            await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*background, *person)
    assert {name[:-1] for name in arrived[6:8]} == {"person"}
    assert most == 8
    assert len(arrived) == 30


async def test_the_limit_on_a_reply_is_kept_while_it_comes(connect: Connect) -> None:
    endless = (
        HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"".join([b"1000\r\n" + b" " * 0x1000 + b"\r\n"] * 64)
    )
    async with serving(hang(endless)) as server, connect(server.url, max_reply_bytes=100_000) as client:
        with pytest.raises(BadReply, match="larger than the limit of 100,000 bytes"):
            await client.list_entities(LIST)


async def test_a_503_says_how_long_the_server_asks_to_wait(connect: Connect) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, headers={"Retry-After": "9"}, json={"errors": [{"message": "busy"}]})

    async with connect(transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(ServerFailed) as caught:
            await client.task("t-1", retries=0)
    assert caught.value.retry_after == 9
