"""Redirects: where the key may go, and where it may not."""

from __future__ import annotations

import pytest

from cloudmc_tui.api import (
    BadReply,
    OutcomeUnknown,
    RequestLog,
)
from cloudmc_tui.path import Path

from .conftest import KEY, Connect
from .rawserver import reply, serving

LIST = Path.parse("compute-qc/production/instances")
GOOD = reply(200, '{"data": [{"id": "1"}]}')


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
