"""One picture for each screen and state that a person would recognise.

After a change that is meant, ``pytest --snapshot-update``, then look at every picture that changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timezone

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Ask, Profile
from cloudmc_tui.session import Session
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.looks import Colors, Look
from cloudmc_tui.tui.preferences import Preferences
from cloudmc_tui.tui.themes import load_themes, own_folder
from tests.demo import demo_app, settle
from tests.odd_cloud import OddCloud, failure, profile

SnapCompare = Callable[..., bool]
INSTANCES = "compute-qc/production/instances"
SMALL, MEDIUM, LARGE = (80, 24), (120, 40), (200, 60)


def after(*keys: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Wait for the first screen, then press keys, waiting after each for what it brings."""

    async def run(pilot: Pilot[None]) -> None:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)

    return run


@pytest.mark.parametrize("size", [SMALL, MEDIUM, LARGE], ids=lambda s: f"{s[0]}x{s[1]}")
def test_instances_with_one_open(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(demo_app(INSTANCES), terminal_size=size, run_before=after("down", "enter"))


@pytest.mark.parametrize("size", [SMALL, MEDIUM], ids=lambda s: f"{s[0]}x{s[1]}")
def test_the_tree_with_an_environment_counted(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(demo_app(), terminal_size=size, run_before=after("down", "enter", "down"))


def test_json(snap_compare: SnapCompare) -> None:
    assert snap_compare(demo_app(INSTANCES), terminal_size=SMALL, run_before=after("enter", "J"))


def test_the_list_filtered_and_sorted(snap_compare: SnapCompare) -> None:
    keys = ("slash", *"state=Stopped", "enter", "s", *"memory", "enter")
    assert snap_compare(demo_app(INSTANCES), terminal_size=SMALL, run_before=after(*keys))


def test_a_filter_that_matches_nothing(snap_compare: SnapCompare) -> None:
    assert snap_compare(demo_app(INSTANCES), terminal_size=SMALL, run_before=after("slash", *"zzz"))


def test_the_path_prompt_with_completions(snap_compare: SnapCompare) -> None:
    assert snap_compare(demo_app(INSTANCES), terminal_size=SMALL, run_before=after("colon", *"web"))


def test_a_path_that_leads_nowhere(snap_compare: SnapCompare) -> None:
    keys = ("colon", "ctrl+u", *"compute-qc/prodcution", "enter")
    assert snap_compare(demo_app(INSTANCES), terminal_size=SMALL, run_before=after(*keys))


def test_help(snap_compare: SnapCompare) -> None:
    assert snap_compare(demo_app(INSTANCES), terminal_size=SMALL, run_before=after("question_mark"))


def test_the_copy_menu(snap_compare: SnapCompare) -> None:
    assert snap_compare(demo_app(INSTANCES), terminal_size=SMALL, run_before=after("enter", "y"))


MANY_ROLES = ("down", "space", "slash", *"web", "enter", "4", "2")
"""Cursor, mark, filter, states, ages, tasks: what a theme gives a colour to."""

DELETION = ("down", "D", "ctrl+s")
"""To a plan that wants a word: a modal screen, a disabled button, danger."""


@pytest.mark.parametrize("theme", sorted(load_themes([own_folder()]).themes))
def test_each_theme(snap_compare: SnapCompare, theme: str) -> None:
    app = demo_app(INSTANCES, theme=theme)
    assert snap_compare(app, terminal_size=SMALL, run_before=after(*MANY_ROLES))


TERMINALS = {
    "no-color": Look(Colors.NONE),
    "16": Look(Colors.SIXTEEN),
    "256": Look(Colors.MANY),
    "truecolor": Look(Colors.TRUE),
    "ascii": Look(Colors.NONE, ascii=True),
}


@pytest.mark.parametrize("keys", [MANY_ROLES, DELETION], ids=["list", "plan"])
@pytest.mark.parametrize("terminal", TERMINALS)
def test_each_class_of_terminal(snap_compare: SnapCompare, terminal: str, keys: tuple[str, ...]) -> None:
    wanted = Preferences(look=TERMINALS[terminal])
    app = demo_app(INSTANCES, theme="", preferences=wanted)
    assert snap_compare(app, terminal_size=SMALL, run_before=after(*keys))


def test_a_terminal_that_is_too_small(snap_compare: SnapCompare) -> None:
    assert snap_compare(demo_app(INSTANCES), terminal_size=(50, 12), run_before=after())


def test_a_command_before_it_is_run(snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudmc_tui.tui.ssh.missing", lambda _program: "")
    assert snap_compare(demo_app(INSTANCES), terminal_size=SMALL, run_before=after("S", "down", "enter"))


def test_the_request_log(snap_compare: SnapCompare) -> None:
    async def fixed(pilot: Pilot[None]) -> None:
        """Requests that took the same time at the same time, in every run."""
        await settle(pilot)
        assert isinstance(pilot.app, ExplorerApp)
        session = pilot.app.explorer.session
        assert session is not None
        started = datetime(2026, 6, 15, 9, 30, tzinfo=timezone.utc)
        order = ("/services/connections", "/environments", f"/services/{INSTANCES}")
        made = sorted(session.requests, key=lambda record: order.index(record.path))
        session.requests.clear()
        for record in (*made, replace(made[-1], method="POST", status=409, error="it is being stopped")):
            session.requests(replace(record, started=started, elapsed=0.042, bytes=2048))
        await pilot.press("L", "down")
        await settle(pilot)

    assert snap_compare(demo_app(INSTANCES), terminal_size=SMALL, run_before=fixed)


def odd(cloud: OddCloud) -> ExplorerApp:
    async def open_session(_profile: Profile, _ask: Ask) -> Session:
        return await cloud.session()

    path = Path.parse("svc/env/instances")
    return ExplorerApp(profile(), open_session, start=path, clock=lambda: 1_781_515_800.0, environ={})


def test_a_listing_that_one_may_not_see(snap_compare: SnapCompare) -> None:
    cloud = OddCloud({"/services/svc/env/instances": failure(403, 403, "You may not see instances.")})
    assert snap_compare(odd(cloud), terminal_size=MEDIUM, run_before=after())


def test_an_empty_listing(snap_compare: SnapCompare) -> None:
    assert snap_compare(
        odd(OddCloud({"/services/svc/env/instances": []})), terminal_size=SMALL, run_before=after()
    )


def test_a_key_that_is_refused(snap_compare: SnapCompare) -> None:
    cloud = OddCloud({"/services/connections": failure(401, 401, "Unauthorized")})
    assert snap_compare(odd(cloud), terminal_size=SMALL, run_before=after())
