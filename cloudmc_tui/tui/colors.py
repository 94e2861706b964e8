"""Colours: how they are written, how well they are told apart, and the accents that profiles name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as Shade
from textual.filter import LineFilter

ACCENTS = {
    "red": "#e5484d",
    "orange": "#f0883e",
    "yellow": "#e3b341",
    "green": "#3fb950",
    "cyan": "#39c5cf",
    "blue": "#58a6ff",
    "purple": "#bc8cff",
    "pink": "#f778ba",
    "grey": "#8b949e",
}
"""The accent colours that a profile can name."""

ANSI = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
"""The terminal's own colours; each of them has a bright one, too."""

_COLOR = re.compile(rf"#[0-9a-fA-F]{{6}}|ansi_default|ansi_(bright_)?({'|'.join(ANSI)})")


def is_color(text: str) -> bool:
    """Whether a text is a colour as themes write it: ``#rrggbb``, ``ansi_bright_red``, ``ansi_default``."""
    return _COLOR.fullmatch(text) is not None


_STEPS = (0, 95, 135, 175, 215, 255)
"""The levels of red, green and blue in the cube of the 256 colours."""

_GREYS = tuple(8 + 10 * n for n in range(24))
"""The levels of its greys."""


def nearest_of_256(red: int, green: int, blue: int) -> int:
    """The number, among the 256 colours, of the one that looks most like a colour."""
    wanted = (red, green, blue)
    indexes = [min(range(6), key=lambda index: abs(_STEPS[index] - part)) for part in wanted]
    grey = min(range(24), key=lambda index: abs(_GREYS[index] - sum(wanted) / 3))
    in_cube = _distance(wanted, [_STEPS[index] for index in indexes])
    if in_cube <= _distance(wanted, [_GREYS[grey]] * 3):
        return 16 + 36 * indexes[0] + 6 * indexes[1] + indexes[2]
    return 232 + grey


class Of256(LineFilter):
    """Gives true colours as the nearest of the 256. Rich has others in mind than a person would: dark
    backgrounds become black, or green."""

    def apply(self, segments: list[Segment], background: Shade) -> list[Segment]:
        """The same line in 256 colours.

        Args:
            segments: a line.
            background: what is behind it.
        """
        return [
            Segment(text, None if style is None else _of_256(style), control)
            for text, style, control in segments
        ]


@lru_cache(1024)
def _of_256(style: Style) -> Style:
    return style + Style.from_color(_numbered(style.color), _numbered(style.bgcolor))


def _numbered(color: Color | None) -> Color | None:
    if color is None or color.triplet is None:
        return color
    return Color.from_ansi(nearest_of_256(*color.triplet))


def _distance(one: Sequence[int], other: Sequence[int]) -> float:
    """How different two colours look, roughly (the red-mean formula)."""
    red = (one[0] + other[0]) / 2
    squares = [(a - b) ** 2 for a, b in zip(one, other, strict=True)]
    return (2 + red / 256) * squares[0] + 4 * squares[1] + (2 + (255 - red) / 256) * squares[2]


def _parts(color: str) -> tuple[int, ...]:
    """Red, green and blue of ``#rrggbb``, each from 0 to 255."""
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))


def luminance(color: str) -> float:
    """The relative luminance of a colour ``#rrggbb``, from 0 to 1, as WCAG 2 defines it."""
    parts = [part / 255 for part in _parts(color)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours ``#rrggbb``, from 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def accent(name: str) -> str:
    """A profile's accent as ``#rrggbb``; empty for none."""
    return ACCENTS.get(name, name)


def text_on(background: str) -> str:
    """Black or white, whichever can be read better on a colour ``#rrggbb``."""
    return "#000000" if luminance(background) > 0.179 else "#ffffff"


def accent_style(name: str, *, sixteen: bool = False) -> Style:
    """How a profile's name stands on its accent.

    Args:
        name: the accent, not empty.
        sixteen: whether the terminal has 16 colours only: then what it makes of the accent counts.
    """
    color = accent(name)
    shown = Color.parse(color)
    if sixteen:
        shown = shown.downgrade(ColorSystem.STANDARD)
        color = shown.get_truecolor().hex
    return Style(color=text_on(color), bgcolor=shown, bold=True)
