"""Who connects where: profiles, key sources, the config file."""

from __future__ import annotations

from cloudmc_tui.profiles.profile import Mode, Profile, ProfileError, profile_from_environment

__all__ = ["Mode", "Profile", "ProfileError", "profile_from_environment"]
