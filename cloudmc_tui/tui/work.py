"""Work in the background of a widget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from textual.dom import DOMNode
from textual.screen import Screen
from textual.worker import Worker


def begin(owner: DOMNode, group: str, work: Callable[[], Coroutine[Any, Any, None]]) -> Worker[None]:
    """Begin some work, dropping what of its group is still under way.

    The coroutine is made only when its turn has come: work that is dropped before was never begun.

    Args:
        owner: the widget that it ends with.
        group: what it is dropped for.
        work: gives the coroutine.
    """
    return owner.run_worker(work, group=group, exclusive=True)


def is_left(screen: Screen[Any]) -> bool:
    """Whether a screen was left: its widgets go before its work in the background is dropped."""
    return screen not in screen.app.screen_stack


PIECE = 0.005
"""Seconds of work in one go: a key waits no longer."""

Result = TypeVar("Result")


def at_once(work: Generator[None, None, Result]) -> Result | None:
    """Do work that pauses now and then as far as it goes without a key having to wait.

    Returns:
        what it comes to; none where there is more to do.
    """
    until = time.perf_counter() + PIECE
    while time.perf_counter() < until:
        try:
            next(work)
        except StopIteration as done:
            result: Result = done.value
            return result
    return None


async def in_pieces(work: Generator[None, None, Result]) -> Result:
    """Do work that pauses now and then, letting others have their turn in some of the pauses.

    Returns:
        what it comes to.
    """
    until = time.perf_counter() + PIECE
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: Result = done.value
            return result
        if time.perf_counter() >= until:
            await asyncio.sleep(0)
            until = time.perf_counter() + PIECE
