"""Finding the API's base on a bare host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cloudmc_tui.api import (
    BadSettings,
    ConnectionFailed,
    ConnectionSettings,
    KeyRefused,
    NotFound,
    Secret,
    ServerFailed,
    open_client,
    probe_endpoint,
)

from .conftest import KEY, Time

GOOD: tuple[int, Any] = (200, {"data": []})
MISSING: tuple[int, Any] = (404, {"errors": [{"code": 404, "message": "no such page"}]})
PAGE: tuple[int, Any] = (200, "<html>Welcome</html>")
REFUSED: tuple[int, Any] = (401, {"errors": [{"code": 1, "message": "Invalid API key"}]})
BROKEN: tuple[int, Any] = (503, "<html>")

Probe = Callable[..., Any]


class Host:
    """Answers by base path."""

    def __init__(self, **bases: tuple[int, Any]) -> None:
        self.bases = bases
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        base = request.url.path.removesuffix("/services/connections")
        self.asked.append(base)
        status, body = self.bases.get(base.strip("/").replace("/", "_"), MISSING)
        if isinstance(body, str):
            return httpx.Response(status, html=body)
        return httpx.Response(status, json=body)


async def probe(host: Host, endpoint: str = "cloud.example") -> str:
    settings = ConnectionSettings(endpoint, Secret(KEY))
    return await probe_endpoint(settings, transport=httpx.MockTransport(host), sleep=Time().sleep)


@pytest.mark.parametrize("endpoint", ["cloud.example", "https://cloud.example", "https://cloud.example//"])
@pytest.mark.parametrize(
    ("bases", "found", "asked"),
    [
        ({"v1": GOOD}, "/v1", ["/v1"]),
        ({"api_v1": GOOD, "api_v2": GOOD}, "/api/v1", ["/v1", "/api/v1"]),
        ({"api_v2": GOOD}, "/api/v2", ["/v1", "/api/v1", "/api/v2"]),
        ({"v1": PAGE, "api_v1": GOOD}, "/api/v1", ["/v1", "/api/v1"]),
        ({"v1": (200, {}), "api_v1": GOOD}, "/api/v1", ["/v1", "/api/v1"]),
        ({"v1": (302, {}), "api_v1": GOOD}, "/api/v1", ["/v1", "/api/v1"]),
        ({"v1": (401, "<html>"), "api_v1": GOOD}, "/api/v1", ["/v1", "/api/v1"]),
        ({"v1": (500, {}), "api_v1": GOOD}, "/api/v1", ["/v1", "/api/v1"]),
        ({"api_v1": REFUSED, "api_v2": REFUSED}, "/api/v1", ["/v1", "/api/v1", "/api/v2"]),
    ],
)
async def test_the_first_base_that_answers_is_taken(
    endpoint: str, bases: dict[str, tuple[int, Any]], found: str, asked: list[str]
) -> None:
    host = Host(**bases)
    assert await probe(host, endpoint) == "https://cloud.example" + found
    assert host.asked == asked


async def test_an_endpoint_with_a_path_is_taken_as_it_is() -> None:
    host = Host()
    assert await probe(host, "https://cloud.example//any/path/") == "https://cloud.example/any/path"
    assert host.asked == []


async def test_no_base_at_all_says_what_each_answered() -> None:
    with pytest.raises(NotFound) as caught:
        await probe(Host(api_v1=PAGE))
    assert str(caught.value) == (
        "no CloudMC API at https://cloud.example (/v1: no such page; /api/v1: the reply is an HTML page;"
        " /api/v2: no such page)"
    )
    assert "with its path" in caught.value.hint


async def test_a_server_in_trouble_is_not_taken_for_a_missing_api() -> None:
    with pytest.raises(ServerFailed):
        await probe(Host(v1=BROKEN))


async def test_a_host_that_is_down_is_not_asked_thrice() -> None:
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        raise httpx.UnsupportedProtocol("no")

    settings = ConnectionSettings("cloud.example", Secret(KEY))
    with pytest.raises(ConnectionFailed):
        await probe_endpoint(settings, transport=httpx.MockTransport(handler))
    assert asked == ["/v1/services/connections"]


async def test_a_bad_endpoint_or_key_is_refused() -> None:
    with pytest.raises(BadSettings):
        await probe_endpoint(ConnectionSettings("ftp://cloud.example", Secret(KEY)))
    with pytest.raises(BadSettings):
        await probe_endpoint(ConnectionSettings("cloud.example", Secret("a\nb")))


async def test_a_client_opens_on_what_was_found() -> None:
    host = Host(api_v1=REFUSED)
    settings = ConnectionSettings("cloud.example", Secret(KEY))
    async with await open_client(settings, transport=httpx.MockTransport(host)) as client:
        assert client.endpoint == "https://cloud.example/api/v1"
        with pytest.raises(KeyRefused, match=r"refused by https://cloud.example/api/v1"):
            await client.services()
