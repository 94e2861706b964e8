"""A server that does as it is told, a ledger, and a watcher between them, in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, TypeVar

from msgspec.structs import replace

from cloudmc_tui.api import ErrorItem, NotFound, Task
from cloudmc_tui.path import Path
from cloudmc_tui.tasks import AsyncLedger, Event, Pace, RateLimiter, TaskRecord, Watcher
from cloudmc_tui.tasks.keeper import Reread
from cloudmc_tui.tasks.redact import redact
from tests.tasks.virtual import loop_of_test, wall_clock

E = TypeVar("E")

PROFILE, ENDPOINT = "production", "https://cloud.example/v1"

RECORD = TaskRecord(
    profile=PROFILE,
    endpoint=ENDPOINT,
    path=Path.parse("compute-qc/production/instances/i-1"),
    title="web-01",
    entity_type="instances",
    operation="stop",
    label="Stop",
    method="POST",
    url="/services/compute-qc/production/instances/i-1?operation=stop",
    pending_word="stopping",
    to_state="Stopped",
    stale=("instances", "volumes"),
)


def task(task_id: str = "t", status: str = "PENDING", result: Any = None, *errors: ErrorItem) -> Task:
    """A task as the client gives it."""
    return Task(task_id, status, "", result, errors, None)


def not_found() -> NotFound:
    """As CloudMC says it."""
    return NotFound("no such task", status=404, errors=(ErrorItem("404", "no such task"),))


Answer = Task | Exception | float
"""What the server does next: tell, fail, or take so many seconds before what follows."""


@dataclass
class Server:
    """Answers each task's polls with its own list of answers; the last one repeats.

    Attributes:
        answers: by the task's id; ``""`` for each of the others.
        latency: seconds before every answer.
        asked: when it was asked, and about what.
    """

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    latency: float = 0.0
    asked: list[tuple[float, str]] = field(default_factory=list)

    async def fetch(self, task_id: str) -> Task:
        self.asked.append((loop_of_test().now, task_id))
        if self.latency:
            await asyncio.sleep(self.latency)
        answers = self.answers.setdefault(task_id, list(self.answers.get("") or [task()]))
        while True:
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, float):
                await asyncio.sleep(answer)
                continue
            if isinstance(answer, Exception):
                raise answer
            return replace(answer, id=task_id)

    def times(self, task_id: str) -> list[float]:
        """When it was asked about a task."""
        return [time for time, asked in self.asked if asked == task_id]

    def busiest(self, seconds: float = 1.0) -> int:
        """The most polls in any span of so many seconds."""
        return busiest([time for time, _ in self.asked], seconds)


def gaps(times: list[float]) -> list[float]:
    """The time from each moment to the next."""
    return [later - earlier for earlier, later in zip(times, times[1:], strict=False)]  # noqa: RUF007


def busiest(times: list[float], seconds: float = 1.0) -> int:
    """The most of some moments in any half-open span of so many seconds."""
    times = sorted(times)
    most = first = 0
    for last, time in enumerate(times):
        while time - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


@dataclass
class Desk:
    """A session's worth of tasks: a watcher that has been started, and what it has told."""

    ledger: AsyncLedger
    server: Server
    watcher: Watcher
    heard: list[Event] = field(default_factory=list)

    async def begin(self, *task_ids: str, record: TaskRecord = RECORD) -> list[int]:
        """Begin tasks as a session does, and follow them."""
        keys = []
        for task_id in task_ids:
            key = await self.ledger.begin(record, owner=self.watcher.owner)
            self.watcher.add(await self.ledger.submitted(key, task_id))
            keys.append(key)
        return keys

    async def end(self, *task_ids: str, record: TaskRecord = RECORD) -> list[TaskRecord]:
        """The same, and wait until they have ended."""
        return await self.watcher.wait(await self.begin(*task_ids, record=record))

    def told(self, kind: type[E]) -> list[E]:
        """The events of a kind, in order."""
        return [event for event in self.heard if isinstance(event, kind)]

    async def row(self, key: int) -> TaskRecord:
        """A task as the ledger has it."""
        record = await self.ledger.get(key)
        assert record is not None
        return record


@asynccontextmanager
async def ledger_at(path: FilePath | None = None, **options: Any) -> AsyncIterator[AsyncLedger]:
    """A ledger in virtual time; in memory without a path."""
    async with await AsyncLedger.open(path, clock=wall_clock(), **options) as ledger:
        yield ledger


def new_watcher(
    ledger: AsyncLedger,
    server: Server,
    *,
    pace: Pace | None = None,
    limiter: RateLimiter | None = None,
    reread: Reread | None = None,
    **more: Any,
) -> Watcher:
    """A watcher in virtual time, not started."""
    loop = loop_of_test()
    return Watcher(
        ledger,
        server.fetch,
        lambda _, result: redact(result),
        **{"profile": PROFILE, "endpoint": ENDPOINT, **more},
        reread=reread,
        limiter=limiter or RateLimiter(clock=loop.time),
        clock=loop.time,
        random=random.Random(1),
        pace=pace,
    )


@asynccontextmanager
async def desk(
    path: FilePath | None = None,
    *,
    answers: Mapping[str, Sequence[Answer]] | None = None,
    latency: float = 0.0,
    ledger: AsyncLedger | None = None,
    start: bool = True,
    **watching: Any,
) -> AsyncIterator[Desk]:
    """A desk; its watcher is closed at the end, and its ledger unless it was given."""
    server = Server({name: list(each) for name, each in (answers or {}).items()}, latency)
    opened = ledger or await AsyncLedger.open(path, clock=wall_clock())
    made = Desk(opened, server, new_watcher(opened, server, **watching))
    made.watcher.subscribe(made.heard.append)
    try:
        if start:
            await made.watcher.start()
        yield made
    finally:
        await made.watcher.aclose()
        if ledger is None:
            await opened.aclose()
