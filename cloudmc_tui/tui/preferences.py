"""What the config file says of the explorer itself: looks, keys, commands; and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudmc_tui.profiles.problems import unknown
from cloudmc_tui.tui.looks import COLORS, Look

if TYPE_CHECKING:
    from cloudmc_tui.profiles import Config


@dataclass(frozen=True)
class Preferences:
    """How the person wants it.

    Attributes:
        look: what the terminal can show.
        theme: the theme where a profile names none; or empty.
        problems: what is wrong in the config file, a line each.
    """

    look: Look = field(default_factory=Look)
    theme: str = ""
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
    return Preferences(
        look,
        str(settings.get("theme", "")),
        config.told((*config.problems, *found)),
    )
