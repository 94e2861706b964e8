"""What the config file says of the explorer itself: looks, keys, commands; and what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from cloudmc_tui.formats.text import visible
from cloudmc_tui.outside import ssh
from cloudmc_tui.outside.commands import Command, read_commands
from cloudmc_tui.outside.template import TemplateError, read_template
from cloudmc_tui.profiles.problems import unknown
from cloudmc_tui.tui.actions import ACTIONS, Action, Scope
from cloudmc_tui.tui.keymap import PRESETS, Keymap, Report, read_keymap
from cloudmc_tui.tui.looks import COLORS, Look

if TYPE_CHECKING:
    from cloudmc_tui.profiles import Config
    from cloudmc_tui.profiles.places import Key


class Preferences(Struct, frozen=True):
    """How the person wants it.

    Attributes:
        look: what the terminal can show.
        theme: the theme where a profile names none; or empty.
        keymap: which keys do what.
        ssh: how instances are gone to.
        commands: the user's own, by their actions' ids.
        problems: what is wrong in the config file, a line each.
    """

    look: Look = field(default_factory=Look)
    theme: str = ""
    keymap: Keymap = field(default_factory=Keymap)
    ssh: ssh.Settings = field(default_factory=ssh.Settings)
    commands: Mapping[str, Command] = field(default_factory=dict)
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

    commands = read_commands(config.commands, report)
    own = {c.id: c.key for c in commands if c.key and c.id not in config.keys}
    keymap = read_keymap(
        preset,
        {**own, **config.keys},
        report,
        (*ACTIONS, *map(action_of, commands)),
        {c.id: (*c.place, "key") for c in commands if c.id in own},
    )
    return Preferences(
        look,
        str(settings.get("theme", "")),
        keymap,
        _ssh(settings, report),
        {command.id: command for command in commands},
        config.told(sorted((*config.problems, *found), key=lambda problem: problem.line or 0)),
    )


def _ssh(settings: Mapping[str, Any], report: Report) -> ssh.Settings:
    template = ssh.DEFAULT
    if "ssh" in settings:
        try:
            template = read_template(settings["ssh"])
        except TemplateError as error:
            report(("settings", "ssh"), str(error))
    way = settings.get("ssh_address", "")
    if way and way not in ssh.WAYS:
        report(("settings", "ssh_address"), unknown(way, ssh.WAYS))
        way = ""
    key = os.path.expanduser(settings.get("ssh_key", ""))  # noqa: PTH111 - empty for none
    return ssh.Settings(template, settings.get("ssh_user", ""), key, way)


def action_of(command: Command) -> Action:
    """A command of the user's as an action, which the palette and the help show, and ``[keys]`` can bind."""
    line = visible(" ".join(text for group, _optional in command.template.parts for text in group))
    return Action(command.id, "", command.name, line, Scope.OWN)
