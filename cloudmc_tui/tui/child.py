"""Another program in our terminal, such as an editor: it sees no key, and does not outlive us."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from types import FrameType

from cloudmc_tui.profiles import child_environment

LAST_SECONDS = 0.5
"""How long a program that is told to end may take."""


def run_in_terminal(command: Sequence[str]) -> int:
    """Run a program that has the terminal, and wait for it.

    The event loop stands still meanwhile. When this program is told to end (SIGTERM, SIGHUP), the other one
    is told first.

    Args:
        command: the program and its arguments.

    Returns:
        its exit status; negative: the signal that ended it.

    Raises:
        OSError: when it cannot be started.
    """
    ending = 0

    def end(number: int, _frame: FrameType | None) -> None:
        nonlocal ending
        ending = number
        process.terminate()

    try:
        with subprocess.Popen(command, env=child_environment()) as process, ExitStack() as later:  # noqa: S603
            for number in (signal.SIGTERM, signal.SIGHUP):
                later.callback(signal.signal, number, signal.signal(number, end))
            while True:
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(LAST_SECONDS)
                if ending:
                    process.kill()
    finally:
        if ending:
            os.kill(os.getpid(), ending)  # now it is our turn
