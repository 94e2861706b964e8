"""Open the explorer in this terminal."""

from __future__ import annotations

import asyncio
import gc
import os
from importlib import import_module
from typing import TYPE_CHECKING

from cloudmc_tui.folders import state_folder
from cloudmc_tui.tui import themes
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.driver.choice import choose
from cloudmc_tui.tui.endings import ended_from_outside
from cloudmc_tui.tui.preferences import preferences

if TYPE_CHECKING:
    from cloudmc_tui.demo import DemoOptions
    from cloudmc_tui.path import Path
    from cloudmc_tui.profiles import Ask, Config, Profile
    from cloudmc_tui.session import Session
    from cloudmc_tui.tui.looks import Look

STARTING = 3.0
"""Seconds after which garbage is looked for. Starting, and reading a large listing, makes many objects that
all stay; to look through them took a twentieth of the time until the first list."""

COLLECT_EVERY = 50_000
"""New objects after which it is looked for again: Python's own few hundred are a page of a list."""


def explore(
    profile: Profile,
    path: Path,
    *,
    config: Config,
    look: Look,
    demo: DemoOptions,
    theme: str | None = None,
    low_bandwidth: bool | None = None,
    first_run: bool = False,
    read_only: bool = False,
) -> int:
    """Run the explorer until it is left.

    Args:
        profile: the connection.
        path: where to start.
        config: the config file.
        look: what the terminal can show.
        demo: how the demo cloud is made, if that is what is opened.
        theme: the theme that was asked for, or none.
        low_bandwidth: whether the link to the terminal is thin; none leaves it to the settings.
        first_run: there is no connection yet; the profile is the demo's.
        read_only: nothing that changes anything is sent, also on the profiles that are switched to.

    Returns:
        the exit status.

    Raises:
        CannotShow: when there is no such theme.
    """

    async def open_session(chosen: Profile, ask: Ask) -> Session:
        session = await asyncio.to_thread(import_module, "cloudmc_tui.session")  # after the first paint
        opened: Session = await session.Session.open(chosen, ask=ask, demo=demo)
        return opened

    library = themes.load_themes([themes.own_folder(), themes.user_folder()])
    if theme:
        library.find(theme)
    if low_bandwidth is None:
        low_bandwidth = config.settings.get("low_bandwidth")
    output = choose(os.environ, low_bandwidth)
    app = ExplorerApp(
        profile,
        open_session,
        start=path,
        theme=theme or "",
        library=library,
        preferences=preferences(config, look),
        driver_class=output.driver_class(),
        state_folder=state_folder(),
        first_run=first_run,
        read_only=read_only,
        is_thin=output.frames is not None,
    )
    asyncio.run(_run(app, mouse=output.mouse))
    return app.return_code or 0


async def _run(app: ExplorerApp, *, mouse: bool) -> None:
    """Run until it is left, or until the terminal or the system says that it is over."""

    def leave(status: int) -> None:
        app.exit(None, status)

    asyncio.get_running_loop().call_later(STARTING, _collect_garbage)
    with ended_from_outside(leave):
        await app.run_async(mouse=mouse)


def _collect_garbage() -> None:
    """Look for garbage from now on, and not among what has been made so far: nearly all of that stays."""
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, *gc.get_threshold()[1:])
    gc.enable()
