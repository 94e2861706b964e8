"""An event loop whose time passes only when there is nothing else to do: hours in milliseconds, and the
same every time."""

from __future__ import annotations

import asyncio
import functools
import inspect
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

EPOCH = 1_750_000_000.0
"""Seconds since the epoch at the loop's zero."""


LONGEST_TEST = 20_000.0
"""Virtual seconds that no test takes, unless it waits for something that never comes."""


class TooLong(AssertionError):
    """What the test waits for never comes, although timers run on and on."""


class NothingMore(AssertionError):
    """Everything waits, and nothing will ever happen: no timer runs, no thread works."""


class _Selector(selectors.DefaultSelector):
    """Moves the time on instead of waiting, except for threads, which take real time and no virtual."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> Any:
        if self.loop.working:
            return super().select(None if timeout != 0 else 0)
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            if self.loop.idle is not None and not self.loop.idle.done():
                self.loop.idle.set_result(None)
                return []
            raise NothingMore("nothing is left that could ever happen")
        # Not by the timeout, which is rounded: to the very moment that the next timer is for.
        self.loop.now = max(self.loop.now, self.loop.next_timer())
        if self.loop.now > LONGEST_TEST:
            self.loop.now = 0.0  # so that what is left can be ended
            raise TooLong(f"{LONGEST_TEST:g} virtual seconds have passed")
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """See the module.

    Attributes:
        now: its time, in seconds.
        working: how many threads are at work for it.
        idle: is resolved when nothing is left that could ever happen.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.working = 0
        self.idle: asyncio.Future[None] | None = None
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def next_timer(self) -> float:
        """When the first timer is due."""
        scheduled: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        return min(handle.when() for handle in scheduled if not handle.cancelled())

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        future = super().run_in_executor(executor, func, *args)
        self.working += 1
        future.add_done_callback(self._worked)
        return future

    def _worked(self, _: object) -> None:
        self.working -= 1

    async def until_idle(self) -> None:
        """Wait until nothing is left that could ever happen, however far in the future."""
        self.idle = self.create_future()
        await self.idle
        self.idle = None


def wall_clock() -> Callable[[], float]:
    """The running virtual loop's time as seconds since the epoch; to be called from any thread."""
    loop = loop_of_test()
    return lambda: EPOCH + loop.now


def loop_of_test() -> VirtualLoop:
    """The virtual loop that runs this test."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test on a virtual loop of its own, and see that it leaves nothing running."""

    @functools.wraps(test)
    def run(*args: Any, **named: Any) -> None:
        loop = VirtualLoop()
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(test(*args, **named))
            left = asyncio.all_tasks(loop)
            assert not left, f"left running: {left}"
        finally:
            for task in asyncio.all_tasks(loop):
                task.cancel()
            if asyncio.all_tasks(loop):
                loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.working += 1  # the executor is shut down in a thread of which the loop is not told
            loop.run_until_complete(loop.shutdown_default_executor())
            asyncio.set_event_loop(None)
            loop.close()

    run.__signature__ = inspect.signature(test)  # type: ignore[attr-defined]  # pytest looks for fixtures there
    del run.__wrapped__  # and would see the coroutine through this
    return run
