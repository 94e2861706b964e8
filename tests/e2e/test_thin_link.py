"""A day's work over 9.6 kB/s with 300 ms to go: open, find, stop an instance, see its task end.

The program runs under tmux on a "jump host"; what tmux sends goes over the link.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest

from tests.benchmarks.links import Link, Program
from tests.benchmarks.subjects import environment

LINK = Link("9.6 kB/s, 300 ms", rate=9_600, round_trip=0.3)
PATIENCE = 40.0
"""Seconds until a screen that does not come is given up: far more than it takes."""

INSTANCES = "compute-qc/production/instances"


class Person:
    """Someone at the far end of the link, who types no faster than they see."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._screen = pyte.Screen(120, 40)
        self._stream = pyte.ByteStream(self._screen)
        self._seen = 0

    @property
    def text(self) -> str:
        """What is on the screen."""
        arrivals = self.program.arrivals
        while self._seen < len(arrivals):
            self._stream.feed(arrivals[self._seen].data)
            self._seen += 1
        return "\n".join(self._screen.display)

    def sees(self, *wanted: str) -> int:
        """Wait until all of it is on the screen; the bytes that have come by then."""

        def there() -> bool:
            text = self.text
            return all(each in text for each in wanted)

        assert self.program.run_until(there, PATIENCE), f"no {wanted} on\n{self.text}"
        return self.program.size

    def types(self, *keys: str) -> None:
        for key in keys:
            self.program.press(key)


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Callable[..., Person]]:
    """Starts the program under tmux, at the other end of the link."""
    tmux = shutil.which("tmux")
    assert tmux, "this needs tmux, which the program is made to be run in"
    socket = str(tmp_path / "tmux")
    environ = environment(tmp_path, {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22", "LANG": "C.UTF-8"})
    programs: list[Program] = []

    def start(*arguments: str) -> Person:
        command = " ".join([sys.executable, "-m", "cloudmc_tui", *arguments])
        session = [tmux, "-S", socket, "-f", "/dev/null", "new-session", command]
        programs.append(Program(session, link=LINK, environ=environ))
        return Person(programs[-1])

    yield start
    subprocess.run([tmux, "-S", socket, "kill-server"], check=False, stderr=subprocess.DEVNULL)
    for program in programs:
        program.end()


def test_open_find_stop_an_instance_and_see_the_task_end(person: Callable[..., Person]) -> None:
    operator = person("--demo", INSTANCES)
    opened = operator.sees("Instances · 34", "bastion", "live")
    assert opened <= 12_000
    operator.types("f")
    operator.sees("Find")
    operator.types(*"web-02")
    operator.sees("web-02")
    operator.types("\r")
    found = operator.sees("Instance web-02", "Private IP", "10.0.0.11")
    assert found - opened <= 16_000
    operator.types("o")
    operator.sees("Operations · web-02", "Stop")
    operator.types("\x1b[B", "\x1b[B", "\r")
    operator.sees("Continue")
    operator.types("\x13")
    operator.sees("Cancel", "Stop")
    operator.types("\x1b[C", "\r")
    operator.sees("done", "○ Stopped")
    operator.sees("web-02", "SUCCESS")
    assert operator.program.size - found <= 16_000
    still = operator.program.size
    operator.program.settle(2.0)
    quiet = operator.program.size
    operator.program.run_for(3.0)
    assert operator.program.size - quiet <= 200, "the status line of tmux may change, nothing else"
    assert quiet - still <= 3_000
