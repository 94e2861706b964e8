"""What a watcher tells, and to whom."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from cloudmc_tui.formats.reticent import Reticent

if TYPE_CHECKING:
    from cloudmc_tui.api import Task
    from cloudmc_tui.tasks.record import TaskRecord

_logger = logging.getLogger(__name__)


class TaskStarted(Struct, frozen=True):
    """A task is being followed from now on.

    Attributes:
        record: the task.
        resumed: it was begun by another session.
    """

    record: TaskRecord
    resumed: bool = False


class TaskPolled(Struct, frozen=True):
    """The server was asked, and the task goes on."""

    record: TaskRecord


class TaskEnded(Reticent, frozen=True):
    """A task has ended, or nobody can tell any more.

    Attributes:
        record: the task, as it is in the ledger now.
        task: the server's own words, with the secrets that its result may hold: to be shown once, and
            never to be kept. None when another session heard them, and for an UNKNOWN.
        target: of an UNKNOWN: its target, as it was read again; None when it could not be.
        meanwhile: it had ended before this session asked for the first time.
    """

    UNSAID: ClassVar = frozenset({"task", "target"})

    record: TaskRecord
    task: Task | None = None
    target: object | None = None
    meanwhile: bool = False


class PollFailed(Struct, frozen=True):
    """The server was asked, and did not tell. It will be asked again.

    Attributes:
        record: the task.
        error: why.
    """

    record: TaskRecord
    error: Exception


class Paused(Struct, frozen=True):
    """Nothing is asked for now.

    Attributes:
        reason: why, in one line.
        needs_key: the API key was refused: it goes on only when it is told to.
    """

    reason: str
    needs_key: bool = False


class Resumed(Struct, frozen=True):
    """It goes on."""


class CaughtUp(Struct, frozen=True):
    """Every task from earlier sessions has been asked about once.

    Attributes:
        ended: those that had ended, and that no person has seen the end of.
    """

    ended: tuple[TaskRecord, ...]


class LedgerTrouble(Struct, frozen=True):
    """Something could not be written down. Polling goes on, and it will be tried again.

    Attributes:
        error: why.
    """

    error: Exception


Event = TaskStarted | TaskPolled | TaskEnded | PollFailed | Paused | Resumed | CaughtUp | LedgerTrouble
"""Anything that a watcher tells."""


class Hub:
    """Hands events to whoever listens, in order; a listener that fails harms nobody else."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], object]] = []
        self._streams: set[Events] = set()
        self._closed = False

    def tell(self, event: Event) -> None:
        """Hand an event to all."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # the watcher goes on whatever a pane does
                _logger.exception("a listener failed on %s", type(event).__name__)

    def subscribe(self, listener: Callable[[Event], object]) -> Callable[[], None]:
        """Listen from now on.

        Returns:
            what ends it; calling it twice does no harm.
        """
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def stream(self) -> Events:
        """The events from now on, to be iterated over."""
        stream = Events(self)
        if self._closed:
            stream.close()
        else:
            self._streams.add(stream)
        return stream

    def close(self) -> None:
        """End every stream once it has been read to its end."""
        self._closed = True
        for stream in tuple(self._streams):
            stream.close()
        self._listeners.clear()

    def drop(self, stream: Events) -> None:
        """Forget a stream that was closed."""
        self._streams.discard(stream)


class Events:
    """The events since it was made: ``async for event in events``. Ends when the watcher is closed."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._waiting: deque[Event] = deque()
        self._news = asyncio.Event()
        self._closed = False
        self._end = hub.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        self._waiting.append(event)
        self._news.set()

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Event:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()

    def __enter__(self) -> Events:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Hear nothing more; what was heard can still be read."""
        self._closed = True
        self._end()
        self._hub.drop(self)
        self._news.set()
