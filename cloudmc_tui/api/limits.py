"""How much at once, and how long at most."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class TimeLimit(Exception):
    """The time limit passed."""


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Run some work, for so long at most.

    The work runs in a task of its own, so that a cancellation reaches the caller without the frames
    of the HTTP library on its traceback: their locals hold the API key.

    Args:
        seconds: the limit.
        work: cancelled when it passes; its own end is waited for.

    Raises:
        TimeLimit: when it passed.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        await _stop(task)
        raise
    if not task.done():
        await _stop(task)
        if task.cancelled():
            raise TimeLimit
    return task.result()


async def _stop(task: asyncio.Future[Any]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # seen: nobody else will look at it


class Slots:
    """So many requests at once, and a person's before the background's.

    Background work leaves a quarter of the slots free: however long its requests take, a person's
    finds one.

    Args:
        limit: at least 1.
    """

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._background_free = max(1, limit - max(1, limit // 4))
        self._people: deque[asyncio.Future[None]] = deque()
        self._background: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def slot(self, *, background: bool = False) -> AsyncIterator[None]:
        """Hold a slot, waiting for one where none is free."""
        await self._acquire(background)
        try:
            yield
        finally:
            self._release(background)

    async def _acquire(self, background: bool) -> None:
        queue = self._background if background else self._people
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        self._grant()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # granted and cancelled in the same moment
                self._release(background)
            raise

    def _release(self, background: bool) -> None:
        self._free += 1
        self._background_free += background
        self._grant()

    def _grant(self) -> None:
        while self._free and (turn := _next(self._people)):
            self._free -= 1
            turn.set_result(None)
        while self._free and self._background_free and (turn := _next(self._background)):
            self._free -= 1
            self._background_free -= 1
            turn.set_result(None)


def _next(queue: deque[asyncio.Future[None]]) -> asyncio.Future[None] | None:
    """Take the first who still waits: those who gave up are cancelled."""
    while queue:
        turn = queue.popleft()
        if not turn.done():
            return turn
    return None
