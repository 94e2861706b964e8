"""List the tasks that were started on this machine, newest first; --watch follows those under way."""

from __future__ import annotations

import argparse
import asyncio
import sys

from cloudmc_tui.cli.arguments import natural
from cloudmc_tui.cli.connect import session_of
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.cli.main import add_connection
from cloudmc_tui.formats.dates import age, clock_time
from cloudmc_tui.formats.tables import csv_text, json_text, table
from cloudmc_tui.formats.text import shorten, visible
from cloudmc_tui.path import ROOT
from cloudmc_tui.session import LEDGER_FILE, Session, state_folder
from cloudmc_tui.tasks import AsyncLedger, Event, TaskEnded, TaskRecord, TaskStarted

HEADINGS = ("key", "status", "took", "operation", "target", "path", "started", "error")

TICK = 1.0
"""Seconds between two paints of a live view."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("-o", "--output", choices=("table", "json", "csv"), default="table")
    parser.add_argument("--filter", default="", metavar="TEXT", help="only those in which this text is")
    parser.add_argument("--limit", type=natural, default=50, metavar="N", help="so many at most (50)")
    parser.add_argument(
        "--watch", action="store_true", help="follow those under way, in place, until all have ended"
    )
    add_connection(parser)


async def run(options: argparse.Namespace) -> int:
    """List, or watch."""
    if options.watch:
        async with session_of(options) as session:
            await session.inventory.refresh(ROOT)
            return await _watch(session, options)
    import time

    async with await AsyncLedger.open(state_folder() / LEDGER_FILE) as ledger:
        records = await ledger.recent(limit=options.limit, text=options.filter)
    sys.stdout.write(_rendered(options.output, records, time.time()))
    if not records and options.output == "table":
        print("cloudmc-tui: no tasks were started on this machine", file=sys.stderr)
    return Exit.DONE


def _rendered(output: str, records: list[TaskRecord], now: float) -> str:
    if output == "json":
        return json_text([_object(r) for r in records])
    rows = [_row(r, now) for r in records]
    if output == "csv":
        return csv_text(HEADINGS, rows)
    return table(HEADINGS, rows, right=(0, 2)) if rows else ""


def _row(record: TaskRecord, now: float) -> tuple[str, ...]:
    return (
        str(record.key),
        record.status.value,
        age(record.elapsed(now)),
        record.label,
        shorten(visible(record.title), 32),
        visible(str(record.path)),
        clock_time(record.submitted_at, now),
        shorten(visible(record.error or record.poll_error), 60),
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
    """A live view in place: the table is painted over itself, without the whole screen."""
    live = sys.stdout.isatty()
    changed = asyncio.Event()

    def hear(event: Event) -> None:
        if isinstance(event, (TaskEnded, TaskStarted)):
            changed.set()
            if not live and isinstance(event, TaskEnded):
                print(" ".join(_row(event.record, session.clock())), flush=True)

    session.execution.subscribe(hear)
    await session.execution.start()
    painted = 0
    while True:
        changed.clear()
        records = await session.execution.records(options.limit)
        if live:
            painted = _paint(_rendered("table", records, session.clock()), painted)
        if not session.execution.watcher.pending:
            return Exit.DONE
        try:
            await asyncio.wait_for(changed.wait(), TICK)
        except asyncio.TimeoutError:
            continue


def _paint(text: str, painted: int) -> int:
    """Paint a text over the one before.

    Returns:
        how many lines it has.
    """
    lines = text.splitlines()
    up = f"\x1b[{painted}A" if painted else ""
    sys.stdout.write(up + "".join(f"\x1b[K{line}\n" for line in lines) + "\x1b[J")
    sys.stdout.flush()
    return len(lines)
