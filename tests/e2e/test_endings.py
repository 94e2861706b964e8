"""What happens to the explorer from outside: signals, a terminal that goes or takes nothing, Ctrl-Z."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path as FilePath

import pytest

from cloudmc_tui.session import LEDGER_FILE, state_folder
from cloudmc_tui.simulator import Settings, SimulatorApp
from cloudmc_tui.tasks import Ledger, Status, TaskRecord
from tests.cli.conftest import served
from tests.cli.test_signals import is_running
from tests.e2e.test_explore import assert_restored
from tests.terminal import PATIENCE, Terminal

INSTANCES = "compute-qc/production/instances"
DRIVERS = ["plain", "cells"]
F4 = "\x1bOS"


@pytest.fixture
def endpoint() -> Iterator[str]:
    with served(SimulatorApp(Settings(task_seconds=3600))) as base:
        yield base


@pytest.fixture(autouse=True)
def _connection(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDMC_ENDPOINT", endpoint)
    monkeypatch.setenv("CLOUDMC_API_KEY", "demo-key")


def stop_an_instance() -> None:
    """Begin a task that takes for ever, and that no session follows yet."""
    command = [sys.executable, "-m", "cloudmc_tui", "run", f"{INSTANCES}/web-01", "stop", "--yes"]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)


def the_task() -> TaskRecord:
    with Ledger(state_folder() / LEDGER_FILE) as ledger:
        (record,) = ledger.recent()
    return record


def ended(terminal: Terminal) -> int:
    """Wait until the program has ended, reading nothing of what it writes; its exit status."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        pid, status = os.waitpid(terminal.pid, os.WNOHANG)
        if pid:
            terminal.status = os.waitstatus_to_exitcode(status)
            return terminal.status
    raise AssertionError("it has not ended")


def leave_terminal(terminal: Terminal) -> None:
    """Hang up: the other side of the terminal goes."""
    for name in ("_follower", "_leader"):
        os.close(getattr(terminal, name))
        setattr(terminal, name, os.open(os.devnull, os.O_RDWR))


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "hang up"])
def test_it_ends_cleanly_and_leaves_its_tasks_to_others(driver: str, how: str) -> None:
    stop_an_instance()
    with Terminal([INSTANCES, "--debug"], environ={"CLOUDMC_TUI_DRIVER": driver}) as terminal:
        terminal.wait_for(lambda text: "1 task" in text and "bastion" in text)
        terminal.wait_for(lambda _text: the_task().owner != "")
        if how == "hang up":
            leave_terminal(terminal)
            assert ended(terminal) == 128 + signal.SIGHUP
        else:
            number = signal.Signals[how]
            os.kill(terminal.pid, number)
            assert terminal.wait() == 128 + number
            assert_restored(terminal)
    record = the_task()
    assert (record.status, record.owner) == (Status.PENDING, ""), "the next session takes it up at once"
    log = (state_folder() / "cloudmc-tui.log").read_text()
    assert " GET /services/compute-qc/production/instances 200 in " in log, "which --debug asks for"
    assert "Traceback" not in log
    assert list(state_folder().glob("crash-*")) == []


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_terminal_that_takes_no_more_output_does_not_keep_it(driver: str) -> None:
    with Terminal([INSTANCES], environ={"CLOUDMC_TUI_DRIVER": driver}) as terminal:
        terminal.wait_for("bastion")
        for _ in range(300):  # more than fits into the terminal, and into what Textual queues
            terminal.press("?", "escape")
        os.kill(terminal.pid, signal.SIGTERM)
        assert ended(terminal) == 128 + signal.SIGTERM
        assert terminal.modes()[:4] == terminal.modes_before[:4]


def test_who_ignores_a_hangup_ends_without_a_terminal_all_the_same() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        terminal = Terminal([INSTANCES])
    finally:
        signal.signal(signal.SIGHUP, before)
    with terminal:
        terminal.wait_for("bastion")
        leave_terminal(terminal)
        assert ended(terminal) == 128 + signal.SIGHUP


def test_what_is_killed_leaves_a_sound_ledger_that_the_next_session_goes_on_with() -> None:
    stop_an_instance()
    with Terminal([INSTANCES]) as terminal:
        terminal.wait_for(lambda _text: the_task().owner != "")
        os.kill(terminal.pid, signal.SIGKILL)
        assert terminal.wait() == -signal.SIGKILL
    first = the_task()
    assert first.status is Status.PENDING
    with Terminal([INSTANCES]) as terminal:
        terminal.wait_for("1 task")
        terminal.wait_for(lambda _text: the_task().owner not in ("", first.owner))
        terminal.press("q")
        assert terminal.wait() == 0
    assert the_task().owner == ""


def stopped(terminal: Terminal) -> bool:
    """Wait until the program has stopped itself, reading what it writes meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        pid, status = os.waitpid(terminal.pid, os.WNOHANG | os.WUNTRACED)
        if pid:
            while terminal._read(0):
                pass
            return os.WIFSTOPPED(status)
        terminal._read(0.05)
    raise AssertionError("it has not stopped")


@pytest.mark.parametrize("driver", DRIVERS)
def test_ctrl_z_gives_the_terminal_back_and_fg_brings_everything_back(driver: str) -> None:
    with Terminal([INSTANCES], environ={"CLOUDMC_TUI_DRIVER": driver}) as terminal:
        shown = terminal.wait_for(lambda text: "bastion" in text and "connecting" not in text)
        for _ in range(2):
            terminal.press("\x1a")
            assert stopped(terminal)
            assert_restored(terminal)
            terminal.screen.reset()  # the shell writes over it
            os.kill(terminal.pid, signal.SIGCONT)
            back = terminal.wait_for(lambda text: "bastion" in text and "Instances" in text)
            assert back.splitlines()[0] == shown.splitlines()[0]
            assert terminal.written.rfind(b"\x1b[?1049h") > terminal.written.rfind(b"\x1b[?1049l")
        terminal.press("?")
        terminal.wait_for("In the list")
        terminal.press("?")
        terminal.wait_for(lambda text: "In the list" not in text)
        terminal.press("J")
        terminal.wait_for('"name": "bastion"')
        terminal.press("q")
        assert terminal.wait() == 0
        assert_restored(terminal)


def read_meanwhile(pipe: FilePath, terminal: Terminal) -> str:
    """Read a pipe to its end, and what the terminal gets meanwhile, lest the program waits for that."""
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(pipe.read_text)
        while not reading.done():
            terminal._read(0.05)
        return reading.result()


def editor(folder: FilePath, code: str) -> str:
    """An ``$EDITOR`` that does this."""
    script = folder / "editor.py"
    script.write_text(code)
    return f"{sys.executable} {script}"


def test_an_editor_sees_no_key_and_its_text_is_taken(tmp_path: FilePath) -> None:
    seen = tmp_path / "seen.json"
    code = (
        "import json, os, sys\n"
        f"json.dump(dict(os.environ), open({str(seen)!r}, 'w'))\n"
        "open(sys.argv[1], 'w').write('{\"name\": \"from-the-editor\"}')\n"
    )
    with Terminal([INSTANCES], environ={"EDITOR": editor(tmp_path, code), "VISUAL": ""}) as terminal:
        terminal.wait_for("bastion")
        terminal.press("n")
        terminal.wait_for("Name")
        terminal.press(F4)
        terminal.wait_for("for the JSON body")
        terminal.press("\x13")  # ctrl+s
        terminal.wait_for("from-the-editor")
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
    environment = json.loads(seen.read_text())
    assert "CLOUDMC_API_KEY" not in environment
    assert "demo-key" not in environment.values()
    assert environment["HOME"] == os.environ["HOME"]


def test_an_editor_that_is_not_there_leaves_the_explorer_as_it_was() -> None:
    with Terminal([INSTANCES], environ={"EDITOR": "/nowhere/vi", "VISUAL": ""}) as terminal:
        terminal.wait_for("bastion")
        terminal.press("n")
        terminal.wait_for("Name")
        terminal.press(F4)
        terminal.wait_for("could not be started")
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
        assert_restored(terminal)


def test_an_editor_does_not_outlive_the_explorer(tmp_path: FilePath) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code = f"import os, signal; open({str(pipe)!r}, 'w').write(str(os.getpid())); signal.pause()"
    with Terminal([INSTANCES], environ={"EDITOR": editor(tmp_path, code), "VISUAL": ""}) as terminal:
        terminal.wait_for("bastion")
        terminal.press("n")
        terminal.wait_for("Name")
        terminal.press(F4)
        pid = int(read_meanwhile(pipe, terminal))
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait() == 128 + signal.SIGTERM
        assert not is_running(pid)
        assert_restored(terminal)
