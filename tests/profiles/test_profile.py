"""Which connection is chosen, and what is said when there is none."""

from __future__ import annotations

import pytest

from cloudmc_tui.profiles import Profile, ProfileError, profile_from_environment

ENDPOINT, KEY, ORG = "CLOUDMC_ENDPOINT", "CLOUDMC_API_KEY", "CLOUDMC_ORG_ID"
FULL = {ENDPOINT: "https://env.example/v1", KEY: "sentinel-key", ORG: "env-org"}


def test_from_the_environment() -> None:
    profile = profile_from_environment(FULL)
    assert (profile.endpoint, profile.key, profile.organization_id) == (
        "https://env.example/v1",
        "sentinel-key",
        "env-org",
    )
    assert profile.key_source == "$CLOUDMC_API_KEY"
    assert not profile.demo


def test_flags_go_before_the_environment() -> None:
    profile = profile_from_environment(FULL, endpoint="https://flag.example/v1", organization_id="flag-org")
    assert (profile.endpoint, profile.organization_id) == ("https://flag.example/v1", "flag-org")
    assert profile.key == "sentinel-key"


def test_blanks_around_what_was_pasted_do_not_count() -> None:
    profile = profile_from_environment({ENDPOINT: " https://env.example/v1\n", KEY: "sentinel-key\n"})
    assert (profile.endpoint, profile.key, profile.organization_id) == (
        "https://env.example/v1",
        "sentinel-key",
        None,
    )


def test_the_demo_needs_nothing_and_uses_nothing_of_the_environment_but_the_organization() -> None:
    assert profile_from_environment({}, demo=True).demo
    profile = profile_from_environment(FULL, demo=True, organization_id="flag-org")
    assert (profile.demo, profile.endpoint, profile.organization_id) == (True, "", "flag-org")
    assert profile.key != "sentinel-key"


@pytest.mark.parametrize("environ", [{}, {ENDPOINT: "", KEY: ""}, {ENDPOINT: "  ", KEY: "\n"}, {ORG: "x"}])
def test_without_anything_it_says_how_to_go_on_and_offers_the_demo(environ: dict[str, str]) -> None:
    with pytest.raises(ProfileError) as told:
        profile_from_environment(environ)
    assert all(word in str(told.value) for word in ("cloudmc-tui --demo", ENDPOINT, KEY, "read -rs"))


def test_a_key_without_an_endpoint() -> None:
    with pytest.raises(ProfileError) as told:
        profile_from_environment({KEY: "sentinel-key"})
    assert ENDPOINT in str(told.value)
    assert "--endpoint" in str(told.value)
    assert "sentinel-key" not in str(told.value)


@pytest.mark.parametrize("key", [{}, {KEY: ""}, {KEY: " \n"}])
@pytest.mark.parametrize("flag", [None, "https://ann:hunter2@flag.example"])
def test_an_endpoint_without_a_key(key: dict[str, str], flag: str | None) -> None:
    with pytest.raises(ProfileError) as told:
        profile_from_environment({ENDPOINT: "https://env.example", **key}, endpoint=flag)
    assert f"set {KEY}" in str(told.value)
    assert "hunter2" not in str(told.value)


def test_the_demo_has_no_endpoint() -> None:
    with pytest.raises(ProfileError, match="exclude each other"):
        profile_from_environment({}, demo=True, endpoint="https://flag.example")


def test_a_profile_does_not_show_its_key() -> None:
    assert "sentinel-key" not in repr(Profile("x", "https://x", "sentinel-key", "a test"))
