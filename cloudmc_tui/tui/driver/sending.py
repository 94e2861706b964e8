"""The thread that writes to the terminal: at its pace, and always the newest frame."""

from __future__ import annotations

import codecs
import os
import select
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.cells import cell_len

from cloudmc_tui.tui.driver.pace import QUESTION, Pace

if TYPE_CHECKING:
    from cloudmc_tui.tui.driver.mirror import Mirror


def _substitute(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that a terminal's encoding does not have: as wide as they are."""
    assert isinstance(error, UnicodeEncodeError)
    return "?" * cell_len(error.object[error.start : error.end]), error.end


codecs.register_error("cloudmc-tui-cells", _substitute)


class Sender(threading.Thread):
    """Takes output at once, and writes it as the terminal takes it.

    Frames are made here, off the event loop, when the terminal is ready for one: whatever has changed
    by then is one frame.
    """

    def __init__(
        self,
        descriptor: int,
        mirror: Mirror,
        pace: Pace,
        *,
        encoding: str = "utf-8",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the thread; it does nothing until it is started.

        Args:
            descriptor: the terminal's.
            mirror: what the terminal has and should have; used by nobody else while this runs.
            pace: when the terminal is ready.
            encoding: the terminal's.
            clock: gives seconds.
        """
        super().__init__(name="terminal-output", daemon=True)
        self._descriptor = descriptor
        self._mirror = mirror
        self._pace = pace
        self._encoding = encoding
        self._clock = clock
        self._news = threading.Condition()
        self._stopping = False
        self._gone = False

    def feed(self, data: str, size: tuple[int, int]) -> None:
        """Take output.

        Args:
            data: whole sequences, as Textual writes them.
            size: the terminal's width and height now.
        """
        with self._news:
            if size != self._mirror.size:
                self._mirror.resize(*size)
            self._mirror.feed(data)
            if self._mirror.pending:
                self._news.notify_all()

    def resized(self, size: tuple[int, int]) -> None:
        """The terminal has, or had, another size, and may have lost cells."""
        with self._news:
            if size != self._mirror.size:
                self._mirror.resize(*size)
            else:
                self._mirror.repaint()
            self._news.notify_all()

    def answered(self) -> bool:
        """The terminal has told where its cursor is; whether it was asked here."""
        with self._news:
            answered = self._pace.answered()
            self._news.notify_all()
        return answered

    def end_questions(self, seconds: float) -> None:
        """Ask the terminal nothing any more, and wait for its last answers, but not for ever."""
        with self._news:
            self._pace.end()
            self._news.wait_for(lambda: not self._pace.waiting, seconds)

    def stop(self) -> None:
        """Write what has to be written, and end."""
        with self._news:
            self._stopping = True
            self._news.notify_all()
        self.join()

    def run(self) -> None:
        while (data := self._next()) is not None:
            self._write(data)

    def _next(self) -> bytes | None:
        """Wait for output that the terminal is ready for; none when there will be no more."""
        with self._news:
            while True:
                now = self._clock()
                if text := self._ready(now):
                    data = text.encode(self._encoding, "cloudmc-tui-cells")
                    self._pace.count(len(data))
                    if self._pace.asks():
                        self._pace.asked(now)
                        data += QUESTION
                    return data
                if self._stopping:
                    return None
                self._news.wait(self._pace.delay(now) if self._mirror.pending else None)

    def _ready(self, now: float) -> str:
        """The output that can be sent now."""
        mirror = self._mirror
        if self._stopping or not mirror.pending or self._pace.delay(now) > 0:
            return mirror.take_passed()
        if data := mirror.take():
            self._pace.framed(now)
        return data

    def _write(self, data: bytes) -> None:
        """Write it all, unless the terminal has gone."""
        while data and not self._gone:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                select.select((), (self._descriptor,), ())
            except OSError:
                self._gone = True
