"""Profiles in the installed program: from nothing to a connection, and what the modes hold back."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path as FilePath
from typing import Any

import pytest

from cloudmc_tui.audit import AUDIT_FILE
from cloudmc_tui.session import state_folder
from cloudmc_tui.simulator import Settings, SimulatorApp
from tests.cli.conftest import served
from tests.e2e.test_explore import assert_restored
from tests.terminal import Terminal

KEY = "SENTINEL-k3y-e2e-77"
WEB = "compute-qc/production/instances/web-01"
CTRL_S = "\x13"


class Cloud:
    """A served simulator.

    Attributes:
        base: its URL.
    """

    def __init__(self, app: Any, base: str) -> None:
        self._app = app
        self.base = base

    @property
    def changes(self) -> list[str]:
        """What was sent that is no GET."""
        return [f"{e.method} {e.template}" for e in self._app.requests.recent if e.method != "GET"]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    app = SimulatorApp(Settings(key=KEY, task_seconds=0))
    with served(app) as base:
        yield Cloud(app, base)


@pytest.fixture
def store(tmp_path: FilePath) -> FilePath:
    """A file that holds the key, private to the user."""
    made = tmp_path / "key"
    made.write_text(KEY + "\n")
    made.chmod(0o600)
    return made


@pytest.fixture
def file() -> FilePath:
    """Where the config file is, or will be."""
    return FilePath(os.environ["XDG_CONFIG_HOME"]) / "cloudmc-tui" / "config.toml"


@pytest.fixture
def profile(cloud: Cloud, store: FilePath, file: FilePath) -> Callable[[str], None]:
    """Write profiles: ``prod`` of a mode, and what else is given."""

    def write(mode: str, more: str = "") -> None:
        file.parent.mkdir(parents=True, mode=0o700)
        file.write_text(
            f'default = "prod"\n[profiles.prod]\nendpoint = "{cloud.base}"\nkey_file = "{store}"\n'
            f'mode = "{mode}"\ncolor = "red"\n{more}'
        )
        file.chmod(0o600)

    return write


def fill(terminal: Terminal, explained: str, text: str) -> None:
    """Type into the field that has the cursor, and go on to the next."""
    terminal.wait_for(explained)
    terminal.press(text)
    terminal.wait_for(text)
    terminal.press("down")


def test_from_nothing_to_a_connection_that_works(cloud: Cloud, store: FilePath, file: FilePath) -> None:
    with Terminal([], columns=130) as terminal:
        terminal.wait_for("Set up a connection")
        terminal.press("enter")
        terminal.wait_for("nothing is kept yet")
        fill(terminal, "What you call it", "mine")
        fill(terminal, "The API's base URL", cloud.base)
        terminal.wait_for("never kept in the config file")
        terminal.press("enter")
        terminal.wait_for("asked each time")
        terminal.press("file")
        terminal.wait_for(lambda text: "asked each time" not in text)
        terminal.press("enter")
        terminal.wait_for(lambda text: re.search(r"\* File", text) is not None)
        terminal.press("down")
        fill(terminal, "Private to you", str(store))
        assert not file.exists()
        terminal.press(CTRL_S)
        tested = terminal.wait_for("all is well")
        steps = ("name resolved", "connected", "certificate valid", "key read", "API answered")
        seen = [
            tested.index(step) for step in (*steps, "key accepted", "organizations seen", "services seen")
        ]
        assert seen == sorted(seen)
        assert len(re.findall(r"\d ms", tested)) == 8, "each with its time"
        assert not file.exists(), "nothing is written before the person says so"
        terminal.press("s")
        terminal.wait_for("Compute - Québec")
        assert " mine " in terminal.text.splitlines()[0]
        terminal.press("q")
        assert terminal.wait() == 0
        assert_restored(terminal)
        assert KEY.encode() not in terminal.written
    assert file.read_text() == (
        f'default = "mine"\n\n[profiles.mine]\nendpoint = "{cloud.base}"\nkey_file = "{store}"\n'
        'mode = "normal"\n'
    )
    assert [stat.S_IMODE(p.stat().st_mode) for p in (file, file.parent)] == [0o600, 0o700]
    with Terminal([], columns=130) as terminal:
        terminal.wait_for("Compute - Québec")
        terminal.press("q")
        assert terminal.wait() == 0


def test_a_failed_test_says_what_to_try_and_keeps_what_was_typed(cloud: Cloud, file: FilePath) -> None:
    with Terminal([], columns=130) as terminal:
        terminal.wait_for("Set up a connection")
        terminal.press("enter")
        terminal.wait_for("nothing is kept yet")
        fill(terminal, "What you call it", "mine")
        fill(terminal, "The API's base URL", cloud.base)
        terminal.press(CTRL_S)
        shown = terminal.wait_for("it does not work yet")
        assert "CLOUDMC_API_KEY" in shown
        terminal.press("q")
        back = terminal.wait_for(lambda text: "it does not work yet" not in text and "Continue" in text)
        assert cloud.base in back
        assert not file.exists()
        terminal.press("ctrl+q")
        assert terminal.wait() == 0


def operations_of_web_01(terminal: Terminal) -> str:
    terminal.wait_for(lambda text: re.search(r"State +● Running", text) is not None)
    terminal.press("o")
    return terminal.wait_for("Reboot")


def test_read_only_refuses_a_stop(cloud: Cloud, profile: Callable[[str], None]) -> None:
    profile("read-only")
    with Terminal([WEB], columns=130) as terminal:
        shown = operations_of_web_01(terminal)
        assert "this profile is read-only" in shown, "the panel says so"
        assert "read-only" in shown.splitlines()[0]
        terminal.press("enter")
        terminal.wait_for("this profile is read-only")
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
    assert cloud.changes == []


def test_the_flag_is_kept_when_one_switches(
    cloud: Cloud, profile: Callable[..., None], store: FilePath
) -> None:
    profile("normal", f'[profiles.other]\nendpoint = "{cloud.base}"\nkey_file = "{store}"\n')
    with Terminal(["--read-only"], columns=130) as terminal:
        terminal.wait_for("Compute - Québec")
        assert terminal.text.splitlines()[0].endswith("read-only")
        terminal.press("P")
        terminal.wait_for("go to it")
        terminal.press("/")
        terminal.wait_for("name, endpoint, organization or mode")
        terminal.press("othr")
        terminal.wait_for(lambda text: "othr" in text and "demo cloud" not in text)
        terminal.press("enter")
        status = terminal.wait_for(
            lambda text: " other " in text.splitlines()[0] and "connecting" not in text
        ).splitlines()[0]
        assert status.endswith("read-only")
        terminal.press("q")
        assert terminal.wait() == 0


def test_protected_unlocks_counts_down_and_locks_again(cloud: Cloud, profile: Callable[[str], None]) -> None:
    profile("protected")
    with Terminal([WEB], columns=130) as terminal:
        terminal.wait_for(lambda text: re.search(r"State +● Running", text) is not None)
        assert terminal.text.splitlines()[0].endswith("protected")
        plan_to_delete(terminal)
        shown = terminal.wait_for("Writes are locked")
        assert "U unlock" in shown
        leave_the_plan(terminal)
        unlock(terminal)
        terminal.press("U")
        terminal.wait_for(lambda text: text.splitlines()[0].endswith("protected"))
        plan_to_delete(terminal)
        terminal.wait_for("Writes are locked")
        leave_the_plan(terminal)
        unlock(terminal)
        plan_to_delete(terminal)
        shown = terminal.wait_for("To confirm, type: web-01")
        assert "on prod" in shown, "the profile's name is in every confirmation"
        assert frame_color(terminal) == "e5484d", "and its colour frames it"
        terminal.press("web-01")
        terminal.wait_for(lambda text: re.search(r"│ web-01 +│", text) is not None)
        assert cloud.changes == []
        terminal.press("enter")
        terminal.wait_for("Delete web-01: done")
        assert len(cloud.changes) == 1
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
        assert KEY.encode() not in terminal.written
    assert len(cloud.changes) == 1
    events = [json.loads(line) for line in (state_folder() / AUDIT_FILE).read_text().splitlines()]
    assert [(e["event"], e["profile"], e["operation"]) for e in events] == [
        ("sent", "prod", "delete"),
        ("ended", "prod", "delete"),
    ]


def unlock(terminal: Terminal) -> None:
    terminal.press("U")
    terminal.wait_for(lambda text: re.search(r"unlocked 9:5\d$", text.splitlines()[0]) is not None)


def plan_to_delete(terminal: Terminal) -> None:
    """From the entity to the plan of its deletion."""
    terminal.press("D")
    terminal.wait_for("see the plan; nothing is sent yet")
    terminal.press(CTRL_S)
    terminal.wait_for("Cancel")


def leave_the_plan(terminal: Terminal) -> None:
    terminal.press("q")
    terminal.wait_for(lambda text: "Cancel" not in text)
    terminal.press("escape")
    terminal.wait_for(lambda text: "see the plan" not in text)
    terminal.press("escape")
    terminal.wait_for(lambda text: "Operations · " not in text)


def frame_color(terminal: Terminal) -> str:
    """The colour of the frame of the window on screen."""
    row, column = next(
        (row, line.index("╭")) for row, line in enumerate(terminal.screen.display) if "╭" in line
    )
    return str(terminal.screen.buffer[row][column].fg)


def test_a_broken_file_is_kept_and_told_and_the_rest_works(
    cloud: Cloud, profile: Callable[..., None], file: FilePath
) -> None:
    profile("normal", '[profiles.half]\nendpoint = "https://x.example\n')
    before = file.read_bytes()
    with Terminal([], columns=130) as terminal:
        terminal.wait_for("Compute - Québec")
        assert "problem" in terminal.text.splitlines()[0]
        terminal.press("ctrl+p")
        terminal.wait_for("type to narrow")
        terminal.press("problems")
        terminal.wait_for(lambda text: "Quit at once" not in text)
        terminal.press("enter")
        terminal.wait_for(lambda text: "config.toml" in text and "line 8" in text)
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
    assert file.read_bytes() == before


def test_what_is_open_to_others_is_told_at_the_start_with_its_fix(
    cloud: Cloud, profile: Callable[..., None], file: FilePath
) -> None:
    profile("normal")
    file.chmod(0o644)
    with Terminal([], columns=230) as terminal:
        terminal.wait_for(f"{file} is open to others (mode 0644): chmod go-rwx {file}")
        assert "1 problem" in terminal.text.splitlines()[0]
        terminal.press("q")
        assert terminal.wait() == 0
