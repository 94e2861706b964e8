"""A program in a pseudo-terminal at the other end of a link."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

PIECE = 256
"""Bytes that arrive at once over a slow link."""

TICK = 0.01
"""Seconds from one look at what is waited for to the next."""

QUESTION = b"\x1b[6n"
ANSWER = b"\x1b[1;1R"


@dataclass(frozen=True)
class Link:
    """What lies between the program and the person.

    Attributes:
        name: for the table.
        rate: bytes a second that arrive at most; none for no limit.
        round_trip: seconds there and back.
    """

    name: str = "local"
    rate: float | None = None
    round_trip: float = 0.0


class Arrival(NamedTuple):
    """Bytes that came to the person's terminal, and when, in seconds of ``time.perf_counter``."""

    time: float
    data: bytes


class Program:
    """A program in a pseudo-terminal. The link takes all that is written at once, as sockets do, and
    lets it arrive at its rate.

    Attributes:
        started: when it was started.
        arrivals: what has come to the person's terminal.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        link: Link,
        environ: Mapping[str, str],
        columns: int = 120,
        lines: int = 40,
    ) -> None:
        """Start it.

        Args:
            arguments: the command, its path first.
            link: what lies between.
            environ: the whole environment.
            columns: the terminal's width.
            lines: the terminal's height.
        """
        self.link = link
        self.arrivals: list[Arrival] = []
        self._under_way: deque[Arrival] = deque()
        self._keys: deque[Arrival] = deque()
        self._free_at = 0.0
        self._tail = b""
        self._terminal, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.started = time.perf_counter()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(inner, termios.TIOCSCTTY, 0)
            for descriptor in (0, 1, 2):
                os.dup2(inner, descriptor)
            os.closerange(3, 64)
            os.execve(arguments[0], list(arguments), dict(environ))
        os.close(inner)

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return sum(len(arrival.data) for arrival in self.arrivals)

    def press(self, key: str) -> float:
        """Press a key; when it was pressed."""
        now = time.perf_counter()
        self._keys.append(Arrival(now + self.link.round_trip / 2, key.encode()))
        return now

    def run_until(self, done: Callable[[], bool], seconds: float) -> bool:
        """Let things go on until something is so, or for some seconds.

        Returns:
            whether it is so.
        """
        deadline = time.perf_counter() + seconds
        while not done():
            now = time.perf_counter()
            if now >= deadline:
                return False
            events = [queue[0].time for queue in (self._under_way, self._keys) if queue]
            wait = max(0.0, min([deadline, now + TICK, *events]) - now)
            ready, _, _ = select.select([self._terminal], [], [], wait)
            if ready:
                self._take()
            self._deliver()
        return True

    def run_for(self, seconds: float) -> None:
        """Let things go on for some seconds."""
        self.run_until(lambda: False, seconds)

    def settle(self, quiet: float, patience: float = 60.0) -> None:
        """Let things go on until nothing has come for some seconds, and nothing is under way."""
        began = time.perf_counter()

        def still() -> bool:
            last = max(began, self.arrivals[-1].time if self.arrivals else 0.0)
            return not self._under_way and not self._keys and time.perf_counter() - last > quiet

        self.run_until(still, patience)

    def _take(self) -> None:
        """Take what the program writes onto the link."""
        try:
            data = os.read(self._terminal, 65536)
        except OSError:
            return
        now = time.perf_counter()
        if self.link.rate is None:
            self._under_way.append(Arrival(now + self.link.round_trip / 2, data))
            return
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            self._free_at = max(self._free_at, now) + len(piece) / self.link.rate
            self._under_way.append(Arrival(self._free_at + self.link.round_trip / 2, piece))

    def _deliver(self) -> None:
        """Let arrive what is due, at either end."""
        now = time.perf_counter()
        while self._under_way and self._under_way[0].time <= now:
            arrival = self._under_way.popleft()
            self.arrivals.append(arrival)
            seen = self._tail + arrival.data
            for _ in range(seen.count(QUESTION)):
                self._keys.append(Arrival(arrival.time + self.link.round_trip / 2, ANSWER))
            self._tail = b"" if seen.endswith(QUESTION) else seen[-len(QUESTION) + 1 :]
        while self._keys and self._keys[0].time <= now:
            os.write(self._terminal, self._keys.popleft().data)

    def end(self) -> None:
        """End it, at once."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)

    # What it takes

    def processor(self) -> float:
        """Seconds of processor time so far, of the threads that there are."""
        spent = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with suppress(OSError):  # it has just ended
                spent += int((task / "schedstat").read_text(encoding="ascii").split()[0])
        return spent / 1e9

    def memory(self) -> float:
        """Megabytes in memory now."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        resident = next(line for line in lines if line.startswith("VmRSS:"))
        return int(resident.split()[1]) / 1024
