"""Show or clear the cache: the listings that are kept from one session to the next, without secrets."""

from __future__ import annotations

import argparse
import sys
import time

from cloudmc_tui.cli.arguments import add_output
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.database import DatabaseError
from cloudmc_tui.formats.dates import age
from cloudmc_tui.formats.tables import json_text, table
from cloudmc_tui.formats.text import plural, visible
from cloudmc_tui.formats.values import size
from cloudmc_tui.inventory.disk import Cache, Entry
from cloudmc_tui.language import N_, _, number
from cloudmc_tui.session import CACHE_FILE, cache_folder

HEADINGS = (
    N_("profile"),
    N_("endpoint"),
    N_("organization"),
    N_("path"),
    N_("entities"),
    N_("size"),
    N_("age"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("what", choices=("show", "clear"), metavar="show|clear", help=_("what to do with it"))
    add_output(parser, "table", "json")


def run(options: argparse.Namespace) -> int:
    """Show, or clear."""
    file = cache_folder() / CACHE_FILE
    clear = options.what == "clear"
    found: list[Entry] = []
    try:
        if file.exists() or (clear and file.parent.exists()):
            with Cache(file) as cache:
                found = cache.entries()
                if clear:
                    cache.clear()
            for note in cache.notes:
                _narrate(visible(note))
    except DatabaseError as error:
        _narrate(visible(str(error)))
        return Exit.FAILED
    what = f"{plural(len(found), 'listing')}, {size(sum(entry.size for entry in found))}"
    if clear:
        _narrate(_("cleared: {what}", what=what))
        return Exit.DONE
    if options.output == "json":
        sys.stdout.write(json_text([_object(entry) for entry in found]))
    elif found:
        now = time.time()
        sys.stdout.write(
            table([_(h) for h in HEADINGS], [_row(entry, now) for entry in found], right=(4, 5, 6))
        )
    _narrate(f"{visible(str(file))}: {what}")
    return Exit.DONE


def _narrate(text: str) -> None:
    print(f"cloudmc-tui: {text}", file=sys.stderr)


def _row(entry: Entry, now: float) -> tuple[str, ...]:
    scope = entry.scope
    return (
        visible(scope.profile),
        visible(scope.endpoint),
        visible(scope.organization),
        visible(entry.path) or _("(services)"),
        number(entry.entities),
        size(entry.size),
        age(now - entry.fetched_at),
    )


def _object(entry: Entry) -> dict[str, object]:
    """A listing for a machine; times are in seconds since the epoch, the size in bytes."""
    return {
        "profile": entry.scope.profile,
        "endpoint": entry.scope.endpoint,
        "organizationId": entry.scope.organization or None,
        "path": entry.path,
        "entities": entry.entities,
        "size": entry.size,
        "fetchedAt": entry.fetched_at,
        "usedAt": entry.used_at,
    }
