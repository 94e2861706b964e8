"""To an instance by ssh and back, in a real pseudo-terminal, with an ``ssh`` that tells what it got."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.test_explore import assert_restored
from tests.terminal import Terminal

INSTANCES = "compute-qc/production/instances"

SSH = """#!/bin/sh
printf 'got %s arguments\\n' "$#"
for each in "$@"; do printf '<%s>\\n' "$each"; done
env | grep -q 'sesame' && echo 'SAW THE KEY'
test -t 0 && test -t 1 && echo 'has the terminal'
printf 'password? '
read -r typed
printf 'you typed %s\\n' "$typed"
printf 'again? '
read -r typed
exit {status}
"""


@contextmanager
def beside(folder: Path, *, status: int = 0, ssh: bool = True, config: str = "") -> Iterator[Terminal]:
    """The explorer on the demo's instances, with such an ssh on its path."""
    programs = folder / "bin"
    programs.mkdir()
    if ssh:
        (programs / "ssh").write_text(SSH.replace("{status}", str(status)), encoding="utf-8")
        (programs / "ssh").chmod(0o755)
        for name in ("sh", "env", "grep", "test"):
            found = next(Path(f) / name for f in ("/bin", "/usr/bin") if (Path(f) / name).exists())
            (programs / name).symlink_to(found)
    (folder / "config.toml").write_text(config, encoding="utf-8")
    environ = {
        "PATH": str(programs),
        "CLOUDMC_CONFIG": str(folder / "config.toml"),
        "CLOUDMC_API_KEY": "open-sesame-4711",
        "LANG": "C.UTF-8",
    }
    with Terminal(["--demo", INSTANCES], columns=80, lines=24, environ=environ) as terminal:
        terminal.wait_for("bastion")
        terminal.wait_for("live ")
        yield terminal


def hear(terminal: Terminal, text: str, times: int = 1) -> None:
    """Read until ssh has written a text; on the emulator's one screen it stands among the explorer's."""
    terminal.wait_for(lambda _shown: terminal.written.count(text.encode()) >= times)


def test_it_steps_aside_and_comes_back_to_where_it_was(tmp_path: Path) -> None:
    with beside(tmp_path) as terminal:
        terminal.press("S")
        terminal.wait_for("203.0.113.13 2222")
        terminal.press("down", "enter")
        terminal.wait_for("ssh -p 2222 ubuntu@203.0.113.13")
        assert b"got " not in terminal.written  # shown first
        terminal.press("enter")
        hear(terminal, "password?")
        assert b"got 3 arguments\r\n<-p>\r\n<2222>\r\n<ubuntu@203.0.113.13>" in terminal.written
        assert b"has the terminal" in terminal.written
        assert b"SAW THE KEY" not in terminal.written
        terminal.press("hello", "enter")
        hear(terminal, "you typed hello")
        terminal.press("enter")
        hear(terminal, "\x1b[?1004h", 2)  # said once the terminal is raw again: Enter is no line end any more
        terminal.press("down")
        terminal.press("enter")
        terminal.wait_for("Instance web-01")  # the cursor was on the one before
        terminal.press("q")
        assert terminal.wait() == 0
        assert_restored(terminal)


def test_how_it_ended_is_said_and_ctrl_c_is_its_own(tmp_path: Path) -> None:
    with beside(tmp_path, status=255) as terminal:
        terminal.press("down", "S")
        terminal.wait_for("ssh ubuntu@10.0.4.10")
        terminal.press("enter")
        hear(terminal, "password?")
        terminal.press("x", "enter", "enter")
        terminal.wait_for("ended with status 255")
        terminal.press("S")
        terminal.wait_for("enter run it")
        terminal.press("enter")
        hear(terminal, "password?", 2)
        terminal.press("ctrl+c")
        terminal.wait_for("ended with status -2")
        terminal.press("q")
        assert terminal.wait() == 0
        assert_restored(terminal)


def test_without_a_client_it_says_so(tmp_path: Path) -> None:
    with beside(tmp_path, ssh=False) as terminal:
        terminal.press("S")
        terminal.wait_for("There is no program 'ssh' on this machine.")
        terminal.press("q")
        assert terminal.wait() == 0


def test_the_command_is_what_the_settings_say(tmp_path: Path) -> None:
    config = """\
[settings]
ssh = ["ssh", ["-i", "{key}"], "-o", "HostKeyAlias={name}", ["-p", "{port}"], "{user}@{address}"]
ssh_user = "ops"
ssh_key = "~/.ssh/id"
ssh_address = "public"
"""
    with beside(tmp_path, config=config) as terminal:
        terminal.press("S")
        home = os.path.expanduser("~")  # noqa: PTH111
        line = shlex.join(
            ["ssh", "-i", f"{home}/.ssh/id", "-o", "HostKeyAlias=bastion", "-p", "2222", "ops@203.0.113.13"]
        )
        terminal.wait_for(lambda text: line in " ".join(text.replace("│", " ").split()))
        terminal.press("escape", "down", "S")
        terminal.wait_for("no port forwarding rule leads to its port 22")
        terminal.press("q")
        assert terminal.wait() == 0


@pytest.mark.parametrize("setting", ['ssh = ["ssh", 22]', 'ssh = ["{name}"]', 'ssh_address = "left"'])
def test_a_setting_that_cannot_be_used_is_told(tmp_path: Path, setting: str) -> None:
    with beside(tmp_path, config=f"[settings]\n{setting}\n") as terminal:
        terminal.wait_for("1 problem")
        terminal.press("q")
        assert terminal.wait() == 0
