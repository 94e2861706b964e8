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
from cloudmc_tui.profiles import COLORS, Mode, Profile
from cloudmc_tui.profiles.sources import CommandKey, EnvironmentKey, FileKey, KeyringKey

SOURCES = {
    "environment variable": "key_env",
    "command": "key_command",
    "file": "key_file",
    "asked each time": "key_prompt",
    "keyring": "key_keyring",
}
"""Where a key can come from, in words → the setting that says so."""


def _source(*settings: str) -> Condition:
    return Condition("source", is_=[word for word, setting in SOURCES.items() if setting in settings])


FIELDS: dict[str, OperationField] = {
    "name": OperationField("Name", required=True, help="What you call it: production, acme-staging."),
    "endpoint": OperationField(
        "Endpoint", required=True, help="The API's base URL; or the host alone: the path is found."
    ),
    "source": OperationField(
        "Key comes from",
        type=FieldType.CHOICE,
        choices=list(SOURCES),
        default="environment variable",
        required=True,
        help="The key itself is never kept in the config file.",
    ),
    "key_env": OperationField(
        "Variable",
        when=_source("key_env"),
        required_when=_source("key_env"),
        default="CLOUDMC_API_KEY",
        help="The environment variable that holds the key.",
    ),
    "key_command": OperationField(
        "Command",
        when=_source("key_command"),
        required_when=_source("key_command"),
        help="Prints the key: pass show cloudmc, op read …. Run without a shell.",
    ),
    "key_file": OperationField(
        "File",
        when=_source("key_file"),
        required_when=_source("key_file"),
        help="Private to you (chmod 600), with the key alone in it.",
    ),
    "key_keyring": OperationField(
        "Keyring user", when=_source("key_keyring"), help="The entry's user name; empty: the profile's name."
    ),
    "mode": OperationField(
        "Mode",
        type=FieldType.CHOICE,
        choices=[m.value for m in Mode],
        default=Mode.NORMAL.value,
        help="protected: what interrupts or destroys only while unlocked. read-only: nothing.",
    ),
    "color": OperationField(
        "Colour",
        type=FieldType.CHOICE,
        choices=list(COLORS),
        help="Felt on the status line and every confirmation.",
    ),
    "organization": OperationField(
        "Organization", help="The id of the organization to act in; empty: the key's own."
    ),
    "path": OperationField("Start at", help="Where to begin, such as compute-qc/production/instances."),
    "ca_file": OperationField(
        "CA file", help="Authorities to trust instead of the usual ones, in PEM format."
    ),
    "verify": OperationField(
        "Check certificate",
        type=FieldType.BOOLEAN,
        default=True,
        help="No lets anyone on the way take the key.",
    ),
    "client_certificate": OperationField(
        "Client certificate", help="A file with the certificate to present."
    ),
    "client_key": OperationField("Client key", help="The file with its key, where that is another one."),
    "proxy": OperationField("Proxy", secret=False, help="A proxy's URL; empty: as the environment says."),
    "notes": OperationField("Notes", help="Your own words."),
}
"""The fields of the form."""

KIND = EntityType("Profiles", "profile", {"name": EntityField("Name")}, ["name"], id="name")

ADD = Operation("Add", Danger.SAFE, fields=FIELDS)
CHANGE = Operation(
    "Change", Danger.SAFE, method="PUT", fields={n: f for n, f in FIELDS.items() if n != "name"}
)


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
    settings = {
        "endpoint": profile.endpoint,
        source.setting: key,
        "organization": profile.organization_id,
        "mode": profile.mode.value,
        "verify": profile.verify,
        **{
            n: getattr(profile, n)
            for n in ("color", "ca_file", "client_certificate", "client_key", "proxy", "path", "notes")
        },
    }
    return {n: v for n, v in settings.items() if v not in (None, "") and n}


def to_entity(profile: Profile) -> dict[str, Any]:
    """A profile as what a form starts from."""
    settings = settings_of(profile)
    source = next((word for word, setting in SOURCES.items() if setting in settings), "")
    entity = {n: v for n, v in settings.items() if n in FIELDS and v is not True}
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
        chosen = SOURCES[values["source"]]
        for setting in SOURCES.values():
            if setting != chosen:
                settings[setting] = None
        if chosen == "key_prompt" or (chosen == "key_keyring" and not settings.get(chosen)):
            settings[chosen] = True
    if settings.get("verify") is True:
        settings["verify"] = None
    return {n: None if v == "" else v for n, v in settings.items()}
