"""List what is below a path: services, environments, entity types or entities."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cloudmc_tui.catalog import EntityField, ValueType
from cloudmc_tui.cli.arguments import add_output
from cloudmc_tui.cli.connect import session_of
from cloudmc_tui.cli.exits import Exit, UsageError
from cloudmc_tui.cli.main import add_connection
from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.tables import csv_text, json_text, table
from cloudmc_tui.formats.text import plural, uncapitalized, visible
from cloudmc_tui.formats.values import cell, member, title_of
from cloudmc_tui.inventory import Listing
from cloudmc_tui.inventory.arrange import Sort, arrange, extra_members
from cloudmc_tui.inventory.export import exact
from cloudmc_tui.inventory.filters import Filter, FilterError, compile_filter
from cloudmc_tui.inventory.infer import field_of
from cloudmc_tui.inventory.listing import JsonObject
from cloudmc_tui.language import _, number
from cloudmc_tui.path import Level, Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("path", nargs="?", default="", metavar="PATH", help=_("nothing: the services"))
    add_output(parser, "table", "json", "csv")
    parser.add_argument("--filter", default="", metavar="EXPR", help=_("such as 'state=Running memory>=4GB'"))
    parser.add_argument("--columns", default="", metavar="A,B", help=_("the members to show, but for JSON"))
    parser.add_argument("--sort", default="", metavar="[-]FIELD", help=_("by a member; - for downwards"))
    add_connection(parser)


async def run(options: argparse.Namespace) -> int:
    """List."""
    path = Path.parse(options.path)
    if path.level is Level.ENTITY:
        raise UsageError(
            _("{path} is an entity: there is nothing below it. Use: cloudmc-tui show PATH", path=path)
        )
    async with session_of(options) as session:
        listing = await session.inventory.refresh(path)
        now = session.clock()
    if listing.error is not None:
        raise listing.error
    for note in listing.notes:
        print(_("cloudmc-tui: note: {note}", note=visible(note)), file=sys.stderr)
    columns = _columns(options.columns, listing)
    wanted = _filter(options.filter, listing, columns, now)
    entities = arrange(listing, wanted, _sort(options.sort, listing))
    if options.output == "json":
        sys.stdout.write(json_text(list(entities)))
    elif options.output == "csv":
        sys.stdout.write(_csv(listing, entities, columns))
    else:
        sys.stdout.write(_table(listing, entities, columns, now))
        _narrate(listing, entities, wanted)
    return Exit.DONE


def _narrate(listing: Listing, entities: Sequence[JsonObject], wanted: Filter) -> None:
    kind = listing.entity_type
    label = uncapitalized(kind.label)
    if not listing.entities:
        said = _("there are no {label}. {hint}", label=label, hint=kind.hint).rstrip()
    elif not entities:
        said = _("no {label} match", label=label)
    elif wanted:
        said = _(
            "{count} of {whole}",
            count=number(len(entities)),
            whole=plural(len(listing.entities), kind.singular, label),
        )
    else:
        return
    print(f"cloudmc-tui: {said}", file=sys.stderr)


def _filter(text: str, listing: Listing, columns: list[str], now: float) -> Filter:
    extra = extra_members(listing.entities, listing.entity_type)
    try:
        return compile_filter(text, listing.entity_type, columns, now, extra)
    except FilterError as error:
        pointed = error.pointed(text).replace("\n", "\n  ")
        raise UsageError(_("--filter cannot be read:\n  {pointed}", pointed=pointed)) from error


def _sort(text: str, listing: Listing) -> Sort | None:
    if not text:
        return None
    sort = Sort.parse(text)
    return Sort(_member(sort.member, listing, "--sort"), sort.reverse)


def _columns(text: str, listing: Listing) -> list[str]:
    if text:
        return [_member(name, listing, "--columns") for name in text.split(",")]
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
    hint = _(" Did you mean '{near}'?", near=visible(near)) if near else ""
    there = ", ".join(visible(k) for k in known)
    raise UsageError(
        _(
            "{option}: there is no member '{name}'.{hint} There are: {there}",
            option=option,
            name=visible(name),
            hint=hint,
            there=there,
        )
    )


def _fields(listing: Listing, columns: list[str]) -> list[EntityField]:
    known = listing.entity_type.fields
    return [
        known.get(c) or field_of(c, next((e[c] for e in listing.entities if c in e), None)) for c in columns
    ]


def _table(listing: Listing, entities: Sequence[JsonObject], columns: list[str], now: float) -> str:
    if not entities:
        return ""
    described = dict(zip(columns, _fields(listing, columns), strict=True))
    rows = []
    for entity in entities:
        row = [cell(member(entity, name), field, now) for name, field in described.items()]
        row[0] = row[0] or title_of(entity, listing.entity_type)
        rows.append(row)
    right = [i for i, f in enumerate(described.values()) if f.type in (ValueType.INTEGER, ValueType.SIZE)]
    return table([f.heading or f.label for f in described.values()], rows, right=right)


def _csv(listing: Listing, entities: Sequence[JsonObject], columns: list[str]) -> str:
    """Values for a machine: unrounded, undated; secrets are left out."""
    fields = _fields(listing, columns)
    rows = (
        [
            "" if field.secret else exact(member(entity, name))
            for name, field in zip(columns, fields, strict=True)
        ]
        for entity in entities
    )
    return csv_text([visible(name) for name in columns], rows)
