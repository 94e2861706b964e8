"""The user's own commands, as the config file's ``[[commands]]`` say them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from cloudmc_tui.formats.text import visible
from cloudmc_tui.formats.values import member
from cloudmc_tui.language import N_, _
from cloudmc_tui.outside.template import Template, TemplateError, read_template
from cloudmc_tui.path import Path
from cloudmc_tui.profiles.problems import unknown

PREFIX = "own"
"""What the ids of their actions begin with."""

KEYS = {
    "name": N_("what it is called, in the palette and the help"),
    "run": N_("the program and its arguments, with fields in braces"),
    "types": N_("the entity types that it is for; without it: all"),
    "key": N_("its key, or several in a list; without it: in the palette only"),
    "confirm": N_("false: run it at once; else the command line is shown first"),
    "capture": N_("false: it gets the whole terminal; else its output is shown in a window"),
}
"""What a command's table can say."""

FIELDS = ("path", "service", "environment", "type", "id", "profile", "endpoint", "organization")
"""The fields beside the entity's own members."""

_KINDS: Mapping[str, tuple[type, str]] = {
    "name": (str, N_("a text in quotes")),
    "types": (list, N_("a list of texts in quotes")),
    "confirm": (bool, N_("true or false")),
    "capture": (bool, N_("true or false")),
}

Report = Callable[[tuple[str, ...], str], None]
"""Takes the key of what is wrong in the config file, and what is wrong with it."""


class Command(Struct, frozen=True):
    """A command of the user's.

    Attributes:
        id: of its action.
        name: what it is called, safe to show.
        template: the command line.
        types: the entity types that it is for; none: all.
        key: what the file says of its key.
        confirm: whether the command line is shown first.
        capture: whether its output is shown in a window.
        place: its key in the config file.
    """

    id: str
    name: str
    template: Template
    types: tuple[str, ...] = ()
    key: object = ""
    confirm: bool = True
    capture: bool = True
    place: tuple[str, ...] = ()

    def fits(self, path: Path) -> bool:
        """Whether it is for an entity."""
        return not self.types or path.entity_type in self.types

    def arguments(self, path: Path, members: Mapping[str, Any], session: Mapping[str, str]) -> list[str]:
        """The command line for an entity, the program first.

        Args:
            path: the entity's.
            members: its members, without the secret ones.
            session: ``profile``, ``endpoint`` and ``organization``.

        Raises:
            TemplateError: when a value is missing, or cannot be used.
        """
        service, environment, entity_type, identity = path.parts
        known = {
            "path": str(path),
            "service": service,
            "environment": environment,
            "type": entity_type,
            "id": identity,
            **session,
        }
        return self.template.fill(
            lambda field: known[field] if field in known else _text(member(members, field))
        )


def read_commands(tables: Sequence[Mapping[str, Any]], report: Report) -> list[Command]:
    """The commands that can be used.

    Args:
        tables: ``[[commands]]``, as they are in the file.
        report: told what is wrong with the others.
    """
    found: dict[str, Command] = {}
    for number, table in enumerate(tables):
        place = ("commands", str(number))
        command = _read(table, place, report)
        if command is None:
            continue
        if command.id in found:
            report((*place, "name"), _("there is a command of that name already"))
        else:
            found[command.id] = command
    return list(found.values())


def _read(table: Mapping[str, Any], place: tuple[str, ...], report: Report) -> Command | None:
    wrong = False
    for name, value in table.items():
        kind = _KINDS.get(name)
        if name not in KEYS:
            report((*place, name), unknown(name, KEYS))
        elif kind is not None and not _is(value, kind[0]):
            report((*place, name), _("has to be {what}", what=_(kind[1])))
            wrong = True
    try:
        template = read_template(table.get("run"))
    except TemplateError as error:
        report((*place, "run"), str(error))
        return None
    name = visible(str(table.get("name", "")).strip())
    slug = re.sub(r"\W+", "-", name.casefold()).strip("-")
    if not slug:
        report((*place, "name"), _("a command has to have a name"))
        return None
    if wrong:
        return None
    return Command(
        f"{PREFIX}.{slug}",
        name,
        template,
        tuple(table.get("types", ())),
        table.get("key", ""),
        table.get("confirm", True),
        table.get("capture", True),
        place,
    )


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and (kind is not list or all(isinstance(v, str) for v in value))  # type: ignore[attr-defined]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""
