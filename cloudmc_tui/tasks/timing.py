"""Waiting, by a clock and a sleep that come from outside; and never too many polls in a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from msgspec import Struct

T = TypeVar("T")

Clock = Callable[[], float]
"""Gives seconds that only go forward."""

Sleep = Callable[[float], Awaitable[object]]
"""Waits for so many seconds."""

SLACK = 0.02
"""Seconds by which the rate stays below its limit: clocks tick, and the server counts by its own."""


class TimeLimit(Exception):
    """The time limit passed."""


async def pause(event: asyncio.Event, seconds: float | None, sleep: Sleep) -> None:
    """Wait until an event is set, or the time has passed.

    Args:
        event: what ends the wait.
        seconds: how long to wait at most; None for no limit.
        sleep: waits.
    """
    if seconds is None:
        await event.wait()
    elif seconds <= 0 or event.is_set():
        await asyncio.sleep(0)
    else:
        both = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(sleep(seconds))}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await stop(both)


async def within(seconds: float, work: Awaitable[T], sleep: Sleep) -> T:
    """Do some work, for so long at most.

    Args:
        seconds: the limit.
        work: cancelled when it passes.
        sleep: waits.

    Raises:
        TimeLimit: when it passed.
    """
    working = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(sleep(seconds))
    try:
        await asyncio.wait({working, timer}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise TimeLimit
        return working.result()
    finally:
        await stop({working, timer})


async def stop(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel tasks and see them end."""
    tasks = tuple(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Slot(Struct, eq=False):
    """Leave to ask the server once.

    Attributes:
        free_at: when somebody else may have it, by the limiter's clock.
        unused: to be set when the server was not asked after all.
    """

    free_at: float
    unused: bool = False


class RateLimiter:
    """So many polls in any second, counted where they arrive; several watchers may share one.

    A slot is free again a second after the *reply*: however long a request was on its way, it reached the
    server before that, and so no second on the server's clock sees more than the limit. A request without
    a reply keeps its slot for two seconds: slow ones do not hold up the others.

    Args:
        rate: polls.
        period: in so many seconds.
        clock: gives seconds that only go forward.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        rate: int = 5,
        *,
        period: float = 1.0,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._period = period + SLACK
        self._clock = clock
        self._sleep = sleep
        self._slots = [Slot(float("-inf")) for _ in range(rate)]
        self._turn = asyncio.Lock()
        self._returned = asyncio.Event()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """Wait for leave to ask once, first come, first served, and hold it until the reply is there."""
        async with self._turn:
            while True:
                self._returned.clear()
                index = min(range(len(self._slots)), key=lambda i: self._slots[i].free_at)
                wait = self._slots[index].free_at - self._clock()
                if wait <= 0:
                    break
                await pause(self._returned, wait, self._sleep)
            slot = self._slots[index] = Slot(self._clock() + 2 * self._period)
        try:
            yield slot
        finally:
            slot.free_at = min(slot.free_at, self._clock() + (0 if slot.unused else self._period))
            self._returned.set()
