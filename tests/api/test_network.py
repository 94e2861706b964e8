"""On a real socket: what breaks, what is asked again, where the key may go, how long it may take."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any

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
from cloudmc_tui.api.errors import Kind
from cloudmc_tui.api.limits import TimeLimit
from cloudmc_tui.path import Path

from .conftest import KEY, Connect, Time
from .rawserver import RawServer, hang, raw, reply, reset, serving

LIST = Path.parse("compute-qc/production/instances")
GOOD = reply(200, '{"data": [{"id": "1"}]}')
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


def closed_port() -> int:
    """A port that nobody listens on: held for a moment, and given back."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


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


async def failing(client: Client, call: Callable[[Client], Any]) -> ConnectionFailed:
    async with client:
        with pytest.raises(ConnectionFailed) as caught:
            await call(client)
    assert caught.value.hint
    return caught.value


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


# Redirects


async def test_a_get_follows_redirects_on_the_same_host(connect: Connect, log: RequestLog) -> None:
    async with (
        serving(reply(302, location="/elsewhere?a=b%20c"), reply(308, location="v1/third"), GOOD) as server,
        connect(server.url) as client,
    ):
        assert (await client.list_entities(LIST)).entities == [{"id": "1"}]
    assert server.targets[1:] == ["/elsewhere?a=b%20c", "/v1/third"]
    assert all(seen.headers["mc-api-key"] == KEY for seen in server.seen)
    assert [record.path for record in log][2] == "/third"


async def test_redirects_end_somewhere(connect: Connect) -> None:
    async with serving(reply(302, location="/v1/again")) as server, connect(server.url) as client:
        with pytest.raises(BadReply, match="3 redirects in a row"):
            await client.services()
        assert len(server.seen) == 4


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("http://evil.example/v1", "http://evil.example"),
        ("//evil.example/v1", "http://evil.example"),
        ("https://127.0.0.1/v1", "https://127.0.0.1"),
        ("http://127.0.0.1:1/v1", "http://127.0.0.1:1"),
        ("http://127.0.0.1@evil.example/", "http://evil.example"),
        ("http://evil.example\\@127.0.0.1/", None),
        ("file:///etc/passwd", "file://"),
        ("http://[::1", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_key_never_follows_to_another_host(
    connect: Connect, location: str, place: str | None, method: str
) -> None:
    async with serving(reply(302, location=location)) as server, connect(server.url) as client:
        with pytest.raises(BadReply, match="redirects") as caught:
            await (client.services() if method == "GET" else client.send("POST", LIST))
        assert len(server.seen) == 1
    assert caught.value.status == 302
    if place:
        assert f"redirects to {place}, which is not followed" in str(caught.value)


async def test_a_redirect_within_the_host_but_with_a_user_in_it_sends_no_user(connect: Connect) -> None:
    async with serving() as server:
        server.actions = [reply(302, location=f"http://ann:pw@127.0.0.1:{server.port}/v1/x"), GOOD]
        async with connect(server.url) as client:
            await client.list_entities(LIST)
    assert "authorization" not in server.seen[1].headers


async def test_a_mutation_is_never_redirected(connect: Connect) -> None:
    moved, done = reply(307, location="/v1/x"), reply(303, location="/v1/x")
    async with serving(moved, done) as server, connect(server.url) as client:
        with pytest.raises(BadReply, match="only a GET follows"):
            await client.send("POST", LIST)
        with pytest.raises(OutcomeUnknown):  # 303 means: done, and the result is over there
            await client.send("POST", LIST)
    assert len(server.seen) == 2


# Proxies


async def test_a_proxy_is_asked_when_one_is_set(connect: Connect) -> None:
    async with serving(GOOD) as proxy:
        client = connect("http://cloud.test/v1", proxy=f"http://ann:pa55@127.0.0.1:{proxy.port}")
        async with client:
            assert (await client.list_entities(LIST)).entities == [{"id": "1"}]
    assert proxy.targets == ["http://cloud.test/v1/services/compute-qc/production/instances"]


async def test_the_environments_proxy_counts_unless_one_is_set(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(GOOD) as environments, serving(GOOD) as own:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{environments.port}")
        async with connect("http://cloud.test/v1") as client:
            await client.list_entities(LIST)
        async with connect("http://cloud.test/v1", proxy=f"http://127.0.0.1:{own.port}") as client:
            await client.list_entities(LIST)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with serving(GOOD) as direct, connect(direct.url) as client:
            await client.list_entities(LIST)
    assert [len(server.seen) for server in (environments, own, direct)] == [1, 1, 1]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_not_there(connect: Connect, scheme: str) -> None:
    port = closed_port()
    client = connect(f"{scheme}://cloud.test/v1", proxy=f"http://ann:pa55@127.0.0.1:{port}")
    error = await failing(client, lambda client: client.services())
    assert error.kind == "proxy"
    assert str(error) == f"GET /services/connections: the proxy fails: 127.0.0.1:{port} refuses connections"
    assert "HTTPS_PROXY" in error.hint
    client = connect(f"{scheme}://cloud.test/v1", proxy=f"http://127.0.0.1:{port}")
    error = await failing(client, lambda client: client.send("POST", LIST))
    assert "not sent: the proxy fails" in str(error)


@pytest.mark.parametrize(
    ("status", "said"),
    [(407, "407 Whatever"), (403, "403 Whatever"), (502, "502 Whatever")],
)
async def test_a_proxy_that_will_not_connect(connect: Connect, status: int, said: str) -> None:
    async with serving(reply(status)) as proxy:
        client = connect("https://cloud.test/v1", proxy=f"http://127.0.0.1:{proxy.port}")
        error = await failing(client, lambda client: client.send("POST", LIST))
    assert error.kind == "proxy"
    assert f"not sent: the proxy 127.0.0.1:{proxy.port} does not connect: {said}" in str(error)
    assert proxy.seen[0].method == "CONNECT"
    assert KEY not in proxy.seen[0].head


async def test_a_proxy_that_wants_a_password(connect: Connect) -> None:
    async with serving(reply(407)) as proxy:
        client = connect("http://cloud.test/v1", proxy=f"http://127.0.0.1:{proxy.port}")
        error = await failing(client, lambda client: client.services())
    assert error.kind == "proxy"
    assert "wants a user name and password" in str(error)


async def test_a_proxy_that_hangs(connect: Connect) -> None:
    async with serving(hang()) as proxy:
        client = connect(
            "https://cloud.test/v1", proxy=f"http://127.0.0.1:{proxy.port}", timeouts=Timeouts(read=0.05)
        )
        error = await failing(client, lambda client: client.send("POST", LIST))
    assert error.kind == "proxy"
    assert "not sent" in str(error)


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("socks5://127.0.0.1:1080", "needs the Python package socksio"),
        ("ftp://ann:pa55@127.0.0.1:1080", "cannot be used"),
        ("::nonsense::", "cannot be used"),
    ],
)
async def test_a_proxy_that_cannot_be_used(connect: Connect, proxy: str, said: str) -> None:
    client = connect("https://cloud.test/v1", proxy=proxy)
    error = await failing(client, lambda client: client.services())
    assert error.kind == "proxy"
    assert said in str(error)
    assert "pa55" not in str(error) + error.hint


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


# In process


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
