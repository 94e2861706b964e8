"""Who connects where: profiles, key sources, the config file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudmc_tui.lazy import lazily

if TYPE_CHECKING:
    from cloudmc_tui.profiles.choose import NoConnection, SeveralProfiles
    from cloudmc_tui.profiles.config import Config, config_file, load_config
    from cloudmc_tui.profiles.environment import child_environment
    from cloudmc_tui.profiles.keys import Ask, KeyUnavailable, NobodyToAsk, resolve_key
    from cloudmc_tui.profiles.problems import Problem, Severity
    from cloudmc_tui.profiles.profile import COLORS, Mode, Profile, ProfileError, demo_profile
    from cloudmc_tui.profiles.sources import HeldKey, KeySource
else:
    __getattr__ = lazily(
        __name__,
        {
            "choose": ["NoConnection", "SeveralProfiles"],
            "config": ["Config", "config_file", "load_config"],
            "environment": ["child_environment"],
            "keys": ["Ask", "KeyUnavailable", "NobodyToAsk", "resolve_key"],
            "problems": ["Problem", "Severity"],
            "profile": ["COLORS", "Mode", "Profile", "ProfileError", "demo_profile"],
            "sources": ["HeldKey", "KeySource"],
        },
    )

__all__ = [
    "COLORS",
    "Ask",
    "Config",
    "HeldKey",
    "KeySource",
    "KeyUnavailable",
    "Mode",
    "NoConnection",
    "NobodyToAsk",
    "Problem",
    "Profile",
    "ProfileError",
    "SeveralProfiles",
    "Severity",
    "child_environment",
    "config_file",
    "demo_profile",
    "load_config",
    "resolve_key",
]
