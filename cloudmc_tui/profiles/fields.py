"""What a profile's table holds: the settings, their checks, and the profile that is made of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit

from cloudmc_tui.api.errors import BadSettings
from cloudmc_tui.api.settings import Secret, Timeouts, hide_userinfo, parse_endpoint
from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.scrub import remember
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import N_, _
from cloudmc_tui.path import Path, PathError
from cloudmc_tui.profiles.environment import withhold
from cloudmc_tui.profiles.problems import Severity, unknown
from cloudmc_tui.profiles.profile import COLORS, DEFAULT_TIMEOUTS, RESERVED_NAMES, Mode, Profile
from cloudmc_tui.profiles.sources import (
    KEY_SETTINGS,
    CommandKey,
    EnvironmentKey,
    FileKey,
    KeyringKey,
    KeySource,
    PlainKey,
    PromptKey,
)

SETTINGS: dict[str, str] = {
    "endpoint": N_("the API's base URL, or a bare host"),
    "organization": N_("the id of the organization to act in"),
    "key_env": N_("the environment variable that holds the key"),
    "key_command": N_("a command that prints the key, as a list of words or one line; run without a shell"),
    "key_file": N_("a file that is private to you and holds the key alone"),
    "key_prompt": N_("true: ask for the key each time"),
    "key_keyring": N_("true, or the user name of an entry in the keyring"),
    "key_plain": N_("the key itself; warned of each time"),
    "mode": N_("normal, protected or read-only"),
    "color": N_("the accent: red, orange, yellow, green, cyan, blue, purple, pink, grey or #rrggbb"),
    "verify": N_("false: do not check the server's certificate"),
    "ca_file": N_("a file or folder of authorities to trust instead of the usual ones, in PEM format"),
    "client_certificate": N_("a file with the certificate to present"),
    "client_key": N_("the file with its key, where that is another one"),
    "proxy": N_("a proxy's URL"),
    "connect_timeout": N_("seconds for the connection"),
    "read_timeout": N_("seconds for each wait on the server"),
    "call_timeout": N_("seconds for a call as a whole"),
    "path": N_("where to start"),
    "theme": N_("the explorer's theme on this profile"),
    "notes": N_("your own words"),
}
"""What each setting of a profile is."""

_HEDGED = ("mode", "organization")
"""Settings whose misspelling could let a change reach what it must not: then the profile only reads."""

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_LONGEST_NAME = 64

Report = Callable[[str, str, Severity], None]
"""Takes down a problem: the setting (empty for the profile as a whole), what is wrong, how bad it is."""


class _Bad(ValueError):
    """A value that cannot be used; the message says why."""


def name_problem(name: str) -> str:
    """What is wrong with a profile's name, or an empty text."""
    if not name or name != name.strip():
        return _("a name is not empty and has no blanks at its ends")
    if name in RESERVED_NAMES:
        return _("{name!r} is what the program itself calls a connection; take another name", name=name)
    if visible(name) != name or len(name) > _LONGEST_NAME:
        return _(
            "a name has at most {longest_name} characters, all of them visible", longest_name=_LONGEST_NAME
        )
    return ""


def read_profile(name: str, table: Mapping[str, Any], folder: FilePath, report: Report) -> Profile | None:
    """Make a profile of its table.

    Args:
        name: the profile's.
        table: its settings, as TOML gives them.
        folder: what files are relative to: the config file's folder.
        report: takes down what is wrong.

    Returns:
        none when there is an error among the problems.
    """
    reader = _Reader(table, folder, report)
    if problem := name_problem(name):
        reader.wrong("", problem)
    mode = reader.choice("mode", [m.value for m in Mode], Mode.NORMAL.value)
    missing = {n for n in _HEDGED if n not in table}
    for setting in table:
        if setting not in SETTINGS:
            hedged = nearest(setting, list(SETTINGS)) in missing
            mode = Mode.READ_ONLY.value if hedged else mode
            until = _("; until that is settled, the profile is read-only") if hedged else ""
            report(setting, unknown(setting, SETTINGS) + until, Severity.WARNING)
    certificate, client_key = reader.file("client_certificate"), reader.file("client_key")
    if client_key and not certificate:
        reader.wrong("client_key", _("there is no client_certificate that it belongs to"))
    verify, ca_file = reader.flag("verify", True), reader.file("ca_file")
    if ca_file and not verify:
        report("ca_file", _("is of no use while verify is false"), Severity.WARNING)
    endpoint, key = reader.endpoint(), reader.key(name)
    profile = Profile(
        name,
        endpoint,
        key or PromptKey(),
        organization_id=reader.text("organization") or None,
        mode=Mode(mode),
        color=reader.color(),
        verify=verify,
        ca_file=ca_file,
        client_certificate=certificate,
        client_key=client_key,
        proxy=reader.proxy(),
        timeouts=reader.timeouts(),
        path=reader.path(),
        notes=reader.text("notes"),
        theme=reader.text("theme"),
    )
    return None if reader.failed else profile


class _Reader:
    """Takes settings out of a table, and takes down what is wrong with them."""

    def __init__(self, table: Mapping[str, Any], folder: FilePath, report: Report) -> None:
        self._table = table
        self._folder = folder
        self._report = report
        self.failed = False

    def wrong(self, setting: str, message: str) -> None:
        """Something because of which the profile cannot be used."""
        self.failed = True
        self._report(setting, message, Severity.ERROR)

    def text(self, setting: str) -> str:
        """A text, without blanks at its ends; empty where there is none."""
        value = self._table.get(setting, "")
        if isinstance(value, str):
            return value.strip()
        self.wrong(setting, _("is {kind}, and has to be a text in quotes", kind=_kind(value)))
        return ""

    def flag(self, setting: str, default: bool) -> bool:
        """True or false."""
        value = self._table.get(setting, default)
        if isinstance(value, bool):
            return value
        self.wrong(setting, _("is {kind}, and has to be true or false", kind=_kind(value)))
        return default

    def choice(self, setting: str, choices: list[str], default: str) -> str:
        """One of some words."""
        value = self.text(setting)
        if value in choices:
            return value
        if setting in self._table and isinstance(self._table[setting], str):
            near = nearest(value, choices)
            hint = _("; did you mean {near!r}?", near=near) if near else ""
            self.wrong(
                setting,
                _(
                    "'{value}' is none of {choices}{hint}",
                    value=visible(value),
                    choices=", ".join(choices),
                    hint=hint,
                ),
            )
        return default

    def file(self, setting: str) -> str:
        """An absolute path of something that is there; empty for none."""
        text = self.text(setting)
        if not text:
            return ""
        path = absolute(text, self._folder)
        if not path.exists():
            self.wrong(setting, _("there is no file {path}", path=visible(str(path))))
        return str(path)

    def seconds(self, setting: str, default: float) -> float:
        """A time limit."""
        value = self._table.get(setting, default)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= 86_400:
            return float(value)
        self.wrong(setting, _("has to be a number of seconds above 0"))
        return default

    def timeouts(self) -> Timeouts:
        """All three."""
        return Timeouts(
            self.seconds("connect_timeout", DEFAULT_TIMEOUTS.connect),
            self.seconds("read_timeout", DEFAULT_TIMEOUTS.read),
            self.seconds("call_timeout", DEFAULT_TIMEOUTS.call),
        )

    def endpoint(self) -> str:
        """The endpoint, checked; a warning where the key would travel in clear."""
        text = self.text("endpoint")
        if "endpoint" not in self._table:
            self.wrong("", _("has no endpoint: {what}", what=_(SETTINGS["endpoint"])))
            return ""
        try:
            parse_endpoint(text)
        except BadSettings as error:
            self.wrong("endpoint", visible(f"{error.message}. {error.hint}".rstrip(". ")))
        return text

    def color(self) -> str:
        """An accent."""
        value = self.text("color").casefold()
        if not value or value in COLORS or _COLOR.fullmatch(value):
            return value
        near = nearest(value, COLORS)
        hint = (
            _("did you mean {near!r}?", near=near)
            if near
            else _("there are {colors}, or #rrggbb", colors=", ".join(COLORS))
        )
        self.wrong("color", _("'{value}' is no colour; {hint}", value=visible(value), hint=hint))
        return ""

    def proxy(self) -> str:
        """A proxy's URL."""
        text = self.text("proxy")
        if not text:
            return ""
        try:
            parts = urlsplit(text)
            remember([parts.password] if parts.password else [])
            usable = parts.scheme in ("http", "https", "socks5", "socks5h") and bool(parts.hostname)
            usable = usable and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            shown = visible(hide_userinfo(text))
            self.wrong(
                "proxy", _("'{shown}' is no proxy; one looks like http://proxy.example:3128", shown=shown)
            )
        return text

    def path(self) -> str:
        """Where to start."""
        text = self.text("path")
        try:
            Path.parse(text)
        except PathError as error:
            self.wrong("path", visible(str(error)))
        return text

    # The key's source

    def key(self, name: str) -> KeySource | None:
        """Where the key comes from, if exactly one setting says."""
        given = [s for s, value in self._table.items() if s in KEY_SETTINGS and value is not False]
        if isinstance(variable := self._table.get("key_env"), str):
            withhold([variable.strip()])
        if isinstance(plain := self._table.get("key_plain"), str):
            remember([plain])
        if not given:
            self.wrong(
                "",
                _(
                    "says nowhere where its key comes from: one of {key_settings}",
                    key_settings=", ".join(KEY_SETTINGS),
                ),
            )
            return None
        if len(given) > 1:
            self.wrong(
                given[1], _("{given} exclude each other: a key has one source", given=_(" and ").join(given))
            )
            return None
        try:
            return self._source(given[0], self._table[given[0]], name)
        except _Bad as error:
            self.wrong(given[0], str(error))
            return None

    def _source(self, setting: str, value: Any, name: str) -> KeySource:
        if setting == PromptKey.setting:
            if value is not True:
                raise _Bad(_("has to be true"))
            return PromptKey()
        if setting == KeyringKey.setting and value is True:
            return KeyringKey(name)
        if setting == CommandKey.setting:
            return CommandKey(_words(value))
        if not isinstance(value, str):
            raise _Bad(_("is {kind}, and has to be a text in quotes", kind=_kind(value)))
        text = value.strip()
        if not text:
            raise _Bad(_("is empty"))
        if setting == EnvironmentKey.setting:
            if not _VARIABLE.fullmatch(text):
                raise _Bad(_("is no name of an environment variable (the name, not the key itself)"))
            return EnvironmentKey(text)
        if setting == FileKey.setting:
            return FileKey(str(absolute(text, self._folder)))
        return KeyringKey(text) if setting == KeyringKey.setting else PlainKey(Secret(text))


def absolute(text: str, folder: FilePath) -> FilePath:
    """A file as named in the config: ``~`` is the home folder, and a relative path starts at the config's.

    Args:
        text: as written.
        folder: the config file's.
    """
    try:
        path = FilePath(text).expanduser()
    except RuntimeError:  # no such user
        path = FilePath(text)
    return path if path.is_absolute() else folder / path


def _words(value: Any) -> tuple[str, ...]:
    """A command's words, from a list or from one line."""
    if isinstance(value, str):
        try:
            words = shlex.split(value)
        except ValueError as error:
            raise _Bad(_("cannot be divided into words: {error}", error=str(error).lower())) from None
    elif isinstance(value, list) and all(isinstance(word, str) for word in value):
        words = list(value)
    else:
        raise _Bad(_("has to be a text, or a list of texts"))
    if not words or not words[0]:
        raise _Bad(_("is empty"))
    if words[0].startswith("~"):
        words[0] = str(absolute(words[0], FilePath("/")))
    if any("\0" in word for word in words):
        raise _Bad(_("has a null character in it"))
    return tuple(words)


def _kind(value: Any) -> str:
    """What a TOML value is, for people."""
    kinds = ((bool, _("true or false")), (int, _("a number")), (float, _("a number")), (str, _("a text")))
    kinds += ((list, _("a list")), (dict, _("a table")))  # type: ignore[assignment]
    return next((word for kind, word in kinds if isinstance(value, kind)), _("a date"))
