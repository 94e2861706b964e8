"""What the form of a profile makes of a profile, and of what was entered."""

from __future__ import annotations

from pathlib import Path as FilePath

import pytest

from cloudmc_tui.profiles.edit import make_profile
from cloudmc_tui.profiles.sources import KEY_SETTINGS
from cloudmc_tui.tui.profile_fields import settings_of, sources, to_entity, to_settings

KEYS = {
    "key_env": "MY_KEY",
    "key_command": ["pass", "show", "x y"],
    "key_file": "/keys/prod",
    "key_prompt": True,
    "key_keyring": "ada",
    "key_plain": "sentinel-9f2c",
}


@pytest.mark.parametrize("source", KEYS)
def test_a_profiles_settings_make_the_same_profile(source: str) -> None:
    settings = {
        "endpoint": "https://cloud.example/v1",
        source: KEYS[source],
        "call_timeout": 7,
        "theme": "day",
        "notes": "ours",
    }
    profile = make_profile("prod", settings, FilePath("/"))
    assert make_profile("prod", settings_of(profile), FilePath("/")) == profile
    assert "sentinel" not in str(to_entity(profile))


@pytest.mark.parametrize("word", sources())
def test_another_source_takes_the_place_of_whatever_was_there(word: str) -> None:
    chosen = sources()[word]
    settings = to_settings({"source": word, chosen: KEYS[chosen]})
    assert {n for n in KEY_SETTINGS if settings.get(n) is not None} == {chosen}
    assert all(n in settings for n in KEY_SETTINGS), "the others are taken out"
