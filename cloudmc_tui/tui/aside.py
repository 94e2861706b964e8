"""Commands: as one would type them, in the terminal while the explorer steps aside, or for their output."""

from __future__ import annotations

import asyncio
import shlex
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cloudmc_tui.formats.system import reason
from cloudmc_tui.formats.text import visible
from cloudmc_tui.inventory.describe import masked
from cloudmc_tui.language import _
from cloudmc_tui.profiles.environment import child_environment
from cloudmc_tui.tui.child import run_in_terminal

if TYPE_CHECKING:
    from cloudmc_tui.inventory import Details
    from cloudmc_tui.tui.app import ExplorerApp

LONGEST = 1_000_000
"""How many bytes of a program's output are kept."""

STOP_AFTER = 60.0
"""Seconds after which a program whose output is waited for is stopped."""


def members_of(details: Details) -> dict[str, Any]:
    """The members of an entity that another program may see: those without secrets in them."""
    shown = masked(details)
    return {name: value for name, value in details.entity.items() if shown[name] == value}


def line_of(command: Sequence[str]) -> str:
    """A command line as one would type it, safe to show."""
    return visible(shlex.join(command))


def missing(program: str) -> str:
    """What to say when a program is not there; empty when it is."""
    if shutil.which(program, path=child_environment().get("PATH")):
        return ""
    return _("There is no program '{program}' on this machine.", program=visible(program))


def step_aside(app: ExplorerApp, command: Sequence[str]) -> None:
    """Give the terminal to a program, and come back when it ends; say how it ended, unless well.

    Args:
        app: what steps aside.
        command: the program, and its arguments.
    """
    program = visible(command[0])
    if not app.can_suspend:
        app.say(_("{program} cannot have this terminal.", program=program))
        return
    try:
        with app.suspend():
            status = run_in_terminal(command)
    except OSError as error:
        app.say(_("{program} could not be started: {reason}.", program=program, reason=reason(error)))
    else:
        if status:
            app.say(_("{program} ended with status {status}.", program=program, status=status))


async def output_of(command: Sequence[str]) -> tuple[int | None, str]:
    """Run a program that reads nothing, and keep what it writes.

    Args:
        command: the program, and its arguments.

    Returns:
        its exit status, none when it was stopped; and its output, errors among it.

    Raises:
        OSError: when it cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=child_environment(),
        start_new_session=True,  # it cannot ask on the terminal
    )
    kept = bytearray()

    async def read() -> None:
        assert process.stdout is not None
        while piece := await process.stdout.read(65_536):
            kept.extend(piece[: LONGEST - len(kept)])
        await process.wait()

    try:
        await asyncio.wait_for(read(), STOP_AFTER)
    except asyncio.TimeoutError:
        return None, kept.decode("utf-8", "replace")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, kept.decode("utf-8", "replace")
