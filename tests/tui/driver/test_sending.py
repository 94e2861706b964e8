"""The thread that writes to the terminal."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from cloudmc_tui.tui.driver.mirror import Mirror
from cloudmc_tui.tui.driver.pace import QUESTION, WINDOW, Pace
from cloudmc_tui.tui.driver.sending import Sender

SIZE = (80, 24)


class Line:
    """A sender with the other end of its line."""

    def __init__(self, *, encoding: str = "utf-8", pace: Pace | None = None) -> None:
        self.read_end, write_end = os.pipe()
        self.write_end = write_end
        self.pace = pace or Pace()
        self.sender = Sender(write_end, Mirror(*SIZE), self.pace, encoding=encoding)
        self.sender.start()
        self.received = b""
        self.feed("\x1b[?1049h")

    def feed(self, data: str) -> None:
        self.sender.feed(data, SIZE)

    def read_until(self, wanted: str) -> str:
        while wanted.encode() not in self.received:
            self.received += os.read(self.read_end, 65536)
        return self.received.decode()

    def close(self) -> None:
        self.sender.stop()
        os.close(self.write_end)
        os.close(self.read_end)


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


def test_what_is_fed_is_written(line: Line) -> None:
    line.feed("\x1b[1;1H\x1b[31mname\x1b[0m\x1b[1;1H")
    assert "\x1b[0;31mname" in line.read_until("name")


def test_a_command_goes_out_though_no_frame_follows(line: Line) -> None:
    line.feed("\x1b]52;c;YQ==\x07")
    line.read_until("\x1b]52;c;YQ==\x07")


def test_another_size_is_noticed_and_everything_sent_again(line: Line) -> None:
    frame = "\x1b[1;1Hname\x1b[1;1H"
    line.feed(frame)
    line.read_until("name")
    line.received = b""
    line.sender.feed(frame, (90, 30))
    line.read_until("name")


def test_a_size_that_was_taken_back_has_everything_sent_again(line: Line) -> None:
    line.feed("\x1b[1;1Hname\x1b[1;1H")
    line.read_until("name")
    line.received = b""
    line.sender.resized(SIZE)
    line.read_until("name")


def test_while_the_terminal_has_not_answered_frames_melt_into_one(line: Line) -> None:
    full = "".join(f"\x1b[{y};1H{'#' * 80}" for y in range(1, 25)) + "\x1b[1;1H"
    line.feed(full)
    line.read_until("#" * 80)
    line.read_until(QUESTION.decode())
    assert line.sender.answered()
    other = full.replace("#", "=")
    for text in (other, full, other):
        line.feed(text)  # more than may be on its way
    line.read_until("=" * 80 + "\x1b")
    waiting_from = len(line.received)
    for number in range(50):
        line.feed(f"\x1b[1;1Hstep {number:02}\x1b[1;1H")
    while line.sender.answered():
        pass
    tail = line.read_until("49")[waiting_from:]
    assert tail.count("step") + tail.count("\x1b") < 300
    assert len(line.received) < 6 * 80 * 24 + WINDOW


def test_at_the_end_what_is_left_is_written(line: Line) -> None:
    line.feed("\x1b[?1049l\x1b[?25h")
    line.sender.stop()
    assert line.read_until("\x1b[?25h").endswith("\x1b[?1049l\x1b[?25h")


def test_what_the_terminal_cannot_say_is_as_wide_as_it_would_be() -> None:
    line = Line(encoding="ascii")
    line.feed("\x1b[1;1HQu\u00e9bec \u4e16\u754c.\x1b[1;1H")
    assert "Qu?bec ????." in line.read_until(".")
    line.close()


def test_a_terminal_that_has_gone_stops_nothing() -> None:
    line = Line()
    line.read_until("\x1b[?1049h")
    os.close(line.read_end)
    line.feed("\x1b[1;1Hname\x1b[1;1H")
    line.feed("\x1b[1;1Hother\x1b[1;1H")
    stopper = threading.Thread(target=line.sender.stop)
    stopper.start()
    stopper.join(20)
    assert not stopper.is_alive()
    os.close(line.write_end)
