"""Themes: TOML files, the program's own and the user's, made into Textual themes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli
from msgspec import Struct, field
from textual.theme import Theme

from cloudmc_tui.folders import config_folder
from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.system import reason
from cloudmc_tui.language import _
from cloudmc_tui.tui.colors import accent as accent
from cloudmc_tui.tui.colors import is_color
from cloudmc_tui.tui.looks import CannotShow

DEFAULT = "night"

SIXTEEN = "sixteen"
"""What is shown on a terminal that has 16 colours."""

MONO = "mono"
"""What is shown where there is to be no colour."""

PACKAGED = Path(__file__).parent.parent / "themes"
"""Where a wheel holds the themes."""

CHECKOUT = Path(__file__).parent.parent.parent / "themes"
"""Where a checkout (an editable install) holds them."""

ATTRIBUTES = ("none", "bold", "dim", "italic", "underline", "reverse")
"""What text can be beside its colour."""

_NAME = re.compile(r"[a-z][a-z0-9-]*")


class ThemeError(CannotShow):
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


class Styles(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What text is beside its colour: words of :data:`ATTRIBUTES`."""

    cursor: str = "none"
    cursor_blurred: str = "none"
    profile: str = "bold"
    strong: str = "bold"
    heading: str = "bold"
    key: str = "bold"
    mark: str = "bold"
    match: str = "none"
    reference: str = "none"
    error: str = "none"
    tone_ok: str = "none"
    tone_off: str = "none"
    tone_busy: str = "none"
    tone_warn: str = "none"
    tone_bad: str = "none"
    tone_unknown: str = "none"


class ThemeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A theme file, whole."""

    name: str
    label: str
    colors: Colors
    roles: Roles
    styles: Styles = Styles()
    dark: bool = True

    @property
    def native(self) -> bool:
        """Whether its colours are the terminal's own, which look as the terminal is set up."""
        used = (*_values(self.colors), *_values(self.roles))
        return any(value.startswith("ansi_") for value in used)

    @property
    def colorless(self) -> bool:
        """Whether it has no colours at all."""
        return all(value == "ansi_default" for t in (self.colors, self.roles) for value in _values(t))

    def to_theme(self) -> Theme:
        """The theme as Textual takes it."""
        colors: dict[str, str] = msgspec.to_builtins(self.colors)
        roles: dict[str, str] = msgspec.to_builtins(self.roles)
        styles: dict[str, str] = msgspec.to_builtins(self.styles)
        return Theme(
            name=self.name,
            dark=self.dark,
            ansi=self.native,
            variables={
                **colors,  # of a theme in the terminal's own colours, Textual takes only some
                **roles,
                **{f"{name}-style": style for name, style in styles.items()},
                "ansi-background": colors["background"],
                "ansi-foreground": colors["foreground"],
                "text": colors["foreground"],
                "text-muted": roles["muted"],
                "text-disabled": roles["muted"],
                "border": roles["rule-focused"],
                "border-blurred": roles["rule"],
                "input-cursor-foreground": roles["cursor"],
                "input-cursor-background": roles["cursor-background"],
                "input-cursor-text-style": styles["cursor"],
                "input-selection-foreground": roles["cursor-blurred"],
                "input-selection-background": roles["cursor-blurred-background"],
                "screen-selection-foreground": roles["cursor-blurred"],
                "screen-selection-background": roles["cursor-blurred-background"],
            },
            **colors,  # type: ignore[arg-type]  # all of them are texts
        )


class Library(Struct):
    """The themes that there are.

    Attributes:
        themes: by name.
        files: where each is from.
        errors: what was wrong with the files that could not be used.
    """

    themes: dict[str, ThemeFile] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    errors: list[ThemeError] = field(default_factory=list)

    def find(self, name: str) -> ThemeFile:
        """A theme by its name.

        Raises:
            ThemeError: when there is none, with the nearest that there is.
        """
        found = self.themes.get(name)
        if found is None:
            near = nearest(name, list(self.themes))
            hint = (
                _("did you mean {near}?", near=near)
                if near
                else _("there are {themes}", themes=", ".join(self.themes))
            )
            raise ThemeError(
                _("theme {name!r}", name=name), "", _("there is none of that name; {hint}", hint=hint)
            )
        return found


def own_folder() -> Path:
    """The folder of the program's own themes."""
    return PACKAGED if PACKAGED.is_dir() else CHECKOUT


def user_folder() -> Path:
    """The folder of the user's themes."""
    return config_folder() / "themes"


def load_theme(file: Path) -> ThemeFile:
    """Read one theme. One that says ``extends = "night"`` says only what is different there.

    Raises:
        ThemeError: naming file, key and reason.
    """
    document = _document(file)
    base = document.pop("extends", None)
    if base is not None:
        own = {f.stem for f in own_folder().glob("*.toml")}
        if not isinstance(base, str) or base not in own:
            raise ThemeError(
                file.name, "extends", _("{base!r} is none of {own}", base=base, own=", ".join(sorted(own)))
            )
        document = _laid_over(_document(own_folder() / f"{base}.toml"), document)
    try:
        theme = msgspec.convert(document, ThemeFile)
    except msgspec.ValidationError as error:
        reason, _at, where = str(error).partition(" - at `$")
        raise ThemeError(file.name, where.rstrip("`").lstrip("."), reason) from error
    if not _NAME.fullmatch(theme.name):
        raise ThemeError(file.name, "name", _("{name!r} is not made of a-z, 0-9 and dashes", name=theme.name))
    for table in ("colors", "roles"):
        for key, value in msgspec.to_builtins(getattr(theme, table)).items():
            if not is_color(value):
                reason = _("{value!r} is not a colour: write #rrggbb or ansi_red and the like", value=value)
                raise ThemeError(file.name, f"{table}.{key}", reason)
    for key, value in msgspec.to_builtins(theme.styles).items():
        for word in value.split() or [""]:
            if word not in ATTRIBUTES:
                raise ThemeError(
                    file.name,
                    f"styles.{key}",
                    _("{word!r} is none of {attributes}", word=word, attributes=", ".join(ATTRIBUTES)),
                )
    return theme


def load_themes(folders: Iterable[Path]) -> Library:
    """Read all themes of some folders; a later one of the same name wins."""
    library = Library()
    for folder in folders:
        for file in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            try:
                theme = load_theme(file)
            except ThemeError as error:
                library.errors.append(error)
            else:
                library.themes[theme.name] = theme
                library.files[theme.name] = file
    return library


def _document(file: Path) -> dict[str, Any]:
    try:
        return tomli.loads(file.read_text(encoding="utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ThemeError(file.name, "", _("is not valid TOML: {error}", error=error)) from error
    except OSError as error:
        raise ThemeError(file.name, "", _("cannot be read: {strerror}", strerror=reason(error))) from error


def _laid_over(base: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """A document with another's values where it has none of its own, table by table."""
    merged = {**base, **document}
    for name, table in base.items():
        if isinstance(table, dict) and isinstance(document.get(name), dict):
            merged[name] = {**table, **document[name]}
    return merged


def _values(table: Colors | Roles) -> tuple[str, ...]:
    return tuple(msgspec.structs.astuple(table))
