"""Fill in a form from the command line: ``-f name=value``, names for references, secrets from files."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from pathlib import Path as FilePath

from cloudmc_tui.catalog import FieldType
from cloudmc_tui.cli.exits import UsageError
from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.operations import Form, Slot
from cloudmc_tui.operations.form import step_into
from cloudmc_tui.operations.values import YES, split_list
from cloudmc_tui.path import Level, Path
from cloudmc_tui.session import Session


def assign(form: Form, assignments: Sequence[str]) -> None:
    """Enter values as given.

    Args:
        form: what is filled in.
        assignments: ``name=value`` each; ``name=@FILE`` reads the value from a file and ``name=@-`` asks
            for it. A list takes several, with commas or given several times.

    Raises:
        UsageError: for an unknown field, or a secret in plain sight.
    """
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise UsageError(f"-f {assignment}: write it as name=value")
        slot = _slot(form, key)
        value = _read(slot, text)
        if slot.is_list:
            form.set(key, [*form.as_list(key), *split_list(value)])
        elif slot.field.type is FieldType.BOOLEAN:
            form.set(key, value.casefold() in YES if value.casefold() in ("true", "false", *YES) else value)
        else:
            form.set(key, value)


def _slot(form: Form, key: str) -> Slot:
    known = [s.key for s in form.slots if s.field.type is not FieldType.OBJECT]
    if key in known:
        return form.slot(key)
    near = nearest(key, known)
    hint = f" Did you mean {near}?" if near else ""
    fields = f" There are: {', '.join(known)}." if known else " It takes none."
    raise UsageError(f"{form.operation.label} has no field {key!r}.{hint}{fields}")


def _read(slot: Slot, text: str) -> str:
    if text == "@-":
        if sys.stdin.isatty():
            return getpass.getpass(f"{slot.field.label}: ", sys.stderr)
        return sys.stdin.readline().rstrip("\n")
    if text.startswith("@"):
        return FilePath(text[1:]).read_text(encoding="utf-8").rstrip("\n")
    if slot.field.secret and text:
        where = f"-f {slot.key}=@FILE reads it from a file, -f {slot.key}=@- asks for it"
        raise UsageError(
            f"{slot.key} is a secret, and what is on a command line can be seen by others: {where}"
        )
    return text


async def refer(form: Form, session: Session, path: Path) -> None:
    """Let references be given by name as well as by id, and tell the form what they refer to.

    Args:
        form: with values entered.
        session: where the entities are read.
        path: what the operation is run on.

    Raises:
        UsageError: for a name that nothing, or more than one thing, has.
        CloudMCError: when a listing could not be read.
    """
    below = path.up_to(Level.ENVIRONMENT)
    for slot in form.slots:
        kind = form.referred_type(slot.key)
        given = form.as_list(slot.key)
        if kind is None or not given or slot.field.refers_to is None:
            continue
        listing = await session.inventory.refresh(below.child(slot.field.refers_to))
        sent = {str(step_into(e, slot.field.value_from or kind.id)): e for e in listing.entities}
        chosen = []
        for text in given:
            entity = sent.get(text) or listing.find(text)
            if entity is None:
                named = [e for e in listing.entities if title_of(e, kind) == text]
                if len(named) != 1:
                    titles = [title_of(e, kind) for e in listing.entities]
                    near = nearest(text, titles)
                    hint = f" Did you mean {near!r}?" if near and not named else ""
                    many = f"{len(named)} are called so: give the id" if named else "there is none"
                    raise UsageError(f"-f {slot.key}={text}: no {kind.singular} is meant: {many}.{hint}")
                entity = named[0]
            chosen.append(entity)
        form.choose(slot.key, chosen)
