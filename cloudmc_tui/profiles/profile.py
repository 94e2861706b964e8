"""A profile: one CloudMC connection under a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

DEMO_NAME = "demo"

KEY_VARIABLE = "CLOUDMC_API_KEY"
ENDPOINT_VARIABLE = "CLOUDMC_ENDPOINT"
ORGANIZATION_VARIABLE = "CLOUDMC_ORG_ID"


class ProfileError(ValueError):
    """No connection can be made from what was given; the message says how to go on."""


class Mode(str, Enum):
    """What a profile lets one do."""

    NORMAL = "normal"
    """Everything, each as its danger asks."""
    PROTECTED = "protected"
    """What interrupts or destroys only while unlocked, and after typing the target's name."""
    READ_ONLY = "read-only"
    """Nothing that changes anything."""


@dataclass(frozen=True)
class Profile:
    """Where to connect and as whom.

    Attributes:
        name: what the person calls it.
        endpoint: the API's base URL, or a bare host; empty for the demo cloud.
        key: the API key; never shown, stored or logged.
        key_source: where the key came from, for people.
        organization_id: the organization to act in, or none for the key's own.
        demo: the demo cloud, in process.
        mode: what it lets one do.
    """

    name: str
    endpoint: str
    key: str = field(repr=False)
    key_source: str
    organization_id: str | None = None
    demo: bool = False
    mode: Mode = Mode.NORMAL


def demo_profile() -> Profile:
    """The demo cloud: nothing is stored and nothing leaves the machine."""
    return Profile(name=DEMO_NAME, endpoint="", key="demo-key", key_source="built in", demo=True)


NO_CONNECTION = f"""\
There is no CloudMC connection to open yet. Either

  see the demo cloud, which needs nothing:
      cloudmc-tui --demo

  or point the program at an endpoint, with the key in the environment:
      export {ENDPOINT_VARIABLE}=https://cloudmc.example.com/api/v1
      read -rs {KEY_VARIABLE} && export {KEY_VARIABLE}
      cloudmc-tui
"""


def profile_from_environment(
    environ: Mapping[str, str],
    *,
    endpoint: str | None = None,
    organization_id: str | None = None,
    demo: bool = False,
) -> Profile:
    """Choose the connection: flags first, then the environment.

    Args:
        environ: the process's environment.
        endpoint: ``--endpoint``.
        organization_id: ``--org``.
        demo: ``--demo``.

    Raises:
        ProfileError: when the endpoint or the key is missing.
    """
    organization_id = organization_id or environ.get(ORGANIZATION_VARIABLE) or None
    if demo:
        if endpoint:
            raise ProfileError("--demo and --endpoint exclude each other: the demo cloud has no endpoint")
        return replace(demo_profile(), organization_id=organization_id)
    endpoint = (endpoint or environ.get(ENDPOINT_VARIABLE, "")).strip()
    key = environ.get(KEY_VARIABLE, "").strip()
    if not endpoint and not key:
        raise ProfileError(NO_CONNECTION)
    if not endpoint:
        raise ProfileError(
            f"{KEY_VARIABLE} is set, but no endpoint: set {ENDPOINT_VARIABLE} or use --endpoint URL"
        )
    if not key:
        raise ProfileError(
            f"There is an endpoint, but no API key: set {KEY_VARIABLE}."
            " A key can be made in CloudMC's web console, under your user's API credentials."
        )
    return Profile(
        name="environment",
        endpoint=endpoint,
        key=key,
        key_source=f"${KEY_VARIABLE}",
        organization_id=organization_id,
    )
