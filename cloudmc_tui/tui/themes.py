"""Themes: TOML files, the program's own and the user's, made into Textual themes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec
import tomli
from textual.theme import Theme

DEFAULT = "night"

PACKAGED = Path(__file__).parent.parent / "themes"
"""Where a wheel holds the themes."""

CHECKOUT = Path(__file__).parent.parent.parent / "themes"
"""Where a checkout (an editable install) holds them."""

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

_COLOR = re.compile(r"#[0-9a-fA-F]{6}$|ansi_[a-z_]+$")


class ThemeError(ValueError):
    """A theme file that cannot be used.

    Attributes:
        file: its name.
        key: the key that is wrong, or empty.
        reason: what is wrong.
    """

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file, self.key, self.reason = file, key, reason


class Colors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Textual's own palette."""

    background: str
    surface: str
    panel: str
    foreground: str
    primary: str
    secondary: str
    accent: str
    success: str
    warning: str
    error: str


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The explorer's own colours, each for one purpose."""

    muted: str
    rule: str
    rule_focused: str
    heading: str
    reference: str
    cursor: str
    cursor_background: str
    cursor_blurred: str
    cursor_blurred_background: str
    match: str
    bar: str
    bar_background: str
    key: str
    tone_ok: str
    tone_off: str
    tone_busy: str
    tone_warn: str
    tone_bad: str
    tone_unknown: str


class ThemeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A theme file, whole."""

    name: str
    label: str
    colors: Colors
    roles: Roles
    dark: bool = True

    def to_theme(self) -> Theme:
        """The theme as Textual takes it."""
        return Theme(
            name=self.name,
            dark=self.dark,
            variables=dict(msgspec.to_builtins(self.roles)),
            **msgspec.structs.asdict(self.colors),
        )


def accent(name: str) -> str:
    """A profile's accent as ``#rrggbb``; empty for none."""
    return ACCENTS.get(name, name)


def text_on(background: str) -> str:
    """Black or white, whichever can be read better on a colour ``#rrggbb``."""
    red, green, blue = (int(background[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > 0.179 else "#ffffff"


def own_folder() -> Path:
    """The folder of the program's own themes."""
    return PACKAGED if PACKAGED.is_dir() else CHECKOUT


def load_theme(file: Path) -> ThemeFile:
    """Read one theme.

    Raises:
        ThemeError: naming file, key and reason.
    """
    try:
        theme = msgspec.convert(tomli.loads(file.read_text(encoding="utf-8")), ThemeFile)
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ThemeError(file.name, "", f"is not valid TOML: {error}") from error
    except OSError as error:
        raise ThemeError(file.name, "", f"cannot be read: {error.strerror}") from error
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        raise ThemeError(file.name, where.rstrip("`").lstrip("."), reason) from error
    for table in ("colors", "roles"):
        for key, value in msgspec.to_builtins(getattr(theme, table)).items():
            if not _COLOR.match(value):
                reason = f"{value!r} is not a colour: write #rrggbb or ansi_red and the like"
                raise ThemeError(file.name, f"{table}.{key}", reason)
    return theme


def load_themes(folders: Iterable[Path]) -> tuple[dict[str, ThemeFile], list[ThemeError]]:
    """Read all themes of some folders; a later one of the same name wins.

    Returns:
        the themes by name, and what was wrong with the files that could not be used.
    """
    themes: dict[str, ThemeFile] = {}
    errors: list[ThemeError] = []
    for folder in folders:
        for file in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            try:
                theme = load_theme(file)
            except ThemeError as error:
                errors.append(error)
            else:
                themes[theme.name] = theme
    return themes, errors
