"""List, show, add, change, test and remove profiles: connections under a name, in the config file.

A profile says where its API key comes from; the key itself is neither taken from a flag nor printed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from cloudmc_tui.api.checks import Check, Outcome
from cloudmc_tui.api.settings import Secret, hide_userinfo
from cloudmc_tui.cli.arguments import add_output, seconds
from cloudmc_tui.cli.checks import as_json, status_of, told
from cloudmc_tui.cli.connect import asker, narrate
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.cli.main import Parser
from cloudmc_tui.formats.scrub import scrub
from cloudmc_tui.formats.tables import json_text, table
from cloudmc_tui.formats.text import fit, visible
from cloudmc_tui.language import N_, _
from cloudmc_tui.profiles import (
    Config,
    KeyUnavailable,
    Profile,
    ProfileError,
    config_file,
    load_config,
    resolve_key,
)
from cloudmc_tui.profiles.choose import choose
from cloudmc_tui.profiles.keys import store_in_keyring
from cloudmc_tui.profiles.probe import check_profile
from cloudmc_tui.profiles.sources import KEY_SETTINGS, KeyringKey

_FILES = ("key_file", "ca_file", "client_certificate", "client_key")
"""Settings whose relative names, on the command line, are relative to the working folder."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    _output(parser, "table", argparse.SUPPRESS)
    _output(
        actions.add_parser("list", help=_("list them (when nothing is said)")), "table", argparse.SUPPRESS
    )
    show = actions.add_parser("show", help=_("show one, whole"))
    show.add_argument("name", metavar="NAME")
    _output(show, "text", argparse.SUPPRESS)
    add = actions.add_parser("add", help=_("add one, once a test of it has passed"))
    add.add_argument("name", metavar="NAME")
    _settings(add, adding=True)
    add.add_argument("--default", action="store_true", help=_("make it the default one"))
    add.add_argument("--no-test", action="store_true", help=_("write it without a test"))
    change = actions.add_parser("change", help=_("change settings of one"))
    change.add_argument("name", metavar="NAME")
    _settings(change, adding=False)
    test = actions.add_parser("test", help=_("test one, step by step"))
    test.add_argument("name", metavar="NAME", nargs="?", help=_("nothing: the one that would be used"))
    _output(test, "text", argparse.SUPPRESS)
    remove = actions.add_parser("remove", help=_("take one out of the config file"))
    remove.add_argument("name", metavar="NAME")
    default = actions.add_parser("default", help=_("say which is the default one, or make one so"))
    default.add_argument("name", metavar="NAME", nargs="?")
    default.add_argument("--none", action="store_true", help=_("let there be none"))


def _output(parser: argparse.ArgumentParser, plain: str, default: Any) -> None:
    add_output(parser, plain, "json", default=default)


def _settings(parser: argparse.ArgumentParser, *, adding: bool) -> None:
    """The options that are settings of a profile; ``dest`` is the setting's name."""

    def option(name: str, setting: str, told: str, **more: Any) -> None:
        parser.add_argument(name, dest=setting, help=told, default=argparse.SUPPRESS, **more)

    option("--endpoint", "endpoint", _("the API's base URL, or a bare host"), metavar="URL", required=adding)
    option("--org", "organization", _("the organization to act in"), metavar="ID")
    sources = parser.add_mutually_exclusive_group(required=adding)
    for name, setting, metavar, text in (
        ("--key-env", "key_env", "VAR", _("the key is in this environment variable")),
        ("--key-command", "key_command", "COMMAND", _("the key is what this prints; run without a shell")),
        ("--key-file", "key_file", "FILE", _("the key is in this file, which is private to you")),
    ):
        sources.add_argument(name, dest=setting, metavar=metavar, help=text, default=argparse.SUPPRESS)
    for name, setting, text in (
        ("--key-prompt", "key_prompt", _("the key is asked for each time")),
        ("--key-keyring", "key_keyring", _("the key is in the keyring")),
    ):
        sources.add_argument(name, dest=setting, action="store_true", help=text, default=argparse.SUPPRESS)
    option("--mode", "mode", _("normal, protected or read-only"), metavar="MODE")
    option("--color", "color", _("the accent: red, orange, …, or #rrggbb"), metavar="COLOR")
    option("--no-verify", "verify", _("do not check the server's certificate"), action="store_false")
    option("--ca-file", "ca_file", _("authorities to trust instead of the usual ones"), metavar="FILE")
    option("--client-cert", "client_certificate", _("the certificate to present"), metavar="FILE")
    option("--client-key", "client_key", _("its key, where that is another file"), metavar="FILE")
    option("--proxy", "proxy", _("a proxy"), metavar="URL")
    for each in ("connect", "read", "call"):
        option(f"--{each}-timeout", f"{each}_timeout", _("in seconds"), metavar="S", type=seconds)
    option("--path", "path", _("where the explorer starts"), metavar="PATH")
    option("--notes", "notes", _("your own words"), metavar="TEXT")


async def run(options: argparse.Namespace) -> int:
    """Do it."""
    action = options.action or "list"
    config = await asyncio.to_thread(load_config)
    if action in ("list", "show", "test"):
        options.output = getattr(options, "output", "table")
    status: int = await _ACTIONS[action](options, config)
    return status


# Looking


async def _list(options: argparse.Namespace, config: Config) -> Exit:
    for line in config.told():
        narrate(scrub(line))
    listed = [_described(config, name) for name in config.names]
    if options.output == "json":
        sys.stdout.write(json_text(listed))
        return Exit.DONE
    if not listed:
        narrate(_("there are no profiles yet: cloudmc-tui profiles add NAME --endpoint URL --key-command …"))
        return Exit.DONE
    columns = (N_("name"), N_("endpoint"), N_("organization"), N_("mode"), N_("key"))
    rows = [[visible(each[c] or "") for c in columns] for each in listed]
    for row, each in zip(rows, listed, strict=True):
        row.append(_("default") if each["default"] else "" if each["usable"] else _("has mistakes"))
    sys.stdout.write(table((*(_(c) for c in columns), ""), rows))
    return Exit.DONE


async def _show(options: argparse.Namespace, config: Config) -> Exit:
    name = options.name
    if name not in config.broken:
        config.profile(name)
    described = _described(config, name)
    if options.output == "json":
        sys.stdout.write(json_text(described))
        return Exit.DONE
    for setting, value in described.items():
        lines = value if isinstance(value, list) else [value]
        for line in lines:
            if line not in (None, ""):
                shown = (_("yes") if line else _("no")) if isinstance(line, bool) else visible(str(line))
                print(f"{fit(setting.replace('_', ' '), 18)}  {shown}")
    return Exit.DONE


def _described(config: Config, name: str) -> dict[str, Any]:
    """A profile for people and programs: where its key comes from, never the key."""
    problems = [scrub(str(problem)) for problem in config.problems_of(name)]
    profile = config.profiles.get(name)
    if profile is None:
        unknown = dict.fromkeys(("endpoint", "organization", "mode", "key"))
        state = {"default": name == config.default, "usable": False}
        return {"name": name, **unknown, **state, "problems": problems}
    limits = profile.timeouts
    return {
        "name": name,
        "endpoint": hide_userinfo(profile.endpoint),
        "organization": profile.organization_id,
        "mode": profile.mode.value,
        "key": scrub(profile.key_source),
        "default": name == config.default,
        "usable": True,
        "problems": problems,
        "warnings": [scrub(warning) for warning in profile.warnings],
        "color": profile.color,
        "verify": profile.verify,
        "ca_file": profile.ca_file,
        "client_certificate": profile.client_certificate,
        "client_key": profile.client_key,
        "proxy": hide_userinfo(profile.proxy),
        "connect_timeout": limits.connect,
        "read_timeout": limits.read,
        "call_timeout": limits.call,
        "path": profile.path,
        "notes": profile.notes,
        "file": str(config.file),
    }


async def _test(options: argparse.Namespace, config: Config) -> Exit:
    name = options.name
    profile = config.profile(name) if name else choose(os.environ, lambda: config)
    checks = []
    async for check in check_profile(profile, asker()):
        checks.append(check)
        if options.output != "json":
            print(told(check), flush=True)
    if options.output == "json":
        sys.stdout.write(json_text([as_json(check) for check in checks]))
    return status_of(checks)


# Changing


async def _add(options: argparse.Namespace, config: Config) -> Exit:
    from cloudmc_tui.profiles import edit

    name, values = options.name, _values(options)
    if name in config.names:
        raise ProfileError(
            _("there is a profile '{name}' already in {file}", name=visible(name), file=config.file)
        )
    profile = edit.make_profile(name, values, config.file.parent)
    for warning in profile.warnings:
        narrate(_("warning: {warning}", warning=warning))
    if isinstance(profile.key, KeyringKey):
        await _fill_keyring(profile, profile.key.user)
    if not options.no_test:
        checks: list[Check] = []
        async for check in check_profile(profile, asker()):
            checks.append(check)
            print(told(check), file=sys.stderr, flush=True)
        untested = any(each.outcome is Outcome.SKIPPED and each.id == "source" for each in checks)
        status = status_of(checks)
        if status is not Exit.DONE or untested:
            narrate(_("not written, as the test has not passed. To write it all the same: --no-test"))
            return status if status is not Exit.DONE else Exit.NOT_ALLOWED
    await asyncio.to_thread(lambda: edit.add_profile(config_file(), name, values, default=options.default))
    narrate(_("written to {file}. To use it: cloudmc-tui --profile {name}", file=config.file, name=name))
    return Exit.DONE


async def _fill_keyring(profile: Profile, user: str) -> None:
    """Put the key into the keyring where it is not there yet and somebody can be asked."""
    try:
        await resolve_key(profile)
    except KeyUnavailable:
        ask = asker()
        key = (
            (await ask(_("API key for {name}, to be put into the keyring: ", name=visible(profile.name))))
            if ask
            else ""
        )
        if not key.strip():
            raise
        await store_in_keyring(user, Secret(key.strip()))


async def _change(options: argparse.Namespace, config: Config) -> Exit:
    from cloudmc_tui.profiles import edit

    values = _values(options)
    if not values:
        raise ProfileError(_("nothing to change was given"), "cloudmc-tui profiles change --help")
    source = next((setting for setting in values if setting.startswith("key_")), None)
    if source is not None:  # the new source takes the place of the old one
        values = {**dict.fromkeys(KEY_SETTINGS), **values}
    profile = await asyncio.to_thread(lambda: edit.change_profile(config_file(), options.name, values))
    for warning in profile.warnings:
        narrate(_("warning: {warning}", warning=warning))
    narrate(_("changed in {file}", file=config.file))
    return Exit.DONE


async def _remove(options: argparse.Namespace, config: Config) -> Exit:
    from cloudmc_tui.profiles import edit

    profile = config.profiles.get(options.name)
    await asyncio.to_thread(lambda: edit.remove_profile(config_file(), options.name))
    narrate(_("removed from {file}", file=config.file))
    if profile is not None and profile.key.setting in ("key_file", "key_keyring"):
        narrate(_("its key is left where it is ({key_source})", key_source=profile.key_source))
    return Exit.DONE


async def _default(options: argparse.Namespace, config: Config) -> Exit:
    from cloudmc_tui.profiles import edit

    if options.name or options.none:
        await asyncio.to_thread(lambda: edit.set_default(config_file(), options.name))
        return Exit.DONE
    if config.default is None:
        narrate(_("there is no default profile"))
        return Exit.NOT_FOUND
    print(visible(config.default))
    return Exit.DONE


def _values(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given, by name, as the config file has them."""
    from cloudmc_tui.profiles.fields import SETTINGS

    given: Mapping[str, Any] = vars(options)
    values = {setting: given[setting] for setting in SETTINGS if setting in given}
    for setting in _FILES:
        if setting in values:
            values[setting] = str(FilePath(values[setting]).expanduser().absolute())
    return values


_ACTIONS = {
    "list": _list,
    "show": _show,
    "test": _test,
    "add": _add,
    "change": _change,
    "remove": _remove,
    "default": _default,
}
