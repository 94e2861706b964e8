"""Ask the person at the terminal. Questions go to stderr, so that stdout has nothing but data."""

from __future__ import annotations

import getpass
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cloudmc_tui.cli.exits import UsageError
from cloudmc_tui.language import _


def can_ask() -> bool:
    """Whether somebody is there who sees a question and can answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def answer(question: str) -> str:
    """Ask, and read a line; empty at the end of the input."""
    print(question, end="", file=sys.stderr, flush=True)
    with _interruptible():
        return sys.stdin.readline().rstrip("\r\n")


def answer_unseen(question: str) -> str:
    """Ask for a secret, which is not shown while it is typed.

    Raises:
        UsageError: at the end of the input.
    """
    try:
        with _interruptible():
            return getpass.getpass(question, sys.stderr)
    except EOFError:
        raise UsageError(_("nothing was entered, so nothing was sent")) from None


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end a read at once: asyncio would only take note of it, and go on reading."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
