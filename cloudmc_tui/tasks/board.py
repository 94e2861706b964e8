"""What a watcher knows of the tasks: which are its own to poll, and which it only waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cloudmc_tui.tasks.events import CaughtUp, Hub, TaskEnded, TaskStarted

if TYPE_CHECKING:
    from cloudmc_tui.tasks.record import TaskRecord


class Followed(Struct, eq=False):
    """A task that this session polls.

    Attributes:
        record: as it is now.
        due: when to ask next, by the watcher's clock.
        delay: the present time between two polls in seconds, before jitter.
        polling: whether a poll is under way, or what came of it is being written down.
        missing: how often in a row the server did not know it.
        dirty: whether its polls are news to the ledger.
    """

    record: TaskRecord
    due: float
    delay: float
    polling: bool = False
    missing: int = 0
    dirty: bool = False

    @property
    def key(self) -> int:
        """The ledger's number for it."""
        return self.record.key

    def note(self, *, error: str = "") -> None:
        """Take down that the server was asked.

        Args:
            error: why it did not tell, in one line.
        """
        self.record = replace(self.record, polls=self.record.polls + 1, poll_error=error)
        self.dirty = True


class Board:
    """The tasks that have not ended, as far as this session knows.

    Attributes:
        hub: where what happens is told.
        wake: set when there is something new to do.
        followed: those that this session polls, by their keys.
        elsewhere: those that it waits for, polled by another session or by none.
        catching_up: the keys of those from earlier sessions that have not been asked about yet.
        ended_meanwhile: the tasks that ended while nobody watched, and whose end nobody has seen.
    """

    def __init__(self) -> None:
        self.hub = Hub()
        self.wake = asyncio.Event()
        self.followed: dict[int, Followed] = {}
        self.elsewhere: dict[int, TaskRecord] = {}
        self.catching_up: set[int] = set()
        self.ended_meanwhile: list[TaskRecord] = []

    @property
    def pending(self) -> list[TaskRecord]:
        """All of them, oldest first."""
        known = {**self.elsewhere, **{key: each.record for key, each in self.followed.items()}}
        return [known[key] for key in sorted(known)]

    def dirty(self) -> list[TaskRecord]:
        """Those whose polls are news to the ledger."""
        return [each.record for each in self.followed.values() if each.dirty]

    def follow(self, record: TaskRecord, due: float, delay: float, *, resumed: bool) -> None:
        """Poll a task from now on.

        Args:
            record: the task.
            due: when to ask first, by the watcher's clock.
            delay: seconds to the poll after that, before jitter.
            resumed: whether another session has begun it.
        """
        known = self.elsewhere.pop(record.key, None) is not None
        each = self.followed.get(record.key)
        if each is None:
            self.followed[record.key] = Followed(record, due, delay)
        else:
            each.due = min(each.due, due)
        if each is None and not known:
            self.hub.tell(TaskStarted(record, resumed))
        self.wake.set()

    def wait_for(self, record: TaskRecord) -> None:
        """Wait for a task that another session polls, or may poll."""
        if record.key in self.followed:
            return
        known = record.key in self.elsewhere
        self.elsewhere[record.key] = record
        if not known:
            self.hub.tell(TaskStarted(record, resumed=True))
            self.wake.set()

    def hand_over(self, key: int) -> None:
        """Go on waiting for a task, but poll it no more."""
        each = self.followed.pop(key, None)
        if each is not None:
            self.elsewhere[key] = each.record
            self.wake.set()

    def leave(self, event: TaskEnded) -> None:
        """Be done with a task, and tell how it ended."""
        key = event.record.key
        self.followed.pop(key, None)
        self.elsewhere.pop(key, None)
        if event.meanwhile:
            self.ended_meanwhile.append(event.record)
        self.hub.tell(event)
        self.heard_of(key)
        self.wake.set()

    def settle(self, record: TaskRecord) -> None:
        """The ledger says how a task ended: be done with it, unless this session is just telling that."""
        each = self.followed.get(record.key)
        if record.key in self.elsewhere or (each is not None and not each.polling):
            self.leave(TaskEnded(record))

    def drop(self, key: int) -> None:
        """Be done with a task that a person had forgotten."""
        self.followed.pop(key, None)
        self.elsewhere.pop(key, None)
        self.heard_of(key)

    def heard_of(self, key: int) -> None:
        """A task has been asked about, or need not be."""
        if key in self.catching_up:
            self.catching_up.discard(key)
            if not self.catching_up:
                self.hub.tell(CaughtUp(tuple(self.ended_meanwhile)))
