"""The config file: reading it, and saving what can be read of a broken one. Nothing here writes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any, ClassVar, NamedTuple, TypeGuard

import tomli
from msgspec import field

from cloudmc_tui.folders import CONFIG_FILE as CONFIG_FILE
from cloudmc_tui.folders import CONFIG_VARIABLE as CONFIG_VARIABLE
from cloudmc_tui.folders import config_file as config_file
from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.reticent import Reticent
from cloudmc_tui.formats.system import reason
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import N_, NAMES, _
from cloudmc_tui.profiles.fields import read_profile
from cloudmc_tui.profiles.places import Key, line_of, lines_of
from cloudmc_tui.profiles.problems import Problem, Severity, unknown
from cloudmc_tui.profiles.profile import DEMO_NAME, Profile, ProfileError, demo_profile

TABLES = ("profiles", "settings", "keys")

LISTS = ("commands",)
"""Lists of tables: ``[[commands]]``."""

TOP_LEVEL = ("default", *TABLES, *LISTS)


class Setting(NamedTuple):
    """A setting of the program itself.

    Attributes:
        kind: what its value is.
        help: one line on it.
    """

    kind: type
    help: str


SETTINGS = {
    "theme": Setting(str, N_("the explorer's theme, where the profile names none")),
    "colors": Setting(str, N_("none, 16, 256 or truecolor, whatever the terminal says of itself")),
    "ascii": Setting(bool, N_("true: draw borders and marks in ASCII")),
    "keymap": Setting(str, N_("default, vim or k9s: the keys that `[keys]` changes single ones of")),
    "low_bandwidth": Setting(bool, N_("send little to the terminal, and seldom; without it: over SSH")),
    "language": Setting(str, N_("en or fr; without it: what LANG says")),
    "ssh": Setting(list, N_("how an instance is connected to: a program and its arguments")),
    "ssh_user": Setting(str, N_("the user name for ssh, whatever the instance's")),
    "ssh_key": Setting(str, N_("the file of the private key for ssh")),
    "ssh_address": Setting(
        str, N_("private or public: the only way to take to an instance; without it you choose")
    ),
}
"""The settings of the program itself."""

_WANTED = {str: N_("a text in quotes"), bool: N_("true or false"), list: N_("a list of texts in quotes")}

_HEADER = re.compile(r"""^\[\[?[\w."' -]+(\]\]?[ \t]*(#[^\n]*)?)?\r?$""", re.MULTILINE)
"""A table's header; also one that is not closed."""

_TWICE = re.compile(r"Cannot (?:declare|mutate) .*'profiles', '(?P<name>[^']+)'\)")


class Config(Reticent, frozen=True):
    """What the config file says.

    Attributes:
        file: where it is, or would be.
        profiles: those that can be used, by name, in the file's order.
        broken: the names of those that cannot, because of mistakes.
        default: the default profile's name, or none.
        settings: of the program itself: those of ``[settings]`` that are what they should be.
        keys: of ``[keys]``, as they are there: who has the actions knows what they should be.
        commands: of ``[[commands]]``, as they are there.
        lines: where each key first stands, from 1; in a list of tables, a table's number is part of its key.
        problems: what is wrong, in the file's order.
        damaged: the file is no valid TOML, or cannot be read: there may be more in it.
    """

    UNSAID: ClassVar = frozenset({"lines"})

    file: FilePath
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    default: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)
    commands: tuple[Mapping[str, Any], ...] = ()
    lines: Mapping[Key, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    damaged: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Of all profiles, also those that cannot be used."""
        return (*self.profiles, *self.broken)

    def problems_of(self, name: str) -> tuple[Problem, ...]:
        """What is wrong with one profile."""
        return tuple(p for p in self.problems if p.profile == name)

    def told(self, problems: Iterable[Problem] | None = None) -> tuple[str, ...]:
        """Problems as lines that say which file; by default all that were found here."""
        told = self.problems if problems is None else problems
        return tuple(f"{self.file}: {problem}" for problem in told)

    def problem(self, key: Key, message: str, severity: Severity = Severity.WARNING) -> Problem:
        """A problem with a key of the file, in its line."""
        places = (key[:length] for length in range(len(key), 0, -1))
        return Problem(message, severity, key, next((self.lines[k] for k in places if k in self.lines), None))

    def profile(self, name: str) -> Profile:
        """A profile by its name; the demo cloud is always there.

        Raises:
            ProfileError: when there is none, with the nearest; or when it has mistakes, with those.
        """
        if name in self.profiles:
            return self.profiles[name]
        if name == DEMO_NAME:
            return demo_profile()
        shown = visible(name)
        if name in self.broken:
            errors = [p for p in self.problems_of(name) if p.severity is Severity.ERROR]
            listed = "\n".join(f"  {problem}" for problem in errors)
            raise ProfileError(
                _(
                    "the profile '{shown}' cannot be used; in {file}:\n{listed}",
                    shown=shown,
                    file=self.file,
                    listed=listed,
                )
            )
        if self.damaged:
            raise ProfileError(
                _("no profile '{shown}' in what can be read of the config file:\n", shown=shown)
                + self._listed()
            )
        near = nearest(name, self.names)
        hint = _("did you mean {near}?", near=near) if near else _("cloudmc-tui profiles lists them")
        raise ProfileError(_("there is no profile '{shown}' in {file}", shown=shown, file=self.file), hint)

    def default_profile(self) -> Profile | None:
        """The profile that is used when nothing says which: the default, or the only one.

        Raises:
            ProfileError: when it has mistakes or is not there, or when the file's damage leaves it open.
        """
        if self.default is not None:
            return self.profile(self.default)
        if self.damaged:
            raise ProfileError(
                _("the config file cannot be read as a whole:\n{listed}", listed=self._listed()),
                _("name the profile: --profile NAME") if self.names else "",
            )
        return self.profile(self.names[0]) if len(self.names) == 1 else None

    def _listed(self) -> str:
        return "\n".join(f"  {line}" for line in self.told())


def load_config(file: FilePath | None = None, *, environ: Mapping[str, str] | None = None) -> Config:
    """Read the config file. Whatever is wrong is a problem of the result: this raises nothing.

    Args:
        file: by default :func:`config_file`.
        environ: the process's environment.
    """
    environ = os.environ if environ is None else environ
    file = file or config_file(environ)
    try:
        text = decode(file.read_bytes())
    except FileNotFoundError:
        gone = _("{config_variable} names a file that is not there", config_variable=CONFIG_VARIABLE)
        named = environ.get(CONFIG_VARIABLE, "").strip()
        return Config(file, problems=(Problem(gone, Severity.WARNING),) if named else ())
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return Config(file, problems=(Problem(_("is not in UTF-8"), line=line),), damaged=True)
    except OSError as error:
        why = reason(error).lower()
        return Config(file, problems=(Problem(_("cannot be read: {why}", why=why)),), damaged=True)
    return read_config(text, file)


def decode(data: bytes) -> str:
    """A config file's text.

    Raises:
        UnicodeDecodeError: when it is none.
    """
    return data.decode("utf-8-sig")


def read_config(text: str, file: FilePath) -> Config:
    """The same for a text.

    Args:
        text: TOML.
        file: where it is from: files named in it are relative to its folder.
    """
    document, problems = _parse(text)
    damaged = bool(problems)
    for name, value in document.items():
        if name not in TOP_LEVEL:
            problems.append(Problem(unknown(name, TOP_LEVEL), Severity.NOTE, (name,)))
        elif name in TABLES and not isinstance(value, dict):
            problems.append(Problem(_("has to be a table: [{name}]", name=name), Severity.ERROR, (name,)))
        elif name in LISTS and not _are_tables(value):
            problems.append(
                Problem(_("has to be a list of tables: [[{name}]]", name=name), Severity.ERROR, (name,))
            )
    profiles, broken = _profiles(_table(document, "profiles"), file.parent, problems)
    default = document.get("default")
    if default is not None and not isinstance(default, str):
        problems.append(Problem(_("has to be a profile's name"), Severity.ERROR, ("default",)))
        default = None
    elif default is not None and default not in (*profiles, *broken, DEMO_NAME) and not damaged:
        said = unknown(default, [*profiles, *broken]) if profiles or broken else _("there are no profiles")
        problems.append(Problem(_("names no profile: {said}", said=said), Severity.ERROR, ("default",)))
    settings = _settings(_table(document, "settings"), problems)
    placed = [p if p.line else Problem(p.message, p.severity, p.key, line_of(text, p.key)) for p in problems]
    placed.sort(key=lambda p: p.line or 0)
    commands = document.get("commands", [])
    return Config(
        file,
        profiles,
        broken,
        default,
        settings,
        _table(document, "keys"),
        tuple(commands) if _are_tables(commands) else (),
        lines_of(text),
        tuple(placed),
        damaged,
    )


def _are_tables(value: object) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _table(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = document.get(name)
    return table if isinstance(table, dict) else {}


def _profiles(
    tables: Mapping[str, Any], folder: FilePath, problems: list[Problem]
) -> tuple[dict[str, Profile], tuple[str, ...]]:
    """The profiles that can be used, and the names of the others."""
    profiles: dict[str, Profile] = {}
    broken = []
    seen: dict[str, str] = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            said = _("has to be a table: [profiles.{name}]", name=visible(name))
            problems.append(Problem(said, Severity.ERROR, ("profiles", name)))
            continue

        def report(setting: str, message: str, severity: Severity, name: str = name) -> None:
            key = ("profiles", name, setting) if setting else ("profiles", name)
            problems.append(Problem(message, severity, key))

        if other := seen.get(name.casefold()):
            report(
                "",
                _("differs from {other!r} only in its capitals: easily mistaken", other=other),
                Severity.WARNING,
            )
        seen.setdefault(name.casefold(), name)
        profile = read_profile(name, table, folder, report)
        if profile is None:
            broken.append(name)
        else:
            profiles[name] = profile
    return profiles, tuple(broken)


def _settings(table: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    usable = {}
    for name, value in table.items():
        if name not in SETTINGS:
            problems.append(Problem(unknown(name, SETTINGS), Severity.NOTE, ("settings", name)))
        elif not isinstance(value, SETTINGS[name].kind):
            wanted = _(_WANTED[SETTINGS[name].kind])
            problems.append(
                Problem(_("has to be {wanted}", wanted=wanted), Severity.WARNING, ("settings", name))
            )
        elif name == "language" and value not in NAMES:
            problems.append(Problem(unknown(str(value), NAMES), Severity.WARNING, ("settings", name)))
        else:
            usable[name] = value
    return usable


# Text that is not all TOML


def _parse(text: str) -> tuple[dict[str, Any], list[Problem]]:
    """The document; of a broken one what can be read, table by table, and what is wrong with the rest."""
    document: dict[str, Any] = {}
    problems: list[Problem] = []
    start = 0  # of what has not been read yet
    while start < len(text):
        error = _add(document, text[start:])
        if error is None:
            break
        line = text.count("\n", 0, start) + error.lineno
        problems.append(Problem(_said(error, text), line=line, column=error.colno))
        bad, end = start + _table_before(text[start:], error.pos), len(text)
        while bad > start and (earlier := _add(document, text[start:bad])) is not None:
            bad = start + _table_before(text[start:bad], earlier.pos)
        following = _HEADER.search(text, bad + 1)
        start = following.start() if following else end
    return document, problems


def _add(document: dict[str, Any], text: str) -> tomli.TOMLDecodeError | None:
    """Read a piece into a document; what is there already stays."""
    try:
        piece = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        return error
    for name, value in piece.items():
        there = document.setdefault(name, value)
        if there is not value and isinstance(there, dict) and isinstance(value, dict):
            for inner, table in value.items():
                there.setdefault(inner, table)
    return None


def _table_before(text: str, place: int) -> int:
    """Where the table begins that a place is in; 0 for what comes before all tables."""
    begins = [m.start() for m in _HEADER.finditer(text) if m.start() <= place and m.start() < len(text)]
    return begins[-1] if begins else 0


def _said(error: tomli.TOMLDecodeError, text: str) -> str:
    twice = _TWICE.search(error.msg)
    if twice is not None:
        first = line_of(text, ("profiles", twice["name"]))
        return _(
            "the profile '{name}' is there twice; the one in line {first} counts",
            name=visible(twice["name"]),
            first=first,
        )
    return _("is not valid TOML: {msg}", msg=visible(error.msg[:1].lower() + error.msg[1:]))
