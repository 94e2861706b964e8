"""The watcher: follows every pending task of a connection to its end."""

from __future__ import annotations

import asyncio
import logging
import random as random_module
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from cloudmc_tui.language import _
from cloudmc_tui.tasks.board import Board
from cloudmc_tui.tasks.errors import LedgerError
from cloudmc_tui.tasks.events import Event, Events, Resumed, TaskEnded
from cloudmc_tui.tasks.keeper import NEVER, Keeper, Redactor, Reread
from cloudmc_tui.tasks.line import Line, Pace
from cloudmc_tui.tasks.owner import new_owner
from cloudmc_tui.tasks.poller import Fetch, Poller
from cloudmc_tui.tasks.record import Status, TaskRecord
from cloudmc_tui.tasks.timing import Clock, RateLimiter, Sleep, TimeLimit, pause, stop, within

if TYPE_CHECKING:
    from cloudmc_tui.tasks.async_ledger import AsyncLedger

_logger = logging.getLogger(__name__)


class Watcher:
    """Follows the pending tasks of one connection. :meth:`start` it, :meth:`aclose` it.

    One loop decides what is to be done next, and sleeps until then or until something happens; with
    nothing pending it sleeps for good.

    Args:
        ledger: where the tasks are; it stays open.
        fetch: asks the server: the client's ``task``, without retries of its own.
        redact: takes the secrets out of a result before the ledger gets it.
        profile: whose tasks to follow.
        endpoint: and at which API base URL.
        reread: reads a task's target again, when nobody knows how the task ended.
        limiter: so many polls in a second; shared by the watchers of a program.
        owner: the session's id in the ledger.
        clock: gives seconds that only go forward.
        sleep: waits for so many seconds.
        random: where jitter comes from.
        pace: how often and how long.

    Attributes:
        owner: the session's id, to begin tasks with.
    """

    def __init__(
        self,
        ledger: AsyncLedger,
        fetch: Fetch,
        redact: Redactor,
        *,
        profile: str,
        endpoint: str,
        reread: Reread | None = None,
        limiter: RateLimiter | None = None,
        owner: str | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        random: random_module.Random | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.owner = owner or new_owner()
        self._ledger = ledger
        self._clock, self._sleep = clock, sleep
        self._pace = pace = pace or Pace()
        self._random = random = random or random_module.Random()
        self._board = Board()
        self._line = Line(pace, random)
        self._keeper = Keeper(
            ledger,
            self._board,
            owner=self.owner,
            profile=profile,
            endpoint=endpoint,
            redact=redact,
            reread=reread,
            pace=pace,
            clock=clock,
            sleep=sleep,
        )
        self._poller = Poller(
            self._board,
            self._keeper,
            self._line,
            limiter or RateLimiter(clock=clock, sleep=sleep),
            fetch,
            now=ledger.now,
            pace=pace,
            clock=clock,
            sleep=sleep,
            random=random,
        )
        self._closing = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._tending: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Claim what is pending from earlier sessions, and watch from now on.

        Listen before: :class:`CaughtUp` may come at once.

        Raises:
            LedgerError: when the ledger cannot be read or written.
        """
        await self._keeper.start()
        self._loop = asyncio.ensure_future(self._run())

    async def aclose(self) -> None:
        """Stop watching and leave the pending tasks to others, within a second."""
        if self._closing.is_set():
            return
        self._closing.set()
        await stop(task for task in (self._loop, self._tending) if task)
        await self._poller.aclose()
        try:
            await within(self._pace.farewell / 2, self._keeper.goodbye(), self._sleep)
        except (TimeLimit, LedgerError) as error:  # the leases run out by themselves
            _logger.warning("the task ledger was not told goodbye: %s", error or "no time")
        self._board.hub.close()

    def add(self, record: TaskRecord) -> None:
        """Follow a new task at once.

        Args:
            record: from the ledger, begun with :attr:`owner`; pending, with the server's id.
        """
        if record.status is not Status.PENDING or not record.task_id:
            raise ValueError(
                _("there is nothing to follow in a task that is {value}", value=record.status.value)
            )
        due = self._clock() + self._pace.after(self._pace.first, self._random)
        delay = self._pace.grown(self._pace.first)
        self._board.follow(record, due, delay, resumed=record.owner != self.owner)

    # What it knows and tells

    def subscribe(self, listener: Callable[[Event], object]) -> Callable[[], None]:
        """Call somebody with every event from now on, until the returned function is called."""
        return self._board.hub.subscribe(listener)

    def events(self) -> Events:
        """The events from now on, to be iterated over: ``async for event in watcher.events()``."""
        return self._board.hub.stream()

    @property
    def pending(self) -> list[TaskRecord]:
        """The tasks that have not ended, polled by this session or another one; oldest first."""
        return self._board.pending

    @property
    def ended_meanwhile(self) -> list[TaskRecord]:
        """The tasks that ended while nobody watched, and whose end nobody has seen.

        It grows until :class:`CaughtUp`, as those from earlier sessions are asked about.
        """
        return list(self._board.ended_meanwhile)

    @property
    def paused(self) -> str:
        """Why nothing is asked for now, in one line; empty when it is."""
        return self._line.reason

    @property
    def needs_key(self) -> bool:
        """Whether the API key was refused, so that only :meth:`resume` helps."""
        return self._line.needs_key

    def resume(self, fetch: Fetch | None = None) -> None:
        """Go on at once after a pause.

        Args:
            fetch: a new client's, where the key was given again.
        """
        if fetch is not None:
            self._poller.fetch = fetch
        if self._line.reset():
            self._keeper.reclaim()
            self._poller.hurry()
            self._board.hub.tell(Resumed())
            self._board.wake.set()

    async def look(self) -> None:
        """See at once what other sessions have done; nothing is asked of the server.

        Raises:
            LedgerError: when the ledger cannot be read.
        """
        await self._keeper.look()

    async def wait(self, keys: Iterable[int], timeout: float | None = None) -> list[TaskRecord]:
        """Wait until tasks have ended, whoever polls them.

        Args:
            keys: the ledger's.
            timeout: seconds to wait at most; None for no limit.

        Returns:
            their records, in the keys' order. At the time limit, or when the watcher is closed, some
            are not ``done``. A task that the ledger does not have is left out.

        Raises:
            LedgerError: when the ledger cannot be read.
        """
        keys = list(dict.fromkeys(keys))
        ended: dict[int, TaskRecord] = {}
        enough = asyncio.Event()

        def hear(event: Event) -> None:
            if isinstance(event, TaskEnded):
                ended[event.record.key] = event.record
                if left.issubset(ended):
                    enough.set()

        left = set(keys)
        end = self.subscribe(hear)
        closing = asyncio.ensure_future(self._closing.wait())
        closing.add_done_callback(lambda _: enough.set())
        try:
            for key in keys:
                record = await self._ledger.get(key)
                if record is None:
                    left.discard(key)
                elif record.done:
                    ended[key] = record
                    self._board.settle(record)
                else:
                    self._board.wait_for(record)
            if not left.issubset(ended):
                await pause(enough, timeout, self._sleep)
        finally:
            end()
            await stop({closing})
        known = {**{record.key: record for record in self._board.pending}, **ended}
        latest = [known.get(key) or await self._ledger.get(key) for key in keys]
        return [record for record in latest if record is not None]

    async def _run(self) -> None:
        wake = self._board.wake
        while True:
            wake.clear()
            self._poller.start_due()
            due = self._poller.due()
            if self._tending is None or self._tending.done():
                if self._clock() >= self._keeper.due():
                    self._tending = asyncio.ensure_future(self._keeper.tend())  # which wakes us at its end
                else:
                    due = min(due, self._keeper.due())
            await pause(wake, None if due == NEVER else due - self._clock(), self._sleep)
