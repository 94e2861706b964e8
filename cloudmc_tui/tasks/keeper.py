"""The watcher's side to the ledger: leases, ends, and what other sessions do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from cloudmc_tui.api import CloudMCError, NotFound, Task
from cloudmc_tui.language import N_, _, decimal
from cloudmc_tui.tasks.errors import LedgerError, NoSuchTask
from cloudmc_tui.tasks.events import CaughtUp, LedgerTrouble, TaskEnded
from cloudmc_tui.tasks.ledger import one_line
from cloudmc_tui.tasks.record import Status, TaskRecord
from cloudmc_tui.tasks.redact import Redacted
from cloudmc_tui.tasks.timing import Clock, Sleep, TimeLimit, stop, within

if TYPE_CHECKING:
    from cloudmc_tui.tasks.async_ledger import AsyncLedger
    from cloudmc_tui.tasks.board import Board, Followed
    from cloudmc_tui.tasks.line import Pace

Redactor = Callable[[TaskRecord, Any], Redacted]
"""Takes the secrets out of a task's result, by :func:`cloudmc_tui.tasks.redact.redact`."""

Reread = Callable[[TaskRecord], Awaitable[object | None]]
"""Reads a task's target again: the entity, a text that tells of it, or None when it cannot be told."""

FORGOTTEN = N_("no longer known to the server")

NEVER = float("inf")

_logger = logging.getLogger(__name__)


class Keeper:
    """Writes down what becomes of tasks. What cannot be written now is owed, and written later.

    Args:
        ledger: where the tasks are.
        board: what is known of them here.
        owner: the session's id.
        profile: whose tasks to claim.
        endpoint: and at which API base URL.
        redact: takes the secrets out of results.
        reread: reads a task's target again.
        pace: how often.
        clock: gives seconds that only go forward.
        sleep: waits for so many seconds.

    Attributes:
        claiming: whether to claim what nobody polls.
    """

    def __init__(
        self,
        ledger: AsyncLedger,
        board: Board,
        *,
        owner: str,
        profile: str,
        endpoint: str,
        redact: Redactor,
        reread: Reread | None,
        pace: Pace,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self.claiming = True
        self._ledger = ledger
        self._board = board
        self._owner = owner
        self._profile, self._endpoint = profile, endpoint
        self._redact = redact
        self._reread = reread
        self._pace = pace
        self._clock, self._sleep = clock, sleep
        self._work: set[asyncio.Task[None]] = set()
        self._owed: dict[int, dict[str, Any]] = {}
        self._busy = asyncio.Lock()
        self._renewed = self._looked = float("-inf")
        self._revision: object = None
        self._told: set[str] = set()

    # In time

    def due(self) -> float:
        """When :meth:`tend` is to be called, by the watcher's clock; never when nothing is pending."""
        renew = self._renewed + self._pace.renew if self._board.followed or self._owed else NEVER
        return min(renew, self._looked + self._pace.look if self._board.elsewhere else NEVER)

    async def tend(self) -> None:
        """Renew leases, write down what is owed, and see what other sessions do, as far as it is time."""
        async with self._busy:
            now = self._clock()
            steps = []
            if now >= self._renewed + self._pace.renew:
                self._renewed = now
                steps = [self._renew, self.pay]
            if self._board.elsewhere and now >= self._looked + self._pace.look:
                steps.append(self._look)
            try:
                if all([await self._try(step) for step in steps]):
                    self._told.clear()
            finally:
                self._board.wake.set()

    async def _try(self, step: Callable[[], Awaitable[None]]) -> bool:
        """Do something with the ledger that does not keep the rest from being done when it fails."""
        try:
            await step()
        except LedgerError as error:
            self._trouble(error)
            return False
        return True

    async def look(self) -> None:
        """See at once what other sessions have done, and claim what nobody polls.

        Raises:
            LedgerError: when the ledger cannot be read or written.
        """
        async with self._busy:
            self._revision = None
            await self._look()
        self._board.wake.set()

    async def start(self) -> None:
        """The first look: what is claimed now was begun by earlier sessions.

        Raises:
            LedgerError: when the ledger cannot be read or written.
        """
        unseen = await self._ledger.unseen(profile=self._profile, endpoint=self._endpoint)
        self._board.ended_meanwhile += unseen
        await self.look()
        self._board.catching_up |= set(self._board.followed)
        if not self._board.catching_up and unseen:
            self._board.hub.tell(CaughtUp(tuple(unseen)))

    async def release(self) -> None:
        """Leave every task to others, and wait for them to be polled by those."""
        self.claiming = False
        dirty = self._board.dirty()
        for key in tuple(self._board.followed):
            self._board.hand_over(key)
        try:
            await self._ledger.release(self._owner, dirty)
        except LedgerError as error:  # the leases run out by themselves
            self._trouble(error)

    def reclaim(self) -> None:
        """Claim again, at the next opportunity."""
        self.claiming = True
        self._looked = float("-inf")

    async def goodbye(self) -> None:
        """Write down the last, and leave every task to others.

        Raises:
            LedgerError: when the ledger cannot be written.
        """
        await stop(self._work)
        await self.pay()
        await self._ledger.goodbye(self._owner, self._board.dirty())

    async def pay(self) -> None:
        """Write down the ends that could not be written before.

        Raises:
            LedgerError: when it still cannot be.
        """
        for key, words in tuple(self._owed.items()):
            with contextlib.suppress(NoSuchTask):
                await self._ledger.finish(key, **words)
            del self._owed[key]

    # Ends

    async def end(self, each: Followed, task: Task) -> None:
        """Write down how a task ended, and tell."""
        status = Status.FAILED if task.failed else Status.SUCCESS
        error = "; ".join(str(item) for item in task.errors)
        if task.failed and not error:
            error = _("the server says {status}, and no more", status=task.status)
        result = None
        if task.result is not None:
            try:
                result = self._redact(each.record, task.result)
            except Exception as failure:  # without its result, rather than with its secrets
                _logger.error("a result could not be redacted: %s", type(failure).__name__)
        code = (task.errors[0].code or "") if task.errors else ""
        record = await self._finish(each.record, status, error, code=code, result=result)
        self._board.leave(TaskEnded(record, task, meanwhile=each.key in self._board.catching_up))

    async def end_unknown(self, each: Followed) -> None:
        """Write down that the server does not know a task any more, and how its target looks."""
        target, text = await self._read_target(each.record)
        record = await self._finish(each.record, Status.UNKNOWN, f"{FORGOTTEN}{text}")
        self._board.leave(TaskEnded(record, None, target, each.key in self._board.catching_up))

    async def _finish(
        self,
        record: TaskRecord,
        status: Status,
        error: str,
        *,
        code: str = "",
        result: Redacted | None = None,
    ) -> TaskRecord:
        words: dict[str, Any] = {"status": status, "error": error, "code": code, "result": result}
        words["polls"] = record.polls
        try:
            return await self._ledger.finish(record.key, **words)
        except NoSuchTask:
            pass
        except LedgerError as trouble:
            self._owed[record.key] = words
            self._trouble(trouble)
        return replace(
            record,
            status=status,
            finished_at=self._ledger.now(),
            error=one_line(error),
            code=code,
            result=result.text if result else None,
            next_poll_at=None,
            poll_error="",
            owner="",
        )

    async def _read_target(self, record: TaskRecord) -> tuple[object | None, str]:
        """Read a task's target again: what it is, and how the record's error goes on with it."""
        if self._reread is None or (record.profile, record.endpoint) != (self._profile, self._endpoint):
            return None, ""
        try:
            target = await within(self._pace.timeout, self._reread(record), self._sleep)
        except NotFound:
            return None, _("; its target is not there (any more)")
        except CloudMCError as error:
            return None, _("; its target could not be read: {error}", error=error)
        except TimeLimit:
            return None, _(
                "; its target could not be read within {timeout} s",
                timeout=decimal(f"{self._pace.timeout:g}"),
            )
        except Exception as error:
            _logger.error("reading a task's target fell over", exc_info=error)
            return None, ""
        if isinstance(target, str):
            return target, f"; {target}" if target else ""
        if isinstance(target, Mapping) and isinstance(state := target.get("state"), str):
            return target, _("; its target is {state} now", state=state)
        return target, ""

    # Other sessions

    async def _renew(self) -> None:
        board = self._board
        if not board.followed:
            return
        held = dict(board.followed)
        dirty = [each for each in held.values() if each.dirty]
        for each in dirty:
            each.dirty = False  # before it is written: the next poll may end meanwhile
        try:
            ours = await self._ledger.renew_lease(self._owner, [each.record for each in dirty])
        except LedgerError:
            for each in dirty:
                each.dirty = True
            raise
        for key, each in held.items():
            if key not in ours and not each.polling:
                board.hand_over(key)  # another session took it over, or has seen its end
        for key in ours.difference(board.followed, self._owed):
            record = await self._ledger.get(key)
            if record is not None and not record.done:
                self._follow(record)

    async def _look(self) -> None:
        """Claim what nobody polls, and compare what others do to what is known of it."""
        self._looked = self._clock()
        if self.claiming:
            claim = await self._ledger.claim(self._owner, profile=self._profile, endpoint=self._endpoint)
            for record in claim.claimed:
                self._follow(record)
            for record in claim.unknown:
                self._spawn(self._lost(record))
        revision = await self._ledger.revision()
        if revision == self._revision:
            return
        self._revision = revision
        pending = await self._ledger.pending(profile=self._profile, endpoint=self._endpoint)
        theirs = {record.key: record for record in pending if record.owner != self._owner}
        for record in theirs.values():
            self._board.wait_for(record)
        for key in set(self._board.elsewhere).difference(theirs):
            now = await self._ledger.get(key)
            if key not in self._board.elsewhere:
                continue
            if now is None:
                self._board.drop(key)
            elif now.done:
                self._board.settle(now)
            else:
                self._board.elsewhere[key] = now  # of another connection, and waited for

    def _follow(self, record: TaskRecord) -> None:
        if not self._board.followed:
            self._renewed = self._clock()
        self._board.follow(record, self._clock(), self._pace.first, resumed=True)

    async def _lost(self, record: TaskRecord) -> None:
        """A dead session was just sending it: see how its target looks."""
        target, text = await self._read_target(record)
        if text:
            try:
                record = await self._ledger.explain(record.key, f"{record.error}{text}")
            except LedgerError as error:
                self._trouble(error)
        self._board.leave(TaskEnded(record, None, target))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def _trouble(self, error: LedgerError) -> None:
        """Tell of it, but not again and again."""
        if str(error) in self._told:
            return
        self._told.add(str(error))
        self._board.hub.tell(LedgerTrouble(error))
