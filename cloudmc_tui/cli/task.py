"""Show tasks by the ledger's key or by the server's id; --wait follows them to their end."""

from __future__ import annotations

import argparse
import sys

from cloudmc_tui.cli.arguments import seconds
from cloudmc_tui.cli.connect import session_of
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.cli.follow import exit_of, follow, told
from cloudmc_tui.cli.main import add_connection
from cloudmc_tui.formats.text import visible
from cloudmc_tui.path import ROOT
from cloudmc_tui.session import Session
from cloudmc_tui.tasks import TaskRecord


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("ids", nargs="+", metavar="ID", help="as cloudmc-tui tasks and run print them")
    parser.add_argument("--wait", action="store_true", help="follow them to their end")
    parser.add_argument("--timeout", type=seconds, metavar="S", help="wait so many seconds at most")
    add_connection(parser)


async def run(options: argparse.Namespace) -> int:
    """Show, or wait."""
    async with session_of(options) as session:
        records = [await _find(session, identity) for identity in options.ids]
        unknown = [i for i, r in zip(options.ids, records, strict=True) if r is None]
        if unknown:
            listed = ", ".join(visible(i) for i in unknown)
            print(f"cloudmc-tui: no such task in this machine's ledger: {listed}", file=sys.stderr)
            print("  cloudmc-tui tasks lists them", file=sys.stderr)
            return Exit.NOT_FOUND
        found = [r for r in records if r is not None]
        if options.wait:
            await session.inventory.refresh(ROOT)
            await session.execution.start()
            found = await follow(session, [r.key for r in found], options.timeout)
        for record in found:
            print(told(record, session.clock()))
        if options.wait and not all(r.done for r in found):
            print("cloudmc-tui: not all have ended yet", file=sys.stderr)
        return exit_of([r for r in found if r.done or options.wait])


async def _find(session: Session, identity: str) -> TaskRecord | None:
    if identity.isdecimal() and len(identity) < 16:
        record = await session.ledger.get(int(identity))
        if record is not None:
            return record
    return await session.ledger.find(identity)
