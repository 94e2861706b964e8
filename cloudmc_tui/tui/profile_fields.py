"""A profile as a form: its fields, and the way between what was entered and the config file's settings."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from cloudmc_tui.catalog import (
    Condition,
    Danger,
    EntityField,
    EntityType,
    FieldType,
    Operation,
    OperationField,
)
from cloudmc_tui.language import _
from cloudmc_tui.profiles import COLORS, Mode, Profile
from cloudmc_tui.profiles.profile import DEFAULT_TIMEOUTS
from cloudmc_tui.profiles.sources import (
    KEY_SETTINGS,
    CommandKey,
    EnvironmentKey,
    FileKey,
    KeyringKey,
    PlainKey,
)


def sources() -> dict[str, str]:
    """Where a key can come from, in words → the setting that says so."""
    return {
        _("environment variable"): "key_env",
        _("command"): "key_command",
        _("file"): "key_file",
        _("asked each time"): "key_prompt",
        _("keyring"): "key_keyring",
    }


def _source(*settings: str) -> Condition:
    return Condition("source", is_=[word for word, setting in sources().items() if setting in settings])


def fields() -> dict[str, OperationField]:
    """The fields of the form, in the language that is spoken."""
    return {
        "name": OperationField(
            _("Name"), required=True, help=_("What you call it: production, acme-staging.")
        ),
        "endpoint": OperationField(
            _("Endpoint"), required=True, help=_("The API's base URL; or the host alone: the path is found.")
        ),
        "source": OperationField(
            _("Key comes from"),
            type=FieldType.CHOICE,
            choices=list(sources()),
            default=_("environment variable"),
            required=True,
            help=_("The key itself is never kept in the config file."),
        ),
        "key_env": OperationField(
            _("Variable"),
            when=_source("key_env"),
            required_when=_source("key_env"),
            default="CLOUDMC_API_KEY",
            help=_("The environment variable that holds the key."),
        ),
        "key_command": OperationField(
            _("Command"),
            when=_source("key_command"),
            required_when=_source("key_command"),
            help=_("Prints the key: pass show cloudmc, op read …. Run without a shell."),
        ),
        "key_file": OperationField(
            _("File"),
            when=_source("key_file"),
            required_when=_source("key_file"),
            help=_("Private to you (chmod 600), with the key alone in it."),
        ),
        "key_keyring": OperationField(
            _("Keyring user"),
            when=_source("key_keyring"),
            help=_("The entry's user name; empty: the profile's name."),
        ),
        "mode": OperationField(
            _("Mode"),
            type=FieldType.CHOICE,
            choices=[m.value for m in Mode],
            default=Mode.NORMAL.value,
            help=_("protected: changes only while unlocked. read-only: none at all."),
        ),
        "color": OperationField(
            _("Colour"),
            type=FieldType.CHOICE,
            choices=list(COLORS),
            help=_("Felt on the status line and every confirmation."),
        ),
        "organization": OperationField(
            _("Organization"), help=_("The id of the organization to act in; empty: the key's own.")
        ),
        "path": OperationField(
            _("Start at"), help=_("Where to begin, such as compute-qc/production/instances.")
        ),
        "ca_file": OperationField(
            _("CA file"), help=_("Authorities to trust instead of the usual ones, in PEM format.")
        ),
        "verify": OperationField(
            _("Check certificate"),
            type=FieldType.BOOLEAN,
            default=True,
            help=_("No lets anyone on the way take the key."),
        ),
        "client_certificate": OperationField(
            _("Client certificate"), help=_("A file with the certificate to present.")
        ),
        "client_key": OperationField(
            _("Client key"), help=_("The file with its key, where that is another one.")
        ),
        "proxy": OperationField(
            _("Proxy"), secret=False, help=_("A proxy's URL; empty: as the environment says.")
        ),
        "notes": OperationField(_("Notes"), help=_("Your own words.")),
    }


def kind() -> EntityType:
    """What a profile is to a form."""
    return EntityType(_("Profiles"), _("profile"), {"name": EntityField(_("Name"))}, ["name"], id="name")


def adding() -> Operation:
    """Adding a profile, as an operation."""
    return Operation(_("Add"), Danger.SAFE, fields=fields())


def changing() -> Operation:
    """Changing one, whose name stays."""
    changeable = {name: field for name, field in fields().items() if name != "name"}
    return Operation(_("Change"), Danger.SAFE, method="PUT", fields=changeable)


_AS_THEY_ARE = (
    "color", "ca_file", "client_certificate", "client_key", "proxy", "path", "notes", "theme",
)  # fmt: skip
"""The settings that a profile has under the same names."""


def settings_of(profile: Profile) -> dict[str, Any]:
    """A profile as the config file's settings, what is usual left out."""
    source = profile.key
    key: Any = True
    if isinstance(source, EnvironmentKey):
        key = source.variable
    elif isinstance(source, CommandKey):
        key = list(source.words)
    elif isinstance(source, FileKey):
        key = str(source.file)
    elif isinstance(source, KeyringKey):
        key = source.user
    elif isinstance(source, PlainKey):
        key = source.key.reveal()
    settings = {
        "endpoint": profile.endpoint,
        source.setting: key,
        "organization": profile.organization_id,
        "mode": profile.mode.value,
        "verify": profile.verify,
        **{
            n: getattr(profile, n)
            for n in (
                "color",
                "ca_file",
                "client_certificate",
                "client_key",
                "proxy",
                "path",
                "notes",
                "theme",
            )
        },
        **{
            f"{each}_timeout": limit
            for each in ("connect", "read", "call")
            if (limit := getattr(profile.timeouts, each)) != getattr(DEFAULT_TIMEOUTS, each)
        },
    }
    return {n: v for n, v in settings.items() if v not in (None, "") and n}


def to_entity(profile: Profile) -> dict[str, Any]:
    """A profile as what a form starts from."""
    settings = settings_of(profile)
    source = next((word for word, setting in sources().items() if setting in settings), "")
    known = fields()
    entity = {n: v for n, v in settings.items() if n in known and v is not True}
    if isinstance(entity.get("key_command"), list):
        entity["key_command"] = shlex.join(entity["key_command"])
    return {**entity, "name": profile.name, "source": source, "verify": profile.verify}


def to_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was entered as the config file's settings; none takes a setting out.

    Args:
        values: by field: all of them for a new profile, what changed for an old one.
    """
    settings: dict[str, Any] = {n: v for n, v in values.items() if n not in ("name", "source")}
    if "source" in values:
        chosen = sources()[values["source"]]
        for setting in KEY_SETTINGS:
            if setting != chosen:
                settings[setting] = None
        if chosen == "key_prompt" or (chosen == "key_keyring" and not settings.get(chosen)):
            settings[chosen] = True
    if settings.get("verify") is True:
        settings["verify"] = None
    return {n: None if v == "" else v for n, v in settings.items()}
