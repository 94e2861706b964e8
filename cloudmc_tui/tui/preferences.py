"""What the config file says of the explorer itself: looks, keys, commands; and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudmc_tui.profiles.problems import unknown
from cloudmc_tui.tui.keymap import PRESETS, Keymap, read_keymap
from cloudmc_tui.tui.looks import COLORS, Look

if TYPE_CHECKING:
    from cloudmc_tui.profiles import Config
    from cloudmc_tui.profiles.places import Key


@dataclass(frozen=True)
class Preferences:
    """How the person wants it.

    Attributes:
        look: what the terminal can show.
        theme: the theme where a profile names none; or empty.
        keymap: which keys do what.
        problems: what is wrong in the config file, a line each.
    """

    look: Look = field(default_factory=Look)
    theme: str = ""
    keymap: Keymap = field(default_factory=Keymap)
    problems: tuple[str, ...] = ()


def preferences(config: Config, look: Look) -> Preferences:
    """Read the preferences.

    Args:
        config: the config file.
        look: what the terminal can show.
    """
    found = []
    settings = config.settings
    colors = settings.get("colors")
    if colors is not None and colors not in COLORS:
        found.append(config.problem(("settings", "colors"), unknown(str(colors), COLORS)))
    preset = settings.get("keymap", "default")
    if preset not in PRESETS:
        found.append(config.problem(("settings", "keymap"), unknown(preset, PRESETS)))
        preset = "default"

    def report(key: Key, message: str) -> None:
        found.append(config.problem(key, message))

    return Preferences(
        look,
        str(settings.get("theme", "")),
        read_keymap(preset, config.keys, report),
        config.told((*config.problems, *found)),
    )
