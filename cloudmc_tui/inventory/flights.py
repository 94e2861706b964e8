"""Identical requests in flight are joined: one fetch, any number of waiters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Flights:
    """Fetches under way, by key. A fetch whose last waiter is cancelled is cancelled as well."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}
        self._waiters: dict[Hashable, int] = {}
        self._running: set[asyncio.Task[Any]] = set()

    async def join(self, key: Hashable, fetch: Callable[[], Awaitable[T]]) -> T:
        """Wait for the fetch under this key, starting it if there is none.

        Args:
            key: what is fetched.
            fetch: starts it; called at most once at a time for a key.

        Returns:
            what the fetch returned; what it raised is raised to every waiter.
        """
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.ensure_future(_run(fetch))
            self._running.add(task)
            self._tasks[key] = task
            self._waiters[key] = 0
            task.add_done_callback(lambda done: self._landed(key, done))
        self._waiters[key] += 1
        try:
            return await asyncio.shield(task)
        finally:
            if self._tasks.get(key) is task:
                self._waiters[key] -= 1
                if self._waiters[key] == 0 and not task.done():
                    self._drop(key)
                    task.cancel()

    def _landed(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if self._tasks.get(key) is task:
            self._drop(key)
        if not task.cancelled():
            task.exception()  # seen, even when every waiter has gone

    def _drop(self, key: Hashable) -> None:
        del self._tasks[key], self._waiters[key]

    def is_current(self, key: Hashable) -> bool:
        """Whether the running task is the fetch under this key, and not one that was forgotten."""
        return self._tasks.get(key) is asyncio.current_task()

    def forget(self, chosen: Callable[[Any], bool]) -> None:
        """Let no one join the chosen fetches any more; those who wait for them still get what they bring.

        Args:
            chosen: tells by its key whether to forget a fetch.
        """
        for key in [k for k in self._tasks if chosen(k)]:
            self._drop(key)

    async def aclose(self) -> None:
        """Cancel whatever is under way."""
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(fetch: Callable[[], Awaitable[T]]) -> T:
    return await fetch()
