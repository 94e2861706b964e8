"""From options to an open session, for the subcommands."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from cloudmc_tui.demo import DemoOptions
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _
from cloudmc_tui.profiles import Ask, Config, Profile, Severity, load_config
from cloudmc_tui.profiles.choose import choose
from cloudmc_tui.profiles.keys import in_a_thread

if TYPE_CHECKING:
    from cloudmc_tui.session import Session


def profile_of(options: argparse.Namespace) -> Profile:
    """The connection that the options, the environment and the config file choose; what is wrong with the
    file, as far as it matters to that one, is told on stderr.

    Raises:
        ProfileError: when there is none.
    """
    read: list[Config] = []

    def config() -> Config:
        read.append(load_config())
        return read[0]

    profile = choose(
        os.environ,
        config,
        demo=options.demo,
        profile=options.profile,
        endpoint=options.endpoint,
        organization_id=options.org,
        read_only=options.read_only,
    )
    for problem in read[0].problems if read else ():
        if problem.profile in ("", profile.name) and problem.severity is not Severity.NOTE:
            narrate(f"{read[0].file}: {problem}")
    return profile


def demo_of(options: argparse.Namespace) -> DemoOptions:
    """How the demo cloud is to be made."""
    chosen = {k: getattr(options, k) for k in ("seed", "scale", "latency") if getattr(options, k) is not None}
    return DemoOptions(**chosen)


def narrate(text: str) -> None:
    """Say something on stderr."""
    print(f"cloudmc-tui: {visible(text)}", file=sys.stderr)


def asker() -> Ask | None:
    """Asks for a secret on the terminal, without showing it; none where there is no terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    async def ask(prompt: str) -> str:
        import getpass

        with _terminal_as_it_is():
            try:
                return await in_a_thread(lambda: getpass.getpass(prompt, sys.stderr))
            except EOFError:
                return ""

    return ask


@contextmanager
def _terminal_as_it_is() -> Iterator[None]:
    """Put the terminal's settings back in the end: what asks for a secret may be left in the middle."""
    import termios

    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        settings = termios.tcgetattr(terminal)
        try:
            yield
        finally:
            termios.tcsetattr(terminal, termios.TCSADRAIN, settings)
    finally:
        os.close(terminal)


@asynccontextmanager
async def session_of(options: argparse.Namespace) -> AsyncIterator[Session]:
    """An open session, closed in the end. What makes it less safe than it could be is told before."""
    from cloudmc_tui.session import Session

    profile = profile_of(options)
    for warning in profile.warnings:
        narrate(_("warning: {warning}", warning=warning))
    session = await Session.open(profile, ask=asker(), demo=demo_of(options), caching=False)
    try:
        for warning in session.warnings:
            if warning not in profile.warnings:
                narrate(_("warning: {warning}", warning=warning))
        yield session
    finally:
        await session.aclose()
