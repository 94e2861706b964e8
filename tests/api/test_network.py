"""On a real socket: what goes out, what breaks, and what is said about it."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from cloudmc_tui.api import (
    BadReply,
    CloudMCError,
    ConnectionFailed,
    OutcomeUnknown,
    RequestLog,
)
from cloudmc_tui.api.errors import Kind
from cloudmc_tui.path import Path

from .conftest import KEY, Connect, Time, failing
from .rawserver import closed_port, hang, raw, reply, reset, serving

LIST = Path.parse("compute-qc/production/instances")
GOOD = reply(200, '{"data": [{"id": "1"}]}')
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


async def test_a_request_on_the_wire(connect: Connect) -> None:
    async with serving(GOOD) as server, connect(server.url + "//") as client:
        listing = await client.list_entities(LIST.parent.child("a type"), {"zone_id": "z 1"})
        assert listing.entities == [{"id": "1"}]
        await client.get(f"/services/{LIST.child('../x').url_path()}")
    assert server.targets == [
        "/v1/services/compute-qc/production/a%20type?zone_id=z%201",
        "/v1/services/compute-qc/production/instances/..%2Fx",
    ]
    assert server.seen[0].head.startswith(
        "GET /v1/services/compute-qc/production/a%20type?zone_id=z%201 HTTP/1.1"
    )
    assert server.seen[0].headers["mc-api-key"] == KEY
    assert server.connections == 1  # kept alive


async def test_an_empty_mutation_on_the_wire(connect: Connect) -> None:
    async with serving(reply(204)) as server, connect(server.url) as client:
        await client.send("POST", LIST.child("i"), operation="stop")
        await client.send("POST", LIST, body={"name": "x"})
    assert [(seen.method, seen.headers["content-length"], seen.body) for seen in server.seen] == [
        ("POST", "0", b""),
        ("POST", "12", b'{"name":"x"}'),
    ]


# Connections that fail


async def test_refused(connect: Connect, time: Time) -> None:
    port = closed_port()
    error = await failing(connect(f"http://127.0.0.1:{port}/v1"), lambda client: client.services())
    assert (error.kind, error.sent) == ("refused", False)
    assert str(error) == f"GET /services/connections: 127.0.0.1:{port} refuses connections"
    assert time.slept == [0.5, 1.0, 2.0]


async def test_a_mutation_that_found_no_connection_is_said_to_be_not_sent(
    connect: Connect, time: Time
) -> None:
    client = connect(f"http://127.0.0.1:{closed_port()}/v1")
    error = await failing(client, lambda client: client.send("DELETE", LIST.child("i")))
    assert (error.kind, error.sent) == ("refused", False)
    assert ": not sent: 127.0.0.1:" in str(error)
    assert time.slept == []


@pytest.mark.parametrize(
    ("raised", "kind", "said", "attempts"),
    [
        (
            socket.gaierror(socket.EAI_NONAME, "?"),
            "dns",
            "cannot find the host cloud.test: there is no such",
            1,
        ),
        (socket.gaierror(socket.EAI_AGAIN, "?"), "dns", "name servers do not answer", 4),
        (OSError(113, "No route to host"), "unreachable", "cannot reach cloud.test:80: no route to it", 4),
        (OSError(101, "Network is unreachable"), "unreachable", "the network is unreachable", 4),
        (OSError(110, "Connection timed out"), "timeout", "no answer from cloud.test:80", 4),
        (
            OSError(24, "Too many open files"),
            "other",
            "cannot connect to cloud.test:80: too many open files",
            1,
        ),
    ],
)
async def test_failures_to_connect_are_told_apart(
    connect: Connect, log: RequestLog, monkeypatch: pytest.MonkeyPatch,
    raised: OSError, kind: Kind, said: str, attempts: int,
) -> None:  # fmt: skip
    async def getaddrinfo(*args: object, **kwargs: object) -> object:
        raise raised

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    error = await failing(connect("http://cloud.test/v1"), lambda client: client.services())
    assert error.kind == kind
    assert said in str(error)
    assert len(log) == attempts


async def test_of_several_addresses_the_reason_is_told(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = closed_port()
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in ("127.0.0.1", "127.0.0.2")]

    async def getaddrinfo(*args: object, **kwargs: object) -> object:
        return found

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    error = await failing(connect(f"http://cloud.test:{port}/v1"), lambda client: client.services())
    assert error.kind == "refused"


@pytest.mark.parametrize(
    "action",
    [
        raw(b""),
        reset(),
        raw(b"HTTP/1.1 200 OK\r\ncontent-le"),
        raw(HEAD + b"content-length: 100\r\n\r\n{"),
        raw(HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{\"dat"),
        reset(HEAD + b"content-length: 100\r\n\r\n{"),
    ],
)  # fmt: skip
async def test_a_broken_connection_is_tried_again_for_a_get_only(
    connect: Connect, time: Time, action: Any
) -> None:
    async with serving(action, action, GOOD) as server, connect(server.url) as client:
        assert (await client.list_entities(LIST)).entities == [{"id": "1"}]
        assert time.slept == [0.5, 1.0]
    async with serving(action) as server, connect(server.url) as client:
        with pytest.raises(
            ConnectionFailed, match="closed the connection before its reply was complete"
        ) as lost:
            await client.list_entities(LIST)
        assert (lost.value.kind, lost.value.sent) == ("closed", True)
        assert len(server.seen) == 4
        with pytest.raises(OutcomeUnknown, match=r"outcome unknown: .* closed the connection"):
            await client.send("POST", LIST, body={})
        assert len(server.seen) == 5


@pytest.mark.parametrize(
    "data", [b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x16", b"HTTP/9.9 x y\r\n\r\n"]
)
async def test_what_is_not_http_is_said_so_at_once(connect: Connect, data: bytes) -> None:
    async with serving(raw(data)) as server, connect(server.url) as client:
        with pytest.raises(BadReply, match="does not answer in HTTP"):
            await client.services()
        assert len(server.seen) == 1
        with pytest.raises(OutcomeUnknown):
            await client.send("DELETE", LIST.child("i"))


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (b"x: " + b"y" * 300_000, BadReply),
        (b"content-length: -5", BadReply),
        (b"content-encoding: gzip", BadReply),
    ],
)
async def test_a_malformed_head_or_body_is_a_bad_reply(
    connect: Connect, headers: bytes, kind: type[CloudMCError]
) -> None:
    data = HEAD + headers + b"\r\n\r\nnot packed at all"
    async with serving(raw(data)) as server, connect(server.url) as client:
        with pytest.raises(kind):
            await client.services()


# Beginning and end


async def test_a_closed_client_says_so(connect: Connect) -> None:
    async with serving(GOOD) as server:
        client = connect(server.url)
        await client.list_entities(LIST)
        await client.aclose()
        await client.aclose()
        with pytest.raises(ConnectionFailed, match="the connection was closed here"):
            await client.list_entities(LIST)
    assert len(server.seen) == 1


async def test_a_client_that_was_never_used_closes(connect: Connect) -> None:
    await connect("https://cloud.test/v1").aclose()


async def test_closing_ends_what_is_under_way(connect: Connect) -> None:
    async with serving(hang()) as server:
        client = connect(server.url)
        calls = [
            asyncio.create_task(call) for call in (client.list_entities(LIST), client.send("POST", LIST))
        ]
        while len(server.seen) < 2:
            await asyncio.sleep(0)
        await client.aclose()
        ends = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 5)
    assert isinstance(ends[0], ConnectionFailed)
    assert isinstance(ends[1], OutcomeUnknown)


async def test_a_cancelled_call_frees_its_slot(connect: Connect) -> None:
    async with serving(hang(), GOOD) as server, connect(server.url, max_concurrency=1) as client:
        call = asyncio.create_task(client.list_entities(LIST))
        while not server.seen:
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await client.list_entities(LIST)).entities == [{"id": "1"}]
