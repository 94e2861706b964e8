"""Two hundred tasks at once, over a server that is slow, fails, and asks to be left alone."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from msgspec.structs import replace

from cloudmc_tui.api import Client, ConnectionSettings, Secret, Task
from cloudmc_tui.simulator import Settings, SimulatorApp
from cloudmc_tui.tasks import PollFailed, RateLimiter, Status, TaskEnded, Watcher
from cloudmc_tui.tasks.redact import redact
from tests.tasks.harness import ENDPOINT, PROFILE, RECORD, busiest, ledger_at
from tests.tasks.virtual import loop_of_test, virtual, wall_clock

COUNT = 200
SLOWEST = 0.6

CLOUD = Settings(seed=3, scale=COUNT + 40, task_seconds=20, fail_rate=0.25)
"""A quarter of its requests fail: 429 and 503 with Retry-After and without, 500, pages, breaking off."""


def slowly(app: Any) -> Any:
    """The application behind a line on which every request takes its own time."""
    luck = random.Random(5)

    async def delayed(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(luck.uniform(0.02, SLOWEST))
        await app(scope, receive, send)

    return delayed


async def begin_on_the_server(http: httpx.AsyncClient) -> list[str]:
    """Reboot instances until there are enough tasks; their ids."""

    async def insist(method: str, path: str) -> dict[str, Any]:
        while True:
            reply = await http.request(method, f"/services/compute-qc/production/{path}")
            if reply.status_code == 200 and reply.content.endswith(b"}") and "errors" not in reply.json():
                body = reply.json()
                assert isinstance(body, dict)
                return body

    listing = await insist("GET", "instances")
    able = [each["id"] for each in listing["data"] if each["state"] in ("Running", "Stopped")][:COUNT]
    assert len(able) == COUNT
    begun = await asyncio.gather(*(insist("POST", f"instances/{each}?operation=reboot") for each in able))
    return [each["taskId"] for each in begun]


async def watch_to_the_end(
    app: Any, fetch: Callable[[str], Awaitable[Task]], task_ids: list[str], path: Path
) -> None:
    """Follow the tasks, then ask the server what it saw."""
    loop = loop_of_test()
    heard: Counter[str] = Counter()
    async with ledger_at(path) as ledger:
        watcher = Watcher(
            ledger,
            fetch,
            lambda _, result: redact(result),
            profile=PROFILE,
            endpoint=ENDPOINT,
            limiter=RateLimiter(clock=loop.time),
            clock=loop.time,
            random=random.Random(1),
        )
        watcher.subscribe(lambda event: heard.update([type(event).__name__]))
        await watcher.start()
        app.requests.clear()
        keys = []
        for task_id in task_ids:
            keys.append(await ledger.begin(replace(RECORD), owner=watcher.owner))
            watcher.add(await ledger.submitted(keys[-1], task_id))
        records = await watcher.wait(keys)
        await watcher.aclose()

        tasks = app.world.tasks
        assert {record.task_id: record.status.value for record in records} == {
            task_id: tasks[task_id].status for task_id in task_ids
        }
        counts = await ledger.counts()
        assert counts.keys() == {Status.SUCCESS, Status.FAILED} and sum(counts.values()) == COUNT
        assert await ledger.recent(COUNT) == records[::-1]
        assert all(record.error for record in records if record.status is Status.FAILED)
    assert heard[TaskEnded.__name__] == COUNT

    polls = [entry for entry in app.requests.recent if entry.path.startswith("/tasks/")]
    assert len(polls) == app.requests.total, "nothing but polls was sent"
    assert busiest([entry.time for entry in polls]) <= 5
    statuses = Counter(entry.status for entry in polls)
    assert statuses[429] > 3 and statuses[503] > 3 and statuses[500] > 3
    assert heard[PollFailed.__name__] > 20
    for refused in (entry.time for entry in polls if entry.status == 429):
        # Those that were on their way already have arrived by the time that the slowest takes.
        after = [entry.time for entry in polls if refused + SLOWEST + 0.01 < entry.time < refused + 1]
        assert not after, "Retry-After: 1 was not honoured"
    assert len(polls) / (polls[-1].time - polls[0].time) > 2, "and yet it is busy"


def settings(endpoint: str) -> ConnectionSettings:
    return ConnectionSettings(endpoint, Secret(CLOUD.key))


@virtual
async def test_two_hundred_tasks_end_over_a_bad_server_within_the_rate(tmp_path: Path) -> None:
    app = SimulatorApp(CLOUD, clock=wall_clock())
    transport = httpx.ASGITransport(slowly(app))
    headers = {"MC-Api-Key": CLOUD.key}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://cloud/v1", headers=headers, timeout=None
    ) as http:
        task_ids = await begin_on_the_server(http)
    async with Client(settings("http://cloud/v1"), app=slowly(app), clock=loop_of_test().time) as client:
        await watch_to_the_end(
            app, lambda task_id: client.task(task_id, background=True, retries=0), task_ids, tmp_path / "l.db"
        )


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """An application on a real socket, in this loop; its base URL."""
    config = uvicorn.Config(app, port=0, log_level="warning", access_log=False, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.ensure_future(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        await serving


@virtual
async def test_the_same_over_a_real_socket(tmp_path: Path) -> None:
    app = SimulatorApp(CLOUD, clock=wall_clock())
    headers = {"MC-Api-Key": CLOUD.key}
    async with served(slowly(app)) as endpoint:
        async with httpx.AsyncClient(
            base_url=endpoint, headers=headers, timeout=None, trust_env=False
        ) as http:
            task_ids = await begin_on_the_server(http)
        async with Client(settings(endpoint), clock=loop_of_test().time) as client:
            await watch_to_the_end(
                app, lambda each: client.task(each, background=True, retries=0), task_ids, tmp_path / "l.db"
            )
