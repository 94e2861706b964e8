"""Changes on a protected or read-only profile from the command line, and why they were made."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

import pytest

from cloudmc_tui.audit import AUDIT_FILE
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.session import state_folder
from cloudmc_tui.simulator import Settings, SimulatorApp
from tests.cli.conftest import Command, Connect
from tests.task_cloud import quick_pace
from tests.terminal import Terminal

STOP = ("run", "compute-qc/production/instances/web-01", "stop")
START = ("run", "compute-qc/production/instances/web-01", "start")

Profile = Callable[[str], list[str]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_pace(monkeypatch)


@pytest.fixture
def profile(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> Profile:
    """Make the profile ``prod`` of a mode; what was sent to its cloud that is no GET, as it is now."""
    app = SimulatorApp(Settings(task_seconds=0))
    base = connect(app, key="demo-key")
    monkeypatch.delenv("CLOUDMC_ENDPOINT")
    monkeypatch.setenv("CLOUDMC_PROFILE", "prod")

    class Sent(list[str]):
        def __len__(self) -> int:
            return sum(event.method != "GET" for event in app.requests.recent)

    def make(mode: str) -> list[str]:
        file = FilePath(os.environ["XDG_CONFIG_HOME"]) / "cloudmc-tui" / "config.toml"
        file.parent.mkdir(parents=True, mode=0o700)
        file.write_text(
            f'[profiles.prod]\nendpoint = "{base}"\nkey_env = "CLOUDMC_API_KEY"\nmode = "{mode}"\n'
        )
        file.chmod(0o600)
        return Sent()

    return make


def audited() -> list[dict[str, Any]]:
    file = state_folder() / AUDIT_FILE
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_a_protected_profile_wants_to_be_unlocked(cloudmc: Command, profile: Profile) -> None:
    sent = profile("protected")
    ran = cloudmc(*STOP, "--yes")
    assert (ran.status, len(sent)) == (Exit.REFUSED, 0)
    assert "this profile is protected: unlock writes first" in ran.err
    assert "--unlock" in ran.err
    assert audited() == [], "what was not sent was no change"
    ran = cloudmc(*STOP, "--unlock")
    assert (ran.status, len(sent)) == (Exit.REFUSED, 0), "whoever cannot type the name has to say --yes"
    ran = cloudmc(*STOP, "--unlock", "--yes", "--wait", "--reason", "maintenance 42")
    assert (ran.status, len(sent)) == (Exit.DONE, 1)
    events = audited()
    assert [e["event"] for e in events] == ["sent", "ended"]
    assert events[0]["reason"] == "maintenance 42"
    assert {(e["profile"], e["operation"]) for e in events} == {("prod", "stop")}


def test_what_is_safe_is_locked_as_well(cloudmc: Command, profile: Profile) -> None:
    sent = profile("protected")
    assert cloudmc(*START, "--yes").status == Exit.REFUSED
    assert len(sent) == 0


def test_a_read_only_profile_cannot_be_unlocked(cloudmc: Command, profile: Profile) -> None:
    sent = profile("read-only")
    ran = cloudmc(*STOP, "--yes", "--unlock")
    assert (ran.status, len(sent)) == (Exit.REFUSED, 0)
    assert "read-only" in ran.err


def test_at_a_terminal_the_name_is_typed_and_the_reason_asked_for(profile: Profile) -> None:
    sent = profile("protected")
    with Terminal([*STOP, "--unlock"]) as terminal:
        assert "On prod: " in terminal.wait_for("To confirm, type web-01:")
        terminal.press("web-02", "enter")
        assert terminal.wait() == Exit.REFUSED
    assert len(sent) == 0
    with Terminal([*STOP, "--unlock"]) as terminal:
        terminal.wait_for("To confirm, type web-01:")
        terminal.press("web-01", "enter")
        terminal.wait_for("Why?")
        terminal.press("disk full", "enter")
        assert terminal.wait() == Exit.DONE
    assert len(sent) == 1
    assert audited()[0]["reason"] == "disk full"
