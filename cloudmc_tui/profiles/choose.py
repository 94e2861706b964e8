"""Which connection is opened: flags first, then the environment, then the config file.

A profile is a whole: its endpoint and its key belong together, and nothing of the environment is mixed into
it but the organization, where no endpoint of the environment's own says what that one belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cloudmc_tui.language import N_, _
from cloudmc_tui.profiles.profile import ENVIRONMENT_NAME, Mode, Profile, ProfileError, demo_profile
from cloudmc_tui.profiles.sources import KEY_VARIABLE, EnvironmentKey

if TYPE_CHECKING:
    from cloudmc_tui.profiles.config import Config

PROFILE_VARIABLE = "CLOUDMC_PROFILE"
ENDPOINT_VARIABLE = "CLOUDMC_ENDPOINT"
ORGANIZATION_VARIABLE = "CLOUDMC_ORG_ID"

NO_CONNECTION = N_(
    """\
There is no CloudMC connection to open yet. Either

  see the demo cloud, which needs nothing:
      cloudmc-tui --demo

  or keep a connection under a name; the key stays where it is:
      cloudmc-tui profiles add NAME --endpoint https://cloudmc.example.com/api/v1 --key-prompt

  or point the program at an endpoint, with the key in the environment:
      export CLOUDMC_ENDPOINT=https://cloudmc.example.com/api/v1
      read -rs CLOUDMC_API_KEY && export CLOUDMC_API_KEY
      cloudmc-tui
"""
)


class NoConnection(ProfileError):
    """Nothing says where to connect: no flag, no environment, no profile."""


class SeveralProfiles(ProfileError):
    """There are profiles, and nothing says which.

    Attributes:
        names: theirs.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(
            _("several profiles, and none is the default: {names}", names=", ".join(names)),
            _("--profile {names}, or once and for all: cloudmc-tui profiles default {names}", names=names[0]),
        )
        self.names = names


def choose(
    environ: Mapping[str, str],
    config: Callable[[], Config],
    *,
    demo: bool = False,
    profile: str | None = None,
    endpoint: str | None = None,
    organization_id: str | None = None,
    read_only: bool = False,
) -> Profile:
    """Choose the connection.

    Args:
        environ: the process's environment.
        config: reads the config file; called only where it matters.
        demo: ``--demo``.
        profile: ``--profile``.
        endpoint: ``--endpoint``.
        organization_id: ``--org``.
        read_only: ``--read-only``: whatever the profile's own mode.

    Raises:
        NoConnection: nothing says where to connect.
        SeveralProfiles: there are several profiles, and nothing says which.
        ProfileError: for flags that exclude each other, a profile that is not there or has mistakes, an
            endpoint without a key.
    """
    flags = {"--demo": demo, "--profile": profile, "--endpoint": endpoint}
    given = [name for name, value in flags.items() if value]
    if len(given) > 1:
        raise ProfileError(
            _(
                "{given} and {given2} exclude each other: each says where to connect",
                given=given[0],
                given2=given[1],
            )
        )
    chosen = _chosen(environ, config, demo, profile, endpoint)
    organization_id = organization_id or _organization(environ, chosen)
    if organization_id:
        chosen = replace(chosen, organization_id=organization_id)
    return replace(chosen, mode=Mode.READ_ONLY) if read_only else chosen


def _chosen(
    environ: Mapping[str, str],
    config: Callable[[], Config],
    demo: bool,
    profile: str | None,
    endpoint: str | None,
) -> Profile:
    if demo:
        return demo_profile()
    if endpoint:
        return _from_environment(environ, endpoint.strip())
    name = profile or environ.get(PROFILE_VARIABLE, "").strip()
    if name:
        return config().profile(name)
    endpoint = environ.get(ENDPOINT_VARIABLE, "").strip()
    if endpoint:
        return _from_environment(environ, endpoint)
    found = config()
    default = found.default_profile()
    if default is not None:
        return default
    if len(found.names) > 1:
        raise SeveralProfiles(found.names)
    if environ.get(KEY_VARIABLE, "").strip():
        raise ProfileError(
            _(
                "{key_variable} is set, but no endpoint: set {endpoint_variable} or use --endpoint URL",
                key_variable=KEY_VARIABLE,
                endpoint_variable=ENDPOINT_VARIABLE,
            )
        )
    raise NoConnection(_(NO_CONNECTION))


def _from_environment(environ: Mapping[str, str], endpoint: str) -> Profile:
    if not environ.get(KEY_VARIABLE, "").strip():
        raise ProfileError(
            _(
                "There is an endpoint, but no API key: set {key_variable}. A key can be made in "
                "CloudMC's web console, under your user's API credentials.",
                key_variable=KEY_VARIABLE,
            )
        )
    return Profile(ENVIRONMENT_NAME, endpoint, EnvironmentKey(KEY_VARIABLE))


def _organization(environ: Mapping[str, str], chosen: Profile) -> str:
    """The environment's organization, unless that belongs to an endpoint of its own that is not used."""
    elsewhere = environ.get(ENDPOINT_VARIABLE, "").strip() and chosen.name != ENVIRONMENT_NAME
    return "" if elsewhere else environ.get(ORGANIZATION_VARIABLE, "").strip()
