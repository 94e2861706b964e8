"""What ``S`` says where it cannot connect, and that nothing is run before a person has seen it."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

import pytest
from textual.pilot import Pilot

from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Ask, Profile
from cloudmc_tui.session import Session
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.screens.command import CommandScreen
from tests.demo import settle
from tests.odd_cloud import OddCloud, failure, profile

WEB = {"id": "i-1", "name": "web", "state": "Running", "ipAddress": "10.0.0.1", "username": "ubuntu"}


@pytest.fixture(autouse=True)
def client(tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch) -> FilePath:
    """An ssh on the path, which must never be run: there is no terminal to step aside from."""
    file = tmp_path / "ssh"
    file.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return file


def opened(path: str = "svc/env/instances", **replies: Any) -> ExplorerApp:
    cloud = OddCloud({f"/services/svc/env/{name}": reply for name, reply in replies.items()})

    async def open_session(_profile: Profile, _ask: Ask) -> Session:
        return await cloud.session()

    return ExplorerApp(
        profile(), open_session, start=Path.parse(path), clock=lambda: 1_781_515_800.0, environ={}
    )


async def said(app: ExplorerApp, *keys: str) -> str:
    """What is said after these keys; or the command that is shown."""
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, *keys)
        if isinstance(app.screen, CommandScreen):
            return app.screen._line
        return app.message


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def test_an_instance_with_one_address_is_shown_with_its_command() -> None:
    assert await said(opened(instances=[WEB]), "S") == "ssh ubuntu@10.0.0.1"
    assert await said(opened(instances=[WEB]), "enter", "S") == "ssh ubuntu@10.0.0.1"


async def test_rules_that_cannot_be_read_are_no_reason_not_to_connect() -> None:
    app = opened(instances=[WEB], portforwardingrules=failure(403, 403, "No."))
    assert await said(app, "S") == "ssh ubuntu@10.0.0.1"


async def test_an_instance_without_address_is_told_with_its_state() -> None:
    app = opened(instances=[{"id": "i-1", "name": "web", "state": "Stopped"}])
    assert await said(app, "S") == "web has no address: it is Stopped."


async def test_a_missing_client_is_told(client: FilePath) -> None:
    client.unlink()
    assert await said(opened(instances=[WEB]), "S") == "There is no program 'ssh' on this machine."


async def test_what_is_no_instance_is_told() -> None:
    app = opened("svc/env/volumes", volumes=[{"id": "v-1", "name": "data"}])
    assert await said(app, "S") == "ssh goes to instances only."


@pytest.mark.parametrize(
    "odd", [{"username": "-oProxyCommand=touch pwned"}, {"ipAddress": "-oProxyCommand=touch pwned"}]
)
async def test_what_would_be_an_option_is_refused(odd: dict[str, str]) -> None:
    message = await said(opened(instances=[{**WEB, **odd}]), "S")
    assert message.startswith("Not connected: '-oProxyCommand")


async def test_a_command_is_left_and_copied() -> None:
    app = opened(instances=[WEB])
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "S", "y")
        assert "ssh ubuntu@10.0.0.1" in app.message
        await press(pilot, "escape")
        assert app.screen is app.explorer
        await press(pilot, "S", "enter")
        assert app.message == "ssh cannot have this terminal."  # it was asked, and there is none
