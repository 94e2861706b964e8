"""The cache for an event loop: a thread of its own encodes, writes and reads; nobody waits for long.

What is read is wanted now, what is kept can wait. So a large listing is encoded a little at a time, and
what is read meanwhile goes in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, TypeVar

from cloudmc_tui.inventory.disk import LARGEST, Cache, Scope, packed
from cloudmc_tui.inventory.room import give_back
from cloudmc_tui.inventory.sieve import Sieve

if TYPE_CHECKING:
    from cloudmc_tui.inventory.listing import Kept, Listing
    from cloudmc_tui.path import Path

BATCH = 200
"""How many entities are encoded before what is to be read has its turn."""

PATIENCE = 5.0
"""Seconds that a read waits for the disk; then it goes on as if there was no cache."""

FAREWELL = 1.5
"""Seconds that the end of a session waits for what is still to be written; the rest is not kept."""

CALM = 0.5
"""Seconds until a listing that was read is written: what shows it to a person goes first. 0: at once."""

SHARE = 10
"""A listing that took a second to write is not written again within so many seconds."""

TRIES = 3
"""After so many failures in a row nothing more is written in this session."""

LARGE = 1_000_000
"""After so many bytes of JSON the system has back what it took to encode and write them."""

T = TypeVar("T")


class DiskStore:
    """One connection's part of the cache on disk. Make one with :meth:`open`, end it with :meth:`aclose`.

    Whatever goes wrong costs the cache, and nothing else.

    Attributes:
        notes: what people should know about the file, one line each.
        trouble: why nothing is written any more, or empty.
    """

    def __init__(self, cache: Cache, scope: Scope, worker: ThreadPoolExecutor, largest: int) -> None:
        self._cache = cache
        self._scope = scope
        self._worker = worker
        self._largest = largest
        self._lock = threading.Lock()
        self._waiting: dict[Path, Listing] = {}
        self._not_before: dict[Path, float] = {}
        self._job: Iterator[None] | None = None
        self._at_work = False
        self._failures = 0
        self.trouble = ""

    @classmethod
    async def open(
        cls,
        file: FilePath,
        scope: Scope,
        *,
        clock: Callable[[], float] = time.time,
        largest: int = LARGEST,
        **options: Any,
    ) -> DiskStore:
        """Open the cache.

        Args:
            file: where it is.
            scope: whose listings are kept and recalled.
            clock: gives seconds since the epoch; called from the thread.
            largest: how many bytes of JSON a listing may have to be kept.
            options: the other arguments of :class:`Cache`.

        Raises:
            DatabaseError: when there can be no cache there.
        """
        worker = ThreadPoolExecutor(1, thread_name_prefix="cache")
        loop = asyncio.get_running_loop()
        try:
            cache = await loop.run_in_executor(worker, partial(Cache, file, clock=clock, **options))
        except BaseException:
            worker.shutdown(wait=False)
            raise
        return cls(cache, scope, worker, largest)

    @property
    def notes(self) -> tuple[str, ...]:
        return self._cache.notes

    async def aclose(self) -> None:
        """Write what is waiting, as far as there is time for it, and close the file."""
        deadline = time.monotonic() + FAREWELL
        try:
            await self._in_thread(lambda: self._finish(deadline), FAREWELL + PATIENCE, None)
        finally:
            self._worker.shutdown(wait=False)

    # Reading

    async def recall(self, path: Path) -> Kept | None:
        """A listing as it was last kept, if it was."""
        return await self._in_thread(lambda: self._cache.recall(self._scope, path), PATIENCE, None)

    async def structure(self) -> list[Kept]:
        """The services and environments as they were last kept."""
        return await self._in_thread(lambda: self._cache.structure(self._scope), PATIENCE, [])

    async def _in_thread(self, work: Callable[[], T], patience: float, otherwise: T) -> T:
        def do() -> T:
            try:
                return work()
            except Exception:  # whatever it is, it is only the cache
                return otherwise

        try:
            done = asyncio.get_running_loop().run_in_executor(self._worker, do)
        except RuntimeError:  # closed already
            return otherwise
        try:
            # Shielded: a future that is cancelled before the thread comes to it would never be done.
            return await asyncio.wait_for(asyncio.shield(done), patience)
        except asyncio.TimeoutError:
            return otherwise

    # Keeping

    def keep(self, listing: Listing) -> None:
        """Keep a listing, soon; of several with the same path, the last one."""
        with self._lock:
            self._waiting.pop(listing.path, None)
            self._waiting[listing.path] = listing
        if CALM:
            asyncio.get_running_loop().call_later(CALM, self._go_on)
        else:
            self._go_on()

    def _go_on(self) -> None:
        """Let the thread write on, after what it has been asked to read."""
        with self._lock:
            if self._at_work:
                return
            self._at_work = True
        self._submit()

    def _submit(self) -> None:
        with contextlib.suppress(RuntimeError):  # closed
            self._worker.submit(self._step)

    def _step(self) -> None:
        """Write a little; in the thread, as is all that follows."""
        if self._advance(time.monotonic()):
            self._submit()

    def _finish(self, deadline: float) -> None:
        while time.monotonic() < deadline and self._advance(math.inf):
            pass
        self._cache.close()

    def _advance(self, now: float) -> bool:
        """Write a little.

        Args:
            now: seconds; what was written too short a time before that waits.

        Returns:
            whether there is more to do now.
        """
        if self._job is None:
            with self._lock:
                path = next((p for p in self._waiting if self._not_before.get(p, 0) <= now), None)
                self._at_work = path is not None and not self.trouble
                if path is None or self.trouble:
                    return False
                self._job = self._writing(self._waiting.pop(path))
        try:
            next(self._job)
        except StopIteration:
            self._job, self._failures = None, 0
        except Exception as error:  # whatever it is, it is only the cache
            self._job, self._failures = None, self._failures + 1
            if self._failures >= TRIES:
                self.trouble = str(error)
        return True

    def _writing(self, listing: Listing) -> Iterator[None]:
        """Encode a listing and write it, with pauses; one that is too large is forgotten."""
        begun = time.monotonic()
        sieve = Sieve(listing.entity_type)
        parts: list[bytes] = []
        lines: list[bytes] = []
        size = kept = 0
        for number, entity in enumerate(listing.entities, 1):
            try:
                lines.append(sieve.encode(entity))
            except (ValueError, TypeError, RecursionError):
                continue  # nothing that was read as JSON; the others are worth keeping
            size += len(lines[-1]) + 1
            if size > self._largest:
                self._cache.forget(self._scope, listing.path)
                return
            if number % BATCH == 0:
                parts.append(packed(b"\n".join(lines)))
                kept += len(lines)
                lines.clear()
                yield
        self._cache.keep(
            self._scope,
            listing.path,
            [*parts, b"\n".join(lines)] if lines else parts,
            entities=kept + len(lines),
            count=listing.count,
            fetched_at=listing.fetched_at,
            notes=sieve.clean(list(listing.notes)),
        )
        ended = time.monotonic()
        self._not_before[listing.path] = ended + SHARE * (ended - begun)
        if size >= LARGE:
            parts.clear()
            give_back()
