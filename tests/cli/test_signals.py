"""A command that is told to end: it closes what it holds, stops what it started, and its status says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path as FilePath

import pytest

from cloudmc_tui.simulator import Settings, SimulatorApp
from cloudmc_tui.tasks import Ledger, Status
from tests.cli.conftest import TIMEOUT, served

PROGRAM = [sys.executable, "-m", "cloudmc_tui"]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with served(SimulatorApp(Settings(task_seconds=3600))) as base:
        yield base


def is_running(pid: int) -> bool:
    try:
        return FilePath(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_key_command_does_not_outlive_the_command(number: signal.Signals, tmp_path: FilePath) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script = tmp_path / "hangs.py"
    script.write_text(
        "import os, signal\n"
        f"with open({str(pipe)!r}, 'w') as pipe: pipe.write(str(os.getpid()))\n"
        "signal.pause()\n"
    )
    file = tmp_path / "config.toml"
    command = f'key_command = ["{sys.executable}", "{script}"]'
    file.write_text(f'[profiles.x]\nendpoint = "http://127.0.0.1:1/v1"\n{command}\n')
    environ = {**os.environ, "CLOUDMC_CONFIG": str(file)}
    running = subprocess.Popen([*PROGRAM, "ls"], stdout=-1, stderr=-1, text=True, env=environ)
    pid = int(pipe.read_text())  # once it runs
    assert is_running(pid)
    running.send_signal(number)
    out, err = running.communicate(timeout=TIMEOUT)
    assert (running.returncode, out) == (128 + number, "")
    assert "Traceback" not in err
    assert not is_running(pid)


@pytest.mark.parametrize(("number", "name"), [(signal.SIGTERM, "web-01"), (signal.SIGHUP, "web-02")])
def test_waiting_for_a_task_is_given_up_and_the_task_is_left_to_others(
    number: signal.Signals, name: str, endpoint: str
) -> None:
    environ = {**os.environ, "CLOUDMC_ENDPOINT": endpoint, "CLOUDMC_API_KEY": "demo-key"}
    path = f"compute-qc/production/instances/{name}"
    command = [*PROGRAM, "run", path, "stop", "--yes"]
    subprocess.run(command, check=False, capture_output=True, env=environ, timeout=TIMEOUT)
    ledger = FilePath(os.environ["XDG_STATE_HOME"]) / "cloudmc-tui" / "tasks.sqlite"
    with Ledger(ledger) as opened:
        (record,) = opened.recent()
    waiting = subprocess.Popen(
        [*PROGRAM, "task", str(record.key), "--wait", "--debug"], stdout=-1, stderr=-1, text=True, env=environ
    )
    log = ledger.with_name("cloudmc-tui.log")
    while not (log.exists() and "/tasks/" in log.read_text()):  # it has begun to ask
        assert waiting.poll() is None
    waiting.send_signal(number)
    _, err = waiting.communicate(timeout=TIMEOUT)
    assert waiting.returncode == 128 + number
    assert "Traceback" not in err
    with Ledger(ledger) as opened:
        (record,) = opened.recent()
    assert record.status is Status.PENDING
    assert record.owner == "", "another session need not wait"


def test_what_is_ignored_stays_ignored(endpoint: str) -> None:
    """As under nohup."""
    code = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from cloudmc_tui.session import Session\n"
        "real = Session.open\n"
        "async def opened(*a, **k):\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
        "    return await real(*a, **k)\n"
        "Session.open = opened\n"
        "sys.argv = ['cloudmc-tui', 'ls', '--demo']\n"
        "from cloudmc_tui.__main__ import main\n"
        "sys.exit(main())\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "compute-qc" in ran.stdout
