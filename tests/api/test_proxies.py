"""Proxies: which one is asked, and what it is to blame for."""

from __future__ import annotations

import pytest

from cloudmc_tui.api import (
    Timeouts,
)
from cloudmc_tui.path import Path

from .conftest import KEY, Connect, failing
from .rawserver import closed_port, hang, reply, serving

LIST = Path.parse("compute-qc/production/instances")
GOOD = reply(200, '{"data": [{"id": "1"}]}')


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
