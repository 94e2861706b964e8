"""Paths that lead nowhere, with what would have led somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _, number

if TYPE_CHECKING:
    from cloudmc_tui.path import Path

SHOWN = 12
"""How many of the names that exist an error message lists."""


class UnknownPath(LookupError):
    """A part of a path that does not exist at its level.

    Attributes:
        path: the path down to the unknown part.
        known: what exists there.
        nearest: what was probably meant, or none.
    """

    def __init__(self, path: Path, known: Sequence[str]) -> None:
        self.path = path
        self.known = tuple(known)
        self.nearest = nearest(path.name, known)
        super().__init__(self._message())

    def _message(self) -> str:
        word, plural = self.path.level.word, self.path.level.plural
        where = _(" in {parent}", parent=visible(str(self.path.parent))) if self.path.parent.parts else ""
        text = _("There is no {word} '{name}'{where}.", word=word, name=visible(self.path.name), where=where)
        if self.nearest:
            text += _(" Did you mean '{nearest}'?", nearest=visible(self.nearest))
        if self.known:
            listed = ", ".join(visible(k) for k in self.known[:SHOWN])
            more = (
                _(", and {count} more", count=number(len(self.known) - SHOWN))
                if len(self.known) > SHOWN
                else ""
            )
            text += _(" The {plural} there: {listed}{more}.", plural=plural, listed=listed, more=more)
        else:
            text += _(" There are no {plural} there.", plural=plural)
        return text


class AmbiguousName(UnknownPath):
    """A name that several entities have: ``known`` are their ids."""

    def _message(self) -> str:
        ids = ", ".join(visible(k) for k in self.known[:SHOWN]) + (", …" if len(self.known) > SHOWN else "")
        where = _(
            "{count} entities in {parent}",
            count=number(len(self.known)),
            parent=visible(str(self.path.parent)),
        )
        return _(
            "{where} are called '{name}'. Give the id of one: {ids}",
            where=where,
            name=visible(self.path.name),
            ids=ids,
        )
