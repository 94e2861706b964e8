"""List the tasks that were started on this machine, newest first; --watch follows those under way."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import sys
from collections.abc import Sequence

from cloudmc_tui.cli.arguments import add_output, natural
from cloudmc_tui.cli.connect import session_of
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.cli.follow import Ends, ledger_told, secret_lines, told
from cloudmc_tui.cli.main import add_connection
from cloudmc_tui.formats.dates import age, clock_time
from cloudmc_tui.formats.tables import csv_text, json_text, table
from cloudmc_tui.formats.text import shorten, visible
from cloudmc_tui.language import N_, _, counted
from cloudmc_tui.path import ROOT
from cloudmc_tui.session import LEDGER_FILE, Session, state_folder
from cloudmc_tui.tasks import AsyncLedger, Event, TaskEnded, TaskRecord, TaskStarted

HEADINGS = (
    N_("key"),
    N_("status"),
    N_("took"),
    N_("operation"),
    N_("target"),
    N_("path"),
    N_("started"),
    N_("error"),
)

TICK = 1.0
"""Seconds between two paints of a live view."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_output(parser, "table", "json", "csv")
    parser.add_argument("--filter", default="", metavar="TEXT", help=_("only those in which this text is"))
    parser.add_argument("--limit", type=natural, default=50, metavar="N", help=_("so many at most (50)"))
    parser.add_argument(
        "--watch", action="store_true", help=_("follow those under way, in place, until all have ended")
    )
    add_connection(parser)


async def run(options: argparse.Namespace) -> int:
    """List, or watch."""
    with ledger_told():
        if options.watch:
            async with session_of(options) as session:
                return await _watch(session, options)
        async with await AsyncLedger.open(state_folder() / LEDGER_FILE) as ledger:
            records = await ledger.recent(limit=options.limit, text=options.filter)
            now = ledger.now()
    for note in ledger.notes:
        print(f"cloudmc-tui: {visible(note)}", file=sys.stderr)
    sys.stdout.write(_rendered(options.output, records, now))
    if not records:
        started = _("cloudmc-tui: no task was started on this machine")
        print(_("cloudmc-tui: no task matches") if options.filter else started, file=sys.stderr)
    return Exit.DONE


def _rendered(output: str, records: list[TaskRecord], now: float) -> str:
    if output == "json":
        return json_text([_object(r) for r in records])
    rows = [_row(r, now) for r in records]
    if output == "csv":
        return csv_text([_(h) for h in HEADINGS], rows)
    return table([_(h) for h in HEADINGS], rows, right=(0, 2)) if rows else ""


def _row(record: TaskRecord, now: float) -> tuple[str, ...]:
    return (
        str(record.key),
        record.status.value,
        age(record.elapsed(now)),
        _(record.label),
        shorten(visible(record.title), 32),
        visible(str(record.path)),
        clock_time(record.submitted_at, now),
        shorten(visible(_(record.error or record.poll_error)), 60),
    )


def _object(record: TaskRecord) -> dict[str, object]:
    """A task for a machine; the ledger has no secrets."""
    return {
        "key": record.key,
        "taskId": record.task_id,
        "status": record.status.value,
        "profile": record.profile,
        "endpoint": record.endpoint,
        "organizationId": record.organization_id,
        "path": str(record.path),
        "title": record.title,
        "operation": record.operation,
        "method": record.method,
        "url": record.url,
        "submittedAt": record.submitted_at,
        "finishedAt": record.finished_at,
        "error": record.error or None,
        "code": record.code or None,
    }


async def _watch(session: Session, options: argparse.Namespace) -> int:
    """Follow what is under way until all of it has ended."""
    for note in session.notes:
        print(f"cloudmc-tui: {visible(note)}", file=sys.stderr)
    await session.inventory.refresh(ROOT)
    ends = Ends(session)
    view = _View(session, options)
    session.execution.subscribe(view.hear)
    await session.execution.start()
    try:
        while True:
            await view.look()
            if not session.execution.watcher.pending:
                break
            await view.wait()
    except asyncio.CancelledError:
        keys = [record.key for record in session.execution.watcher.pending]
        print(f"{_named(keys)} {_('To watch again: cloudmc-tui tasks --watch')}", file=sys.stderr)
        raise
    finally:  # said once, so it must not be lost
        for each in ends.all:
            if each.secrets:
                sys.stdout.write(f"{told(each.record, session.clock())}\n{secret_lines(each, '  ')}")
        sys.stdout.flush()
    await session.execution.mark_seen([each.record for each in ends.all])
    if options.output != "table":
        sys.stdout.write(_rendered(options.output, await view.records(), session.clock()))
    return Exit.DONE


def _named(keys: Sequence[int]) -> str:
    """``"Task 3 goes on."``, ``"Tasks 3, 4 go on."``."""
    listed = ", ".join(map(str, keys))
    return counted("Task {listed} goes on.", "Tasks {listed} go on.", len(keys), listed=listed)


class _View:
    """What is under way, in place: the table is painted over itself, without the whole screen. Where that
    is no terminal, a line for each task that ends; for -o json and csv, nothing before the end."""

    def __init__(self, session: Session, options: argparse.Namespace) -> None:
        self._session = session
        self._limit, self._words = options.limit, options.filter
        self._table = options.output == "table"
        self._live = self._table and sys.stdout.isatty()
        self._changed = asyncio.Event()
        self._painted = 0

    def hear(self, event: Event) -> None:
        """What the session tells of its tasks."""
        if isinstance(event, (TaskEnded, TaskStarted)):
            self._changed.set()
        if isinstance(event, TaskEnded) and self._table and not self._live:
            print(told(event.record, self._session.clock()), flush=True)

    async def records(self) -> list[TaskRecord]:
        """The tasks of this connection that are to be shown."""
        session = self._session
        records = await session.ledger.recent(self._limit, text=self._words, profile=session.profile.name)
        return [r for r in records if r.endpoint == session.client.endpoint]

    async def look(self) -> None:
        """Paint what there is now."""
        self._changed.clear()
        if self._live:
            records = sorted(await self.records(), key=lambda record: record.done)  # under way first
            self._paint(_rendered("table", records, self._session.clock()))

    async def wait(self) -> None:
        """Until something has changed, or time has passed."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._changed.wait(), TICK)

    def _paint(self, text: str) -> None:
        """Paint a text over the one before, cut to what the terminal has room for."""
        columns, lines = shutil.get_terminal_size()
        shown = text.splitlines()
        if len(shown) > lines - 1:
            rest = len(shown) - (lines - 2)
            shown = [*shown[: lines - 2], _("… and {rest} more", rest=rest)]
        up = f"\x1b[{self._painted}A" if self._painted else ""
        body = "".join(f"\x1b[K{shorten(line, columns - 1)}\n" for line in shown)
        sys.stdout.write(f"{up}{body}\x1b[J")
        sys.stdout.flush()
        self._painted = len(shown)
