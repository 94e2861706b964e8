"""Wait for tasks on the command line, with progress on stderr."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from cloudmc_tui.api.errors import CloudMCError
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.execution import Submission
from cloudmc_tui.formats.dates import age
from cloudmc_tui.formats.tables import json_text
from cloudmc_tui.formats.text import shorten, visible
from cloudmc_tui.formats.values import plain
from cloudmc_tui.language import _
from cloudmc_tui.session import Session
from cloudmc_tui.tasks import Event, LedgerError, Paused, PollFailed, Status, TaskEnded, TaskRecord

TICK = 1.0
"""Seconds between two looks at the clock while waiting at a terminal."""

SHOWN = 3
"""How many of the tasks that are waited for are named at once."""


def told(record: TaskRecord, now: float) -> str:
    """A task in one line: ``"SUCCESS  Stop web-01  12s"``."""
    text = f"{record.status.value:8} {_(record.label)} {visible(record.title)}  {age(record.elapsed(now))}"
    error = _(record.error or record.poll_error)
    return f"{text}  {visible(error)}" if error else text


def exit_of(records: Sequence[TaskRecord]) -> Exit:
    """The exit status that tasks mean: the worst of them."""
    statuses = {r.status for r in records}
    if Status.FAILED in statuses:
        return Exit.FAILED
    if statuses <= {Status.SUCCESS}:
        return Exit.DONE
    return Exit.UNKNOWN


def secret_lines(submission: Submission, indent: str = "") -> str:
    """The secrets of a task's result, for stdout: whoever waited for it gets them, and nobody else."""
    return "".join(f"{indent}{name}: {plain(value)}\n" for name, value in submission.secrets.items())


def result_text(submission: Submission) -> str:
    """What came of a task, as the API sent it; as the ledger kept it where another session heard it."""
    result, kept = submission.result, submission.record.result
    if result is None and kept is not None:
        result = msgspec.json.decode(kept)
    return "" if result is None else json_text(result)


@contextmanager
def ledger_told() -> Iterator[None]:
    """Let a ledger that cannot be read or written be an error like the others.

    Raises:
        CloudMCError: saying why.
    """
    try:
        yield
    except LedgerError as error:
        raise CloudMCError(_("the task ledger cannot be used: {error}", error=error)) from error


class Ends:
    """Hears how tasks end, from now on: what is said of that is said once."""

    def __init__(self, session: Session) -> None:
        """Start to listen."""
        self._session = session
        self._heard: dict[int, TaskEnded] = {}
        session.execution.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        if isinstance(event, TaskEnded):
            self._heard[event.record.key] = event

    def of(self, record: TaskRecord, submission: Submission | None = None) -> Submission:
        """A task with what was heard of its end."""
        event = self._heard.get(record.key)
        return self._session.execution.ended(event.record if event else record, event, submission)

    @property
    def all(self) -> list[Submission]:
        """Every task that has ended since."""
        return [self.of(event.record) for event in self._heard.values()]


Tell = Callable[[TaskRecord], object]


class Progress:
    """One line on stderr that says how long the wait is; nothing where that is no terminal."""

    def __init__(self, session: Session, keys: Sequence[int], tell: Tell | None) -> None:
        self._session = session
        self._keys = set(keys)
        self._tell = tell
        self._live = sys.stderr.isatty()
        self._problem = ""
        self._end = session.execution.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        if isinstance(event, TaskEnded) and event.record.key in self._keys:
            self._problem = ""
            if self._tell is None:
                self._say(told(event.record, self._session.clock()) + "\n")
            else:
                self._say("")
                self._tell(event.record)
        elif isinstance(event, Paused) or (isinstance(event, PollFailed) and event.record.key in self._keys):
            problem = visible(str(event.error if isinstance(event, PollFailed) else event.reason))
            if problem != self._problem and not self._live:
                self._say(_("cloudmc-tui: {problem}; trying again", problem=problem) + "\n")
            self._problem = problem

    async def run(self) -> None:
        """Tick until cancelled."""
        try:
            while True:
                if self._live:
                    self._say(shorten(self._line(), shutil.get_terminal_size().columns - 1))
                await asyncio.sleep(TICK)
        finally:
            self._end()
            if self._live:
                self._say("")

    def _line(self) -> str:
        now = self._session.clock()
        pending = [r for r in self._session.execution.watcher.pending if r.key in self._keys]
        parts = [
            f"{_(r.pending_word) or _(r.label).lower()} {visible(r.title)} {age(r.elapsed(now))}"
            for r in pending[:SHOWN]
        ]
        more = _(" and {count} more", count=len(pending) - SHOWN) if len(pending) > SHOWN else ""
        return f"{', '.join(parts)}{more}{f'  ({self._problem})' if self._problem else ''}"

    def _say(self, text: str) -> None:
        start = "\r\x1b[K" if self._live else ""
        sys.stderr.write(f"{start}{text}")
        sys.stderr.flush()


async def follow(
    session: Session, keys: Sequence[int], timeout: float | None, tell: Tell | None = None
) -> list[TaskRecord]:
    """Wait for tasks to end, telling how it goes.

    Args:
        session: whose tasks they are.
        keys: the ledger's.
        timeout: seconds to wait at most.
        tell: says how one ended; by default that is said on stderr.

    Returns:
        their records; at the time limit some are not done. One that was forgotten meanwhile is left out.

    Raises:
        asyncio.CancelledError: the person has stopped waiting, and was told how to go on.
    """
    progress = asyncio.ensure_future(Progress(session, keys, tell).run())
    try:
        return await session.execution.watcher.wait(keys, timeout)
    except asyncio.CancelledError:
        progress.cancel()
        await asyncio.gather(progress, return_exceptions=True)
        pending = {r.key for r in session.execution.watcher.pending}
        left = [k for k in keys if k in pending]
        if left:
            what = _("The task goes on.") if len(left) == 1 else _("{count} tasks go on.", count=len(left))
            print(what, how_to_wait(session, left), file=sys.stderr, flush=True)
        raise
    finally:
        progress.cancel()
        await asyncio.gather(progress, return_exceptions=True)


def how_to_wait(session: Session, keys: Sequence[int]) -> str:
    """How tasks that go on are waited for later."""
    if session.profile.demo:
        return _("But the demo cloud ends with this command, and its tasks with it.")
    if session.ledger.path is None:
        return _("Nothing on this machine remembers it.")
    return _("To wait for it: cloudmc-tui task {keys} --wait", keys=" ".join(map(str, keys)))
