"""The installed program in a real pseudo-terminal."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.terminal import Terminal

LEFT_BEHIND = {
    b"\x1b[?1049h": b"\x1b[?1049l",  # the alternate screen
    b"\x1b[?25l": b"\x1b[?25h",  # the hidden cursor
    b"\x1b[?1000h": b"\x1b[?1000l",  # the mouse
    b"\x1b[?1003h": b"\x1b[?1003l",
    b"\x1b[?2004h": b"\x1b[?2004l",  # bracketed paste
    b"\x1b[?1004h": b"\x1b[?1004l",  # focus reports
}
"""What the program may switch on, and what switches it off again."""


def assert_restored(terminal: Terminal) -> None:
    """The terminal is as it was before the program."""
    for on, off in LEFT_BEHIND.items():
        assert terminal.written.rfind(off) >= terminal.written.rfind(on), on
    assert terminal.modes()[:4] == terminal.modes_before[:4]


def walk_to_json_and_quit(terminal: Terminal) -> None:
    """From the tree to an entity's JSON by the keyboard, and out."""
    terminal.wait_for("Compute - Ontario")
    terminal.press("down", "enter")
    terminal.wait_for(lambda text: bool(re.search(r"▸ Instances +34", text)))
    terminal.press("down", "enter")
    terminal.wait_for("bastion")
    terminal.press("down", "enter")
    terminal.wait_for(lambda text: bool(re.search(r"Compute offering +\d vCPU", text)))
    terminal.press("J")
    terminal.wait_for('"name": "web-01"')
    terminal.press("q")
    assert terminal.wait() == 0
    assert_restored(terminal)


def test_from_the_tree_to_an_entitys_json_and_out_on_the_demo_cloud() -> None:
    with Terminal(["--demo"]) as terminal:
        walk_to_json_and_quit(terminal)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A served simulator's base URL."""
    command = [sys.executable, "-m", "cloudmc_tui", "simulate", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def test_the_same_over_tcp_from_the_environment(endpoint: str) -> None:
    environ = {"CLOUDMC_ENDPOINT": endpoint, "CLOUDMC_API_KEY": "demo-key"}
    with Terminal([], environ=environ) as terminal:
        walk_to_json_and_quit(terminal)


def test_a_bare_host_is_probed_for_the_path_that_answers(endpoint: str) -> None:
    environ = {"CLOUDMC_ENDPOINT": endpoint.removesuffix("/v1"), "CLOUDMC_API_KEY": "demo-key"}
    with Terminal(["compute-on/sandbox/zones"], environ=environ) as terminal:
        terminal.wait_for("Zones · ")
        terminal.press("ctrl+q")
        assert terminal.wait() == 0


def test_a_wrong_key_is_said_to_be_refused_and_q_quits(endpoint: str) -> None:
    environ = {"CLOUDMC_ENDPOINT": endpoint, "CLOUDMC_API_KEY": "wrong-key-9d2c"}
    with Terminal([], environ=environ) as terminal:
        shown = terminal.wait_for(lambda text: "refused" in text or "not accept" in text)
        assert "127.0.0.1" in shown
        terminal.press("q")
        assert terminal.wait() == 0
        assert b"wrong-key-9d2c" not in terminal.written


def test_without_a_connection_it_says_how_to_go_on_and_offers_the_demo() -> None:
    with Terminal([]) as terminal:
        shown = terminal.wait_for("See the demo cloud")
        assert "Set up a connection" in shown
        terminal.press("down", "enter")
        terminal.wait_for("Compute - Ontario")
        terminal.press("q")
        assert terminal.wait() == 0
    with Terminal([]) as terminal:
        terminal.wait_for("There is no connection yet")
        terminal.press("escape")
        assert terminal.wait() == 0


def test_it_holds_at_80_by_24_in_a_c_locale() -> None:
    environ = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with Terminal(
        ["--demo", "compute-qc/production/instances"], columns=80, lines=24, environ=environ
    ) as terminal:
        terminal.wait_for("bastion")
        terminal.press("q")
        assert terminal.wait() == 0
        assert_restored(terminal)
