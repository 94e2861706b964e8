"""Changing the config file: one session at a time, all or nothing, and nothing but what is wanted.

A file that is broken is not touched. All functions here block: call them in a thread. Only what edits
imports this, as it needs tomlkit.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Any

import tomli

from cloudmc_tui.folders import make_private, open_private
from cloudmc_tui.formats.system import reason
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _
from cloudmc_tui.profiles.config import decode
from cloudmc_tui.profiles.document import CannotEdit, Document
from cloudmc_tui.profiles.fields import SETTINGS, name_problem, read_profile
from cloudmc_tui.profiles.problems import Problem, Severity, unknown
from cloudmc_tui.profiles.profile import DEMO_NAME, Profile, ProfileError
from cloudmc_tui.profiles.sources import KeyringKey

LOCK_SECONDS = 5.0
"""How long another session's edit is waited for."""

Values = Mapping[str, Any]
"""Settings of a profile as the file has them, by name."""


class ConfigError(ProfileError):
    """The config file was not changed; the message says why."""


def make_profile(name: str, values: Values, folder: FilePath) -> Profile:
    """A profile of settings that are not in the file yet, to be tested before they are.

    Args:
        name: the profile's.
        values: its settings.
        folder: what files are relative to.

    Raises:
        ConfigError: with every mistake in them.
    """
    return _made(name, values, values, folder)


def _made(name: str, values: Values, new: Values, folder: FilePath) -> Profile:
    """The same, where only some of the settings are new: what is unknown among the others is not ours."""
    problems = [Problem(unknown(s, SETTINGS), key=(s,)) for s in new if s not in SETTINGS]

    def report(setting: str, message: str, severity: Severity) -> None:
        if severity is Severity.ERROR:
            problems.append(Problem(message, key=(setting,) if setting else ()))

    profile = read_profile(name, values, folder, report)
    if profile is None or problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise ConfigError(
            _("the profile '{name}' cannot be made of that:\n{listed}", name=visible(name), listed=listed)
        )
    return profile


def add_profile(file: FilePath, name: str, values: Values, *, default: bool = False) -> Profile:
    """Add a profile.

    Args:
        file: the config file; it is made where there is none.
        name: a new name.
        values: its settings.
        default: make it the default one, too.

    Raises:
        ConfigError: when the name is taken or the settings have mistakes, besides what all edits raise.
    """
    profile = make_profile(name, values, file.parent)

    def add(document: Document) -> None:
        _see_that_it_is_new(name, document, file)
        document.add_table(("profiles", name), values)
        if default:
            document.set(("default",), name)

    edit(file, add)
    return profile


def change_profile(file: FilePath, name: str, values: Mapping[str, Any]) -> Profile:
    """Change settings of a profile.

    Args:
        file: the config file.
        name: the profile's.
        values: the new values; none takes a setting out.

    Returns:
        the profile as it is then.

    Raises:
        ConfigError: when it is not there or would have mistakes, besides what all edits raise.
    """
    made: list[Profile] = []

    def change(document: Document) -> None:
        there = _see_that_it_is_there(name, document, file)
        merged, new = ({k: v for k, v in d.items() if v is not None} for d in ({**there, **values}, values))
        made.append(_made(name, merged, new, file.parent))
        for setting, value in values.items():
            if value is None:
                document.remove(("profiles", name, setting))
            elif there.get(setting) != value:
                document.set(("profiles", name, setting), value)

    edit(file, change)
    return made[0]


def duplicate_profile(file: FilePath, name: str, new: str) -> None:
    """Add a profile with the settings of another one, its key source included.

    Raises:
        ConfigError: when the one is not there or the other one is, besides what all edits raise.
    """

    def duplicate(document: Document) -> None:
        values = dict(_see_that_it_is_there(name, document, file))
        _see_that_it_is_new(new, document, file)
        if values.get(KeyringKey.setting) is True:  # which means the entry under the profile's own name
            values[KeyringKey.setting] = name
        document.add_table(("profiles", new), values)

    edit(file, duplicate)


def rename_profile(file: FilePath, name: str, new: str) -> None:
    """Give a profile another name, in its place; the default follows.

    Raises:
        ConfigError: when the one is not there or the other one is, besides what all edits raise.
    """

    def rename(document: Document) -> None:
        there = _see_that_it_is_there(name, document, file)
        _see_that_it_is_new(new, document, file, but=name)
        if there.get(KeyringKey.setting) is True:
            document.set(("profiles", name, KeyringKey.setting), name)
        document.rename_table(("profiles", name), new)
        if document.data.get("default") == name:
            document.set(("default",), new)

    edit(file, rename)


def remove_profile(file: FilePath, name: str) -> None:
    """Take a profile out; if it was the default one, there is none any more.

    Raises:
        ConfigError: when it is not there, besides what all edits raise.
    """

    def remove(document: Document) -> None:
        _see_that_it_is_there(name, document, file)
        document.remove(("profiles", name))
        if document.data.get("default") == name:
            document.remove(("default",))

    edit(file, remove)


def set_default(file: FilePath, name: str | None) -> None:
    """Make a profile the default one, or none.

    Raises:
        ConfigError: when it is not there, besides what all edits raise.
    """

    def change(document: Document) -> None:
        if name is None:
            document.remove(("default",))
            return
        if name != DEMO_NAME:
            _see_that_it_is_there(name, document, file)
        document.set(("default",), name)

    edit(file, change)


def change_settings(file: FilePath, values: Mapping[str, Any]) -> None:
    """Change settings of the program itself.

    Args:
        file: the config file.
        values: the new values; none takes a setting out.

    Raises:
        ConfigError: as all edits may.
    """

    def change(document: Document) -> None:
        for setting, value in values.items():
            if value is None:
                document.remove(("settings", setting))
            else:
                document.set(("settings", setting), value)

    edit(file, change)


def _profiles_in(document: Document) -> dict[str, Any]:
    profiles = document.data.get("profiles", {})
    return profiles if isinstance(profiles, dict) else {}


def _see_that_it_is_new(name: str, document: Document, file: FilePath, *, but: str = "") -> None:
    if problem := name_problem(name):
        raise ConfigError(problem)
    for other in _profiles_in(document):
        if other.casefold() == name.casefold() and other != but:
            same = "" if other == name else _(" (capitals alone make no other name)")
            raise ConfigError(
                _(
                    "there is a profile '{other}' already in {file}{same}",
                    other=visible(other),
                    file=file,
                    same=same,
                )
            )


def _see_that_it_is_there(name: str, document: Document, file: FilePath) -> dict[str, Any]:
    profiles = _profiles_in(document)
    table = profiles.get(name)
    if not isinstance(table, dict):
        known = [other for other, each in profiles.items() if isinstance(each, dict)]
        said = unknown(name, known) if known else _("there are no profiles at all")
        raise ConfigError(_("no such profile in {file}: {said}", file=file, said=said))
    return table


# The file


def edit(file: FilePath, change: Callable[[Document], None]) -> None:
    """Change the config file. A symbolic link stays one: what it points to is changed.

    Args:
        file: it is made, private to the user, where there is none.
        change: makes the edits.

    Raises:
        ConfigError: when the file is broken or laid out strangely, another session does not finish its own
            edit, or the file cannot be written. The file is as it was.
    """
    try:
        place = file.resolve()
        make_private(place.parent)
        with _alone(place):
            data = place.read_bytes() if place.exists() else b""
            if data and not os.access(place, os.W_OK):
                raise ConfigError(_("{file} is write-protected, and was not changed", file=file))
            document = Document(decode(data))
            before = document.text
            change(document)
            if document.text != before:
                _write(place, document.text)
    except tomli.TOMLDecodeError as error:
        where = _("line {lineno}, column {colno}", lineno=error.lineno, colno=error.colno)
        raise ConfigError(
            _(
                "{file} was not changed, as it is broken: {where}: {msg}",
                file=file,
                where=where,
                msg=visible(error.msg),
            ),
            _("correct it by hand first"),
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(_("{file} was not changed, as it is not in UTF-8", file=file)) from None
    except CannotEdit as error:
        raise ConfigError(_("{file} was not changed: {error}", file=file, error=error)) from None
    except OSError as error:
        raise ConfigError(
            _(
                "{file} cannot be changed: {strerror}",
                file=file,
                strerror=reason(error).lower(),
            )
        ) from None


@contextmanager
def _alone(place: FilePath) -> Iterator[None]:
    """Hold the lock of the config file: a file beside it, which stays."""
    lock = open_private(place.with_name(place.name + ".lock"), os.O_RDWR)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ConfigError(
                        _("{place} is being changed by another session; try again in a moment", place=place)
                    ) from None
                time.sleep(0.02)
        yield
    finally:
        os.close(lock)


def _write(place: FilePath, text: str) -> None:
    """Put a new file in the place of the old one: nobody ever sees half of it, not even after a power cut."""
    descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)  # with mode 0600
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(descriptor)
        FilePath(name).replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            FilePath(name).unlink()
        raise
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(folder)
    finally:
        os.close(folder)
