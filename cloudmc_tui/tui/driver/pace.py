"""How far ahead of the terminal output may run, and how often a frame may be sent.

A slow link is not felt where output is written: sockets and pipes on the way take a lot of it, and a
held key's frames would be seen long after its release. So the terminal is asked now and then where its
cursor is. Its answer means that it has seen all that was sent before, and frames wait while too much is
on the way; meanwhile they melt into one. A terminal that does not answer is never waited for.
"""

from __future__ import annotations

from collections import deque

WINDOW = 4096
"""Bytes that may be on the way to the terminal when another frame is sent."""

ASK_EVERY = 1024
"""Bytes from one question to the next."""

QUESTION = b"\x1b[6n"
"""Asks the terminal where its cursor is; the answer is an event that Textual makes no use of here."""

PATIENCE = 10.0
"""Seconds until an answer is not expected any more."""

BURST = 2.0
"""Frames that may follow each other at once before the highest rate holds."""


class Pace:
    """Counts what was sent and what has arrived. Times are seconds of any steady clock."""

    def __init__(self, frames: float | None = None) -> None:
        """Make the pace of a terminal that has had nothing yet.

        Args:
            frames: how many are sent in a second at most; none for no limit.
        """
        self._interval = 1 / frames if frames else 0.0
        self._due = 0.0
        self._sent = 0
        self._arrived = 0
        self._questions: deque[tuple[int, float]] = deque()
        self._asked_at = 0
        self._answers = False
        self._ended = False

    @property
    def waiting(self) -> bool:
        """Whether an answer is expected."""
        return self._answers and bool(self._questions)

    def delay(self, now: float) -> float:
        """Seconds until the next frame may be sent, if nothing happens before."""
        delay = max(0.0, self._due - BURST * self._interval - now)
        if self._answers and self._questions and self._sent - self._arrived > WINDOW:
            patience = self._questions[0][1] + PATIENCE - now
            if patience > 0:
                return max(delay, patience)
            self._answers = False
            self._questions.clear()
        return delay

    def framed(self, now: float) -> None:
        """A frame goes out."""
        self._due = max(self._due, now) + self._interval

    def asks(self) -> bool:
        """Whether a question should follow what was counted last."""
        return not self._ended and self._sent - self._asked_at >= ASK_EVERY

    def end(self) -> None:
        """Ask nothing any more: nobody will read the answer."""
        self._ended = True

    def asked(self, now: float) -> None:
        """A question goes out, behind everything that was counted so far."""
        self._asked_at = self._sent
        self._questions.append((self._sent, now))
        if len(self._questions) > 64:  # nobody answers
            self._questions.popleft()

    def count(self, size: int) -> None:
        """So many bytes go out."""
        self._sent += size

    def answered(self) -> bool:
        """The terminal has told where its cursor is.

        Returns:
            whether that answers a question of ours.
        """
        if not self._questions:
            return False
        self._arrived, _ = self._questions.popleft()
        self._answers = True
        return True
