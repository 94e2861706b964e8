"""Command lines as the config file writes them: a list of arguments with fields in braces, filled argument
by argument. No shell ever sees them, and no value becomes an option."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import PurePath

from msgspec import Struct

from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _

Lookup = Callable[[str], str]
"""Gives a field's value; an empty one where there is none."""

_PIECE = re.compile(r"\{\{|\}\}|\{(?P<field>[A-Za-z_][\w.-]*)\}|[{}]")

_SHELLS = ("sh", "ash", "bash", "dash", "fish", "ksh", "zsh")


class TemplateError(ValueError):
    """A command line that cannot be used, or not with these values."""


class Template(Struct, frozen=True):
    """A command line.

    Attributes:
        parts: its arguments, in groups; a group that is optional is left out whole where a field in it has no
            value.
    """

    parts: tuple[tuple[tuple[str, ...], bool], ...]

    @property
    def program(self) -> str:
        """What is started."""
        return os.path.expanduser(self.parts[0][0][0])  # noqa: PTH111

    def fields(self) -> set[str]:
        """The fields in it."""
        return {field for group, _optional in self.parts for text in group for field in _fields(text)}

    def fill(self, lookup: Lookup) -> list[str]:
        """The arguments, the program first.

        Args:
            lookup: gives the fields' values.

        Raises:
            TemplateError: when a value is missing, has characters that nobody sees, or would be an option.
        """
        arguments = [self.program]
        for group, optional in self.parts[1:]:
            if optional and not all(lookup(field) for text in group for field in _fields(text)):
                continue
            arguments += [_filled(text, lookup) for text in group]
        return arguments


def read_template(value: object) -> Template:
    """A command line as the config file has it: texts, and lists of texts that may be left out.

    Raises:
        TemplateError: when it is none, or would hand values to a shell.
    """
    if not isinstance(value, list) or not value:
        raise TemplateError(_('has to be a list: a program and its arguments, ["ssh", "{address}"]'))
    parts = []
    for each in value:
        group = each if isinstance(each, list) else [each]
        if not group or not all(isinstance(text, str) for text in group):
            raise TemplateError(_("has to be made of texts in quotes, and of lists of them"))
        for text in group:
            _check(text)
        parts.append((tuple(group), isinstance(each, list)))
    program = parts[0][0][0]
    if parts[0][1] or not program or _fields(program):
        raise TemplateError(_("has to begin with the program's name, in quotes and without fields"))
    if PurePath(program).name in _SHELLS and _script_has_fields([t for group, _o in parts for t in group]):
        raise TemplateError(
            _("hands values to a shell, which could take them for commands: make them arguments of their own")
        )
    return Template(tuple(parts))


def _check(text: str) -> None:
    """Refuse a brace that is neither a field's nor doubled."""
    for match in _PIECE.finditer(text):
        if match.group() in "{}":
            raise TemplateError(_("'{text}': write {{{{ and }}}} for plain braces", text=visible(text)))


def _script_has_fields(arguments: list[str]) -> bool:
    """Whether what follows a shell's ``-c`` has fields in it."""
    for option, script in pairwise(arguments[1:]):
        if re.fullmatch(r"-\w*c", option):
            return bool(_fields(script))
    return False


def _fields(text: str) -> list[str]:
    return [field for match in _PIECE.finditer(text) if (field := match["field"])]


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Plain text, and the field that follows it, or none."""
    start, plain = 0, ""
    for match in _PIECE.finditer(text):
        plain += text[start : match.start()]
        start = match.end()
        if field := match["field"]:
            yield plain, field
            plain = ""
        else:
            plain += match.group()[0]
    yield plain + text[start:], ""


def _filled(text: str, lookup: Lookup) -> str:
    found = ""
    for plain, field in _pieces(text):
        found += os.path.expanduser(plain) if not found else plain  # noqa: PTH111 - it need be no path
        if not field:
            continue
        value = lookup(field)
        if not value:
            raise TemplateError(_("there is no {field}", field=field))
        if visible(value) != value:
            raise TemplateError(
                _("{field} has characters that nobody sees: {value}", field=field, value=visible(value))
            )
        if not found and value.startswith("-"):
            raise TemplateError(_("{field} would be taken for an option: {value}", field=field, value=value))
        found += value
    return found
