"""Wait for tasks on the command line, with progress on stderr."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.formats.dates import age
from cloudmc_tui.formats.text import visible
from cloudmc_tui.session import Session
from cloudmc_tui.tasks import Event, Paused, PollFailed, Status, TaskEnded, TaskRecord

TICK = 1.0
"""Seconds between two looks at the clock while waiting at a terminal."""


def told(record: TaskRecord, now: float) -> str:
    """A task in one line: ``"SUCCESS  Stop web-01  12s"``."""
    text = f"{record.status.value:8} {record.label} {visible(record.title)}  {age(record.elapsed(now))}"
    return f"{text}  {visible(record.error)}" if record.error else text


def exit_of(records: Sequence[TaskRecord]) -> Exit:
    """The exit status that tasks mean: the worst of them."""
    statuses = {r.status for r in records}
    if Status.FAILED in statuses:
        return Exit.FAILED
    if statuses <= {Status.SUCCESS}:
        return Exit.DONE
    return Exit.UNKNOWN


class Progress:
    """One line on stderr that says how long the wait is; nothing where that is no terminal."""

    def __init__(self, session: Session, keys: Sequence[int]) -> None:
        self._session = session
        self._keys = set(keys)
        self._live = sys.stderr.isatty()
        self._problem = ""
        self._end = session.execution.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        if isinstance(event, TaskEnded) and event.record.key in self._keys:
            self._say(told(event.record, self._session.clock()) + "\n")
            self._problem = ""
        elif isinstance(event, (PollFailed, Paused)):
            self._problem = visible(str(event.error if isinstance(event, PollFailed) else event.reason))
            if not self._live:
                self._say(f"cloudmc-tui: {self._problem}; trying again\n")

    async def run(self) -> None:
        """Tick until cancelled."""
        try:
            while True:
                if self._live:
                    now = self._session.clock()
                    pending = [r for r in self._session.execution.watcher.pending if r.key in self._keys]
                    text = ", ".join(
                        f"{r.pending_word or r.label.lower()} {visible(r.title)} {age(r.elapsed(now))}"
                        for r in pending[:3]
                    )
                    self._say(f"{text}{f'  ({self._problem})' if self._problem else ''}")
                await asyncio.sleep(TICK)
        finally:
            self._end()
            if self._live:
                self._say("")

    def _say(self, text: str) -> None:
        start = "\r\x1b[K" if self._live else ""
        sys.stderr.write(f"{start}{text}")
        sys.stderr.flush()


async def follow(session: Session, keys: Sequence[int], timeout: float | None) -> list[TaskRecord]:
    """Wait for tasks to end, telling how it goes.

    Args:
        session: whose tasks they are.
        keys: the ledger's.
        timeout: seconds to wait at most.

    Returns:
        their records; at the time limit some are not done.

    Raises:
        KeyboardInterrupt: after saying how to go on.
    """
    progress = asyncio.ensure_future(Progress(session, keys).run())
    try:
        return await session.execution.watcher.wait(keys, timeout)
    except asyncio.CancelledError:
        say_how_to_go_on(keys)
        raise
    finally:
        progress.cancel()
        await asyncio.gather(progress, return_exceptions=True)


def say_how_to_go_on(keys: Sequence[int]) -> None:
    """Where the person has stopped waiting, the tasks go on: say how to watch them."""
    ids = " ".join(map(str, keys))
    print(f"\nThe task goes on. To wait for it again: cloudmc-tui task {ids} --wait", file=sys.stderr)
