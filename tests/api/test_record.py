"""The request log, the clocks, and the write guard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from cloudmc_tui.api import (
    Client,
    ConnectionSettings,
    RequestLog,
    RequestRecord,
    Secret,
    ServerFailed,
    WriteRefused,
)
from cloudmc_tui.path import Path

from .conftest import KEY, NOW, Cloud, Connect

LIST = Path.parse("compute-qc/production/instances")
ONE = LIST.child("i-1")


async def test_every_attempt_is_recorded(cloud: Cloud, make: Callable[..., Client], log: RequestLog) -> None:
    cloud.answers(503, b"busy")
    async with make(organization_id="o1") as client:
        with pytest.raises(ServerFailed):
            await client.list_entities(LIST)
    assert [(record.attempt, record.status, record.bytes) for record in log] == [
        (n, 503, 4) for n in (1, 2, 3, 4)
    ]
    assert {record.path for record in log} == {"/services/compute-qc/production/instances?org_id=o1"}
    assert {record.started for record in log} == {NOW}
    assert KEY not in repr(list(log))


async def test_a_broken_log_costs_no_outcome(
    cloud: Cloud, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(record: object) -> None:
        raise RuntimeError("disk full")

    client = connect(transport=httpx.MockTransport(cloud))
    client._caller._on_request = broken
    async with client:
        assert (await client.send("POST", LIST)).succeeded
    assert "the request log failed" in caplog.text
    assert KEY not in caplog.text


async def test_the_log_keeps_the_last_requests() -> None:
    log = RequestLog(limit=2)
    for attempt in (1, 2, 3):
        log(RequestRecord("GET", "/x", 200, "", NOW, 0.1, 2, attempt))
    assert [record.attempt for record in log] == [2, 3]
    assert len(log) == 2


async def test_the_servers_clock_is_compared_to_ours(cloud: Cloud, make: Callable[..., Client]) -> None:
    async with make() as client:
        before = client.clock_skew
        assert before is None
        cloud.answers(200, {"data": []}, date="Sun, 01 Mar 2026 12:05:00 GMT")
        await client.services()
        assert client.clock_skew == timedelta(minutes=5)
        cloud.answers(200, {"data": []}, date="whenever")
        await client.services()
        assert client.clock_skew == timedelta(minutes=5)


async def test_without_a_write_guard_nothing_but_reads_is_sent() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        return httpx.Response(200, json={"data": []})

    settings = ConnectionSettings("http://demo/v1", Secret("k"))
    async with Client(settings, transport=httpx.MockTransport(answer)) as client:
        await client.list_entities(LIST)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            with pytest.raises(WriteRefused):
                await client.send(method, ONE)
    assert seen == ["GET"]
