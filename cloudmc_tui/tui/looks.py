"""What a terminal can show: how many colours, and whether more than ASCII. Asks its environment only."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from cloudmc_tui.language import _


class CannotShow(ValueError):
    """The explorer cannot be shown on this terminal, or not as it was asked for."""


class Colors(str, Enum):
    """How many colours a terminal has; the values are Textual's names."""

    NONE = "none"
    """None are wanted: ``NO_COLOR``."""
    SIXTEEN = "standard"
    MANY = "256"
    TRUE = "truecolor"

    @property
    def system(self) -> str:
        """How it is to be sent, as :data:`COLOR_VARIABLE` takes it."""
        return Colors.SIXTEEN.value if self is Colors.NONE else self.value


COLORS = {"none": Colors.NONE, "16": Colors.SIXTEEN, "256": Colors.MANY, "truecolor": Colors.TRUE}
"""What the setting ``colors`` can be."""

COLOR_VARIABLE = "TEXTUAL_COLOR_SYSTEM"
"""Tells Textual, before it is imported, how many colours there are."""

_TRUE = ("alacritty", "contour", "foot", "ghostty", "iterm", "kitty", "rio", "wezterm", "xterm-ghostty")
"""Terminals, by the begin of ``TERM``, that have true colour also where ``COLORTERM`` got lost, as it does
over SSH."""

_DUMB = ("", "dumb", "unknown")

_FEW_MARKS = ("linux", "vt")
"""Terminals, by the begin of ``TERM``, whose fonts lack most marks."""


class Look(Struct, frozen=True):
    """What a terminal can show.

    Attributes:
        colors: how many colours.
        ascii: whether everything is to be drawn in ASCII.
    """

    colors: Colors = Colors.TRUE
    ascii: bool = False

    def wanted(self, colors: object = None, ascii: object = None) -> Look:
        """The same, as the config file's settings want it.

        Args:
            colors: one of :data:`COLORS`; anything else changes nothing. Never colours under ``NO_COLOR``.
            ascii: true or false; anything else changes nothing.
        """
        chosen = COLORS.get(str(colors), self.colors)
        return replace(
            self,
            colors=self.colors if self.colors is Colors.NONE else chosen,
            ascii=ascii if isinstance(ascii, bool) else self.ascii,
        )


def look_of(environ: Mapping[str, str]) -> Look:
    """What this terminal can show.

    Args:
        environ: the process's environment.

    Raises:
        CannotShow: when nothing can be painted on it, or nobody knows how.
    """
    term = environ.get("TERM", "").strip()
    if term.casefold() in _DUMB:
        raise CannotShow(
            _(
                "the explorer cannot paint on this terminal (TERM is {term}). These work on every one: "
                "cloudmc-tui ls, cloudmc-tui show, cloudmc-tui run",
                term=term or _("not set"),
            )
        )
    return Look(_colors(environ), _is_ascii(environ))


def _colors(environ: Mapping[str, str]) -> Colors:
    term = environ.get("TERM", "").strip().casefold()
    if environ.get("NO_COLOR"):
        return Colors.NONE
    if environ.get("COLORTERM", "").strip().casefold() in ("truecolor", "24bit") or term.endswith("-direct"):
        return Colors.TRUE
    if term.startswith(_TRUE) or "kitty" in term:
        return Colors.TRUE
    return Colors.MANY if term.endswith("256color") else Colors.SIXTEEN


def _is_ascii(environ: Mapping[str, str]) -> bool:
    """Whether the locale, where there is one, says that text is not in UTF-8; or the font has no marks.

    Without any locale nobody has said anything: such terminals (containers, mostly) take UTF-8.
    """
    locale = next((v for n in ("LC_ALL", "LC_CTYPE", "LANG") if (v := environ.get(n, "").strip())), "")
    if locale and "utf8" not in locale.casefold().replace("-", ""):
        return True
    return environ.get("TERM", "").startswith(_FEW_MARKS)
