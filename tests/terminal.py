"""A real pseudo-terminal with a program in it, and an emulator that says what is on its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

import pyte

PATIENCE = 40.0
"""Seconds until a screen that does not come is given up: far more than it takes."""

NOT_INHERITED = ("NO_COLOR", "COLUMNS", "LINES", "LC_ALL", "LC_CTYPE", "LANG", "SSH_CONNECTION", "SSH_TTY")
"""What a terminal's program sees of the environment only where a test says so."""

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "escape": "\x1b",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "pagedown": "\x1b[6~",
    "ctrl+c": "\x03",
    "ctrl+p": "\x10",
    "ctrl+q": "\x11",
    "ctrl+s": "\x13",
    "ctrl+u": "\x15",
}


class Terminal:
    """A program in a pseudo-terminal.

    Attributes:
        written: every byte that the program wrote.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        columns: int = 120,
        lines: int = 40,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Start ``python -m cloudmc_tui`` with these arguments.

        Args:
            arguments: for the program.
            columns: the terminal's width.
            lines: the terminal's height.
            environ: added to the environment.
        """
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.status: int | None = None
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        environment = {**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environ or {})}
        self._leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.modes_before = termios.tcgetattr(follower)
        self.pid = os.fork()
        if self.pid == 0:  # pragma: no cover - the child
            os.close(self._leader)
            os.login_tty(follower) if hasattr(os, "login_tty") else _login(follower)
            os.execve(sys.executable, [sys.executable, "-m", "cloudmc_tui", *arguments], environment)
        self._follower = follower

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        os.close(self._leader)
        os.close(self._follower)

    @property
    def text(self) -> str:
        """The screen's lines."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def press(self, *keys: str) -> None:
        """Send keys: names from ``KEYS``, or text as it is."""
        for key in keys:
            os.write(self._leader, KEYS.get(key, key).encode())

    def wait_for(self, wanted: str | Callable[[str], bool], *, patience: float = PATIENCE) -> str:
        """Read until the screen has a text.

        Args:
            wanted: the text, or a test of the screen's text.
            patience: seconds until it is given up.

        Returns:
            the screen's text.
        """
        there: Callable[[str], bool] = wanted if callable(wanted) else lambda text: wanted in text
        deadline = time.monotonic() + patience
        while not there(self.text):
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"{wanted!r} did not come up; the screen is:\n{self.text}")
        return self.text

    def _read(self, seconds: float) -> bool:
        """Take what the program writes within some seconds; false when it has ended or says nothing."""
        ready, _, _ = select.select([self._leader], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._leader, 65536)
        except OSError:
            return False
        self.written += data
        self._stream.feed(data)
        return bool(data)

    def wait(self, *, patience: float = PATIENCE) -> int:
        """Read until the program has ended.

        Returns:
            its exit status; negative: the signal that ended it.
        """
        deadline = time.monotonic() + patience
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                break
            if time.monotonic() > deadline:
                raise AssertionError(f"it has not ended; the screen is:\n{self.text}")
            self._read(0.05)
        while self._read(0):
            pass
        return self.status

    def modes(self) -> list[Any]:
        """The terminal's modes now."""
        return termios.tcgetattr(self._follower)


def _login(follower: int) -> None:  # pragma: no cover - the child, before Python 3.11
    os.setsid()
    fcntl.ioctl(follower, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(follower, descriptor)
    if follower > 2:
        os.close(follower)
