"""From options to an open session, for the subcommands."""

from __future__ import annotations

import argparse
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cloudmc_tui.profiles import Profile, profile_from_environment
from cloudmc_tui.session import DemoOptions, Session


def profile_of(options: argparse.Namespace) -> Profile:
    """The connection that the options and the environment choose.

    Raises:
        ProfileError: when there is none.
    """
    return profile_from_environment(
        os.environ, endpoint=options.endpoint, organization_id=options.org, demo=options.demo
    )


def demo_of(options: argparse.Namespace) -> DemoOptions:
    """How the demo cloud is to be made."""
    chosen = {k: getattr(options, k) for k in ("seed", "scale", "latency") if getattr(options, k) is not None}
    return DemoOptions(**chosen)


@asynccontextmanager
async def session_of(options: argparse.Namespace) -> AsyncIterator[Session]:
    """An open session, closed in the end."""
    session = await Session.open(profile_of(options), demo=demo_of(options))
    try:
        yield session
    finally:
        await session.aclose()
