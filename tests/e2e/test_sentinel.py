"""A key that must leave no trace: through every source, every command and every crash, searched for after."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path as FilePath

import pytest

from cloudmc_tui.cli.main import COMMANDS
from cloudmc_tui.simulator import Settings, SimulatorApp
from tests.cli.conftest import served
from tests.terminal import Terminal

KEY = "SENTINEL-k3y-everywhere-5e1f"
INSTANCES = "compute-qc/production/instances"
SOURCES = ["key_env", "key_command", "key_file", "key_prompt", "key_keyring", "key_plain"]

RUNS = {
    "ls": ["ls", INSTANCES, "--debug"],
    "show": ["show", f"{INSTANCES}/web-01", "--debug"],
    "run": ["run", f"{INSTANCES}/web-01", "stop", "--yes", "--wait", "--debug"],
    "tasks": ["tasks", "--debug"],
    "task": ["task", "1", "--debug"],
    "cache": ["cache", "show", "--debug"],
    "profiles": ["profiles", "test", "--debug"],
    "doctor": ["doctor", "--profile", "sim", "--debug"],
    "catalog": ["catalog", "--debug"],
    "completion": ["completion", "bash"],
}
"""The subcommands that a key can come into the way of."""

LAYERS = {
    "profiles": "cloudmc_tui.profiles.profile:Profile.settings",
    "api": "cloudmc_tui.api.wire:Wire.exchange",
    "inventory": "cloudmc_tui.inventory.inventory:Inventory._fetch",
    "operations": "cloudmc_tui.operations.guard:WriteGuard.send",
    "tasks": "cloudmc_tui.tasks.ledger:Ledger.submitted",
    "session": "cloudmc_tui.session:Session.find",
}
"""What is broken → where."""

BREAK = """\
import importlib, os
if os.environ.get("BREAK"):
    module, _, where = os.environ["BREAK"].partition(":")
    owner = importlib.import_module(module)
    *path, name = where.split(".")
    for part in path:
        owner = getattr(owner, part)
    def broken(*arguments, **more):
        key = open(os.environ["STORE"]).read().strip()  # as a local, in the message, and in the cause
        try:
            raise ValueError(f"MC-Api-Key: {key}")
        except ValueError as error:
            raise RuntimeError(f"broken with {key!r}") from error
    setattr(owner, name, broken)
"""

KEYRING = """\
import os
from keyring.backend import KeyringBackend
class Backend(KeyringBackend):
    priority = 9
    def get_password(self, service, user):
        return open(os.environ["STORE"]).read().strip()
    def set_password(self, service, user, password):
        raise NotImplementedError
"""


class Watch:
    """Looks at the arguments of every process, all the time."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.looks = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(0.01):
            self.looks += 1
            for process in FilePath("/proc").glob("[0-9]*"):
                try:
                    if KEY.encode() in (process / "cmdline").read_bytes():
                        self.found.append((process / "cmdline").read_text())
                except OSError:
                    continue

    def end(self) -> None:
        self._over.set()
        self._thread.join()


class Place:
    """Where everything that a run writes goes.

    Attributes:
        home: the folder of all that.
        store: the file with the key, which is not in there.
    """

    def __init__(self, base: str, home: FilePath, apart: FilePath) -> None:
        self.home = home
        self.apart = apart
        self.store = apart / "store"
        self.store.write_text(KEY + "\n")
        self.store.chmod(0o600)
        (apart / "sitecustomize.py").write_text(BREAK)
        (apart / "sentinel_keyring.py").write_text(KEYRING)
        (apart / "prints.py").write_text(
            f"import os; assert 'CLOUDMC_API_KEY' not in os.environ; print(open({str(self.store)!r}).read())"
        )
        self._base = base

    def environ(self, source: str, broken: str = "") -> dict[str, str]:
        """Write the config file for a source of the key; the environment of a run."""
        values = {
            "key_env": '"SIM_KEY"',
            "key_command": f'["{sys.executable}", "{self.apart / "prints.py"}"]',
            "key_file": f'"{self.store}"',
            "key_prompt": "true",
            "key_keyring": "true",
            "key_plain": f'"{KEY}"',
        }
        config = self.apart / "config" / "config.toml"
        config.parent.mkdir(mode=0o700)
        config.write_text(f'[profiles.sim]\nendpoint = "{self._base}"\n{source} = {values[source]}\n')
        config.chmod(0o600)
        return {
            "CLOUDMC_CONFIG": str(config),
            "HOME": str(self.home),
            **{f"XDG_{name}_HOME": str(self.home / name.lower()) for name in ("CONFIG", "CACHE", "STATE")},
            "TMPDIR": str(self.home),
            "PYTHONPATH": str(self.apart),
            "PYTHON_KEYRING_BACKEND": "sentinel_keyring.Backend",
            "STORE": str(self.store),
            "BREAK": broken,
            **({"SIM_KEY": KEY} if source == "key_env" else {}),
        }

    def traces(self) -> list[str]:
        """The files that have the key in them."""
        files = [f for f in self.home.rglob("*") if f.is_file()]
        assert files, "something was written"
        return [str(f) for f in files if KEY.encode() in f.read_bytes()]


@pytest.fixture
def place(tmp_path: FilePath) -> Iterator[Place]:
    home, apart = tmp_path / "home", tmp_path / "apart"
    home.mkdir()
    apart.mkdir()
    watch = Watch()
    with served(SimulatorApp(Settings(key=KEY, task_seconds=0))) as base:
        yield Place(base, home, apart)
    watch.end()
    assert watch.looks
    assert watch.found == []


def run(arguments: list[str], environ: dict[str, str]) -> tuple[int, str]:
    """Run a command at a terminal, giving the key where it is asked for; its status, all that it wrote."""
    with Terminal(arguments, columns=200, environ=environ) as terminal:
        if "key_prompt" in FilePath(environ["CLOUDMC_CONFIG"]).read_text() and arguments[0] not in APART:
            terminal.wait_for("API key for sim")
            terminal.press(KEY, "enter")
        return terminal.wait(), terminal.written.decode()


APART = ("tasks", "task", "cache", "catalog", "completion")
"""What needs no connection."""


def test_every_command_is_run() -> None:
    assert set(RUNS) | {"simulate"} == set(COMMANDS)


@pytest.mark.parametrize("source", SOURCES)
def test_no_command_leaves_it_anywhere(source: str, place: Place) -> None:
    environ = place.environ(source)
    for name, arguments in RUNS.items():
        status, written = run(arguments, environ)
        assert KEY not in written, name
        warned = name == "doctor" and source == "key_plain"
        assert (status != 0) == warned, written
    assert place.traces() == []


@pytest.mark.parametrize("source", SOURCES)
def test_the_explorer_leaves_it_nowhere(source: str, place: Place) -> None:
    with Terminal([INSTANCES, "--debug"], columns=130, environ=place.environ(source)) as terminal:
        if source == "key_prompt":
            terminal.wait_for("API key for sim")
            terminal.press(KEY, "enter")
        terminal.wait_for("bastion")
        for key, shown in (("J", '"name": "bastion"'), ("P", "go to it"), ("escape", "bastion")):
            terminal.press(key)
            terminal.wait_for(shown)
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
        assert KEY.encode() not in terminal.written
    assert place.traces() == []


@pytest.mark.parametrize("layer", LAYERS)
def test_no_crash_of_a_command_tells_it(layer: str, place: Place) -> None:
    arguments = RUNS["run" if layer in ("operations", "tasks") else "show"]
    status, written = run(arguments, place.environ("key_file", LAYERS[layer]))
    assert KEY not in written
    assert "Traceback" not in written
    if layer != "tasks":  # a ledger in trouble does not hide what the server said
        assert status == 1
        assert "cloudmc-tui crashed: RuntimeError: broken with '••••••••'" in written
        (report,) = (place.home / "state" / "cloudmc-tui").glob("crash-*.txt")
        assert str(report) in written.replace("\r\n", "")
        assert "in broken" in report.read_text(), "what there was to say is said"
    assert place.traces() == []


@pytest.mark.parametrize(
    "broken",
    [
        "cloudmc_tui.profiles.profile:Profile.settings",
        "cloudmc_tui.api.wire:Wire.exchange",
        "cloudmc_tui.inventory.inventory:Inventory._fetch",
        "cloudmc_tui.tui.panes.list:ListPane.row_pieces",
        "cloudmc_tui.tui.screens.explorer:Explorer.connected",
        "cloudmc_tui.tui.panes.tasks:TasksPane.show",
    ],
)
def test_no_crash_of_the_explorer_tells_it(broken: str, place: Place) -> None:
    with Terminal([INSTANCES], columns=130, environ=place.environ("key_file", broken)) as terminal:
        status = terminal.wait()
        assert KEY.encode() not in terminal.written
        assert status == 1
        assert "cloudmc-tui crashed: RuntimeError: broken with" in terminal.text
        assert "Traceback" not in terminal.text
        assert "Locals" not in terminal.text
        (report,) = (place.home / "state" / "cloudmc-tui").glob("crash-*.txt")
        assert "in broken" in report.read_text()
        assert terminal.modes()[:4] == terminal.modes_before[:4]
    assert place.traces() == []


def test_the_search_finds_what_is_there(place: Place) -> None:
    (place.home / "leak").write_text(f"x{KEY}x")
    assert place.traces() == [str(place.home / "leak")]
    assert os.environ["HOME"] != str(place.home)
