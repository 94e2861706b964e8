"""A subcommand that is told to end does so cleanly: what it holds is closed, what it started is stopped."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine
from typing import Any

ENDING = (signal.SIGTERM, signal.SIGHUP)


class Signalled(Exception):
    """The program was told to end.

    Attributes:
        status: the exit status that says so, as a shell tells it.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


async def until_signalled(work: Coroutine[Any, Any, int]) -> int:
    """Do work until it is done, or until SIGTERM or SIGHUP ends it; one that is ignored stays so (nohup).

    Raises:
        Signalled: a signal has ended it, and it has been cleaned up.
    """
    if threading.current_thread() is not threading.main_thread():
        return await work
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    caught: list[int] = []

    def end(number: int) -> None:
        caught.append(number)
        task.cancel()

    handled = [each for each in ENDING if signal.getsignal(each) is not signal.SIG_IGN]
    for each in handled:
        loop.add_signal_handler(each, end, each)
    try:
        return await work
    except asyncio.CancelledError:
        if caught:
            raise Signalled(caught[0]) from None
        raise
    finally:
        for each in handled:
            loop.remove_signal_handler(each)
