"""Which connection is chosen, and what is said when there is none."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

import pytest

from cloudmc_tui.profiles import Config, Mode, NoConnection, Profile, ProfileError, SeveralProfiles
from cloudmc_tui.profiles.choose import choose
from cloudmc_tui.profiles.config import read_config
from cloudmc_tui.profiles.sources import EnvironmentKey

ENDPOINT, KEY, ORG, NAME = "CLOUDMC_ENDPOINT", "CLOUDMC_API_KEY", "CLOUDMC_ORG_ID", "CLOUDMC_PROFILE"
FULL = {ENDPOINT: "https://env.example/v1", KEY: "sentinel-key", ORG: "env-org"}

ONE = """
[profiles.prod]
endpoint = "https://prod.example/v1"
organization = "prod-org"
key_env = "PROD_KEY"
mode = "protected"
"""
TWO = (
    ONE
    + """
[profiles.staging]
endpoint = "https://staging.example/v1"
key_prompt = true
"""
)


def config(text: str) -> Config:
    return read_config(text, FilePath("/nowhere/config.toml"))


def chosen(environ: dict[str, str], text: str = "", **flags: Any) -> Profile:
    return choose(environ, lambda: config(text), **flags)


def test_from_the_environment() -> None:
    profile = chosen(FULL)
    assert (profile.name, profile.endpoint) == ("environment", "https://env.example/v1")
    assert (profile.key, profile.key_source) == (EnvironmentKey(KEY), "$CLOUDMC_API_KEY")
    assert (profile.organization_id, profile.demo, profile.mode) == ("env-org", False, Mode.NORMAL)


def test_flags_go_before_the_environment() -> None:
    profile = chosen(FULL, TWO, endpoint="https://flag.example/v1", organization_id="flag-org")
    assert (profile.endpoint, profile.organization_id) == ("https://flag.example/v1", "flag-org")
    assert profile.key == EnvironmentKey(KEY)


def test_a_profile_by_flag_or_by_name_in_the_environment_goes_before_an_endpoint_there() -> None:
    for profile in (chosen(FULL, TWO, profile="prod"), chosen({**FULL, NAME: "prod"}, TWO)):
        assert (profile.name, profile.key) == ("prod", EnvironmentKey("PROD_KEY"))
        assert profile.organization_id == "prod-org", "the environment's belongs to the endpoint there"
    assert chosen({**FULL, NAME: "staging"}, TWO, profile="prod").name == "prod"


def test_the_environment_goes_before_the_default_profile() -> None:
    assert chosen(FULL, 'default = "prod"\n' + TWO).name == "environment"


def test_the_default_profile_or_the_only_one() -> None:
    assert chosen({}, 'default = "staging"\n' + TWO).name == "staging"
    assert chosen({}, ONE).name == "prod"
    assert chosen({KEY: "other-key"}, ONE).key == EnvironmentKey("PROD_KEY"), "a profile has its own key"
    assert chosen({}, 'default = "demo"\n' + TWO).demo


def test_an_organization_alone_in_the_environment_goes_before_the_profiles() -> None:
    assert chosen({ORG: "env-org"}, ONE).organization_id == "env-org"
    assert chosen({ORG: "env-org"}, ONE, organization_id="flag-org").organization_id == "flag-org"
    assert chosen({ORG: " "}, ONE).organization_id == "prod-org"


def test_read_only_holds_whatever_the_profile_says() -> None:
    assert chosen({}, ONE).mode is Mode.PROTECTED
    assert chosen({}, ONE, read_only=True).mode is Mode.READ_ONLY
    assert chosen(FULL, read_only=True).mode is Mode.READ_ONLY
    assert chosen({}, demo=True, read_only=True).mode is Mode.READ_ONLY


def test_of_several_profiles_none_is_guessed() -> None:
    with pytest.raises(SeveralProfiles, match="prod, staging") as told:
        chosen({}, TWO)
    assert told.value.names == ("prod", "staging")
    assert "--profile prod" in told.value.hint


@pytest.mark.parametrize("name", ["prdo", "Prod"])
def test_a_profile_that_is_not_there(name: str) -> None:
    with pytest.raises(ProfileError, match=f"no profile '{name}'") as told:
        chosen({}, TWO, profile=name)
    assert told.value.hint == "did you mean prod?"
    with pytest.raises(ProfileError, match=r"no profile '\\x1b\[2J'"):
        chosen({}, TWO, profile="\x1b[2J")


def test_a_profile_with_mistakes_is_not_replaced_by_another_one() -> None:
    with pytest.raises(ProfileError, match=r"line 8: profiles\.bad\.mode: 'nromal' is none of normal"):
        chosen(
            {NAME: "bad"}, ONE + '[profiles.bad]\nmode = "nromal"\nendpoint = "x.example"\nkey_env = "X"\n'
        )


def test_a_default_that_is_not_there_is_not_replaced_by_another_one() -> None:
    with pytest.raises(ProfileError, match="no profile 'prodd'"):
        chosen({}, 'default = "prodd"\n' + ONE)


def test_of_a_damaged_file_nothing_is_guessed() -> None:
    text = ONE + '[profiles.other]\nendpoint = "https://broken\n'
    with pytest.raises(ProfileError, match="cannot be read as a whole"):
        chosen({}, text)
    assert chosen({}, text, profile="prod").name == "prod"
    assert chosen({}, 'default = "prod"\n' + text).name == "prod"


def test_the_config_file_is_not_read_where_it_does_not_matter() -> None:
    def unread() -> Config:
        raise AssertionError("read")

    assert choose(FULL, unread).name == "environment"
    assert choose({}, unread, demo=True).demo


def test_blanks_around_what_was_pasted_do_not_count() -> None:
    profile = chosen({ENDPOINT: " https://env.example/v1\n", KEY: "sentinel-key\n"})
    assert (profile.endpoint, profile.organization_id) == ("https://env.example/v1", None)


def test_the_demo_needs_nothing_and_uses_nothing_of_the_environment_but_the_organization() -> None:
    assert chosen({}, demo=True).demo
    profile = chosen(FULL, demo=True, organization_id="flag-org")
    assert (profile.demo, profile.endpoint, profile.organization_id) == (True, "", "flag-org")
    assert chosen({ORG: "env-org"}, demo=True).organization_id == "env-org"


@pytest.mark.parametrize("environ", [{}, {ENDPOINT: "", KEY: ""}, {ENDPOINT: "  ", KEY: "\n"}, {ORG: "x"}])
def test_without_anything_it_says_how_to_go_on_and_offers_the_demo(environ: dict[str, str]) -> None:
    with pytest.raises(NoConnection) as told:
        chosen(environ)
    assert all(
        word in str(told.value) for word in ("cloudmc-tui --demo", ENDPOINT, KEY, "read -rs", "profiles add")
    )


def test_a_key_without_an_endpoint() -> None:
    with pytest.raises(ProfileError) as told:
        chosen({KEY: "sentinel-key"})
    assert ENDPOINT in str(told.value)
    assert "--endpoint" in str(told.value)
    assert "sentinel-key" not in str(told.value)


@pytest.mark.parametrize("key", [{}, {KEY: ""}, {KEY: " \n"}])
@pytest.mark.parametrize("flag", [None, "https://ann:hunter2@flag.example"])
def test_an_endpoint_without_a_key(key: dict[str, str], flag: str | None) -> None:
    with pytest.raises(ProfileError) as told:
        chosen({ENDPOINT: "https://env.example", **key}, TWO, endpoint=flag)
    assert f"set {KEY}" in str(told.value)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "flags",
    [
        {"demo": True, "endpoint": "https://flag.example"},
        {"demo": True, "profile": "prod"},
        {"profile": "prod", "endpoint": "https://flag.example"},
    ],
)
def test_flags_that_each_say_where_exclude_each_other(flags: dict[str, Any]) -> None:
    with pytest.raises(ProfileError, match="exclude each other"):
        chosen(FULL, TWO, **flags)
