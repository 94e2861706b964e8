"""What a piece of text looks like, by its role: read from the theme's variables when it is painted.

Textual's component classes would do the same with a rule for every role and a node for every role of every
widget: two thirds of the styling before the first paint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rich.style import Style
from textual.color import Color
from textual.widget import Widget

from cloudmc_tui.tui.widgets.box import Plain

Piece = tuple[str, str]
"""A stretch of a line: its text, and the name of its role (see :data:`ROLES`); none for plain text."""


class Role(NamedTuple):
    """The variables of the theme that make a role; an empty name leaves what is plain.

    Attributes:
        color: the text's colour.
        style: what it is beside its colour, such as bold.
        background: what is behind it.
    """

    color: str = ""
    style: str = ""
    background: str = ""


CURSOR = "line--cursor"
CURSOR_BLURRED = "line--cursor-blurred"

ROLES: Mapping[str, Role] = {
    CURSOR: Role("cursor", "cursor-style", "cursor-background"),
    CURSOR_BLURRED: Role("cursor-blurred", "cursor-blurred-style", "cursor-blurred-background"),
    "line--text": Role(),
    "line--muted": Role("muted"),
    "line--heading": Role("heading", "heading-style"),
    "line--reference": Role("reference", "reference-style"),
    "line--match": Role("match", "match-style"),
    "line--key": Role("key", "match-style"),
    "line--mark": Role("match", "mark-style"),
    "line--error": Role("tone-bad", "error-style"),
    "tone--ok": Role("tone-ok", "tone-ok-style"),
    "tone--off": Role("tone-off", "tone-off-style"),
    "tone--busy": Role("tone-busy", "tone-busy-style"),
    "tone--warn": Role("tone-warn", "tone-warn-style"),
    "tone--bad": Role("tone-bad", "tone-bad-style"),
    "tone--unknown": Role("tone-unknown", "tone-unknown-style"),
    "bar--key": Role("key", "key-style"),
    "bar--strong": Role("bar", "strong-style"),
    "bar--heading": Role("heading", "strong-style"),
    "bar--profile": Role("cursor", "profile-style", "cursor-background"),
    "bar--muted": Role("muted"),
    "bar--warn": Role("tone-warn", "tone-warn-style"),
    "bar--error": Role("tone-bad", "tone-bad-style"),
    "bar--accent": Role("tone-busy"),
}


class Styled(Plain):
    """A widget whose text has roles. Of several bases it is a later one: the first one hands on its CSS."""

    def __init__(self, *children: Widget, **options: Any) -> None:
        super().__init__(*children, **options)
        self._styles: dict[str, Style] = {}
        self._variables: Mapping[str, str] = {}

    def piece_style(self, name: str) -> Style:
        """The style of a role in the present theme, on this widget's background.

        Args:
            name: the role's name; empty for plain text.
        """
        variables = self.app.theme_variables
        if variables is not self._variables:  # another theme, or the same one written anew
            self._styles.clear()
            self._variables = variables
        found = self._styles.get(name)
        if found is None:
            found = self.rich_style
            if name:
                found += _style(ROLES[name], variables)
            self._styles[name] = found
        return found

    def notify_style_update(self) -> None:
        self._styles.clear()
        super().notify_style_update()
        if self.app.theme_variables is not self._variables:
            self.refresh()


def _style(role: Role, variables: Mapping[str, str]) -> Style:
    color, background = (variables.get(name) for name in (role.color, role.background))
    return Style.from_color(
        Color.parse(color).rich_color if color else None,
        Color.parse(background).rich_color if background else None,
    ) + Style.parse(variables.get(role.style, "none"))
