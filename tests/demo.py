"""The demo cloud at a fixed seed and time, for tests and screenshots."""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone

from textual.pilot import Pilot

from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Ask, Profile
from cloudmc_tui.profiles.profile import demo_profile
from cloudmc_tui.session import DemoOptions, Session
from cloudmc_tui.tui import themes
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.preferences import Preferences
from cloudmc_tui.tui.screens.explorer import Explorer

NOW = datetime(2026, 6, 15, 9, 30, tzinfo=timezone.utc).timestamp()
"""When it is, in every test and screenshot."""


def use_utc() -> None:
    """Let the local clock be UTC, so that times on screen are the same everywhere."""
    os.environ["TZ"] = "UTC"
    time.tzset()


def demo_app(
    path: str = "",
    *,
    theme: str | None = None,
    demo: DemoOptions | None = None,
    preferences: Preferences | None = None,
    library: themes.Library | None = None,
    profile: Profile | None = None,
) -> ExplorerApp:
    """The explorer on the demo cloud.

    Args:
        path: where it starts.
        theme: a theme's name; an empty one leaves it to the profile and the preferences.
        demo: how the demo cloud is made; by default as it comes.
        preferences: what the config file says.
        library: the themes that there are.
        profile: the demo's, with what is different.
    """
    options = demo or DemoOptions(seed=1, now=NOW)

    def clock() -> float:
        return NOW

    async def open_session(_profile: Profile, _ask: Ask) -> Session:
        return await Session.open(demo_profile(), demo=options, clock=clock)

    return ExplorerApp(
        profile or demo_profile(),
        open_session,
        start=Path.parse(path),
        clock=clock,
        environ={},
        theme=themes.DEFAULT if theme is None else theme,
        library=library,
        preferences=preferences,
    )


def explorer(pilot: Pilot[None]) -> Explorer:
    """The main screen."""
    app = pilot.app
    assert isinstance(app, ExplorerApp)
    return app.explorer


async def settle(pilot: Pilot[None]) -> None:
    """Wait until everything that was started has been read and shown."""
    for _ in range(4):
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()
