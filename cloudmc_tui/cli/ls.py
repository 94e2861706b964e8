"""List what is below a path: services, environments, entity types or entities."""

from __future__ import annotations

import argparse
import sys

from cloudmc_tui.catalog import EntityType, ValueType
from cloudmc_tui.cli.connect import session_of
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.cli.main import add_connection
from cloudmc_tui.formats.tables import csv_text, json_text, table
from cloudmc_tui.formats.text import plural, visible
from cloudmc_tui.formats.values import cell, member, plain, title_of
from cloudmc_tui.inventory import Listing
from cloudmc_tui.inventory.arrange import Sort, arrange, extra_members
from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.inventory.filters import FilterError, compile_filter
from cloudmc_tui.inventory.listing import JsonObject
from cloudmc_tui.path import Level, Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("path", nargs="?", default="", metavar="PATH", help="nothing: the services")
    parser.add_argument("-o", "--output", choices=("table", "json", "csv"), default="table")
    parser.add_argument("--filter", default="", metavar="EXPR", help="such as 'state=Running memory>=4GB'")
    parser.add_argument("--columns", default="", metavar="A,B", help="the members to show")
    parser.add_argument("--sort", default="", metavar="[-]FIELD", help="by a member; - for downwards")
    add_connection(parser, default=argparse.SUPPRESS)


async def run(options: argparse.Namespace) -> int:
    """List."""
    path = Path.parse(options.path)
    if path.level is Level.ENTITY:
        raise ValueError(
            f"{visible(str(path))} is an entity: there is nothing below it. Use: cloudmc-tui show PATH"
        )
    async with session_of(options) as session:
        await session.inventory.resolve(path)
        listing = await session.inventory.refresh(path)
        now = session.clock()
    for note in listing.notes:
        print(f"cloudmc-tui: note: {visible(note)}", file=sys.stderr)
    columns = _columns(options.columns, listing)
    extra = extra_members(listing.entities, listing.entity_type)
    try:
        wanted = compile_filter(options.filter, listing.entity_type, columns, now, extra)
    except FilterError as error:
        raise ValueError(f"--filter: {error.reason}\n{error.pointed(visible(options.filter))}") from error
    sort = Sort.parse(options.sort) if options.sort else None
    if sort is not None:
        sort = Sort(_member(sort.member, listing, "--sort"), sort.reverse)
    entities = arrange(listing, wanted, sort)
    sys.stdout.write(_rendered(options.output, listing, entities, columns, now))
    if not entities and options.output == "table":
        kind = listing.entity_type.label.lower()
        said = f"no {kind} match" if listing.entities else f"there are no {kind}"
        print(f"cloudmc-tui: {said}", file=sys.stderr)
    elif wanted and options.output == "table":
        print(
            f"{len(entities):,} of {plural(len(listing.entities), listing.entity_type.singular)}",
            file=sys.stderr,
        )
    return Exit.DONE


def _columns(text: str, listing: Listing) -> list[str]:
    if text:
        return [_member(name, listing, "--columns") for name in text.split(",") if name.strip()]
    columns = list(listing.entity_type.columns)
    identity = listing.entity_type.id
    return columns if identity in columns else [*columns, identity]


def _member(name: str, listing: Listing, option: str) -> str:
    """A member's name as typed, without regard to case."""
    name = name.strip()
    known = [*listing.entity_type.fields, *extra_members(listing.entities, listing.entity_type)]
    folded = {k.casefold(): k for k in known}
    if name.casefold() in folded:
        return folded[name.casefold()]
    near = nearest(name, known)
    hint = f" Did you mean {near!r}?" if near else ""
    raise ValueError(f"{option}: there is no member {visible(name)!r}.{hint} There are: {', '.join(known)}")


def _rendered(
    output: str, listing: Listing, entities: list[JsonObject], columns: list[str], now: float
) -> str:
    kind = listing.entity_type
    if output == "json":
        return json_text(entities)
    if output == "csv":
        return csv_text(columns, ([_exact(e, c, kind) for c in columns] for e in entities))
    if not entities:
        return ""
    fields = [kind.fields.get(c) for c in columns]
    headings = [(f.heading or f.label) if f else c for c, f in zip(columns, fields, strict=True)]
    rows = [[cell(member(e, c), f, now) for c, f in zip(columns, fields, strict=True)] for e in entities]
    for row, entity in zip(rows, entities, strict=True):
        row[0] = row[0] or title_of(entity, kind)
    right = [i for i, f in enumerate(fields) if f and f.type in (ValueType.INTEGER, ValueType.SIZE)]
    return table(headings, rows, right=right)


def _exact(entity: JsonObject, name: str, kind: EntityType) -> str:
    """A value for a machine: unrounded, undated; secrets are left out."""
    field = kind.fields.get(name)
    return "" if field is not None and field.secret else plain(member(entity, name))
