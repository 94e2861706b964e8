"""The ledger for an event loop: a thread of its own does the work, and the loop never waits for a disk."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from cloudmc_tui.language import _
from cloudmc_tui.tasks.errors import LedgerError
from cloudmc_tui.tasks.ledger import LEASE, SENDING_LEASE, Claim, Ledger
from cloudmc_tui.tasks.record import Status, TaskRecord

if TYPE_CHECKING:
    from cloudmc_tui.tasks.redact import Redacted

P = ParamSpec("P")
T = TypeVar("T")


class AsyncLedger:
    """A :class:`Ledger` on one worker thread; make one with :meth:`open`, end it with :meth:`aclose`.

    Its methods are the ledger's, with the same arguments; what is asked for is done in that order, also
    when the one who asked is cancelled meanwhile.

    Attributes:
        notes: the ledger's.
    """

    def __init__(self, ledger: Ledger, worker: ThreadPoolExecutor) -> None:
        self.notes = ledger.notes
        self.path = ledger.path
        self._ledger = ledger
        self._worker = worker

    @classmethod
    async def open(
        cls, path: FilePath | None, *, clock: Callable[[], float] = time.time, **options: Any
    ) -> AsyncLedger:
        """Open the ledger.

        Args:
            path: the file; None for one in memory.
            clock: gives seconds since the epoch; called from both threads.
            options: the other arguments of :class:`Ledger`.

        Raises:
            LedgerError: when there can be no ledger there.
        """
        worker = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        loop = asyncio.get_running_loop()
        try:
            ledger = await loop.run_in_executor(worker, partial(Ledger, path, clock=clock, **options))
        except BaseException:
            worker.shutdown(wait=False)
            raise
        return cls(ledger, worker)

    async def __aenter__(self) -> AsyncLedger:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Finish what was asked for, and close the file. Doing it twice does no harm."""
        try:
            await asyncio.shield(self._submit(self._ledger.close))
        except LedgerError:
            pass
        finally:
            self._worker.shutdown(wait=False)

    def now(self) -> float:
        """The ledger's time, in seconds since the epoch."""
        return self._ledger.now()

    async def begin(self, record: TaskRecord, *, owner: str = "", lease: float = SENDING_LEASE) -> int:
        """See :meth:`Ledger.begin`."""
        return await self._do(Ledger.begin, record, owner=owner, lease=lease)

    async def submitted(
        self, key: int, task_id: str, status: Status = Status.PENDING, *, lease: float = LEASE
    ) -> TaskRecord:
        """See :meth:`Ledger.submitted`."""
        return await self._do(Ledger.submitted, key, task_id, status, lease=lease)

    async def finish(
        self,
        key: int,
        status: Status,
        *,
        error: str = "",
        code: str | None = "",
        result: Redacted | None = None,
        polls: int | None = None,
    ) -> TaskRecord:
        """See :meth:`Ledger.finish`."""
        return await self._do(Ledger.finish, key, status, error=error, code=code, result=result, polls=polls)

    async def unknown(self, key: int, why: str) -> TaskRecord:
        """See :meth:`Ledger.unknown`."""
        return await self._do(Ledger.unknown, key, why)

    async def explain(self, key: int, error: str) -> TaskRecord:
        """See :meth:`Ledger.explain`."""
        return await self._do(Ledger.explain, key, error)

    async def get(self, key: int) -> TaskRecord | None:
        """See :meth:`Ledger.get`."""
        return await self._do(Ledger.get, key)

    async def find(self, task_id: str, *, endpoint: str | None = None) -> TaskRecord | None:
        """See :meth:`Ledger.find`."""
        return await self._do(Ledger.find, task_id, endpoint=endpoint)

    async def pending(self, *, profile: str | None = None, endpoint: str | None = None) -> list[TaskRecord]:
        """See :meth:`Ledger.pending`."""
        return await self._do(Ledger.pending, profile=profile, endpoint=endpoint)

    async def unseen(self, *, profile: str | None = None, endpoint: str | None = None) -> list[TaskRecord]:
        """See :meth:`Ledger.unseen`."""
        return await self._do(Ledger.unseen, profile=profile, endpoint=endpoint)

    async def recent(
        self,
        limit: int = 200,
        *,
        text: str = "",
        status: Status | None = None,
        profile: str | None = None,
    ) -> list[TaskRecord]:
        """See :meth:`Ledger.recent`."""
        return await self._do(Ledger.recent, limit, text=text, status=status, profile=profile)

    async def counts(self, *, profile: str | None = None) -> dict[Status, int]:
        """See :meth:`Ledger.counts`."""
        return await self._do(Ledger.counts, profile=profile)

    async def changed(self) -> bool:
        """See :meth:`Ledger.changed`."""
        return await self._do(Ledger.changed)

    async def revision(self) -> tuple[int, int]:
        """See :meth:`Ledger.revision`."""
        return await self._do(Ledger.revision)

    async def mark_seen(self, keys: Iterable[int]) -> None:
        """See :meth:`Ledger.mark_seen`."""
        return await self._do(Ledger.mark_seen, tuple(keys))

    async def forget(self, keys: Iterable[int] | None = None) -> int:
        """See :meth:`Ledger.forget`."""
        return await self._do(Ledger.forget, None if keys is None else tuple(keys))

    async def claim(
        self, owner: str, *, profile: str | None = None, endpoint: str | None = None, lease: float = LEASE
    ) -> Claim:
        """See :meth:`Ledger.claim`."""
        return await self._do(Ledger.claim, owner, profile=profile, endpoint=endpoint, lease=lease)

    async def renew_lease(
        self, owner: str, polled: Iterable[TaskRecord] = (), *, lease: float = LEASE
    ) -> frozenset[int]:
        """See :meth:`Ledger.renew_lease`."""
        return await self._do(Ledger.renew_lease, owner, tuple(polled), lease=lease)

    async def release(self, owner: str, polled: Iterable[TaskRecord] = ()) -> None:
        """See :meth:`Ledger.release`."""
        return await self._do(Ledger.release, owner, tuple(polled))

    async def goodbye(self, owner: str, polled: Iterable[TaskRecord] = ()) -> None:
        """See :meth:`Ledger.goodbye`."""
        return await self._do(Ledger.goodbye, owner, tuple(polled))

    async def _do(self, method: Callable[Concatenate[Ledger, P], T], *args: P.args, **named: P.kwargs) -> T:
        # Shielded: a future that is cancelled before the thread comes to it would never be done.
        return await asyncio.shield(self._submit(partial(method, self._ledger, *args, **named)))

    def _submit(self, work: Callable[[], T]) -> asyncio.Future[T]:
        try:
            return asyncio.get_running_loop().run_in_executor(self._worker, _closed_told(work))
        except RuntimeError:
            raise LedgerError(_("the task ledger is closed")) from None


def _closed_told(work: Callable[[], T]) -> Callable[[], T]:
    def do() -> T:
        try:
            return work()
        except sqlite3.ProgrammingError as error:
            raise LedgerError(_("the task ledger is closed")) from error

    return do
