"""Show tasks by the ledger's key or by the server's id; --wait follows them to their end."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from cloudmc_tui.api.errors import NotFound
from cloudmc_tui.cli.arguments import add_output, seconds
from cloudmc_tui.cli.connect import session_of
from cloudmc_tui.cli.exits import UsageError
from cloudmc_tui.cli.follow import Ends, exit_of, follow, how_to_wait, ledger_told, secret_lines, told
from cloudmc_tui.cli.main import add_connection
from cloudmc_tui.execution import Submission
from cloudmc_tui.formats.tables import json_text
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _
from cloudmc_tui.path import ROOT
from cloudmc_tui.session import LEDGER_FILE, Session, state_folder
from cloudmc_tui.tasks import AsyncLedger, TaskRecord


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("ids", nargs="+", metavar="ID", help=_("as cloudmc-tui tasks and run print them"))
    parser.add_argument("--wait", action="store_true", help=_("follow them to their end"))
    parser.add_argument("--timeout", type=seconds, metavar="S", help=_("wait so many seconds at most"))
    add_output(parser, "text", "json")
    add_connection(parser)


async def run(options: argparse.Namespace) -> int:
    """Show, or wait."""
    if options.timeout is not None and not options.wait:
        raise UsageError(_("--timeout goes with --wait"))
    as_json = options.output == "json"
    with ledger_told():
        if options.wait:
            async with session_of(options) as session:
                return await _wait(session, options.ids, options.timeout, as_json=as_json)
        async with await AsyncLedger.open(state_folder() / LEDGER_FILE) as ledger:
            found = await _find_all(ledger, options.ids)
            now = ledger.now()
            await ledger.mark_seen(r.key for r in found)
    _tell([Submission(record) for record in found], now, as_json=as_json)
    return exit_of([r for r in found if r.done])


async def _find_all(ledger: AsyncLedger, ids: Sequence[str], endpoint: str | None = None) -> list[TaskRecord]:
    """The tasks meant by these ids, each once.

    Raises:
        NotFound: naming those that the ledger does not have.
    """
    found = [await _find(ledger, identity, endpoint) for identity in ids]
    missing = [visible(i) for i, record in zip(ids, found, strict=True) if record is None]
    if missing:
        raise NotFound(
            _("no such task in this machine's ledger: {missing}", missing=", ".join(missing)),
            hint=_("cloudmc-tui tasks lists them"),
        )
    return list({record.key: record for record in found if record is not None}.values())


async def _find(ledger: AsyncLedger, identity: str, endpoint: str | None) -> TaskRecord | None:
    if identity.isascii() and identity.isdecimal() and len(identity) < 16:
        record = await ledger.get(int(identity))
        if record is not None:
            return record
    here = await ledger.find(identity, endpoint=endpoint) if endpoint else None
    return here or await ledger.find(identity)


async def _wait(session: Session, ids: Sequence[str], timeout: float | None, *, as_json: bool) -> int:
    for note in session.notes:
        print(f"cloudmc-tui: {visible(note)}", file=sys.stderr)
    found = await _find_all(session.ledger, ids, session.client.endpoint)
    here = (session.profile.name, session.client.endpoint)
    for record in found:
        if not record.done and (record.profile, record.endpoint) != here:
            raise UsageError(
                _(
                    "task {key} is not of this connection: it was started with the profile {profile} "
                    "at {endpoint}",
                    key=record.key,
                    profile=visible(record.profile),
                    endpoint=visible(record.endpoint),
                )
            )
    ends = Ends(session)
    untold = {record.key for record in found}

    def tell(record: TaskRecord) -> None:
        # At once, with its secrets: they are said once, and the wait for the others may be given up.
        if not as_json and record.key in untold:
            untold.discard(record.key)
            _tell([ends.of(record)], session.clock())

    for record in found:
        if record.done:
            tell(record)
    if not all(record.done for record in found):
        await session.inventory.refresh(ROOT)
        await session.execution.start()
        try:
            found = await follow(session, [r.key for r in found], timeout, None if as_json else tell)
        except asyncio.CancelledError:
            if as_json and ends.all:
                _tell(ends.all, session.clock(), as_json=True)
            raise
    _tell([ends.of(record) for record in found if record.key in untold], session.clock(), as_json=as_json)
    await session.execution.mark_seen(found)
    left = [record.key for record in found if not record.done]
    if left:
        print(_("cloudmc-tui: not all have ended yet."), how_to_wait(session, left), file=sys.stderr)
    return exit_of(found)


def _tell(submissions: Sequence[Submission], now: float, *, as_json: bool = False) -> None:
    """A task a line, with its secrets below it; or as the API says it."""
    if as_json:
        objects = [_object(each) for each in submissions]
        sys.stdout.write(json_text(objects[0] if len(objects) == 1 else objects))
    else:
        sys.stdout.writelines(f"{told(s.record, now)}\n{secret_lines(s, '  ')}" for s in submissions)
    sys.stdout.flush()


def _object(submission: Submission) -> dict[str, Any]:
    """A task in the API's shape: its result as sent, where that was heard here, else as it was kept."""
    record, result = submission.record, submission.result
    if result is None and record.result is not None:
        result = msgspec.json.decode(record.result)
    shown: dict[str, Any] = {"taskId": record.task_id, "taskStatus": record.status.value}
    if result is not None:
        shown["result"] = result
    if record.error:
        shown["errors"] = [{"code": record.code or None, "message": record.error}]
    return shown
