"""The watcher's side to the server: one poll, and what comes of it."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
import random as random_module
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from cloudmc_tui.api import (
    CallTimeout,
    CloudMCError,
    ConnectionFailed,
    KeyRefused,
    NotFound,
    RateLimited,
    Task,
)
from cloudmc_tui.language import _, decimal
from cloudmc_tui.tasks.events import Paused, PollFailed, Resumed, TaskPolled
from cloudmc_tui.tasks.keeper import NEVER, Keeper
from cloudmc_tui.tasks.ledger import one_line
from cloudmc_tui.tasks.timing import Clock, RateLimiter, Sleep, TimeLimit, stop, within

if TYPE_CHECKING:
    from cloudmc_tui.tasks.board import Board, Followed
    from cloudmc_tui.tasks.line import Line, Pace

Fetch = Callable[[str], Awaitable[Task]]
"""Asks the server about a task, by its id: the client's ``task``, without retries of its own."""

BELIEVED = 2
"""How many times in a row CloudMC says 404 until it is believed: a task may be so new that not every
server knows it."""

BELIEVED_WITHOUT_ERRORS = 5
"""The same for a 404 without CloudMC's errors, which a gateway gives while the server is away."""

_logger = logging.getLogger(__name__)


class Poller:
    """Asks about each task in its time, each in an asyncio task of its own.

    Args:
        board: the tasks.
        keeper: writes down how they end.
        line: the way to the server.
        limiter: so many polls in a second.
        fetch: asks the server.
        now: gives seconds since the epoch, for the records.
        pace: how often and how long.
        clock: gives seconds that only go forward.
        sleep: waits for so many seconds.
        random: where jitter comes from.
    """

    def __init__(
        self,
        board: Board,
        keeper: Keeper,
        line: Line,
        limiter: RateLimiter,
        fetch: Fetch,
        *,
        now: Clock,
        pace: Pace,
        clock: Clock,
        sleep: Sleep,
        random: random_module.Random,
    ) -> None:
        self.fetch = fetch
        self._board = board
        self._keeper = keeper
        self._line = line
        self._limiter = limiter
        self._now = now
        self._pace = pace
        self._clock, self._sleep = clock, sleep
        self._random = random
        self._polls: set[asyncio.Task[None]] = set()
        self._ends: set[asyncio.Task[None]] = set()

    def due(self) -> float:
        """When the next poll can be started, by the watcher's clock; never while enough are under way."""
        waiting = [each.due for each in self._board.followed.values() if not each.polling]
        if not waiting or self._room() <= 0:
            return NEVER
        line = self._line.next(self._clock())
        return line if self._line.broken else max(line, min(waiting))

    def start_due(self) -> None:
        """Start the polls that are due, the longest due first, as far as there is room."""
        now = self._clock()
        if not self._line.free(now):
            return
        probe = self._line.broken  # any task will do for that, due or not
        due = (e for e in self._board.followed.values() if not e.polling and (probe or e.due <= now))
        for each in heapq.nsmallest(self._room(), due, key=lambda each: each.due):
            each.polling = True
            poll = asyncio.ensure_future(self._poll(each))
            self._polls.add(poll)
            poll.add_done_callback(lambda poll, each=each: self._polled(poll, each))  # type: ignore[misc]

    def hurry(self) -> None:
        """Let everything be due."""
        now = self._clock()
        for each in self._board.followed.values():
            each.due = min(each.due, now)

    async def aclose(self) -> None:
        """Ask no more. What the server has told already is still written down, for a moment."""
        await stop(self._polls)
        with contextlib.suppress(TimeLimit):
            ends = asyncio.gather(*self._ends, return_exceptions=True)
            await within(self._pace.farewell / 2, ends, self._sleep)

    def _room(self) -> int:
        return (1 if self._line.broken else self._pace.concurrency) - len(self._polls)

    def _polled(self, poll: asyncio.Task[None], each: Followed) -> None:
        self._polls.discard(poll)
        each.polling = False
        self._board.wake.set()
        if not poll.cancelled() and (error := poll.exception()):
            _logger.error("a poll fell over", exc_info=error)

    async def _poll(self, each: Followed) -> None:
        """Ask about one task, and see to what comes of it."""
        async with self._limiter.slot() as slot:
            if not self._line.free(self._clock()) or self._board.followed.get(each.key) is not each:
                slot.unused = True  # things have changed while it waited for its turn
                return
            probe = self._line.broken
            self._line.sent()
            assert each.record.task_id
            error: Exception | None = None
            try:
                task = await within(self._pace.timeout, self.fetch(each.record.task_id), self._sleep)
            except TimeLimit:
                error = CallTimeout(
                    _("no answer within {timeout} s", timeout=decimal(f"{self._pace.timeout:g}"))
                )
            except Exception as failure:
                error = failure
        if error is not None:
            await self._failed(each, error, probe)
            return
        self._answered()
        each.missing = 0
        each.note()
        if task.done:
            await self._to_the_end(self._keeper.end(each, task))
        else:
            self._schedule(each)
            self._board.hub.tell(TaskPolled(each.record))
            self._board.heard_of(each.key)

    async def _failed(self, each: Followed, error: Exception, probe: bool) -> None:
        now = self._clock()
        reason = one_line(str(error) or type(error).__name__)
        each.note(error=reason)
        if isinstance(error, KeyRefused):
            if self._line.refuse(reason):
                self._board.hub.tell(Paused(reason, needs_key=True))
                await self._to_the_end(self._keeper.release())  # another session may have a key that works
        elif isinstance(error, (ConnectionFailed, CallTimeout)):
            lost = self._line.lost if isinstance(error, ConnectionFailed) else self._line.silent
            if lost(reason, now, probe=probe):
                self._board.hub.tell(Paused(reason))
        else:
            self._answered()
            wait = getattr(error, "retry_after", None)
            if wait is None and isinstance(error, RateLimited):
                wait = each.delay
            if wait:
                self._line.hold(wait, now)
            if isinstance(error, NotFound):
                each.missing += 1
                if each.missing >= (BELIEVED if error.errors else BELIEVED_WITHOUT_ERRORS):
                    await self._to_the_end(self._keeper.end_unknown(each))
                    return
            elif not isinstance(error, CloudMCError):
                _logger.error("asking about a task fell over", exc_info=error)
            self._board.heard_of(each.key)
        self._schedule(each)
        self._board.hub.tell(PollFailed(each.record, error))

    def _schedule(self, each: Followed) -> None:
        """Settle when to ask next."""
        wait = self._pace.after(each.delay, self._random)
        each.delay = self._pace.grown(each.delay)
        each.due = self._clock() + wait
        each.record = replace(each.record, next_poll_at=self._now() + wait)

    def _answered(self) -> None:
        if self._line.answered():
            self._board.hub.tell(Resumed())

    async def _to_the_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that the end of the session does not cut short at once."""
        task = asyncio.ensure_future(work)
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)
        await asyncio.shield(task)
