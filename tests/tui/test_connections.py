"""Switching: profiles and organizations, what goes on meanwhile, and a key that is refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path as FilePath

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from cloudmc_tui.api import Secret
from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Ask, HeldKey, Mode, Profile, load_config, resolve_key
from cloudmc_tui.session import Session
from cloudmc_tui.tasks import Pace, watcher
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.screens.ask import Ask as AskScreen
from cloudmc_tui.tui.screens.picker import Choices, Picker
from cloudmc_tui.tui.screens.profiles import ProfileLines, Profiles
from cloudmc_tui.tui.widgets.bar import Bar
from tests.demo import settle
from tests.odd_cloud import failure
from tests.task_cloud import Cloud, quick_pace
from tests.tui.operating import Stage, open_session, simulated
from tests.tui.test_explorer import text_of

CONFIG = """\
default = "prod"

[profiles.prod]
endpoint = "https://prod.example/v1"
key_command = "pass show prod"
mode = "protected"
organization = "org-42"
color = "red"

[profiles.lab]
endpoint = "http://lab.example/v1"
key_prompt = true

[profiles.bad]
endpoint = "ftp://bad.example"
key_prompt = true
"""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_pace(monkeypatch)


@asynccontextmanager
async def opened(
    cloud: Cloud, folder: FilePath, *, read_only: bool = False
) -> AsyncIterator[tuple[Stage, list[Session]]]:
    """The explorer on an odd cloud with profiles to switch to, all of which lead there."""
    file = folder / "config.toml"
    file.write_text(CONFIG)
    sessions: list[Session] = []

    async def open_it(profile: Profile, ask: Ask) -> Session:
        held = profile.demo or profile.name == "odd"
        key = Secret("k") if held or profile.name == "prod" else await resolve_key(profile, ask)
        del key
        session = await open_session(cloud.app, mode=profile.mode)
        session.profile = replace(profile, endpoint=session.profile.endpoint)
        session.warnings = profile.warnings
        sessions.append(session)
        return session

    first = Profile("odd", "http://odd.invalid/v1", HeldKey(Secret("k"), "given"))
    app = ExplorerApp(
        first,
        open_it,
        start=Path.parse("svc/env/instances"),
        clock=lambda: 1_781_515_800.0,
        environ={},
        config=lambda: load_config(file),
        read_only=read_only,
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        yield Stage(pilot), sessions


def status(stage: Stage) -> str:
    return stage.screen.query_one("#status", Bar).text


def rows(stage: Stage) -> list[str]:
    assert isinstance(stage.app.screen, Profiles)
    return [line.rstrip() for line in text_of(stage.app.screen.query_one(ProfileLines)) if line.strip()]


async def test_profiles_are_listed_with_what_tells_them_apart_and_found_as_one_types(
    tmp_path: FilePath,
) -> None:
    async with opened(Cloud(), tmp_path) as (stage, _sessions):
        await stage.press("P")
        listed = rows(stage)
        for text in ("prod", "https://prod.example/v1", "org-42", "protected"):
            assert text in listed[0]
        assert "bad" in listed[2]
        assert "ftp" in listed[2], "what is wrong with it"
        await stage.press("slash", *"p42")
        assert [row.split()[1] for row in rows(stage)] == ["prod"], "by its organization, fuzzily"
        await stage.press("escape")
        assert len(rows(stage)) == len(listed)
        await stage.press("slash", *"zzz")
        assert "nothing matches" in stage.text
        await stage.press("enter")
        assert isinstance(stage.app.screen, Profiles)
        await stage.press("escape", "slash", *"prd", "enter")
        assert status(stage).split()[0] == "prod"
        assert "protected" in status(stage)


async def test_read_only_goes_along(tmp_path: FilePath) -> None:
    async with opened(Cloud(), tmp_path, read_only=True) as (stage, sessions):
        await stage.press("P", "slash", *"prod", "enter")
        assert sessions[1].guard.mode is Mode.READ_ONLY
        assert "read-only" in status(stage)


async def test_warnings_stay_among_the_problems_for_as_long_as_they_are_so(tmp_path: FilePath) -> None:
    async with opened(Cloud(), tmp_path) as (stage, _sessions):
        await stage.press("P", "slash", *"lab")
        await stage.pilot.press("enter")  # its worker waits for the answer
        await stage.until(lambda: isinstance(stage.app.screen, AskScreen))
        await stage.press(*"secret", "enter")
        assert "the key travels in clear" in stage.footer
        assert ["'lab'" in problem for problem in stage.app.problems] == [True]
        await stage.press("P", "slash", *"prod", "enter")
        assert stage.app.problems == []


async def test_a_refused_key_is_told_once_and_given_again(tmp_path: FilePath) -> None:
    cloud = Cloud()
    async with opened(cloud, tmp_path) as (stage, sessions):
        good = cloud.answers["/services/svc/env/instances"]
        told: list[str] = []
        announce: Callable[[str], None] = stage.app.announce

        def hear(message: str) -> None:
            told.append(message)
            announce(message)

        stage.app.announce = hear  # type: ignore[method-assign]
        cloud.answers["/services/svc/env/instances"] = failure(401, 401, "the key is unknown")
        await stage.press("r")
        await stage.press("r")
        assert len([each for each in told if "K gives it again" in each]) == 1
        assert "web-01" in stage.text, "what was read stays"
        cloud.answers["/services/svc/env/instances"] = good
        await stage.pilot.press("K")  # its worker waits for the answer
        await stage.until(lambda: isinstance(stage.app.screen, AskScreen))
        stage.app.screen.query_one(Input).value = "another-key"
        await stage.press("enter")
        assert "The key has been given again." in stage.footer or "live" in stage.text
        assert sessions[0].client.settings.key.reveal() == "another-key"
        assert "another-key" not in stage.text


async def test_organizations_are_a_tree_and_the_chosen_one_is_sent() -> None:
    async with simulated() as (cloud, stage):
        await stage.press("O")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        labels = [choice.label for choice in stage.app.screen.query_one(Choices).shown]
        assert labels[0] == "(the key's own)"
        parent, child = labels[1:3]
        assert child.startswith("  ") and not parent.startswith(" ")
        stage.app.screen.query_one(Choices).move_to(2)
        chosen = stage.app.screen.query_one(Choices).choice
        assert chosen is not None
        await stage.press("enter")
        assert stage.app.profile.organization_id == chosen.value
        del cloud


async def test_a_running_task_is_followed_on_its_own_profile_after_a_switch(
    tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "Pace", lambda: Pace(first=0.2, shortest=0.2, longest=0.2, look=0.2))
    cloud = Cloud(t1=[("PENDING",)])
    async with opened(cloud, tmp_path) as (stage, sessions):
        await stage.operate("reboot")
        await stage.press("right", "enter")
        assert len(cloud.sent) == 1
        await stage.press("escape", "P", "slash", *"prod", "enter")
        assert status(stage).split()[0] == "prod" and len(sessions) == 2
        assert any("1 task on odd still followed" in said for said in stage.app.said)
        cloud.tasks["t1"] = [("SUCCESS",)]
        deadline = time.monotonic() + 20
        while not any("odd: Reboot web-01: SUCCESS" in said for said in stage.app.said):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
