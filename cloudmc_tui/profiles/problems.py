"""What is wrong in a config file, where, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _

if TYPE_CHECKING:
    from cloudmc_tui.profiles.places import Key


class Severity(str, Enum):
    """What a problem means for what it is about."""

    ERROR = "error"
    """It cannot be used."""
    WARNING = "warning"
    """It is used all the same."""
    NOTE = "note"
    """It may be somebody else's business."""


class Problem(Struct, frozen=True):
    """One thing that is wrong.

    Attributes:
        message: what, and what would be right; one line.
        severity: how bad.
        key: of what; empty for the file as a whole.
        line, column: where in the file, from 1; none where that is not known.
    """

    message: str
    severity: Severity = Severity.ERROR
    key: Key = ()
    line: int | None = None
    column: int | None = None

    @property
    def profile(self) -> str:
        """The profile that it is about, or empty."""
        return self.key[1] if len(self.key) > 1 and self.key[0] == "profiles" else ""

    def __str__(self) -> str:
        place = ""
        if self.line is not None:
            place = _("line {line}", line=self.line) + (
                _(", column {column}", column=self.column) if self.column is not None else ""
            )
        named = visible(".".join(self.key))
        return ": ".join(part for part in (place, named, self.message) if part)


def unknown(name: str, known: Iterable[str]) -> str:
    """What to say of a name that there is not, with the nearest that there is."""
    known = list(known)
    near = nearest(name, known)
    return _("there is no '{name}' here", name=visible(name)) + (
        _("; did you mean {near!r}?", near=near) if near else _("; there are {known}", known=", ".join(known))
    )
