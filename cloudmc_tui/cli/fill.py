"""Fill in a form from the command line: ``-f name=value``, names for references, secrets from files."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from cloudmc_tui.catalog import EntityType, FieldType
from cloudmc_tui.cli.exits import UsageError
from cloudmc_tui.cli.prompt import answer, answer_unseen
from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.system import reason
from cloudmc_tui.formats.text import visible
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.inventory import Listing
from cloudmc_tui.language import _, counted
from cloudmc_tui.operations import Form, Slot
from cloudmc_tui.operations.form import step_into
from cloudmc_tui.operations.values import NO, YES, split_list
from cloudmc_tui.path import Level, Path
from cloudmc_tui.session import Session


def assign(form: Form, assignments: Sequence[str]) -> None:
    """Enter values as given.

    Args:
        form: what is filled in.
        assignments: ``name=value`` each; ``name=@FILE`` reads the value from a file, ``name=@-`` asks for
            it, and ``name=@@text`` is a value that begins with ``@``. A list takes several, with commas
            or given several times.

    Raises:
        UsageError: for an unknown field, or a secret in plain sight.
    """
    given: set[str] = set()
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise UsageError(_("-f {assignment}: write it as name=value", assignment=assignment))
        slot = _slot(form, key)
        value = _read(slot, text)
        if slot.is_list:
            before = form.as_list(key) if key in given else []
            form.set(key, [*before, *split_list(value)])
        elif key in given:
            raise UsageError(_("-f {key} is given twice", key=key))
        elif slot.field.type is FieldType.BOOLEAN and value.strip().casefold() in (*YES, *NO):
            form.set(key, value.strip().casefold() in YES)
        else:
            form.set(key, value)
        given.add(key)


def _slot(form: Form, key: str) -> Slot:
    known = [s.key for s in form.slots if s.field.type is not FieldType.OBJECT]
    if key in known:
        return form.slot(key)
    inside = [k for k in known if k.startswith(f"{key}.")]
    if inside:
        raise UsageError(_("-f {key}=…: give what is inside it: {inside}", key=key, inside=", ".join(inside)))
    near = nearest(key, known)
    hint = _(" Did you mean {near}?", near=near) if near else ""
    fields = _(" There are: {known}.", known=", ".join(known)) if known else _(" It takes none.")
    raise UsageError(
        _(
            "{label} has no field {key!r}.{hint}{fields}",
            label=form.operation.label,
            key=key,
            hint=hint,
            fields=fields,
        )
    )


def _read(slot: Slot, text: str) -> str:
    if text == "@-":
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\r\n")
        return (answer_unseen if slot.field.secret else answer)(_("{label}: ", label=slot.field.label))
    if text.startswith("@") and not text.startswith("@@"):
        return read_file(f"-f {slot.key}", text[1:])
    if slot.field.secret and text:
        where = _("-f {key}=@FILE reads it from a file, -f {key}=@- asks for it", key=slot.key)
        raise UsageError(
            _(
                "{key} is a secret, and what is on a command line can be seen by others: {where}",
                key=slot.key,
                where=where,
            )
        )
    return text.removeprefix("@")


def read_file(option: str, name: str) -> str:
    """A text file's content, without the line ends at its end.

    Raises:
        UsageError: when it cannot be read.
    """
    try:
        return FilePath(name).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise UsageError(f"{option}: {visible(name)}: {reason(error)}") from error
    except UnicodeDecodeError:
        raise UsageError(
            _("{option}: {name} is not text in UTF-8", option=option, name=visible(name))
        ) from None


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
        if kind is not None and given and slot.field.refers_to is not None:
            listing = await session.inventory.refresh(below.child(slot.field.refers_to))
            form.choose(slot.key, [_meant(form, slot, kind, listing, text) for text in given])


def _meant(form: Form, slot: Slot, kind: EntityType, listing: Listing, text: str) -> Mapping[str, Any]:
    """The entity that a text means: by what is sent, by its id, by its name."""
    source = slot.field.value_from or kind.id
    for entity in listing.entities:
        if str(step_into(entity, source)) == text:
            return entity
    by_id = listing.find(text)
    if by_id is not None:
        return by_id
    called = [e for e in listing.entities if text in (title_of(e, kind), e.get("name"))]
    fitting = [e for e in called if form.offers(slot.key, e)] if len(called) > 1 else called
    if len(fitting) == 1:
        return fitting[0]
    start = f"-f {slot.key}={visible(text)}"
    if called:
        ids = ", ".join(str(step_into(e, kind.id)) for e in called[:8])
        raise UsageError(
            _(
                "{start}: {count} are called so. Give the id of one: {ids}",
                start=start,
                count=len(called),
                ids=visible(ids),
            )
        )
    titles = [title_of(e, kind) for e in listing.entities]
    near = nearest(text, titles)
    hint = (
        _(" Did you mean {near!r}?", near=near)
        if near
        else _(" There are: {titles}.", titles=", ".join(titles[:12]))
        if titles
        else ""
    )
    raise UsageError(
        _("{start}: there is no such {singular}.{hint}", start=start, singular=kind.singular, hint=hint)
    )


def check_use(form: Form, assignments: Sequence[str]) -> None:
    """Say when a value was given that would not be sent.

    Args:
        form: filled in.
        assignments: as given.

    Raises:
        UsageError: naming the fields that do not apply.
    """
    applies = {slot.key for slot in form.visible()}
    idle = [key for a in assignments if (key := a.partition("=")[0]) not in applies]
    if idle:
        raise UsageError(
            counted(
                "{idle} does not apply, given what else is entered; nothing was sent",
                "{idle} do not apply, given what else is entered; nothing was sent",
                len(idle),
                idle=", ".join(idle),
            )
        )
