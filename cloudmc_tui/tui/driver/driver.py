"""The driver that Textual gets: its own, but that only changed cells are sent."""

from __future__ import annotations

import shutil
import signal
import sys
from types import FrameType
from typing import Any, ClassVar

from textual import events
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from cloudmc_tui.tui.driver.choice import Output
from cloudmc_tui.tui.driver.mirror import Mirror
from cloudmc_tui.tui.driver.pace import Pace
from cloudmc_tui.tui.driver.palette import Palette
from cloudmc_tui.tui.driver.sending import Sender

_FOCUS_REPORTS = ("\x1b[?1004h", "\x1b[?1004l")

LAST_ANSWERS = 1.0
"""Seconds that the terminal's last answers are waited for, lest a shell gets them."""


class CellDriver(LinuxDriver):
    """Sends the cells that changed.

    Everything that Textual writes passes a :class:`Mirror`. Nothing is known of the terminal's cells at
    the start, after a suspension and after a change of size: then all are sent.
    """

    output: ClassVar[Output] = Output()
    """How output goes to the terminal; :meth:`Output.driver_class` sets it."""

    def __init__(
        self, app: Any, *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse and self.output.mouse, size=size)
        self._mirror = Mirror(
            *shutil.get_terminal_size(),
            erases_in_colour=self.output.erases_in_colour,
            reduce=Palette().reduce if self.output.few_colours else str,
            unwanted=() if self.output.focus else _FOCUS_REPORTS,
        )
        self._sender: Sender | None = None

    def write(self, data: str) -> None:
        assert self._sender is not None, "Driver must be in application mode"
        self._sender.feed(data, shutil.get_terminal_size())

    def start_application_mode(self) -> None:
        terminal = sys.__stderr__
        assert terminal is not None
        self._sender = Sender(
            terminal.fileno(), self._mirror, Pace(self.output.frames), encoding=terminal.encoding
        )
        self._sender.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._watch_size()

    def _watch_size(self) -> None:
        """Hear of every change of size, also of one that is taken back before anyone looks."""
        known = signal.getsignal(signal.SIGWINCH)

        def changed(number: int, frame: FrameType | None) -> None:
            # Anything may be under way now: look at it from the event loop.
            self._loop.call_soon_threadsafe(self._resized)
            if callable(known):
                known(number, frame)

        signal.signal(signal.SIGWINCH, changed)

    def _resized(self) -> None:
        if self._sender is not None:
            self._sender.resized(shutil.get_terminal_size())

    def process_message(self, message: Message) -> None:
        if (
            isinstance(message, events.CursorPosition)
            and self._sender is not None
            and self._sender.answered()
        ):
            return
        super().process_message(message)

    def disable_input(self) -> None:
        if self._sender is not None and not self.exit_event.is_set():
            self._sender.end_questions(LAST_ANSWERS)
        super().disable_input()

    def close(self) -> None:
        super().close()
        if self._sender is not None:
            self._sender.stop()
