"""Show one service, environment or entity, whole."""

from __future__ import annotations

import argparse
import sys

from cloudmc_tui.cli.arguments import add_output
from cloudmc_tui.cli.connect import session_of
from cloudmc_tui.cli.exits import Exit, UsageError
from cloudmc_tui.cli.main import add_connection
from cloudmc_tui.formats.tables import json_text
from cloudmc_tui.formats.text import fit, width
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.inventory.describe import detail_lines
from cloudmc_tui.language import _
from cloudmc_tui.path import Level, Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("path", metavar="PATH", help=_("an entity's; its name will do where only one has it"))
    add_output(parser, "text", "json")
    add_connection(parser)


async def run(options: argparse.Namespace) -> int:
    """Show."""
    path = Path.parse(options.path)
    if path.level in (Level.ROOT, Level.ENTITY_TYPE):
        below = Level(path.level + 1).plural
        raise UsageError(
            _("{below} are listed, not shown. Use: cloudmc-tui ls {path}", below=below, path=path).rstrip()
        )
    async with session_of(options) as session:
        details = await session.find(path)
        if details.error is not None:
            raise details.error
        if options.output == "json":
            sys.stdout.write(json_text(details.entity))
            return Exit.DONE
        names = await session.reference_names(details)
        now = session.clock()
    print(title_of(details.entity, details.entity_type))
    lines = detail_lines(details, names, now)
    labels = max((width(line.label) + line.indent for line in lines if not line.heading), default=0)
    for line in lines:
        if line.heading:
            print(_("{section}:", section=line.label + (f" ({line.value})" if line.value else "")))
        else:
            label = fit(" " * line.indent + line.label, labels)
            print(f"  {label}  {line.value}".rstrip())
    return Exit.DONE
