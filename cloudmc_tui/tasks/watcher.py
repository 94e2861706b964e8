"""The watcher: follows every pending task of a connection to its end.

One main loop decides what is to be done next and sleeps until then, or until something happens; with
nothing pending it sleeps for good. Each poll is an asyncio task of its own, so that none waits for another;
what the ledger has to do is another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
import random as random_module
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any

from cloudmc_tui.api import (
    CallTimeout,
    CloudMCError,
    ConnectionFailed,
    KeyRefused,
    NotFound,
    RateLimited,
    Task,
)
from cloudmc_tui.tasks.async_ledger import AsyncLedger
from cloudmc_tui.tasks.events import (
    CaughtUp,
    Event,
    Events,
    Hub,
    LedgerTrouble,
    Paused,
    PollFailed,
    Resumed,
    TaskEnded,
    TaskPolled,
    TaskStarted,
)
from cloudmc_tui.tasks.ledger import one_line
from cloudmc_tui.tasks.line import Line, Pace
from cloudmc_tui.tasks.owner import new_owner
from cloudmc_tui.tasks.place import LedgerError, NoSuchTask
from cloudmc_tui.tasks.record import Status, TaskRecord
from cloudmc_tui.tasks.redact import Redacted
from cloudmc_tui.tasks.timing import Clock, RateLimiter, Sleep, TimeLimit, pause, stop, within

Fetch = Callable[[str], Awaitable[Task]]
"""Asks the server about a task, by its id: the client's ``task``, without retries of its own."""

Redactor = Callable[[TaskRecord, Any], Redacted]
"""Takes the secrets out of a task's result, by :func:`cloudmc_tui.tasks.redact.redact`."""

Reread = Callable[[TaskRecord], Awaitable[object | None]]
"""Reads a task's target again: the entity, a text that tells of it, or None when it cannot be told."""

FORGOTTEN = "no longer known to the server"

_MISSING_WITH_ERRORS = 2
"""How many times in a row CloudMC says 404 until it is believed: a task may be so new that not every
server knows it."""

_MISSING_WITHOUT = 5
"""The same for a 404 without CloudMC's errors, which a gateway gives while the server is away."""

_logger = logging.getLogger(__name__)


@dataclass(eq=False)
class _Followed:
    """A task that this session polls.

    Attributes:
        record: as it is now.
        due: when to ask next, by the watcher's clock.
        delay: the present time between two polls, before jitter.
        resumed: whether it comes from another session, and has not been asked about yet.
        polling: whether a poll is under way.
        missing: how often in a row the server did not know it.
        dirty: whether there is something that the ledger does not have yet.
    """

    record: TaskRecord
    due: float
    delay: float
    resumed: bool = False
    polling: bool = False
    missing: int = 0
    dirty: bool = False


class Watcher:
    """Follows the pending tasks of one connection. :meth:`start` it, :meth:`aclose` it.

    Args:
        ledger: where the tasks are; it stays open.
        fetch: asks the server.
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
        ended_meanwhile: the tasks that ended while no session of this person watched, and whose end
            nobody has seen. Grows until :class:`CaughtUp`.
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
        self.ended_meanwhile: list[TaskRecord] = []
        self._ledger = ledger
        self._fetch = fetch
        self._redact = redact
        self._profile, self._endpoint = profile, endpoint
        self._reread = reread
        self._clock, self._sleep = clock, sleep
        self._limiter = limiter or RateLimiter(clock=clock, sleep=sleep)
        self._random = random or random_module.Random()
        self._pace = pace or Pace()
        self._line = Line(self._pace, self._random)
        self._hub = Hub()
        self._followed: dict[int, _Followed] = {}
        self._elsewhere: dict[int, TaskRecord] = {}
        self._catching_up: set[int] = set()
        self._owed: dict[int, dict[str, Any]] = {}
        self._wake = asyncio.Event()
        self._closing = asyncio.Event()
        self._main: asyncio.Task[None] | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._polls: set[asyncio.Task[None]] = set()
        self._tending = False
        self._renew_at = 0.0
        self._look_at = 0.0

    # What the faces use

    async def start(self) -> None:
        """Claim what is pending from earlier sessions and watch from now on.

        Raises:
            LedgerError: when the ledger cannot be read or written.
        """
        scope = {"profile": self._profile, "endpoint": self._endpoint}
        self.ended_meanwhile = await self._ledger.unseen(**scope)
        await self._look(resumed=True)
        self._catching_up = {key for key, each in self._followed.items() if each.resumed}
        if not self._catching_up and self.ended_meanwhile:
            self._hub.tell(CaughtUp(tuple(self.ended_meanwhile)))
        self._main = asyncio.ensure_future(self._run())

    async def aclose(self) -> None:
        """Stop watching and leave the pending tasks to others, within a second."""
        if self._closing.is_set():
            return
        self._closing.set()
        main = {self._main} if self._main else set()
        await stop({*main, *self._polls})
        try:
            await within(self._pace.farewell, self._say_goodbye(), self._sleep)
        except (TimeLimit, LedgerError) as error:  # the leases run out by themselves
            _logger.warning("the task ledger was not told goodbye: %s", error or "no time")
        await stop(set(self._work))
        self._hub.close()

    def add(self, record: TaskRecord) -> None:
        """Follow a new task at once.

        Args:
            record: from the ledger, begun with :attr:`owner`; pending, with the server's id.
        """
        if record.status is not Status.PENDING or not record.task_id:
            raise ValueError(f"there is nothing to follow in a task that is {record.status.value}")
        self._follow(record, self._pace.after(self._pace.first, self._random))

    def subscribe(self, listener: Callable[[Event], object]) -> Callable[[], None]:
        """Call somebody with every event from now on, until the returned function is called."""
        return self._hub.subscribe(listener)

    def events(self) -> Events:
        """The events from now on, to be iterated over: ``async for event in watcher.events()``."""
        return self._hub.stream()

    @property
    def pending(self) -> list[TaskRecord]:
        """The tasks that are being followed, by this session or another one; oldest first."""
        known = {**self._elsewhere, **{key: each.record for key, each in self._followed.items()}}
        return [known[key] for key in sorted(known)]

    @property
    def paused(self) -> str:
        """Why nothing is asked for now, in one line; empty when it is."""
        return self._line.reason

    @property
    def needs_key(self) -> bool:
        """Whether the API key was refused, so that only :meth:`resume` helps."""
        return self._line.needs_key

    def resume(self, fetch: Fetch | None = None) -> None:
        """Go on after a pause, at once.

        Args:
            fetch: a new client's, where the key was given again.
        """
        if fetch is not None:
            self._fetch = fetch
        if self._line.reset():
            for each in self._followed.values():
                each.due = min(each.due, self._clock())
            self._hub.tell(Resumed())
            self._look_at = self._clock()
            self._spawn(self._tend_ledger(look=True))  # the claims were given back with the key
        self._wake.set()

    async def look(self) -> None:
        """See at once what other sessions have done; nothing is asked of the server.

        Raises:
            LedgerError: when the ledger cannot be read.
        """
        await self._look()
        self._wake.set()

    async def wait(self, keys: Iterable[int], timeout: float | None = None) -> list[TaskRecord]:
        """Wait until tasks have ended, whoever polls them.

        Args:
            keys: the ledger's.
            timeout: seconds to wait at most; None for no limit.

        Returns:
            their records, in the keys' order; at the time limit, or when the watcher is closed, some
            are not ``done``. A task that the ledger does not have is left out.
        """
        keys = list(dict.fromkeys(keys))
        left, found = set(keys), dict[int, TaskRecord]()
        all_ended = asyncio.Event()

        def hear(event: Event) -> None:
            if isinstance(event, TaskEnded) and event.record.key in left:
                found[event.record.key] = event.record
                left.discard(event.record.key)
                if not left:
                    all_ended.set()

        end = self.subscribe(hear)
        closing = asyncio.ensure_future(self._closing.wait())
        closing.add_done_callback(lambda _: all_ended.set())
        try:
            for key in keys:
                record = await self._ledger.get(key)
                if key not in left:
                    continue  # it ended just now
                if record is None or record.done:
                    left.discard(key)
                elif key not in self._followed:
                    self._elsewhere[key] = record
                if record is not None:
                    found[key] = record
            self._wake.set()
            if left:
                await pause(all_ended, timeout, self._sleep)
        finally:
            end()
            await stop({closing})
        return [self._latest(found[key]) for key in keys if key in found]

    # The main loop

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            now = self._clock()
            if not self._tending and now >= self._tend_at():
                self._spawn(self._tend_ledger())
            self._start_polls(now)
            wait = min(self._tend_at(), self._poll_at()) - now
            await pause(self._wake, None if wait == float("inf") else wait, self._sleep)

    def _tend_at(self) -> float:
        """When the ledger has to be seen to; never when nothing is pending."""
        if self._tending:
            return float("inf")
        renew = (
            self._renew_at if (self._followed and not self._line.needs_key) or self._owed else float("inf")
        )
        return min(renew, self._look_at if self._elsewhere else float("inf"))

    def _poll_at(self) -> float:
        """When the next poll can be started; never while enough are under way."""
        room = 1 if self._line.broken else self._pace.concurrency
        waiting = [each.due for each in self._followed.values() if not each.polling]
        if not waiting or len(self._polls) >= room:
            return float("inf")
        line = self._line.next(self._clock())
        return line if self._line.broken else max(line, min(waiting))

    def _start_polls(self, now: float) -> None:
        broken = self._line.broken
        room = (1 if broken else self._pace.concurrency) - len(self._polls)
        if room <= 0 or not self._line.free(now):
            return
        # On a broken line any task will do for a probe, due or not.
        due = (each for each in self._followed.values() if not each.polling and (broken or each.due <= now))
        for each in heapq.nsmallest(room, due, key=lambda each: each.due):
            each.polling = True
            poll = asyncio.ensure_future(self._poll(each))
            self._polls.add(poll)
            poll.add_done_callback(self._polled)

    def _polled(self, poll: asyncio.Task[None]) -> None:
        self._polls.discard(poll)
        self._wake.set()
        if not poll.cancelled() and (error := poll.exception()):
            _logger.error("a poll fell over", exc_info=error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    # One poll

    async def _poll(self, each: _Followed) -> None:
        """Ask about one task, and see to what comes of it."""
        try:
            async with self._limiter.slot() as slot:
                if not self._line.free(self._clock()) or each.record.key not in self._followed:
                    slot.unused = True  # things have changed while it waited for its turn
                    return
                probe = self._line.broken
                self._line.sent()
                assert each.record.task_id
                try:
                    task = await within(self._pace.timeout, self._fetch(each.record.task_id), self._sleep)
                except TimeLimit:
                    limit = f"no answer within {self._pace.timeout:g} s"
                    await self._poll_failed(each, CallTimeout(limit), probe)
                    return
                except Exception as error:
                    await self._poll_failed(each, error, probe)
                    return
            self._answered()
            each.missing = 0
            each.record = replace(each.record, polls=each.record.polls + 1, poll_error="")
            if task.done:
                await self._end(each, task)
            else:
                self._schedule(each)
                self._hub.tell(TaskPolled(each.record))
                self._caught_up(each)
        finally:
            each.polling = False

    async def _poll_failed(self, each: _Followed, error: Exception, probe: bool) -> None:
        now = self._clock()
        reason = one_line(str(error) or type(error).__name__)
        each.record = replace(each.record, polls=each.record.polls + 1, poll_error=reason)
        if isinstance(error, KeyRefused):
            self._refused(reason)
        elif isinstance(error, ConnectionFailed):
            if self._line.lost(reason, now, probe=probe):
                self._hub.tell(Paused(reason))
        elif isinstance(error, CallTimeout):
            if self._line.silent(reason, now, probe=probe):
                self._hub.tell(Paused(reason))
        else:
            self._answered()
            asked = getattr(error, "retry_after", None)
            if asked is None and isinstance(error, RateLimited):
                asked = each.delay
            if asked:
                self._line.hold(asked, now)
            if isinstance(error, NotFound):
                each.missing += 1
                if each.missing >= (_MISSING_WITH_ERRORS if error.errors else _MISSING_WITHOUT):
                    await self._forgotten(each)
                    return
            elif not isinstance(error, CloudMCError):
                _logger.error("asking about a task fell over", exc_info=error)
            self._caught_up(each)
        self._schedule(each)
        self._hub.tell(PollFailed(each.record, error))

    def _schedule(self, each: _Followed) -> None:
        """Settle when to ask next."""
        wait = self._pace.after(each.delay, self._random)
        each.delay = self._pace.grown(each.delay)
        each.due = self._clock() + wait
        each.record = replace(each.record, next_poll_at=self._ledger.now() + wait)
        each.dirty = True

    def _answered(self) -> None:
        if self._line.answered():
            self._hub.tell(Resumed())

    def _refused(self, reason: str) -> None:
        if self._line.refuse(reason):
            self._hub.tell(Paused(reason, needs_key=True))
            self._spawn(self._release())  # another session may have a key that works

    def _caught_up(self, each: _Followed) -> None:
        each.resumed = False
        if each.record.key in self._catching_up:
            self._catching_up.discard(each.record.key)
            if not self._catching_up:
                self._hub.tell(CaughtUp(tuple(self.ended_meanwhile)))

    # The end of a task

    async def _end(self, each: _Followed, task: Task) -> None:
        status = Status.FAILED if task.failed else Status.SUCCESS
        said = "; ".join(str(item) for item in task.errors)
        if status is Status.FAILED and not said:
            said = f"the server says {task.status}, and no more"
        code = task.errors[0].code if task.errors else ""
        result = None
        if task.result is not None:
            try:
                result = self._redact(each.record, task.result)
            except Exception:  # without its result, rather than with its secrets
                _logger.exception("a result could not be redacted")
        record = await self._finish(each.record, status, error=said, code=code, result=result)
        self._leave(each, TaskEnded(record, task, meanwhile=each.resumed))

    async def _forgotten(self, each: _Followed) -> None:
        target, text = await self._read_target(each.record)
        error = f"{FORGOTTEN}{text}"
        record = await self._finish(each.record, Status.UNKNOWN, error=error)
        self._leave(each, TaskEnded(record, None, target, meanwhile=each.resumed))

    def _leave(self, each: _Followed, event: TaskEnded) -> None:
        self._followed.pop(each.record.key, None)
        self._elsewhere.pop(each.record.key, None)
        each.record = event.record
        if each.resumed:
            self.ended_meanwhile.append(event.record)
        self._hub.tell(event)
        self._caught_up(each)

    async def _finish(self, record: TaskRecord, status: Status, **words: Any) -> TaskRecord:
        """Write an end down; what cannot be written now is owed, and kept in mind until then."""
        arguments = {"status": status, "polls": record.polls, **words}
        try:
            return await self._ledger.finish(record.key, **arguments)
        except LedgerError as error:
            if not isinstance(error, NoSuchTask):
                self._owed[record.key] = arguments
                self._hub.tell(LedgerTrouble(error))
        result: Redacted | None = words.get("result")
        return replace(
            record,
            status=status,
            finished_at=self._ledger.now(),
            error=one_line(words.get("error", "")),
            code=words.get("code") or "",
            result=result.text if result else None,
            next_poll_at=None,
            owner="",
        )

    async def _read_target(self, record: TaskRecord) -> tuple[object | None, str]:
        """Read a task's target again: what it is, and how the record's error goes on with it."""
        if self._reread is None or record.profile != self._profile or record.endpoint != self._endpoint:
            return None, ""
        try:
            target = await within(self._pace.timeout, self._reread(record), self._sleep)
        except NotFound:
            return None, "; its target is not there (any more)"
        except (CloudMCError, TimeLimit) as error:
            return None, f"; its target could not be read: {str(error) or 'no answer'}"
        except Exception as error:
            _logger.error("reading a task's target fell over", exc_info=error)
            return None, ""
        if isinstance(target, str):
            return target, f"; {target}" if target else ""
        state = (
            next((target[name] for name in ("state", "status") if target.get(name)), None)
            if isinstance(target, dict)
            else None
        )
        return target, f"; its target is {state} now" if isinstance(state, str) else ""

    # The ledger's side

    def _follow(self, record: TaskRecord, wait: float, *, resumed: bool = False) -> None:
        known = record.key in self._followed or record.key in self._elsewhere
        self._elsewhere.pop(record.key, None)
        if not self._followed:
            self._renew_at = self._clock() + self._pace.renew
        if record.key in self._followed:
            self._followed[record.key].due = self._clock() + wait
        else:
            self._followed[record.key] = _Followed(
                record, self._clock() + wait, self._pace.grown(self._pace.first), resumed
            )
        if not known:
            self._hub.tell(TaskStarted(record, record.owner != self.owner or resumed))
        self._wake.set()

    async def _tend_ledger(self, *, look: bool = False) -> None:
        """Renew leases, write down what is owed, and see what other sessions do."""
        self._tending = True
        try:
            for key, arguments in tuple(self._owed.items()):
                with contextlib.suppress(NoSuchTask):
                    await self._ledger.finish(key, **arguments)
                del self._owed[key]
            if self._followed and not self._line.needs_key and self._clock() >= self._renew_at:
                await self._renew()
            if look or (self._elsewhere and self._clock() >= self._look_at):
                await self._look()
        except LedgerError as error:
            self._hub.tell(LedgerTrouble(error))
        finally:
            now = self._clock()
            self._renew_at = max(self._renew_at, now + self._pace.renew)
            self._look_at = max(self._look_at, now + self._pace.look)
            self._tending = False
            self._wake.set()

    async def _renew(self) -> None:
        held = dict(self._followed)
        ours = await self._ledger.renew(self.owner, self._dirty())
        self._renew_at = self._clock() + self._pace.renew
        for key, each in held.items():
            if key not in ours and key in self._followed and not each.polling:
                del self._followed[key]  # another session took it over, or it was ended elsewhere
                self._elsewhere[key] = each.record

    def _dirty(self) -> list[TaskRecord]:
        dirty = [each for each in self._followed.values() if each.dirty]
        for each in dirty:
            each.dirty = False
        return [each.record for each in dirty]

    async def _look(self, *, resumed: bool = False) -> None:
        """Claim what nobody polls, and compare what others do to what is known of it."""
        if not self._line.needs_key:
            claim = await self._ledger.claim(self.owner, profile=self._profile, endpoint=self._endpoint)
            for record in claim.claimed:
                self._follow(record, 0.0, resumed=resumed)
            for record in claim.unknown:
                self._elsewhere.pop(record.key, None)
                self._spawn(self._lost_on_the_way(record))
        pending = await self._ledger.pending(profile=self._profile, endpoint=self._endpoint)
        others = {each.key: each for each in pending if each.key not in self._followed}
        others = {key: each for key, each in others.items() if each.owner != self.owner}
        for key in tuple(self._elsewhere):
            if key in others or key in self._followed:
                continue
            now = await self._ledger.get(key)
            if now is not None and not now.done:
                others[key] = now  # of another connection, and waited for
            else:
                ended = self._elsewhere.pop(key, None)
                if ended is not None and now is not None:
                    self._hub.tell(TaskEnded(now))
        for key, record in others.items():
            if key not in self._followed:
                new = key not in self._elsewhere
                self._elsewhere[key] = record
                if new:
                    self._hub.tell(TaskStarted(record, resumed=True))
        self._look_at = self._clock() + self._pace.look

    async def _lost_on_the_way(self, record: TaskRecord) -> None:
        """A dead session was just sending it: see what its target looks like."""
        target, text = await self._read_target(record)
        if text:
            try:
                record = await self._ledger.explain(record.key, f"{record.error}{text}")
            except LedgerError as error:
                self._hub.tell(LedgerTrouble(error))
        self._hub.tell(TaskEnded(record, None, target))

    async def _release(self) -> None:
        try:
            await self._ledger.release(self.owner, self._dirty())
        except LedgerError as error:
            self._hub.tell(LedgerTrouble(error))

    async def _say_goodbye(self) -> None:
        for key, arguments in tuple(self._owed.items()):
            with contextlib.suppress(NoSuchTask):
                await self._ledger.finish(key, **arguments)
        await self._ledger.goodbye(self.owner, self._dirty())

    def _latest(self, record: TaskRecord) -> TaskRecord:
        followed = self._followed.get(record.key)
        return followed.record if followed and not record.done else record
