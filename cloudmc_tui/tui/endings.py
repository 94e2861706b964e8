"""What ends the explorer from outside: SIGTERM, SIGHUP, or a terminal that has gone."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGHUP)

PATIENCE = 3.0
"""Seconds after which it ends all the same: a terminal that takes no more output holds everything up. Nothing
is lost then: what counts is in the ledger before it is shown."""

_STDIN = 0


@contextmanager
def ended_from_outside(leave: Callable[[int], object], *, patience: float = PATIENCE) -> Iterator[None]:
    """Leave the program when it is told to, or when its terminal has gone.

    Args:
        leave: called on the event loop with the exit status that says why, as a shell tells it.
        patience: seconds after which the process is ended where it has not ended by itself.
    """
    loop = asyncio.get_running_loop()
    modes = _modes()
    told = threading.Event()

    def end(number: int, _frame: FrameType | None = None) -> None:
        # Not through the loop alone: that may be waiting for the terminal to take output.
        if told.is_set():
            return
        told.set()
        loop.call_soon_threadsafe(leave, 128 + number)
        last = threading.Timer(patience, _end_now, (128 + number, modes))
        last.daemon = True
        last.start()

    before = {number: signal.signal(number, end) for number in SIGNALS}
    watch = threading.Thread(target=_watch, args=(_STDIN, end), name="terminal-watch", daemon=True)
    watch.start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(descriptor: int, end: Callable[[int], None]) -> None:
    """Wait for the terminal to go: who is not in its session hears of that nowhere else."""
    poll = select.poll()
    poll.register(descriptor, 0)  # nothing but its end
    with suppress(OSError, RuntimeError):  # or the loop has ended before
        poll.poll()
        end(signal.SIGHUP)


def _modes() -> list[object] | None:
    try:
        return termios.tcgetattr(_STDIN)
    except termios.error:
        return None


def _end_now(status: int, modes: list[object] | None) -> None:
    """End at once, the terminal's modes as they were."""
    if modes is not None:
        with suppress(termios.error):
            termios.tcflush(_STDIN, termios.TCOFLUSH)
            termios.tcsetattr(_STDIN, termios.TCSANOW, modes)  # type: ignore[arg-type]
    os._exit(status)
